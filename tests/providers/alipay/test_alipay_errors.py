"""Error tables: each row can be had, each with its text, and of several mistakes the first is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from paydouble.core.errors import ErrorTable
from paydouble.providers.alipay.errors import (
    Acq,
    Agreement,
    Auth,
    Fund,
    Gateway,
    Royalty,
)
from paydouble.providers.alipay.errors_reports import Bill, Complaint
from paydouble.providers.alipay.errors_v3 import GatewayV3
from paydouble.scenarios.loader import load_text
from tests.providers.alipay.shop import Shop

CODE = "281234567890123456"
PAY = {"total_amount": "1.00", "subject": "x", "auth_code": CODE}
SEND = {"trans_amount": "1.00", "product_code": "TRANS_ACCOUNT_NO_PWD", "biz_scene": "DIRECT_TRANSFER",
        "payee_info": {"identity": "2088102100004812", "identity_type": "ALIPAY_USER_ID"}}
FREEZE = {"out_request_no": "F", "order_title": "x", "amount": "1.00", "auth_code": CODE, "auth_code_type": "bar_code"}

# fmt: off
MEET: Mapping[type[ErrorTable], tuple[str, dict[str, Any], str]] = {
    Acq:       ("trade.pay",                         PAY,                                                   "out_trade_no"),
    Gateway:   ("trade.pay",                         PAY,                                                   "out_trade_no"),
    GatewayV3: ("trade.pay",                         PAY,                                                   "out_trade_no"),
    Fund:      ("fund.trans.uni.transfer",           SEND,                                                  "out_biz_no"),
    Auth:      ("fund.auth.order.freeze",            FREEZE,                                                "out_order_no"),
    Agreement: ("user.agreement.query",              {},                                                    "agreement_no"),
    Royalty:   ("trade.royalty.relation.batchquery", {},                                                    "out_request_no"),
    Bill:      ("data.bill.balance.query",           {},                                                    "bill_user_id"),
    Complaint: ("merchant.tradecomplain.batchquery", {},                                                    "status"),
}
# fmt: on
SAME_CODE = {Acq.SYSTEM_ERROR: Acq.SYSTEM_ERROR_OF_PAY, Acq.SYSTEM_ERROR_OF_CLOSE: Acq.SYSTEM_ERROR_OF_PAY}
"""Their texts differ from method to method; this one pays."""


def script(id: str, code: str) -> str:
    outcome = json.dumps({"result": "declined", "native_code": code})
    return f"schema: 1\nname: test\nrules:\n- {{when: {{native: {id}}}, then: {{outcome: {outcome}}}}}\n"


@pytest.mark.parametrize("table", MEET, ids=lambda table: table.__name__)
async def test_a_scenario_can_have_every_row(shop: Shop, table: type[ErrorTable]) -> None:
    id, params, number = MEET[table]
    for count, row in enumerate(table):
        active = shop.sandbox.rules.activate(load_text(script(id, row.code)))
        own = {"auth_code": f"{CODE[:12]}{count:06}"} if "auth_code" in params else {}
        answered = await shop.call(id, {**params, **own, number: f"N{count}"})
        shop.sandbox.rules.deactivate(active.id)
        told = SAME_CODE.get(row, row)    # type: ignore[call-overload]
        assert (answered.code, answered.sub_code) == (told.columns["code"], told.code)
        assert answered["sub_msg"] == told.message
        assert answered.signed


# fmt: off
TEXTS = [
    ("trade.pay",    PAY | {"out_trade_no": "T1"}, "接口返回错误"),
    ("trade.query",  {"out_trade_no": "T1"},       "系统错误"),
    ("trade.cancel", {"out_trade_no": "T1"},       "系统异常"),
    ("trade.close",  {"out_trade_no": "T1"},       "系统异常"),
]
# fmt: on


@pytest.mark.parametrize(("id", "params", "text"), TEXTS)
async def test_the_back_ends_failure_has_a_text_for_each_method(
    shop: Shop, id: str, params: dict[str, str], text: str
) -> None:
    await shop.call("trade.create", {"out_trade_no": "T1", "total_amount": "1.00", "subject": "x", "buyer_id": "2088102100004801"})
    if id == "trade.cancel":
        await shop.call("trade.precreate", {"out_trade_no": "T2", "total_amount": "1.00", "subject": "x"})
        await shop.act("T2", "scan")
        params = {"out_trade_no": "T2"}
    elif id == "trade.pay":
        params = {**params, "out_trade_no": "T3"}
    shop.sandbox.rules.activate(load_text(script(id, "ACQ.SYSTEM_ERROR")))
    answered = await shop.call(id, params)
    assert (answered.sub_code, answered["sub_msg"]) == ("ACQ.SYSTEM_ERROR", text)


Values = dict[str, str]
Spoil = Callable[[Values], Values]


def without(name: str) -> Spoil:
    return lambda values: {key: value for key, value in values.items() if key != name}


def having(**changes: str) -> Spoil:
    return lambda values: {**values, **changes}


# fmt: off
PRECEDENCE: list[tuple[str, Spoil, bool]] = [
    ("isv.missing-method",          without("method"),                                          False),
    ("isv.missing-app-id",          without("app_id"),                                          False),
    ("isv.invalid-app-id",          having(app_id="2021999999999999"),                          False),
    ("isv.invalid-charset",         having(charset="latin-9"),                                  False),
    ("isv.missing-signature-type",  without("sign_type"),                                       True),
    ("isv.invalid-signature-type",  having(sign_type="SM2"),                                    True),
    ("isv.missing-signature",       without("sign"),                                            True),
    ("isv.missing-timestamp",       without("timestamp"),                                       False),
    ("isv.invalid-timestamp",       having(timestamp="today"),                                  False),
    ("isv.missing-version",         without("version"),                                         False),
    ("isv.invalid-version",         having(version="2.0"),                                      False),
    ("isv.invalid-format",          having(format="xml"),                                       False),
    ("isv.invalid-signature",       having(sign="QUJD"),                                        True),
    ("isv.invalid-method",          having(method="alipay.trade.steal"),                        False),
    ("isv.app-cert-not-exist",      having(app_cert_sn="ff", alipay_root_cert_sn="ee"),         False),
    ("isv.decryption-error-not-valid-encrypt-type", having(encrypt_type="RC4"),                 False),
    ("isv.illegal-json",            having(biz_content="{"),                                    False),
    ("isv.missing-parameter",       having(biz_content="{}"),                                   False),
    ("aop.invalid-app-auth-token",  having(app_auth_token="nobodys"),                           False),
    ("ACQ.TOTAL_FEE_EXCEED",        having(biz_content='{"out_trade_no":"G1","subject":"x","total_amount":"0"}'), False),
]
"""In the order in which they are told; spoiled after signing where the third says so."""
# fmt: on


@pytest.mark.parametrize("first", range(len(PRECEDENCE)), ids=[each[0] for each in PRECEDENCE])
async def test_of_several_mistakes_the_first_is_told(shop: Shop, first: int) -> None:
    """This one, and each of those that come after it."""
    order = {"out_trade_no": "G1", "subject": "x", "total_amount": "1.00"}
    for later in range(first, len(PRECEDENCE)):
        values = shop.values("alipay.trade.precreate", order)
        chosen = [PRECEDENCE[each] for each in dict.fromkeys((later, first))]
        for _, spoil, after in chosen:
            values = values if after else spoil(values)
        sent = shop.signed(values)
        for _, spoil, after in chosen:
            sent = spoil(sent) if after else sent
        answered = await shop.sent(sent)
        assert answered.sub_code == PRECEDENCE[first][0], PRECEDENCE[later][0]
    assert await shop.sandbox.store.balances(shop.sandbox.id) == {}
