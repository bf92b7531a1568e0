"""Invoice (https://docs.stripe.com/api/invoices/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.invoice_parts import InvoiceItem, InvoicePayment, Line, seconds
from paydouble.providers.stripe.models.shapes import Json

__all__ = ["Invoice", "InvoiceItem", "InvoicePayment", "Line"]

LISTED_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Record):
    """Status: draft, open, paid, uncollectible, void. Amounts in minor units."""

    kind: ClassVar[str] = "stripe.invoice"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer", "subscription", "token")

    status: str = "draft"
    merchant: str
    customer: str
    currency: str
    lines: tuple[Line, ...] = ()
    token: str = ""
    """Stands in the address of its hosted page."""
    account_country: str = "US"
    amount_paid: int = 0
    application_fee_amount: int | None = None
    attempt_count: int = 0
    attempted: bool = False
    auto_advance: bool = False
    automatically_finalizes_at: Instant | None = None
    base_url: str = ""
    """Of the simulator, as its merchant called it: for the addresses of its pages."""
    billing_reason: str = "manual"
    collection_method: str = "charge_automatically"
    custom_fields: tuple[Json, ...] = ()
    days_until_due: int | None = None
    default_payment_method: str = ""
    default_tax_rates: tuple[Json, ...] = ()
    description: str = ""
    discounts: tuple[str, ...] = ()
    due_date: Instant | None = None
    effective_at: Instant | None = None
    footer: str = ""
    hosted_url: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    next_payment_attempt: Instant | None = None
    number: str = ""
    on_behalf_of: str = ""
    paid_out_of_band: bool = False
    payer: Json = field(default_factory=dict)
    """Name, address and the like of the customer, as they are until it is finalized."""
    payment_intent: str = ""
    payment_settings: Json = field(default_factory=dict)
    period_end: Instant = Instant(0)
    period_start: Instant = Instant(0)
    post_payment_credit: int = 0
    pre_payment_credit: int = 0
    balance_applied: int = 0
    """What of the customer's balance changed the amount due: negative for a credit that was used."""
    starting_balance: int = 0
    ending_balance: int | None = None
    statement_descriptor: str = ""
    shares: Json = field(default_factory=dict)
    """Of its subscription: which percentage is the platform's, which goes to whom."""
    subscription: str = ""
    subscription_metadata: Mapping[str, str] = field(default_factory=dict)
    test_clock: str = ""
    transfer_data: Json | None = None
    """Which connected account gets the money, and how much of it where that is not all."""
    finalized_at: Instant | None = None
    marked_uncollectible_at: Instant | None = None
    paid_at: Instant | None = None
    voided_at: Instant | None = None

    @property
    def subtotal(self) -> int:
        return sum(line.amount for line in self.lines)

    @property
    def discounted(self) -> int:
        return sum(line.discounted for line in self.lines)

    @property
    def total_excluding_tax(self) -> int:
        inclusive = sum(
            int(tax["amount"])
            for line in self.lines
            for tax in line.taxes
            if tax["tax_behavior"] == "inclusive"
        )
        return self.subtotal - self.discounted - inclusive

    @property
    def total(self) -> int:
        return self.subtotal - self.discounted + sum(line.exclusive_tax for line in self.lines)

    @property
    def amount_due(self) -> int:
        return max(0, self.total + self.balance_applied - self.pre_payment_credit)

    @property
    def amount_remaining(self) -> int:
        return 0 if self.paid_out_of_band else max(0, self.amount_due - self.amount_paid)

    def _total_discounts(self) -> list[Json]:
        totals: dict[str, int] = {}
        for line in self.lines:
            for each in line.discount_amounts:
                totals[each["discount"]] = totals.get(each["discount"], 0) + int(each["amount"])
        return [{"amount": amount, "discount": discount} for discount, amount in totals.items()]

    def _total_taxes(self) -> list[Json]:
        totals: dict[str, dict[str, object]] = {}
        for tax in (tax for line in self.lines for tax in line.taxes):
            known = totals.setdefault(
                tax["tax_rate_details"]["tax_rate"], {**tax, "amount": 0, "taxable_amount": 0}
            )
            for name in ("amount", "taxable_amount"):
                known[name] = int(str(known[name])) + int(tax[name])
        return list(totals.values())

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "invoice",
            "account_country": self.account_country,
            "account_name": None,
            "account_tax_ids": None,
            "amount_due": self.amount_due,
            "amount_overpaid": 0,
            "amount_paid": self.amount_paid,
            "amount_paid_off_stripe": self.amount_due if self.paid_out_of_band else 0,
            "amount_remaining": self.amount_remaining,
            "amount_shipping": 0,
            "application": None,
            "attempt_count": self.attempt_count,
            "attempted": self.attempted,
            "auto_advance": self.auto_advance,
            "automatic_tax": {
                "disabled_reason": None,
                "enabled": False,
                "liability": None,
                "provider": None,
                "status": None,
            },
            "automatically_finalizes_at": seconds(self.automatically_finalizes_at),
            "billing_reason": self.billing_reason,
            "collection_method": self.collection_method,
            "created": self.created // 1_000,
            "currency": self.currency,
            "custom_fields": list(self.custom_fields) or None,
            "customer": self.customer,
            "customer_account": None,
            **self._payer(),
            "default_payment_method": self.default_payment_method or None,
            "default_source": None,
            "default_tax_rates": list(self.default_tax_rates),
            "description": self.description or None,
            "discounts": list(self.discounts),
            "due_date": seconds(self.due_date),
            "effective_at": seconds(self.effective_at),
            "ending_balance": self.ending_balance,
            "footer": self.footer or None,
            "from_invoice": None,
            "hosted_invoice_url": self.hosted_url or None,
            "invoice_pdf": f"{self.hosted_url}/pdf" if self.hosted_url else None,
            "issuer": {"type": "self"},
            "last_finalization_error": None,
            "latest_revision": None,
            "lines": self._lines(),
            "livemode": False,
            **self._paying(),
            **self._totals(),
        }

    def _paying(self) -> Json:
        return {
            "metadata": self.metadata,
            "next_payment_attempt": seconds(self.next_payment_attempt),
            "number": self.number or None,
            "on_behalf_of": self.on_behalf_of or None,
            "parent": self._parent(),
            "payment_settings": {
                "default_mandate": None,
                "payment_method_options": self.payment_settings.get("payment_method_options") or None,
                "payment_method_types": self.payment_settings.get("payment_method_types") or None,
            },
            "period_end": self.period_end // 1_000,
            "period_start": self.period_start // 1_000,
            "post_payment_credit_notes_amount": self.post_payment_credit,
            "pre_payment_credit_notes_amount": self.pre_payment_credit,
            "receipt_number": None,
        }

    def _payer(self) -> Json:
        payer = self.payer
        return {
            "customer_address": payer.get("address"),
            "customer_email": payer.get("email"),
            "customer_name": payer.get("name"),
            "customer_phone": payer.get("phone"),
            "customer_shipping": payer.get("shipping"),
            "customer_tax_exempt": payer.get("tax_exempt") or "none",
            "customer_tax_ids": [],
        }

    def _lines(self) -> Json:
        return {
            "object": "list",
            "data": [line.shown(self.id) for line in self.lines[:LISTED_LINES]],
            "has_more": len(self.lines) > LISTED_LINES,
            "total_count": len(self.lines),
            "url": f"/v1/invoices/{self.id}/lines",
        }

    def _parent(self) -> Json | None:
        if not self.subscription:
            return None
        details = {"metadata": self.subscription_metadata, "subscription": self.subscription}
        return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}

    def _totals(self) -> Json:
        return {
            "rendering": None,
            "shipping_cost": None,
            "shipping_details": None,
            "starting_balance": self.starting_balance,
            "statement_descriptor": self.statement_descriptor or None,
            "status": self.status,
            "status_transitions": {
                "finalized_at": seconds(self.finalized_at),
                "marked_uncollectible_at": seconds(self.marked_uncollectible_at),
                "paid_at": seconds(self.paid_at),
                "voided_at": seconds(self.voided_at),
            },
            "subtotal": self.subtotal,
            "subtotal_excluding_tax": self.total_excluding_tax + self.discounted,
            "test_clock": self.test_clock or None,
            "total": self.total,
            "total_discount_amounts": self._total_discounts(),
            "total_excluding_tax": self.total_excluding_tax,
            "total_pretax_credit_amounts": [
                {**each, "type": "discount"} for each in self._total_discounts()
            ],
            "total_taxes": self._total_taxes(),
            "webhooks_delivered_at": seconds(self.finalized_at),
        }
