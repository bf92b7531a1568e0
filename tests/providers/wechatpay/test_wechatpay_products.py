"""Every way to pay at WeChat Pay, through the engine: ordered, paid, told of, queried, closed, reversed."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.act import Declined
from paydouble.core.clock import MINUTE, SECOND
from tests.providers.wechatpay.checked import HOOK, Shop, shop

SUB = "1900000109"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
DIRECT, PARTNER = "/v3/pay/transactions", "/v3/pay/partner/transactions"
COMBINED = "/v3/combine-transactions"
REFUNDS = "/v3/refund/domestic/refunds"
H5: dict[str, Any] = {"scene_info": {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}}
SHOWS = {"native": "code_url", "h5": "h5_url"}
TYPES = {"native": "NATIVE", "h5": "MWEB", "app": "APP", "jsapi": "JSAPI", "miniprogram": "JSAPI"}
CODE = {"payer": {"auth_code": "130061098828009406"}, "scene_info": {"store_info": {"id": "1"}}}


def needs(product: str, openid: str = "openid") -> dict[str, Any]:
    if product == "h5":
        return H5
    return {"payer": {openid: OPENID}} if TYPES[product] == "JSAPI" else {}


def of_partner(here: Shop, number: str, **more: Any) -> dict[str, Any]:
    order = here.order(number, **more)
    return {
        "sp_appid": order.pop("appid"), "sp_mchid": order.pop("mchid"), "sub_mchid": SUB, **order,
    }


def combined(here: Shop, **more: Any) -> dict[str, Any]:
    parts = [
        {"mchid": here.mchid, "attach": name, "out_trade_no": f"PART-0000{name}", "description": name,
         "amount": {"total_amount": total, "currency": "CNY"}} for name, total in (("A", 60), ("B", 40))
    ]
    return {
        "combine_appid": here.appid, "combine_mchid": here.mchid, "combine_out_trade_no": "COMBINED-1",
        "sub_orders": parts, "notify_url": HOOK, **more,
    }


def code_order(here: Shop, number: str = "ORDER-000001", **more: Any) -> dict[str, Any]:
    order = here.order(number) | CODE | more
    return {name: value for name, value in order.items() if name != "notify_url"}


@pytest.mark.parametrize("product", ["native", "jsapi", "app", "h5"])
async def test_a_direct_order_is_paid_and_told_of(product: str) -> None:
    async with shop() as here:
        answered = await here.post(f"{DIRECT}/{product}", **here.order(**needs(product)))
        assert list(answered) == [SHOWS.get(product, "prepay_id")]
        await here.pay("ORDER-000001")
        shown = await here.get(f"{DIRECT}/out-trade-no/ORDER-000001?mchid={here.mchid}")
        assert (shown["trade_state"], shown["trade_type"]) == ("SUCCESS", TYPES[product])
        [(event, plain)] = await here.events()
        assert event == "TRANSACTION.SUCCESS"
        assert plain.items() <= shown.items()
        assert plain["payer"] == ({"openid": OPENID} if product == "jsapi" else plain["payer"])


@pytest.mark.parametrize("product", ["native", "jsapi", "app", "h5", "miniprogram"])
async def test_a_partners_order_is_paid_for_its_sub_merchant(product: str) -> None:
    async with shop() as here:
        await here.post(f"{PARTNER}/{product}", **of_partner(here, "ORDER-000001", **needs(product, "sp_openid")))
        who = f"sp_mchid={here.mchid}&sub_mchid={SUB}"
        paid = await here.pay("ORDER-000001")
        shown = await here.get(f"{PARTNER}/id/{paid.id}?{who}")
        assert shown == await here.get(f"{PARTNER}/out-trade-no/ORDER-000001?{who}")
        [(_, plain)] = await here.events()
        assert (plain["sp_mchid"], plain["sub_mchid"], "mchid" in plain) == (here.mchid, SUB, False)
        assert paid.payee == SUB
        refund = {"refund": 40, "total": 100, "currency": "CNY"}
        await here.post(
            REFUNDS, sub_mchid=SUB, out_trade_no="ORDER-000001", out_refund_no="R1", amount=refund, notify_url=HOOK
        )
        event, told = (await here.events())[-1]
        assert (event, told["sp_mchid"], told["sub_mchid"]) == ("REFUND.SUCCESS", here.mchid, SUB)


async def test_money_of_one_sub_merchant_is_not_moved_in_the_name_of_another() -> None:
    async with shop() as here:
        await here.post(f"{PARTNER}/native", **of_partner(here, "ORDER-000001"))
        paid = await here.pay("ORDER-000001")
        refund = {
            "out_trade_no": "ORDER-000001", "out_refund_no": "R1",
            "amount": {"refund": 40, "total": 100, "currency": "CNY"},
        }
        await here.post(REFUNDS, sub_mchid=SUB, **refund)
        assert (await here.get(f"{REFUNDS}/R1?sub_mchid={SUB}"))["out_refund_no"] == "R1"
        other = "1900009999"
        assert (await here.refused("GET", f"{REFUNDS}/R1?sub_mchid={other}"))[2] == "退款单不存在"
        free = {"transaction_id": paid.id, "out_order_no": "P1", "description": "x"}
        for target, body in ((REFUNDS, refund | {"out_refund_no": "R2"}), ("/v3/profitsharing/orders/unfreeze", free)):
            refused = await here.refused("POST", target, sub_mchid=other, **body)
            assert refused[1:] == ("INVALID_REQUEST", "子商户号和订单信息不匹配")


async def test_a_partner_names_one_of_its_sub_merchants_and_not_itself() -> None:
    async with shop() as here:
        order = of_partner(here, "ORDER-000001")
        assert (await here.refused("POST", f"{PARTNER}/native", **order | {"sub_mchid": here.mchid}))[2] == (
            "子商户mchid不能与自身mchid相同"
        )
        await here.post(f"{PARTNER}/native", **order)
        other = f"{PARTNER}/out-trade-no/ORDER-000001?sp_mchid={here.mchid}&sub_mchid=1900009999"
        assert (await here.refused("GET", other))[2] == "子商户号和订单信息不匹配"
        await here.post(f"{PARTNER}/out-trade-no/ORDER-000001/close", sp_mchid=here.mchid, sub_mchid=SUB)
        assert (await here.transaction("ORDER-000001")).status == "CLOSED"


async def test_an_h5_order_must_be_opened_within_five_minutes() -> None:
    async with shop() as here:
        await here.post(f"{DIRECT}/h5", **here.order(**H5))
        await here.advance(6 * MINUTE)
        with pytest.raises(Declined, match="支付请求已失效"):
            await here.pay("ORDER-000001")


@pytest.mark.parametrize("product", ["native", "jsapi", "app", "h5", "miniprogram"])
async def test_a_combined_order_is_paid_as_one(product: str) -> None:
    async with shop() as here:
        more = {"combine_payer_info": {"openid": OPENID}} if TYPES[product] == "JSAPI" else {}
        order = combined(here, **more, **(H5 if product == "h5" else {}))
        first = await here.post(f"{COMBINED}/{product}", **order)
        again = await here.post(f"{COMBINED}/{product}", **order)
        name = SHOWS.get(product, "prepay_id")
        assert first[name] != again[name]
        unpaid = await here.get(f"{COMBINED}/out-trade-no/COMBINED-1")
        assert "combine_payer_info" not in unpaid
        part = await here.transaction(unpaid["sub_orders"][0]["out_trade_no"])
        assert (await here.refused("GET", f"{COMBINED}/id/{part.id}"))[:2] == (404, "ORDER_NOT_EXIST")
        await here.pay("PART-0000B")
        shown = await here.get(f"{COMBINED}/out-trade-no/COMBINED-1")
        assert [part["trade_state"] for part in shown["sub_orders"]] == ["SUCCESS", "SUCCESS"]
        [(event, plain)] = await here.events()
        assert (event, plain) == ("TRANSACTION.SUCCESS", shown)
        ids = {part["transaction_id"] for part in plain["sub_orders"]}
        assert [await here.get(f"{COMBINED}/id/{id}") for id in sorted(ids)] == [shown, shown]
        closing = [{"mchid": here.mchid, "out_trade_no": f"PART-0000{name}"} for name in "AB"]
        close = await here.refused(
            "POST", f"{COMBINED}/out-trade-no/COMBINED-1/close", combine_appid=here.appid, sub_orders=closing
        )
        assert close[1] == "ORDERPAID"


async def test_a_combined_order_is_closed_with_exactly_its_parts() -> None:
    async with shop() as here:
        await here.post(f"{COMBINED}/native", **combined(here))
        at = f"{COMBINED}/out-trade-no/COMBINED-1/close"
        closing = [{"mchid": here.mchid, "out_trade_no": f"PART-0000{name}"} for name in "AC"]
        refused = await here.refused("POST", at, combine_appid=here.appid, sub_orders=closing)
        assert refused[0] == 400
        closing[1]["out_trade_no"] = "PART-0000B"
        await here.post(at, combine_appid=here.appid, sub_orders=closing)
        assert {(await here.transaction(f"PART-0000{name}")).status for name in "AB"} == {"CLOSED"}
        assert (await here.refused("POST", f"{COMBINED}/native", **combined(here)))[1] == "ORDER_CLOSED"


async def test_a_code_payment_is_paid_at_once_and_told_to_nobody() -> None:
    async with shop() as here:
        paid = await here.post(f"{DIRECT}/codepay", **code_order(here))
        assert (paid["trade_state"], paid["trade_type"]) == ("SUCCESS", "MICROPAY")
        assert await here.events() == []
        close = await here.refused("POST", f"{DIRECT}/out-trade-no/ORDER-000001/close", mchid=here.mchid)
        assert close[1] == "ORDERPAID"
        at = f"{DIRECT}/out-trade-no/ORDER-000001/reverse"
        undone = await here.post(at, appid=here.appid, mchid=here.mchid)
        assert undone == await here.post(at, appid=here.appid, mchid=here.mchid)
        revoked = await here.transaction("ORDER-000001")
        assert (revoked.status, revoked.refunded_minor, revoked.fee_minor) == ("REVOKED", 100, 0)


@pytest.mark.parametrize(("trigger", "state"), [("pay", "SUCCESS"), ("fail", "PAYERROR"), ("cancel", "PAYERROR")])
async def test_a_password_is_asked_for(trigger: str, state: str) -> None:
    async with shop() as here:
        here.here.rules("  - {when: {operation: payment.charge, nth: 1}, then: {outcome: pending}}")
        order = code_order(here)
        assert (await here.refused("POST", f"{DIRECT}/codepay", **order))[:2] == (202, "USERPAYING")
        assert (await here.refused("POST", f"{DIRECT}/codepay", **order))[:2] == (202, "USERPAYING")
        query = f"{DIRECT}/out-trade-no/ORDER-000001?mchid={here.mchid}"
        assert (await here.get(query))["trade_state"] == "USERPAYING"
        await here.pay("ORDER-000001", trigger)
        assert (await here.get(query))["trade_state"] == state
        assert await here.events() == []


async def test_a_password_that_is_never_typed_ends_in_an_error_which_can_be_reversed() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {operation: payment.charge}, then: {outcome: pending}}")
        await here.refused("POST", f"{DIRECT}/codepay", **code_order(here))
        await here.advance(31 * SECOND)
        assert (await here.transaction("ORDER-000001")).status == "PAYERROR"
        await here.post(f"{DIRECT}/out-trade-no/ORDER-000001/reverse", appid=here.appid, mchid=here.mchid)
        assert (await here.transaction("ORDER-000001")).status == "REVOKED"


async def test_a_code_that_is_none_is_refused_and_nothing_kept() -> None:
    async with shop() as here:
        order = code_order(here, payer={"auth_code": "28763443825664394"})
        assert (await here.refused("POST", f"{DIRECT}/codepay", **order))[0] == 400
        missing = await here.refused("GET", f"{DIRECT}/out-trade-no/ORDER-000001?mchid={here.mchid}")
        assert missing[1] == "ORDER_NOT_EXIST"


async def test_a_partners_code_payment() -> None:
    async with shop() as here:
        order = of_partner(here, "ORDER-000001") | CODE
        order.pop("notify_url")
        paid = await here.post(f"{PARTNER}/codepay", **order)
        assert paid["sub_mchid"] == SUB
        at = f"{PARTNER}/out-trade-no/ORDER-000001/reverse"
        assert (await here.post(at, sp_mchid=here.mchid, sub_mchid=SUB))["sub_mchid"] == SUB
