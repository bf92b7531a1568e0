"""Charges, Sources and saved cards in the old way; microdeposits; reviews."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.providers.stripe.test_values import CARDS, Card
from tests.providers.stripe.checked import Shop, shop
from tests.providers.stripe.connected import connected


async def charge(it: Shop, source: str = "tok_visa", **params: Any) -> Any:
    return await it.post("/v1/charges", **{"amount": 2_000, "currency": "usd", "source": source, **params})


async def test_a_token_is_charged_without_a_payment_intent() -> None:
    async with shop() as it:
        made = await charge(it, description="tea", metadata={"order_id": "7"}, receipt_email="a@example.com")
        assert (made["status"], made["captured"], made["payment_intent"], made["source"]["object"]) == (
            "succeeded", True, None, "card")
        assert made["payment_method"] == made["source"]["id"]
        assert made["balance_transaction"]
        assert await it.types() == ["charge.succeeded"]
        assert (await it.get("/v1/payment_intents"))["data"] == []
        assert [each["id"] for each in (await it.get("/v1/charges"))["data"]] == [made["id"]]
        assert (await it.refused("GET", f"/v1/payment_intents/{made['id']}"))["http"] == 404
        refund = await it.post("/v1/refunds", charge=made["id"], amount=500)
        assert (refund["payment_intent"], refund["charge"]) == (None, made["id"])
        assert (await it.get(f"/v1/charges/{made['id']}"))["amount_refunded"] == 500


async def test_a_charge_is_authorised_first_and_captured_later() -> None:
    async with shop() as it:
        held = await charge(it, capture=False)
        assert (held["captured"], held["amount_captured"], held["balance_transaction"]) == (False, 0, None)
        over = await it.refused("POST", f"/v1/charges/{held['id']}/capture", amount=2_001)
        assert over["code"] == "amount_too_large"
        taken = await it.post(f"/v1/charges/{held['id']}/capture", amount=1_500)
        assert (taken["captured"], taken["amount_captured"]) == (True, 1_500)
        again = await it.refused("POST", f"/v1/charges/{held['id']}/capture")
        assert (again["http"], again["code"]) == (400, "charge_already_captured")
        assert await it.types() == ["charge.succeeded", "charge.captured"]


async def test_an_authorisation_in_the_old_way_lapses_in_silence_about_intents() -> None:
    async with shop() as it:
        held = await charge(it, capture=False)
        await it.advance(8 * 86_400_000)
        assert await it.types() == ["charge.succeeded", "charge.expired"]
        late = await it.refused("POST", f"/v1/charges/{held['id']}/capture")
        assert late["code"] == "charge_expired_for_capture"


async def test_a_declined_charge_is_told_without_a_payment_intent() -> None:
    async with shop() as it:
        error = await it.refused(
            "POST", "/v1/charges", amount=2_000, currency="usd", source="tok_chargeDeclinedInsufficientFunds")
        assert (error["http"], error["code"], error["decline_code"]) == (402, "card_declined", "insufficient_funds")
        assert "payment_intent" not in error
        shown = await it.get(f"/v1/charges/{error['charge']}")
        assert (shown["status"], shown["failure_code"]) == ("failed", "card_declined")
        assert await it.types() == ["charge.failed"]


async def test_a_payment_intents_charge_is_captured_by_its_intent_alone() -> None:
    async with shop() as it:
        intent = await it.pay(capture_method="manual")
        error = await it.refused("POST", f"/v1/charges/{intent['latest_charge']}/capture")
        assert "PaymentIntent" in error["message"]


async def test_a_token_is_used_once() -> None:
    async with shop() as it:
        token = await it.post("/v1/tokens", card={"number": "4242424242424242", "exp_month": 12, "exp_year": 2040})
        await charge(it, token["id"])
        again = await it.refused("POST", "/v1/charges", amount=500, currency="usd", source=token["id"])
        assert (again["code"], again["param"]) == ("token_already_used", "source")


async def test_a_customers_first_card_is_its_default() -> None:
    async with shop() as it:
        bare = await it.post("/v1/customers")
        none = await it.refused("POST", "/v1/charges", amount=500, currency="usd", customer=bare["id"])
        assert (none["http"], none["type"], none["code"]) == (402, "card_error", "missing")
        customer = await it.post("/v1/customers", source="tok_visa")
        card = customer["default_source"]
        assert card.startswith("card_")
        paid = await it.post("/v1/charges", amount=500, currency="usd", customer=customer["id"])
        assert (paid["payment_method"], paid["customer"]) == (card, customer["id"])
        other = await it.post(f"/v1/customers/{customer['id']}/sources", source="tok_mastercard")
        assert (other["brand"], other["customer"]) == ("MasterCard", customer["id"])
        paid = await it.post("/v1/charges", amount=500, currency="usd", customer=customer["id"], source=other["id"])
        assert paid["payment_method"] == other["id"]
        listed = await it.get(f"/v1/customers/{customer['id']}/sources", object="card")
        assert [each["id"] for each in listed["data"]] == [other["id"], card]
        expanded = await it.get(f"/v1/customers/{customer['id']}", expand=["sources"])
        assert len(expanded["sources"]["data"]) == 2
        one = await it.get(f"/v1/customers/{customer['id']}/sources/{card}")
        assert one["last4"] == "4242"
        gone = (await it.send("DELETE", f"/v1/customers/{customer['id']}/sources/{card}")).json
        assert gone == {"id": card, "object": "card", "deleted": True}
        assert (await it.get(f"/v1/customers/{customer['id']}"))["default_source"] == other["id"]
        third = await it.post(f"/v1/customers/{customer['id']}", source="tok_amex")
        assert third["default_source"] not in ("", card, other["id"])
        back = await it.post(f"/v1/customers/{customer['id']}", default_source=other["id"])
        assert back["default_source"] == other["id"]
        wrong = await it.refused("POST", f"/v1/customers/{customer['id']}", default_source="card_1nothing")
        assert wrong["http"] == 400
        error = await it.refused("POST", "/v1/charges", amount=500, currency="usd", source=other["id"])
        assert error["param"] == "customer"
        types = await it.types()
        assert {"customer.source.created", "customer.source.deleted"} <= set(types)


async def test_a_card_that_is_refused_when_saved_leaves_no_customer() -> None:
    async with shop() as it:
        error = await it.refused("POST", "/v1/customers", source="tok_chargeDeclined")
        assert (error["http"], error["code"]) == (402, "card_declined")
        assert (await it.get("/v1/customers"))["data"] == []


async def test_a_source_of_a_card_is_charged_and_then_spent() -> None:
    async with shop() as it:
        source = await it.post("/v1/sources", type="card", token="tok_visa", usage="single_use",
                               owner={"email": "a@example.com", "name": "Jenny"}, metadata={"a": "b"})
        assert (source["status"], source["card"]["last4"], source["owner"]["email"]) == (
            "chargeable", "4242", "a@example.com")
        paid = await charge(it, source["id"])
        assert paid["payment_method"] == source["id"]
        assert (await it.get(f"/v1/sources/{source['id']}"))["status"] == "consumed"
        again = await it.refused("POST", "/v1/charges", amount=500, currency="usd", source=source["id"])
        assert again["code"] == "invalid_source_usage"
        changed = await it.post(f"/v1/sources/{source['id']}", metadata={"c": "d"}, owner={"name": "Rosen"})
        assert (changed["metadata"], changed["owner"]["name"]) == ({"a": "b", "c": "d"}, "Rosen")


async def test_a_source_that_redirects_waits_for_its_payer() -> None:
    async with shop() as it:
        source = await it.post("/v1/sources", type="bancontact", amount=2_000, currency="eur",
                               redirect={"return_url": "https://shop.example/back"})
        assert (source["status"], source["flow"], source["redirect"]["status"]) == ("pending", "redirect", "pending")
        early = await it.refused("POST", "/v1/charges", amount=2_000, currency="eur", source=source["id"])
        assert early["code"] == "invalid_source_usage"
        here = it.here
        await here.simulator.acts.act(here.sandbox, "stripe.source", source["id"], "authorize", {})
        paid = await charge(it, source["id"], currency="eur")
        assert (paid["status"], paid["payment_method_details"]["type"]) == ("succeeded", "bancontact")
        other = await it.post("/v1/sources", type="ideal", amount=2_000, currency="eur")
        await here.simulator.acts.act(here.sandbox, "stripe.source", other["id"], "fail", {})
        assert (await it.get(f"/v1/sources/{other['id']}"))["status"] == "failed"
        types = await it.types()
        assert (types[0], types[-1]) == ("source.chargeable", "source.failed")


async def test_a_reusable_source_is_kept_by_a_customer() -> None:
    async with shop() as it:
        customer = (await it.post("/v1/customers"))["id"]
        source = await it.post("/v1/sources", type="card", token="tok_visa")
        kept = await it.post(f"/v1/customers/{customer}/sources", source=source["id"])
        assert kept["customer"] == customer
        for _ in range(2):
            await charge(it, source["id"], customer=customer)
        gone = (await it.send("DELETE", f"/v1/customers/{customer}/sources/{source['id']}")).json
        assert (gone["object"], gone["status"]) == ("source", "consumed")


async def test_a_charge_is_noted_upon() -> None:
    async with shop() as it:
        made = await charge(it)
        changed = await it.post(f"/v1/charges/{made['id']}", description="tea", metadata={"a": "b"},
                                fraud_details={"user_report": "safe"})
        assert (changed["description"], changed["metadata"], changed["fraud_details"]) == (
            "tea", {"a": "b"}, {"user_report": "safe"})
        updated = (await it.events())[-1]
        assert updated["type"] == "charge.updated"
        assert updated["data"]["previous_attributes"]["description"] is None


async def test_a_charge_in_the_old_way_is_shared_too() -> None:
    async with shop() as it:
        account = await connected(it)
        made = await charge(it, transfer_data={"destination": account, "amount": 1_500})
        assert (await it.get(f"/v1/transfers/{made['transfer']}"))["amount"] == 1_500
        theirs = await charge(it.on(account), application_fee_amount=100)
        assert (theirs["application_fee_amount"], theirs["application"][:3]) == (100, "ca_")


async def test_a_charge_has_refunds_of_its_own() -> None:
    async with shop() as it:
        made = await charge(it)
        path = f"/v1/charges/{made['id']}"
        first = await it.post(f"{path}/refunds", amount=500, reason="requested_by_customer", metadata={"a": "b"})
        assert (first["object"], first["charge"], first["amount"]) == ("refund", made["id"], 500)
        shown = await it.post(f"{path}/refund", amount=700)
        assert (shown["object"], shown["amount_refunded"]) == ("charge", 1_200)
        listed = await it.get(f"{path}/refunds", limit=1)
        assert ([each["amount"] for each in listed["data"]], listed["has_more"]) == ([700], True)
        assert (await it.get(f"{path}/refunds/{first['id']}"))["amount"] == 500
        assert (await it.refused("GET", f"/v1/charges/ch_x/refunds/{first['id']}"))["http"] == 404
        over = await it.refused("POST", f"{path}/refunds", amount=801)
        assert over["param"] == "amount"


DEPOSITS = {"us_bank_account": {"verification_method": "microdeposits"}}
AGREED = {"customer_acceptance": {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "a browser"}}}
# fmt: off
ANSWERS = [
    ({"amounts": [32, 45]},          None),
    ({"descriptor_code": "SM11AA"},  None),
    ({"amounts": [1, 2]},            "payment_method_microdeposit_verification_amounts_mismatch"),
    ({"descriptor_code": "SMXXXX"},  "payment_method_microdeposit_verification_descriptor_code_mismatch"),
    ({"amounts": [10, 11]},          "payment_method_microdeposit_verification_attempts_exceeded"),
    ({"descriptor_code": "SM33CC"},  "payment_method_microdeposit_verification_attempts_exceeded"),
    ({"amounts": [40, 41]},          "payment_method_microdeposit_verification_timeout"),
    ({"descriptor_code": "SM44DD"},  "payment_method_microdeposit_verification_timeout"),
    ({},                             "parameter_missing"),
]
# fmt: on


@pytest.mark.parametrize(("said", "code"), ANSWERS)
async def test_a_bank_account_is_verified_by_what_arrived(said: dict[str, Any], code: str | None) -> None:
    async with shop() as it:
        given: dict[str, Any] = {"amount": 2_000, "currency": "usd", "confirm": True, "payment_method_options": DEPOSITS,
                 "allowed_payment_method_types": ["us_bank_account"], "mandate_data": AGREED,
                 "payment_method": "pm_usBankAccount_success"}
        intent = await it.post("/v1/payment_intents", **given)
        assert (intent["status"], intent["next_action"]["type"]) == ("requires_action", "verify_with_microdeposits")
        path = f"/v1/payment_intents/{intent['id']}"
        if code is None:
            assert (await it.post(f"{path}/verify_microdeposits", **said))["status"] == "processing"
            await it.advance(10_000)
            assert (await it.get(path))["status"] == "succeeded"
        else:
            assert (await it.refused("POST", f"{path}/verify_microdeposits", **said))["code"] == code
            ended = "exceeded" in code or "timeout" in code
            assert (await it.get(path))["status"] == ("requires_payment_method" if ended else "requires_action")


async def test_a_bank_account_is_verified_before_it_is_saved() -> None:
    async with shop() as it:
        given: dict[str, Any] = {"confirm": True, "payment_method_options": DEPOSITS, "mandate_data": AGREED,
                 "allowed_payment_method_types": ["us_bank_account"], "payment_method": "pm_usBankAccount_success"}
        setup = await it.post("/v1/setup_intents", **given)
        path = f"/v1/setup_intents/{setup['id']}/verify_microdeposits"
        wrong = await it.refused("POST", path, amounts=[3, 4])
        assert wrong["http"] == 400
        assert (await it.post(path, descriptor_code="SM11AA"))["status"] == "succeeded"
        assert (await it.refused("POST", path, amounts=[32, 45]))["code"] == "setup_intent_unexpected_state"
        plain = await it.pay()
        error = await it.refused(
            "POST", f"/v1/payment_intents/{plain['id']}/verify_microdeposits", amounts=[32, 45])
        assert error["code"] == "payment_intent_unexpected_state"


async def test_a_payment_of_elevated_risk_is_reviewed() -> None:
    async with shop() as it:
        intent = await it.pay(card="pm_card_riskLevelElevated")
        paid = await it.get(f"/v1/charges/{intent['latest_charge']}", expand=["review"])
        review = paid["review"]
        assert (review["open"], review["payment_intent"], review["opened_reason"]) == (True, intent["id"], "rule")
        assert [each["id"] for each in (await it.get("/v1/reviews"))["data"]] == [review["id"]]
        assert (await it.get(f"/v1/reviews/{review['id']}", expand=["charge"]))["charge"]["id"] == paid["id"]
        closed = await it.post(f"/v1/reviews/{review['id']}/approve")
        assert (closed["open"], closed["closed_reason"]) == (False, "approved")
        assert (await it.refused("POST", f"/v1/reviews/{review['id']}/approve"))["http"] == 400
        assert (await it.get("/v1/reviews"))["data"] == []
        other = await it.pay(card="pm_card_riskLevelElevated")
        await it.post("/v1/refunds", payment_intent=other["id"])
        charge = await it.get(f"/v1/charges/{other['latest_charge']}", expand=["review"])
        assert charge["review"]["closed_reason"] == "refunded"
        types = await it.types()
        assert (types.count("review.opened"), types.count("review.closed")) == (2, 2)


NAMED = [(card, name) for card in CARDS for name in card.names]


@pytest.mark.parametrize(("card", "name"), NAMED, ids=[name for _, name in NAMED])
async def test_every_documented_id_does_what_its_row_says(card: Card, name: str) -> None:
    """A `pm_card_` id on session, and the `tok_` id in the old way."""
    async with shop() as it:
        intent = await it.pay(card=f"pm_card_{name}")
        answered = await it.send("POST", "/v1/charges", amount=2_000, currency="usd", source=f"tok_{name}")
        asks = card.must_authenticate(off_session=False, set_up=False)
        if asks:
            assert intent["status"] == "requires_action"
        elif card.decline:
            assert intent["error"]["payment_intent"]["status"] == "requires_payment_method"
            assert card.decline in (intent["error"].get("decline_code"), intent["error"]["code"])
        else:
            assert intent["status"] == "succeeded"
        refused = card.must_authenticate(off_session=True, set_up=False) or bool(card.decline)
        assert answered.status == (402 if refused else 200)
        if not refused:
            shown = answered.json["payment_method_details"]["card"]
            assert (shown["brand"], shown["funding"], shown["country"], shown["last4"]) == (
                card.brand, card.funding, card.country, card.number[-4:])
            assert (answered.json["review"] is not None) == (card.risk_level == "elevated")
