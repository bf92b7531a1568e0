"""The record of a dispute, the table of its life, and who may do what about it when.

https://developer.paypal.com/docs/disputes/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from paydouble.core.clock import DAY, Instant, later
from paydouble.core.ids import DIGITS, Ids
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.money import Money
from paydouble.core.record import Record

OPEN, SELLER, BUYER = "OPEN", "WAITING_FOR_SELLER_RESPONSE", "WAITING_FOR_BUYER_RESPONSE"
REVIEW, RESOLVED = "UNDER_REVIEW", "RESOLVED"
INQUIRY, CHARGEBACK, PRE_ARBITRATION = "INQUIRY", "CHARGEBACK", "PRE_ARBITRATION"
BUYER_FAVOUR, SELLER_FAVOUR = "RESOLVED_BUYER_FAVOUR", "RESOLVED_SELLER_FAVOUR"
CANCELED = "CANCELED_BY_BUYER"
INQUIRIES = ("MERCHANDISE_OR_SERVICE_NOT_RECEIVED", "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED")
"""The reasons with which buyer and seller talk first; all others begin as a chargeback."""
REASONS = (
    *INQUIRIES, "UNAUTHORISED", "CREDIT_NOT_PROCESSED", "DUPLICATE_TRANSACTION", "INCORRECT_AMOUNT",
    "PAYMENT_BY_OTHER_MEANS", "CANCELED_RECURRING_BILLING", "PROBLEM_WITH_REMITTANCE", "OTHER",
)
APPEAL_DAYS = 10

_ID_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Record):
    """A buyer's complaint about one capture."""

    kind: ClassVar[str] = "paypal.dispute"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "capture")

    merchant: str
    seller: str
    order: str
    capture: str
    gross_minor: int
    amount_minor: int
    currency: str
    reason: str
    stage: str
    buyer: Mapping[str, Any]
    invoice_id: str = ""
    custom_id: str = ""
    paid_at: Instant = Instant(0)
    updated: Instant = Instant(0)
    due: Instant = Instant(0)
    """Until when the party whose turn it is may answer."""
    held_minor: int = 0
    """Of the seller's money, until it is decided."""
    lost_minor: int = 0
    """What the buyer got by decision, not by a refund."""
    outcome: str = ""
    resolved: Instant = Instant(0)
    appealed: bool = False
    returning: bool = False
    """The buyer sends the item back, and is refunded then."""
    refund_minor: int = 0
    """What is refunded when the item is back."""
    refunded_minor: int = 0
    messages: tuple[Mapping[str, Any], ...] = ()
    evidences: tuple[Mapping[str, Any], ...] = ()
    offers: tuple[Mapping[str, Any], ...] = ()
    adjudications: tuple[Mapping[str, Any], ...] = ()
    movements: tuple[Mapping[str, Any], ...] = ()
    supports: tuple[Mapping[str, Any], ...] = ()
    contact: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def inquires(self) -> bool:
        return self.stage == INQUIRY


def dispute_id(ids: Ids) -> str:
    return f"PP-D-{ids.token(_ID_LENGTH, DIGITS)}"


def appealable(dispute: Dispute, now: Instant) -> bool:
    """A decision against the seller, once, while it is fresh."""
    decided = dispute.status == RESOLVED and dispute.outcome == BUYER_FAVOUR and dispute.lost_minor > 0
    return decided and not dispute.appealed and now < later(dispute.resolved, APPEAL_DAYS * DAY)


def allowed(dispute: Dispute, now: Instant, *, as_buyer: bool) -> tuple[str, ...]:
    """The relations of its links, which are also what may be called."""
    if as_buyer:
        return _allowed_to_buyer(dispute)
    match dispute.status:
        case status if status == RESOLVED:
            return ("appeal",) if appealable(dispute, now) else ()
        case status if status == REVIEW:
            return "accept_claim", "provide_supporting_info", "adjudicate", "require_evidence"
        case status if status == BUYER:
            return ("escalate", "send_message") if dispute.inquires else ()
        case _ if dispute.returning:
            return ("acknowledge_return_item",)
        case _ if dispute.inquires:
            return "accept_claim", "make_offer", "escalate", "send_message"
        case _:
            return "accept_claim", "provide_evidence"


def _allowed_to_buyer(dispute: Dispute) -> tuple[str, ...]:
    if dispute.status == RESOLVED:
        return ()
    talking = ("escalate", "send_message") if dispute.inquires else ()
    if dispute.status == BUYER:
        return (*talking, "accept_offer", "deny_offer") if dispute.inquires else ("provide_evidence",)
    return (*talking, "change_reason")


def state(dispute: Dispute, now: Instant) -> str:
    """As the seller sees it."""
    match dispute.status:
        case status if status == OPEN:
            return "OPEN_INQUIRIES"
        case status if status == SELLER:
            return "REQUIRED_ACTION"
        case status if status == BUYER:
            return "REQUIRED_OTHER_PARTY_ACTION"
        case status if status == REVIEW:
            return "UNDER_PAYPAL_REVIEW"
        case _:
            return "APPEALABLE" if appealable(dispute, now) else "RESOLVED"


# fmt: off
DISPUTE: Machine[Dispute] = Machine(
    "paypal.dispute",
    record=Dispute,
    initial=OPEN,
    phases={OPEN: Phase.OPEN, SELLER: Phase.PENDING, BUYER: Phase.PENDING, REVIEW: Phase.PENDING,
            RESOLVED: Phase.CLOSED},
    rows=(
        Transition(OPEN,     "offer",      BUYER,    stamp="updated"),
        Transition(OPEN,     "escalate",   SELLER,   stamp="updated"),
        Transition(OPEN,     "return",     BUYER,    stamp="updated"),
        Transition(OPEN,     "resolve",    RESOLVED, stamp="updated"),
        Transition(SELLER,   "answer",     REVIEW,   stamp="updated"),
        Transition(SELLER,   "offer",      BUYER,    stamp="updated"),
        Transition(SELLER,   "escalate",   SELLER,   stamp="updated"),
        Transition(SELLER,   "return",     BUYER,    stamp="updated"),
        Transition(SELLER,   "resolve",    RESOLVED, stamp="updated"),
        Transition(BUYER,    "decline",    SELLER,   stamp="updated"),
        Transition(BUYER,    "answer",     REVIEW,   stamp="updated"),
        Transition(BUYER,    "sent_back",  SELLER,   stamp="updated"),
        Transition(BUYER,    "escalate",   SELLER,   stamp="updated"),
        Transition(BUYER,    "resolve",    RESOLVED, stamp="updated"),
        Transition(REVIEW,   "ask_seller", SELLER,   stamp="updated"),
        Transition(REVIEW,   "ask_buyer",  BUYER,    stamp="updated"),
        Transition(REVIEW,   "return",     BUYER,    stamp="updated"),
        Transition(REVIEW,   "resolve",    RESOLVED, stamp="updated"),
        Transition(RESOLVED, "appeal",     REVIEW,   stamp="updated"),
    ),
)
# fmt: on
