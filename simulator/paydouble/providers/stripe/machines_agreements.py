"""The lives of quotes and subscription schedules as tables.

https://docs.stripe.com/quotes/overview#lifecycle, https://docs.stripe.com/billing/subscriptions/subscription-schedules
"""

# ruff: noqa: E501  the tables are as wide as their rows
from __future__ import annotations

from paydouble.core.machine import Machine, Phase, Transition
from paydouble.providers.stripe.events import announces
from paydouble.providers.stripe.models.agreements import Quote, SubscriptionSchedule

_canceled = announces("quote.canceled")
_schedule_canceled = announces("subscription_schedule.canceled")
_released = announces("subscription_schedule.released")

# fmt: off
QUOTE: Machine[Quote] = Machine(
    "stripe.quote",
    record=Quote,
    initial="draft",
    phases={"draft": Phase.OPEN, "open": Phase.PENDING, "accepted": Phase.CLOSED, "canceled": Phase.CLOSED},
    rows=(
        Transition("draft", "finalize", "open",     stamp="finalized_at", event=announces("quote.finalized")),
        Transition("draft", "cancel",   "canceled", stamp="canceled_at",  event=_canceled),
        Transition("open",  "accept",   "accepted", stamp="accepted_at",  event=announces("quote.accepted")),
        Transition("open",  "cancel",   "canceled", stamp="canceled_at",  event=_canceled),
    ),
)

SCHEDULE: Machine[SubscriptionSchedule] = Machine(
    "stripe.subscription_schedule",
    record=SubscriptionSchedule,
    initial="not_started",
    phases={
        "not_started": Phase.OPEN, "active": Phase.PENDING, "completed": Phase.CLOSED,
        "released": Phase.CLOSED, "canceled": Phase.CLOSED,
    },
    rows=(
        Transition("not_started", "begin",    "active"),
        Transition("not_started", "cancel",   "canceled",  stamp="canceled_at",  event=_schedule_canceled),
        Transition("not_started", "release",  "released",  stamp="released_at",  event=_released),
        Transition("active",      "complete", "completed", stamp="completed_at", event=announces("subscription_schedule.completed")),
        Transition("active",      "cancel",   "canceled",  stamp="canceled_at",  event=_schedule_canceled),
        Transition("active",      "release",  "released",  stamp="released_at",  event=_released),
    ),
)
# fmt: on
