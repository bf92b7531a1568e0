"""Store: all that a backend has to do, and what it promises those who share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from paydouble.core.clock import Duration, Instant
from paydouble.core.ledger import Entry
from paydouble.core.money import Money
from paydouble.core.record import Record
from paydouble.core.work import Timer, Walk

R = TypeVar("R", bound=Record)

Key = tuple[str, str]
"""Kind and id."""
TIMER_DUE = "due"
"""The status of a timer that has not run; any other takes it off the agenda."""


class Versioned(NamedTuple, Generic[R]):
    """A record and its version: positive, and another one after every put, even after a restore."""

    record: R
    version: int


class Conflict(Exception):
    """Somebody else was first: a version has moved on, or a unique value is taken. Nothing was written."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"{kind} {id}")
        self.kind = kind
        self.id = id
        """Where a unique value is taken, the id of the record that holds it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """With the batch's own postings added, the account must hold at least this much."""

    account: str
    at_least: Money


@dataclass(slots=True)
class Batch:
    """What one unit of work writes, and what it relies on."""

    sandbox: str
    puts: dict[Key, Record] = field(default_factory=dict)
    removes: dict[Key, Record] = field(default_factory=dict)
    expected: dict[Key, int] = field(default_factory=dict)
    """The version seen when read, also of records only read; 0: must not exist yet.

    A put or remove that expects nothing is done whatever is there.
    """
    entries: list[Entry] = field(default_factory=list)
    """They become records and add to balances; they never replace one another."""
    guards: list[Guard] = field(default_factory=list)


class Reads(Protocol):
    """What a store tells."""

    async def get(self, sandbox: str, kind: type[R], id: str) -> Versioned[R] | None: ...

    async def find(self, sandbox: str, kind: type[R], index: str, value: str) -> Versioned[R] | None:
        """The newest with this value of an index or unique attribute."""

    async def scan(self, sandbox: str, kind: type[R], walk: Walk) -> Sequence[Versioned[R]]:
        """A cursor that is not in the index stands where it was created; after an unknown one is nothing."""

    async def balances(self, sandbox: str) -> Mapping[str, Mapping[str, int]]:
        """Account → currency → minor units, of every account that was ever posted to."""

    async def balance(self, sandbox: str, account: str) -> Mapping[str, int]:
        """Currency → minor units of one account; empty where nothing was ever posted to it."""


class Store(Reads, Protocol):
    """Sandboxes come into being when they are first written to, and share nothing.

    The order of a kind is that in which its records were first put. The order of an index is the same, but
    that a record whose value changes goes to the end. A timer is claimed in the sandbox that it names: its
    copy in a snapshot sleeps until it is restored.
    """

    def moment(self) -> AbstractAsyncContextManager[Reads]:
        """All that is read in it was so at one moment, whatever is committed meanwhile.

        For reading alone: who waits for anything else in it may see what came later.
        """

    async def commit(self, batch: Batch) -> None:
        """All of it, or raises Conflict or InsufficientBalance."""

    async def tally(self, sandbox: str, key: str, by: int = 1) -> int:
        """Adds to a counter and returns its new value. By 0, it only reads."""

    async def due(self, sandbox: str, timeline: str, until: Instant, limit: int) -> Sequence[Timer]:
        """Timers that are due at `until` of business time: the soonest first, among equals the oldest."""

    async def next_due(self, sandbox: str, timeline: str) -> Instant | None: ...

    async def claim(self, worker: str, now: Instant, lease: Duration, limit: int) -> Sequence[Timer]:
        """Timers of all sandboxes whose real time has come, soonest first, leased to the worker.

        What another worker holds is left alone until its lease ends; what the worker holds itself is
        handed out again. Putting or removing a timer ends its lease.
        """

    async def next_claim(self, now: Instant) -> Instant | None:
        """The earliest real time at which a worker that holds nothing could claim something."""

    async def sandboxes(self) -> Sequence[str]:
        """Names, sorted."""

    async def copy(self, sandbox: str, into: str) -> None:
        """Makes `into` the same as the sandbox: records, balances, tallies. What it was is lost."""

    async def drop(self, sandbox: str) -> None: ...

    async def close(self) -> None: ...


_LOOKED_UP: dict[type[Record], tuple[str, ...]] = {}


def looked_up(kind: type[Record]) -> tuple[str, ...]:
    """The attributes by which a kind is found: its indexes and unique ones, each once."""
    names = _LOOKED_UP.get(kind)
    if names is None:
        more = tuple(name for name in kind.unique if name not in kind.indexes)
        names = _LOOKED_UP[kind] = kind.indexes + more
    return names


def values(record: Record) -> dict[str, str]:
    """Attribute → value, of those by which the record can be found."""
    return {name: value for name in looked_up(type(record)) if (value := getattr(record, name))}
