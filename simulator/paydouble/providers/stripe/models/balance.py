"""BalanceTransaction (https://docs.stripe.com/api/balance_transactions/object)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record


def balance_shown(available: Counter[str], pending: Counter[str], own: str) -> dict[str, object]:
    """What an account holds, by currency; its own is always there."""
    currencies = sorted({own, *available, *pending})
    return {
        "object": "balance",
        "available": [_amount(available, currency) for currency in currencies],
        "livemode": False,
        "pending": [_amount(pending, currency) for currency in currencies],
    }


def _amount(sums: Counter[str], currency: str) -> dict[str, object]:
    return {"amount": sums[currency], "currency": currency, "source_types": {"card": sums[currency]}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Record):
    """A day on which pending money of an account becomes available; its id is account and instant."""

    kind: ClassVar[str] = "stripe.release"

    merchant: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTransaction(Record):
    """Signed amounts in minor units, in the currency of the payment: nothing is converted here."""

    kind: ClassVar[str] = "stripe.balance_transaction"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "source", "merchant_type")

    merchant: str
    amount: int
    fee: int
    currency: str
    source: str
    type: str
    reporting_category: str
    available_on: Instant
    description: str = ""
    application_fee: int = 0
    """What of the fee is the platform's; negative where it is given back."""
    application: str = ""

    @property
    def merchant_type(self) -> str:
        return f"{self.merchant}/{self.type}"

    @property
    def net(self) -> int:
        return self.amount - self.fee

    def shown(self, now: Instant) -> dict[str, object]:
        """As it is at that instant: what is pending becomes available by itself."""
        return {
            "id": self.id,
            "object": "balance_transaction",
            "amount": self.amount,
            "available_on": self.available_on // 1_000,
            "balance_type": "payments",
            "created": self.created // 1_000,
            "currency": self.currency,
            "description": self.description or None,
            "exchange_rate": None,
            "fee": self.fee,
            "fee_details": self._fee_details(),
            "net": self.net,
            "reporting_category": self.reporting_category,
            "source": self.source,
            "status": "available" if now >= self.available_on else "pending",
            "type": self.type,
        }

    def _fee_details(self) -> list[dict[str, object]]:
        own = self.fee - self.application_fee
        details = []
        if self.application_fee:
            words = "PayDouble application fee"
            details.append(self._fee_detail(self.application_fee, "application_fee", words))
        if own:
            words = "Dispute fee" if self.type == "adjustment" else "Stripe processing fees"
            details.append(self._fee_detail(own, "stripe_fee", words))
        return details

    def _fee_detail(self, amount: int, type: str, description: str) -> dict[str, object]:
        return {
            "amount": amount,
            "application": self.application or None if type == "application_fee" else None,
            "currency": self.currency,
            "description": description,
            "type": type,
        }
