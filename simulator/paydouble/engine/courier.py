"""The life of one notification: signed afresh, sent, judged, tried again on the provider's schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import assert_never

from paydouble.core.clock import Instant, later
from paydouble.core.delivery import Blocked, HungUp, TimedOut, Transport, Unreachable
from paydouble.core.effect import (
    HONEST_ATTEMPT,
    HONEST_SEAL,
    Corruption,
    Damage,
    KeyChoice,
    NotifyAttempt,
    NotifyShape,
    Retry,
    Timing,
)
from paydouble.core.http import Headers, HttpRequest
from paydouble.core.ids import HEX
from paydouble.core.notification import Attempt, Event, Notification, RetrySchedule
from paydouble.core.provider import Provider, Wire
from paydouble.core.work import Timer
from paydouble.engine import effects, noticing
from paydouble.engine.directory import Directory
from paydouble.engine.forgery import is_forged
from paydouble.engine.outbox import event_facts
from paydouble.engine.sandbox import DELIVER, Sandbox
from paydouble.store.protocol import Conflict
from paydouble.store.unit_of_work import UnitOfWork

STARTED = "started"
ACKNOWLEDGED = "acknowledged"
ATTEMPTS_KEPT_MAX = 100
ANSWER_KEPT_BYTES_MAX = 4_096


@dataclass(slots=True)
class _Delivery:
    """One attempt under way."""

    provider: Provider
    sandbox: Sandbox
    owed: Notification
    event: Event
    plan: NotifyAttempt
    due: Instant

    @property
    def wire(self) -> Wire:
        """Of the API by which this endpoint is told."""
        return self.provider.api(self.owed.endpoint.api or self.event.api).wire


class Courier:
    """Delivers what is owed, at least once, and keeps every attempt."""

    def __init__(self, providers: Mapping[str, Provider], directory: Directory, transport: Transport) -> None:
        self._providers = providers
        self._directory = directory
        self._transport = transport

    async def deliver(self, sandbox: Sandbox, timer: Timer) -> None:
        """Runs a due timer: one attempt, recorded before its bytes leave."""
        delivery = await self._start(sandbox, timer.subject, timer)
        if delivery is not None:
            await self._attempt(delivery)

    async def overtake(self, sandbox: Sandbox, owed: list[Notification]) -> None:
        """First attempts that are to arrive before the answer of the call that caused them."""
        for notification in owed:
            if notification.shape.timing is Timing.BEFORE_RESPONSE:
                await self._overtake_one(sandbox, notification)

    async def _overtake_one(self, sandbox: Sandbox, notification: Notification) -> None:
        work = sandbox.work()
        timer = await work.find(Timer, "subject_key", f"{Notification.kind}/{notification.id}")
        if timer is not None:
            await self.deliver(sandbox, timer)

    async def redeliver(self, sandbox: Sandbox, id: str) -> bool:
        """One more attempt now, whatever came of earlier ones; False where there is no such notification."""
        delivery = await self._start(sandbox, id, None)
        if delivery is None:
            return False
        await self._attempt(delivery)
        return True

    async def _start(self, sandbox: Sandbox, id: str, timer: Timer | None) -> _Delivery | None:
        """Records that an attempt begins; None where another worker was first, or nothing is owed."""
        work = sandbox.work()
        if timer is not None:
            timer = await work.get(Timer, timer.id)
            if timer is None:
                return None
        owed = await work.get(Notification, id)
        event = None if owed is None else await work.get(Event, owed.event)
        if owed is None or event is None:
            return None
        provider = self._providers[owed.provider]
        due = timer.due if timer is not None else sandbox.clock.now()
        plan = await self._plan(provider, sandbox, work, owed, event)
        started = Attempt(
            sandbox.clock.now(), due, STARTED, because=_because(plan), manual=timer is None
        )
        owed = replace(owed, attempts=(*owed.attempts, started)[-ATTEMPTS_KEPT_MAX:])
        work.save(owed)
        if timer is not None:
            work.remove(timer)
            # Whoever dies in the middle of this attempt has owed the next one already.
            self._owe_next(provider, work, owed, due, sandbox.clock.now())
        try:
            await work.commit()
        except Conflict:
            sandbox.wake()
            return None
        return _Delivery(provider, sandbox, owed, event, plan, due)

    async def _plan(
        self, provider: Provider, sandbox: Sandbox, work: UnitOfWork, owed: Notification, event: Event
    ) -> NotifyAttempt:
        sticky = owed.shape.attempt
        if not sandbox.rules.any:
            return sticky or HONEST_ATTEMPT
        facts = await event_facts(provider, work, event)
        return await sandbox.rules.attempt(provider, owed, facts, sticky, work)

    def _owe_next(
        self, provider: Provider, work: UnitOfWork, owed: Notification, due: Instant, now: Instant
    ) -> None:
        next_due = _schedule(provider, owed).due_after(_scheduled(owed.attempts), due)
        if next_due is not None:
            work.at(max(next_due, now), owed, DELIVER)

    async def _attempt(self, delivery: _Delivery) -> None:
        owed, plan = delivery.owed, delivery.plan
        if plan.drop:
            await self._finish(delivery, replace(owed.attempts[-1], outcome="dropped"), acknowledged=False)
            return
        request = await self._made(delivery)
        if request is None:
            await self._finish(delivery, replace(owed.attempts[-1], outcome="dropped"), acknowledged=False)
            return
        attempt = replace(
            owed.attempts[-1], request_headers=request.headers.pairs, request_body=request.body,
            forged=is_forged(plan),
        )
        begun = perf_counter()
        attempt = await self._sent(delivery, request, attempt)
        attempt = replace(attempt, took_ms=round((perf_counter() - begun) * 1_000))
        await self._finish(delivery, attempt, acknowledged=attempt.outcome == ACKNOWLEDGED)

    async def _sent(self, delivery: _Delivery, request: HttpRequest, attempt: Attempt) -> Attempt:
        """The attempt with what came of it."""
        timeout = _schedule(delivery.provider, delivery.owed).timeout
        try:
            response = await self._transport.send(request, timeout, disconnect=delivery.plan.disconnect)
        except TimedOut:
            return replace(attempt, outcome="timeout")
        except HungUp:
            return replace(attempt, outcome="disconnected")
        except Blocked as error:
            return replace(attempt, outcome="blocked", because=_also(attempt, str(error)))
        except Unreachable as error:
            return replace(attempt, outcome="refused", because=_also(attempt, error.reason))
        wire = delivery.wire
        return replace(
            attempt, status=response.status, response_body=response.body[:ANSWER_KEPT_BYTES_MAX],
            outcome=ACKNOWLEDGED if wire.acknowledged(response) else "rejected",
        )

    def _request(self, delivery: _Delivery, wire: Wire) -> HttpRequest:
        owed, plan, sandbox = delivery.owed, delivery.plan, delivery.sandbox
        merchant = self._directory.merchant(sandbox.id, owed.provider, owed.merchant)
        assert merchant is not None, f"{owed.id} is owed to nobody"
        if plan.patch is not None:
            owed = replace(owed, payload=effects.patched_json(owed.payload, plan.patch))
        effect = plan.seal or HONEST_SEAL
        if plan.corrupt is Corruption.BAD_CIPHERTEXT:
            effect = replace(effect, damage=Damage.BAD_CIPHERTEXT)
        if effect.key is KeyChoice.OTHER_MERCHANT:
            merchant = delivery.provider.merchant(f"{sandbox.id}-other", merchant.keys)
        nonce = sandbox.ids.token(32, HEX)
        seal = effects.seal(effect, sandbox.clock.wire_now(), nonce)
        request = wire.notification(owed, delivery.event, merchant, seal)
        return _corrupted(request, plan.corrupt)


    async def _made(self, delivery: _Delivery) -> HttpRequest | None:
        """The request, signed afresh; of a replay the bytes that were sent before, None where none were."""
        owed = delivery.owed
        if not owed.replays:
            return self._request(delivery, delivery.wire)
        original = await delivery.sandbox.work().get(Notification, owed.replays)
        sent = [each for each in original.attempts if each.request_body] if original is not None else []
        if not sent:
            return None
        first = sent[0]
        return HttpRequest(
            method="POST", target=owed.endpoint.url, headers=Headers(first.request_headers),
            body=first.request_body,
        )

    async def _finish(self, delivery: _Delivery, attempt: Attempt, *, acknowledged: bool) -> None:
        """Writes what became of the attempt; the next one, owed already, is called off if acknowledged."""
        sandbox, id = delivery.sandbox, delivery.owed.id
        while True:
            work = sandbox.work()
            owed = await work.get(Notification, id)
            if owed is None:
                return
            finished = self._finished(delivery, owed, attempt, acknowledged=acknowledged)
            work.save(finished)
            await self._move_on(delivery, work, finished, attempt, acknowledged=acknowledged)
            timer = await work.find(Timer, "subject_key", f"{Notification.kind}/{id}")
            if acknowledged and timer is not None:
                work.remove(timer)
            try:
                await work.commit()
            except Conflict:
                continue
            break
        sandbox.changes.tell("notification", {"id": id, "outcome": attempt.outcome})
        if work.timers:
            sandbox.wake()

    async def _move_on(
        self, delivery: _Delivery, work: UnitOfWork, owed: Notification, attempt: Attempt, *,
        acknowledged: bool,
    ) -> None:
        """What waited for this attempt, or for its acknowledgement, and the replay of its bytes."""
        sandbox = delivery.sandbox
        now = sandbox.clock.now()
        replay = owed.shape.replay
        if replay is not None and attempt.request_body and not (owed.copy or owed.replays):
            await _owe_replay(work, owed, later(now, replay), now)
        if sandbox.plays:
            if len(owed.attempts) == 1:
                await noticing.sent(work, owed, now)
            if acknowledged:
                await noticing.acknowledged(work, delivery.provider, owed, now)

    def _finished(
        self, delivery: _Delivery, owed: Notification, attempt: Attempt, *, acknowledged: bool
    ) -> Notification:
        number = len(delivery.owed.attempts) - 1
        attempts = (*owed.attempts[:number], attempt, *owed.attempts[number + 1:])
        if acknowledged or owed.status == ACKNOWLEDGED:
            return replace(owed, attempts=attempts, status=ACKNOWLEDGED, due_at=None)
        if attempt.manual:
            return replace(owed, attempts=attempts)
        next_due = _schedule(delivery.provider, owed).due_after(_scheduled(attempts), delivery.due)
        if next_due is None:
            dropped = all(each.outcome == "dropped" for each in attempts)
            return replace(owed, attempts=attempts, status="dropped" if dropped else "exhausted", due_at=None)
        return replace(owed, attempts=attempts, due_at=next_due)


async def _owe_replay(work: UnitOfWork, owed: Notification, due: Instant, now: Instant) -> None:
    id = f"{owed.id}_again"
    if await work.get(Notification, id) is not None:
        return
    again = replace(
        owed, id=id, created=now, status="due", attempts=(), due_at=due, replays=owed.id,
        shape=NotifyShape(retry=Retry(), because=owed.shape.because),
    )
    work.save(again)
    work.at(due, again, DELIVER)


def _usual_retries(provider: Provider, owed: Notification) -> RetrySchedule:
    return provider.own_retries.get(owed.endpoint.api or owed.event_type, provider.retries)


def _schedule(provider: Provider, owed: Notification) -> RetrySchedule:
    retry, usual = owed.shape.retry, _usual_retries(provider, owed)
    if retry is None:
        return usual
    return RetrySchedule(retry.delays, retry.timeout or usual.timeout)


def _also(attempt: Attempt, why: str) -> str:
    return "; ".join(filter(None, (attempt.because, why)))


def _scheduled(attempts: tuple[Attempt, ...]) -> int:
    return sum(not attempt.manual for attempt in attempts)


def _because(plan: NotifyAttempt) -> str:
    return "; ".join(f"{effect}: {rule}" for effect, rule in plan.because.items())


def _corrupted(request: HttpRequest, corrupt: Corruption | None) -> HttpRequest:
    """The signed request with a body that is spoiled on its way."""
    body = request.body
    match corrupt:
        case None | Corruption.BAD_CIPHERTEXT:
            return request
        case Corruption.TRUNCATED:
            body = body[: len(body) // 2]
        case Corruption.NOT_JSON:
            body = b"not json"
        case Corruption.WRONG_CHARSET:
            body = body.decode(errors="replace").encode("gb18030")
        case Corruption.EXTRA_BYTES:
            body = body + b"\x00\x00"
        case Corruption.WRONG_CONTENT_TYPE:
            others = tuple(pair for pair in request.headers if pair[0].lower() != "content-type")
            return replace(request, headers=Headers((("Content-Type", "text/plain"), *others)))
        case _:
            assert_never(corrupt)
    return replace(request, body=body)
