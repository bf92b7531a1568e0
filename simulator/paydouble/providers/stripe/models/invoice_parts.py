"""What an invoice is made of and paid by: its lines, the items that wait for it, and its payments.

https://docs.stripe.com/api/invoice-line-item/object, …/api/invoiceitems/object, …/api/invoice-payment/object
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import Json


def seconds(instant: Instant | None) -> int | None:
    """As the API shows a time."""
    return None if instant is None else instant // 1_000


def _pricing(price: str, product: str, unit: str) -> Json | None:
    if not price and not unit:
        return None
    return {
        **({"price_details": {"price": price, "product": product}} if price else {}),
        "type": "price_details", "unit_amount_decimal": unit or None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: amounts in minor units, without what is taken off and without exclusive taxes."""

    id: str
    amount: int
    currency: str
    description: str = ""
    discountable: bool = True
    discount_amounts: tuple[Json, ...] = ()
    discounts: tuple[str, ...] = ()
    invoice_item: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    period_end: Instant
    period_start: Instant
    price: str = ""
    product: str = ""
    proration: bool = False
    quantity: int | None = 1
    subscription: str = ""
    subscription_item: str = ""
    taxes: tuple[Json, ...] = ()
    tax_rates: tuple[Json, ...] = ()
    unit_amount_decimal: str = ""

    @property
    def discounted(self) -> int:
        return sum(int(each["amount"]) for each in self.discount_amounts)

    @property
    def exclusive_tax(self) -> int:
        return sum(int(each["amount"]) for each in self.taxes if each["tax_behavior"] == "exclusive")

    def shown(self, invoice: str) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "line_item",
            "amount": self.amount,
            "currency": self.currency,
            "description": self.description or None,
            "discount_amounts": list(self.discount_amounts),
            "discountable": self.discountable,
            "discounts": list(self.discounts),
            "invoice": invoice or None,
            "livemode": False,
            "metadata": self.metadata,
            "parent": self._parent(),
            "period": {"end": self.period_end // 1_000, "start": self.period_start // 1_000},
            "pretax_credit_amounts": [
                {**each, "type": "discount"} for each in self.discount_amounts
            ],
            "pricing": _pricing(self.price, self.product, self.unit_amount_decimal),
            "quantity": self.quantity,
            "quantity_decimal": None if self.quantity is None else str(self.quantity),
            "subscription": self.subscription or None,
            "subtotal": self.amount,
            "taxes": list(self.taxes),
        }

    def _parent(self) -> Json | None:
        about = {
            "invoice_item": self.invoice_item or None, "proration": self.proration,
            "proration_details": None, "subscription": self.subscription or None,
        }
        if self.subscription_item:
            return {
                "invoice_item_details": None, "type": "subscription_item_details",
                "subscription_item_details": {**about, "subscription_item": self.subscription_item},
            }
        return {
            "invoice_item_details": about, "subscription_item_details": None, "type": "invoice_item_details"
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceItem(Record):
    """Pending until an invoice takes it. Amounts in minor units."""

    kind: ClassVar[str] = "stripe.invoice_item"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer", "invoice", "pending_of")

    merchant: str
    customer: str
    amount: int
    currency: str
    description: str = ""
    discountable: bool = True
    discounts: tuple[str, ...] = ()
    invoice: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    period_end: Instant
    period_start: Instant
    price: str = ""
    product: str = ""
    proration: bool = False
    quantity: int = 1
    subscription: str = ""
    subscription_item: str = ""
    tax_rates: tuple[Json, ...] = ()
    test_clock: str = ""
    unit_amount_decimal: str = ""

    @property
    def pending_of(self) -> str:
        return "" if self.invoice else self.customer

    def shown(self) -> dict[str, object]:
        parent: Json | None = None
        if self.subscription:
            details = {"subscription": self.subscription, "subscription_item": self.subscription_item or None}
            parent = {"subscription_details": details, "type": "subscription_details"}
        return {
            "id": self.id,
            "object": "invoiceitem",
            "amount": self.amount,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "date": self.created // 1_000,
            "description": self.description or None,
            "discountable": self.discountable,
            "discounts": list(self.discounts),
            "invoice": self.invoice or None,
            "livemode": False,
            "metadata": self.metadata,
            "net_amount": self.amount,
            "parent": parent,
            "period": {"end": self.period_end // 1_000, "start": self.period_start // 1_000},
            "pricing": _pricing(self.price, self.product, self.unit_amount_decimal),
            "proration": self.proration,
            "quantity": self.quantity,
            "quantity_decimal": str(self.quantity),
            "tax_rates": list(self.tax_rates),
            "test_clock": self.test_clock or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePayment(Record):
    """What joins an invoice to a PaymentIntent. Status: open, paid, canceled."""

    kind: ClassVar[str] = "stripe.invoice_payment"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "invoice", "payment_intent")

    status: str = "open"
    merchant: str
    invoice: str
    payment_intent: str
    amount_requested: int
    currency: str
    amount_paid: int | None = None
    canceled_at: Instant | None = None
    paid_at: Instant | None = None

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "invoice_payment",
            "amount_paid": self.amount_paid,
            "amount_requested": self.amount_requested,
            "created": self.created // 1_000,
            "currency": self.currency,
            "invoice": self.invoice,
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": self.payment_intent, "type": "payment_intent"},
            "status": self.status,
            "status_transitions": {
                "canceled_at": seconds(self.canceled_at), "paid_at": seconds(self.paid_at)
            },
        }
