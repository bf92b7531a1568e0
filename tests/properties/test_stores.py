"""What a store is: every backend against a plain model of it, and against the others by that."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from paydouble.core.clock import Duration, Instant
from paydouble.core.ledger import EntryKind, transfer
from paydouble.core.money import Money
from paydouble.core.record import Record
from paydouble.core.work import InsufficientBalance, Timer, Walk
from paydouble.store.memory import MemoryStore
from paydouble.store.protocol import Batch, Conflict, Guard, Store, Versioned, values
from paydouble.store.sqlite import SqliteStore

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    kind: ClassVar[str] = "test.order"
    indexes: ClassVar[tuple[str, ...]] = ("customer", "state")
    unique: ClassVar[tuple[str, ...]] = ("number",)

    customer: str = ""
    number: str = ""

    @property
    def state(self) -> str:
        return self.status.upper()


@dataclass
class Kept:
    """A record in the model, with its place and that of each of its index entries."""

    record: Record
    place: int
    entries: dict[str, tuple[str, int]]


@dataclass
class Model:
    """A sandbox, done the slow and obvious way."""

    kept: dict[tuple[str, str], Kept] = field(default_factory=dict)
    balances: dict[str, dict[str, int]] = field(default_factory=dict)
    tallies: dict[str, int] = field(default_factory=dict)

    def copy(self) -> Model:
        return Model(
            {key: replace(kept, entries=dict(kept.entries)) for key, kept in self.kept.items()},
            {account: dict(held) for account, held in self.balances.items()},
            dict(self.tallies),
        )

    def put(self, record: Record, place: int) -> None:
        key = (record.kind, record.id)
        old = self.kept.get(key)
        before = old.entries if old is not None else {}
        entries = {
            name: before[name] if name in before and before[name][0] == value else (value, place)
            for name, value in values(record).items()
        }
        self.kept[key] = Kept(record, old.place if old is not None else place, entries)

    def post(self, account: str, money: Money) -> None:
        held = self.balances.setdefault(account, {})
        held[money.currency] = held.get(money.currency, 0) + money.minor

    def broken_uniques(self) -> bool:
        taken = [
            (kept.record.kind, name, value)
            for kept in self.kept.values() for name, (value, _) in kept.entries.items()
            if name in kept.record.unique
        ]
        return len(taken) != len(set(taken))

    def walk(self, kind: type[Record], walk: Walk) -> list[Record]:
        rows = []
        for kept in self.kept.values():
            value, place = kept.entries.get(walk.index, ("", 0)) if walk.index else (walk.value, kept.place)
            if kept.record.kind == kind.kind and value == walk.value:
                rows.append((place, kept.record))
        if walk.after:
            cursor = self.kept.get((kind.kind, walk.after))
            if cursor is None:
                return []
            value, stands = cursor.entries.get(walk.index, ("", cursor.place))
            stands = stands if walk.index and value == walk.value else cursor.place
            rows = [row for row in rows if (row[0] < stands if walk.newest_first else row[0] > stands)]
        if walk.between is not None:
            first, last = walk.between
            rows = [row for row in rows if first <= row[1].created <= last]
        rows.sort(key=lambda row: row[0], reverse=walk.newest_first)
        return [record for _, record in rows][:walk.limit]

    def timers(self) -> list[tuple[int, Timer]]:
        return [
            (kept.place, kept.record) for kept in self.kept.values()
            if isinstance(kept.record, Timer) and kept.record.status == "due"
        ]


SANDBOXES = st.sampled_from(["shop", "shop", "shop", "mall"])
INSTANTS = st.integers(0, 6).map(Instant)
ORDER_IDS = st.sampled_from(["o1", "o2", "o3", "o4", "o5"])
CUSTOMERS = st.sampled_from(["", "ann", "ann", "bob"])
NUMBERS = st.sampled_from(["", "", "", "n1", "n2"])
STATUSES = st.sampled_from(["", "open", "paid"])
ACCOUNTS = st.sampled_from(["a", "b"])
ORDERS = st.builds(
    Order, id=ORDER_IDS, status=STATUSES, created=INSTANTS, customer=CUSTOMERS, number=NUMBERS
)
TIMERS = st.builds(
    Timer, id=st.sampled_from(["t1", "t2", "t3"]), status=st.sampled_from(["due", "due", "done"]),
    sandbox=SANDBOXES, subject_kind=st.just("test.order"), subject=ORDER_IDS, trigger=st.just("expire"),
    due=INSTANTS, timeline=st.sampled_from(["", "fast"]), real_due=st.none() | INSTANTS,
)
RECORDS = st.lists(ORDERS | ORDERS | TIMERS, min_size=1, max_size=4, unique_by=lambda record: (record.kind, record.id))
AMOUNTS = st.integers(0, 50)
MOVES = st.lists(st.tuples(ACCOUNTS, ACCOUNTS, AMOUNTS, st.sampled_from(["CNY", "USD"])), max_size=2)
GUARDS = st.lists(st.builds(
    Guard, ACCOUNTS, st.builds(Money, st.integers(-60, 20), st.sampled_from(["CNY", "USD"]))
), max_size=1)


@dataclass
class Ask:
    """What a batch is made of."""

    puts: list[Record]
    gone: list[str]
    moves: list[tuple[str, str, int, str]]
    guards: list[Guard]
    stale: str
    blind: bool


ASKS = st.builds(
    Ask, RECORDS, st.just([]) | st.lists(ORDER_IDS, max_size=1), MOVES, st.just([]) | GUARDS,
    st.sampled_from(["", "", "", "", "", "", "", "version", "absent", "present"]), st.booleans(),
)
LISTS = [
    ("", ""), ("customer", "ann"), ("customer", "bob"), ("state", "OPEN"), ("state", "PAID"),
    ("number", "n1"),
]
CURSORS = ["", "o1", "o2", "o3", "o4", "o5"]
WORKERS = st.sampled_from(["w1", "w2"])


class StoreMachine(RuleBasedStateMachine):
    """Each rule does the same to the store and to the model, and compares what comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.store = self.open()
        self.models: dict[str, Model] = {}
        self.place = 0
        self.versions: dict[tuple[str, str, str], int] = {}
        self.used: set[tuple[str, str, int]] = set()
        self.leases: dict[tuple[str, str], tuple[str, int]] = {}

    def open(self) -> Store:
        return MemoryStore()

    def teardown(self) -> None:
        self.loop.run(self.store.close())
        self.loop.close()

    @initialize(asks=st.lists(ASKS, min_size=5, max_size=10))
    def open_the_shop(self, asks: list[Ask]) -> None:
        self.commit("shop", asks)

    @rule(sandbox=SANDBOXES, asks=st.lists(ASKS, min_size=1, max_size=6))
    def commit(self, sandbox: str, asks: list[Ask]) -> None:
        for ask in asks:
            self._ask(sandbox, ask)

    def _ask(self, sandbox: str, ask: Ask) -> None:
        batch = Batch(sandbox, guards=ask.guards)
        batch.puts = {(record.kind, record.id): record for record in ask.puts}
        keys = {(Order.kind, id) for id in ask.gone} - batch.puts.keys()
        batch.removes = {key: Order(id=key[1]) for key in sorted(keys)}
        if not ask.blind:
            touched = [*batch.puts, *batch.removes]
            batch.expected = {key: self.versions.get((sandbox, *key), 0) for key in touched}
        wrong = self._spoil(batch, ask.stale)
        for source, target, minor, currency in ask.moves:
            entry = transfer(
                EntryKind.CAPTURE, source=source, target=target, amount=Money(minor, currency),
                reference="p1", memo="m1",
            )
            self.place += 1
            batch.entries.append(replace(entry, id=f"ent_{self.place}"))
        self._commit(batch, wrong)

    def _spoil(self, batch: Batch, stale: str) -> bool:
        """Makes the batch rely on something that is not so; says whether it does."""
        key = (Order.kind, "o1")
        now = self.versions.get((batch.sandbox, *key), 0)
        relied = {"version": now + 1, "absent": 0, "present": 7_000_000}.get(stale)
        if relied is not None:
            batch.expected[key] = relied
        return relied is not None and relied != now

    def _commit(self, batch: Batch, wrong: bool) -> None:
        after = self.models.get(batch.sandbox, Model()).copy()
        for key in batch.removes:
            after.kept.pop(key, None)
        for record in [*batch.puts.values(), *batch.entries]:
            self.place += 1
            after.put(record, self.place)
        for entry in batch.entries:
            for posting in entry.postings:
                after.post(posting.account, posting.money)
        short = any(
            after.balances.get(guard.account, {}).get(guard.at_least.currency, 0) < guard.at_least.minor
            for guard in batch.guards
        )
        if wrong or after.broken_uniques():
            self._fails(batch, Conflict)
        elif short:
            self._fails(batch, InsufficientBalance)
        else:
            self._run(self.store.commit(batch))
            self._landed(batch, after)

    def _fails(self, batch: Batch, expected: type[Exception]) -> None:
        with pytest.raises(expected):
            self._run(self.store.commit(batch))

    def _landed(self, batch: Batch, after: Model) -> None:
        self.models[batch.sandbox] = after
        for key in batch.removes:
            self.versions.pop((batch.sandbox, *key), None)
        for record in [*batch.puts.values(), *batch.entries]:
            found = self._run(self.store.get(batch.sandbox, type(record), record.id))
            assert found is not None
            assert (record.kind, record.id, found.version) not in self.used, "a version came twice"
            assert found.version > 0
            self.used.add((record.kind, record.id, found.version))
            self.versions[batch.sandbox, record.kind, record.id] = found.version
            self.leases.pop((batch.sandbox, record.id), None)

    def _run(self, operation: Coroutine[None, None, T]) -> T:
        return self.loop.run(operation)

    @rule(sandbox=SANDBOXES, between=st.none() | st.tuples(INSTANTS, INSTANTS), newest_first=st.booleans(),
          limit=st.sampled_from([1, 2, 9]))
    def scan(
        self, sandbox: str, between: tuple[Instant, Instant] | None, newest_first: bool, limit: int
    ) -> None:
        """Every list, from every cursor."""
        for (index, value), cursor in product(LISTS, CURSORS):
            walk = Walk(index, value, cursor, between, newest_first, limit)
            found: Sequence[Versioned[Order]] = self._run(self.store.scan(sandbox, Order, walk))
            assert [row.record for row in found] == self._model(sandbox).walk(Order, walk), walk

    @rule(sandbox=SANDBOXES, number=NUMBERS, customer=CUSTOMERS)
    def find(self, sandbox: str, number: str, customer: str) -> None:
        for index, value in (("number", number), ("customer", customer)):
            if value:
                found = self._run(self.store.find(sandbox, Order, index, value))
                expected = self._model(sandbox).walk(Order, Walk(index=index, value=value, limit=1))
                assert ([found.record] if found else []) == expected

    @rule(sandbox=SANDBOXES, key=st.sampled_from(["nth", "rate"]), by=st.integers(-2, 3))
    def tally(self, sandbox: str, key: str, by: int) -> None:
        count = self._model(sandbox).tallies.get(key, 0) + by
        if by:
            self.models.setdefault(sandbox, Model()).tallies[key] = count
        assert self._run(self.store.tally(sandbox, key, by)) == count
        assert self._run(self.store.tally(sandbox, key, 0)) == count

    @rule(sandbox=SANDBOXES, timeline=st.sampled_from(["", "fast"]), until=INSTANTS, limit=st.integers(0, 3))
    def due(self, sandbox: str, timeline: str, until: Instant, limit: int) -> None:
        agenda = sorted(
            (timer.due, place, timer.id) for place, timer in self._model(sandbox).timers()
            if timer.timeline == timeline
        )
        expected = [id for due, _, id in agenda if due <= until][:limit]
        found = self._run(self.store.due(sandbox, timeline, until, limit))
        assert [timer.id for timer in found] == expected
        soonest = self._run(self.store.next_due(sandbox, timeline))
        assert soonest == (agenda[0][0] if agenda else None)

    @rule(worker=WORKERS, now=INSTANTS, lease=st.integers(1, 4).map(Duration), limit=st.integers(0, 3))
    def claim(self, worker: str, now: Instant, lease: Duration, limit: int) -> None:
        expected: list[tuple[str, str]] = []
        for real_due, sandbox, _, id in self._claimable():
            holder, until = self.leases.get((sandbox, id), ("", 0))
            if real_due <= now and (until <= now or holder == worker) and len(expected) < limit:
                expected.append((sandbox, id))
        found = self._run(self.store.claim(worker, now, lease, limit))
        assert [(timer.sandbox, timer.id) for timer in found] == expected
        self.leases |= dict.fromkeys(expected, (worker, now + lease))

    @rule(now=INSTANTS)
    def next_claim(self, now: Instant) -> None:
        instants = []
        for real_due, sandbox, _, id in self._claimable():
            _, until = self.leases.get((sandbox, id), ("", 0))
            instants.append(until if until > now else real_due)
        assert self._run(self.store.next_claim(now)) == min(instants, default=None)

    def _claimable(self) -> list[tuple[int, str, int, str]]:
        return sorted(
            (timer.real_due, sandbox, place, timer.id)
            for sandbox, model in self.models.items() for place, timer in model.timers()
            if timer.real_due is not None and timer.sandbox == sandbox
        )

    @rule(sandbox=SANDBOXES | st.just("snapshot"), into=SANDBOXES | st.just("snapshot"))
    def copy(self, sandbox: str, into: str) -> None:
        self._run(self.store.copy(sandbox, into))
        if sandbox == into:
            return
        source = self.models.get(sandbox)
        self._forget(into)
        if source is None:
            return
        self.models[into] = source.copy()
        for (home, kind, id), version in list(self.versions.items()):
            if home == sandbox:
                self.versions[into, kind, id] = version

    @rule(sandbox=SANDBOXES)
    def drop(self, sandbox: str) -> None:
        self._run(self.store.drop(sandbox))
        self._forget(sandbox)

    def _forget(self, sandbox: str) -> None:
        self.models.pop(sandbox, None)
        self.versions = {key: version for key, version in self.versions.items() if key[0] != sandbox}
        self.leases = {key: lease for key, lease in self.leases.items() if key[0] != sandbox}

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        assert self._run(self.store.sandboxes()) == sorted(self.models)
        for sandbox in ("shop", "mall", "snapshot"):
            model = self._model(sandbox)
            assert self._run(self.store.balances(sandbox)) == model.balances
            for account in ("nobody", *model.balances):
                assert self._run(self.store.balance(sandbox, account)) == model.balances.get(account, {})
            for kind in (Order, Timer):
                found = self._run(self.store.scan(sandbox, kind, Walk(newest_first=False)))
                assert [row.record for row in found] == model.walk(kind, Walk(newest_first=False))
                for row in found:
                    assert self._run(self.store.get(sandbox, kind, row.record.id)) == row
                    assert row.version == self.versions[sandbox, kind.kind, row.record.id]

    def _model(self, sandbox: str) -> Model:
        return self.models.get(sandbox, Model())


class SqliteMachine(StoreMachine):
    def open(self) -> Store:
        self.folder = tempfile.TemporaryDirectory()
        return SqliteStore(str(Path(self.folder.name) / "store.db"))

    def teardown(self) -> None:
        super().teardown()
        self.folder.cleanup()


TestMemoryStore = StoreMachine.TestCase
TestMemoryStore.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSqliteStore = SqliteMachine.TestCase
TestSqliteStore.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
