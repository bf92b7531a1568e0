"""Subscriptions: approved by their payer, renewed on business time, failed, retried, suspended, ended."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from paydouble.core.act import Declined
from paydouble.core.clock import DAY, HOUR, parse_rfc3339
from paydouble.core.machine import IllegalTrigger
from tests.providers.paypal.billed import (
    CONTEXT,
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
from tests.providers.paypal.checked import Shop

TWO_STRIKES = {"payment_failure_threshold": 2}


async def test_a_payer_approves_and_pays_at_once() -> None:
    async with open_shop() as here:
        made = await subscription(here, await plan(here), custom_id="sub-7")
        assert made["status"] == "APPROVAL_PENDING"
        assert [one["rel"] for one in made["links"]] == ["approve", "edit", "self"]
        await here.act("subscription", made["id"], "approve", email="ann@example.com")
        active = await shown(here, made["id"])
        assert active["status"] == "ACTIVE"
        assert active["subscriber"]["email_address"] == "ann@example.com"
        info = active["billing_info"]
        assert info["last_payment"]["amount"] == usd("10.0")
        assert info["cycle_executions"][0]["cycles_completed"] == 1
        assert info["next_billing_time"].endswith("T10:00:00Z")
        assert (await here.types())[-3:] == [
            "BILLING.SUBSCRIPTION.CREATED", "BILLING.SUBSCRIPTION.ACTIVATED", "PAYMENT.SALE.COMPLETED",
        ]
        sale = (await here.events())[-1]["resource"]
        assert (sale["billing_agreement_id"], sale["custom"]) == (made["id"], "sub-7")
        assert sale["amount"]["total"] == "10.00"
        [paid] = await sales(here, made["id"])
        assert paid["amount_with_breakdown"]["net_amount"] == usd("9.16")


async def test_it_renews_on_the_same_day_of_each_month() -> None:
    async with open_shop(start=parse_rfc3339("2026-01-31T12:00:00Z")) as here:
        id = await subscribed(here)
        seen = []
        for _ in range(4):
            seen.append((await shown(here, id))["billing_info"]["next_billing_time"][:10])
            await here.advance(31 * DAY)
        assert seen == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
        assert len(await sales(here, id)) == 5


async def test_two_trials_come_before_the_price() -> None:
    async with open_shop() as here:
        id = await subscribed(
            here, cycle("", 1, "TRIAL", 1, "WEEK"), cycle("2.50", 2, "TRIAL", 2, "WEEK"), cycle("10", 3)
        )
        assert await sales(here, id) == []
        await here.advance(7 * DAY)
        await here.advance(7 * DAY)
        await here.advance(7 * DAY)
        assert [value for _, value in states(await sales(here, id))] == ["10.00", "2.50", "2.50"]
        done = [one["cycles_completed"] for one in (await shown(here, id))["billing_info"]["cycle_executions"]]
        assert done == [1, 2, 1]


async def test_setup_fee_tax_and_shipping_are_billed() -> None:
    async with open_shop() as here:
        id = await subscribed(
            here, asked={"shipping_amount": usd("2.00")}, payment_preferences={"setup_fee": usd("30")},
            taxes={"percentage": "10", "inclusive": False},
        )
        first, second = await sales(here, id)
        assert first["amount_with_breakdown"]["gross_amount"] == usd("13.00")
        assert first["amount_with_breakdown"]["tax_amount"] == usd("1.00")
        assert first["amount_with_breakdown"]["shipping_amount"] == usd("2.00")
        assert second["amount_with_breakdown"]["gross_amount"] == usd("30.00")
        await here.advance(31 * DAY)
        assert states(await sales(here, id))[0] == ("COMPLETED", "13.00")


async def test_volume_and_tiered_prices_count_quantities() -> None:
    tiers = [
        {"starting_quantity": "1", "ending_quantity": "10", "amount": usd("5.00")},
        {"starting_quantity": "11", "amount": usd("4.00")},
    ]
    async with open_shop() as here:
        for model, value in (("VOLUME", "48.00"), ("TIERED", "58.00")):
            scheme = {"pricing_model": model, "tiers": tiers}
            id = await subscribed(here, cycle(pricing_scheme=scheme), asked={"quantity": "12"})
            assert states(await sales(here, id)) == [("COMPLETED", value)]


async def test_a_renewal_fails_is_retried_twice_and_then_owed() -> None:
    async with open_shop() as here:
        id = await subscribed(here)
        await here.act("subscription", id, "fund", funds="insufficient_funds")
        await here.advance(31 * DAY)
        info = (await shown(here, id))["billing_info"]
        assert info["last_failed_payment"]["reason_code"] == "PAYER_CANNOT_PAY"
        assert info["last_failed_payment"]["next_payment_retry_time"]
        assert (info["failed_payments_count"], info["outstanding_balance"]) == (0, usd("0.0"))
        await here.advance(5 * DAY)
        await here.advance(5 * DAY)
        info = (await shown(here, id))["billing_info"]
        assert (info["failed_payments_count"], info["outstanding_balance"]) == (1, usd("10.0"))
        assert "next_payment_retry_time" not in info["last_failed_payment"]
        assert (await here.types())[-3:] == ["BILLING.SUBSCRIPTION.PAYMENT.FAILED"] * 3
        await here.act("subscription", id, "fund")
        await here.advance(31 * DAY)
        assert states(await sales(here, id))[0] == ("COMPLETED", "20.00")
        info = (await shown(here, id))["billing_info"]
        assert (info["failed_payments_count"], info["outstanding_balance"]) == (0, usd("0.0"))


async def test_a_retry_succeeds() -> None:
    async with open_shop() as here:
        id = await subscribed(here)
        await here.act("subscription", id, "fund", funds="limit_exceeded")
        await here.advance(31 * DAY)
        await here.act("subscription", id, "fund")
        await here.advance(5 * DAY)
        assert states(await sales(here, id)) == [("COMPLETED", "10.00")] * 2
        assert (await here.types())[-2:] == ["BILLING.SUBSCRIPTION.PAYMENT.FAILED", "PAYMENT.SALE.COMPLETED"]


async def test_a_scenario_declines_the_second_payment() -> None:
    async with open_shop() as here:
        here.rules("""
  - when: {operation: payment.charge, nth: 2}
    then: {outcome: {result: declined, reason: account_frozen}}
""")
        id = await subscribed(here)
        await here.advance(31 * DAY)
        failed = (await shown(here, id))["billing_info"]["last_failed_payment"]
        assert failed["reason_code"] == "PAYER_ACCOUNT_RESTRICTED"
        await here.advance(5 * DAY)
        assert len(await sales(here, id)) == 2


async def broke(here: Shop, id: str, payments: int) -> None:
    """So many payments in a row come to nothing, retries and all."""
    await here.act("subscription", id, "fund", funds="insufficient_funds")
    await here.advance(payments * 31 * DAY + 11 * DAY)


async def test_too_many_failures_suspend_it() -> None:
    async with open_shop() as here:
        id = await subscribed(here, payment_preferences=TWO_STRIKES)
        await broke(here, id, 2)
        suspended = await shown(here, id)
        assert suspended["status"] == "SUSPENDED"
        assert suspended["billing_info"]["outstanding_balance"] == usd("20.0")
        assert (await here.types())[-1] == "BILLING.SUBSCRIPTION.SUSPENDED"
        path = f"{SUBSCRIPTIONS}/{id}"
        assert await here.refused("POST", f"{path}/activate") == (422, "SUBSCRIPTION_CANNOT_BE_ACTIVATED")
        capture = {"note": "Please", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("20")}
        assert await here.refused("POST", f"{path}/capture", capture) == (422, "PAYER_CANNOT_PAY")
        await here.act("subscription", id, "fund")
        paid = await here.post(f"{path}/capture", capture, status=202)
        assert paid["amount_with_breakdown"]["gross_amount"] == usd("20.00")
        assert (await here.call("POST", f"{path}/activate", {"reason": "Paid"})).status == 204
        active = await shown(here, id)
        assert (active["status"], active["status_change_note"]) == ("ACTIVE", "Paid")
        assert (await here.types())[-1] == "BILLING.SUBSCRIPTION.RE-ACTIVATED"


async def test_what_is_not_billed_by_itself_stays_owed_until_captured() -> None:
    async with open_shop() as here:
        id = await subscribed(here, payment_preferences={"auto_bill_outstanding": False})
        await broke(here, id, 1)
        await here.act("subscription", id, "fund")
        await here.advance(31 * DAY)
        assert states(await sales(here, id))[0] == ("COMPLETED", "10.00")
        path = f"{SUBSCRIPTIONS}/{id}/capture"

        def capture(value: str, currency: str = "USD") -> dict[str, Any]:
            return {"note": "x", "capture_type": "OUTSTANDING_BALANCE", "amount": usd(value, currency)}

        assert await here.refused("POST", path, capture("11")) == (
            422, "AMOUNT_GREATER_THAN_OUTSTANDING_BALANCE")
        assert await here.refused("POST", path, capture("1", "EUR")) == (422, "CURRENCY_MISMATCH")
        assert await here.refused("POST", path, capture("0")) == (422, "CANNOT_BE_ZERO_OR_NEGATIVE")
        first = await here.post(path, capture("4"), status=202, key="k")
        assert (await here.post(path, capture("4"), status=200, key="k"))["id"] == first["id"]
        await here.post(path, capture("6"), status=202)
        assert await here.refused("POST", path, capture("1")) == (422, "ZERO_OUTSTANDING_BALANCE")


async def test_the_last_payment_ends_it() -> None:
    async with open_shop() as here:
        id = await subscribed(here, cycle(total=2))
        active = await shown(here, id)
        assert active["billing_info"]["final_payment_time"] == active["billing_info"]["next_billing_time"]
        await here.advance(31 * DAY)
        assert (await shown(here, id))["status"] == "EXPIRED"
        assert (await here.types())[-2:] == ["PAYMENT.SALE.COMPLETED", "BILLING.SUBSCRIPTION.EXPIRED"]
        assert await here.refused("POST", f"{SUBSCRIPTIONS}/{id}/cancel", {"reason": "x"}) == (
            422, "SUBSCRIPTION_STATUS_INVALID")


async def test_it_may_end_with_the_time_that_was_paid_for() -> None:
    async with open_shop({"subscription_ends": "period"}) as here:
        id = await subscribed(here, cycle(total=1))
        assert (await shown(here, id))["status"] == "ACTIVE"
        await here.advance(31 * DAY)
        assert (await shown(here, id))["status"] == "EXPIRED"
        assert len(await sales(here, id)) == 1


async def test_a_setup_fee_that_fails_leaves_no_subscription() -> None:
    async with open_shop() as here:
        made = await subscription(here, await plan(here, payment_preferences={"setup_fee": usd("5")}))
        await here.act("subscription", made["id"], "approve", funds="insufficient_funds")
        assert (await shown(here, made["id"]))["status"] == "CANCELLED"
        assert await sales(here, made["id"]) == []


async def test_a_setup_fee_that_may_fail_is_owed() -> None:
    async with open_shop() as here:
        fee = {"setup_fee": usd("5"), "setup_fee_failure_action": "CONTINUE"}
        made = await subscription(here, await plan(here, payment_preferences=fee))
        await here.act("subscription", made["id"], "approve", funds="insufficient_funds")
        active = await shown(here, made["id"])
        assert active["status"] == "ACTIVE"
        assert active["billing_info"]["outstanding_balance"] == usd("5.0")
        await here.act("subscription", made["id"], "fund")
        await here.advance(5 * DAY)
        assert states(await sales(here, made["id"])) == [("COMPLETED", "15.00")]


async def test_it_starts_later_and_is_paid_for_then() -> None:
    async with open_shop(start=parse_rfc3339("2026-03-01T00:00:00Z")) as here:
        id = await subscribed(here, asked={"start_time": "2026-03-11T08:00:00Z"})
        assert (await shown(here, id))["status"] == "ACTIVE"
        assert await sales(here, id) == []
        await here.advance(10 * DAY + 8 * HOUR)
        assert len(await sales(here, id)) == 1
        assert (await shown(here, id))["billing_info"]["next_billing_time"] == "2026-04-11T10:00:00Z"
        past = {"plan_id": (await shown(here, id))["plan_id"], "start_time": "2026-03-01T00:00:00Z"}
        assert await here.refused("POST", SUBSCRIPTIONS, past) == (400, "INVALID_PARAMETER_VALUE")


async def test_a_merchant_who_said_continue_activates_it() -> None:
    async with open_shop() as here:
        id = await subscribed(here, asked={"application_context": {**CONTEXT, "user_action": "CONTINUE"}})
        assert (await shown(here, id))["status"] == "APPROVED"
        assert (await here.call("POST", f"{SUBSCRIPTIONS}/{id}/activate")).status == 204
        assert (await shown(here, id))["status"] == "ACTIVE"
        assert len(await sales(here, id)) == 1


CARD = {"number": "4111111111111111", "expiry": "2035-12", "security_code": "123", "name": "Ann"}


async def test_a_card_needs_no_approval() -> None:
    async with open_shop() as here:
        asked = {"plan_id": await plan(here), "subscriber": {"payment_source": {"card": CARD}}}
        made = await here.post(SUBSCRIPTIONS, asked, whole=True)
        assert made["status"] == "ACTIVE"
        assert made["subscriber"]["payment_source"]["card"]["last_digits"] == "1111"
        refused = {"payment_source": {"card": {**CARD, "name": "CCREJECT-REFUSED"}}}
        declined = await here.post(SUBSCRIPTIONS, {**asked, "subscriber": refused})
        assert (await shown(here, declined["id"]))["billing_info"]["last_failed_payment"]
        secure = {"payment_source": {"card": {**CARD, "number": "4868719166101368"}}}
        assert await here.refused("POST", SUBSCRIPTIONS, {**asked, "subscriber": secure}) == (
            422, "3DS_CARDS_NOT_SUPPORTED")


async def test_nobody_comes_to_approve_it() -> None:
    async with open_shop() as here:
        made = await subscription(here, await plan(here))
        await here.advance(3 * DAY)
        assert await here.refused("GET", f"{SUBSCRIPTIONS}/{made['id']}") == (404, "INVALID_RESOURCE_ID")
        with pytest.raises(IllegalTrigger):
            await here.act("subscription", made["id"], "approve")


async def test_a_payment_goes_back() -> None:
    async with open_shop() as here:
        id = await subscribed(here)
        [paid] = await sales(here, id)
        await here.act("sale", paid["id"], "refund", amount="4.00")
        assert states(await sales(here, id)) == [("PARTIALLY_REFUNDED", "10.00")]
        with pytest.raises(Declined):
            await here.act("sale", paid["id"], "refund", amount="6.01")
        await here.act("sale", paid["id"], "refund")
        assert states(await sales(here, id)) == [("REFUNDED", "10.00")]
        told = (await here.events())[-1]
        assert told["event_type"] == "PAYMENT.SALE.REFUNDED"
        assert told["resource"]["total_refunded_amount"]["value"] == "10.00"
        await here.advance(31 * DAY)
        await here.act("sale", (await sales(here, id))[0]["id"], "reverse")
        assert (await here.types())[-1] == "PAYMENT.SALE.REVERSED"


async def test_a_payment_is_on_its_way() -> None:
    async with open_shop() as here:
        here.rules("  - when: {operation: payment.charge}\n    then: {outcome: {result: pending}}\n")
        id = await subscribed(here)
        [waiting] = await sales(here, id)
        assert waiting["status"] == "PENDING"
        await here.act("sale", waiting["id"], "complete")
        await here.advance(31 * DAY)
        await here.act("sale", (await sales(here, id))[0]["id"], "deny")
        assert states(await sales(here, id)) == [("DECLINED", "10.00"), ("COMPLETED", "10.00")]
        assert (await shown(here, id))["billing_info"]["outstanding_balance"] == usd("10.0")
        assert (await here.types())[-2:] == ["PAYMENT.SALE.PENDING", "PAYMENT.SALE.DENIED"]


async def test_one_key_makes_one_subscription() -> None:
    async with open_shop() as here:
        body = {"plan_id": await plan(here)}
        answers = await asyncio.gather(*(here.call("POST", SUBSCRIPTIONS, body, key="k") for _ in range(50)))
        assert len({one.json["id"] for one in answers if one.status < 300}) == 1
