"""Charge (https://docs.stripe.com/api/charges/object): one attempt at moving the money of a PaymentIntent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import EMPTY, NOBODY, Json, intent_shown, order_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge(Record):
    """Amounts in minor units. Status: succeeded, pending, failed."""

    kind: ClassVar[str] = "stripe.charge"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer", "payment_intent", "transfer_group")

    merchant: str
    amount: int
    currency: str
    payment_intent: str
    payment_method: str
    card: str
    """Number of the test card; empty where it was no card."""
    method_type: str = "card"
    amount_captured: int = 0
    amount_refunded: int = 0
    captured: bool = False
    paid: bool = True
    balance_transaction: str = ""
    billing_details: Json = field(default_factory=lambda: NOBODY)
    customer: str = ""
    description: str = ""
    failure_code: str = ""
    failure_message: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    outcome: Json = field(default_factory=dict)
    payment_method_details: Json = field(default_factory=dict)
    receipt_email: str = ""
    shipping: Json | None = None
    statement_descriptor: str = ""
    statement_descriptor_suffix: str = ""
    transfer_group: str = ""
    transfer_data: Json | None = None
    transfer: str = ""
    transferred: int = 0
    """What separate transfers have drawn on it: here, so that two at once meet at this record."""
    source_transfer: str = ""
    source: Json | None = None
    """The card as the old API shows it, where it was charged in the old way."""
    review: str = ""
    fraud_details: Json = field(default_factory=lambda: EMPTY)
    on_behalf_of: str = ""
    application: str = ""
    application_fee: str = ""
    application_fee_amount: int | None = None
    receipt_url: str = ""
    disputed: bool = False
    refund_barred: bool = False
    """By a chargeback, which has taken the money already."""

    @property
    def ref(self) -> str:
        return order_ref(self.metadata)

    @property
    def refundable(self) -> int:
        return self.amount_captured - self.amount_refunded

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": self.amount_captured,
            "amount_refunded": self.amount_refunded,
            "application": self.application or None,
            "application_fee": self.application_fee or None,
            "application_fee_amount": self.application_fee_amount,
            "balance_transaction": self.balance_transaction or None,
            "billing_details": self.billing_details,
            "calculated_statement_descriptor": self.statement_descriptor or "PAYDOUBLE",
            "captured": self.captured,
            "created": self.created // 1_000,
            "currency": self.currency,
            "customer": self.customer or None,
            "description": self.description or None,
            "disputed": self.disputed,
            "failure_balance_transaction": None,
            "failure_code": self.failure_code or None,
            "failure_message": self.failure_message or None,
            "fraud_details": self.fraud_details,
            "livemode": False,
            "metadata": self.metadata,
            "on_behalf_of": self.on_behalf_of or None,
            "outcome": self.outcome or None,
            "paid": self.paid,
            "payment_intent": intent_shown(self.payment_intent),
            "payment_method": self.payment_method or None,
            "payment_method_details": self.payment_method_details,
            "radar_options": EMPTY,
            "receipt_email": self.receipt_email or None,
            "receipt_number": None,
            "receipt_url": self.receipt_url or None,
            "refunded": self.captured and self.amount_refunded >= self.amount_captured > 0,
            "review": self.review or None,
            "shipping": self.shipping,
            "source": self.source,
            "source_transfer": self.source_transfer or None,
            "statement_descriptor": self.statement_descriptor or None,
            "statement_descriptor_suffix": self.statement_descriptor_suffix or None,
            "status": self.status,
            "transfer_data": self.transfer_data,
            "transfer_group": self.transfer_group or None,
            **({"transfer": self.transfer} if self.transfer else {}),
        }
