"""Source (https://docs.stripe.com/api/sources/object), and a card as the old API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.record import Record
from paydouble.providers.stripe.models.payment_methods import PaymentMethod
from paydouble.providers.stripe.models.shapes import EMPTY, Json
from paydouble.providers.stripe.models.tokens import LEGACY_BRANDS

NO_OWNER: Json = dict.fromkeys(
    ("address", "email", "name", "phone",
     "verified_address", "verified_email", "verified_name", "verified_phone")
)  # fmt: skip


def card_shown(method: PaymentMethod) -> dict[str, object]:
    """A saved card by its old name."""
    card, checks, who = method.card, method.checks, method.billing_details
    at = who["address"] or EMPTY
    return {
        "id": method.id,
        "object": "card",
        "address_city": at.get("city"),
        "address_country": at.get("country"),
        "address_line1": at.get("line1"),
        "address_line1_check": checks["address_line1_check"],
        "address_line2": at.get("line2"),
        "address_state": at.get("state"),
        "address_zip": at.get("postal_code"),
        "address_zip_check": checks["address_postal_code_check"],
        "brand": LEGACY_BRANDS.get(card.brand, "Unknown"),
        "country": card.country,
        "customer": method.customer or None,
        "cvc_check": checks["cvc_check"],
        "dynamic_last4": None,
        "exp_month": method.exp_month,
        "exp_year": method.exp_year,
        "fingerprint": method.fingerprint,
        "funding": card.funding,
        "last4": card.number[-4:],
        "metadata": method.metadata,
        "name": who["name"],
        "regulated_status": "unregulated",
        "tokenization_method": None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Record):
    """Amount in minor units. Status: pending, chargeable, consumed, failed, canceled."""

    kind: ClassVar[str] = "stripe.source"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer")

    status: str = "pending"
    merchant: str
    type: str
    flow: str
    client_secret: str
    usage: str = "reusable"
    amount: int | None = None
    currency: str = ""
    customer: str = ""
    method: PaymentMethod | None = None
    """What is charged behind it."""
    owner: Json = field(default_factory=lambda: NO_OWNER)
    redirect: Json | None = None
    statement_descriptor: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        shape: dict[str, object] = {
            "id": self.id,
            "object": "source",
            "amount": self.amount,
            "client_secret": self.client_secret,
            "created": self.created // 1_000,
            "currency": self.currency or None,
            "flow": self.flow,
            "livemode": False,
            "metadata": self.metadata,
            "owner": self.owner,
            "statement_descriptor": self.statement_descriptor or None,
            "status": self.status,
            "type": self.type,
            "usage": self.usage,
            self.type: self._details(),
        }
        if self.customer:
            shape["customer"] = self.customer
        if self.redirect is not None:
            shape["redirect"] = self.redirect
        return shape

    def _details(self) -> Json:
        if self.method is None:
            return EMPTY
        details = self.method.details()
        names = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
        kept = {name: details[name] for name in names if name in details}
        return {**kept, "three_d_secure": "optional"} if self.type == "card" else kept
