"""UnitOfWork: what a handler reads and writes, kept back until it all lands in one commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from paydouble.core.clock import Instant
from paydouble.core.ids import Ids, prefixed
from paydouble.core.ledger import Entry
from paydouble.core.money import ISO_EXPONENTS, Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Timer, Walk
from paydouble.store.protocol import TIMER_DUE, Batch, Guard, Key, Store, Versioned

R = TypeVar("R", bound=Record)

NO_CAUSE: Mapping[str, str] = MappingProxyType({})


Fees = Callable[[str, Money, Mapping[str, int]], int | None]
"""As `Work.fee`."""


def _default_event_id(ids: Ids) -> str:
    return prefixed(ids, "evt_")


class UnitOfWork:
    """Remembers the version of each record it reads, so that the commit fails where one has moved on.

    What `find` did not find is not remembered: only a unique attribute keeps two units from creating the
    same. A unit that has committed is not used again.
    """

    __slots__ = (
        "_batch", "_cause", "_committed", "_event_id", "_fees", "_ids", "_now", "_read", "_real_due",
        "_store", "announced", "sandbox", "timers",
    )

    def __init__(
        self, store: Store, sandbox: str, *, ids: Ids, now: Callable[[], Instant],
        real_due: Callable[[Instant], Instant | None],
        event_id: Callable[[Ids], str] | None = None, cause: Mapping[str, str] = NO_CAUSE,
        fees: Fees | None = None,
    ) -> None:
        self.sandbox = sandbox
        self._store = store
        self._ids = ids
        self._now = now
        self._real_due = real_due
        self._event_id = event_id or _default_event_id
        self._cause = cause
        self._fees = fees
        self._committed = False
        self.rollback()

    def rollback(self) -> None:
        """Forgets everything: writes, and what the commit would have relied on."""
        self._batch = Batch(self.sandbox)
        self._read: dict[Key, Record] = {}
        self.announced: list[Event] = []
        self.timers: list[Timer] = []

    @property
    def writes(self) -> bool:
        """Whether a commit would change anything."""
        batch = self._batch
        return bool(batch.puts or batch.removes or batch.entries or batch.guards)

    @property
    def saved(self) -> Mapping[Key, Record]:
        """What would be put, by kind and id."""
        return MappingProxyType(self._batch.puts)

    @property
    def created(self) -> list[Record]:
        """What would be put and is not there yet."""
        expected = self._batch.expected
        return [record for key, record in self._batch.puts.items() if expected.get(key) == 0]

    async def get(self, kind: type[R], id: str) -> R | None:
        key = (kind.kind, id)
        pending = self._batch.puts.get(key)
        if pending is not None:
            assert isinstance(pending, kind), f"two classes are of the kind {kind.kind}"
            return pending
        found = await self._store.get(self.sandbox, kind, id)
        if found is None:
            self._batch.expected.setdefault(key, 0)
            return None
        record = self._remember(found)
        return None if key in self._batch.removes else record

    async def find(self, kind: type[R], index: str, value: str) -> R | None:
        arrived = self._arrived(kind, index, value)
        if arrived is not None:
            return arrived
        found = await self._store.find(self.sandbox, kind, index, value)
        while found is not None:
            key = (kind.kind, found.record.id)
            pending = self._batch.puts.get(key, found.record)
            if key not in self._batch.removes and getattr(pending, index) == value:
                self._remember(found)
                assert isinstance(pending, kind), f"two classes are of the kind {kind.kind}"
                return pending
            older = Walk(index=index, value=value, after=found.record.id, limit=1)
            found = next(iter(await self._store.scan(self.sandbox, kind, older)), None)
        return None

    async def scan(self, kind: type[R], walk: Walk) -> Sequence[R]:
        return [self._remember(found) for found in await self._store.scan(self.sandbox, kind, walk)]

    def save(self, record: Record) -> None:
        key = (record.kind, record.id)
        self._batch.removes.pop(key, None)
        self._batch.expected.setdefault(key, 0)
        self._batch.puts[key] = record

    def remove(self, record: Record) -> None:
        """What was never read is removed whatever its version."""
        key = (record.kind, record.id)
        self._batch.puts.pop(key, None)
        self._batch.removes[key] = record

    async def balance(self, account: str) -> dict[str, int]:
        held = Counter(await self._store.balance(self.sandbox, account))
        for entry in self._batch.entries:
            for posting in entry.postings:
                if posting.account == account:
                    held[posting.money.currency] += posting.money.minor
        return dict(held)

    def post(self, entry: Entry) -> None:
        self._batch.entries.append(replace(entry, id=prefixed(self._ids, "ent_"), created=self._now()))

    def require(self, account: str, at_least: Money) -> None:
        self._batch.guards.append(Guard(account, at_least))

    def fee(self, provider: str, amount: Money, exponents: Mapping[str, int] = ISO_EXPONENTS) -> int | None:
        return self._fees(provider, amount, exponents) if self._fees is not None else None

    def announce(self, event: Event) -> Event:
        announced = replace(
            event, id=self._event_id(self._ids), created=self._now(), cause=event.cause or self._cause
        )
        self.save(announced)
        self.announced.append(announced)
        return announced

    def at(self, due: Instant, subject: Record, trigger: str, timeline: str = "") -> None:
        self._set(Timer(
            id=prefixed(self._ids, "tmr_"), status=TIMER_DUE, created=self._now(), sandbox=self.sandbox,
            subject_kind=subject.kind, subject=subject.id, trigger=trigger, due=due, timeline=timeline,
            real_due=None if timeline else self._real_due(due),
        ))

    def run_timeline(self, timeline: str, until: Instant, subject: Record, trigger: str) -> None:
        now = self._now()
        self._set(Timer(
            id=prefixed(self._ids, "tmr_"), status=TIMER_DUE, created=now, sandbox=self.sandbox,
            subject_kind=subject.kind, subject=subject.id, trigger=trigger, due=now,
            real_due=self._real_due(now), runs=timeline, until=until,
        ))

    def _set(self, timer: Timer) -> None:
        self.save(timer)
        self.timers.append(timer)

    async def commit(self) -> None:
        """Raises Conflict or InsufficientBalance, and then nothing is written."""
        assert not self._committed, "a unit of work commits once"
        if self.writes:
            await self._store.commit(self._batch)
        self._committed = True

    def _remember(self, found: Versioned[R]) -> R:
        """The first version seen counts: a record that changes between two reads is a conflict."""
        key = (found.record.kind, found.record.id)
        self._batch.expected.setdefault(key, found.version)
        self._read.setdefault(key, found.record)
        return found.record

    def _arrived(self, kind: type[R], index: str, value: str) -> R | None:
        """The last of this unit's own records that will go to the end of this value's list."""
        for key, pending in reversed(self._batch.puts.items()):
            if isinstance(pending, kind) and getattr(pending, index) == value:
                before = self._read.get(key)
                if before is None or getattr(before, index) != value:
                    return pending
        return None
