"""Subscriptions changed by their merchant: stopped and resumed, patched, revised; and found again."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.clock import DAY
from tests.providers.paypal.billed import (
    PLANS,
    SUBSCRIPTIONS,
    cycle,
    open_shop,
    plan,
    sales,
    shown,
    states,
    subscribed,
    subscription,
    usd,
)


async def test_it_is_suspended_resumed_and_cancelled() -> None:
    async with open_shop() as here:
        id = await subscribed(here)
        path = f"{SUBSCRIPTIONS}/{id}"
        assert (await here.call("POST", f"{path}/suspend", {"reason": "Holiday"})).status == 204
        assert await here.refused("POST", f"{path}/suspend", {"reason": "x"}) == (
            422, "SUBSCRIPTION_STATUS_INVALID")
        await here.advance(70 * DAY)
        assert len(await sales(here, id)) == 1
        assert (await here.call("POST", f"{path}/activate", {"reason": "Back"})).status == 204
        await here.advance(31 * DAY)
        assert len(await sales(here, id)) == 2
        assert (await here.call("POST", f"{path}/cancel", {"reason": "Bye"})).status == 204
        ended = await shown(here, id)
        assert (ended["status"], ended["status_change_note"]) == ("CANCELLED", "Bye")
        await here.advance(70 * DAY)
        assert len(await sales(here, id)) == 2
        assert (await here.types())[-1] == "BILLING.SUBSCRIPTION.CANCELLED"
        assert await here.refused("POST", f"{path}/cancel") == (400, "MISSING_REQUIRED_PARAMETER")


async def test_a_price_is_overridden_and_patched() -> None:
    async with open_shop() as here:
        override = {
            "billing_cycles": [{"sequence": 1, "pricing_scheme": {"fixed_price": usd("8")}, "total_cycles": 5}],
            "taxes": {"percentage": "0"}, "payment_preferences": {"payment_failure_threshold": 1},
        }
        id = await subscribed(here, asked={"plan": override})
        assert (await shown(here, id))["plan_overridden"] is True
        whole = await shown(here, id, "plan")
        assert whole["plan"]["billing_cycles"][0]["total_cycles"] == 5
        patches: list[dict[str, Any]] = [
            {"op": "replace", "path": "/plan/billing_cycles/@sequence==1/pricing_scheme/fixed_price",
             "value": usd("9")},
            {"op": "replace", "path": "/shipping_amount", "value": usd("1")},
            {"op": "add", "path": "/custom_id", "value": "other"},
        ]
        assert (await here.call("PATCH", f"{SUBSCRIPTIONS}/{id}", patches)).status == 204
        await here.advance(31 * DAY)
        assert [value for _, value in states(await sales(here, id))] == ["10.00", "8.00"]
        assert (await here.types())[-2:] == ["BILLING.SUBSCRIPTION.UPDATED", "PAYMENT.SALE.COMPLETED"]


PATCHES: list[tuple[str, Any, int, str]] = [
    ("/plan_id", "P-1", 400, "INVALID_PATCH_PATH"),
    ("/shipping_amount", usd("1", "EUR"), 422, "CURRENCY_MISMATCH"),
    ("/shipping_amount", "1", 400, "INVALID_PARAMETER_VALUE"),
    ("/start_time", "2040-01-01T00:00:00Z", 422, "INVALID_START_TIME"),
    ("/billing_info/outstanding_balance", usd("1"), 422, "AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE"),
    ("/plan/billing_cycles/@sequence==9/total_cycles", 2, 400, "INVALID_PATCH_PATH"),
    ("/plan/billing_cycles/@sequence==1/total_cycles", 0.5, 400, "INVALID_PARAMETER_VALUE"),
    ("/plan/billing_cycles/@sequence==1/pricing_scheme/fixed_price", usd("0.001"), 422, "DECIMAL_PRECISION"),
]


@pytest.mark.parametrize(("path", "value", "status", "issue"), PATCHES)
async def test_what_a_patch_is_refused_for(path: str, value: Any, status: int, issue: str) -> None:
    async with open_shop() as here:
        id = await subscribed(here, cycle(total=3))
        patches = [{"op": "replace", "path": path, "value": value}]
        assert await here.refused("PATCH", f"{SUBSCRIPTIONS}/{id}", patches) == (status, issue)


async def test_a_revision_waits_for_the_payer() -> None:
    async with open_shop() as here:
        made = await subscription(here, await plan(here, cycle("10")))
        id = made["id"]
        path = f"{SUBSCRIPTIONS}/{id}"
        product = (await here.get(f"{PLANS}/{(await shown(here, id))['plan_id']}"))["product_id"]
        dearer = (await here.post(PLANS, {
            "product_id": product, "name": "More milk", "billing_cycles": [cycle("25")], "payment_preferences": {},
        }))["id"]
        assert await here.refused("POST", f"{path}/revise", {"plan_id": dearer}) == (
            422, "SUBSCRIPTION_STATUS_INVALID")
        await here.act("subscription", id, "approve")
        other = await plan(here)
        assert await here.refused("POST", f"{path}/revise", {"plan_id": other}) == (
            422, "PLAN_PRODUCT_NOT_COMPATIBLE")
        revised = await here.post(f"{path}/revise", {"plan_id": dearer, "shipping_amount": usd("1")}, status=200)
        assert revised["plan_id"] == dearer
        assert revised["links"][0]["rel"] == "approve"
        assert (await shown(here, id))["plan_id"] != dearer
        await here.act("subscription", id, "approve")
        assert (await shown(here, id))["plan_id"] == dearer
        await here.advance(31 * DAY)
        assert states(await sales(here, id))[0] == ("COMPLETED", "26.00")


async def test_it_needs_an_active_plan_that_fits() -> None:
    async with open_shop() as here:
        id = await plan(here)
        body: dict[str, Any] = {"plan_id": id}
        assert await here.refused("POST", SUBSCRIPTIONS, {}) == (400, "MISSING_REQUIRED_PARAMETER")
        assert await here.refused("POST", SUBSCRIPTIONS, {"plan_id": "P-X"}) == (404, "INVALID_RESOURCE_ID")
        for more, issue in (
            ({"quantity": "2"}, "SUBSCRIPTION_CANNOT_HAVE_QUANTITY"),
            ({"shipping_amount": usd("1", "EUR")}, "CURRENCY_MISMATCH"),
            ({"plan": {"billing_cycles": [{"sequence": 2}]}}, "INVALID_BILLING_CYCLE_SEQUENCE"),
        ):
            assert await here.refused("POST", SUBSCRIPTIONS, body | more) == (422, issue)
        await here.call("POST", f"{PLANS}/{id}/deactivate")
        assert await here.refused("POST", SUBSCRIPTIONS, body) == (422, "PLAN_STATUS_INVALID")
        assert await here.refused("GET", f"{SUBSCRIPTIONS}/I-X") == (404, "INVALID_RESOURCE_ID")


async def test_subscriptions_are_listed() -> None:
    async with open_shop() as here:
        first, second = await subscribed(here), (await subscription(here, await plan(here)))["id"]
        listed = await here.get(f"{SUBSCRIPTIONS}?total_required=true")
        assert {one["id"] for one in listed["subscriptions"]} == {first, second}
        active = await here.get(f"{SUBSCRIPTIONS}?statuses=ACTIVE,SUSPENDED&created_after=2000-01-01T00:00:00Z")
        assert [one["id"] for one in active["subscriptions"]] == [first]
