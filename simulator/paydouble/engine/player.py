"""Plays what scenarios have in store: steps of timelines, exits of states, signals, counted queries."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, assert_never

from paydouble.core.act import Declined
from paydouble.core.clock import Instant
from paydouble.core.effect import NotifyShape, Outcome, Result
from paydouble.core.errors import ProviderError
from paydouble.core.machine import IllegalTrigger
from paydouble.core.money import DEFAULT_EXPONENT, MINOR_MAX, Money
from paydouble.core.notification import Notification
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.timeline import Decide, Dispute, Emit, GiveBack, GoTo, Move, Settle, SetVars, Wait
from paydouble.core.work import InsufficientBalance, Timer
from paydouble.engine import afterwards, fates, noticing, outbox, sequels
from paydouble.engine.acts import Acts, NoSuchRecord
from paydouble.engine.contention import until_committed
from paydouble.engine.sandbox import Sandbox
from paydouble.engine.sequels import DONE, FAILURES_MAX, ScenarioMemory, Script, Timeline
from paydouble.store.unit_of_work import UnitOfWork

REFUND_QUERY, PAYMENT_QUERY = "refund.query", "payment.query"
POLLED = frozenset({REFUND_QUERY, PAYMENT_QUERY})


class Cannot(Exception):
    """A step that this provider, or this payment as it is, has no way to do."""


REFUSALS = (Cannot, Declined, IllegalTrigger, NoSuchRecord, ProviderError, InsufficientBalance)


class Player:
    """One step, one exit, one commit: with all that it does to the books."""

    def __init__(self, providers: Mapping[str, Provider], acts: Acts) -> None:
        self._providers = providers
        self._acts = acts
        acts.runs(Timeline.kind, self.run)
        acts.runs(ScenarioMemory.kind, self.run)

    async def begin(self, sandbox: Sandbox) -> None:
        """Starts the machines that this sandbox has one of, of scenarios that have just come into force."""
        waiting, sandbox.rules.unbegun = sandbox.rules.unbegun, []
        await afterwards.begin_for_sandbox(sandbox, waiting)

    async def go(self, sandbox: Sandbox, state: str, ref: str = "") -> int:
        """Moves the machines that know this state: those of the sandbox, or of one order; how many did."""
        await self.begin(sandbox)

        async def once() -> int:
            work, count = sandbox.work(), 0
            async for memory, states in sequels.machines(work, ref):
                if state in states.table:
                    moved = await sequels.enter(work, memory, states, state, sandbox.clock.now())
                    await noticing.already(work, moved.id, sandbox.clock.now(), self._providers)
                    count += 1
            await work.commit()
            return count

        count = await until_committed(once, f"state {state}")
        sandbox.wake()
        return count

    async def run(self, sandbox: Sandbox, timer: Timer) -> None:
        """A timer of a timeline or a machine; one that has been overtaken does nothing."""
        drawn = outbox.Drawn()

        async def once() -> bool:
            work = sandbox.work()
            if await work.get(Timer, timer.id) is None:
                return False
            work.remove(timer)
            if timer.subject_kind == ScenarioMemory.kind:
                await self._leave(sandbox, work, timer)
                await work.commit()
            else:
                await self._go_on(sandbox, timer, drawn)
            return True

        if await until_committed(once, timer.subject):
            sandbox.changes.tell("timeline", {"id": timer.subject, "trigger": timer.trigger})

    async def _leave(self, sandbox: Sandbox, work: UnitOfWork, timer: Timer) -> None:
        memory = await work.get(ScenarioMemory, timer.subject)
        script = await work.get(Script, memory.owner.activation) if memory is not None else None
        visit, _, number = timer.trigger.partition("/")
        if memory is None or script is None or memory.visit != int(visit):
            return
        activation = memory.owner.activation
        if not memory.about.payment and all(each.id != activation for each in sandbox.rules.in_force):
            # What a payment was born under stays with it; a machine of the sandbox ends with its scenario.
            return
        leave = script.states.table[memory.state].leave[int(number)]
        await sequels.enter(work, memory, script.states, leave.to, timer.due)
        await noticing.already(work, memory.id, timer.due, self._providers)

    async def _go_on(self, sandbox: Sandbox, timer: Timer, drawn: outbox.Drawn) -> None:
        """The step that is due, and the way to the next, in one commit; a step that fails is passed over."""
        failure = ""
        while True:
            work = sandbox.work(self._event_id(timer, sandbox))
            if await work.get(Timer, timer.id) is None:
                return
            work.remove(timer)
            timeline = await work.get(Timeline, timer.subject)
            if timeline is None or timeline.status == DONE or str(timeline.position) != timer.trigger:
                await work.commit()
                return
            if not await self._is_current(work, timeline):
                work.save(replace(timeline, status=DONE, waits=""))
                await work.commit()
                return
            if failure:
                noted = (*timeline.failures, failure)[-FAILURES_MAX:]
                timeline = replace(timeline, failures=noted)
            else:
                try:
                    await self._perform(sandbox, work, timeline, timer.due, drawn)
                except REFUSALS as error:
                    failure = f"step {timeline.position + 1}: {error}"
                    continue
            await sequels.proceed(work, timeline, timeline.position + 1, timer.due)
            await noticing.already(work, timeline.id, timer.due, self._providers)
            await work.commit()
            return

    def _event_id(self, timer: Timer, sandbox: Sandbox) -> Callable[[Any], str] | None:
        """Timelines name their payment, and so their provider, in their ids."""
        name = timer.subject.partition("/")[2].partition(":")[0]
        provider = self._providers.get(name)
        return provider.event_id if provider is not None else None

    async def _is_current(self, work: UnitOfWork, timeline: Timeline) -> bool:
        """What a state began ends with that state."""
        if not timeline.memory:
            return True
        memory = await work.get(ScenarioMemory, timeline.memory)
        return memory is not None and memory.visit == timeline.visit

    async def _perform(
        self, sandbox: Sandbox, work: UnitOfWork, timeline: Timeline, now: Instant, drawn: outbox.Drawn
    ) -> None:
        step = timeline.steps[timeline.position]
        match step:
            case Wait():
                return
            case SetVars(values):
                await self._remember(sandbox, work, timeline, Move(owner=timeline.owner, sets=values), now)
            case GoTo(state):
                await self._remember(sandbox, work, timeline, Move(owner=timeline.owner, state=state), now)
            case Emit():
                await self._emit(sandbox, work, timeline, step, now, drawn)
            case Decide() | Settle() | Dispute() | GiveBack():
                await self._pull(sandbox, work, timeline, step, now, drawn)
            case _:
                assert_never(step)

    async def _remember(
        self, sandbox: Sandbox, work: UnitOfWork, timeline: Timeline, move: Move, now: Instant
    ) -> None:
        script = await work.get(Script, timeline.owner.activation)
        states = script.states if script is not None else sandbox.rules.scripts.get(timeline.owner.activation)
        if states is None:
            raise Cannot(f"{timeline.owner.scenario} is in force no more")
        memory = await sequels.apply(work, move, states, timeline.about, now)
        if memory is not None:
            await noticing.already(work, memory.id, now, self._providers)

    async def _emit(
        self, sandbox: Sandbox, work: UnitOfWork, timeline: Timeline, step: Emit, now: Instant,
        drawn: outbox.Drawn,
    ) -> None:
        provider = self._of(timeline)
        payment = await self._record(work, provider, timeline.about.payment)
        await self.announce(work, provider, payment, step.native, step.event)
        await outbox.owe(provider, sandbox, work, drawn, own=step.shape)

    async def announce(
        self, work: UnitOfWork, provider: Provider, payment: Record, native: str, event: str
    ) -> None:
        """Tells of an event about a payment, by its native name or the neutral one. Raises Cannot."""
        words = provider.words
        native = native or next((name for name, meant in words.events.items() if meant == event), "")
        told = await words.emits(work, payment, native) if words.emits is not None and native else None
        if told is None:
            raise Cannot(f"{provider.name} sends no {native or event} about {payment.id}")
        work.announce(told)

    async def notify(
        self, sandbox: Sandbox, provider: Provider, payment: Record, *, native: str = "", event: str = "",
        shape: NotifyShape | None = None,
    ) -> list[Notification]:
        """Tells of an event now; what is owed for it. Raises Cannot."""
        drawn = outbox.Drawn()

        async def once() -> list[Notification]:
            work = sandbox.work(provider.event_id)
            await self.announce(work, provider, payment, native, event)
            owed = await outbox.owe(provider, sandbox, work, drawn, own=shape)
            await work.commit()
            return owed

        owed = await until_committed(once, event or native)
        sandbox.wake()
        return owed

    async def _pull(
        self, sandbox: Sandbox, work: UnitOfWork, timeline: Timeline,
        step: Decide | Settle | Dispute | GiveBack, now: Instant, drawn: outbox.Drawn,
    ) -> None:
        provider = self._of(timeline)
        payment = await self._record(work, provider, timeline.about.payment)
        subject = payment
        if isinstance(step, Decide) and timeline.subject_kind:
            found = await work.get(self._acts.type_of(timeline.subject_kind), timeline.subject)
            subject = found if found is not None else payment
        trigger = self._trigger(provider, subject, happenings_of(step))
        money = _Money(provider, payment)
        outcome, details, shape = _told(step, money)
        moved = await self._acts.pull(sandbox, provider, work, subject, trigger, details, now, outcome)
        if shape is not None and not work.announced:
            # What is told of this step is told later: WeChat Pay's refunds take their time.
            await fates.stick(work, payment.id, (replace(shape, only=_family(step)),))
        await outbox.owe(provider, sandbox, work, drawn, own=shape)
        await noticing.phases(work, provider, now)
        sandbox.changes.tell("act", {"subject": moved.id if moved else subject.id, "trigger": trigger})

    def _trigger(self, provider: Provider, record: Record, happenings: tuple[str, ...]) -> str:
        allowed = self._acts.triggers(record)
        for happening in happenings:
            for trigger in provider.words.ways.get((record.kind, happening), ()):
                if trigger in allowed:
                    return trigger
        what = f"{record.kind} {record.id}, which is {record.status}"
        raise Cannot(f"{provider.name} has no way to make {happenings[-1]} of {what}")

    def _of(self, timeline: Timeline) -> Provider:
        provider = self._providers.get(timeline.about.provider)
        if provider is None:
            raise Cannot("the sandbox itself is no payment")
        return provider

    async def _record(self, work: UnitOfWork, provider: Provider, payment: str) -> Record:
        for kind in provider.words.payments:
            record = await work.get(kind, payment)
            if record is not None:
                return record
        raise NoSuchRecord(f"there is no payment {payment}")

    async def polled(
        self, sandbox: Sandbox, provider: Provider, payment: str, means: Collection[str]
    ) -> None:
        """Counts a query; what waited for it goes on before it is answered."""
        if not payment or not POLLED & set(means):
            return
        about = sequels.About(provider=provider.name, payment=payment)

        async def once() -> bool:
            work = sandbox.work()
            due = await noticing.counted(work, about, sandbox.clock.now(), of_refund=REFUND_QUERY in means)
            await work.commit()
            return bool(due)

        if await until_committed(once, f"a query of {payment}"):
            await sandbox.timers.run_due()

    async def signal(self, sandbox: Sandbox, name: str, ref: str = "") -> int:
        """Sends on what waits for it: timelines, states, held notifications; how many did."""

        async def once() -> int:
            work = sandbox.work()
            count = await noticing.signaled(work, name, ref, sandbox.clock.now())
            await work.commit()
            return count

        count = await until_committed(once, f"signal {name}")
        sandbox.wake()
        return count


class _Money:
    """Amounts of one payment's currency."""

    def __init__(self, provider: Provider, payment: Record) -> None:
        assert provider.words.view is not None
        self._currency = provider.words.view(payment).amount.currency
        self._exponent = provider.words.exponents.get(self._currency, DEFAULT_EXPONENT)

    def of(self, amount: Decimal | None) -> Money | None:
        if amount is None:
            return None
        minor = amount.scaleb(self._exponent).quantize(Decimal(1), ROUND_HALF_UP)
        return Money(min(int(minor), MINOR_MAX), self._currency)


def happenings_of(step: Decide | Settle | Dispute | GiveBack) -> tuple[str, ...]:
    """What a step is called in `Words.ways`: the most telling name first."""
    match step:
        case Decide():
            named = (f"{step.result.value}:{step.reason}",) if step.reason else ()
            return (*named, step.result.value)
        case Settle():
            return ("settle",)
        case Dispute():
            return (f"dispute.{step.result}",)
        case GiveBack():
            return ("refund",)


def _family(step: Decide | Settle | Dispute | GiveBack) -> tuple[str, ...]:
    """The events that may come of a step."""
    match step:
        case GiveBack():
            return ("refund.*",)
        case Dispute():
            return ("dispute.*",)
        case _:
            return ("payment.*", "refund.*")


def _told(
    step: Decide | Settle | Dispute | GiveBack, money: _Money
) -> tuple[Outcome | None, dict[str, Any], NotifyShape | None]:
    match step:
        case Decide():
            outcome = Outcome(
                step.result, step.reason, step.native_code, step.message, money.of(step.amount),
                money.of(step.fee), step.action,
            )
            details = {"reason": step.reason, "native_code": step.native_code}
            return outcome, {name: text for name, text in details.items() if text}, step.shape
        case Settle():
            return Outcome(Result.APPROVED, fee=money.of(step.fee)), {}, None
        case Dispute():
            outcome = Outcome(Result.APPROVED, fee=money.of(step.fee))
            return outcome, {"reason": step.reason} if step.reason else {}, step.shape
        case GiveBack():
            outcome = Outcome(step.result, step.reason)
            return outcome, {} if step.amount is None else {"amount": str(step.amount)}, step.shape
