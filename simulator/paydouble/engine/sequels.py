"""What scenarios still owe, as records: timelines, states and variables, saved in the commit they hang on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from paydouble.core.clock import Instant, later
from paydouble.core.notification import Notification
from paydouble.core.record import Record
from paydouble.core.timeline import Leave, Move, Owner, States, Step, Wait
from paydouble.core.work import PAGE_MAX, Timer, Walk, Work
from paydouble.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from paydouble.core.effect import Plan

R = TypeVar("R", bound=Record)

WAITING, DONE = "waiting", "done"
FAILURES_MAX = 100
HOPS_MAX = 100
"""So many moves of one machine at one instant are a circle: it stays where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a timeline, a state or a variable is about; empty: the sandbox."""

    provider: str = ""
    payment: str = ""
    """The provider's own id."""
    ref: str = ""

    @property
    def key(self) -> str:
        return f"{self.provider}:{self.payment}" if self.payment else ""


NOBODY = About()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Record):
    """Steps under way: `position` is the one that is waited in, or that is due."""

    kind: ClassVar[str] = "timeline"
    indexes: ClassVar[tuple[str, ...]] = ("payment_key", "waits")

    owner: Owner
    about: About
    subject_kind: str
    """Of the record that outcomes are about: the payment, or a refund of it."""
    subject: str
    steps: tuple[Step, ...]
    position: int = 0
    polls: int = 0
    waits: str = ""
    """For what but time: "signal/go", "polls/stripe:pi_1", "phase/stripe:pi_1", "told/stripe:pi_1"."""
    memory: str = ""
    visit: int = 0
    """Of the state whose `enter` this is: the timeline ends with that visit."""
    failures: tuple[str, ...] = ()
    """Steps that could not be done, and why."""

    @property
    def payment_key(self) -> str:
        return self.about.key

    @property
    def wait(self) -> Wait | None:
        step = self.steps[self.position] if self.position < len(self.steps) else None
        return step if isinstance(step, Wait) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioMemory(Record):
    """The state and the variables of one activation, for one payment or for the sandbox."""

    kind: ClassVar[str] = "scenario_memory"
    indexes: ClassVar[tuple[str, ...]] = ("watches", "state_key")

    owner: Owner
    about: About
    state: str = ""
    visit: int = 0
    """How often a state was entered."""
    since: Instant = Instant(0)
    hops: int = 0
    """How often at that very instant."""
    polls: int = 0
    """Queries since then."""
    vars: Mapping[str, object] = field(default_factory=dict)

    @property
    def turns(self) -> bool:
        """It goes round in a circle."""
        return self.hops > HOPS_MAX

    @property
    def watches(self) -> str:
        """A machine of the sandbox watches all payments."""
        return self.about.key or "*"

    @property
    def state_key(self) -> str:
        return f"{self.owner.activation}/{self.state}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script(Record):
    """The states of an activation, kept beside its machines; the id is the activation's."""

    kind: ClassVar[str] = "scenario_script"

    states: States


RECORDS = (Timeline, ScenarioMemory, Script)


def memory_id(owner: Owner, states: States, about: About) -> str:
    return f"{owner.activation}/{'' if states.per_sandbox else about.key}"


async def remembered(work: Work, owner: Owner, states: States, about: About) -> ScenarioMemory | None:
    """None where nothing was remembered yet, or where there is no payment to remember it of."""
    if not states.per_sandbox and not about.payment:
        return None
    return await work.get(ScenarioMemory, memory_id(owner, states, about))


async def begin(
    work: UnitOfWork, owner: Owner, states: States, about: About, now: Instant
) -> ScenarioMemory | None:
    """The memory of this payment or sandbox; its machine starts in the initial state."""
    if not states.per_sandbox and not about.payment:
        return None
    found = await remembered(work, owner, states, about)
    if found is not None:
        return found
    if states.table and await work.get(Script, owner.activation) is None:
        work.save(Script(id=owner.activation, created=now, states=states))
    fresh = ScenarioMemory(
        id=memory_id(owner, states, about), created=now, owner=owner,
        about=NOBODY if states.per_sandbox else about,
    )
    if not states.initial:
        work.save(fresh)
        return fresh
    return await enter(work, fresh, states, states.initial, now)


async def enter(
    work: UnitOfWork, memory: ScenarioMemory, states: States, state: str, now: Instant
) -> ScenarioMemory:
    """Moves the machine: timers of the old state end, those of the new one are set, its `enter` begins."""
    hops = memory.hops + 1 if memory.since == now else 0
    entered = replace(memory, state=state, visit=memory.visit + 1, since=now, hops=hops, polls=0)
    work.save(entered)
    await forget_timers(work, entered)
    found = states.table.get(state)
    if found is None or entered.turns:
        return entered
    for number, leave in enumerate(found.leave):
        if leave.after is not None:
            work.at(later(now, leave.after), entered, exit_of(entered, number))
    if found.enter:
        about = entered.about
        await start(
            work, Timeline(
                id=f"{entered.id}#{entered.visit}", created=now, owner=entered.owner, about=about,
                subject_kind="", subject=about.payment, steps=found.enter, memory=entered.id,
                visit=entered.visit,
            ), now,
        )
    return entered


def exit_of(memory: ScenarioMemory, number: int) -> str:
    """The trigger that takes the machine out of the state in which it is now."""
    return f"{memory.visit}/{number}"


async def apply(
    work: UnitOfWork, move: Move, states: States, about: About, now: Instant
) -> ScenarioMemory | None:
    """Sets variables and goes to a state."""
    memory = await begin(work, move.owner, states, about, now)
    if memory is None:
        return None
    if move.sets:
        memory = replace(memory, vars={**memory.vars, **move.sets})
        work.save(memory)
    if move.state and move.state != memory.state:
        memory = await enter(work, memory, states, move.state, now)
    return memory


async def start(work: UnitOfWork, timeline: Timeline, now: Instant) -> None:
    """Saves a timeline at its first step; its zero is `now`."""
    await proceed(work, replace(timeline, status=WAITING), 0, now)


async def proceed(work: UnitOfWork, timeline: Timeline, position: int, now: Instant) -> Timeline:
    """Goes to a step and sets its timers: a wait ends later, anything else is due now."""
    await forget_timers(work, timeline)
    moved = replace(timeline, position=position, polls=0, waits="")
    if position >= len(moved.steps):
        moved = replace(moved, status=DONE)
        work.save(moved)
        return moved
    wait = moved.wait
    if wait is None:
        work.save(moved)
        work.at(now, moved, str(position))
        return moved
    moved = replace(moved, waits=_waits(wait, moved.about))
    work.save(moved)
    ends = wait.after if wait.after is not None else wait.timeout
    if ends is not None:
        work.at(later(now, ends), moved, str(position))
    return moved


def _waits(wait: Wait, about: About) -> str:
    if wait.signal:
        return f"signal/{wait.signal}"
    if wait.polls:
        return f"polls/{about.key}"
    if wait.phase:
        return f"phase/{about.key}"
    return f"told/{about.key}" if wait.acknowledged else ""


async def forget_timers(work: UnitOfWork, subject: Record) -> None:
    """Those of this record that are still to come."""
    for record in tuple(work.saved.values()):
        if isinstance(record, Timer) and (record.subject_kind, record.subject) == (subject.kind, subject.id):
            work.remove(record)
    walk = Walk(index="subject_key", value=f"{subject.kind}/{subject.id}", limit=PAGE_MAX)
    for timer in await work.scan(Timer, walk):
        work.remove(timer)


async def bind(
    work: UnitOfWork, plan: Plan, refund: Record | None, about: About,
    scripts: Mapping[str, States], now: Instant, *, timeline: bool = True,
) -> list[str]:
    """Keeps what the plan has still to say of this payment, in the same commit as the payment.

    `scripts` are the states of activations. With a refund, the outcomes of the timeline are about that.
    Returns the ids of what has begun.
    """
    sequel, begun = plan.sequel, list[str]()
    if sequel is None:
        return begun
    for move in sequel.moves:
        states = scripts.get(move.owner.activation)
        memory = await apply(work, move, states, about, now) if states is not None else None
        begun += [memory.id] if memory is not None else []
    if sequel.owner is None or not about.payment or not timeline:
        return begun
    id = f"{sequel.owner.activation}/{about.key}@{await _age(work, about)}"
    await start(
        work, Timeline(
            id=id, created=now, owner=sequel.owner, about=about, steps=sequel.timeline,
            subject_kind=refund.kind if refund is not None else "",
            subject=refund.id if refund is not None else about.payment,
        ), now,
    )
    return [*begun, id]


async def _age(work: UnitOfWork, about: About) -> int:
    """How many timelines this payment has had."""
    return len(await work.scan(Timeline, Walk(index="payment_key", value=about.key, limit=PAGE_MAX)))


async def each(work: UnitOfWork, kind: type[R], index: str, value: str) -> AsyncIterator[R]:
    """All with this value of an index, oldest first."""
    after = ""
    while True:
        walk = Walk(index=index, value=value, after=after, newest_first=False, limit=PAGE_MAX)
        page: Sequence[R] = await work.scan(kind, walk)
        for record in page:
            yield record
        if len(page) < PAGE_MAX:
            return
        after = page[-1].id


async def leaves_of(work: UnitOfWork, memory: ScenarioMemory) -> tuple[Leave, ...]:
    script = await work.get(Script, memory.owner.activation)
    state = script.states.table.get(memory.state) if script is not None else None
    return state.leave if state is not None else ()


async def machines(work: UnitOfWork, ref: str) -> AsyncIterator[tuple[ScenarioMemory, States]]:
    """Of this order, or, without one, those that a sandbox has one of."""
    async for script in each(work, Script, "", ""):
        for state in script.states.table:
            async for memory in each(work, ScenarioMemory, "state_key", f"{script.id}/{state}"):
                if memory.about.ref == ref:
                    yield memory, script.states


def of_notification(owed: Notification) -> About:
    return About(provider=owed.provider, payment=owed.subject, ref=owed.ref)
