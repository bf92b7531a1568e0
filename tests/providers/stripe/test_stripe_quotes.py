"""Quotes, and the schedules of subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.stripe.checked import Shop, shop
from tests.providers.stripe.test_stripe_subscriptions import DAY_S, START, advance, subscribed, subscriber


async def quoted(it: Shop, customer: Any, price: Any, **params: Any) -> Any:
    return await it.post(
        "/v1/quotes", customer=customer["id"], line_items=[{"price": price["id"], "quantity": 2}], **params
    )


async def test_a_quote_becomes_a_subscription() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        quote = await quoted(it, customer, price, expand=["line_items"], metadata={"a": "b"})
        assert (quote["status"], quote["amount_total"], quote["computed"]["recurring"]["interval"]) == (
            "draft", 4_000, "month")
        assert quote["line_items"]["data"][0]["quantity"] == 2
        changed = await it.post(f"/v1/quotes/{quote['id']}", description="As agreed")
        assert (await it.get(f"/v1/quotes/{quote['id']}"))["description"] == changed["description"]
        assert (await it.refused("POST", f"/v1/quotes/{quote['id']}/accept"))["http"] == 400
        final = await it.post(f"/v1/quotes/{quote['id']}/finalize", expires_at=START + 5 * DAY_S)
        assert (final["status"], final["number"].startswith("QT-")) == ("open", True)
        done = await it.post(f"/v1/quotes/{quote['id']}/accept", expand=["subscription", "invoice"])
        assert (done["status"], done["subscription"]["status"], done["invoice"]["amount_paid"]) == (
            "accepted", "active", 4_000)
        assert (await it.refused("POST", f"/v1/quotes/{quote['id']}/cancel"))["http"] == 400
        assert (await it.refused("POST", f"/v1/quotes/{quote['id']}", description="x"))["http"] == 400
        listed = await it.get("/v1/quotes", customer=customer["id"], status="accepted")
        assert [each["id"] for each in listed["data"]] == [quote["id"]]
        assert len((await it.get(f"/v1/quotes/{quote['id']}/line_items"))["data"]) == 1
        assert [type for type in await it.types() if type.startswith("quote")] == [
            "quote.created", "quote.finalized", "quote.accepted"]


async def test_a_quote_for_one_time_becomes_a_draft_invoice_and_an_old_one_lapses() -> None:
    async with shop() as it:
        customer, _ = await subscriber(it)
        once = await it.post("/v1/prices", currency="usd", unit_amount=700, product_data={"name": "Mug"})
        await it.post("/v1/coupons", id="HALF", percent_off=50)
        first = await quoted(it, customer, once, discounts=[{"coupon": "HALF"}])
        await it.post(f"/v1/quotes/{first['id']}/finalize")
        done = await it.post(f"/v1/quotes/{first['id']}/accept", expand=["invoice"])
        assert (done["invoice"]["status"], done["invoice"]["total"], done["invoice"]["billing_reason"]) == (
            "draft", 700, "quote_accept")
        second, third = await quoted(it, customer, once), await quoted(it, customer, once)
        await it.post(f"/v1/quotes/{second['id']}/finalize")
        await it.post(f"/v1/quotes/{third['id']}/cancel")
        await advance(it, customer, START + 40 * DAY_S)
        assert (await it.get(f"/v1/quotes/{second['id']}"))["status"] == "canceled"
        assert (await it.types()).count("quote.canceled") == 2


@pytest.mark.parametrize(("params", "param"), [
    ({"line_items": []}, "line_items"), ({"customer": "cus_none"}, "customer"), ({"expires_at": 5}, "expires_at"),
])
async def test_what_no_quote_can_be(params: dict[str, Any], param: str) -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        given = {"customer": customer["id"], "line_items": [{"price": price["id"], "quantity": 1}]} | params
        error = await it.refused("POST", "/v1/quotes", **given)
        assert (error["http"], error["param"]) == (400, param)


async def test_a_schedule_changes_its_subscription_phase_by_phase() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        dear = await it.post("/v1/prices", product=price["product"], currency="usd", unit_amount=5_000,
                             recurring={"interval": "month"})
        schedule = await it.post(
            "/v1/subscription_schedules", customer=customer["id"], start_date="now", end_behavior="cancel",
            phases=[
                {"items": [{"price": price["id"]}], "duration": {"interval": "month"}},
                {"items": [{"price": dear["id"], "quantity": 2}], "proration_behavior": "none"},
            ], expand=["subscription"],
        )
        assert (schedule["status"], schedule["subscription"]["status"]) == ("active", "active")
        id = schedule["subscription"]["id"]
        assert schedule["current_phase"] == {"start_date": START, "end_date": START + 31 * DAY_S}
        await advance(it, customer, START + 32 * DAY_S)
        moved = await it.get(f"/v1/subscriptions/{id}", expand=["latest_invoice"])
        assert (moved["items"]["data"][0]["price"]["id"], moved["items"]["data"][0]["quantity"]) == (dear["id"], 2)
        now = await it.get(f"/v1/subscription_schedules/{schedule['id']}")
        assert now["current_phase"]["start_date"] == START + 31 * DAY_S
        await advance(it, customer, START + 70 * DAY_S)
        assert (await it.get(f"/v1/subscription_schedules/{schedule['id']}"))["status"] == "completed"
        assert (await it.get(f"/v1/subscriptions/{id}"))["status"] == "canceled"
        assert [type for type in await it.types() if type.startswith("subscription_schedule")] == [
            "subscription_schedule.created", "subscription_schedule.updated", "subscription_schedule.completed"]


async def test_a_schedule_is_made_of_a_subscription_released_or_canceled() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        made = await subscribed(it, customer, price)
        schedule = await it.post("/v1/subscription_schedules", from_subscription=made["id"])
        assert (await it.get(f"/v1/subscriptions/{made['id']}"))["schedule"] == schedule["id"]
        again = await it.refused("POST", "/v1/subscription_schedules", from_subscription=made["id"])
        assert again["param"] == "from_subscription"
        changed = await it.post(f"/v1/subscription_schedules/{schedule['id']}", metadata={"a": "b"},
                                end_behavior="cancel")
        assert (changed["metadata"], changed["end_behavior"]) == ({"a": "b"}, "cancel")
        free = await it.post(f"/v1/subscription_schedules/{schedule['id']}/release")
        assert (free["status"], free["released_subscription"], free["subscription"]) == (
            "released", made["id"], None)
        later = await it.post("/v1/subscription_schedules", customer=customer["id"], start_date=START + DAY_S,
                              phases=[{"items": [{"price": price["id"]}]}])
        assert (later["status"], later["subscription"]) == ("not_started", None)
        await advance(it, customer, START + 2 * DAY_S)
        begun = await it.get(f"/v1/subscription_schedules/{later['id']}")
        assert (begun["status"], begun["phases"][0]["end_date"]) == ("active", START + DAY_S + 31 * DAY_S)
        gone = await it.post(f"/v1/subscription_schedules/{later['id']}/cancel")
        assert gone["status"] == "canceled"
        assert (await it.get(f"/v1/subscriptions/{begun['subscription']}"))["status"] == "canceled"
        assert (await it.refused("POST", f"/v1/subscription_schedules/{later['id']}/release"))["http"] == 400
        listed = await it.get("/v1/subscription_schedules", customer=customer["id"], limit=1)
        assert listed["has_more"] is True
