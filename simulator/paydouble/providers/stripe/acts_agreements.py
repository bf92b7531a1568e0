"""What time does to quotes and subscription schedules (https://docs.stripe.com/quotes)."""

from __future__ import annotations

from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.errors import ProviderError
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.record import Record
from paydouble.providers.stripe import clocks, quoting, scheduling
from paydouble.providers.stripe.machines_agreements import QUOTE, SCHEDULE
from paydouble.providers.stripe.models.agreements import Quote, SubscriptionSchedule


@act(Quote, "lapse")
async def lapse(doing: Doing[Quote]) -> Record:
    """A quote that nobody has accepted in time is canceled."""
    scene, quote = await clocks.of_timer(doing, doing.record.customer), doing.record
    if quote.expires_at > scene.now:
        raise IllegalTrigger(QUOTE.name, quote.status, doing.trigger)
    return fire(scene.work, QUOTE, quote, "cancel", scene.now)


@act(Quote, "accept")
async def accept(doing: Doing[Quote]) -> Record:
    """The customer accepts."""
    return await quoting.accepted(await clocks.of_timer(doing, doing.record.customer), doing.record)


@act(SubscriptionSchedule, "begin")
async def begin(doing: Doing[SubscriptionSchedule]) -> Record:
    """The first phase begins."""
    scene, schedule = await clocks.of_timer(doing, doing.record.customer), doing.record
    SCHEDULE.row(schedule.status, doing.trigger)
    try:
        return await scheduling.begun(scene, schedule)
    except ProviderError:
        return fire(scene.work, SCHEDULE, schedule, "cancel", scene.now)


@act(SubscriptionSchedule, "turn")
async def turn(doing: Doing[SubscriptionSchedule]) -> Record:
    """A phase is over."""
    scene, schedule = await clocks.of_timer(doing, doing.record.customer), doing.record
    if schedule.status != "active" or schedule.phase.end > scene.now:
        raise IllegalTrigger(SCHEDULE.name, schedule.status, doing.trigger)
    return await scheduling.turned(scene, schedule)


@act(SubscriptionSchedule, "cancel", "release")
async def end(doing: Doing[SubscriptionSchedule]) -> Record:
    """The merchant ends a schedule in the dashboard, with or without its subscription."""
    scene = await clocks.of_timer(doing, doing.record.customer)
    if doing.trigger == "release":
        return await scheduling.released(scene, doing.record)
    return await scheduling.canceled(scene, doing.record)


AGREEMENT_ACTS: tuple[Act[Any], ...] = (*lapse, *accept, *begin, *turn, *end)
