"""Refund (https://docs.stripe.com/api/refunds/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import EMPTY, Json, intent_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Record):
    """Amount in minor units. Status: pending, requires_action, succeeded, failed, canceled."""

    kind: ClassVar[str] = "stripe.refund"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "charge", "payment_intent")

    merchant: str
    amount: int
    currency: str
    charge: str
    payment_intent: str
    payment_method: str
    method_type: str = "card"
    customer: str = ""
    ref: str = ""
    """The merchant's order number of the payment."""
    balance_transaction: str = ""
    failure_balance_transaction: str = ""
    failure_reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    pending_reason: str = ""
    reason: str = ""
    transfer_reversal: str = ""
    source_transfer_reversal: str = ""

    def shown(self) -> dict[str, object]:
        shape: dict[str, object] = {
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": self.balance_transaction or None,
            "charge": self.charge or None,
            "created": self.created // 1_000,
            "currency": self.currency,
            "customer": self.customer or None,
            "customer_account": None,
            "metadata": self.metadata,
            "payment_intent": intent_shown(self.payment_intent),
            "payment_method": self.payment_method or None,
            "reason": self.reason or None,
            "receipt_number": None,
            "source_transfer_reversal": self.source_transfer_reversal or None,
            "status": self.status,
            "transfer_reversal": self.transfer_reversal or None,
        }
        if self.method_type != "stripe_account":
            shape["destination_details"] = {
                self.method_type: self._destination(), "type": self.method_type,
            }  # fmt: skip
        for name in ("failure_balance_transaction", "failure_reason", "pending_reason"):
            if value := getattr(self, name):
                shape[name] = value
        return shape

    def _destination(self) -> Json:
        if self.method_type != "card":
            return EMPTY
        reference = "pending" if self.status == "pending" else "available"
        kind = "acquirer_reference_number"
        return {"reference_status": reference, "reference_type": kind, "type": "refund"}
