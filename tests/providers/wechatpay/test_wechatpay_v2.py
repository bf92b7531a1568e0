"""API v2: XML both ways under MD5 and HMAC-SHA256, through the engine."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from paydouble.core.clock import HOUR, parse_rfc3339
from paydouble.core.http import HttpResponse
from paydouble.engine.audit import audit
from paydouble.engine.expectations import facts_of
from paydouble.providers.wechatpay.models import Transaction, number_key
from paydouble.scenarios.loader import load_text
from tests.merchants import world
from tests.providers.wechatpay.shop_v2 import OK, ShopV2, as_xml, sign

CODE = {"auth_code": "130061098828009406"}
NOON = parse_rfc3339("2026-03-01T12:00:00+08:00")


@asynccontextmanager
async def shop(sign_type: str = "MD5", **created: Any) -> AsyncIterator[ShopV2]:
    async with world(**created) as here:
        here.receiver.answer = lambda request: HttpResponse(200, (), OK)
        yield ShopV2(here, sign_type)
        for verdict in await audit(here.sandbox, here.simulator.providers):
            assert verdict.ok, f"{verdict.law}: {verdict.detail}"


async def transaction(here: ShopV2, number: str = "ORDER-000001") -> Transaction:
    work = here.here.sandbox.work()
    found = await work.find(Transaction, "order_key", number_key(here.mchid, number))
    assert found is not None
    return found


def micropay(here: ShopV2, **more: Any) -> dict[str, Any]:
    order = here.order(**more) | CODE
    return {name: value for name, value in order.items() if name not in ("notify_url", "trade_type")}


@pytest.mark.parametrize("sign_type", ["MD5", "HMAC-SHA256"])
async def test_an_order_is_paid_told_refunded_and_told_in_secret(sign_type: str) -> None:
    async with shop(sign_type) as here:
        made = await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order(attach="till=7"))
        assert made["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")
        unpaid = await here.call("/pay/orderquery", "pay.orderquery", out_trade_no="ORDER-000001")
        assert (unpaid["trade_state"], "transaction_id" in unpaid) == ("NOTPAY", False)
        await here.here.pay("wechatpay", "ORDER-000001")
        paid = await here.call("/pay/orderquery", "pay.orderquery", out_trade_no="ORDER-000001")
        [told] = await here.told()
        shared = ("transaction_id", "openid", "total_fee", "time_end", "attach", "bank_type")
        assert {name: told[name] for name in shared} == {name: paid[name] for name in shared}
        asked = {"out_refund_no": "R1", "total_fee": 100, "refund_fee": 40, "notify_url": "http://127.0.0.1:9/r"}
        by_id = {"transaction_id": paid["transaction_id"], **asked}
        refund = await here.call("/secapi/pay/refund", "secapi.refund", **by_id)
        assert refund["refund_id"] == (await here.call("/secapi/pay/refund", "secapi.refund", **by_id))["refund_id"]
        hidden = (await here.told())[1]
        assert (hidden["refund_id"], hidden["refund_fee"]) == (refund["refund_id"], "40")
        shown = await here.call("/pay/refundquery", "pay.refundquery", out_trade_no="ORDER-000001")
        assert (shown["refund_status_0"], shown["refund_recv_accout_0"]) == ("SUCCESS", "支付用户零钱")
        assert shown["total_refund_count"] == "1"
        differs = await here.refused("/secapi/pay/refund", **by_id | {"refund_fee": 41})
        assert differs[0] == "REFUND_FEE_MISMATCH"


async def test_both_apis_see_one_order() -> None:
    async with shop() as here:
        await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order())
        at = f"/v3/pay/transactions/out-trade-no/ORDER-000001?mchid={here.mchid}"
        assert (await here.here.wechatpay("GET", at)).json["trade_state"] == "NOTPAY"
        closed = await here.here.wechatpay(
            "POST", "/v3/pay/transactions/out-trade-no/ORDER-000001/close", {"mchid": here.mchid}
        )
        assert closed.status == 204
        assert await here.refused("/pay/unifiedorder", **here.order()) == ("ORDERCLOSED", "该订单已关闭")


@pytest.mark.parametrize(("product", "more", "shown"), [
    ("JSAPI", {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}, "prepay_id"), ("APP", {}, "prepay_id"),
    ("MWEB", {}, "mweb_url"),
])  # fmt: skip
async def test_other_products(product: str, more: dict[str, Any], shown: str) -> None:
    async with shop() as here:
        order = here.order(trade_type=product, **more)
        assert (await here.call("/pay/unifiedorder", "pay.unifiedorder", **order))[shown]
        await here.here.pay("wechatpay", "ORDER-000001")
        assert (await here.told())[0]["trade_type"] == product


async def test_ordering_again() -> None:
    async with shop() as here:
        first = await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order())
        again = await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order())
        assert first["prepay_id"] != again["prepay_id"]
        assert (await here.refused("/pay/unifiedorder", **here.order(total=101)))[1] == "201 商户订单号重复"
        await here.here.pay("wechatpay", "ORDER-000001")
        assert (await here.refused("/pay/unifiedorder", **here.order()))[0] == "ORDERPAID"
        assert (await here.refused("/pay/closeorder", out_trade_no="ORDER-000001"))[0] == "ORDERPAID"


async def test_a_code_is_charged_and_reversed() -> None:
    async with shop() as here:
        paid = await here.call("/pay/micropay", "pay.micropay", **micropay(here))
        assert paid["trade_type"] == "MICROPAY"
        undone = await here.call("/secapi/pay/reverse", "secapi.reverse", transaction_id=paid["transaction_id"])
        assert undone["recall"] == "N"
        assert (await transaction(here)).status == "REVOKED"
        assert (await here.refused("/pay/micropay", **micropay(here)))[0] == "ORDERREVERSED"


# fmt: off
@pytest.mark.parametrize(("headers", "more", "code", "state"), [
    ((("Wechatpay-Negative-Test", "MICROPAY_USERPAYING"),), {},                       "USERPAYING",    "USERPAYING"),
    ((("Wechatpay-Negative-Test", "MICROPAY_PAYERROR"),),   {},                       "TRADE_ERROR",   "PAYERROR"),
    ((),                                                    {"total": 4_801},         "NOTENOUGH",     "PAYERROR"),
    ((),                                                    {"number": "PD4810-0001"}, "USERPAYING",   "USERPAYING"),
])  # fmt: skip
# fmt: on
async def test_magic_headers_amounts_and_numbers(
    headers: tuple[tuple[str, str], ...], more: dict[str, Any], code: str, state: str
) -> None:
    async with shop() as here:
        path = "/xdc/apiv2sandbox/pay/micropay" if headers else "/pay/micropay"
        answered = await here.send(path, headers, **micropay(here, **more))
        assert here.read(answered.response)["err_code"] == code
        number = more.get("number", "ORDER-000001")
        assert (await transaction(here, number)).status == state


async def test_the_sandboxs_key_is_the_merchants() -> None:
    async with shop() as here:
        path = "/xdc/apiv2getsignkey/sign/getsignkey"
        assert (await here.call(path, "sandbox.getsignkey"))["sandbox_signkey"] == here.key


async def test_sharing_with_receivers_in_json() -> None:
    async with shop("HMAC-SHA256") as here:
        await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order(total=1_000, profit_sharing="Y"))
        await here.here.pay("wechatpay", "ORDER-000001")
        id = (await transaction(here)).id
        who = {"type": "MERCHANT_ID", "account": "1900000109", "name": "门店", "relation_type": "STORE"}
        added = json.dumps(who, ensure_ascii=False)
        await here.call("/pay/profitsharingaddreceiver", "pay.profitsharingaddreceiver", receiver=added)
        listed = json.dumps([{"type": "MERCHANT_ID", "account": "1900000109", "amount": 100, "description": "x"}])
        asked = {"transaction_id": id, "out_order_no": "P1", "receivers": listed}
        await here.call("/secapi/pay/multiprofitsharing", "secapi.profitsharing", **asked)
        await here.here.settle()
        by_number = {"transaction_id": id, "out_order_no": "P1"}
        done = await here.call("/pay/profitsharingquery", "pay.profitsharingquery", **by_number)
        assert (done["status"], json.loads(done["receivers"])[0]["result"]) == ("FINISHED", "SUCCESS")
        left = await here.call(
            "/pay/profitsharingorderamountquery", "pay.profitsharingorderamountquery", transaction_id=id
        )
        assert left["unsplit_amount"] == "900"
        back = {"out_order_no": "P1", "out_return_no": "B1", "return_account_type": "MERCHANT_ID",
                "return_account": "1900000109", "return_amount": 60, "description": "退"}
        await here.call("/secapi/pay/profitsharingreturn", "secapi.profitsharingreturn", **back)
        await here.here.settle()
        queried = await here.call(
            "/pay/profitsharingreturnquery", "pay.profitsharingreturnquery", out_return_no="B1"
        )
        assert queried["result"] == "SUCCESS"
        free = {"transaction_id": id, "out_order_no": "F1", "description": "完结"}
        await here.call("/secapi/pay/profitsharingfinish", "secapi.profitsharingfinish", **free)
        await here.call("/pay/profitsharingremovereceiver", "pay.profitsharingremovereceiver", receiver=added)


async def test_bills_are_the_answer_itself() -> None:
    async with shop("HMAC-SHA256", start=NOON) as here:
        day: dict[str, Any] = {"bill_date": "20260301"}
        assert await here.refused("/pay/downloadbill", **day) == ("", "No Bill Exist")
        await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order())
        await here.here.pay("wechatpay", "ORDER-000001")
        await here.here.sandbox.timers.run_until(here.here.sandbox.clock.now() + 24 * HOUR)  # type: ignore[arg-type]
        plain = (await here.send("/pay/downloadbill", **day)).response
        digest = base64.b64encode(hashlib.sha1(plain.body, usedforsecurity=False).digest()).decode()
        assert plain.header("Digest") == f"SHA={digest}"
        assert "`ORDER-000001," in plain.body.decode("utf-8-sig")
        zipped = (await here.send("/pay/downloadbill", tar_type="GZIP", **day)).response
        assert gzip.decompress(zipped.body) == plain.body
        flow = (await here.send("/pay/downloadfundflow", account_type="Basic", **day)).response
        assert "`交易,`交易,`收入,`1.00" in flow.body.decode("utf-8-sig")


# fmt: off
@pytest.mark.parametrize(("body", "message"), [
    (b"",                                          "post数据为空"),
    (b"{}",                                        "XML格式错误"),
    (b"<xml><a><b>1</b></a></xml>",                "XML格式错误"),
    (b"<xml><sign>1</sign><sign>2</sign></xml>",   "XML格式错误"),
    (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>', "XML格式错误"),
    (b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><a>&b;&b;</a></xml>',                "XML格式错误"),
    (b"<xml><mch_id>0</mch_id></xml>",             "mch_id参数格式错误"),
])  # fmt: skip
# fmt: on
async def test_what_is_no_message_is_told_so_unsigned(body: bytes, message: str) -> None:
    async with shop() as here:
        answered = await here.here.serve("wechatpay", here.raw("/pay/orderquery", body))
        assert here.read(answered.response) == {"return_code": "FAIL", "return_msg": message}


async def test_the_order_of_checks() -> None:
    async with shop() as here:
        get = replace(here.raw("/pay/orderquery", b""), method="GET")
        assert here.read((await here.here.serve("wechatpay", get)).response)["return_msg"] == "请使用post方法"
        unsigned = {"mch_id": here.mchid, "nonce_str": "1", "sign": "0" * 32}
        answered = await here.here.serve("wechatpay", here.raw("/pay/orderquery", as_xml(unsigned)))
        assert here.read(answered.response) == {"return_code": "FAIL", "return_msg": "签名错误"}
        foreign = {"appid": "wx0", "mch_id": here.mchid, "nonce_str": "1"}
        foreign["sign"] = sign(foreign, here.key)
        answered = await here.here.serve("wechatpay", here.raw("/pay/orderquery", as_xml(foreign)))
        assert here.read(answered.response)["return_msg"] == "商户号mch_id与appid不匹配"
        assert await here.refused("/pay/closeorder") == ("", "缺少参数:out_trade_no")
        assert await here.refused("/pay/orderquery", out_trade_no="ORDER-000009") == ("ORDERNOTEXIST", "订单不存在")


async def test_a_missing_certificate_is_let_pass_with_a_violation_where_a_scenario_says_so() -> None:
    async with shop() as here:
        await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order())
        await here.here.pay("wechatpay", "ORDER-000001")
        here.here.sandbox.rules.activate(load_text("schema: 1\nname: s\nsettings: {signatures: report}"))
        request = here.request(
            "/secapi/pay/refund", out_trade_no="ORDER-000001", out_refund_no="R1", total_fee=100, refund_fee=40
        )
        over_tls = replace(request, base_url="https://api.mch.weixin.qq.com")
        answered = await here.here.serve("wechatpay", over_tls)
        assert here.read(answered.response)["refund_fee"] == "40"
        logged = here.here.sandbox.log.calls[-1]
        [violation] = logged.violations
        assert (violation.keyword, "CERTIFICATE_REQUIRED" in violation.message) == ("signature", True)
        facts = await facts_of(here.here.sandbox, here.here.simulator.providers, logged)
        assert facts.ref == "ORDER-000001", "expectations about the order see this call too"


async def test_over_plain_http_no_certificate_can_be_shown_and_a_violation_says_so() -> None:
    async with shop() as here:
        await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order())
        await here.here.pay("wechatpay", "ORDER-000001")
        assert here.here.sandbox.log.calls[-1].violations == (), "an order needs none"
        refund = {"out_refund_no": "R1", "total_fee": 100, "refund_fee": 40, "out_trade_no": "ORDER-000001"}
        assert (await here.call("/secapi/pay/refund", "secapi.refund", **refund))["refund_fee"] == "40"
        [violation] = here.here.sandbox.log.calls[-1].violations
        assert (violation.keyword, "CERTIFICATE_REQUIRED" in violation.message) == ("signature", True)


async def test_money_out_needs_a_certificate_over_tls() -> None:
    async with shop() as here:
        request = here.request("/secapi/pay/refund")
        secure = replace(request, base_url="https://api.mch.weixin.qq.com")
        refused = (await here.here.serve("wechatpay", secure)).response
        assert (refused.status, b"No required SSL certificate was sent" in refused.body) == (400, True)
        shown = replace(secure, client_certificate=b"\x30")
        assert (await here.here.serve("wechatpay", shown)).response.status == 200


def answers(text: bytes) -> Any:
    return lambda request: HttpResponse(200, (), text)


async def test_the_body_of_an_answer_decides_whether_it_is_sent_again() -> None:
    async with shop() as here:
        here.here.receiver.answer = answers(b"<xml><return_code>FAIL</return_code></xml>")
        await here.call("/pay/unifiedorder", "pay.unifiedorder", **here.order())
        await here.here.pay("wechatpay", "ORDER-000001")
        here.here.receiver.answer = answers(OK)
        await here.here.sandbox.timers.run_until(here.here.sandbox.clock.now() + HOUR)  # type: ignore[arg-type]
        told = await here.told()
        assert len(told) == 2
        assert told[0]["nonce_str"] != told[1]["nonce_str"]


async def test_a_spoiled_signature_does_not_verify() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {operation: payment.create}, then: {respond: {signature: corrupt}}}")
        answered = await here.send("/pay/unifiedorder", **here.order())
        with pytest.raises(AssertionError):
            here.read(answered.response)
