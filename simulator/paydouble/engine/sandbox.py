"""Sandbox: one isolated world, with its clock, ids, gates, timers, scenarios and log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.ids import Ids
from paydouble.core.notification import Notification
from paydouble.core.record import Record
from paydouble.core.work import Timer
from paydouble.engine.call_log import CallLog
from paydouble.engine.rules import RulesInForce
from paydouble.scheduling.changes import Changes
from paydouble.scheduling.clocks import ClockSpec, SandboxClock
from paydouble.scheduling.gates import Gates
from paydouble.scheduling.ids import SeededIds
from paydouble.scheduling.timers import Run, TimerRunner
from paydouble.scheduling.turns import Queue
from paydouble.store.protocol import Store
from paydouble.store.unit_of_work import UnitOfWork

DEFAULT = "default"
DELIVER = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxHead(Record):
    """What a durable store remembers of a sandbox itself; kept in the sandbox it is about."""

    kind: ClassVar[str] = "sandbox"

    seed: int
    clock: str
    business_now: Instant
    start: Instant = Instant(0)
    """Of business time, where it was chosen: a reset goes back there."""
    fresh_keys: bool = False
    webhooks: Mapping[str, str] = field(default_factory=dict)
    """Provider → URL."""


class Sandbox:
    """One world. Its records live in the store, everything else here."""

    def __init__(
        self, head: SandboxHead, store: Store, incarnation: int, *, run: Run, deliver: Run
    ) -> None:
        self.id = head.id
        self.head = head
        self.store = store
        self.clock = SandboxClock(ClockSpec.parse(head.clock), head.business_now or None)
        self.ids = SeededIds(head.seed, head.id, incarnation)
        self.changes = Changes()
        self.gates = Gates(self.changes.tell)
        self.log = CallLog()
        self.rules = RulesInForce(head.id, head.seed, store, self.clock)
        self.queue = Queue()
        self.plays = False
        """A scenario has something in store here: timelines, states, held notifications."""
        self.timers = TimerRunner(
            head.id, self.clock, store, run=run, deliver=deliver, is_delivery=is_delivery,
            is_held=lambda: bool(self.gates.held),
        )

    def work(
        self, event_id: Callable[[Ids], str] | None = None, cause: Mapping[str, str] | None = None
    ) -> UnitOfWork:
        """A fresh unit of work on this sandbox's records."""
        return UnitOfWork(
            self.store, self.id, ids=self.ids, now=self.clock.now, real_due=self.clock.real_due,
            event_id=event_id, cause=cause or {}, fees=self.rules.fee_of,
        )

    def wake(self) -> None:
        """Something was committed that may be due."""
        self.timers.nudge()

    async def close(self) -> None:
        """Ends the epoch: gates open, deliveries end, timers stop."""
        self.gates.close()
        await self.timers.close()


def is_delivery(timer: Timer) -> bool:
    """A notification, or a retry of one, rather than a trigger of a record."""
    return timer.subject_kind == Notification.kind
