"""What moves waiting timelines and states on as it happens: phases, acknowledgements, signals, queries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

from paydouble.core.clock import Instant
from paydouble.core.notification import Notification
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.timeline import Leave, Wait
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.engine import sequels
from paydouble.engine.sandbox import DELIVER
from paydouble.engine.sequels import (
    About,
    ScenarioMemory,
    Script,
    Timeline,
    each,
    exit_of,
    leaves_of,
    of_notification,
)
from paydouble.store.unit_of_work import UnitOfWork

ACKNOWLEDGED = "acknowledged"
SANDBOX = "*"


async def phases(work: UnitOfWork, provider: Provider, now: Instant) -> None:
    """Of the payments that this unit of work saves: what waited for their phase is due."""
    kinds = {kind.kind for kind in provider.words.payments}
    for (kind, _), payment in tuple(work.saved.items()):
        if kind in kinds:
            await _reached(work, provider, payment, now)


async def _reached(work: UnitOfWork, provider: Provider, payment: Record, now: Instant) -> None:
    assert provider.words.view is not None
    phase = provider.words.view(payment).phase.value
    about = About(provider=provider.name, payment=payment.id)
    async for timeline in each(work, Timeline, "waits", f"phase/{about.key}"):
        if timeline.wait is not None and timeline.wait.phase == phase:
            work.at(now, timeline, str(timeline.position))
    async for memory, number, leave in _exits(work, about):
        if leave.phase == phase:
            work.at(now, memory, exit_of(memory, number))


async def acknowledged(work: UnitOfWork, provider: Provider, owed: Notification, now: Instant) -> None:
    """A notification was: what waited for it is due."""
    about = of_notification(owed)
    event = provider.words.events.get(owed.told_as, owed.told_as)
    if not about.payment:
        return
    async for timeline in each(work, Timeline, "waits", f"told/{about.key}"):
        if timeline.wait is not None and _covers(timeline.wait.acknowledged, event):
            work.at(now, timeline, str(timeline.position))
    async for memory, number, leave in _exits(work, about):
        if leave.acknowledged and _covers(leave.acknowledged, event):
            work.at(now, memory, exit_of(memory, number))
    async for held in each(work, Notification, "holds", f"told/{about.key}"):
        if held.shape.hold is not None and _covers(held.shape.hold.until, event):
            await release(work, held, now)


async def sent(work: UnitOfWork, owed: Notification, now: Instant) -> None:
    """A first attempt is over: what was ordered after it goes out."""
    async for held in each(work, Notification, "holds", f"sent/{owed.id}"):
        await release(work, held, now)


async def release(work: UnitOfWork, held: Notification, now: Instant) -> None:
    await sequels.forget_timers(work, held)
    free = replace(held, holds="", due_at=now)
    work.save(free)
    work.at(now, free, DELIVER)


async def signaled(work: UnitOfWork, name: str, ref: str, now: Instant) -> int:
    """How many timelines, states and notifications waited for it; with a ref, those of that order alone."""
    count = 0
    async for timeline in each(work, Timeline, "waits", f"signal/{name}"):
        if ref in ("", timeline.about.ref):
            work.at(now, timeline, str(timeline.position))
            count += 1
    async for held in each(work, Notification, "holds", f"signal/{name}"):
        if ref in ("", held.ref):
            await release(work, held, now)
            count += 1
    async for script in each(work, Script, "", ""):
        for state, found in script.states.table.items():
            numbers = [number for number, leave in enumerate(found.leave) if leave.signal == name]
            if numbers:
                async for memory in each(work, ScenarioMemory, "state_key", f"{script.id}/{state}"):
                    if ref in ("", memory.about.ref):
                        work.at(now, memory, exit_of(memory, numbers[0]))
                        count += 1
    return count


async def counted(work: UnitOfWork, about: About, now: Instant, *, of_refund: bool) -> bool:
    """One more query about this payment; whether something is due now."""
    due = False
    async for timeline in each(work, Timeline, "waits", f"polls/{about.key}"):
        if bool(timeline.subject_kind) is not of_refund or timeline.wait is None:
            continue
        polled = replace(timeline, polls=timeline.polls + 1)
        work.save(polled)
        if polled.polls >= timeline.wait.polls:
            work.at(now, polled, str(polled.position))
            due = True
    if of_refund:
        return due
    for key in (about.key, SANDBOX):
        async for memory in each(work, ScenarioMemory, "watches", key):
            due = await _queried(work, memory, now) or due
    return due


async def _queried(work: UnitOfWork, memory: ScenarioMemory, now: Instant) -> bool:
    leaves = await leaves_of(work, memory)
    if not any(leave.polls for leave in leaves):
        return False
    polled = replace(memory, polls=memory.polls + 1)
    work.save(polled)
    for number, leave in enumerate(leaves):
        if leave.polls and polled.polls >= leave.polls:
            work.at(now, polled, exit_of(polled, number))
            return True
    return False


async def already(work: UnitOfWork, id: str, now: Instant, providers: Mapping[str, Provider]) -> None:
    """Whether what a timeline or state has just begun to wait for has happened long ago."""
    timeline = await work.get(Timeline, id)
    wait = timeline.wait if timeline is not None and timeline.waits else None
    if timeline is not None and wait is not None and await _is_so(work, wait, timeline.about, providers):
        work.at(now, timeline, str(timeline.position))
    memory = await work.get(ScenarioMemory, id)
    if memory is None or not memory.about.payment or memory.turns:
        return
    for number, leave in enumerate(await leaves_of(work, memory)):
        if await _is_so(work, leave, memory.about, providers):
            work.at(now, memory, exit_of(memory, number))
            return


async def _is_so(
    work: UnitOfWork, cause: Wait | Leave, about: About, providers: Mapping[str, Provider]
) -> bool:
    provider = providers.get(about.provider)
    if provider is None or provider.words.view is None:
        return False
    if cause.phase:
        for kind in provider.words.payments:
            payment = await work.get(kind, about.payment)
            if payment is not None:
                return provider.words.view(payment).phase.value == cause.phase
    if cause.acknowledged:
        return await was_acknowledged(work, provider, about.payment, cause.acknowledged)
    return False


async def was_acknowledged(work: UnitOfWork, provider: Provider, payment: str, pattern: str) -> bool:
    """Whether a notification of this payment that the pattern means has been."""
    walk = Walk(index="subject", value=payment, limit=PAGE_MAX)
    return any(
        owed.status == ACKNOWLEDGED
        and _covers(pattern, provider.words.events.get(owed.told_as, owed.told_as))
        for owed in await work.scan(Notification, walk)
    )


async def _exits(work: UnitOfWork, about: About) -> AsyncIterator[tuple[ScenarioMemory, int, Leave]]:
    """The ways out of the states in which this payment's machines, and those of the sandbox, are."""
    for key in (about.key, SANDBOX):
        async for memory in each(work, ScenarioMemory, "watches", key):
            for number, leave in enumerate(await leaves_of(work, memory)):
                yield memory, number, leave


def _covers(pattern: str, event: str) -> bool:
    from paydouble.scenarios.vocabulary import covers

    return covers(pattern, event)
