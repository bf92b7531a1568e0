"""MemoryStore: live records in dictionaries, for one process; cheap enough to be made for every test."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeVar, cast

from paydouble.core.clock import Duration, Instant
from paydouble.core.money import Money
from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, InsufficientBalance, Timer, Walk
from paydouble.store.protocol import TIMER_DUE, Batch, Conflict, Versioned, looked_up
from paydouble.store.table import Row, Table

R = TypeVar("R", bound=Record)


class _Appointment(NamedTuple):
    """Sorts by instant, then by sandbox and the timer's age."""

    at: Instant
    sandbox: str
    place: int
    timer: str


class _Lease(NamedTuple):
    worker: str
    until: Instant


@dataclass(slots=True)
class _Sandbox:
    tables: dict[str, Table] = field(default_factory=dict)
    balances: dict[str, dict[str, int]] = field(default_factory=dict)
    tallies: dict[str, int] = field(default_factory=dict)

    def row(self, kind: str, id: str) -> Row | None:
        table = self.tables.get(kind)
        return table.rows.get(id) if table is not None else None

    def table(self, kind: str) -> Table:
        table = self.tables.get(kind)
        if table is None:
            table = self.tables[kind] = Table()
        return table

    def copy(self) -> _Sandbox:
        return _Sandbox(
            {kind: table.copy() for kind, table in self.tables.items()},
            {account: held.copy() for account, held in self.balances.items()},
            self.tallies.copy(),
        )


class MemoryStore:
    """No call gives way to another, so each is atomic on its event loop; it is not for several threads."""

    def __init__(self) -> None:
        self._sandboxes: dict[str, _Sandbox] = {}
        self._place = 0
        self._agendas: dict[tuple[str, str], list[_Appointment]] = {}
        """By sandbox and timeline, when on business time each due timer is due."""
        self._claimable: list[_Appointment] = []
        """The same on real time, for all sandboxes."""
        self._leases: dict[tuple[str, str], _Lease] = {}
        """By sandbox and timer."""

    async def get(self, sandbox: str, kind: type[R], id: str) -> Versioned[R] | None:
        home = self._sandboxes.get(sandbox)
        table = home.tables.get(kind.kind) if home is not None else None
        row = table.rows.get(id) if table is not None else None
        return _versioned(row, kind) if row is not None else None

    async def find(self, sandbox: str, kind: type[R], index: str, value: str) -> Versioned[R] | None:
        assert index in looked_up(kind), f"no index {index}"
        home = self._sandboxes.get(sandbox)
        row = home.table(kind.kind).newest(index, value) if home is not None else None
        return _versioned(row, kind) if row is not None else None

    async def scan(self, sandbox: str, kind: type[R], walk: Walk) -> Sequence[Versioned[R]]:
        assert not walk.index or walk.index in looked_up(kind), f"no index {walk.index}"
        assert 0 <= walk.limit <= PAGE_MAX, f"a page of {walk.limit}"
        home = self._sandboxes.get(sandbox)
        return [] if home is None else [_versioned(row, kind) for row in home.table(kind.kind).page(walk)]

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[MemoryStore]:
        """Reads never give way to a commit."""
        yield self

    async def commit(self, batch: Batch) -> None:
        home = self._sandboxes.get(batch.sandbox)
        if home is None:
            home = _Sandbox()
        _check_versions(home, batch)
        _check_unique(home, batch)
        _check_balances(home, batch)
        self._sandboxes[batch.sandbox] = home
        for record in batch.removes.values():
            gone = home.table(record.kind).remove(record.id)
            if gone is not None and record.kind == Timer.kind:
                self._unschedule(batch.sandbox, gone)
        for record in batch.puts.values():
            self._put(home, batch.sandbox, record)
        for entry in batch.entries:
            self._put(home, batch.sandbox, entry)
            for posting in entry.postings:
                held = home.balances.setdefault(posting.account, {})
                held[posting.money.currency] = held.get(posting.money.currency, 0) + posting.money.minor

    async def balances(self, sandbox: str) -> Mapping[str, Mapping[str, int]]:
        home = self._sandboxes.get(sandbox)
        return {account: dict(held) for account, held in home.balances.items()} if home is not None else {}

    async def balance(self, sandbox: str, account: str) -> Mapping[str, int]:
        home = self._sandboxes.get(sandbox)
        return dict(home.balances.get(account, {})) if home is not None else {}

    async def tally(self, sandbox: str, key: str, by: int = 1) -> int:
        home = self._sandboxes.get(sandbox)
        count = (home.tallies.get(key, 0) if home is not None else 0) + by
        if by:
            if home is None:
                home = self._sandboxes[sandbox] = _Sandbox()
            home.tallies[key] = count
        return count

    async def due(self, sandbox: str, timeline: str, until: Instant, limit: int) -> Sequence[Timer]:
        agenda = self._agendas.get((sandbox, timeline), ())
        return [self._timer(entry) for entry in islice(agenda, limit) if entry.at <= until]

    async def next_due(self, sandbox: str, timeline: str) -> Instant | None:
        agenda = self._agendas.get((sandbox, timeline))
        return agenda[0].at if agenda else None

    async def claim(self, worker: str, now: Instant, lease: Duration, limit: int) -> Sequence[Timer]:
        claimed = list(islice(self._free(now, worker), limit))
        for entry in claimed:
            self._leases[entry.sandbox, entry.timer] = _Lease(worker, Instant(now + lease))
        return [self._timer(entry) for entry in claimed]

    async def next_claim(self, now: Instant) -> Instant | None:
        lapses = [lease.until for lease in self._leases.values() if lease.until > now]
        for entry in self._claimable:
            held = self._leases.get((entry.sandbox, entry.timer))
            if held is None or held.until <= now:
                return min([entry.at, *lapses])
        return min(lapses, default=None)

    async def sandboxes(self) -> Sequence[str]:
        return sorted(self._sandboxes)

    async def copy(self, sandbox: str, into: str) -> None:
        if sandbox == into:
            return
        await self.drop(into)
        home = self._sandboxes.get(sandbox)
        if home is None:
            return
        self._sandboxes[into] = home.copy()
        for row in home.table(Timer.kind).rows.values():
            self._schedule(into, row)

    async def drop(self, sandbox: str) -> None:
        home = self._sandboxes.pop(sandbox, None)
        if home is not None:
            for row in home.table(Timer.kind).rows.values():
                self._unschedule(sandbox, row)

    async def close(self) -> None:
        """Forgets everything."""
        for kept in (self._sandboxes, self._agendas, self._claimable, self._leases):
            kept.clear()

    def _put(self, home: _Sandbox, sandbox: str, record: Record) -> None:
        self._place += 1
        table = home.table(record.kind)
        old = table.put(record, self._place)
        if record.kind == Timer.kind:
            if old is not None:
                self._unschedule(sandbox, old)
            self._schedule(sandbox, table.rows[record.id])

    def _schedule(self, sandbox: str, row: Row) -> None:
        timer = cast("Timer", row.record)
        if timer.status != TIMER_DUE:
            return
        agenda = self._agendas.setdefault((sandbox, timer.timeline), [])
        insort(agenda, _Appointment(timer.due, sandbox, row.place, timer.id))
        if timer.real_due is not None and timer.sandbox == sandbox:
            insort(self._claimable, _Appointment(timer.real_due, sandbox, row.place, timer.id))

    def _unschedule(self, sandbox: str, row: Row) -> None:
        timer = cast("Timer", row.record)
        if timer.status != TIMER_DUE:
            return
        agenda = self._agendas[sandbox, timer.timeline]
        del agenda[bisect_left(agenda, _Appointment(timer.due, sandbox, row.place, timer.id))]
        if not agenda:
            del self._agendas[sandbox, timer.timeline]
        if timer.real_due is not None and timer.sandbox == sandbox:
            entry = _Appointment(timer.real_due, sandbox, row.place, timer.id)
            del self._claimable[bisect_left(self._claimable, entry)]
            self._leases.pop((sandbox, timer.id), None)

    def _free(self, now: Instant, worker: str) -> Iterator[_Appointment]:
        for entry in self._claimable:
            if entry.at > now:
                return
            held = self._leases.get((entry.sandbox, entry.timer))
            if held is None or held.until <= now or held.worker == worker:
                yield entry

    def _timer(self, entry: _Appointment) -> Timer:
        return cast("Timer", self._sandboxes[entry.sandbox].tables[Timer.kind].rows[entry.timer].record)


def _versioned(row: Row, kind: type[R]) -> Versioned[R]:
    assert isinstance(row.record, kind), f"two classes are of the kind {kind.kind}"
    return Versioned(row.record, row.version)


def _check_versions(home: _Sandbox, batch: Batch) -> None:
    for key, version in batch.expected.items():
        row = home.row(*key)
        if (row.version if row is not None else 0) != version:
            raise Conflict(*key)
    seen: set[str] = set()
    for entry in batch.entries:
        if entry.id in seen or home.row(entry.kind, entry.id) is not None:
            raise Conflict(entry.kind, entry.id)
        seen.add(entry.id)


def _check_unique(home: _Sandbox, batch: Batch) -> None:
    taken: dict[tuple[str, str, str], str] = {}
    for record in batch.puts.values():
        kind = record.kind
        for name in record.unique:
            value = getattr(record, name)
            if not value:
                continue
            first = taken.setdefault((kind, name, value), record.id)
            for holder in (first, *home.table(kind).holders(name, value)):
                if holder != record.id and not _gives_up(batch, kind, holder, name, value):
                    raise Conflict(kind, holder)


def _gives_up(batch: Batch, kind: str, holder: str, name: str, value: str) -> bool:
    """Whether this very batch takes the value from the record that holds it."""
    if (kind, holder) in batch.removes:
        return True
    changed = batch.puts.get((kind, holder))
    return changed is not None and getattr(changed, name) != value


def _check_balances(home: _Sandbox, batch: Batch) -> None:
    for guard in batch.guards:
        currency = guard.at_least.currency
        holds = home.balances.get(guard.account, {}).get(currency, 0) + sum(
            posting.money.minor
            for entry in batch.entries for posting in entry.postings
            if posting.account == guard.account and posting.money.currency == currency
        )
        if holds < guard.at_least.minor:
            raise InsufficientBalance(guard.account, Money(holds, currency), guard.at_least)
