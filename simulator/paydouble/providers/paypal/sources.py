"""Payment sources: what an order is paid with, how answers show it, and what its payer must do first.

https://developer.paypal.com/docs/api/orders/v2/#definition-payment_source
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from paydouble.core.clock import Instant
from paydouble.providers.paypal import cards
from paydouble.providers.paypal.identifiers import PAYER_ALPHABET
from paydouble.providers.paypal.merchants import derived
from paydouble.providers.paypal.order_errors import OrderErrors

Json = dict[str, Any]
WALLETS = ("paypal", "venmo")
KINDS = (
    "card", "token", *WALLETS, "apple_pay", "google_pay", "bancontact", "blik", "eps", "giropay", "ideal",
    "mybank", "p24", "sofort", "trustly",
)
"""What else a request names is ignored, as any field that the API does not know (unverified for sources).

The official document has no Apple Pay and no Google Pay in answers; that they look like banks is unverified.
"""
SOURCE = "/payment_source"
_CARD = f"{SOURCE}/card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One of a request's payment sources, read."""

    kind: str
    shown: Mapping[str, Any]
    pays: bool = False
    """Money can be taken without another word of the payer."""
    asks: bool = False
    """The payer must do something first."""
    card: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)


def read(given: Mapping[str, Any], now: Instant, *, magic: bool = True) -> Source | None:
    """Raises what the API says of a source that cannot be used; None where there is none that it knows."""
    kinds = [kind for kind in KINDS if isinstance(given.get(kind), dict)]
    if not kinds:
        return None
    if len(kinds) > 1:
        raise OrderErrors.ONLY_ONE_PAYMENT_SOURCE_ALLOWED(field=SOURCE, location="body")
    [kind] = kinds
    source = given[kind]
    context = source.get("experience_context") or {}
    if kind == "card":
        return _card(source, context, now, magic)
    if kind == "token":
        return Source(kind=kind, shown={}, pays=True)
    kept = {name: source[name] for name in ("name", "country_code", "email") if name in source}
    return Source(kind=kind, shown={kind: {} if kind in WALLETS else kept}, asks=True, context=context)


def _card(card: Mapping[str, Any], context: Mapping[str, Any], now: Instant, magic: bool) -> Source:
    number, expiry = str(card.get("number", "")), str(card.get("expiry", ""))
    if not number:
        return Source(kind="card", shown={"card": {}}, asks=True, context=context)
    if not cards.passes_luhn(number):
        raise OrderErrors.PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED(field=f"{_CARD}/number", location="body")
    if not expiry:
        raise OrderErrors.MISSING_REQUIRED_PARAMETER(field=f"{_CARD}/expiry", location="body", value="")
    if cards.is_expired(expiry, now):
        raise OrderErrors.CARD_EXPIRED(field=f"{_CARD}/expiry", location="body")
    brand = cards.brand(number)
    code = str(card.get("security_code", ""))
    if code and len(code) != (4 if brand == "AMEX" else 3):
        raise OrderErrors.INVALID_SECURITY_CODE_LENGTH(field=f"{_CARD}/security_code", location="body")
    method = ((card.get("attributes") or {}).get("verification") or {}).get("method", "")
    found = cards.authentication(number, method, magic=magic)
    shown = {
        **({"name": card["name"]} if "name" in card else {}),
        "last_digits": number[-4:], "expiry": expiry, "brand": brand, "type": "CREDIT",
        "available_networks": [brand],
    }
    asks = found is not None and found.asks
    if found is not None and not asks:
        shown["authentication_result"] = cards.authentication_result(found)
    kept = {"name": str(card.get("name", ""))}
    if found is not None and asks:
        kept |= {"shift": found.shift, "enrolled": found.enrolled, "authenticated": found.authenticated}
    return Source(kind="card", shown={"card": shown}, pays=not asks, asks=asks, card=kept, context=context)


def authenticated(order_source: Mapping[str, Any], card: Mapping[str, Any]) -> Json:
    """The card after its holder was at the bank."""
    found = cards.Authentication(
        card.get("shift", "POSSIBLE"), card.get("enrolled", "Y"), card.get("authenticated", "Y")
    )
    return {"card": {**order_source["card"], "authentication_result": cards.authentication_result(found)}}


def buyer(sandbox: str, details: Mapping[str, Any]) -> Json:
    """The sandbox's personal account; the act's details may name another."""
    id = derived(sandbox, "buyer", 13, PAYER_ALPHABET)
    email = str(details.get("email", f"sb-{id.lower()}@personal.example.com"))
    id = str(details.get("payer_id", id))
    given, surname = str(details.get("given_name", "John")), str(details.get("surname", "Doe"))
    return {
        "name": {"given_name": given, "surname": surname}, "email_address": email, "payer_id": id,
        "address": {"country_code": str(details.get("country_code", "US"))},
    }


def wallet(payer: Json) -> Json:
    """The payer as a payment source."""
    return {
        "email_address": payer["email_address"], "account_id": payer["payer_id"],
        "account_status": "VERIFIED", "name": payer["name"], "address": payer["address"],
    }


def kept_wallet(payer: Json) -> Json:
    """The payer as the vault keeps a wallet."""
    return {
        "email_address": payer["email_address"], "payer_id": payer["payer_id"], "name": payer["name"],
        "address": payer["address"],
    }


def address_on_file(payer: Json) -> Json:
    name = payer["name"]
    return {
        "name": {"full_name": f"{name['given_name']} {name['surname']}"},
        "address": {
            "address_line_1": "1 Main St", "admin_area_2": "San Jose", "admin_area_1": "CA",
            "postal_code": "95131", "country_code": payer["address"]["country_code"],
        },
    }
