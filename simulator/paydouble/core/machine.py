"""State machines as tables, and `fire`, which does in one unit of work all that a row promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record

if TYPE_CHECKING:
    from paydouble.core.ledger import Entry
    from paydouble.core.notification import Event
    from paydouble.core.work import Work

R = TypeVar("R", bound=Record)


class Phase(Enum):
    """A machine's state in words common to all; for views and scenarios, never for a provider's rules."""

    OPEN = "open"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"


class IllegalTrigger(Exception):
    """There is no row for this trigger in this state; the provider answers with its own error."""

    def __init__(self, machine: str, status: str, trigger: str) -> None:
        super().__init__(f"{machine}: '{trigger}' does nothing in state {status}")
        self.status = status
        self.trigger = trigger


@dataclass(frozen=True, slots=True)
class Transition(Generic[R]):
    """One row: the state, the time stamp, the ledger entry, the event."""

    source: str
    trigger: str
    target: str
    stamp: str = ""
    """The record's field that takes the instant."""
    entry: Callable[[R], Entry] | None = None
    event: Callable[[R], Event] | None = None


class Machine(Generic[R]):
    """The transition table of one kind of record."""

    def __init__(
        self, name: str, *, record: type[R], initial: str,
        phases: Mapping[str, Phase], rows: tuple[Transition[R], ...],
    ) -> None:
        self.name = name
        self.record = record
        self.initial = initial
        self.phases = phases
        self.rows = rows
        self._by_key = {(row.source, row.trigger): row for row in rows}
        assert initial in phases, f"{name}: unknown initial state {initial}"
        assert len(self._by_key) == len(rows), f"{name}: two rows for one state and trigger"
        unknown = {state for row in rows for state in (row.source, row.target)} - phases.keys()
        assert not unknown, f"{name}: unknown states {unknown}"

    def row(self, status: str, trigger: str) -> Transition[R]:
        """Raises IllegalTrigger where the table has no such row."""
        found = self._by_key.get((status, trigger))
        if found is None:
            raise IllegalTrigger(self.name, status, trigger)
        return found

    def triggers(self, status: str) -> tuple[str, ...]:
        """What can happen in this state, in the order of the table."""
        return tuple(row.trigger for row in self.rows if row.source == status)


def fire(work: Work, machine: Machine[R], record: R, trigger: str, now: Instant, **changes: Any) -> R:
    """Moves the record, and does in the same unit of work all that its row promises.

    `changes` are further fields that the moved record takes. Raises IllegalTrigger.
    """
    row = machine.row(record.status, trigger)
    changes["status"] = row.target
    if row.stamp:
        changes[row.stamp] = now
    moved = replace(record, **changes)
    work.save(moved)
    if row.entry is not None:
        work.post(row.entry(moved))
    if row.event is not None:
        work.announce(row.event(moved))
    return moved
