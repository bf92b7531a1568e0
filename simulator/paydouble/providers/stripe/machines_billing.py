"""The lives of invoices, subscriptions, Checkout Sessions and quotes as tables.

https://docs.stripe.com/invoicing/overview#workflow-overview, https://docs.stripe.com/billing/subscriptions/overview
"""

# ruff: noqa: E501  the tables are as wide as their rows
from __future__ import annotations

from paydouble.core.machine import Machine, Phase, Transition
from paydouble.providers.stripe.events import announces
from paydouble.providers.stripe.models.checkout import CheckoutSession
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.subscriptions import Subscription

_paid, _voided = announces("invoice.paid"), announces("invoice.voided")
_written_off = announces("invoice.marked_uncollectible")

# fmt: off
INVOICE: Machine[Invoice] = Machine(
    "stripe.invoice",
    record=Invoice,
    initial="draft",
    phases={
        "draft": Phase.OPEN, "open": Phase.PENDING, "paid": Phase.PAID, "uncollectible": Phase.FAILED,
        "void": Phase.CLOSED,
    },
    rows=(
        Transition("draft",         "finalize",  "open",          stamp="finalized_at", event=announces("invoice.finalized")),
        Transition("open",          "pay",       "paid",          stamp="paid_at",      event=_paid),
        Transition("open",          "void",      "void",          stamp="voided_at",    event=_voided),
        Transition("open",          "write_off", "uncollectible", stamp="marked_uncollectible_at", event=_written_off),
        Transition("uncollectible", "pay",       "paid",          stamp="paid_at",      event=_paid),
        Transition("uncollectible", "void",      "void",          stamp="voided_at",    event=_voided),
    ),
)

INCOMPLETE, EXPIRED, TRIALING, ACTIVE = "incomplete", "incomplete_expired", "trialing", "active"
PAST_DUE, UNPAID, PAUSED, CANCELED = "past_due", "unpaid", "paused", "canceled"

SUBSCRIPTION: Machine[Subscription] = Machine(
    "stripe.subscription",
    record=Subscription,
    initial=INCOMPLETE,
    phases={
        INCOMPLETE: Phase.OPEN, TRIALING: Phase.OPEN, ACTIVE: Phase.PAID, PAST_DUE: Phase.PENDING,
        UNPAID: Phase.FAILED, PAUSED: Phase.PENDING, CANCELED: Phase.CLOSED, EXPIRED: Phase.CLOSED,
    },
    rows=(
        Transition(INCOMPLETE, "activate", ACTIVE),
        Transition(INCOMPLETE, "expire",   EXPIRED),
        Transition(INCOMPLETE, "cancel",   CANCELED),
        Transition(TRIALING,   "activate", ACTIVE),
        Transition(TRIALING,   "fail",     PAST_DUE),
        Transition(TRIALING,   "pause",    PAUSED),
        Transition(TRIALING,   "cancel",   CANCELED),
        Transition(ACTIVE,     "fail",     PAST_DUE),
        Transition(ACTIVE,     "cancel",   CANCELED),
        Transition(PAST_DUE,   "activate", ACTIVE),
        Transition(PAST_DUE,   "fail",     PAST_DUE),
        Transition(PAST_DUE,   "give_up",  UNPAID),
        Transition(PAST_DUE,   "cancel",   CANCELED),
        Transition(UNPAID,     "activate", ACTIVE),
        Transition(UNPAID,     "cancel",   CANCELED),
        Transition(PAUSED,     "activate", ACTIVE),
        Transition(PAUSED,     "cancel",   CANCELED),
    ),
)
# fmt: on

# fmt: off
CHECKOUT: Machine[CheckoutSession] = Machine(
    "stripe.checkout_session",
    record=CheckoutSession,
    initial="open",
    phases={"open": Phase.OPEN, "complete": Phase.CLOSED, "expired": Phase.CLOSED},
    rows=(
        Transition("open", "pay",    "complete", event=announces("checkout.session.completed")),
        Transition("open", "expire", "expired",  event=announces("checkout.session.expired")),
    ),
)
# fmt: on
