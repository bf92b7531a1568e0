"""CreditNote and its lines (https://docs.stripe.com/api/credit_notes/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLine:
    """What is taken back of one line; amounts in minor units, without exclusive taxes."""

    id: str
    amount: int
    description: str = ""
    discount: int = 0
    invoice_line_item: str = ""
    quantity: int | None = None
    tax: int = 0
    unit_amount: int | None = None

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "credit_note_line_item",
            "amount": self.amount,
            "description": self.description or None,
            "discount_amount": self.discount,
            "discount_amounts": [],
            **({"invoice_line_item": self.invoice_line_item} if self.invoice_line_item else {}),
            "livemode": False,
            "metadata": {},
            "pretax_credit_amounts": [],
            "quantity": self.quantity,
            "tax_rates": [],
            "taxes": [],
            "type": "invoice_line_item" if self.invoice_line_item else "custom_line_item",
            "unit_amount": self.unit_amount,
            "unit_amount_decimal": None if self.unit_amount is None else str(self.unit_amount),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNote(Record):
    """Status: issued, void. Amounts in minor units."""

    kind: ClassVar[str] = "stripe.credit_note"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer", "invoice")

    status: str = "issued"
    merchant: str
    customer: str
    invoice: str
    currency: str
    number: str
    lines: tuple[CreditLine, ...]
    pdf: str = ""
    balance_transaction: str = ""
    effective_at: Instant | None = None
    memo: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    out_of_band_amount: int = 0
    post_payment_amount: int = 0
    pre_payment_amount: int = 0
    reason: str = ""
    refunds: tuple[Json, ...] = ()
    voided_at: Instant | None = None

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def discounted(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal - self.discounted + sum(line.tax for line in self.lines)

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "credit_note",
            "amount": self.total,
            "amount_shipping": 0,
            "created": self.created // 1_000,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "customer_balance_transaction": self.balance_transaction or None,
            "discount_amount": self.discounted,
            "discount_amounts": [],
            "effective_at": None if self.effective_at is None else self.effective_at // 1_000,
            "invoice": self.invoice,
            "lines": {
                "object": "list",
                "data": [line.shown() for line in self.lines[:10]],
                "has_more": len(self.lines) > 10,
                "url": f"/v1/credit_notes/{self.id}/lines",
            },
            "livemode": False,
            "memo": self.memo or None,
            "metadata": self.metadata,
            "number": self.number,
            "out_of_band_amount": self.out_of_band_amount or None,
            "pdf": self.pdf,
            "post_payment_amount": self.post_payment_amount,
            "pre_payment_amount": self.pre_payment_amount,
            "pretax_credit_amounts": [],
            "reason": self.reason or None,
            "refunds": list(self.refunds),
            "shipping_cost": None,
            "status": self.status,
            "subtotal": self.subtotal,
            "subtotal_excluding_tax": self.subtotal,
            "total": self.total,
            "total_excluding_tax": self.subtotal - self.discounted,
            "total_taxes": [],
            "type": self._type(),
            "voided_at": None if self.voided_at is None else self.voided_at // 1_000,
        }

    def _type(self) -> str:
        if self.pre_payment_amount and self.post_payment_amount:
            return "mixed"
        return "post_payment" if self.post_payment_amount else "pre_payment"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSession(Record):
    """A customer's way into the portal; it is good for a while."""

    kind: ClassVar[str] = "stripe.portal_session"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "token")

    merchant: str
    customer: str
    token: str
    url: str
    configuration: str
    locale: str = ""
    return_url: str = ""
    expires: Instant = Instant(0)

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "billing_portal.session",
            "configuration": self.configuration,
            "created": self.created // 1_000,
            "customer": self.customer,
            "customer_account": None,
            "flow": None,
            "livemode": False,
            "locale": self.locale or None,
            "on_behalf_of": None,
            "return_url": self.return_url or None,
            "url": self.url,
        }
