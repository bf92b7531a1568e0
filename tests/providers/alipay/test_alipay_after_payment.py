"""What follows payments: transfers, frozen money, agreements, tokens, bills, complaints, messages."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from paydouble.core.clock import DAY, HOUR, MINUTE
from paydouble.core.ledger import pending
from paydouble.providers.alipay.freezing import Authorisation
from paydouble.providers.alipay.merchants import subscribe
from paydouble.providers.alipay.models import Refund
from paydouble.providers.alipay.operations.agreements import Contract, take
from paydouble.providers.alipay.times import china, parse
from tests.providers.alipay.shop import NOTIFY, Shop, opened


@pytest.mark.parametrize(("trigger", "status"), [("", "S"), ("return", "F")])
async def test_a_cards_refund_waits_for_the_bank(shop: Shop, trigger: str, status: str) -> None:
    work = shop.sandbox.work()
    await subscribe(work, shop.merchant, "http://127.0.0.1:9/gateway", shop.sandbox.clock)
    await work.commit()
    await shop.call("trade.precreate", {"out_trade_no": "B1", "total_amount": "10.00", "subject": "x"})
    await shop.act("B1", "pay", fund_channel="BANKCARD")
    await shop.call("trade.refund", {"out_trade_no": "B1", "refund_amount": "4.00", "out_request_no": "R1"})
    query = {"out_trade_no": "B1", "out_request_no": "R1", "query_options": ["deposit_back_info"]}
    before = (await shop.call("trade.fastpay.refund.query", query))["deposit_back_info"]
    assert (before["has_deposit_back"], before["dback_status"], before["dback_amount"]) == ("true", "P", "4.00")
    if trigger:
        found = await shop.sandbox.work().find(Refund, "trade_no", (await shop.trade("B1")).id)
        assert found is not None
        await shop.simulator.acts.act(shop.sandbox, Refund.kind, found.id, trigger, {})
    await shop.advance(2 * HOUR)
    after = (await shop.call("trade.fastpay.refund.query", query))["deposit_back_info"]
    assert (after["dback_status"], "bank_ack_time" in after) == (status, True)
    [told] = shop.told()
    assert told["msg_method"] == "alipay.trade.refund.depositback.completed"
    assert json.loads(told["biz_content"])["dback_status"] == status


TRANSFER = {"out_biz_no": "T1", "trans_amount": "12.30", "product_code": "TRANS_ACCOUNT_NO_PWD",
            "biz_scene": "DIRECT_TRANSFER",
            "payee_info": {"identity": "2088102100004812", "identity_type": "ALIPAY_USER_ID"}}


async def test_a_transfer_is_made_once_and_told(shop: Shop) -> None:
    work = shop.sandbox.work()
    await subscribe(work, shop.merchant, "http://127.0.0.1:9/gateway", shop.sandbox.clock)
    await work.commit()
    sent = await shop.call("fund.trans.uni.transfer", TRANSFER)
    assert (sent["status"], sent["out_biz_no"]) == ("SUCCESS", "T1")
    again = await shop.call("fund.trans.uni.transfer", TRANSFER)
    assert again["order_id"] == sent["order_id"]
    other = await shop.call("fund.trans.uni.transfer", {**TRANSFER, "trans_amount": "12.31"})
    assert other.sub_code == "PAYMENT_INFO_INCONSISTENCY"
    seen = await shop.call("fund.trans.common.query", {"out_biz_no": "T1"})
    assert (seen["status"], seen["trans_amount"]) == ("SUCCESS", "12.30")
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert balances[pending(shop.merchant.secrets["seller_id"])]["CNY"] == -1_230
    left = await shop.call("fund.account.query", {"alipay_user_id": shop.merchant.secrets["seller_id"]})
    assert left["available_amount"] == "999987.70"
    await shop.sandbox.timers.settle()
    [message] = shop.told()
    assert message["msg_method"] == "alipay.fund.trans.order.changed"
    assert json.loads(message["biz_content"])["status"] == "SUCCESS"


# fmt: off
@pytest.mark.parametrize(("changes", "sub_code"), [
    ({"trans_amount": "0.09"},      "EXCEED_LIMIT_SM_MIN_AMOUNT"),
    ({"trans_amount": "50000.00"},  "MEMO_REQUIRED_IN_TRANSFER_ERROR"),
    ({"trans_amount": "44.41"},     "PAYER_BALANCE_NOT_ENOUGH"),
    ({"trans_amount": "44.42"},     "PAYEE_NOT_EXIST"),
    ({"trans_amount": "44.44"},     "SYSTEM_ERROR"),
    ({"trans_amount": "2000000.00", "remark": "x"}, "PAYER_BALANCE_NOT_ENOUGH"),
    ({"payee_info": {"identity": "x"}}, "INVALID_PARAMETER"),
    ({"payee_info": {"identity": "x@example.com", "identity_type": "ALIPAY_LOGON_ID"}}, "INVALID_PARAMETER"),
])
# fmt: on
async def test_transfers_that_are_refused(shop: Shop, changes: dict[str, Any], sub_code: str) -> None:
    assert (await shop.call("fund.trans.uni.transfer", {**TRANSFER, **changes})).sub_code == sub_code
    assert (await shop.call("fund.trans.common.query", {"out_biz_no": "T1"})).sub_code == "ORDER_NOT_EXIST"


FREEZE = {"out_order_no": "A1", "out_request_no": "F1", "order_title": "押金", "amount": "100.00",
          "auth_code": "281234567890123456", "auth_code_type": "bar_code"}


async def test_money_is_frozen_paid_from_and_freed(shop: Shop) -> None:
    frozen = await shop.call("fund.auth.order.freeze", FREEZE, notify_url=NOTIFY)
    assert (frozen["status"], frozen["amount"]) == ("SUCCESS", "100.00")
    auth_no = frozen["auth_no"]
    order = {"out_trade_no": "A1P", "total_amount": "60.00", "subject": "租金", "auth_no": auth_no,
             "product_code": "PRE_AUTH", "auth_confirm_mode": "NOT_COMPLETE"}
    assert (await shop.call("trade.pay", order)).code == "10000"
    assert (await shop.call("trade.pay", {**order, "out_trade_no": "A1Q"})).sub_code == "ACQ.AUTH_AMOUNT_NOT_ENOUGH"
    much = {"auth_no": auth_no, "out_request_no": "U1", "amount": "40.01", "remark": "x"}
    assert (await shop.call("fund.auth.order.unfreeze", much)).sub_code == "REQUEST_AMOUNT_EXCEED"
    freed = await shop.call("fund.auth.order.unfreeze", {**much, "amount": "15.00"}, notify_url=NOTIFY)
    assert freed["status"] == "SUCCESS"
    again = await shop.call("fund.auth.order.unfreeze", {**much, "amount": "15.00"})
    assert again["operation_id"] == freed["operation_id"]
    seen = await shop.call("fund.auth.operation.detail.query", {"auth_no": auth_no, "out_request_no": "U1"})
    assert (seen["rest_amount"], seen["total_pay_amount"], seen["order_status"]) == (
        "25.00", "60.00", "AUTHORIZED"
    )
    last = {**order, "out_trade_no": "A1R", "total_amount": "5.00", "auth_confirm_mode": "COMPLETE"}
    assert (await shop.call("trade.pay", last)).code == "10000"
    seen = await shop.call("fund.auth.operation.detail.query", {"auth_no": auth_no, "out_request_no": "F1"})
    assert (seen["rest_amount"], seen["order_status"]) == ("0.00", "FINISH")
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert balances[f"merchant:{shop.merchant.secrets['seller_id']}:reserved"]["CNY"] == 0
    await shop.sandbox.timers.settle()
    assert [each["notify_type"] for each in shop.told()] == [
        "fund_auth_freeze", "fund_auth_unfreeze", "fund_auth_unfreeze",
    ]


async def test_a_payment_out_of_frozen_money_that_waits_takes_it_when_the_buyer_agrees(shop: Shop) -> None:
    frozen = await shop.call("fund.auth.order.freeze", FREEZE)
    order = {"out_trade_no": "A2P", "total_amount": "44.10", "subject": "租金", "auth_no": frozen["auth_no"]}
    assert (await shop.call("trade.pay", order)).code == "10003"
    await shop.act("A2P", "pay")
    asked = {"auth_no": frozen["auth_no"], "out_request_no": "F1"}
    seen = await shop.call("fund.auth.operation.detail.query", asked)
    assert (seen["rest_amount"], seen["total_pay_amount"]) == ("55.90", "44.10")


async def test_a_freezing_that_waits_is_cancelled(shop: Shop) -> None:
    asked = await shop.call("fund.auth.order.freeze", {**FREEZE, "amount": "44.10"})
    assert (asked.code, asked["status"]) == ("10003", "INIT")
    for _ in range(2):
        gone = await shop.call(
            "fund.auth.operation.cancel", {"out_order_no": "A1", "out_request_no": "F1", "remark": "x"}
        )
        assert gone["action"] == "close"
    assert (await shop.call("fund.auth.order.freeze", {**FREEZE, "amount": "44.10"})).sub_code == "ORDER_ALREADY_CLOSED"


@pytest.mark.parametrize(("amount", "sub_code", "code"), [
    ("44.01", "MONEY_NOT_ENOUGH", "40004"), ("44.10", "", "10003"), ("100.00", "", "10000"),
])
async def test_an_apps_order_string_is_frozen_as_the_buyer_lets_it(
    shop: Shop, amount: str, sub_code: str, code: str
) -> None:
    order = {"out_order_no": "A3", "out_request_no": "F3", "order_title": "押金", "amount": amount,
             "product_code": "PRE_AUTH_ONLINE"}
    answer = await shop.call("fund.auth.order.app.freeze", order)
    assert (answer.code, answer.sub_code) == (code, sub_code)
    state = await shop.call("fund.auth.operation.detail.query", {"out_order_no": "A3", "out_request_no": "F3"})
    frozen = code == "10000"
    assert (state["order_status"], state["status"]) == (("AUTHORIZED", "SUCCESS") if frozen else ("INIT", "INIT"))


async def test_the_merchant_frees_on_alipays_own_site(shop: Shop) -> None:
    frozen = await shop.call("fund.auth.order.freeze", FREEZE)
    found = await shop.simulator.acts.act(shop.sandbox, Authorisation.kind, frozen["auth_no"], "close", {})
    assert found is not None
    assert found.status == "CLOSED"
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert balances[f"merchant:{shop.merchant.secrets['seller_id']}:reserved"]["CNY"] == 0


async def test_what_is_frozen_too_long_is_freed_and_told_to_the_apps_gateway(shop: Shop) -> None:
    work = shop.sandbox.work()
    await subscribe(work, shop.merchant, "http://127.0.0.1:9/gateway", shop.sandbox.clock)
    await work.commit()
    frozen = await shop.call("fund.auth.order.freeze", FREEZE, notify_url=NOTIFY)
    await shop.advance(365 * DAY)
    asked = {"auth_no": frozen["auth_no"], "out_request_no": "F1"}
    seen = await shop.call("fund.auth.operation.detail.query", asked)
    assert (seen["order_status"], seen["rest_amount"]) == ("CLOSED", "0.00")
    assert [request.target for request in shop.receiver.requests] == [NOTIFY, "http://127.0.0.1:9/gateway"]
    assert [each["notify_type"] for each in shop.told()] == ["fund_auth_freeze", "fund_auth_unfreeze"]


async def test_a_code_to_agree_to_lapses(shop: Shop) -> None:
    made = await shop.call("fund.auth.order.voucher.create", FREEZE)
    assert made["code_type"] == "qrcode"
    await shop.advance(15 * MINUTE)
    found = await shop.sandbox.work().find(
        Authorisation, "order_key", f"{shop.merchant.secrets['seller_id']}/A1"
    )
    assert found is not None
    assert found.status == "CLOSED"


async def test_an_agreement_is_signed_used_and_ended(shop: Shop) -> None:
    contract = await signed(shop, {
        "period_type": "MONTH", "period": "1", "execute_time": "2026-04-01", "single_amount": "10.00",
        "total_payments": "2",
    })
    pay = {"out_trade_no": "D1", "total_amount": "10.00", "subject": "会员", "product_code": "CYCLE_PAY_AUTH",
           "agreement_params": {"agreement_no": contract.id}}
    assert (await shop.call("trade.pay", pay)).sub_code == "ACQ.CYCLE_PAY_DATE_NOT_MATCH"
    today = await shop.call("user.agreement.executionplan.modify", {
        "agreement_no": contract.id, "deduct_time": _today(shop),
    })
    assert today["deduct_time"] == _today(shop)
    assert (await shop.call("trade.pay", {**pay, "out_trade_no": "D2", "total_amount": "10.01"})).sub_code == (
        "ACQ.CYCLE_PAY_SINGLE_FEE_EXCEED"
    )
    assert (await shop.call("trade.pay", {**pay, "out_trade_no": "D3"})).code == "10000"
    assert (await shop.call("trade.pay", {**pay, "out_trade_no": "D4"})).sub_code == "ACQ.CYCLE_PAY_DATE_NOT_MATCH"
    await shop.advance(28 * DAY)
    assert (await shop.call("trade.pay", {**pay, "out_trade_no": "D4"})).code == "10000"
    assert (await shop.call("trade.pay", {**pay, "out_trade_no": "D5"})).sub_code == (
        "ACQ.CYCLE_PAY_TOTAL_TIMES_EXCEED"
    )
    assert (await shop.call("user.agreement.unsign", {"agreement_no": contract.id})).code == "10000"
    gone = await shop.call("user.agreement.query", {"agreement_no": contract.id})
    assert gone.sub_code == "USER_AGREEMENT_NOT_EXIST"
    assert (await shop.call("user.agreement.unsign", {"agreement_no": contract.id})).sub_code == (
        "USER_AGREEMENT_STATUS_NOT_NORMAL"
    )
    await shop.sandbox.timers.settle()
    assert [each.get("status") for each in shop.told()] == ["NORMAL", "UNSIGN"]


@pytest.mark.parametrize(("plan", "following"), [
    ({"period_type": "MONTH", "period": "1", "execute_time": "2026-12-28"}, "2027-01-28"),
    ({"period_type": "MONTH", "period": "3", "execute_time": "2026-11-28"}, "2027-02-28"),
    ({"period_type": "DAY", "period": "7", "execute_time": "2026-12-28"}, "2027-01-04"),
])
async def test_a_plans_next_withdrawal_is_a_period_later(
    shop: Shop, plan: dict[str, str], following: str
) -> None:
    contract = await signed(shop, {**plan, "single_amount": "10.00"})
    work = shop.sandbox.work()
    await take(work, contract.id, 1_000, parse(f"{plan['execute_time']} 10:00:00"))
    await work.commit()
    seen = await shop.call("user.agreement.query", {"agreement_no": contract.id})
    assert (seen["last_deduct_time"], seen["next_deduct_time"]) == (plan["execute_time"], following)
    assert seen["execution_plans"] == [{
        "period_id": "2", "execute_time": following, "latest_execute_time": following, "single_amount": "10.00",
    }]


@pytest.mark.parametrize("wrong", [{"period_type": "YEAR"}, {"period": "0"}, {"period_type": "DAY", "period": "6"}])
async def test_a_plan_that_is_none_is_refused(shop: Shop, wrong: dict[str, str]) -> None:
    plan = {"period_type": "MONTH", "period": "1", "execute_time": "2026-04-01", "single_amount": "10.00"}
    values = shop.signed(shop.values("alipay.user.agreement.page.sign", {
        "personal_product_code": "CYCLE_PAY_AUTH_P", "access_params": {"channel": "QRCODE"},
        "external_agreement_no": "E1", "period_rule_params": {**plan, **wrong},
    }))
    page = (await shop.raw(shop.request(values, "GET"))).body.decode("gbk")
    assert "错误代码 INVALID_PARAMETER" in page


def _today(shop: Shop) -> str:
    return china(shop.sandbox.clock.now(), "%Y-%m-%d")


async def signed(shop: Shop, plan: dict[str, str]) -> Contract:
    values = shop.signed(shop.values("alipay.user.agreement.page.sign", {
        "personal_product_code": "CYCLE_PAY_AUTH_P", "sign_scene": "INDUSTRY|CARRENTAL",
        "external_agreement_no": "E1", "access_params": {"channel": "QRCODE"}, "period_rule_params": plan,
    }, notify_url=NOTIFY, return_url="http://127.0.0.1:9/signed"))
    answer = await shop.raw(shop.request(values, "GET"))
    page = answer.header("Location")
    assert "同意协议并签约" in (await shop.visit(page)).body.decode()
    assert (await shop.visit(page, b"step=sign")).header("Location") == "http://127.0.0.1:9/signed"
    found = await shop.sandbox.work().get(Contract, dict(parse_qsl(urlsplit(page).query))["agreement_no"])
    assert found is not None
    assert found.status == "NORMAL"
    return found


async def test_a_user_grants_and_an_app_learns_who_he_is(shop: Shop) -> None:
    page = f"/oauth2/publicAppAuthorize.htm?app_id={shop.merchant.id}&scope=auth_user&redirect_uri=http://127.0.0.1:9/x&state=s"
    back = dict(parse_qsl(urlsplit((await shop.visit(page, b"ok=1")).header("Location")).query))
    assert (back["state"], back["source"]) == ("s", "alipay_wallet")
    plain = {"grant_type": "authorization_code", "code": back["auth_code"]}
    got = await shop.call("system.oauth.token", None, **plain)
    assert ("code" in got.value, got.name, got["expires_in"]) == (
        False, "alipay_system_oauth_token_response", 1_296_000
    )
    used = await shop.call("system.oauth.token", None, **plain)
    assert (used.name, used.sub_code) == ("error_response", "isv.code-invalid")
    who = await shop.call("user.info.share", None, auth_token=got["access_token"])
    assert who["user_id"] == got["user_id"]
    newer = await shop.call(
        "system.oauth.token", None, grant_type="refresh_token", refresh_token=got["refresh_token"]
    )
    assert newer["access_token"] != got["access_token"]
    await shop.advance(15 * DAY)
    late = await shop.call("user.info.share", None, auth_token=got["access_token"])
    assert (late.code, late.sub_code) == ("20001", "aop.auth-token-time-out")


async def test_a_tokens_time_may_be_text() -> None:
    async with opened({"oauth_times": "text"}) as shop:
        page = f"/oauth2/publicAppAuthorize.htm?app_id={shop.merchant.id}&redirect_uri=http://127.0.0.1:9/x"
        back = dict(parse_qsl(urlsplit((await shop.visit(page, b"ok=1")).header("Location")).query))
        plain = {"grant_type": "authorization_code", "code": back["auth_code"]}
        got = await shop.call("system.oauth.token", None, **plain)
        assert (got["expires_in"], got["re_expires_in"]) == ("1296000", "2592000")


async def test_transfers_as_they_were_made_before(shop: Shop) -> None:
    old = {"out_biz_no": "O1", "amount": "5.00", "payee_type": "ALIPAY_USERID", "payee_account": "2088102100004811"}
    sent = await shop.call("fund.trans.toaccount.transfer", old)
    assert (sent.code, sent["out_biz_no"]) == ("10000", "O1")
    seen = await shop.call("fund.trans.order.query", {"order_id": sent["order_id"]})
    assert seen["status"] == "SUCCESS"
    assert (await shop.call("fund.trans.common.query", {"out_biz_no": "O1"}))["trans_amount"] == "5.00"


async def test_a_refund_through_a_browser(shop: Shop) -> None:
    await shop.paid("PR1")
    biz = {"out_trade_no": "PR1", "refund_amount": "1.00", "out_request_no": "R1", "biz_type": "CREDIT_REFUND"}
    values = shop.signed(shop.values("alipay.trade.page.refund", biz))
    assert "退款成功：1.00元" in (await shop.raw(shop.request(values, "GET"))).body.decode("gbk")
    much = shop.signed(
        shop.values("alipay.trade.page.refund", {**biz, "refund_amount": "99", "out_request_no": "R2"})
    )
    assert "错误代码 ACQ.REASON_TRADE_REFUND_FEE_ERR" in (await shop.raw(shop.request(much))).body.decode(
        "gbk"
    )
