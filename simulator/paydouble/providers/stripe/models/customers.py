"""Customer (https://docs.stripe.com/api/customers/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import Json

DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Record):
    """Status: empty, or deleted: a deleted customer is still found by its id."""

    kind: ClassVar[str] = "stripe.customer"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "email", "test_clock")

    merchant: str
    address: Json | None = None
    balance: int = 0
    business_name: str = ""
    currency: str = ""
    """Of its balance and its subscriptions, from the first one on."""
    default_source: str = ""
    """A card or Source that it has in the old way."""
    delinquent: bool = False
    description: str = ""
    email: str = ""
    individual_name: str = ""
    invoice_prefix: str = ""
    invoice_settings: Json = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    next_invoice_sequence: int = 1
    phone: str = ""
    preferred_locales: tuple[str, ...] = ()
    shipping: Json | None = None
    tax_exempt: str = "none"
    test_clock: str = ""

    @property
    def deleted(self) -> bool:
        return self.status == DELETED

    def shown(self) -> dict[str, object]:
        if self.deleted:
            return {"id": self.id, "object": "customer", "deleted": True}
        settings = self.invoice_settings
        shape: dict[str, object] = {
            "id": self.id,
            "object": "customer",
            "address": self.address,
            "balance": self.balance,
            "created": self.created // 1_000,
            "currency": self.currency or None,
            "customer_account": None,
            "default_source": self.default_source or None,
            "delinquent": self.delinquent,
            "description": self.description or None,
            "discount": None,
            "email": self.email or None,
            "invoice_prefix": self.invoice_prefix or None,
            "invoice_settings": {
                "custom_fields": settings.get("custom_fields") or None,
                "default_payment_method": settings.get("default_payment_method") or None,
                "footer": settings.get("footer") or None,
                "rendering_options": settings.get("rendering_options") or None,
            },
            "livemode": False,
            "metadata": self.metadata,
            "name": self.name or None,
            "next_invoice_sequence": self.next_invoice_sequence,
            "phone": self.phone or None,
            "preferred_locales": list(self.preferred_locales),
            "shipping": self.shipping,
            "tax_exempt": self.tax_exempt,
            "test_clock": self.test_clock or None,
        }
        for name in ("business_name", "individual_name"):
            if value := getattr(self, name):
                shape[name] = value
        return shape
