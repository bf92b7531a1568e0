"""Contracts and deductions (委托代扣): by API v2, and what a v3 contract announces of its next deduction."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.core.page import Go, Show
from paydouble.providers.wechatpay.papay_records import PapayContract, contract_key
from tests.merchants import world
from tests.providers.wechatpay.checked import HOOK, Shop, shop
from tests.providers.wechatpay.shop_v2 import OK, ShopV2, sign

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
URL = "http://127.0.0.1:9/v2"
PLAN = {
    "plan_id": "12535", "contract_code": "C1", "request_serial": "1000", "contract_display_account": "会员",
    "notify_url": URL,
}
DEDUCTION = {
    "body": "会员", "out_trade_no": "PAP-1", "total_fee": 100, "spbill_create_ip": "127.0.0.1", "notify_url": URL,
    "trade_type": "PAP",
}


@contextlib.asynccontextmanager
async def shop_v2(sign_type: str = "MD5") -> AsyncIterator[ShopV2]:
    async with world() as here:
        here.receiver.answer = lambda request: HttpResponse(200, (), OK)
        yield ShopV2(here, sign_type)


async def signed(shop: ShopV2) -> str:
    """The id of a contract that its user has signed."""
    made = await shop.call("/papay/preentrustweb", "papay.preentrustweb", **PLAN, openid=OPENID)
    id = made["pre_entrustweb_id"]
    await shop.here.simulator.acts.act(shop.here.sandbox, "wechatpay.papay_contract", id, "sign", {})
    return id


@pytest.mark.parametrize("sign_type", ["MD5", "HMAC-SHA256"])
async def test_a_contract_is_signed_deducted_under_and_ended(sign_type: str) -> None:
    async with shop_v2(sign_type) as shop:
        assert await shop.refused("/papay/querycontract", plan_id="12535", contract_code="C1") == (
            "CONTRACT_NOT_EXIST", "协议不存在",
        )
        id = await signed(shop)
        shown = await shop.call("/papay/querycontract", "papay.querycontract", contract_id=id)
        assert (shown["contract_state"], shown["contract_code"], shown["openid"]) == ("0", "C1", OPENID)
        await shop.call("/pay/pappayapply", "papay.pappayapply", **DEDUCTION, contract_id=id)
        await shop.here.settle()
        queried = await shop.call("/pay/paporderquery", "papay.paporderquery", out_trade_no="PAP-1")
        assert (queried["trade_state"], queried["contract_id"]) == ("SUCCESS", id)
        ended = {"plan_id": "12535", "contract_code": "C1", "contract_termination_remark": "x"}
        await shop.call("/papay/deletecontract", "papay.deletecontract", **ended)
        assert (await shop.call("/papay/querycontract", "papay.querycontract", contract_id=id))["contract_state"] == "1"
        refused = await shop.refused("/pay/pappayapply", **{**DEDUCTION, "out_trade_no": "PAP-2"}, contract_id=id)
        assert refused[0] == "CONTRACT_EXPIRED"
        assert (await shop.refused("/papay/preentrustweb", **PLAN))[0] == "CONTRACT_EXISTED"
        told = await shop.told()
        assert [each.get("change_type", each.get("trade_type")) for each in told] == ["ADD", "PAP", "DELETE"]
        assert (told[1]["trade_state"], told[1]["contract_id"], told[0]["request_serial"]) == ("SUCCESS", id, "1000")


async def test_a_deduction_that_fails_is_told_of() -> None:
    async with shop_v2() as shop:
        outcome = "{result: declined, reason: insufficient_funds}"
        shop.here.rules(f"  - {{when: {{operation: payment.charge}}, then: {{outcome: {outcome}}}}}")
        id = await signed(shop)
        await shop.call("/pay/pappayapply", "papay.pappayapply", **DEDUCTION, contract_id=id)
        await shop.here.settle()
        [_, failed] = await shop.told()
        assert (failed["trade_state"], failed["err_code"], failed["out_trade_no"]) == ("PAY_FAIL", "NOTENOUGH", "PAP-1")
        queried = await shop.call("/pay/paporderquery", "papay.paporderquery", out_trade_no="PAP-1")
        assert queried["trade_state"] == "PAY_FAIL"


async def test_a_contract_is_signed_with_the_payment_of_an_order() -> None:
    async with shop_v2() as shop:
        plan = {name: text for name, text in PLAN.items() if name != "notify_url"}
        made = await shop.call(
            "/pay/contractorder", "papay.contractorder", **shop.order(), **plan, contract_notify_url=URL,
            contract_mchid=shop.mchid, contract_appid=shop.appid,
        )
        assert (made["contract_result_code"], "code_url" in made) == ("SUCCESS", True)
        await shop.here.pay("wechatpay", "ORDER-000001", openid=OPENID)
        shown = await shop.call("/papay/querycontract", "papay.querycontract", plan_id="12535", contract_code="C1")
        assert (shown["contract_state"], shown["openid"]) == ("0", OPENID)
        told = await shop.told()
        assert {each.get("change_type", each.get("trade_type")) for each in told} == {"NATIVE", "ADD"}


async def test_a_browser_is_sent_to_sign_by_a_signed_query() -> None:
    async with shop_v2() as shop:
        query = {"appid": shop.appid, "mch_id": shop.mchid, "version": "1.0", "timestamp": "1414488825", **PLAN}
        query["sign"] = sign(query, shop.key)
        shown = await visited(shop, query)
        assert isinstance(shown, Go)
        [contract_id] = parse_qs(urlsplit(shown.url).query)["contract_id"]
        assert urlsplit(shown.url).path == "/papay/sign"
        await shop.here.simulator.acts.act(shop.here.sandbox, "wechatpay.papay_contract", contract_id, "sign", {})
        for spoiled, status in ((query | {"plan_id": "1"}, 403), (query, 409), ({**query, "sign": ""}, 403)):
            page = await visited(shop, spoiled)
            assert isinstance(page, Show)
            assert page.status == status


async def visited(shop: ShopV2, query: dict[str, str]) -> Any:
    request = HttpRequest(method="GET", target=f"/papay/entrustweb?{urlencode(query)}", base_url="http://127.0.0.1:1")
    visits = shop.here.simulator.visits
    found = visits.find("wechatpay", "/papay/entrustweb")
    assert found is not None
    return await visits.serve("wechatpay", *found, request)


async def test_a_contract_outside_wechat_has_a_link() -> None:
    async with shop_v2() as shop:
        made = await shop.call("/papay/h5entrustweb", "papay.h5entrustweb", **PLAN)
        assert urlsplit(made["redirect_url"]).path == "/papay/sign"
        assert await shop.refused("/papay/deletecontract", contract_termination_remark="x") == (
            "", "缺少参数:contract_id",
        )


async def scheduled(here: Shop) -> str:
    """The id of a signed contract whose next deduction was announced."""
    await here.post(
        "/v3/papay/scheduled-deduct-sign/contracts/pre-entrust-sign/h5", appid=here.appid, plan_id=1, openid=OPENID,
        out_contract_code="C1", contract_display_account="会员", contract_notify_url=HOOK, deduct_schedule={
            "estimated_deduct_date": "2026-04-01", "description": "会员",
            "estimated_deduct_amount": {"total": 100, "currency": "CNY"},
        },
    )
    found = await here.here.sandbox.work().find(PapayContract, "number", contract_key(here.mchid, "1", "C1"))
    assert found is not None
    await here.act("wechatpay.papay_contract", found.id, "sign")
    return found.id


async def test_the_next_deduction_is_announced_fixed_and_made() -> None:
    async with shop() as here:
        id = await scheduled(here)
        at = f"/v3/papay/pay/schedules/contract-id/{id}"
        assert (await here.get(at))["deduct_schedule"]["schedule_state"] == "NO_SCHEDULED"
        await here.post(f"{at}/schedule", appid=here.appid, schedule_amount={"total": 80, "currency": "CNY"})
        shown = (await here.get(at))["deduct_schedule"]
        assert (shown["schedule_state"], shown["scheduled_amount"]["total"]) == ("SCHEDULED", 80)
        await here.post(
            "/v3/papay/pay/transactions/apply", appid=here.appid, out_trade_no="ORDER-000001", description="会员",
            transaction_notify_url=HOOK, contract_id=id, amount={"total": 80, "currency": "CNY"},
        )
        await here.here.settle()
        contract = await here.get("/v3/papay/sign/contracts/plan-id/1/out-contract-code/C1")
        assert contract["deduct_schedule"]["schedule_state"] == "PAID"
        again = await here.refused("POST", f"{at}/schedule", appid=here.appid, schedule_amount={"total": 1})
        assert again[:2] == (400, "INVALID_REQUEST")
