"""The tables of the SQLite store, and what each operation does to them inside an open transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from paydouble.core.clock import Duration, Instant
from paydouble.core.ledger import Entry
from paydouble.core.money import Money
from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, InsufficientBalance, Timer, Walk
from paydouble.store.codec import codec
from paydouble.store.protocol import TIMER_DUE, Batch, Conflict, Guard, Key, Versioned, looked_up, values

R = TypeVar("R", bound=Record)

SCHEMA_VERSION = 1

# A place only grows, over all sandboxes: it is a record's rowid and so its order, the version of what was put
# there, and the order in an index. Ordinary rowid tables: documents of 1 KB in WITHOUT ROWID take three times
# the space and four times the time.
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE sandbox (name TEXT PRIMARY KEY);
CREATE TABLE record (
    place INTEGER PRIMARY KEY, sandbox TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    version INTEGER NOT NULL, created INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE UNIQUE INDEX record_by_id ON record (sandbox, kind, id);
CREATE INDEX record_in_order ON record (sandbox, kind, place, created);
CREATE TABLE lookup (
    sandbox TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    place INTEGER NOT NULL, created INTEGER NOT NULL, record INTEGER NOT NULL
);
CREATE UNIQUE INDEX lookup_in_order ON lookup (sandbox, kind, name, value, place, created, record);
CREATE INDEX lookup_of_record ON lookup (record);
CREATE TABLE balance (
    sandbox TEXT NOT NULL, account TEXT NOT NULL, currency TEXT NOT NULL, minor INTEGER NOT NULL
);
CREATE UNIQUE INDEX balance_of_account ON balance (sandbox, account, currency);
CREATE TABLE tally (sandbox TEXT NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL);
CREATE UNIQUE INDEX tally_by_name ON tally (sandbox, name);
CREATE TABLE timer (
    record INTEGER PRIMARY KEY, sandbox TEXT NOT NULL, home TEXT NOT NULL, timeline TEXT NOT NULL,
    due INTEGER NOT NULL, real_due INTEGER,
    worker TEXT NOT NULL DEFAULT '', lease INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX timer_in_order ON timer (sandbox, timeline, due, record);
CREATE INDEX timer_claimable ON timer (real_due, sandbox, record)
    WHERE home = sandbox AND real_due IS NOT NULL;
CREATE INDEX timer_leased ON timer (lease) WHERE lease > 0;
"""

COPY = (
    "CREATE TEMP TABLE IF NOT EXISTS placed (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)",
    "DELETE FROM placed",
    "INSERT INTO placed SELECT place, :last + ROW_NUMBER() OVER (ORDER BY place) FROM"
    " (SELECT place FROM record WHERE sandbox = :from UNION SELECT place FROM lookup WHERE sandbox = :from)",
    "INSERT INTO record SELECT new, :into, kind, id, version, created, body"
    " FROM record JOIN placed ON old = place WHERE sandbox = :from",
    "INSERT INTO lookup SELECT :into, kind, name, value, entry.new, created, own.new FROM lookup"
    " JOIN placed AS entry ON entry.old = place JOIN placed AS own ON own.old = record WHERE sandbox = :from",
    "INSERT INTO timer (record, sandbox, home, timeline, due, real_due)"
    " SELECT new, :into, home, timeline, due, real_due FROM timer JOIN placed ON old = record"
    " WHERE sandbox = :from",
    "INSERT INTO balance SELECT :into, account, currency, minor FROM balance WHERE sandbox = :from",
    "INSERT INTO tally SELECT :into, name, count FROM tally WHERE sandbox = :from",
)

CLAIMABLE = "home = sandbox AND real_due IS NOT NULL"


class SchemaMismatch(ValueError):
    """The file was written by another version."""


class _Row(NamedTuple):
    place: int
    version: int
    created: Instant


def create(db: sqlite3.Connection) -> None:
    """Makes the tables of a new file. Raises SchemaMismatch for the file of another version."""
    with db:
        db.execute("BEGIN IMMEDIATE")
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
            for statement in SCHEMA.strip().split(";\n"):
                db.execute(statement)
            rows = [("schema", SCHEMA_VERSION), ("place", 0)]
            db.executemany("INSERT INTO meta (name, value) VALUES (?, ?)", rows)
        found = db.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone()
    if found is None or found[0] != SCHEMA_VERSION:
        raise SchemaMismatch(f"the file has schema {found and found[0]}, this version {SCHEMA_VERSION}")


class Writer:
    """Writes on one connection. Places are taken once for a whole transaction, by `begin` and `end`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._place = 0
        self._place_before = 0

    def begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._place = self._place_before = self._one("SELECT value FROM meta WHERE name = 'place'")

    def end(self) -> None:
        if self._place != self._place_before:
            self._db.execute("UPDATE meta SET value = ? WHERE name = 'place'", (self._place,))
        self._db.execute("COMMIT")

    def commit(self, batch: Batch) -> None:
        """Raises Conflict or InsufficientBalance with half of it written: the caller rolls back."""
        self._exists(batch.sandbox)
        touched = {**batch.expected, **batch.puts, **batch.removes}
        rows = {key: self._row(batch.sandbox, key) for key in touched}
        for key, version in batch.expected.items():
            row = rows[key]
            if (row.version if row is not None else 0) != version:
                raise Conflict(*key)
        for key in batch.removes:
            self._remove(rows[key])
        stale = {key: self._leave_lists(rows[key], record) for key, record in batch.puts.items()}
        for key, record in batch.puts.items():
            self._put(batch.sandbox, record, rows[key], stale[key])
        for entry in batch.entries:
            self._post(batch.sandbox, entry)
        for guard in batch.guards:
            self._check(batch.sandbox, guard)

    def tally(self, sandbox: str, name: str, by: int) -> int:
        self._exists(sandbox)
        return self._one(
            "INSERT INTO tally (sandbox, name, count) VALUES (?, ?, ?)"
            " ON CONFLICT (sandbox, name) DO UPDATE SET count = count + excluded.count RETURNING count",
            sandbox, name, by,
        )

    def claim(self, worker: str, now: Instant, lease: Duration, limit: int) -> list[Timer]:
        rows = self._db.execute(
            "SELECT timer.record, body FROM timer JOIN record ON record.place = timer.record"
            " WHERE home = timer.sandbox AND real_due IS NOT NULL AND real_due <= ?"
            " AND (lease <= ? OR worker = ?) ORDER BY real_due, timer.sandbox, timer.record LIMIT ?",
            (now, now, worker, limit),
        ).fetchall()
        leases = [(worker, now + lease, record) for record, _ in rows]
        self._db.executemany("UPDATE timer SET worker = ?, lease = ? WHERE record = ?", leases)
        return [codec(Timer).loads(body) for _, body in rows]

    def copy(self, sandbox: str, into: str) -> None:
        """The order stays, in places of its own."""
        if sandbox == into:
            return
        self.drop(into)
        self._db.execute("INSERT INTO sandbox SELECT ? FROM sandbox WHERE name = ?", (into, sandbox))
        for statement in COPY:
            self._db.execute(statement, {"from": sandbox, "into": into, "last": self._place})
        self._place += self._one("SELECT COUNT(*) FROM placed")

    def drop(self, sandbox: str) -> None:
        for table in ("timer", "lookup", "record", "balance", "tally"):
            self._db.execute(f"DELETE FROM {table} WHERE sandbox = ?", (sandbox,))
        self._db.execute("DELETE FROM sandbox WHERE name = ?", (sandbox,))

    def _one(self, statement: str, *bound: object) -> int:
        rows: list[tuple[int]] = self._db.execute(statement, bound).fetchall()
        return rows[0][0]

    def _exists(self, sandbox: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO sandbox (name) VALUES (?)", (sandbox,))

    def _row(self, sandbox: str, key: Key) -> _Row | None:
        found = self._db.execute(
            "SELECT place, version, created FROM record WHERE sandbox = ? AND kind = ? AND id = ?",
            (sandbox, *key),
        ).fetchone()
        return _Row(*found) if found is not None else None

    def _remove(self, row: _Row | None) -> None:
        if row is None:
            return
        self._db.execute("DELETE FROM lookup WHERE record = ?", (row.place,))
        self._db.execute("DELETE FROM timer WHERE record = ?", (row.place,))
        self._db.execute("DELETE FROM record WHERE place = ?", (row.place,))

    def _leave_lists(self, row: _Row | None, record: Record) -> dict[str, str]:
        """Takes a record out of the lists that it no longer belongs to; returns those it has to enter.

        All records of a batch leave before any enters, so that one may take over another's unique value.
        """
        wanted = values(record)
        if row is None:
            return wanted
        lists = self._db.execute("SELECT name, value FROM lookup WHERE record = ?", (row.place,)).fetchall()
        for name, value in lists:
            if wanted.get(name) == value:
                del wanted[name]
            else:
                self._db.execute("DELETE FROM lookup WHERE record = ? AND name = ?", (row.place, name))
        return wanted

    def _put(self, sandbox: str, record: Record, row: _Row | None, enter: Mapping[str, str]) -> None:
        self._place += 1
        body = codec(type(record)).dumps(record)
        if row is None:
            own = self._place
            self._db.execute(
                "INSERT INTO record (place, sandbox, kind, id, version, created, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (own, sandbox, record.kind, record.id, own, record.created, body),
            )
        else:
            own = row.place
            self._db.execute(
                "UPDATE record SET version = ?, created = ?, body = ? WHERE place = ?",
                (self._place, record.created, body, own),
            )
            if record.created != row.created:
                self._db.execute("UPDATE lookup SET created = ? WHERE record = ?", (record.created, own))
        for name, value in enter.items():
            self._enter_list(sandbox, record, name, value, own)
        if isinstance(record, Timer):
            self._schedule(sandbox, record, own)

    def _enter_list(self, sandbox: str, record: Record, name: str, value: str, own: int) -> None:
        if name in record.unique:
            held = self._db.execute(
                "SELECT id FROM lookup JOIN record ON record.place = lookup.record WHERE lookup.sandbox = ?"
                " AND lookup.kind = ? AND name = ? AND value = ?", (sandbox, record.kind, name, value),
            ).fetchone()
            if held is not None:
                raise Conflict(record.kind, held[0])
        self._db.execute(
            "INSERT INTO lookup (sandbox, kind, name, value, place, created, record)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (sandbox, record.kind, name, value, self._place, record.created, own),
        )

    def _schedule(self, sandbox: str, timer: Timer, own: int) -> None:
        self._db.execute("DELETE FROM timer WHERE record = ?", (own,))
        if timer.status == TIMER_DUE:
            self._db.execute(
                "INSERT INTO timer (record, sandbox, home, timeline, due, real_due)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (own, sandbox, timer.sandbox, timer.timeline, timer.due, timer.real_due),
            )

    def _post(self, sandbox: str, entry: Entry) -> None:
        if self._row(sandbox, (entry.kind, entry.id)) is not None:
            raise Conflict(entry.kind, entry.id)
        self._put(sandbox, entry, None, values(entry))
        for posting in entry.postings:
            self._db.execute(
                "INSERT INTO balance (sandbox, account, currency, minor) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (sandbox, account, currency) DO UPDATE SET minor = minor + excluded.minor",
                (sandbox, posting.account, posting.money.currency, posting.money.minor),
            )

    def _check(self, sandbox: str, guard: Guard) -> None:
        holds = self._one(
            "SELECT COALESCE(SUM(minor), 0) FROM balance WHERE sandbox = ? AND account = ? AND currency = ?",
            sandbox, guard.account, guard.at_least.currency,
        )
        if holds < guard.at_least.minor:
            raise InsufficientBalance(guard.account, Money(holds, guard.at_least.currency), guard.at_least)


class Reader:
    """Reads on one connection; each statement sees all that was committed before it, or in a transaction all
    that was before its first.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA query_only = ON")
        self._db = db

    async def get(self, sandbox: str, kind: type[R], id: str) -> Versioned[R] | None:
        return self._first(
            kind, "SELECT body, version FROM record WHERE sandbox = ? AND kind = ? AND id = ?",
            sandbox, kind.kind, id,
        )

    async def find(self, sandbox: str, kind: type[R], index: str, value: str) -> Versioned[R] | None:
        assert index in looked_up(kind), f"no index {index}"
        return self._first(
            kind,
            "SELECT body, version FROM lookup JOIN record ON record.place = lookup.record"
            " WHERE lookup.sandbox = ? AND lookup.kind = ? AND name = ? AND value = ?"
            " ORDER BY lookup.place DESC LIMIT 1",
            sandbox, kind.kind, index, value,
        )

    async def scan(self, sandbox: str, kind: type[R], walk: Walk) -> list[Versioned[R]]:
        assert not walk.index or walk.index in looked_up(kind), f"no index {walk.index}"
        assert 0 <= walk.limit <= PAGE_MAX, f"a page of {walk.limit}"
        source, where, bound = _walked(sandbox, kind.kind, walk)
        if walk.after:
            place = self._place_of(sandbox, kind.kind, walk)
            if place is None:
                return []
            where += f" AND w.place {'<' if walk.newest_first else '>'} ?"
            bound.append(place)
        if walk.between is not None:
            where += " AND w.created BETWEEN ? AND ?"
            bound += walk.between
        order = "DESC" if walk.newest_first else "ASC"
        rows = self._all(
            f"SELECT record.body, record.version FROM {source} WHERE {where}"
            f" ORDER BY w.place {order} LIMIT ?", *bound, walk.limit,
        )
        loads = codec(kind).loads
        return [Versioned(loads(body), version) for body, version in rows]

    async def balances(self, sandbox: str) -> dict[str, dict[str, int]]:
        held: dict[str, dict[str, int]] = {}
        rows = self._all("SELECT account, currency, minor FROM balance WHERE sandbox = ?", sandbox)
        for account, currency, minor in rows:
            held.setdefault(account, {})[currency] = minor
        return held

    async def balance(self, sandbox: str, account: str) -> dict[str, int]:
        return dict(self._all(
            "SELECT currency, minor FROM balance WHERE sandbox = ? AND account = ?", sandbox, account
        ))

    def tally(self, sandbox: str, name: str) -> int:
        rows = self._all("SELECT count FROM tally WHERE sandbox = ? AND name = ?", sandbox, name)
        return rows[0][0] if rows else 0

    def due(self, sandbox: str, timeline: str, until: Instant, limit: int) -> list[Timer]:
        rows = self._all(
            "SELECT body FROM timer JOIN record ON record.place = timer.record WHERE timer.sandbox = ?"
            " AND timeline = ? AND due <= ? ORDER BY due, timer.record LIMIT ?",
            sandbox, timeline, until, limit,
        )
        return [codec(Timer).loads(body) for body, in rows]

    def next_due(self, sandbox: str, timeline: str) -> Instant | None:
        rows = self._all(
            "SELECT due FROM timer WHERE sandbox = ? AND timeline = ? ORDER BY due LIMIT 1", sandbox, timeline
        )
        return rows[0][0] if rows else None

    def next_claim(self, now: Instant) -> Instant | None:
        free = self._all(
            f"SELECT real_due FROM timer WHERE {CLAIMABLE} AND lease <= ? ORDER BY real_due LIMIT 1", now
        )
        lapses = self._all(
            "SELECT lease FROM timer WHERE lease > 0 AND lease > ? ORDER BY lease LIMIT 1", now
        )
        return min((row[0] for row in [*free, *lapses]), default=None)

    def sandboxes(self) -> list[str]:
        return [name for name, in self._all("SELECT name FROM sandbox ORDER BY name")]

    def _all(self, statement: str, *bound: object) -> Sequence[tuple[Any, ...]]:
        # Always to the end: a statement left half-way would hold its snapshot, and the log could not shrink.
        return self._db.execute(statement, bound).fetchall()

    def _first(self, kind: type[R], statement: str, *bound: object) -> Versioned[R] | None:
        rows = self._all(statement, *bound)
        return Versioned(codec(kind).loads(rows[0][0]), rows[0][1]) if rows else None

    def _place_of(self, sandbox: str, kind: str, walk: Walk) -> int | None:
        """Where the cursor stands: in the index if it is there, else where it was created."""
        rows = self._all(
            "SELECT COALESCE(lookup.place, record.place) FROM record LEFT JOIN lookup"
            " ON lookup.record = record.place AND name = ? AND value = ?"
            " WHERE record.sandbox = ? AND record.kind = ? AND id = ?",
            walk.index, walk.value, sandbox, kind, walk.after,
        )
        return rows[0][0] if rows else None


def _walked(sandbox: str, kind: str, walk: Walk) -> tuple[str, str, list[object]]:
    """Source, condition and its values; `w` is the list that is walked."""
    if not walk.index:
        source = "record AS w JOIN record ON record.place = w.place"
        return source, "w.sandbox = ? AND w.kind = ?", [sandbox, kind]
    source = "lookup AS w JOIN record ON record.place = w.record"
    where = "w.sandbox = ? AND w.kind = ? AND w.name = ? AND w.value = ?"
    return source, where, [sandbox, kind, walk.index, walk.value]
