"""Records of subscriptions and of the sales that they bring, with the tables of their lives.

https://developer.paypal.com/docs/api/subscriptions/v1/#subscriptions
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from paydouble.core.clock import Instant
from paydouble.core.ids import DIGITS, Ids
from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, transfer
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.money import Money
from paydouble.core.record import Record
from paydouble.providers.paypal.identifiers import UPPER, code_of

WAITING, APPROVED, ACTIVE = "APPROVAL_PENDING", "APPROVED", "ACTIVE"
SUSPENDED, CANCELLED, EXPIRED = "SUSPENDED", "CANCELLED", "EXPIRED"
LAPSED = "LAPSED"
"""Its payer never came: no call finds it any more."""
COMPLETED, PENDING, DENIED = "completed", "pending", "denied"
PARTLY, REFUNDED, REVERSED = "partially_refunded", "refunded", "reversed"

_ID_LENGTH, _TOKEN_LENGTH = 12, 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Record):
    """What one payer pays again and again; what came of it is summed up here."""

    kind: ClassVar[str] = "paypal.subscription"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "ref")
    unique: ClassVar[tuple[str, ...]] = ("token",)

    merchant: str
    seller: str
    plan: str
    product: str
    currency: str
    token: str
    """By which the page knows it: BA-…"""
    start: Instant
    quantity: int = 1
    quantity_told: bool = False
    shipping_minor: int = 0
    subscriber: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    custom_id: str = ""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Of the plan: `billing_cycles` by sequence, `payment_preferences`, `taxes`."""
    renews_itself: bool = False
    card: Mapping[str, Any] = field(default_factory=dict)
    revision: Mapping[str, Any] = field(default_factory=dict)
    """What its payer has still to agree to."""
    updated: Instant = Instant(0)
    status_at: Instant = Instant(0)
    note: str = ""
    done: Mapping[str, int] = field(default_factory=dict)
    """Sequence → executions of that billing cycle."""
    fee_settled: bool = False
    """The setup fee was paid, or owed, or there is none."""
    day: int = 1
    """Of the month, on which it is billed."""
    next_billing: Instant = Instant(0)
    attempts: int = 0
    """Failed ones of the payment that is due."""
    retry_at: Instant = Instant(0)
    unpaid_minor: int = 0
    """Of the payment that is tried again."""
    outstanding_minor: int = 0
    failed_count: int = 0
    threshold_reached: bool = False
    last_paid: Mapping[str, Any] = field(default_factory=dict)
    last_failed: Mapping[str, Any] = field(default_factory=dict)
    funds: str = ""
    """Why the payer's account cannot pay, in neutral words; empty: it can."""
    captured_minor: int = 0
    captured_count: int = 0
    refunded_minor: int = 0
    fee_minor: int = 0
    total_minor: int = 0
    """Of the payment that is due, for whoever asks what it is about."""
    base: str = ""
    short: bool = True

    @property
    def ref(self) -> str:
        return self.custom_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale(Record):
    """A payment of a subscription, as the classic API knows it."""

    kind: ClassVar[str] = "paypal.sale"
    indexes: ClassVar[tuple[str, ...]] = ("subscription", "merchant")

    merchant: str
    seller: str
    subscription: str
    amount_minor: int
    currency: str
    fee_minor: int
    shipping_minor: int = 0
    tax_minor: int = 0
    refunded_minor: int = 0
    refunds: tuple[str, ...] = ()
    custom_id: str = ""
    payer: Mapping[str, Any] = field(default_factory=dict)
    for_cycle: str = ""
    """Sequence of the billing cycle; empty for a setup fee, or a balance that is collected."""
    updated: Instant = Instant(0)
    base: str = ""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleRefund(Record):
    """Money of a sale that went back."""

    kind: ClassVar[str] = "paypal.sale_refund"
    indexes: ClassVar[tuple[str, ...]] = ("subscription",)

    merchant: str
    seller: str
    sale: str
    subscription: str
    amount_minor: int
    currency: str
    total_minor: int
    reason: str = ""
    base: str = ""


def subscription_id(ids: Ids) -> str:
    return f"I-{ids.token(_ID_LENGTH, UPPER)}"


def approval_token(ids: Ids, sandbox: str) -> str:
    """Ends with the code of its merchant, like an order's id."""
    code = code_of(sandbox)
    return f"BA-{ids.token(1, DIGITS[1:])}{ids.token(_TOKEN_LENGTH - 1 - len(code), UPPER)}{code}"


def arrived(sale: Sale) -> Entry:
    return transfer(
        EntryKind.CAPTURE, source=PAYER, target=pending(sale.seller), reference=sale.subscription,
        memo=sale.id, amount=sale.amount,
    )


def went_back(refund: SaleRefund) -> Entry:
    return transfer(
        EntryKind.REFUND, source=pending(refund.seller), target=PAYER, reference=refund.subscription,
        memo=refund.id, amount=Money(refund.amount_minor, refund.currency),
    )


# fmt: off
SUBSCRIPTION: Machine[Subscription] = Machine(
    "paypal.subscription",
    record=Subscription,
    initial=WAITING,
    phases={WAITING: Phase.OPEN, APPROVED: Phase.OPEN, ACTIVE: Phase.OPEN, SUSPENDED: Phase.OPEN,
            CANCELLED: Phase.CLOSED, EXPIRED: Phase.CLOSED, LAPSED: Phase.CLOSED},
    rows=(
        Transition(WAITING,   "approve",  APPROVED,  stamp="status_at"),
        Transition(WAITING,   "start",    ACTIVE,    stamp="status_at"),
        Transition(WAITING,   "give_up",  CANCELLED, stamp="status_at"),
        Transition(WAITING,   "lapse",    LAPSED),
        Transition(APPROVED,  "start",    ACTIVE,    stamp="status_at"),
        Transition(APPROVED,  "give_up",  CANCELLED, stamp="status_at"),
        Transition(APPROVED,  "cancel",   CANCELLED, stamp="status_at"),
        Transition(ACTIVE,    "renew",    ACTIVE),
        Transition(ACTIVE,    "retry",    ACTIVE),
        Transition(ACTIVE,    "suspend",  SUSPENDED, stamp="status_at"),
        Transition(ACTIVE,    "cancel",   CANCELLED, stamp="status_at"),
        Transition(ACTIVE,    "end",      EXPIRED,   stamp="status_at"),
        Transition(SUSPENDED, "activate", ACTIVE,    stamp="status_at"),
        Transition(SUSPENDED, "cancel",   CANCELLED, stamp="status_at"),
    ),
)

SALE: Machine[Sale] = Machine(
    "paypal.sale",
    record=Sale,
    initial=PENDING,
    phases={PENDING: Phase.PENDING, COMPLETED: Phase.PAID, DENIED: Phase.FAILED, PARTLY: Phase.PAID,
            REFUNDED: Phase.CLOSED, REVERSED: Phase.CLOSED},
    rows=(
        Transition(PENDING,   "complete",   COMPLETED, stamp="updated", entry=arrived),
        Transition(PENDING,   "deny",       DENIED,    stamp="updated"),
        Transition(COMPLETED, "refund",     PARTLY,    stamp="updated"),
        Transition(COMPLETED, "refund_all", REFUNDED,  stamp="updated"),
        Transition(COMPLETED, "reverse",    REVERSED,  stamp="updated"),
        Transition(PARTLY,    "refund",     PARTLY,    stamp="updated"),
        Transition(PARTLY,    "refund_all", REFUNDED,  stamp="updated"),
    ),
)
# fmt: on
