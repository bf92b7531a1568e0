"""From the events of a unit of work to the notifications that it owes, in the same commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from paydouble.core.clock import Duration, Instant, later
from paydouble.core.effect import HONEST_SHAPE, NotifyShape, Order
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.words import Details, Facts
from paydouble.engine import fates, noticing
from paydouble.engine.effects import latency_of
from paydouble.engine.sandbox import DELIVER, Sandbox
from paydouble.engine.sequels import of_notification
from paydouble.store.unit_of_work import UnitOfWork

Drawn = dict[tuple[str, str], NotifyShape]
"""Shapes drawn in an earlier try of the same commit, by event type and subject: dice are thrown once."""


async def owe(
    provider: Provider, sandbox: Sandbox, work: UnitOfWork, drawn: Drawn, own: NotifyShape | None = None
) -> list[Notification]:
    """Saves a notification, and its timer, for each event and each endpoint that is told of it.

    `own` effects are those of what causes the events; they come before all others.
    """
    owed: list[Notification] = []
    for event in tuple(work.announced):
        endpoints = await provider.endpoints(work, event)
        if not endpoints:
            continue
        key = (event.type, event.subject)
        if key not in drawn:
            drawn[key] = await _shape(provider, sandbox, work, event, own)
        for endpoint in endpoints:
            for about, notification in _copies(provider, sandbox, event, endpoint, drawn[key]):
                if about is not event:
                    work.save(about)
                owed.append(notification)
    return await _put(provider, sandbox, work, owed) if owed else owed


async def _shape(
    provider: Provider, sandbox: Sandbox, work: UnitOfWork, event: Event, own: NotifyShape | None
) -> NotifyShape:
    told_as = event.meaning or event.type
    neutral = provider.words.events.get(told_as, told_as)
    sticky = _own_first(own, await fates.shape_of(work, event.subject, neutral))
    if not sandbox.rules.any:
        return sticky or HONEST_SHAPE
    facts = await event_facts(provider, work, event)
    return await sandbox.rules.shape(provider, told_as, facts, sticky, work)


def _own_first(own: NotifyShape | None, sticky: NotifyShape | None) -> NotifyShape | None:
    if own is None or sticky is None:
        return own or sticky
    from paydouble.scenarios.shaping import over

    return over(own, sticky)


async def event_facts(provider: Provider, work: UnitOfWork, event: Event) -> Facts:
    """What a rule on a notification may look at: the facts of the payment that it is about."""
    for kind in provider.words.payments:
        payment = await work.get(kind, event.subject)
        if payment is not None:
            return record_facts(provider, payment)
    return Facts(ref=event.ref, payment=event.subject)


def record_facts(provider: Provider, record: Record) -> Facts:
    """The facts of a payment, where there is no call to ask."""
    if type(record) not in provider.words.payments or provider.words.view is None:
        return Facts()
    view = provider.words.view(record)
    details = Details(
        amount=view.amount.decimal(provider.words.exponents), currency=view.amount.currency,
        phase=view.phase.value, metadata=view.metadata,
    )
    return Facts(ref=view.ref, payment=view.id, details=details)


def _copies(
    provider: Provider, sandbox: Sandbox, event: Event, endpoint: Endpoint, shape: NotifyShape,
) -> Iterator[tuple[Event, Notification]]:
    """The notification and what is to be its double, each with the event that it tells of."""
    wire = provider.api(endpoint.api or event.api).wire
    told = replace(endpoint, url=shape.to) if shape.to else endpoint
    delay = Duration(0) if shape.delay is None else latency_of(shape.delay, sandbox.ids)
    for number, (after, is_new) in enumerate(_times(shape)):
        about = replace(event, id=provider.event_id(sandbox.ids)) if is_new else event
        due = later(sandbox.clock.now(), delay + after)
        payload = wire.announcement(about, told)
        yield about, _notification(sandbox, about, told, shape, number, due, payload)


def _times(shape: NotifyShape) -> Iterator[tuple[Duration, bool]]:
    """How much later each copy leaves, and whether it is an event of its own."""
    for number in range(shape.copies):
        yield Duration(number * shape.spacing), bool(number) and shape.new_id
    for number in range(1, shape.burst):
        yield Duration(round(shape.burst_over * number / (shape.burst - 1))), True


def _notification(
    sandbox: Sandbox, event: Event, endpoint: Endpoint, shape: NotifyShape, number: int,
    due: Instant, payload: bytes,
) -> Notification:
    return Notification(
        id=f"ntf_{sandbox.ids.token(20)}", status="due", created=sandbox.clock.now(), event=event.id,
        event_type=event.type, meaning=event.meaning, provider=event.provider, merchant=event.merchant,
        endpoint=endpoint, payload=payload, subject=event.subject, ref=event.ref, shape=shape,
        copy=number, due_at=due,
    )


async def _put(
    provider: Provider, sandbox: Sandbox, work: UnitOfWork, owed: list[Notification]
) -> list[Notification]:
    """Saves them, each with its timer or with what it waits for."""
    put = [await _held(provider, sandbox, work, each) for each in _in_order(sandbox, owed)]
    for notification in put:
        work.save(notification)
        if notification.holds:
            sandbox.plays = True
        if notification.due_at is not None:
            work.at(notification.due_at, notification, DELIVER)
    return put


def _in_order(sandbox: Sandbox, owed: list[Notification]) -> list[Notification]:
    """Those with an `order` leave one after the other, turned round or shuffled; the others as they are."""
    ordered = [each for each in owed if each.shape.order is not None]
    if len(ordered) < 2:
        return owed
    ordered.reverse()
    if ordered[0].shape.order is Order.SHUFFLE:
        ordered.sort(key=lambda each: sandbox.ids.fraction())
    after = {each.id: before.id for before, each in pairwise(ordered)}
    return [
        replace(each, holds=f"sent/{after[each.id]}", due_at=None) if each.id in after else each
        for each in owed
    ]


async def _held(
    provider: Provider, sandbox: Sandbox, work: UnitOfWork, owed: Notification
) -> Notification:
    hold = owed.shape.hold
    if hold is None or owed.holds:
        return owed
    if hold.signal:
        holds = f"signal/{hold.signal}"
    elif await noticing.was_acknowledged(work, provider, owed.subject, hold.until):
        return owed
    else:
        holds = f"told/{of_notification(owed).key}"
    assert owed.due_at is not None, "nothing else keeps it"
    ends = later(owed.due_at, hold.timeout) if hold.timeout is not None else None
    return replace(owed, holds=holds, due_at=ends)
