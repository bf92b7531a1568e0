"""From the events of a unit of work to the notifications that it owes, in the same commit."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.clock import Duration, Instant, later
from paydouble.core.effect import HONEST_SHAPE, NotifyShape
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.words import Facts
from paydouble.engine import fates
from paydouble.engine.effects import latency_of
from paydouble.engine.sandbox import DELIVER, Sandbox
from paydouble.store.unit_of_work import UnitOfWork

Drawn = dict[tuple[str, str], NotifyShape]
"""Shapes drawn in an earlier try of the same commit, by event type and subject: dice are thrown once."""


async def owe(
    provider: Provider, sandbox: Sandbox, work: UnitOfWork, drawn: Drawn
) -> list[Notification]:
    """Saves a notification, and its timer, for each event and each endpoint that is told of it."""
    owed: list[Notification] = []
    for event in tuple(work.announced):
        endpoints = await provider.endpoints(work, event)
        if not endpoints:
            continue
        key = (event.type, event.subject)
        if key not in drawn:
            drawn[key] = await _shape(provider, sandbox, work, event)
        for endpoint in endpoints:
            owed.extend(_copies(provider, sandbox, work, event, endpoint, drawn[key]))
    return owed


async def _shape(provider: Provider, sandbox: Sandbox, work: UnitOfWork, event: Event) -> NotifyShape:
    sticky = await fates.shape_of(work, event.subject)
    neutral = provider.words.events.get(event.type, event.type)
    if sticky is not None and sticky.only and neutral not in sticky.only:
        sticky = None
    if not sandbox.rules.any:
        return sticky or HONEST_SHAPE
    facts = await event_facts(provider, work, event)
    return await sandbox.rules.shape(provider, event.type, facts, sticky)


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
    return Facts(
        ref=view.ref, amount=view.amount.decimal(provider.words.exponents), currency=view.amount.currency,
        payment=view.id, phase=view.phase.value, metadata=view.metadata,
    )


def _copies(
    provider: Provider, sandbox: Sandbox, work: UnitOfWork, event: Event, endpoint: Endpoint,
    shape: NotifyShape,
) -> list[Notification]:
    wire = provider.api(event.api).wire
    told = replace(endpoint, url=shape.to) if shape.to else endpoint
    delay = Duration(0) if shape.delay is None else latency_of(shape.delay, sandbox.ids)
    copies: list[Notification] = []
    for number in range(shape.copies):
        about = event
        if number and shape.new_id:
            about = replace(event, id=provider.event_id(sandbox.ids))
            work.save(about)
        due = later(sandbox.clock.now(), delay + number * shape.spacing)
        copies.append(_notification(sandbox, about, told, shape, number, due, wire.announcement(about, told)))
    for notification in copies:
        work.save(notification)
        assert notification.due_at is not None
        work.at(notification.due_at, notification, DELIVER)
    return copies


def _notification(
    sandbox: Sandbox, event: Event, endpoint: Endpoint, shape: NotifyShape, number: int,
    due: Instant, payload: bytes,
) -> Notification:
    return Notification(
        id=f"ntf_{sandbox.ids.token(20)}", status="due", created=sandbox.clock.now(), event=event.id,
        event_type=event.type, provider=event.provider, merchant=event.merchant, endpoint=endpoint,
        payload=payload, subject=event.subject, ref=event.ref, shape=shape, copy=number, due_at=due,
    )
