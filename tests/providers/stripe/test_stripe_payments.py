"""PaymentIntents through the whole engine: what each step answers, tells, and books."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.clock import DAY, SECOND
from paydouble.core.http import Headers, HttpRequest
from tests.providers.stripe.checked import CARDS_ONLY, shop


async def test_a_card_payment_is_told_in_the_documented_order_and_settled_a_moment_later() -> None:
    async with shop() as it:
        paid = await it.pay(metadata={"order_id": "order-1"})
        assert (paid["status"], paid["amount_received"], paid["capture_method"]) == (
            "succeeded", 1099, "automatic_async")
        charge = await it.get(f"/v1/charges/{paid['latest_charge']}")
        assert (charge["balance_transaction"], charge["metadata"]) == (None, {"order_id": "order-1"})
        await it.advance(3 * SECOND)
        assert await it.types() == [
            "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"]
        told = (await it.events())[-1]
        assert told["data"]["previous_attributes"] == {"balance_transaction": None}
        booked = await it.get(f"/v1/balance_transactions/{told['data']['object']['balance_transaction']}")
        assert (booked["amount"], booked["fee"], booked["net"], booked["status"]) == (1099, 62, 1037, "pending")
        await it.advance(5 * DAY)
        balance = await it.get("/v1/balance")
        assert balance["available"] == [{"amount": 1037, "currency": "usd", "source_types": {"card": 1037}}]


@pytest.mark.parametrize(("amount", "fee"), [(1000, 59), (2000, 88), (1099, 62), (10000, 320)])
async def test_fees_are_rounded_half_up(amount: int, fee: int) -> None:
    async with shop() as it:
        paid = await it.pay(amount, capture_method="automatic", expand=["latest_charge.balance_transaction"])
        assert paid["latest_charge"]["balance_transaction"]["fee"] == fee


# fmt: off
@pytest.mark.parametrize(("card", "code", "decline_code"), [
    ("pm_card_visa_chargeDeclined",                "card_declined",    "generic_decline"),
    ("pm_card_chargeDeclinedInsufficientFunds",    "card_declined",    "insufficient_funds"),
    ("pm_card_visa_chargeDeclinedLostCard",        "card_declined",    "lost_card"),
    ("pm_card_chargeDeclinedExpiredCard",          "expired_card",     "expired_card"),
    ("pm_card_chargeDeclinedIncorrectCvc",         "incorrect_cvc",    "incorrect_cvc"),
    ("pm_card_chargeDeclinedProcessingError",      "processing_error", "processing_error"),
    ("pm_card_chargeDeclinedVelocityLimitExceeded", "card_declined",   "card_velocity_exceeded"),
    ("pm_card_radarBlock",                         "card_declined",    "fraudulent"),
])
# fmt: on
async def test_a_declined_card_is_an_error_on_the_wire_and_a_fact_in_the_books(
    card: str, code: str, decline_code: str
) -> None:
    async with shop() as it:
        error = await it.refused(
            "POST", "/v1/payment_intents", amount=1099, currency="usd", confirm=True, payment_method=card,
            automatic_payment_methods=CARDS_ONLY)
        assert (error["http"], error["type"], error["code"], error["decline_code"]) == (
            402, "card_error", code, decline_code)
        intent = await it.get(f"/v1/payment_intents/{error['payment_intent']['id']}")
        assert (intent["status"], intent["payment_method"]) == ("requires_payment_method", None)
        assert intent["last_payment_error"]["decline_code"] == decline_code
        charge = await it.get(f"/v1/charges/{error['charge']}")
        assert (charge["status"], charge["paid"], charge["failure_code"]) == ("failed", False, code)
        assert await it.types() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


async def test_after_a_decline_another_card_pays_the_same_intent() -> None:
    async with shop() as it:
        error = (await it.pay(card="pm_card_visa_chargeDeclined"))["error"]
        id = error["payment_intent"]["id"]
        paid = await it.post(f"/v1/payment_intents/{id}/confirm", payment_method="pm_card_mastercard")
        assert (paid["status"], paid["last_payment_error"]) == ("succeeded", None)


async def test_a_card_that_needs_authentication_is_charged_once_the_holder_has_authenticated() -> None:
    async with shop() as it:
        asked = await it.pay(card="pm_card_authenticationRequired", return_url="https://shop.example/back")
        assert asked["status"] == "requires_action"
        assert asked["next_action"]["redirect_to_url"]["return_url"] == "https://shop.example/back"
        assert asked["latest_charge"] is None
        await it.act(asked, "authenticate")
        paid = await it.get(f"/v1/payment_intents/{asked['id']}", expand=["latest_charge"])
        assert (paid["status"], paid["next_action"]) == ("succeeded", None)
        secured = paid["latest_charge"]["payment_method_details"]["card"]["three_d_secure"]
        assert secured["result"] == "authenticated"


async def test_a_failed_authentication_makes_no_charge() -> None:
    async with shop() as it:
        asked = await it.pay(card="pm_card_authenticationRequired")
        assert asked["next_action"]["type"] == "use_stripe_sdk"
        await it.act(asked, "fail")
        intent = await it.get(f"/v1/payment_intents/{asked['id']}")
        assert (intent["status"], intent["latest_charge"]) == ("requires_payment_method", None)
        assert intent["last_payment_error"]["code"] == "payment_intent_authentication_failure"
        assert (await it.types())[-1] == "payment_intent.payment_failed"


async def test_an_authentication_that_nobody_finishes_lapses() -> None:
    async with shop() as it:
        asked = await it.pay(card="pm_card_authenticationRequired")
        await it.advance(2 * DAY)
        assert (await it.get(f"/v1/payment_intents/{asked['id']}"))["status"] == "requires_payment_method"


async def test_authenticated_cards_may_still_be_declined() -> None:
    async with shop() as it:
        asked = await it.pay(card="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
        await it.act(asked, "authenticate")
        intent = await it.get(f"/v1/payment_intents/{asked['id']}")
        assert intent["last_payment_error"]["decline_code"] == "insufficient_funds"


async def test_off_session_a_card_that_needs_authentication_is_declined() -> None:
    async with shop() as it:
        error = (await it.pay(card="pm_card_authenticationRequired", off_session=True))["error"]
        assert (error["code"], error["type"]) == ("authentication_required", "card_error")


async def test_part_of_an_authorisation_is_captured_and_the_rest_released() -> None:
    async with shop() as it:
        held = await it.pay(5000, capture_method="manual")
        assert (held["status"], held["amount_capturable"], held["amount_received"]) == ("requires_capture", 5000, 0)
        error = await it.refused("POST", f"/v1/payment_intents/{held['id']}/capture", amount_to_capture=5001)
        assert (error["code"], error["param"]) == ("amount_too_large", "amount_to_capture")
        paid = await it.post(f"/v1/payment_intents/{held['id']}/capture", amount_to_capture=3000)
        assert (paid["status"], paid["amount"], paid["amount_received"], paid["amount_capturable"]) == (
            "succeeded", 5000, 3000, 0)
        charge = await it.get(f"/v1/charges/{paid['latest_charge']}")
        assert (charge["amount_captured"], charge["amount_refunded"], charge["refunded"]) == (3000, 0, False)
        assert await it.types() == [
            "payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated",
            "charge.captured", "payment_intent.succeeded"]
        again = await it.refused("POST", f"/v1/payment_intents/{held['id']}/capture")
        assert (again["code"], again["payment_intent"]["status"]) == ("payment_intent_unexpected_state", "succeeded")


async def test_an_authorisation_lapses_after_a_week() -> None:
    async with shop() as it:
        held = await it.pay(capture_method="manual")
        await it.advance(8 * DAY)
        intent = await it.get(f"/v1/payment_intents/{held['id']}")
        assert (intent["status"], intent["cancellation_reason"]) == ("canceled", "automatic")
        assert (await it.types())[-2:] == ["charge.expired", "payment_intent.canceled"]


@pytest.mark.parametrize("trigger", ["confirm", "capture", "cancel"])
async def test_a_canceled_intent_takes_nothing_more(trigger: str) -> None:
    async with shop() as it:
        made = await it.post("/v1/payment_intents", amount=1099, currency="usd")
        gone = await it.post(f"/v1/payment_intents/{made['id']}/cancel", cancellation_reason="abandoned")
        assert (gone["status"], gone["cancellation_reason"]) == ("canceled", "abandoned")
        error = await it.refused("POST", f"/v1/payment_intents/{made['id']}/{trigger}")
        assert (error["http"], error["code"]) == (400, "payment_intent_unexpected_state")


async def test_the_payer_pays_an_open_intent_on_the_client() -> None:
    async with shop() as it:
        made = await it.post("/v1/payment_intents", amount=1099, currency="usd", metadata={"order_id": "order-1"})
        await it.here.pay("stripe", "order-1")
        assert (await it.get(f"/v1/payment_intents/{made['id']}"))["status"] == "succeeded"


async def test_a_scenario_outweighs_the_card() -> None:
    async with shop() as it:
        it.here.rules("- {when: {operation: payment.charge, amount: 13.01}, "
                      "then: {outcome: {result: declined, reason: card_expired}}}")
        error = (await it.pay(1301))["error"]
        assert (error["code"], error["decline_code"]) == ("expired_card", "expired_card")
        assert (await it.pay(1302))["status"] == "succeeded"


async def test_a_processing_payment_comes_to_its_end_with_the_same_charge() -> None:
    async with shop() as it:
        it.here.rules("- {when: {operation: payment.create}, then: {outcome: {result: pending}}}")
        waiting = await it.pay()
        assert (waiting["status"], waiting["processing"]) == ("processing", {"type": "card"})
        await it.act(waiting, "pay")
        paid = await it.get(f"/v1/payment_intents/{waiting['id']}")
        assert (paid["status"], paid["latest_charge"]) == ("succeeded", waiting["latest_charge"])


async def test_a_used_payment_method_without_a_customer_is_of_no_further_use() -> None:
    async with shop() as it:
        paid = await it.pay()
        error = (await it.pay(card=paid["payment_method"]))["error"]
        assert error["param"] == "payment_method"


async def test_a_card_saved_while_paying_is_attached_to_the_customer() -> None:
    async with shop() as it:
        customer = await it.post("/v1/customers", email="jenny@example.com")
        paid = await it.pay(customer=customer["id"], setup_future_usage="off_session")
        (saved,) = (await it.get("/v1/payment_methods", customer=customer["id"]))["data"]
        assert saved["id"] == paid["payment_method"]
        again = await it.pay(customer=customer["id"], card=saved["id"], off_session=True)
        assert again["status"] == "succeeded"
        assert (await it.pay(card=saved["id"]))["error"]["param"] == "payment_method"


async def test_updating_changes_what_is_sent_and_choosing_a_card_makes_it_confirmable() -> None:
    async with shop() as it:
        made = await it.post("/v1/payment_intents", amount=1099, currency="usd", metadata={"a": "1", "b": "2"})
        path = f"/v1/payment_intents/{made['id']}"
        changed = await it.post(path, amount=1200, metadata={"a": "", "c": "3"}, payment_method="pm_card_visa")
        assert (changed["amount"], changed["metadata"]) == (1200, {"b": "2", "c": "3"})
        assert changed["status"] == "requires_confirmation"
        paid = await it.post(f"{path}/confirm", return_url="https://shop.example")
        assert (paid["status"], paid["amount_received"]) == ("succeeded", 1200)
        error = await it.refused("POST", path, amount=1300)
        assert error["code"] == "payment_intent_unexpected_state"
        assert (await it.post(path, description="Thanks"))["description"] == "Thanks"


ANSWERED_LIKE_THE_FIRST: tuple[dict[str, Any], ...] = (
    {"card": "pm_card_visa"},
    {"card": "pm_card_visa_chargeDeclined"},
)


@pytest.mark.parametrize("given", ANSWERED_LIKE_THE_FIRST)
async def test_a_repeated_key_is_answered_like_the_first_time_and_nothing_happens_again(given: Any) -> None:
    async with shop() as it:
        params = {"amount": 1099, "currency": "usd", "confirm": True, "payment_method": given["card"],
                  "automatic_payment_methods": CARDS_ONLY}
        first = await it.send("POST", "/v1/payment_intents", key="one", **params)
        second = await it.send("POST", "/v1/payment_intents", key="one", **params)
        assert (second.status, second.response.body) == (first.status, first.response.body)
        assert second.response.header("Idempotent-Replayed") == "true"
        assert second.response.header("Original-Request") == first.response.header("Request-Id")
        assert second.response.header("Request-Id") != first.response.header("Request-Id")
        assert len((await it.get("/v1/payment_intents"))["data"]) == 1
        other = await it.refused("POST", "/v1/payment_intents", key="one", **{**params, "amount": 1100})
        assert (other["http"], other["type"]) == (400, "idempotency_error")
        assert "'one'" in other["message"]


async def test_a_client_sees_its_intent_with_the_client_secret_and_no_more_of_it() -> None:
    async with shop() as it:
        made = await it.post("/v1/payment_intents", amount=1099, currency="usd", metadata={"inside": "only"})
        path = f"/v1/payment_intents/{made['id']}"

        async def as_client(method: str, target: str, body: bytes = b"") -> Any:
            publishable = it.here.merchant("stripe").secrets["publishable_key"]
            answered = await it.here.serve("stripe", HttpRequest(
                method=method, target=target, body=body, id=it.here.simulator.new_call_id(),
                headers=Headers((("Authorization", f"Bearer {publishable}"),))))
            return answered.json

        secret = made["client_secret"]
        assert (await as_client("GET", path))["error"]["code"] == "parameter_missing"
        assert (await as_client("GET", f"{path}?client_secret=wrong"))["error"]["code"] == "resource_missing"
        shown = await as_client("GET", f"{path}?client_secret={secret}")
        assert shown["amount"] == 1099
        assert not {"metadata", "customer", "latest_charge"} & shown.keys()
        paid = await as_client("POST", f"{path}/confirm", (
            f"client_secret={secret}&payment_method=pm_card_visa&return_url=https://a.example&guid=1&key=pk").encode())
        assert paid["status"] == "succeeded"
        assert "metadata" not in paid
        assert (await as_client("POST", path))["error"]["code"] == "secret_key_required"


@pytest.mark.parametrize(("path", "method"), [("/v1/nothing", "GET"), ("/v1/payment_intents", "DELETE"), ("/", "POST")])
async def test_a_url_that_stripe_does_not_know(path: str, method: str) -> None:
    async with shop() as it:
        error = await it.refused(method, path)
        assert (error["http"], error["type"]) == (404, "invalid_request_error")
        assert error["message"].startswith(f"Unrecognized request URL ({method}: {path}).")


@pytest.mark.parametrize(("type", "currency"), [("oxxo", "mxn"), ("boleto", "brl"), ("konbini", "jpy"), ("multibanco", "eur")])
async def test_a_voucher_is_paid_at_the_counter_or_expires(type: str, currency: str) -> None:
    async with shop() as it:
        given: dict[str, Any] = {
            "amount": 5_000, "currency": currency, "confirm": True, "allowed_payment_method_types": [type],
            "payment_method_data": {"type": type, "billing_details": {"name": "Jenny", "email": "a@example.com"}},
        }
        paid = await it.post("/v1/payment_intents", **given)
        assert (paid["status"], paid["next_action"]["type"]) == ("requires_action", f"{type}_display_details")
        await it.act(paid, "authenticate")
        shown = await it.get(f"/v1/payment_intents/{paid['id']}", expand=["latest_charge"])
        assert (shown["status"], shown["latest_charge"]["payment_method_details"]["type"]) == ("succeeded", type)
        late = await it.post("/v1/payment_intents", **given)
        await it.advance(2 * 86_400_000)
        assert (await it.get(f"/v1/payment_intents/{late['id']}"))["status"] == "requires_action"
        await it.advance(86_400_000)
        shown = await it.get(f"/v1/payment_intents/{late['id']}")
        assert (shown["status"], shown["last_payment_error"]["code"]) == (
            "requires_payment_method", "payment_intent_payment_attempt_expired")
        wrong = await it.refused("POST", "/v1/payment_intents", **{**given, "currency": "usd"})
        assert wrong["param"] == "currency"
