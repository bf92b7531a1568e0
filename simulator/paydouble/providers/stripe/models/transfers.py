"""Transfer, ApplicationFee, and what of either is taken back.

https://docs.stripe.com/api/transfers/object, …/api/application_fees/object
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import Json

INSIDE_MAX = 10
"""So many of the latest reversals or refunds are shown inside their object."""


def _inside(url: str, latest: tuple[Json, ...], count: int) -> Json:
    return {"object": "list", "data": list(latest), "has_more": count > len(latest), "url": url}


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Record):
    """Money of the platform that went to a connected account; amounts in minor units."""

    kind: ClassVar[str] = "stripe.transfer"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "destination", "transfer_group")

    merchant: str
    amount: int
    currency: str
    destination: str
    destination_payment: str
    balance_transaction: str
    reference: str
    """Of the ledger: the PaymentIntent it shares in, else its own id."""
    source_transaction: str = ""
    source_type: str = "card"
    description: str = ""
    transfer_group: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    amount_reversed: int = 0
    latest: tuple[Json, ...] = ()
    """Its last reversals as they are shown, the newest first."""
    reversal_count: int = 0

    @property
    def reversible(self) -> int:
        return self.amount - self.amount_reversed

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "transfer",
            "amount": self.amount,
            "amount_reversed": self.amount_reversed,
            "balance_transaction": self.balance_transaction,
            "created": self.created // 1_000,
            "currency": self.currency,
            "description": self.description or None,
            "destination": self.destination,
            "destination_payment": self.destination_payment,
            "livemode": False,
            "metadata": self.metadata,
            "reversals": _inside(f"/v1/transfers/{self.id}/reversals", self.latest, self.reversal_count),
            "reversed": self.amount_reversed == self.amount,
            "source_transaction": self.source_transaction or None,
            "source_type": self.source_type,
            "transfer_group": self.transfer_group or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReversal(Record):
    """What of a transfer came back."""

    kind: ClassVar[str] = "stripe.transfer_reversal"
    indexes: ClassVar[tuple[str, ...]] = ("transfer",)

    merchant: str
    amount: int
    currency: str
    transfer: str
    balance_transaction: str
    destination_payment_refund: str
    source_refund: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "transfer_reversal",
            "amount": self.amount,
            "balance_transaction": self.balance_transaction,
            "created": self.created // 1_000,
            "currency": self.currency,
            "destination_payment_refund": self.destination_payment_refund,
            "metadata": self.metadata,
            "source_refund": self.source_refund or None,
            "transfer": self.transfer,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFee(Record):
    """The platform's share of a connected account's payment."""

    kind: ClassVar[str] = "stripe.application_fee"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "charge")

    merchant: str
    account: str
    amount: int
    currency: str
    application: str
    balance_transaction: str
    charge: str
    reference: str
    """Of the ledger: the PaymentIntent it shares in."""
    originating_transaction: str = ""
    amount_refunded: int = 0
    latest: tuple[Json, ...] = ()
    refund_count: int = 0

    @property
    def refundable(self) -> int:
        return self.amount - self.amount_refunded

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "application_fee",
            "account": self.account,
            "amount": self.amount,
            "amount_refunded": self.amount_refunded,
            "application": self.application,
            "balance_transaction": self.balance_transaction,
            "charge": self.charge,
            "created": self.created // 1_000,
            "currency": self.currency,
            "fee_source": {"charge": self.charge, "type": "charge"},
            "livemode": False,
            "originating_transaction": self.originating_transaction or None,
            "refunded": self.amount_refunded == self.amount,
            "refunds": _inside(f"/v1/application_fees/{self.id}/refunds", self.latest, self.refund_count),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRefund(Record):
    """What of an application fee was given back."""

    kind: ClassVar[str] = "stripe.fee_refund"
    indexes: ClassVar[tuple[str, ...]] = ("fee",)

    merchant: str
    amount: int
    currency: str
    fee: str
    balance_transaction: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "fee_refund",
            "amount": self.amount,
            "balance_transaction": self.balance_transaction,
            "created": self.created // 1_000,
            "currency": self.currency,
            "fee": self.fee,
            "metadata": self.metadata,
        }
