"""What several of Stripe's objects have in common: an account they belong to, metadata, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from paydouble.core.clock import Instant

Json = Mapping[str, Any]

EMPTY: Json = {}

REF_KEYS = ("order_id", "ref", "client_reference_id")
"""Keys of the metadata under which merchants keep their own order number."""


class Owned(Protocol):
    """A record of one account."""

    @property
    def id(self) -> str: ...

    @property
    def created(self) -> Instant: ...

    @property
    def merchant(self) -> str: ...


def order_ref(metadata: Json) -> str:
    """The merchant's order number; empty where the metadata has none."""
    for key in REF_KEYS if metadata else ():
        value = metadata.get(key)
        if value:
            return str(value)
    return ""


def intent_shown(id: str) -> str | None:
    """A charge that was made in the old way is its own payment: no PaymentIntent is shown for it."""
    return id if id.startswith("pi_") else None


_ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def address(given: Json) -> dict[str, object]:
    return {name: given.get(name) or None for name in _ADDRESS}


NOBODY: Json = {
    "address": dict.fromkeys(_ADDRESS),
    "email": None,
    "name": None,
    "phone": None,
    "tax_id": None,
}


def billing_details(given: Json) -> Json:
    """Who pays, with all members."""
    if not given:
        return NOBODY
    return {
        "address": address(given.get("address") or EMPTY),
        "email": given.get("email") or None,
        "name": given.get("name") or None,
        "phone": given.get("phone") or None,
        "tax_id": given.get("tax_id") or None,
    }


def shipping(given: Json | None) -> Json | None:
    """Where the goods go, with all members; None where nothing or an empty string was sent."""
    if not given:
        return None
    return {
        "address": address(given.get("address") or EMPTY),
        "carrier": given.get("carrier") or None,
        "name": given.get("name") or None,
        "phone": given.get("phone") or None,
        "tracking_number": given.get("tracking_number") or None,
    }
