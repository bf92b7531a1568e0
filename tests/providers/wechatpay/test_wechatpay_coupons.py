"""Coupons from their kind to their use, and the consents of users to 支付分."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from paydouble.core.clock import parse_rfc3339
from tests.providers.wechatpay.checked import HOOK, Shop, shop

FAVOR = "/v3/marketing/favor"
PERMISSIONS = "/v3/payscore/permissions"
OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"


def kind_of_coupon(here: Shop, number: str = "S1", **more: Any) -> dict[str, Any]:
    return {
        "stock_name": "满十减一", "belong_merchant": here.mchid, "available_begin_time": "2026-01-01T00:00:00+08:00",
        "available_end_time": "2099-01-01T00:00:00+08:00", "no_cash": False, "stock_type": "NORMAL",
        "out_request_no": number, "coupon_use_rule": {
            "fixed_normal_coupon": {"coupon_amount": 100, "transaction_minimum": 1_000}, "available_items": ["a_1"],
        },
        "stock_use_rule": {
            "max_coupons": 2, "max_amount": 200, "max_coupons_per_user": 2, "natural_person_limit": False,
            "prevent_api_abuse": False,
        }, **more,
    }


async def running(here: Shop, number: str = "S1") -> str:
    """The stock_id of a kind that can be sent."""
    made = await here.post(f"{FAVOR}/coupon-stocks", **kind_of_coupon(here, number))
    id = str(made["stock_id"])
    await here.post(f"{FAVOR}/stocks/{id}/start", stock_creator_mchid=here.mchid)
    return id


async def sent(here: Shop, stock_id: str, number: str = "C1") -> str:
    made = await here.post(
        f"{FAVOR}/users/{OPENID}/coupons", stock_id=stock_id, out_request_no=number, appid=here.appid,
        stock_creator_mchid=here.mchid,
    )
    return str(made["coupon_id"])


async def test_a_coupon_is_told_of_when_it_is_sent_and_when_it_is_used() -> None:
    async with shop() as here:
        set_to = await here.post(f"{FAVOR}/callbacks", mchid=here.mchid, notify_url=HOOK, switch=True)
        assert set_to["notify_url"] == (await here.get(f"{FAVOR}/callbacks?mchid={here.mchid}"))["notify_url"] == HOOK
        stock_id = await running(here)
        coupon_id = await sent(here, stock_id)
        await here.act("wechatpay.coupon", coupon_id, "use", transaction_id="4200000910202101282955148400")
        told = await here.events()
        assert [(event, body["status"]) for event, body in told] == [("COUPON.SEND", "SENDED"), ("COUPON.USE", "USED")]
        assert told[1][1]["consume_information"]["transaction_id"] == "4200000910202101282955148400"
        flow = await here.get(f"{FAVOR}/stocks/{stock_id}/use-flow")
        url = urlsplit(flow["url"])
        file = (await here.send("GET", f"{url.path}?{url.query}")).response.body
        assert hashlib.sha1(file, usedforsecurity=False).hexdigest() == flow["hash_value"]
        assert coupon_id in file.decode()
        url = urlsplit((await here.get(f"{FAVOR}/stocks/{stock_id}/refund-flow"))["url"])
        nothing = (await here.send("GET", f"{url.path}?{url.query}")).response.body
        assert len(nothing.splitlines()) == 1


async def test_a_user_gets_no_more_coupons_of_a_kind_than_the_kind_allows() -> None:
    async with shop() as here:
        kind = kind_of_coupon(here)
        made = await here.post(
            f"{FAVOR}/coupon-stocks", **kind | {"stock_use_rule": kind["stock_use_rule"] | {"max_coupons_per_user": 1}}
        )
        stock = {"stock_id": made["stock_id"], "appid": here.appid, "stock_creator_mchid": here.mchid}
        await here.post(f"{FAVOR}/stocks/{made['stock_id']}/start", stock_creator_mchid=here.mchid)
        await here.post(f"{FAVOR}/users/{OPENID}/coupons", out_request_no="C1", **stock)
        again = await here.refused("POST", f"{FAVOR}/users/{OPENID}/coupons", out_request_no="C2", **stock)
        assert again[:2] == (403, "RULE_LIMIT")
        await here.post(f"{FAVOR}/users/oSomebodyElse/coupons", out_request_no="C3", **stock)


async def test_nobody_is_told_where_the_switch_is_off() -> None:
    async with shop() as here:
        await here.post(f"{FAVOR}/callbacks", mchid=here.mchid, notify_url=HOOK, switch=False)
        await sent(here, await running(here))
        assert await here.events() == []


async def test_a_kind_is_paused_restarted_and_stopped() -> None:
    async with shop() as here:
        id = await running(here)
        creator = {"stock_creator_mchid": here.mchid}
        assert "pause_time" in await here.post(f"{FAVOR}/stocks/{id}/pause", **creator)
        order = {"stock_id": id, "out_request_no": "C1", "appid": here.appid, **creator}
        assert (await here.refused("POST", f"{FAVOR}/users/{OPENID}/coupons", **order))[:2] == (400, "INVALID_REQUEST")
        await here.post(f"{FAVOR}/stocks/{id}/restart", **creator)
        await sent(here, id)
        await here.post(f"{FAVOR}/stocks/{id}/stop", **creator)
        assert (await here.refused("POST", f"{FAVOR}/stocks/{id}/restart", **creator))[:2] == (400, "INVALID_REQUEST")
        assert (await here.get(f"{FAVOR}/stocks/{id}?stock_creator_mchid={here.mchid}"))["status"] == "stoped"
        assert (await here.refused("POST", f"{FAVOR}/stocks/9/stop", **creator))[:2] == (404, "RESOURCE_NOT_EXISTS")


async def test_lists_come_in_pages() -> None:
    async with shop() as here:
        ids = [await running(here, f"S{number}") for number in range(3)]
        page = {"stock_creator_mchid": here.mchid, "offset": 0, "limit": 2}
        listed = await here.get(f"{FAVOR}/stocks?{urlencode(page)}")
        assert (listed["total_count"], len(listed["data"])) == (3, 2)
        rest = await here.get(f"{FAVOR}/stocks?{urlencode({**page, 'offset': 2})}")
        assert {each["stock_id"] for each in (*listed["data"], *rest["data"])} == set(ids)
        await sent(here, ids[0], "C1")
        await sent(here, ids[1], "C2")
        mine = await here.get(f"{FAVOR}/users/{OPENID}/coupons?appid={here.appid}&stock_id={ids[0]}&status=SENDED")
        assert [each["stock_id"] for each in mine["data"]] == [ids[0]]
        assert (await here.get(f"{FAVOR}/users/{OPENID}/coupons?appid={here.appid}&status=USED"))["total_count"] == 0
        of_stock = f"{FAVOR}/stocks/{ids[0]}"
        assert (await here.get(f"{of_stock}/merchants?{urlencode(page)}"))["data"] == [here.mchid]
        assert (await here.get(f"{of_stock}/items?{urlencode(page)}"))["data"] == ["a_1"]


async def test_a_coupon_expires_with_its_kind() -> None:
    async with shop(start=parse_rfc3339("2026-03-01T12:00:00+08:00")) as here:
        made = await here.post(
            f"{FAVOR}/coupon-stocks", **kind_of_coupon(here, available_end_time="2026-03-02T00:00:00+08:00")
        )
        await here.post(f"{FAVOR}/stocks/{made['stock_id']}/start", stock_creator_mchid=here.mchid)
        coupon_id = await sent(here, made["stock_id"])
        await here.advance(24 * 3_600_000)
        shown = await here.get(f"{FAVOR}/users/{OPENID}/coupons/{coupon_id}?appid={here.appid}")
        assert shown["status"] == "EXPIRED"


async def test_a_day_that_there_is_not_is_no_time() -> None:
    async with shop() as here:
        made = kind_of_coupon(here, available_end_time="2026-02-30T00:00:00+08:00")
        assert (await here.refused("POST", f"{FAVOR}/coupon-stocks", **made))[:2] == (400, "PARAM_ERROR")
        listed = {"stock_creator_mchid": here.mchid, "offset": 0, "limit": 2, "create_end_time": "2026-02-30T00:00:00Z"}
        assert (await here.refused("GET", f"{FAVOR}/stocks?{urlencode(listed)}"))[:2] == (400, "PARAM_ERROR")


@pytest.mark.parametrize("by", ["code", "openid"])
async def test_a_user_consents_and_the_merchant_gives_it_up(by: str) -> None:
    async with shop() as here:
        asked = {"service_id": "500001", "appid": here.appid, "authorization_code": "A1", "notify_url": HOOK}
        token = (await here.post(PERMISSIONS, **asked))["apply_permissions_token"]
        assert token == (await here.post(PERMISSIONS, **asked))["apply_permissions_token"]
        code = f"{PERMISSIONS}/authorization-code/A1"
        query = f"{code}?service_id=500001"
        assert (await here.get(query))["authorization_state"] == "UNAVAILABLE"
        too_soon = await here.refused("POST", f"{code}/terminate", service_id="500001", reason="x")
        assert too_soon[:2] == (400, "INVALID_REQUEST")
        await here.act("wechatpay.payscore_permission", token, "agree", openid=OPENID)
        at, more = (code, {}) if by == "code" else (f"{PERMISSIONS}/openid/{OPENID}", {"appid": here.appid})
        shown = await here.get(f"{at}?{urlencode({'service_id': '500001', **more})}")
        assert (shown["authorization_state"], shown["openid"]) == ("AVAILABLE", OPENID)
        for _ in range(2):
            await here.post(f"{at}/terminate", service_id="500001", reason="x", **more)
        assert (await here.get(query))["authorization_state"] == "UNBINDUSER"
        told = [(event, body["openid"]) for event, body in await here.events()]
        assert told == [("PAYSCORE.USER_OPEN_SERVICE", OPENID), ("PAYSCORE.USER_CLOSE_SERVICE", OPENID)]
        assert (await here.refused("POST", PERMISSIONS, **asked))[:2] == (400, "INVALID_REQUEST")


async def test_what_was_not_collected_is_asked_for_once_more() -> None:
    async with shop() as here:
        here.here.rules("  - {when: {native: payscore.complete}, then: {outcome: pending}}")
        service = "/v3/payscore/serviceorder"
        ids = {"appid": here.appid, "service_id": "500001"}
        await here.post(
            service, out_order_no="RENT-1", service_introduction="充电宝", time_range={"start_time": "OnAccept"},
            risk_fund={"name": "DEPOSIT", "amount": 9_900}, notify_url=HOOK, need_user_confirm=False, openid=OPENID, **ids,
        )
        early = await here.refused("POST", f"{service}/RENT-1/pay", **ids)
        assert early[2] == "当前订单状态不合法"
        cost = [{"name": "租金", "amount": 300}]
        await here.post(f"{service}/RENT-1/complete", post_payments=cost, total_amount=300, **ids)
        for _ in range(2):
            await here.post(f"{service}/RENT-1/pay", **ids)
        await here.here.settle()
        shown = await here.get(f"{service}?service_id=500001&appid={here.appid}&out_order_no=RENT-1")
        assert (shown["state"], shown["collection"]["state"]) == ("DONE", "USER_PAID")
