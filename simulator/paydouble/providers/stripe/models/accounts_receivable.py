"""CustomerBalanceTransaction, Discount and TestClock: what hangs on a customer besides payments.

https://docs.stripe.com/api/customer_balance_transactions/object, …/discounts/object, …/test_clocks/object
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerBalanceTransaction(Record):
    """Amounts in minor units; negative ones are a credit to the customer."""

    kind: ClassVar[str] = "stripe.customer_balance_transaction"
    indexes: ClassVar[tuple[str, ...]] = ("customer", "invoice")

    merchant: str
    customer: str
    amount: int
    currency: str
    ending_balance: int
    type: str = "adjustment"
    credit_note: str = ""
    description: str = ""
    invoice: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "customer_balance_transaction",
            "amount": self.amount,
            "checkout_session": None,
            "created": self.created // 1_000,
            "credit_note": self.credit_note or None,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "description": self.description or None,
            "ending_balance": self.ending_balance,
            "invoice": self.invoice or None,
            "livemode": False,
            "metadata": self.metadata,
            "type": self.type,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount(Record):
    """A coupon as it is applied to something. Status: active, ended."""

    kind: ClassVar[str] = "stripe.discount"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    status: str = "active"
    merchant: str
    coupon: Json
    """The coupon as it was when it was applied."""
    start: Instant
    end: Instant | None = None
    checkout_session: str = ""
    customer: str = ""
    invoice: str = ""
    invoice_item: str = ""
    promotion_code: str = ""
    subscription: str = ""
    subscription_item: str = ""

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "discount",
            "checkout_session": self.checkout_session or None,
            "customer": self.customer or None,
            "customer_account": None,
            "end": None if self.end is None else self.end // 1_000,
            "invoice": self.invoice or None,
            "invoice_item": self.invoice_item or None,
            "promotion_code": self.promotion_code or None,
            "source": {"coupon": self.coupon["id"], "type": "coupon"},
            "start": self.start // 1_000,
            "subscription": self.subscription or None,
            "subscription_item": self.subscription_item or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TestClock(Record):
    """Status: ready, advancing."""

    kind: ClassVar[str] = "stripe.test_clock"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    status: str = "ready"
    merchant: str
    frozen_time: Instant
    deletes_after: Instant
    name: str = ""
    target: Instant = Instant(0)
    """Where it advances to."""

    @property
    def now(self) -> Instant:
        return self.frozen_time

    def shown(self) -> dict[str, object]:
        details: dict[str, object] = {}
        if self.status == "advancing":
            details = {"advancing": {"target_frozen_time": self.target // 1_000}}
        return {
            "id": self.id,
            "object": "test_helpers.test_clock",
            "created": self.created // 1_000,
            "deletes_after": self.deletes_after // 1_000,
            "frozen_time": self.frozen_time // 1_000,
            "livemode": False,
            "name": self.name or None,
            "status": self.status,
            "status_details": details,
        }
