"""The small parts: tokens, fees, cards, patches, settings, machines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.core.clock import DAY, Instant
from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.money import Money
from paydouble.engine.keyring import well_known
from paydouble.providers.paypal import build, cards, certificates, identifiers, merchants, tokens
from paydouble.providers.paypal.amounts import CURRENCIES
from paydouble.providers.paypal.event_types import EVENT_TYPES
from paydouble.providers.paypal.operations.webhook_events import slices
from paydouble.providers.paypal.patching import patched
from paydouble.providers.paypal.provider import RETRIES
from paydouble.providers.paypal.settings import FIXED_FEES, Terms, settings_of, terms_of
from paydouble.providers.paypal.signatures import signed_text


def test_a_token_names_its_client_and_its_end() -> None:
    text = tokens.issue("client", "secret", "n" * 15, Instant(1_000))
    read = tokens.read(text)
    assert read is not None
    assert (len(text), read.handle, read.expires) == (97, tokens.short_handle("client"), 1_000)
    assert read.is_genuine("secret")
    assert not read.is_genuine("other")


@given(st.text(max_size=120))
def test_no_text_is_taken_for_a_token(text: str) -> None:
    read = tokens.read(text)
    assert read is None or not read.is_genuine("secret")


@given(st.integers(min_value=0, max_value=96))
def test_a_token_with_another_character_is_not_genuine(at: int) -> None:
    text = tokens.issue("client", "secret", "n" * 15, Instant(1_000))
    other = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1:]
    read = tokens.read(other)
    assert read is None or not read.is_genuine("secret")


FEES = [
    (10_000, "USD", False, 398), (1_234, "USD", True, 81), (1_000, "JPY", False, 84), (10, "USD", False, 10),
    (100_000, "HUF", False, 3_639),
]


@pytest.mark.parametrize(("minor", "currency", "card", "fee"), FEES)
def test_fees_are_a_share_and_a_fixed_part(minor: int, currency: str, card: bool, fee: int) -> None:
    assert Terms().fee(Money(minor, currency), card=card) == fee


def test_every_currency_has_a_fixed_fee() -> None:
    assert FIXED_FEES.keys() == CURRENCIES


CARDS = [
    ("4111111111111111", "VISA"), ("371449635398431", "AMEX"), ("2223000048400011", "MASTERCARD"),
    ("36259600000004", "DINERS"), ("6304000000000000", "MAESTRO"), ("6507720016523241", "DISCOVER"),
]


@pytest.mark.parametrize(("number", "brand"), CARDS)
def test_a_card_tells_its_brand(number: str, brand: str) -> None:
    assert cards.brand(number) == brand


@pytest.mark.parametrize("number", [*cards.SECURE, "4012888888881881", "4111111111111111"])
def test_documented_cards_pass_the_checksum(number: str) -> None:
    assert cards.passes_luhn(number)


def test_a_card_is_good_to_the_end_of_its_month() -> None:
    january = Instant(1_769_860_800_000)    # 2026-01-31
    assert not cards.is_expired("2026-01", january)
    assert cards.is_expired("2026-01", Instant(january + DAY))


UNIT = {"reference_id": "default", "amount": {"currency_code": "USD", "value": "1.00"}}


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
))
def test_a_patch_is_applied_or_refused_whatever_its_value(value: Any) -> None:
    for place in ("amount", "items", "shipping/options", "shipping/address", "payment_instruction", "custom_id"):
        path = f"/purchase_units/@reference_id=='default'/{place}"
        refused = 0
        try:
            changed = patched([{"op": "replace", "path": path, "value": value}], "CAPTURE", [UNIT], {})
        except ProviderError as error:
            refused = error.row.http
        assert refused in (400, 422) or changed.units[0]["amount"]["currency_code"]


def test_a_unit_is_added_under_a_new_reference() -> None:
    patch = {"op": "add", "path": "/purchase_units/@reference_id=='b'", "value": UNIT}
    assert [unit["reference_id"] for unit in patched([patch], "CAPTURE", [UNIT], {}).units] == ["default", "b"]


@pytest.mark.parametrize("settings", [
    {"nope": "1"}, {"token_lifetime": "soon"}, {"wallet_percent": "x"}, {"unique_invoices": "yes"},
    {"webhook_urls": "none"},
])
def test_unknown_settings_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        settings_of(settings)


def test_settings_reach_the_merchant() -> None:
    merchant = merchants.merchant("s", well_known(), {"attempts_max": "3", "refund_zone": "on"})
    assert (terms_of(merchant).attempts_max, terms_of(merchant).refund_zone) == (3, True)


def test_the_default_merchant_is_well_known_and_others_are_not() -> None:
    first = merchants.merchant("default", well_known(), {})
    assert (first.id, first.secrets["client_secret"], first.secrets["webhook_id"]) == (
        "paydouble-default", "paydouble-default-secret", "WH-PAYDOUBLE-DEFAULT",
    )
    other = merchants.merchant("s1", well_known(), {})
    assert len(other.id) == 80
    assert set(first.handles).isdisjoint(other.handles)
    assert set(certificates.names("s1").values()) <= set(other.handles)


def test_an_orders_id_ends_with_its_merchants_code() -> None:
    class Counting:
        def token(self, length: int, alphabet: str = "A") -> str:
            return alphabet[0] * length

    id = identifiers.order_id(Counting(), "s1")
    assert len(id) == 17
    assert identifiers.merchant_code(id) in merchants.merchant("s1", well_known(), {}).handles


def test_webhooks_come_25_times_more_within_three_days() -> None:
    assert len(RETRIES.delays) == 25
    assert 2 * DAY < sum(RETRIES.delays) <= 3 * DAY


def test_the_signed_text_has_the_checksum_in_decimal() -> None:
    assert signed_text("id", "2026-03-01T12:00:00Z", "WH", b"123456789") == (
        b"id|2026-03-01T12:00:00Z|WH|3421780262"
    )


def test_the_event_is_cut_out_of_the_request_as_it_stands() -> None:
    event = {"a": "x\"webhook_event\":1", "b": 1.0}
    raw = b'{"webhook_id":"1", "webhook_event" : {"a":"x\\"webhook_event\\":1",  "b":1.0} }'
    assert list(slices(raw, event)) == [b'{"a":"x\\"webhook_event\\":1",  "b":1.0}']


def test_every_announced_event_is_one_of_paypals() -> None:
    provider = build()
    told = set(provider.words.events)
    assert told <= EVENT_TYPES.keys()


@pytest.mark.parametrize("table", build().errors)
def test_every_issue_is_told_under_its_own_name(table: type[ErrorTable]) -> None:
    for row in table:
        assert row.message
        assert 400 <= row.http < 600
