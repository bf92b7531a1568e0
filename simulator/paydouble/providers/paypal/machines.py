"""The lives of an order, an authorization, a capture and a refund as tables.

https://developer.paypal.com/docs/api/orders/v2/, https://developer.paypal.com/docs/api/payments/v2/
"""

from __future__ import annotations

from paydouble.core.ledger import PAYER, Entry, EntryKind, Posting, pending, reserved, transfer
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.money import Money
from paydouble.providers.paypal.events import approved, of_authorization, of_capture, of_refund
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund


def authorized(held: Authorization) -> Entry:
    return transfer(
        EntryKind.AUTHORIZE, source=PAYER, target=reserved(held.merchant), reference=held.order, memo=held.id,
        amount=Money(held.reserved_minor, held.currency),
    )


def captured(taken: Capture) -> Entry:
    """Of the reserve what it holds, the rest of the payer."""
    def money(minor: int) -> Money:
        return Money(minor, taken.currency)

    sources = ((reserved(taken.merchant), taken.from_reserve_minor),
               (PAYER, taken.amount_minor - taken.from_reserve_minor))
    return Entry(
        id="", what=EntryKind.CAPTURE, reference=taken.order, memo=taken.id,
        postings=(
            *(Posting(account, money(-minor)) for account, minor in sources if minor),
            Posting(pending(taken.seller), money(taken.amount_minor)),
        ),
    )


def refunded(refund: Refund) -> Entry:
    return transfer(
        EntryKind.REFUND, source=pending(refund.seller), target=PAYER, reference=refund.order, memo=refund.id,
        amount=Money(refund.amount_minor, refund.currency),
    )


def returned(refund: Refund) -> Entry:
    return transfer(
        EntryKind.REFUND_RETURNED, source=PAYER, target=pending(refund.seller), reference=refund.order,
        memo=refund.id, amount=Money(refund.amount_minor, refund.currency),
    )


CREATED, ACTION, APPROVED, COMPLETED, VOIDED, SAVED = (
    "CREATED", "PAYER_ACTION_REQUIRED", "APPROVED", "COMPLETED", "VOIDED", "SAVED"
)
PARTLY, FULLY = "PARTIALLY_REFUNDED", "REFUNDED"

_held = of_authorization("PAYMENT.AUTHORIZATION.CREATED")
_voided = of_authorization("PAYMENT.AUTHORIZATION.VOIDED")
_captured = of_capture("PAYMENT.CAPTURE.COMPLETED")
_waiting = of_capture("PAYMENT.CAPTURE.PENDING")
_declined = of_capture("PAYMENT.CAPTURE.DECLINED")
_denied = of_capture("PAYMENT.CAPTURE.DENIED")
_refunded = of_refund("PAYMENT.CAPTURE.REFUNDED")
_refund_waits = of_refund("PAYMENT.REFUND.PENDING")
_refund_failed = of_refund("PAYMENT.REFUND.FAILED")

# fmt: off
ORDER: Machine[Order] = Machine(
    "paypal.order",
    record=Order,
    initial=CREATED,
    phases={CREATED: Phase.OPEN, ACTION: Phase.OPEN, APPROVED: Phase.OPEN, COMPLETED: Phase.PAID,
            VOIDED: Phase.CLOSED, SAVED: Phase.OPEN},
    rows=(
        Transition(CREATED,  "ask",      ACTION),
        Transition(CREATED,  "approve",  APPROVED,  stamp="updated", event=approved),
        Transition(CREATED,  "confirm",  APPROVED,  stamp="updated"),
        Transition(CREATED,  "cancel",   CREATED),
        Transition(CREATED,  "complete", COMPLETED, stamp="updated"),
        Transition(CREATED,  "expire",   VOIDED,    stamp="updated"),
        Transition(ACTION,   "ask",      ACTION,    stamp="updated"),
        Transition(ACTION,   "approve",  APPROVED,  stamp="updated", event=approved),
        Transition(ACTION,   "cancel",   ACTION),
        Transition(ACTION,   "complete", COMPLETED, stamp="updated"),
        Transition(ACTION,   "expire",   VOIDED,    stamp="updated"),
        Transition(APPROVED, "approve",  APPROVED,  stamp="updated", event=approved),
        Transition(APPROVED, "cancel",   APPROVED),
        Transition(APPROVED, "complete", COMPLETED, stamp="updated"),
        Transition(APPROVED, "expire",   VOIDED,    stamp="updated"),
        Transition(APPROVED, "save",     SAVED,     stamp="updated"),
        Transition(SAVED,    "complete", COMPLETED, stamp="updated"),
        Transition(SAVED,    "void",     VOIDED,    stamp="updated"),
    ),
)

AUTHORIZATION: Machine[Authorization] = Machine(
    "paypal.authorization",
    record=Authorization,
    initial="PENDING",
    phases={"PENDING": Phase.PENDING, "CREATED": Phase.AUTHORIZED, "PARTIALLY_CAPTURED": Phase.AUTHORIZED,
            "CAPTURED": Phase.PAID, "VOIDED": Phase.CLOSED, "DENIED": Phase.FAILED},
    rows=(
        Transition("PENDING",            "hold",     "CREATED",   stamp="updated", event=_held,
                   entry=authorized),
        Transition("PENDING",            "renew",    "CREATED",   stamp="updated", event=_held),
        Transition("PENDING",            "deny",     "DENIED",    stamp="updated"),
        Transition("PENDING",            "void",     "VOIDED",    stamp="updated", event=_voided),
        Transition("CREATED",            "take",     "PARTIALLY_CAPTURED", stamp="updated"),
        Transition("CREATED",            "take_all", "CAPTURED",  stamp="updated"),
        Transition("CREATED",            "void",     "VOIDED",    stamp="updated", event=_voided),
        Transition("CREATED",            "expire",   "VOIDED",    stamp="updated", event=_voided),
        Transition("PARTIALLY_CAPTURED", "take",     "PARTIALLY_CAPTURED", stamp="updated"),
        Transition("PARTIALLY_CAPTURED", "take_all", "CAPTURED",  stamp="updated"),
        Transition("PARTIALLY_CAPTURED", "void",     "VOIDED",    stamp="updated", event=_voided),
        Transition("PARTIALLY_CAPTURED", "expire",   "VOIDED",    stamp="updated", event=_voided),
    ),
)

CAPTURE: Machine[Capture] = Machine(
    "paypal.capture",
    record=Capture,
    initial="PENDING",
    phases={"PENDING": Phase.PENDING, "COMPLETED": Phase.PAID, "DECLINED": Phase.FAILED, PARTLY: Phase.PAID,
            FULLY: Phase.CLOSED, "FAILED": Phase.FAILED},
    rows=(
        Transition("PENDING",   "hold",     "PENDING",   stamp="updated", event=_waiting),
        Transition("PENDING",   "complete", "COMPLETED", stamp="updated", entry=captured, event=_captured),
        Transition("PENDING",   "decline",  "DECLINED",  stamp="updated", event=_declined),
        Transition("PENDING",   "deny",     "DECLINED",  stamp="updated", event=_denied),
        Transition("COMPLETED", "refund",     PARTLY,    stamp="updated"),
        Transition("COMPLETED", "refund_all", FULLY,     stamp="updated"),
        Transition(PARTLY,      "refund",     PARTLY,    stamp="updated"),
        Transition(PARTLY,      "refund_all", FULLY,     stamp="updated"),
        Transition(PARTLY,      "unrefund",   "COMPLETED", stamp="updated"),
        Transition(PARTLY,      "unrefund_part", PARTLY, stamp="updated"),
        Transition("COMPLETED", "reverse",      PARTLY,  stamp="updated"),
        Transition("COMPLETED", "reverse_all",  FULLY,   stamp="updated"),
        Transition(PARTLY,      "reverse",      PARTLY,  stamp="updated"),
        Transition(PARTLY,      "reverse_all",  FULLY,   stamp="updated"),
        Transition(PARTLY,      "restore",      "COMPLETED", stamp="updated"),
        Transition(PARTLY,      "restore_part", PARTLY,  stamp="updated"),
        Transition(FULLY,       "restore",      "COMPLETED", stamp="updated"),
        Transition(FULLY,       "restore_part", PARTLY,  stamp="updated"),
        Transition(FULLY,       "unrefund",   "COMPLETED", stamp="updated"),
        Transition(FULLY,       "unrefund_part", PARTLY, stamp="updated"),
    ),
)

REFUND: Machine[Refund] = Machine(
    "paypal.refund",
    record=Refund,
    initial="NEW",
    phases={"NEW": Phase.OPEN, "PENDING": Phase.PENDING, "COMPLETED": Phase.PAID, "FAILED": Phase.FAILED,
            "CANCELLED": Phase.CLOSED},
    rows=(
        Transition("NEW",     "succeed", "COMPLETED", stamp="updated", entry=refunded, event=_refunded),
        Transition("NEW",     "wait",    "PENDING",   stamp="updated", entry=refunded, event=_refund_waits),
        Transition("PENDING", "succeed", "COMPLETED", stamp="updated", event=_refunded),
        Transition("PENDING", "fail",    "FAILED",    stamp="updated", entry=returned, event=_refund_failed),
        Transition("PENDING", "cancel",  "CANCELLED", stamp="updated", entry=returned),
    ),
)
# fmt: on
