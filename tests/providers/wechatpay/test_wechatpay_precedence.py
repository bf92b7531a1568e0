"""What is refused first: a request with everything wrong is set right one thing at a time."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.providers.wechatpay.errors import Errors
from tests.laws.test_bad_input import Watched
from tests.providers.wechatpay.checked import HOOK, Shop, shop

SIGN = "WECHATPAY2-SHA256-RSA2048"
RECEIVERS = "/v3/profitsharing/receivers/add"
REFUNDS = "/v3/refund/domestic/refunds"
NATIVE = "/v3/pay/transactions/native"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


@dataclass
class Draft:
    """A request before it is signed; each field can be wrong by itself."""

    method: str = "POST"
    target: str = RECEIVERS
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=lambda: {"Accept": "*/*", "User-Agent": "a shop"})
    scheme: str = SIGN
    age_s: int = 0
    serial_no: str = ""
    spoiled: bool = False
    signed: bool = True

    def request(self, here: Shop) -> HttpRequest:
        raw = json.dumps(self.body).encode() if self.body else b""
        pairs = tuple(self.headers.items())
        if self.signed:
            pairs = (*pairs, ("Authorization", f"{self.scheme} {self._parameters(here, raw)}"))
        return HttpRequest(method=self.method, target=self.target, body=raw, headers=Headers(pairs), id="0" * 32)

    def _parameters(self, here: Shop, raw: bytes) -> str:
        merchant = here.here.merchant("wechatpay")
        now, nonce = str(int(time.time()) - self.age_s), secrets.token_hex(16)
        text = f"{self.method}\n{self.target}\n{now}\n{nonce}\n".encode() + raw + b"\n"
        if self.spoiled:
            text = text[:-1]
        made = base64.b64encode(merchant.keys.private("merchant").sign(text, padding.PKCS1v15(), hashes.SHA256()))
        serial = self.serial_no or merchant.secrets["serial_no"]
        return (
            f'mchid="{merchant.id}",nonce_str="{nonce}",timestamp="{now}",serial_no="{serial}",'
            f'signature="{made.decode()}"'
        )


async def sent(here: Shop, draft: Draft) -> HttpResponse:
    return (await here.here.serve("wechatpay", draft.request(here))).response


def told(response: HttpResponse) -> tuple[int, str, str]:
    body = json.loads(response.body) if response.body else {"code": "", "message": ""}
    return response.status, body["code"], body["message"]


# fmt: off
STEPS: tuple[tuple[tuple[int, str, str], Callable[[Draft], None]], ...] = (
    ((404, "", ""), lambda draft: setattr(draft, "target", RECEIVERS)),
    ((405, "", ""), lambda draft: setattr(draft, "method", "POST")),
    ((400, "INVALID_REQUEST", "Http头缺少Accept或User-Agent"), lambda draft: draft.headers.update({"User-Agent": "a shop"})),
    ((401, "SIGN_ERROR", "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"), lambda draft: setattr(draft, "signed", True)),
    ((401, "SIGN_ERROR", "HTTP头Authorization认证类型不正确"), lambda draft: setattr(draft, "scheme", SIGN)),
    ((401, "SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"), lambda draft: setattr(draft, "age_s", 299)),
    ((401, "SIGN_ERROR", "商户证书序列号有误。请使用签名私钥匹配的证书序列号"), lambda draft: setattr(draft, "serial_no", "")),
    ((401, "SIGN_ERROR", "错误的签名，验签失败"), lambda draft: setattr(draft, "spoiled", False)),
    ((400, "PARAM_ERROR", "http header中的mchid与post payload中的mchid不匹配"), lambda draft: draft.body.pop("mchid")),
    ((400, "PARAM_ERROR", "HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)"), lambda draft: draft.headers.update({"Wechatpay-Serial": "A" * 40})),
    ((400, "PARAM_ERROR", "平台证书序列号Wechatpay-Serial错误"), lambda draft: draft.headers.update({"Wechatpay-Serial": "48004A11CE0000000000000000000000000000A1"})),
    ((400, "PARAM_ERROR", "参数中含有非法的额外参数"), lambda draft: draft.body.pop("colour")),
    ((400, "PARAM_ERROR", "输入源“/body/relation_type”映射到字段“与分账方的关系类型”必填性规则校验失败，此字段为必填项"), lambda draft: draft.body.update({"relation_type": "STAFF"})),
    ((400, "PARAM_ERROR", "敏感字段解密失败，请检查加密使用的公钥"), lambda draft: draft.body.pop("name")),
    ((400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试"), lambda draft: None),
)
# fmt: on


async def test_authentication_then_the_body_then_the_business() -> None:
    async with shop() as here:
        draft = Draft(
            method="GET", target="/v3/profitsharing/receivers/nothing", headers={"Accept": "*/*"}, signed=False,
            scheme="WECHATPAY2-SM2-WITH-SM3", age_s=301, serial_no="F" * 40, spoiled=True, body={
                "mchid": "1900000001", "colour": "red", "appid": "wx0", "type": "PERSONAL_OPENID",
                "account": OPENID, "name": "not encrypted",
            },
        )
        watched = Watched(here.here)
        for expected, mend in STEPS:
            response = await sent(here, draft)
            assert watched.written == []
            assert told(response) == expected
            signed = bool(response.header("Wechatpay-Signature"))
            assert signed == (response.status == 400 and expected[2] != "Http头缺少Accept或User-Agent"), expected
            mend(draft)


@pytest.mark.parametrize("draft", [
    Draft(target=NATIVE, signed=False), Draft(target=NATIVE, scheme="Bearer"), Draft(target=NATIVE, headers={}, signed=False),
])
async def test_orders_are_refused_in_words_of_their_own(draft: Draft) -> None:
    async with shop() as here:
        response = await sent(here, draft)
        assert told(response) == (401, "SIGN_ERROR", "签名信息错误，验签失败")
        assert response.header("Request-ID") == ""


@pytest.mark.parametrize("parameters", [
    "x", 'mchid="1"', 'mchid="1",nonce_str="2",timestamp="now",serial_no="4",signature="5"',
    'mchid="1",nonce_str="' + "2" * 33 + '",timestamp="3",serial_no="4",signature="5"', 'mchid=1,nonce_str=2', "",
])
async def test_what_is_no_authorization(parameters: str) -> None:
    async with shop() as here:
        headers = Headers((("Authorization", f"{SIGN} {parameters}"), ("Accept", "*/*"), ("User-Agent", "x")))
        request = HttpRequest(method="GET", target="/v3/certificates", headers=headers, id="0" * 32)
        assert told((await here.here.serve("wechatpay", request)).response)[:2] == (401, "SIGN_ERROR")


async def test_a_serial_number_may_be_in_lower_case_and_without_its_zeros() -> None:
    async with shop() as here:
        serial = here.secrets["serial_no"]
        for spelled in (serial.lower(), serial.lstrip("0"), f"00{serial}"):
            response = await sent(here, Draft(method="GET", target="/v3/certificates", serial_no=spelled))
            assert response.status == 200


# fmt: off
ORDERS = {
    "appid":  ({"appid": "wx0"},                                 (400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")),
    "paid":   ({"out_trade_no": "ORDER-PAID"},                   (400, "ORDERPAID",             "该订单已支付")),
    "closed": ({"out_trade_no": "ORDER-CLOSED"},                 (400, "ORDER_CLOSED",          "订单已关闭")),
    "known":  ({"out_trade_no": "ORDER-KNOWN"},                  (400, "INVALID_REQUEST",       "请求重入时，参数与首次请求时不一致")),
    "spent":  ({"out_trade_no": "ORDER-SPENT"},                  (400, "INVALID_REQUEST",       "请求重入时，参数与首次请求时不一致")),
    "both":   ({"out_trade_no": "ORDER-PAID", "appid": "wx0"},   (400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配，请检查后再试")),
    "field":  ({"out_trade_no": "x", "appid": "wx0"},            (400, "PARAM_ERROR",           "输入源“/body/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字符数 1，小于最小值 6")),
}
# fmt: on


async def ordered(here: Shop) -> None:
    """An order in each state."""
    close = "/v3/pay/transactions/out-trade-no/{}/close"
    await here.paid("ORDER-PAID", 1_000)
    for name in ("CLOSED", "KNOWN"):
        await here.post(NATIVE, **here.order(f"ORDER-{name}"))
    for name in ("CLOSED", "SPENT"):
        await here.post(close.format(f"ORDER-{name}"), mchid=here.mchid)


@pytest.mark.parametrize("case", ORDERS)
async def test_why_an_order_is_refused(case: str) -> None:
    changed, expected = ORDERS[case]
    async with shop() as here:
        await ordered(here)
        watched, order = Watched(here.here), here.order("ORDER-000001", 101) | changed
        assert await here.refused("POST", NATIVE, **order) == expected
        assert watched.written == []


def refund(number: str, amount: int, total: int = 1_000, **more: Any) -> dict[str, Any]:
    return {"out_refund_no": number, "amount": {"refund": amount, "total": total, "currency": "CNY"}, **more}


PAID: dict[str, Any] = {"out_trade_no": "ORDER-PAID"}
# fmt: off
REFUSED: Mapping[str, tuple[dict[str, Any], tuple[int, str, str]]] = {
    "unknown":       (refund("R2", 1, out_trade_no="ORDER-NEVER"),                   (404, "RESOURCE_NOT_EXISTS", "订单不存在")),
    "unpaid":        (refund("R2", 1, total=100, out_trade_no="ORDER-KNOWN"),        (404, "RESOURCE_NOT_EXISTS", "订单不存在")),
    "known differs": (refund("R1", 601, **PAID),                                     (400, "INVALID_REQUEST",     "订单金额或退款金额与之前请求不一致，请核实后再试")),
    "total":         (refund("R2", 1, total=999, **PAID),                            (400, "INVALID_REQUEST",     "您的请求参数与订单信息不一致")),
    "known first":   (refund("R1", 601, total=999, **PAID),                          (400, "INVALID_REQUEST",     "订单金额或退款金额与之前请求不一致，请核实后再试")),
    "too much":      (refund("R2", 401, **PAID),                                     (400, "INVALID_REQUEST",     "退款金额大于订单可退金额")),
    "total first":   (refund("R2", 401, total=999, **PAID),                          (400, "INVALID_REQUEST",     "您的请求参数与订单信息不一致")),
    "neither":       (refund("R2", 1),                                               (400, "PARAM_ERROR",         "")),
}
# fmt: on


@pytest.mark.parametrize("case", REFUSED)
async def test_why_a_refund_is_refused(case: str) -> None:
    asked, (status, code, message) = REFUSED[case]
    async with shop() as here:
        await ordered(here)
        await here.post(REFUNDS, **refund("R1", 600, **PAID))
        watched = Watched(here.here)
        refused = await here.refused("POST", REFUNDS, **asked)
        assert refused[:2] == (status, code)
        assert message in refused[2]
        assert watched.written == []


async def test_a_refund_comes_too_late_or_too_often() -> None:
    async with shop() as here:
        await ordered(here)
        for number in range(50):
            await here.post(REFUNDS, **refund(f"R{number}", 1, **PAID))
        assert (await here.refused("POST", REFUNDS, **refund("R50", 1, **PAID)))[2] == "部分退款次数超过限制"
        assert (await here.send("POST", REFUNDS, refund("R7", 1, **PAID))).status == 200
        await here.advance(366 * 24 * 3_600_000)
        assert (await here.refused("POST", REFUNDS, **refund("R51", 1, **PAID)))[2] == "订单已超过退款期限"
        assert (await here.refused("GET", f"{REFUNDS}/R99")) == (404, "RESOURCE_NOT_EXISTS", "退款单不存在")


# fmt: off
CLOSED = {
    "ORDER-PAID":   (400, "ORDERPAID",       "该订单已支付"),
    "ORDER-CODE":   (400, "INVALID_REQUEST", "当前交易不允许进行普通关单"),
}
# fmt: on


@pytest.mark.parametrize("number", CLOSED)
async def test_what_cannot_be_closed(number: str) -> None:
    async with shop() as here:
        await ordered(here)
        here.here.rules("  - {when: {operation: payment.charge}, then: {outcome: pending}}")
        await here.send("POST", "/v3/pay/transactions/codepay", {
            "appid": here.appid, "mchid": here.mchid, "description": "x", "out_trade_no": "ORDER-CODE",
            "payer": {"auth_code": "134567890123456789"}, "amount": {"total": 1},
            "scene_info": {"store_info": {"id": "7"}},
        })
        at = f"/v3/pay/transactions/out-trade-no/{number}/close"
        assert await here.refused("POST", at, mchid=here.mchid) == CLOSED[number]
        missing = await here.refused("GET", f"/v3/pay/transactions/out-trade-no/ORDER-NEVER?mchid={here.mchid}")
        assert missing == (404, "ORDER_NOT_EXIST", "订单不存在")


@pytest.mark.parametrize("reason", ["insufficient_funds", "limit_exceeded", "account_frozen", "not_permitted", "processing_error"])
async def test_a_scenario_refuses_in_the_words_of_the_service(reason: str) -> None:
    rows = {"insufficient_funds": Errors.NOT_ENOUGH, "limit_exceeded": Errors.RULE_LIMIT,
            "account_frozen": Errors.ACCOUNT_ERROR, "not_permitted": Errors.NO_AUTH, "processing_error": Errors.BANK_ERROR}
    async with shop() as here:
        outcome = f"{{result: declined, reason: {reason}}}"
        here.here.rules(f"  - {{when: {{operation: payment.create}}, then: {{outcome: {outcome}}}}}")
        row = rows[reason]
        assert await here.refused("POST", NATIVE, **here.order()) == (row.http, row.code, row.message)


async def test_errors_are_told_to_support_by_their_number() -> None:
    async with shop() as here:
        response = (await here.send("GET", f"/v3/pay/transactions/out-trade-no/ORDER-NEVER?mchid={here.mchid}")).response
        assert response.header("Request-ID").endswith("-268512771")
        response = (await here.send("POST", NATIVE, here.order(notify_url=HOOK))).response
        assert response.header("Request-ID").endswith("-0")
