"""Customers, payment methods, lists, expansion, events and endpoints, through the whole engine."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from paydouble.core.http import HttpResponse
from tests.providers.stripe.checked import CARDS_ONLY, Shop, shop


async def customers(it: Shop, count: int) -> list[str]:
    """Ids, newest first."""
    made = [(await it.post("/v1/customers", email=f"c{number}@example.com"))["id"] for number in range(count)]
    return made[::-1]


async def test_a_customer_is_updated_in_part_and_told_with_what_it_was() -> None:
    async with shop() as it:
        made = await it.post("/v1/customers", name="Jenny", email="a@example.com", metadata={"plan": "a", "old": "x"})
        path = f"/v1/customers/{made['id']}"
        await it.post(path, email="b@example.com", metadata={"plan": "b", "old": ""})
        await it.post(path, email="b@example.com")
        shown = await it.get(path)
        assert (shown["name"], shown["email"], shown["metadata"]) == ("Jenny", "b@example.com", {"plan": "b"})
        assert (await it.post(path, metadata=""))["metadata"] == {}
        events = [event for event in await it.events() if event["type"] == "customer.updated"]
        assert len(events) == 2, "an update that changes nothing is not told"
        assert events[0]["data"]["previous_attributes"] == {
            "email": "a@example.com", "metadata": {"old": "x", "plan": "a"}}


async def test_a_deleted_customer_is_a_stub_that_lists_leave_out() -> None:
    async with shop() as it:
        made = await it.post("/v1/customers", email="a@example.com")
        paid = await it.pay(customer=made["id"])
        gone = (await it.send("DELETE", f"/v1/customers/{made['id']}")).json
        assert gone == {"id": made["id"], "object": "customer", "deleted": True}
        assert await it.get(f"/v1/customers/{made['id']}") == gone
        assert (await it.get("/v1/customers"))["data"] == []
        assert (await it.refused("POST", f"/v1/customers/{made['id']}", name="x"))["code"] == "resource_missing"
        expanded = await it.get(f"/v1/payment_intents/{paid['id']}", expand=["customer"])
        assert expanded["customer"] == gone


async def test_pages_follow_each_other_in_both_directions() -> None:
    async with shop() as it:
        ids = await customers(it, 5)
        first = await it.get("/v1/customers", limit=2)
        assert ([one["id"] for one in first["data"]], first["has_more"]) == (ids[:2], True)
        second = await it.get("/v1/customers", limit=2, starting_after=ids[1])
        assert [one["id"] for one in second["data"]] == ids[2:4]
        last = await it.get("/v1/customers", limit=2, starting_after=ids[3])
        assert ([one["id"] for one in last["data"]], last["has_more"]) == (ids[4:], False)
        newer = await it.get("/v1/customers", limit=2, ending_before=ids[4])
        assert ([one["id"] for one in newer["data"]], newer["has_more"]) == (ids[2:4], True)
        assert first["url"] == "/v1/customers"


async def test_lists_are_filtered_by_index_and_by_time() -> None:
    async with shop() as it:
        ids = await customers(it, 3)
        found = await it.get("/v1/customers", email="c1@example.com")
        assert [one["id"] for one in found["data"]] == [ids[1]]
        created = found["data"][0]["created"]
        assert len((await it.get("/v1/customers", created={"gte": created}))["data"]) == 3
        assert (await it.get("/v1/customers", created={"gt": created}))["data"] == []
        assert len((await it.get("/v1/customers", created=created))["data"]) == 3
        for number in range(3):
            await it.pay(1000 + number, customer=ids[number % 2])
        of_one = await it.get("/v1/charges", customer=ids[0])
        assert [one["amount"] for one in of_one["data"]] == [1002, 1000]


# fmt: off
@pytest.mark.parametrize(("params", "code", "param"), [
    ({"limit": 101},                                          "parameter_invalid_integer", "limit"),
    ({"limit": 0},                                            "parameter_invalid_integer", "limit"),
    ({"starting_after": "cus_none"},                          "resource_missing",          "starting_after"),
    ({"starting_after": "cus_a", "ending_before": "cus_b"},   "parameters_exclusive",      "ending_before"),
    ({"expand": ["data.nothing"]},                            None,                        "expand[0]"),
    ({"expand": ["data.a.b.c.d"]},                            None,                        "expand[0]"),
    ({"expand": ["customer"]},                                None,                        "expand[0]"),
])
# fmt: on
async def test_bad_lists(params: dict[str, Any], code: str | None, param: str) -> None:
    async with shop() as it:
        await customers(it, 1)
        error = await it.refused("GET", "/v1/customers", **params)
        assert (error["http"], error.get("code"), error["param"]) == (400, code, param)


async def test_expansion_goes_four_levels_deep() -> None:
    async with shop() as it:
        customer = (await customers(it, 1))[0]
        paid = await it.pay(customer=customer, capture_method="automatic")
        await it.post("/v1/refunds", payment_intent=paid["id"], amount=100)
        (refund,) = (await it.get(
            "/v1/refunds", payment_intent=paid["id"], expand=["data.charge.payment_intent.customer"]))["data"]
        assert refund["charge"]["payment_intent"]["customer"]["id"] == customer
        charge = await it.get(f"/v1/charges/{paid['latest_charge']}", expand=["refunds", "balance_transaction.source"])
        assert [one["id"] for one in charge["refunds"]["data"]] == [refund["id"]]
        assert charge["balance_transaction"]["source"]["id"] == charge["id"]


async def test_a_card_is_made_from_its_number_and_kept_with_a_customer() -> None:
    async with shop() as it:
        customer = (await customers(it, 1))[0]
        card = {"number": "5555555555554444", "exp_month": 8, "exp_year": 2040, "cvc": "123"}
        made = await it.post("/v1/payment_methods", type="card", card=card)
        assert (made["card"]["brand"], made["card"]["last4"]) == ("mastercard", "4444")
        path = f"/v1/payment_methods/{made['id']}"
        assert (await it.refused("POST", path, metadata={"a": "b"}))["http"] == 400
        kept = await it.post(f"{path}/attach", customer=customer)
        assert kept["customer"] == customer
        changed = await it.post(path, billing_details={"name": "Jenny"}, card={"exp_year": 2041})
        assert (changed["billing_details"]["name"], changed["card"]["exp_year"]) == ("Jenny", 2041)
        assert (await it.post(f"{path}/detach"))["customer"] is None
        assert (await it.refused("POST", f"{path}/attach", customer=customer))["http"] == 400
        assert [type for type in await it.types() if type.startswith("payment_method.")] == [
            "payment_method.attached", "payment_method.updated", "payment_method.detached"]


# fmt: off
@pytest.mark.parametrize(("card", "code"), [
    ({"number": "4242424242424241", "exp_month": 8,  "exp_year": 2040},                "incorrect_number"),
    ({"number": "4539578763621486", "exp_month": 8,  "exp_year": 2040},                "card_declined"),
    ({"number": "4242424242424242", "exp_month": 13, "exp_year": 2040},                "invalid_expiry_month"),
    ({"number": "4242424242424242", "exp_month": 1,  "exp_year": 2001},                "invalid_expiry_year"),
    ({"number": "4242424242424242", "exp_month": 8,  "exp_year": 2040, "cvc": "12"},   "invalid_cvc"),
])
# fmt: on
async def test_bad_cards_are_refused_when_they_are_entered(card: dict[str, Any], code: str) -> None:
    async with shop() as it:
        error = await it.refused("POST", "/v1/payment_methods", type="card", card=card)
        assert (error["http"], error["type"], error["code"]) == (402, "card_error", code)


async def test_a_declining_card_cannot_be_kept_and_another_customers_card_not_be_taken() -> None:
    async with shop() as it:
        one, other = await customers(it, 2)
        error = await it.refused("POST", "/v1/payment_methods/pm_card_visa_chargeDeclined/attach", customer=one)
        assert (error["http"], error["code"]) == (402, "card_declined")
        kept = await it.post("/v1/payment_methods/pm_card_visa/attach", customer=one)
        assert (await it.refused("POST", f"/v1/payment_methods/{kept['id']}/attach", customer=other))["http"] == 400
        later = await it.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", customer=one)
        assert (await it.pay(customer=one, card=later["id"]))["error"]["code"] == "card_declined"


async def test_events_are_kept_as_they_were_and_name_their_cause() -> None:
    async with shop() as it:
        answered = await it.send("POST", "/v1/payment_intents", key="one", amount=1099, currency="usd")
        await it.here.settle()
        (event,) = (await it.get("/v1/events", type="payment_intent.created"))["data"]
        assert event["request"] == {
            "id": answered.response.header("Request-Id"), "idempotency_key": "one"}
        assert event["pending_webhooks"] == 0
        await it.post(f"/v1/payment_intents/{answered.json['id']}/cancel")
        assert (await it.get(f"/v1/events/{event['id']}"))["data"]["object"]["status"] == "requires_payment_method"
        some = await it.get("/v1/events", types=["payment_intent.*"])
        assert [one["type"] for one in some["data"]] == ["payment_intent.canceled", "payment_intent.created"]


async def test_an_endpoint_gets_what_it_asked_for_in_its_own_version() -> None:
    async with shop() as it:
        mine = await it.post(
            "/v1/webhook_endpoints", url="http://127.0.0.1:9/old", enabled_events=["payment_intent.succeeded"],
            api_version="2023-10-16")
        assert mine["secret"].startswith("whsec_")
        path = f"/v1/webhook_endpoints/{mine['id']}"
        assert "secret" not in await it.get(path)
        await it.pay()
        await it.here.settle()
        told = [json.loads(one.body) for one in it.here.receiver.requests if one.target.endswith("/old")]
        assert [event["type"] for event in told] == ["payment_intent.succeeded"]
        assert told[0]["api_version"] == "2023-10-16"
        assert "invoice" in told[0]["data"]["object"]
        assert "payment_record" not in told[0]["data"]["object"]
        assert (await it.post(path, disabled=True))["status"] == "disabled"
        await it.pay()
        await it.here.settle()
        assert len([one for one in it.here.receiver.requests if one.target.endswith("/old")]) == 1
        assert (await it.send("DELETE", path)).json["deleted"] is True
        assert (await it.refused("GET", path))["code"] == "resource_missing"


@pytest.mark.parametrize("path", [
    "payment_intents/pi_x", "customers/cus_x", "charges/ch_x", "refunds/re_x", "payment_methods/pm_x", "events/evt_x",
    "balance_transactions/txn_x", "webhook_endpoints/we_x",
])
async def test_what_is_not_there(path: str) -> None:
    async with shop() as it:
        error = await it.refused("GET", f"/v1/{path}")
        assert (error["http"], error["code"], error["type"]) == (404, "resource_missing", "invalid_request_error")
        assert error["message"].startswith("No such ")


# fmt: off
@pytest.mark.parametrize(("params", "code", "param"), [
    ({"amount": "ten", "currency": "", "extra": 1, "b": 2},                 "parameter_unknown",         "extra"),
    ({"amount": "ten"},                                                     "parameter_missing",         "currency"),
    ({"amount": "ten", "currency": "usd"},                                  "parameter_invalid_integer", "amount"),
    ({"amount": "", "currency": "usd"},                                     "parameter_invalid_empty",   "amount"),
    ({"amount": 0, "currency": "usd"},                                      "parameter_invalid_integer", "amount"),
    ({"amount": 100, "currency": "usd", "capture_method": "later"},         None,                        "capture_method"),
    ({"amount": 100, "currency": "zzz"},                                    None,                        "currency"),
    ({"amount": 49, "currency": "usd"},                                     "amount_too_small",          "amount"),
    ({"amount": 100_000_000, "currency": "usd"},                            "amount_too_large",          "amount"),
    ({"amount": 1001, "currency": "kwd"},                                   "parameter_invalid_integer", "amount"),
    ({"amount": 100, "currency": "usd", "return_url": "https://a.example"}, None,                        "return_url"),
    ({"amount": 100, "currency": "usd", "payment_method_types": ["card"]},  "parameter_unknown",         "payment_method_types"),
    ({"amount": 100, "currency": "usd", "customer": "cus_none"},            "resource_missing",          "customer"),
    ({"amount": 100, "currency": "usd", "payment_method": "pm_none"},       "resource_missing",          "payment_method"),
    ({"amount": 100, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}, None,        "return_url"),
    ({"amount": 100, "currency": "usd", "confirm": True, "automatic_payment_methods": CARDS_ONLY}, "payment_intent_unexpected_state", None),
])  # fmt: skip
# fmt: on
async def test_errors_of_create_in_their_order(params: dict[str, Any], code: str | None, param: str | None) -> None:
    async with shop() as it:
        error = await it.refused("POST", "/v1/payment_intents", **params)
        assert error["http"] == 400
        assert (error.get("code"), error.get("param")) == (code, param)
        assert error["type"] == "invalid_request_error"


async def test_movements_of_the_balance_are_filtered() -> None:
    async with shop() as it:
        done = await it.pay(2000, capture_method="automatic")
        await it.pay(500, currency="eur", capture_method="automatic")
        refund = await it.post("/v1/refunds", payment_intent=done["id"], amount=100)
        path = "/v1/balance_transactions"

        async def amounts(**filters: str) -> list[int]:
            return [one["amount"] for one in (await it.get(path, **filters))["data"]]

        assert await amounts() == [-100, 500, 2000]
        assert await amounts(type="charge") == [500, 2000]
        assert await amounts(type="refund") == [-100]
        assert await amounts(currency="eur") == [500]
        assert await amounts(source=refund["id"]) == [-100]
        assert await amounts(source=done["latest_charge"], type="refund") == []


async def test_the_merchants_own_endpoint_is_signed_with_its_well_known_secret() -> None:
    async with shop() as it:
        here, merchant = it.here, it.here.merchant("stripe")
        work = here.sandbox.work()
        provider = here.simulator.providers["stripe"]
        for _ in range(2):
            await provider.subscribe(work, merchant, "http://127.0.0.1:9/own", here.sandbox.clock)
        await work.commit()
        await it.post("/v1/customers", email="a@example.com")
        await here.settle()
        (told,) = [one for one in here.receiver.requests if one.target.endswith("/own")]
        stamp, signature = told.headers.get("Stripe-Signature").split(",")[:2]
        message = f"{stamp.removeprefix('t=')}.".encode() + told.body
        wanted = hmac.new(merchant.secrets["webhook_secret"].encode(), message, hashlib.sha256).hexdigest()
        assert signature == f"v1={wanted}"


async def test_a_page_of_events_that_nobody_took_is_full() -> None:
    async with shop() as it:
        failing = {"product.created"}

        def answer(request: Any) -> HttpResponse:
            return HttpResponse(500 if json.loads(request.body)["type"] in failing else 200)

        it.here.receiver.answer = answer
        for number in range(4):
            await it.post("/v1/products", name=f"p{number}")
            await it.post("/v1/customers")
        await it.here.settle()
        page = await it.get("/v1/events", delivery_success=False, limit=2)
        assert ([each["type"] for each in page["data"]], page["has_more"]) == (["product.created"] * 2, True)
        rest = await it.get("/v1/events", delivery_success=False, limit=3, starting_after=page["data"][-1]["id"])
        assert (len(rest["data"]), rest["has_more"]) == (2, False)
        taken = await it.get("/v1/events", delivery_success=True, limit=100)
        assert {each["type"] for each in taken["data"]} == {"customer.created"}
