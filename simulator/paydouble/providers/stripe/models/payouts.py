"""Payout, and what makes payouts of one account wait for each other (https://docs.stripe.com/api/payouts/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout(Record):
    """Amount in minor units; status as the API shows it."""

    kind: ClassVar[str] = "stripe.payout"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "destination", "merchant_status")

    status: str = "pending"
    merchant: str
    amount: int
    currency: str
    arrives: Instant
    destination: str
    method: str = "standard"
    source_type: str = "card"
    balance_transaction: str = ""
    failure_balance_transaction: str = ""
    failure_code: str = ""
    failure_message: str = ""
    automatic: bool = False
    description: str = ""
    statement_descriptor: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def merchant_status(self) -> str:
        return f"{self.merchant}/{self.status}"

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "payout",
            "amount": self.amount,
            "application_fee": None,
            "application_fee_amount": None,
            "arrival_date": self.arrives // 1_000,
            "automatic": self.automatic,
            "balance_transaction": self.balance_transaction or None,
            "created": self.created // 1_000,
            "currency": self.currency,
            "description": self.description or None,
            "destination": self.destination,
            "failure_balance_transaction": self.failure_balance_transaction or None,
            "failure_code": self.failure_code or None,
            "failure_message": self.failure_message or None,
            "livemode": False,
            "metadata": self.metadata,
            "method": self.method,
            "original_payout": None,
            "payout_method": None,
            "reconciliation_status": "completed" if self.automatic else "not_applicable",
            "reversed_by": None,
            "source_type": self.source_type,
            "statement_descriptor": self.statement_descriptor or None,
            "status": self.status,
            "trace_id": None,
            "type": "bank_account",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutTurn(Record):
    """Saved with every payout of an account, whose id it has: of two at once, one sees the other's."""

    kind: ClassVar[str] = "stripe.payout_turn"

    merchant: str
    count: int = 0
