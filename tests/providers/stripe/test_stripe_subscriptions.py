"""Subscriptions: how they begin, renew on time, fail, recover, change and end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.providers.stripe.checked import Shop, shop

DAY_S = 86_400
START = 1_772_366_400


async def subscriber(it: Shop, card: str = "pm_card_visa", *, clock: bool = True) -> tuple[Any, Any]:
    """A customer with a default card on a test clock, and a monthly price of 20.00."""
    made: dict[str, Any] = {"email": "jenny@shop.example"}
    if clock:
        made["test_clock"] = (await it.post("/v1/test_helpers/test_clocks", frozen_time=START, name="life"))["id"]
    customer = await it.post("/v1/customers", **made)
    if card:
        method = await it.post(f"/v1/payment_methods/{card}/attach", customer=customer["id"])
        customer = await it.post(
            f"/v1/customers/{customer['id']}", invoice_settings={"default_payment_method": method["id"]}
        )
    product = await it.post("/v1/products", name="Plan")
    price = await it.post(
        "/v1/prices", product=product["id"], currency="usd", unit_amount=2000, recurring={"interval": "month"}
    )
    return customer, price


async def advance(it: Shop, customer: Any, to: int) -> None:
    clock = await it.post(f"/v1/test_helpers/test_clocks/{customer['test_clock']}/advance", frozen_time=to)
    assert clock["status"] == "advancing"
    await it.here.settle()
    clock = await it.get(f"/v1/test_helpers/test_clocks/{customer['test_clock']}")
    assert (clock["status"], clock["frozen_time"]) == ("ready", to)


async def subscribed(it: Shop, customer: Any, price: Any, **params: Any) -> Any:
    return await it.post(
        "/v1/subscriptions", customer=customer["id"], items=[{"price": price["id"]}], **params
    )


async def test_a_paid_subscription_is_active_at_once_and_told_in_stripes_order() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        before = len(await it.types())
        made = await subscribed(it, customer, price, expand=["latest_invoice.payments"], metadata={"a": "b"})
        assert (made["status"], made["latest_invoice"]["status"]) == ("active", "paid")
        assert made["latest_invoice"]["amount_paid"] == 2000
        assert made["created"] == START
        item = made["items"]["data"][0]
        assert (item["current_period_start"], item["current_period_end"]) == (START, START + 31 * DAY_S)
        told = (await it.events())[before:]
        assert [event["type"] for event in told] == [
            "customer.subscription.created", "invoice.created", "payment_intent.created", "invoice.finalized",
            "charge.succeeded", "payment_intent.succeeded", "invoice.paid", "invoice.payment_succeeded",
            "invoice_payment.paid",
        ]
        assert told[0]["data"]["object"]["status"] == "active"


async def test_a_subscription_lives_through_a_failed_renewal_and_recovers() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        made = await subscribed(it, customer, price)
        await advance(it, customer, START + 31 * DAY_S)
        renewed = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert (renewed["status"], renewed["latest_invoice"]["status"]) == ("active", "draft")
        bad = await it.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", customer=customer["id"])
        await it.post(f"/v1/customers/{customer['id']}", invoice_settings={"default_payment_method": bad["id"]})
        await advance(it, customer, START + 31 * DAY_S + 2 * 3600)
        late = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        invoice = late["latest_invoice"]
        assert (late["status"], invoice["status"], invoice["attempt_count"]) == ("past_due", "open", 1)
        assert invoice["next_payment_attempt"] == START + 32 * DAY_S + 3600
        assert (await it.get(f"/v1/customers/{customer['id']}"))["delinquent"] is True
        good = await it.post("/v1/payment_methods/pm_card_visa/attach", customer=customer["id"])
        await it.post(f"/v1/customers/{customer['id']}", invoice_settings={"default_payment_method": good["id"]})
        await advance(it, customer, START + 33 * DAY_S)
        again = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert (again["status"], again["latest_invoice"]["status"]) == ("active", "paid")
        types = await it.types()
        failed = types.index("invoice.payment_failed")
        assert types[failed - 2:failed] == ["charge.failed", "payment_intent.payment_failed"]
        told = [event for event in await it.events() if event["type"] == "customer.subscription.updated"]
        assert [event["data"]["previous_attributes"].get("status") for event in told] == [
            None, "active", "past_due"]


async def test_a_first_invoice_waits_for_its_payer_under_default_incomplete() -> None:
    async with shop() as it:
        customer, price = await subscriber(it, "")
        made = await subscribed(
            it, customer, price, payment_behavior="default_incomplete", expand=["latest_invoice.confirmation_secret"],
            payment_settings={"save_default_payment_method": "on_subscription"},
        )
        secret = made["latest_invoice"]["confirmation_secret"]["client_secret"]
        assert (made["status"], made["latest_invoice"]["status"]) == ("incomplete", "open")
        intent = secret.partition("_secret_")[0]
        await it.post(f"/v1/payment_intents/{intent}/confirm", payment_method="pm_card_visa")
        active = await it.get(f"/v1/subscriptions/{made['id']}", expand=["default_payment_method"])
        assert (active["status"], active["default_payment_method"]["customer"]) == ("active", customer["id"])
        told = [event for event in await it.events() if event["type"] == "customer.subscription.updated"]
        assert told[-1]["data"]["previous_attributes"]["status"] == "incomplete"


async def test_a_first_invoice_that_nobody_pays_expires() -> None:
    async with shop() as it:
        customer, price = await subscriber(it, "pm_card_chargeCustomerFail")
        made = await subscribed(it, customer, price)
        assert made["status"] == "incomplete"
        await advance(it, customer, START + DAY_S)
        over = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert (over["status"], over["latest_invoice"]["status"]) == ("incomplete_expired", "void")
        error = await it.refused("POST", f"/v1/subscriptions/{made['id']}", description="Too late")
        assert error["http"] == 400


async def test_error_if_incomplete_leaves_nothing() -> None:
    async with shop() as it:
        customer, price = await subscriber(it, "pm_card_chargeCustomerFail")
        error = await it.refused("POST", "/v1/subscriptions", customer=customer["id"],
                                 items=[{"price": price["id"]}], payment_behavior="error_if_incomplete")
        assert (error["http"], error["code"]) == (402, "card_declined")
        assert (await it.get("/v1/subscriptions", status="all"))["data"] == []
        other, price = await subscriber(it, "")
        error = await it.refused("POST", "/v1/subscriptions", customer=other["id"], items=[{"price": price["id"]}])
        assert (error["http"], error["code"]) == (400, "resource_missing")


async def test_a_trial_is_told_before_its_end_and_then_billed() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        made = await subscribed(it, customer, price, trial_period_days=7, expand=["latest_invoice"])
        assert (made["status"], made["latest_invoice"]["total"]) == ("trialing", 0)
        await advance(it, customer, START + 5 * DAY_S)
        assert "customer.subscription.trial_will_end" in await it.types()
        await advance(it, customer, START + 8 * DAY_S)
        active = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert (active["status"], active["latest_invoice"]["amount_paid"]) == ("active", 2_000)


@pytest.mark.parametrize(("ends", "status"), [("cancel", "canceled"), ("pause", "paused")])
async def test_a_trial_without_a_method_ends_as_it_was_told(ends: str, status: str) -> None:
    async with shop() as it:
        customer, price = await subscriber(it, "")
        made = await subscribed(it, customer, price, trial_period_days=2, expand=["pending_setup_intent"],
                                trial_settings={"end_behavior": {"missing_payment_method": ends}})
        assert made["pending_setup_intent"]["status"] == "requires_payment_method"
        await advance(it, customer, START + 3 * DAY_S)
        assert (await it.get(f"/v1/subscriptions/{made['id']}"))["status"] == status
        if status == "paused":
            method = await it.post("/v1/payment_methods/pm_card_visa/attach", customer=customer["id"])
            await it.post(f"/v1/subscriptions/{made['id']}", default_payment_method=method["id"])
            again = await it.post(f"/v1/subscriptions/{made['id']}/resume")
            assert again["status"] == "active"
            assert (await it.types())[-1] == "customer.subscription.resumed"


async def test_every_attempt_fails_and_the_subscription_ends() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        made = await subscribed(it, customer, price)
        bad = await it.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", customer=customer["id"])
        await it.post(f"/v1/subscriptions/{made['id']}", default_payment_method=bad["id"])
        await advance(it, customer, START + 50 * DAY_S)
        over = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert (over["status"], over["cancellation_details"]["reason"]) == ("canceled", "payment_failed")
        assert (over["latest_invoice"]["attempt_count"], over["latest_invoice"]["status"]) == (8, "open")
        assert (await it.types()).count("invoice.payment_failed") == 8


async def test_a_change_of_price_is_prorated_to_the_second() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        dear = await it.post("/v1/prices", product=price["product"], currency="usd", unit_amount=5_000,
                             recurring={"interval": "month"})
        made = await subscribed(it, customer, price)
        await advance(it, customer, START + 15 * DAY_S)
        item = made["items"]["data"][0]["id"]
        preview = await it.post("/v1/invoices/create_preview", subscription=made["id"], subscription_details={
            "items": [{"id": item, "price": dear["id"]}]})
        assert preview["total"] == -1_032 + 2_581 + 5_000
        changed = await it.post(f"/v1/subscriptions/{made['id']}", items=[{"id": item, "price": dear["id"]}])
        assert changed["items"]["data"][0]["price"]["id"] == dear["id"]
        pending = await it.get("/v1/invoiceitems", customer=customer["id"], pending=True)
        assert sorted(each["amount"] for each in pending["data"]) == [-1_032, 2_581]
        assert all(each["proration"] for each in pending["data"])
        await advance(it, customer, START + 31 * DAY_S + 7_200)
        paid = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert paid["latest_invoice"]["amount_paid"] == 6_549


async def test_always_invoice_collects_a_change_at_once() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        made = await subscribed(it, customer, price)
        await advance(it, customer, START + 15 * DAY_S + 43_200)
        item = made["items"]["data"][0]["id"]
        changed = await it.post(
            f"/v1/subscriptions/{made['id']}", items=[{"id": item, "quantity": 3}],
            proration_behavior="always_invoice", expand=["latest_invoice"],
        )
        invoice = changed["latest_invoice"]
        assert (invoice["billing_reason"], invoice["status"], invoice["amount_paid"]) == (
            "subscription_update", "paid", 2_000)
        yearly = await it.post("/v1/prices", product=price["product"], currency="usd", unit_amount=20_000,
                               recurring={"interval": "year"})
        other = await it.post(
            f"/v1/subscriptions/{made['id']}", items=[{"id": item, "price": yearly["id"], "quantity": 1}],
            expand=["latest_invoice"],
        )
        assert other["latest_invoice"]["amount_paid"] == 20_000 - 3_000
        assert other["items"]["data"][0]["current_period_start"] == START + 15 * DAY_S + 43_200


async def test_items_come_and_go_one_by_one() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        extra = await it.post("/v1/prices", product=price["product"], currency="usd", unit_amount=700,
                              recurring={"interval": "month"})
        made = await subscribed(it, customer, price)
        item = await it.post("/v1/subscription_items", subscription=made["id"], price=extra["id"], quantity=2)
        assert (item["quantity"], item["subscription"]) == (2, made["id"])
        more = await it.post(f"/v1/subscription_items/{item['id']}", quantity=3, proration_behavior="none")
        assert more["quantity"] == (await it.get(f"/v1/subscription_items/{item['id']}"))["quantity"] == 3
        assert len((await it.get("/v1/subscription_items", subscription=made["id"]))["data"]) == 2
        gone = await it.send("DELETE", f"/v1/subscription_items/{item['id']}", proration_behavior="none")
        assert gone.json == {"id": item["id"], "object": "subscription_item", "deleted": True}
        last = made["items"]["data"][0]["id"]
        assert (await it.refused("DELETE", f"/v1/subscription_items/{last}"))["http"] == 400
        assert (await it.refused("GET", f"/v1/subscription_items/{item['id']}"))["http"] == 404


async def test_it_ends_at_once_or_with_its_period() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        first, second = await subscribed(it, customer, price), await subscribed(it, customer, price)
        gone = await it.send("DELETE", f"/v1/subscriptions/{first['id']}", prorate=True,
                             cancellation_details={"comment": "Too dear", "feedback": "too_expensive"})
        assert (gone.json["status"], gone.json["cancellation_details"]["feedback"]) == ("canceled", "too_expensive")
        leaving = await it.post(f"/v1/subscriptions/{second['id']}", cancel_at_period_end=True)
        assert (leaving["status"], leaving["cancel_at"]) == ("active", START + 31 * DAY_S)
        assert [each["id"] for each in (await it.get("/v1/subscriptions"))["data"]] == [second["id"]]
        assert len((await it.get("/v1/subscriptions", status="all", customer=customer["id"]))["data"]) == 2
        await advance(it, customer, START + 32 * DAY_S)
        over = await it.get(f"/v1/subscriptions/{second['id']}")
        assert (over["status"], over["ended_at"]) == ("canceled", START + 31 * DAY_S)
        assert (await it.types()).count("customer.subscription.deleted") == 2
        assert (await it.refused("DELETE", f"/v1/subscriptions/{first['id']}"))["http"] == 404


async def test_a_last_invoice_settles_what_is_left() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        made = await subscribed(it, customer, price)
        await advance(it, customer, START + 15 * DAY_S + 43_200)
        gone = await it.send("DELETE", f"/v1/subscriptions/{made['id']}", prorate=True, invoice_now=True)
        last = await it.get(f"/v1/invoices/{gone.json['latest_invoice']}")
        assert (gone.json["status"], last["total"], last["status"]) == ("canceled", -1_000, "paid")
        assert (await it.get(f"/v1/customers/{customer['id']}"))["balance"] == -1_000


async def test_a_discount_is_taken_away() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        await it.post("/v1/coupons", id="ALWAYS", percent_off=25, duration="forever")
        made = await subscribed(it, customer, price, discounts=[{"coupon": "ALWAYS"}])
        gone = await it.send("DELETE", f"/v1/subscriptions/{made['id']}/discount")
        assert gone.json == {"id": made["discounts"][0], "object": "discount", "deleted": True}
        assert (await it.refused("DELETE", f"/v1/subscriptions/{made['id']}/discount"))["http"] == 404
        changed = await it.post(f"/v1/subscriptions/{made['id']}", discounts=[{"coupon": "ALWAYS"}])
        none = await it.post(f"/v1/subscriptions/{made['id']}", discounts="")
        assert (len(changed["discounts"]), none["discounts"]) == (1, [])


async def test_a_coupon_takes_off_once_or_for_some_months() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        await it.post("/v1/coupons", id="ONCE", percent_off=25, duration="once")
        code = await it.post("/v1/coupons", id="TWO", amount_off=500, currency="usd", duration="repeating",
                             duration_in_months=2)
        promotion = await it.post("/v1/promotion_codes", promotion={"type": "coupon", "coupon": code["id"]})
        made = await subscribed(
            it, customer, price, expand=["latest_invoice", "discounts"],
            discounts=[{"coupon": "ONCE"}, {"promotion_code": promotion["id"]}],
        )
        assert made["latest_invoice"]["total"] == 1_000
        assert [each["source"]["coupon"] for each in made["discounts"]] == ["ONCE", "TWO"]
        await advance(it, customer, START + 31 * DAY_S + 7_200)
        second = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert second["latest_invoice"]["total"] == 1_500
        await advance(it, customer, START + 91 * DAY_S)
        third = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert third["latest_invoice"]["total"] == 2_000
        assert (await it.types()).count("customer.discount.created") == 2
        assert (await it.types()).count("customer.discount.deleted") == 2


@pytest.mark.parametrize(("behavior", "status"), [
    ("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")])
async def test_collection_is_paused(behavior: str, status: str) -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        made = await subscribed(it, customer, price)
        paused = await it.post(f"/v1/subscriptions/{made['id']}", pause_collection={"behavior": behavior})
        assert paused["pause_collection"] == {"behavior": behavior, "resumes_at": None}
        await advance(it, customer, START + 32 * DAY_S)
        shown = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert (shown["status"], shown["latest_invoice"]["status"]) == ("active", status)
        assert (await it.post(f"/v1/subscriptions/{made['id']}", pause_collection=""))["pause_collection"] is None


@pytest.mark.parametrize(("params", "param"), [
    ({"customer": "cus_none"}, "customer"), ({"items": []}, "items"),
    ({"items": [{"price": "price_none"}]}, "items[0][price]"), ({"trial_end": 5}, "trial_end"),
    ({"trial_end": "now", "trial_period_days": 3}, "trial_end"), ({"collection_method": "send_invoice"}, "days_until_due"),
    ({"default_payment_method": "pm_none"}, "default_payment_method"),
    ({"billing_cycle_anchor": 5}, "billing_cycle_anchor"), ({"currency": "eur"}, "items[0][price]"),
])
async def test_what_cannot_be_subscribed(params: dict[str, Any], param: str) -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        given = {"customer": customer["id"], "items": [{"price": price["id"]}]} | params
        error = await it.refused("POST", "/v1/subscriptions", **given)
        assert (error["http"], error["param"]) == (400, param)


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_without_a_test_clock_it_renews_by_the_sandboxs_own_time(store: str, tmp_path: Path) -> None:
    async with shop(store=store if store == "memory" else f"sqlite:{tmp_path / 'kept.db'}") as it:
        customer, price = await subscriber(it, clock=False)
        await it.post("/v1/coupons", id="TEN", percent_off=10.5, duration="forever")
        rate = await it.post("/v1/tax_rates", display_name="VAT", percentage=20, inclusive=False)
        made = await subscribed(it, customer, price, discounts=[{"coupon": "TEN"}], default_tax_rates=[rate["id"]])
        await it.advance(33 * DAY_S * 1_000)
        now = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert (now["status"], now["latest_invoice"]["billing_reason"]) == ("active", "subscription_cycle")
        assert (now["latest_invoice"]["total"], now["latest_invoice"]["status"]) == (2_148, "paid")
        assert now["latest_invoice"]["hosted_invoice_url"].startswith("http://127.0.0.1:4800/i/")
