"""The lives of PaymentIntents, SetupIntents, Disputes, Payouts and Refunds as tables.

https://docs.stripe.com/payments/paymentintents/lifecycle, https://docs.stripe.com/refunds
"""

from __future__ import annotations

from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, reserved, transfer
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.providers.stripe.amounts import money
from paydouble.providers.stripe.events import announces
from paydouble.providers.stripe.models import Dispute, PaymentIntent, Payout, Refund, SetupIntent


def captured(intent: PaymentIntent) -> Entry:
    return transfer(
        EntryKind.CAPTURE,
        source=PAYER,
        target=pending(intent.merchant),
        reference=intent.id,
        memo=intent.latest_charge,
        amount=money(intent.amount_received, intent.currency),
    )


def captured_from_reserve(intent: PaymentIntent) -> Entry:
    return transfer(
        EntryKind.CAPTURE,
        source=reserved(intent.merchant),
        target=pending(intent.merchant),
        reference=intent.id,
        memo=intent.latest_charge,
        amount=money(intent.amount_received, intent.currency),
    )


def authorized(intent: PaymentIntent) -> Entry:
    return transfer(
        EntryKind.AUTHORIZE,
        source=PAYER,
        target=reserved(intent.merchant),
        reference=intent.id,
        memo=intent.latest_charge,
        amount=money(intent.amount_capturable, intent.currency),
    )


def voided(intent: PaymentIntent) -> Entry:
    return transfer(
        EntryKind.VOID,
        source=reserved(intent.merchant),
        target=PAYER,
        reference=intent.id,
        memo=intent.latest_charge,
        amount=money(intent.amount, intent.currency),
    )


OPEN, CONFIRMABLE, ACTION = "requires_payment_method", "requires_confirmation", "requires_action"
PROCESSING, CAPTURABLE, SUCCEEDED, CANCELED = "processing", "requires_capture", "succeeded", "canceled"

_succeeded = announces("payment_intent.succeeded")
_capturable = announces("payment_intent.amount_capturable_updated")
_action = announces("payment_intent.requires_action")
_processing = announces("payment_intent.processing")
_failed = announces("payment_intent.payment_failed")
_canceled = announces("payment_intent.canceled")

# fmt: off
PAYMENT_INTENT: Machine[PaymentIntent] = Machine(
    "stripe.payment_intent",
    record=PaymentIntent,
    initial=OPEN,
    phases={
        OPEN: Phase.OPEN, CONFIRMABLE: Phase.OPEN, ACTION: Phase.PENDING, PROCESSING: Phase.PENDING,
        CAPTURABLE: Phase.AUTHORIZED, SUCCEEDED: Phase.PAID, CANCELED: Phase.CLOSED,
    },
    rows=(
        Transition(OPEN,        "choose",    CONFIRMABLE),
        Transition(OPEN,        "pay",       SUCCEEDED,   entry=captured,              event=_succeeded),
        Transition(OPEN,        "authorize", CAPTURABLE,  entry=authorized,            event=_capturable),
        Transition(OPEN,        "challenge", ACTION,                                   event=_action),
        Transition(OPEN,        "process",   PROCESSING,                               event=_processing),
        Transition(OPEN,        "fail",      OPEN,                                     event=_failed),
        Transition(OPEN,        "cancel",    CANCELED,    stamp="canceled_at",         event=_canceled),
        Transition(CONFIRMABLE, "choose",    CONFIRMABLE),
        Transition(CONFIRMABLE, "pay",       SUCCEEDED,   entry=captured,              event=_succeeded),
        Transition(CONFIRMABLE, "authorize", CAPTURABLE,  entry=authorized,            event=_capturable),
        Transition(CONFIRMABLE, "challenge", ACTION,                                   event=_action),
        Transition(CONFIRMABLE, "process",   PROCESSING,                               event=_processing),
        Transition(CONFIRMABLE, "fail",      OPEN,                                     event=_failed),
        Transition(CONFIRMABLE, "cancel",    CANCELED,    stamp="canceled_at",         event=_canceled),
        Transition(ACTION,      "choose",    CONFIRMABLE),
        Transition(ACTION,      "pay",       SUCCEEDED,   entry=captured,              event=_succeeded),
        Transition(ACTION,      "authorize", CAPTURABLE,  entry=authorized,            event=_capturable),
        Transition(ACTION,      "challenge", ACTION,                                   event=_action),
        Transition(ACTION,      "process",   PROCESSING,                               event=_processing),
        Transition(ACTION,      "authenticate", CONFIRMABLE),
        Transition(ACTION,      "fail",      OPEN,                                     event=_failed),
        Transition(ACTION,      "lapse",     OPEN,                                     event=_failed),
        Transition(ACTION,      "cancel",    CANCELED,    stamp="canceled_at",         event=_canceled),
        Transition(PROCESSING,  "pay",       SUCCEEDED,   entry=captured,              event=_succeeded),
        Transition(PROCESSING,  "authorize", CAPTURABLE,  entry=authorized,            event=_capturable),
        Transition(PROCESSING,  "clear",     SUCCEEDED,   entry=captured,              event=_succeeded),
        Transition(PROCESSING,  "fail",      OPEN,                                     event=_failed),
        Transition(CAPTURABLE,  "capture",   SUCCEEDED,   entry=captured_from_reserve, event=_succeeded),
        Transition(CAPTURABLE,  "cancel",    CANCELED,    stamp="canceled_at", entry=voided, event=_canceled),
        Transition(CAPTURABLE,  "expire",    CANCELED,    stamp="canceled_at", entry=voided, event=_canceled),
    ),
)

_set_up = announces("setup_intent.succeeded")
_asked = announces("setup_intent.requires_action")
_not_set_up = announces("setup_intent.setup_failed")
_given_up = announces("setup_intent.canceled")


def _open_rows(source: str) -> tuple[Transition[SetupIntent], ...]:
    return (
        Transition(source, "choose",    CONFIRMABLE),
        Transition(source, "succeed",   SUCCEEDED, event=_set_up),
        Transition(source, "challenge", ACTION,    event=_asked),
        Transition(source, "fail",      OPEN,      event=_not_set_up),
        Transition(source, "cancel",    CANCELED,  event=_given_up),
    )


SETUP_INTENT: Machine[SetupIntent] = Machine(
    "stripe.setup_intent",
    record=SetupIntent,
    initial=OPEN,
    phases={
        OPEN: Phase.OPEN, CONFIRMABLE: Phase.OPEN, ACTION: Phase.PENDING, SUCCEEDED: Phase.CLOSED,
        CANCELED: Phase.CLOSED,
    },
    rows=(
        *_open_rows(OPEN),
        *_open_rows(CONFIRMABLE),
        *_open_rows(ACTION),
        Transition(ACTION, "authenticate", SUCCEEDED, event=_set_up),
        Transition(ACTION, "lapse",        OPEN,      event=_not_set_up),
    ),
)

DISPUTE: Machine[Dispute] = Machine(
    "stripe.dispute",
    record=Dispute,
    initial="needs_response",
    phases={
        "warning_needs_response": Phase.OPEN, "warning_under_review": Phase.PENDING,
        "warning_closed": Phase.CLOSED, "needs_response": Phase.OPEN, "under_review": Phase.PENDING,
        "won": Phase.CLOSED, "lost": Phase.CLOSED,
    },
    rows=(
        Transition("warning_needs_response", "submit",   "warning_under_review"),
        Transition("warning_needs_response", "lose",     "warning_closed"),
        Transition("warning_needs_response", "lapse",    "warning_closed"),
        Transition("warning_needs_response", "escalate", "needs_response"),
        Transition("warning_under_review",   "lose",     "warning_closed"),
        Transition("warning_under_review",   "escalate", "needs_response"),
        Transition("needs_response",         "submit",   "under_review"),
        Transition("needs_response",         "win",      "won"),
        Transition("needs_response",         "lose",     "lost"),
        Transition("needs_response",         "lapse",    "lost"),
        Transition("under_review",           "win",      "won"),
        Transition("under_review",           "lose",     "lost"),
    ),
)

PAYOUT: Machine[Payout] = Machine(
    "stripe.payout",
    record=Payout,
    initial="pending",
    phases={
        "pending": Phase.OPEN, "in_transit": Phase.PENDING, "paid": Phase.CLOSED, "failed": Phase.FAILED,
        "canceled": Phase.CLOSED,
    },
    rows=(
        Transition("pending",    "leave",  "in_transit", event=announces("payout.updated")),
        Transition("pending",    "cancel", "canceled",   event=announces("payout.canceled")),
        Transition("pending",    "fail",   "failed",     event=announces("payout.failed")),
        Transition("in_transit", "arrive", "paid",       event=announces("payout.paid")),
        Transition("in_transit", "fail",   "failed",     event=announces("payout.failed")),
        Transition("paid",       "fail",   "failed",     event=announces("payout.failed")),
    ),
)

REFUND: Machine[Refund] = Machine(
    "stripe.refund",
    record=Refund,
    initial="pending",
    phases={
        "pending": Phase.PENDING, "requires_action": Phase.PENDING, "succeeded": Phase.PAID,
        "failed": Phase.FAILED, "canceled": Phase.CLOSED,
    },
    rows=(
        Transition("pending",         "succeed", "succeeded"),
        Transition("pending",         "fail",    "failed"),
        Transition("requires_action", "succeed", "succeeded"),
        Transition("requires_action", "cancel",  "canceled"),
        Transition("succeeded",       "fail",    "failed"),
    ),
)
# fmt: on
