"""Each error as a caller meets it: status, type, code, parameter, decline code, message; and which comes first."""


from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from paydouble.core.errors import Fault
from paydouble.providers.stripe.errors import Errors
from tests.providers.stripe.checked import CARDS_ONLY, Shop, shop
from tests.providers.stripe.connected import connected

FIVE = {"amount": 500, "currency": "usd"}


async def _paid(it: Shop) -> str:
    return str((await it.pay())["id"])


async def _charge(it: Shop) -> str:
    return str((await it.pay())["latest_charge"])


async def _refunded(it: Shop) -> str:
    charge = await _charge(it)
    await it.post("/v1/refunds", charge=charge)
    return charge


async def _refund(it: Shop) -> str:
    return str((await it.post("/v1/refunds", charge=await _charge(it)))["id"])


async def _disputed(it: Shop) -> str:
    charge = str((await it.pay(card="pm_card_createDispute"))["latest_charge"])
    await it.advance(10_000)
    return charge


async def _closed_dispute(it: Shop) -> str:
    charge = await _disputed(it)
    dispute = (await it.get("/v1/disputes", charge=charge))["data"][0]["id"]
    await it.post(f"/v1/disputes/{dispute}/close")
    return str(dispute)


async def _set_up(it: Shop) -> str:
    made = await it.post("/v1/setup_intents", confirm=True, payment_method="pm_card_visa",
                         automatic_payment_methods=CARDS_ONLY)
    return str(made["id"])


async def _used_token(it: Shop) -> str:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    token = await it.post("/v1/tokens", card=card)
    await it.post("/v1/charges", **FIVE, source=token["id"])
    return str(token["id"])


async def _used_method(it: Shop) -> str:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034}
    method = await it.post("/v1/payment_methods", type="card", card=card)
    await it.pay(card=method["id"])
    return str(method["id"])


async def _legacy(it: Shop) -> str:
    return str((await it.post("/v1/charges", **FIVE, source="tok_visa"))["id"])


async def _customer(it: Shop) -> str:
    return str((await it.post("/v1/customers"))["id"])


async def _restricted(it: Shop) -> str:
    return str((await it.post("/v1/accounts", type="custom", country="US"))["id"])


async def _canceled_payout(it: Shop) -> str:
    await it.pay(amount=10_000, card="pm_card_bypassPending")
    await it.advance(5_000)
    payout = (await it.post("/v1/payouts", amount=100, currency="usd"))["id"]
    await it.post(f"/v1/payouts/{payout}/cancel")
    return str(payout)


async def _coupon(it: Shop) -> str:
    return str((await it.post("/v1/coupons", id="TENTH", percent_off=10))["id"])


async def _spent_coupon(it: Shop) -> str:
    redeem_by = it.here.sandbox.clock.now() // 1_000 + 60
    coupon = await it.post("/v1/coupons", percent_off=10, redeem_by=redeem_by)
    await it.advance(120_000)
    return str(coupon["id"])


async def _subscription(it: Shop) -> str:
    made = await it.post("/v1/subscriptions", customer=await _customer(it), items=[{"price": await _price(it)}],
                         collection_method="send_invoice", days_until_due=7)
    return str(made["id"])


async def _invoice(it: Shop) -> str:
    customer = await _customer(it)
    await it.post("/v1/invoiceitems", customer=customer, amount=500, currency="usd")
    made = await it.post("/v1/invoices", customer=customer, collection_method="send_invoice", days_until_due=7,
                         pending_invoice_items_behavior="include")
    return str((await it.post(f"/v1/invoices/{made['id']}/finalize"))["id"])


async def _price(it: Shop) -> str:
    made = await it.post("/v1/prices", currency="usd", unit_amount=500, recurring={"interval": "month"},
                         product_data={"name": "Plan"})
    return str(made["id"])


async def _expired(it: Shop) -> str:
    line = {"quantity": 1, "price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Mug"}}}
    made = await it.post("/v1/checkout/sessions", mode="payment", success_url="https://a.example", line_items=[line])
    await it.post(f"/v1/checkout/sessions/{made['id']}/expire")
    return str(made["id"])


async def _canceled_quote(it: Shop) -> str:
    quote = await it.post("/v1/quotes", customer=await _customer(it), line_items=[{"price": await _price(it), "quantity": 1}])
    await it.post(f"/v1/quotes/{quote['id']}/cancel")
    return str(quote["id"])


async def _transfer(it: Shop) -> str:
    to = await connected(it)
    made = await it.post("/v1/transfers", amount=500, currency="usd", destination=to,
                         source_transaction=await _charge(it))
    return str(made["id"])


MAKERS: Mapping[str, Callable[[Shop], Awaitable[str]]] = {
    "paid": _paid, "charge": _charge, "refunded": _refunded, "refund": _refund, "disputed": _disputed,
    "closed": _closed_dispute, "set_up": _set_up, "token": _used_token, "method": _used_method, "legacy": _legacy,
    "customer": _customer, "restricted": _restricted, "account": connected, "payout": _canceled_payout,
    "coupon": _coupon, "invoice": _invoice, "price": _price, "expired": _expired, "quote": _canceled_quote,
    "transfer": _transfer, "spent_coupon": _spent_coupon, "subscription": _subscription,
}  # fmt: skip
"""What stands between braces in a request is made first."""

INTENTS = "POST /v1/payment_intents"
CONFIRMED = {**FIVE, "confirm": "true", "automatic_payment_methods": CARDS_ONLY}

# fmt: off
REFUSED: tuple[tuple[Errors, str, dict[str, Any], str | None, str], ...] = (
    (Errors.UNKNOWN_URL,              "GET /v1/nonsense", {}, None, "Unrecognized request URL (GET: /v1/nonsense)."),
    (Errors.ACCOUNT_INVALID,          "GET /v1/accounts/acct_1nobody", {}, None, "The provided key 'sk_test_"),
    (Errors.PARAMETER_UNKNOWN,        "POST /v1/customers", {"nonsense": "1"}, "nonsense", "Received unknown parameter: nonsense"),
    (Errors.PARAMETER_MISSING,        INTENTS, {"currency": "usd"}, "amount", "Missing required param: amount."),
    (Errors.PARAMETER_INVALID_EMPTY,  INTENTS, {"currency": "usd", "amount": ""}, "amount", "You passed an empty string for 'amount'."),
    (Errors.PARAMETER_INVALID_INTEGER, INTENTS, {"currency": "usd", "amount": "ten"}, "amount", "Invalid integer: ten"),
    (Errors.PARAMETER_INVALID,        INTENTS, {**FIVE, "confirm": "perhaps"}, "confirm", "Invalid boolean: perhaps"),
    (Errors.PARAMETERS_EXCLUSIVE,     INTENTS, {**FIVE, "application_fee_amount": 1, "transfer_data": {"destination": "{account}", "amount": 1}}, "application_fee_amount", "You may only specify one of these parameters: application_fee_amount, transfer_data[amount]."),
    (Errors.CURRENCY_INVALID,         INTENTS, {"amount": 500, "currency": "xyz"}, "currency", "Invalid currency: xyz"),
    (Errors.EXPAND_INVALID,           "GET /v1/customers", {"expand": ["email"]}, "expand[0]", "This property cannot be expanded (email). You may want to try expanding 'data.email' instead."),
    (Errors.AMOUNT_TOO_SMALL,         INTENTS, {"amount": 49, "currency": "usd"}, "amount", "Amount must be at least $0.50 usd"),
    (Errors.AMOUNT_TOO_LARGE,         INTENTS, {"amount": 100_000_000, "currency": "usd"}, "amount", "The amount is greater than the maximum amount allowed."),
    (Errors.RESOURCE_MISSING,         "GET /v1/customers/cus_none", {}, "id", "No such customer: 'cus_none'"),
    (Errors.REFERENCE_MISSING,        INTENTS, {**FIVE, "customer": "cus_none"}, "customer", "No such customer: 'cus_none'"),
    (Errors.UNEXPECTED_STATE,         "POST /v1/payment_intents/{paid}/cancel", {}, None, "You cannot cancel this PaymentIntent because it has a status of succeeded."),
    (Errors.INCOMPATIBLE_PAYMENT_METHOD, INTENTS, {**FIVE, "confirm": "true", "allowed_payment_method_types": ["us_bank_account"], "payment_method": "pm_card_visa"}, "payment_method", "The PaymentMethod provided (card) is not allowed for this PaymentIntent."),
    (Errors.SETUP_UNEXPECTED_STATE,   "POST /v1/setup_intents/{set_up}/cancel", {}, None, "You cannot cancel this SetupIntent because it has a status of succeeded."),
    (Errors.TOKEN_ALREADY_USED,       "POST /v1/charges", {**FIVE, "source": "{token}"}, "source", "You cannot use a Stripe token more than once"),
    (Errors.PAYMENT_METHOD_UNUSABLE,  INTENTS, {**CONFIRMED, "payment_method": "{method}"}, "payment_method", "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment"),
    (Errors.CHARGE_ALREADY_CAPTURED,  "POST /v1/charges/{legacy}/capture", {}, None, "Charge ch_"),
    (Errors.CHARGE_ALREADY_REFUNDED,  "POST /v1/refunds", {"charge": "{refunded}"}, None, "Charge ch_"),
    (Errors.CHARGE_DISPUTED,          "POST /v1/refunds", {"charge": "{disputed}"}, None, "Charge ch_"),
    (Errors.REFUND_TOO_LARGE,         "POST /v1/refunds", {"charge": "{charge}", "amount": 1100}, "amount", "Refund amount ($11.00) is greater than charge amount ($10.99)"),
    (Errors.REFUND_UNEXPECTED_STATE,  "POST /v1/refunds/{refund}/cancel", {}, None, ""),
    (Errors.DISPUTE_UNEXPECTED_STATE, "POST /v1/disputes/{closed}/close", {}, None, ""),
    (Errors.PAYOUT_UNEXPECTED_STATE,  "POST /v1/payouts/{payout}/cancel", {}, None, "Payouts can only be canceled while they are pending"),
    (Errors.BALANCE_INSUFFICIENT,     "POST /v1/payouts", FIVE, None, "You have insufficient funds in your Stripe account"),
    (Errors.NO_ACTIVE_CARD,           "POST /v1/charges", {**FIVE, "customer": "{customer}"}, "card", "Cannot charge a customer that has no active card"),
    (Errors.CAPABILITY_NOT_ACTIVE,    "POST /v1/charges as {restricted}", {**FIVE, "source": "tok_visa"}, None, "The account acct_"),
    (Errors.TRANSFER_CAPABILITY_MISSING, "POST /v1/transfers", {**FIVE, "destination": "{restricted}"}, "destination", "Your destination account needs to have at least one"),
    (Errors.APPLICATION_FEES_NOT_ALLOWED, INTENTS, {**FIVE, "application_fee_amount": 1}, "application_fee_amount", "Can only apply an application_fee_amount"),
    (Errors.TRANSFER_TOO_LARGE,       "POST /v1/transfers", {"amount": 1100, "currency": "usd", "destination": "{account}", "source_transaction": "{charge}"}, "amount", ""),
    (Errors.REVERSAL_TOO_LARGE,       "POST /v1/transfers/{transfer}/reversals", {"amount": 501}, "amount", ""),
    (Errors.RESOURCE_EXISTS,          "POST /v1/coupons", {"id": "{coupon}", "percent_off": 5}, "id", "Coupon already exists."),
    (Errors.INVOICE_NOT_EDITABLE,     "POST /v1/invoiceitems", {**FIVE, "customer": "{customer}", "invoice": "{invoice}"}, "invoice", ""),
    (Errors.INVOICE_UNEXPECTED_STATE, "DELETE /v1/invoices/{invoice}", {}, None, ""),
    (Errors.CUSTOMER_WITHOUT_METHOD,  "POST /v1/subscriptions", {"customer": "{customer}", "items": [{"price": "{price}"}]}, None, "This customer has no attached payment source or default payment method."),
    (Errors.COUPON_SPENT,             "POST /v1/subscriptions", {"customer": "{customer}", "items": [{"price": "{price}"}], "discounts": [{"coupon": "{spent_coupon}"}]}, "discounts[0][coupon]", ""),
    (Errors.SUBSCRIPTION_UNEXPECTED_STATE, "POST /v1/subscriptions/{subscription}/resume", {}, None, ""),
    (Errors.SESSION_UNEXPECTED_STATE, "POST /v1/checkout/sessions/{expired}/expire", {}, None, ""),
    (Errors.QUOTE_UNEXPECTED_STATE,   "POST /v1/quotes/{quote}/finalize", {}, None, ""),
)
DECLINED: tuple[tuple[str, str, str | None, str, str | None], ...] = (
    ("pm_card_visa_chargeDeclined",                      "card_declined",    "generic_decline",        "Your card was declined.", None),
    ("pm_card_visa_chargeDeclinedInsufficientFunds",     "card_declined",    "insufficient_funds",     "Your card has insufficient funds.", None),
    ("pm_card_visa_chargeDeclinedLostCard",              "card_declined",    "lost_card",              "Your card was declined.", None),
    ("pm_card_visa_chargeDeclinedStolenCard",            "card_declined",    "stolen_card",            "Your card was declined.", None),
    ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined",    "card_velocity_exceeded", "Your card was declined for making repeated attempts", None),
    ("pm_card_chargeDeclinedExpiredCard",                "expired_card",     "expired_card",           "Your card has expired.", "exp_month"),
    ("pm_card_chargeDeclinedIncorrectCvc",               "incorrect_cvc",    "incorrect_cvc",          "Your card's security code is incorrect.", "cvc"),
    ("pm_card_chargeDeclinedProcessingError",            "processing_error", "processing_error",       "An error occurred while processing your card.", None),
    ("pm_card_radarBlock",                               "card_declined",    "fraudulent",             "Your card was declined.", None),
)
# fmt: on

ELSEWHERE: Mapping[str, str] = {
    "API_KEY_MISSING API_KEY_INVALID SECRET_KEY_REQUIRED API_VERSION_INVALID MALFORMED_REQUEST": "test_stripe_wire",
    "IDEMPOTENCY_MISMATCH IDEMPOTENCY_KEY_IN_USE": "test_stripe_idempotency",
    "NOT_ALLOWED_ON_STANDARD COUNTRY_UNKNOWN": "test_stripe_connect",
    "SOURCE_UNUSABLE REVIEW_CLOSED AMOUNTS_MISMATCH DESCRIPTOR_MISMATCH VERIFICATION_EXCEEDED VERIFICATION_TIMEOUT "
    "CHARGE_EXPIRED_FOR_CAPTURE": "test_stripe_legacy",
    "INVOICE_WITHOUT_LINES": "test_stripe_invoices",
    "CLOCK_BUSY": "test_stripe_catalog",
    "API_KEY_EXPIRED PERMISSION_DENIED REQUEST_TOO_LARGE CHARGE_NOT_REFUNDABLE RATE_LIMIT "
    "LOCK_TIMEOUT INTERNAL UNAVAILABLE": "only where a scenario or the server itself says so",
}


def test_every_refusal_is_shown_here_or_elsewhere() -> None:
    here = {row.name for row, *_ in REFUSED}
    elsewhere = {name for names in ELSEWHERE for name in names.split()}
    refusals = {row.name for row in Errors if row.fault is not Fault.DECLINED}
    assert here | elsewhere == refusals
    assert not here & elsewhere


@pytest.mark.parametrize(("card", "code", "decline_code", "message", "param"), DECLINED)
async def test_a_declined_card_has_its_documented_members(
    card: str, code: str, decline_code: str | None, message: str, param: str | None
) -> None:
    async with shop() as it:
        error = await it.refused("POST", "/v1/payment_intents", **CONFIRMED, payment_method=card)
        assert (error["http"], error["type"], error["code"]) == (402, "card_error", code)
        assert (error.get("decline_code"), error.get("param")) == (decline_code, param)
        assert error["message"].startswith(message)
        assert error["payment_intent"]["last_payment_error"]["charge"] == error["charge"]


PRECEDENCE: tuple[tuple[Errors, dict[str, Any]], ...] = (
    (Errors.PARAMETER_UNKNOWN, {"nonsense": "1"}),
    (Errors.PARAMETER_MISSING, {"amount": None}),
    (Errors.PARAMETER_INVALID, {"confirm": "perhaps"}),
    (Errors.REFERENCE_MISSING, {"customer": "cus_none"}),
)
"""From the first that is told to the last, each with what brings it about."""


@pytest.mark.parametrize("first", range(len(PRECEDENCE)))
async def test_of_several_errors_the_first_is_told(first: int) -> None:
    wrong = {name: value for _, broken in PRECEDENCE[first:] for name, value in broken.items()}
    params = {name: value for name, value in {**CONFIRMED, **wrong}.items() if value is not None}
    async with shop() as it:
        error = await it.refused("POST", "/v1/payment_intents", **params, payment_method="pm_card_visa_chargeDeclined")
        assert error.get("code", "") == PRECEDENCE[first][0].code
        assert (await it.get("/v1/payment_intents"))["data"] == [], "and nothing is written"


async def filled(it: Shop, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: await filled(it, inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [await filled(it, inner) for inner in value]
    if isinstance(value, str) and "{" in value:
        name = value.partition("{")[2].partition("}")[0]
        return value.replace(f"{{{name}}}", await MAKERS[name](it))
    return value


@pytest.mark.parametrize(("row", "request_line", "params", "param", "message"), REFUSED,
                         ids=[row.name.lower() for row, *_ in REFUSED])
async def test_an_error_has_its_documented_members(
    row: Errors, request_line: str, params: dict[str, Any], param: str | None, message: str
) -> None:
    async with shop() as it:
        asked = await filled(it, params)
        method, path, *acting = (await filled(it, request_line)).replace(" as ", " ").split(" ")
        error = await (it.on(acting[0]) if acting else it).refused(method, path, **asked)
        assert (error["http"], error["type"]) == (row.http, row.columns["type"])
        assert (error.get("code", ""), error.get("param")) == (row.code, param)
        assert error["message"].startswith(message)
        assert error.get("decline_code", "") == row.columns.get("decline_code", "")
        assert ("doc_url" in error) == bool(row.code)
