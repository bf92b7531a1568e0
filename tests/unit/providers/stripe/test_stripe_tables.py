"""The tables of the Stripe simulator: errors, versions, cards, amounts, settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from paydouble.core.clock import Instant
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import Fault, ProviderError
from paydouble.providers.stripe import accounts, amounts, settling, versions
from paydouble.providers.stripe.errors import Errors, bracketed, broken_contract, decline, shown
from paydouble.providers.stripe.operations import payment_intents
from paydouble.providers.stripe.settings import account_facts, terms_of
from paydouble.providers.stripe.test_values import CARDS, card_of_id, passes_luhn
from tests.contracts.samples import SPECS

CODES = SPECS / "error-codes.txt"
REASONS = (
    "insufficient_funds card_expired wrong_cvc lost_or_stolen do_not_honor limit_exceeded fraud_suspected payer_closed "
    "account_frozen not_permitted processing_error duplicate_ref already_paid expired risk_review seller_balance_low "
    "refund_window_over"
).split()


@dataclass(frozen=True)
class Broken:
    """A violation as the contracts report it."""

    pointer: str
    keyword: str
    value: object = None
    expected: object = None
    label: str = ""


UNKNOWN = Broken("/extra", "additionalProperties", "1")
MISSING = Broken("/currency", "required")
WRONG = Broken("/amount", "type", "ten", "integer")


# fmt: off
@pytest.mark.parametrize(("violations", "row", "param"), [
    ([WRONG, MISSING, UNKNOWN],                               Errors.PARAMETER_UNKNOWN,         "extra"),
    ([WRONG, MISSING],                                        Errors.PARAMETER_MISSING,         "currency"),
    ([WRONG],                                                 Errors.PARAMETER_INVALID_INTEGER, "amount"),
    ([Broken("/amount", "type", "", "integer")],              Errors.PARAMETER_INVALID_EMPTY,   "amount"),
    ([Broken("/amount", "maximum", 10**9, 99_999_999)],       Errors.AMOUNT_TOO_LARGE,          "amount"),
    ([Broken("/confirm", "type", "yes", "boolean")],          Errors.PARAMETER_INVALID,         "confirm"),
    ([Broken("/capture_method", "enum", "x", ["a", "b"])],    Errors.PARAMETER_INVALID,         "capture_method"),
    ([Broken("/shipping/address/city", "maxLength", "x" * 50, 5)], Errors.PARAMETER_INVALID,    "shipping[address][city]"),
    ([Broken("/payment_method_data/card/exp_month", "maximum", 13, 12)], Errors.INVALID_EXPIRY_MONTH, None),
])  # fmt: skip
# fmt: on
def test_a_broken_contract_is_told_in_stripes_order(
    violations: list[Broken], row: Errors, param: str | None
) -> None:
    error = broken_contract(payment_intents.create, violations)
    assert (error.row, error.details.get("param")) == (row, param)


def test_all_unknown_parameters_are_named() -> None:
    error = broken_contract(payment_intents.create, [UNKNOWN, Broken("/a/b", "additionalProperties")])
    assert error.message == "Received unknown parameters: extra, a[b]"
    assert bracketed("/a/b~1c/0") == "a[b/c][0]"


@pytest.mark.parametrize("reason", REASONS)
def test_every_neutral_reason_stands_for_a_row(reason: str) -> None:
    assert any(reason in row.reasons for row in Errors)


def test_declines_by_native_code_then_reason_then_in_general() -> None:
    assert decline(Outcome(Result.DECLINED, native_code="expired_card")).row is Errors.EXPIRED_CARD
    assert decline(Outcome(Result.DECLINED, reason="wrong_cvc")).row is Errors.INCORRECT_CVC
    assert decline(Outcome(Result.DECLINED)).row is Errors.GENERIC_DECLINE
    other = shown(decline(Outcome(Result.DECLINED, native_code="call_issuer", message="Call them.")))
    assert (other["code"], other["decline_code"], other["message"]) == ("card_declined", "call_issuer", "Call them.")


def test_every_row_is_of_a_type_that_fits_its_status() -> None:
    for row in Errors:
        assert row.columns["type"] in {
            "invalid_request_error", "card_error", "api_error", "idempotency_error"}
        assert (row.columns["type"] == "card_error") == (row.http == 402 and row is not Errors.AUTHENTICATION_FAILURE)
    assert {row.fault for row in Errors} >= set(Fault) - {Fault.SIGNATURE_REJECTED}


@pytest.mark.skipif(not CODES.is_file(), reason="the official list of codes is not at hand")
def test_every_code_is_on_stripes_own_list() -> None:
    listed = set(CODES.read_text(encoding="utf-8").split())
    assert {row.code for row in Errors if row.code} - listed == {Errors.TRANSFER_CAPABILITY_MISSING.code}


def test_the_versions_are_in_order() -> None:
    assert sorted(versions.VERSIONS) == list(versions.VERSIONS)
    dates = [change.version for change in versions.CHANGES]
    assert dates == sorted(dates, reverse=True), "newest first"


def first_of(body: Mapping[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = body["data"][0]
    return first


def test_an_older_version_shows_what_it_knew() -> None:
    body = {"object": "list", "data": [{
        "object": "charge", "status": "succeeded", "amount": 500, "amount_captured": 300, "amount_refunded": 0,
        "refunded": False, "payment_method_details": {"card": {}}, "payment_intent": {
            "object": "payment_intent", "status": "succeeded", "payment_record": None,
            "allowed_payment_method_types": None},
    }]}
    assert versions.rendered(body, versions.NEWEST) is body
    clover = first_of(versions.rendered(body, "2025-09-30.clover"))
    assert "payment_record" not in clover["payment_intent"]
    assert (clover["amount_refunded"], "invoice" in clover) == (0, False)
    acacia = first_of(versions.rendered(body, "2025-02-24.acacia"))
    assert (acacia["amount_refunded"], acacia["invoice"], acacia["payment_intent"]["invoice"]) == (200, None, None)
    assert first_of(body)["amount_refunded"] == 0, "the body itself is left alone"


def test_renamed_parameters_belong_to_their_versions() -> None:
    path = "/v1/payment_intents"
    old: dict[str, object] = {"payment_method_types": []}
    new: dict[str, object] = {"allowed_payment_method_types": []}
    assert versions.unknown_parameters(path, old, "2026-03-25.dahlia") is None
    assert versions.unknown_parameters(path, new, "2026-03-25.dahlia") is not None
    assert versions.unknown_parameters(path, old, versions.NEWEST) is not None
    assert versions.unknown_parameters(path, new, versions.NEWEST) is None
    assert versions.unknown_parameters("/v1/customers", old, versions.NEWEST) is None


def test_the_test_cards_are_well_formed_and_found_by_their_ids() -> None:
    assert len({card.number for card in CARDS}) == len(CARDS)
    names = [name for card in CARDS for name in card.names]
    assert len(set(names)) == len(names)
    for card in CARDS:
        assert passes_luhn(card.number), card.number
        if card.decline:
            assert decline(Outcome(Result.DECLINED, native_code=card.decline)).row.fault is Fault.DECLINED
    visa, token = card_of_id("pm_card_visa"), card_of_id("tok_visa")
    assert visa is not None
    assert visa is token
    assert card_of_id("pm_card_nothing") is None
    assert not passes_luhn("4242424242424241")


# fmt: off
@pytest.mark.parametrize(("amount", "currency", "row"), [
    (50,          "usd", None),
    (49,          "usd", Errors.AMOUNT_TOO_SMALL),
    (50,          "jpy", None),
    (99_999_999,  "usd", None),
    (100_000_000, "usd", Errors.AMOUNT_TOO_LARGE),
    (1010,        "kwd", None),
    (1011,        "kwd", Errors.PARAMETER_INVALID_INTEGER),
    (500,         "ugx", None),
    (501,         "ugx", Errors.PARAMETER_INVALID_INTEGER),
])
# fmt: on
def test_what_can_be_charged(amount: int, currency: str, row: Errors | None) -> None:
    if row is None:
        amounts.check_charge(amount, currency)
        return
    with pytest.raises(ProviderError) as caught:
        amounts.check_charge(amount, currency)
    assert caught.value.row is row


def test_amounts_are_shown_in_their_currencys_decimals() -> None:
    assert amounts.display(1099, "usd") == "$10.99"
    assert amounts.display(1099, "jpy") == "¥1099"
    assert amounts.display(1099, "kwd") == "1.099 kwd"


def test_money_becomes_available_two_business_days_later() -> None:
    friday = Instant(1_772_806_000_000)     # 2026-03-06T14:06:40Z
    tuesday = Instant(1_773_100_800_000)    # 2026-03-10T00:00:00Z
    assert settling.available_on(friday) == tuesday


def test_an_account_carries_the_settings_it_was_made_with() -> None:
    facts = account_facts({"fee_rate": "15000", "fee_fixed": "25", "settles_after": "1m", "webhook_timeout": "5s"})
    terms = terms_of(accounts.merchant("other", None, facts))  # type: ignore[arg-type]
    assert (terms.fee(1000, "US"), terms.fee(1000, "FR"), terms.settles_after) == (40, 55, 60_000)


@pytest.mark.parametrize("settings", [{"fee": "1"}, {"fee_rate": "x"}, {"settles_after": "soon"}, {"api_version": "1"}])
def test_settings_that_make_no_sense(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        account_facts(settings)


def test_credentials_are_well_known_by_default_and_derived_otherwise() -> None:
    default = accounts.merchant("default", None, {})  # type: ignore[arg-type]
    assert default.handles == ("sk_test_paydouble_default", "pk_test_paydouble_default")
    one, again, other = (accounts.merchant(name, None, {}) for name in ("a", "a", "b"))  # type: ignore[arg-type]
    assert one.handles == again.handles != other.handles
    given = accounts.credentials(default, "http://127.0.0.1:4800")
    assert {given.fields[field] for field in given.environment.values()} == {
        "sk_test_paydouble_default", "pk_test_paydouble_default", "whsec_paydouble_default", "http://127.0.0.1:4800"}
