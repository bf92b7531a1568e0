"""SqliteStore: records in one file, for several processes; writers that wait are committed together."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Literal, NamedTuple, TypeVar

from paydouble.core.clock import Duration, Instant
from paydouble.core.record import Record
from paydouble.core.work import Timer, Walk
from paydouble.store import sqlite_tables
from paydouble.store.protocol import Batch, Versioned
from paydouble.store.sqlite_tables import Reader, Writer

R = TypeVar("R", bound=Record)
T = TypeVar("T")

GROUP_MAX = 512
"""Writes in one transaction, so that other processes get their turn."""
BUSY_TIMEOUT_S = 30
"""How long one process waits for another's transaction."""

Synchronous = Literal["NORMAL", "FULL"]


class _Job(NamedTuple):
    work: Callable[[Writer], Any]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]


class SqliteStore:
    """What is acknowledged survives the death of the process, by `kill -9` too.

    With synchronous NORMAL, the last moments before a power cut may be lost, never the file's consistency;
    FULL waits for the disk at each transaction. A cancelled write may still happen. Reads are short and are
    done where they are asked for: a hand-over to another thread costs several times as much.
    """

    def __init__(self, path: str, *, synchronous: Synchronous = "NORMAL") -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connect = partial(_connect, path, synchronous)
        self._db = self._connect()
        try:
            sqlite_tables.create(self._db)
        except BaseException:
            self._db.close()
            raise
        self._reading = self._connect()
        self._reader = Reader(self._reading)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def get(self, sandbox: str, kind: type[R], id: str) -> Versioned[R] | None:
        return await self._reader.get(sandbox, kind, id)

    async def find(self, sandbox: str, kind: type[R], index: str, value: str) -> Versioned[R] | None:
        return await self._reader.find(sandbox, kind, index, value)

    async def scan(self, sandbox: str, kind: type[R], walk: Walk) -> Sequence[Versioned[R]]:
        return await self._reader.scan(sandbox, kind, walk)

    async def balances(self, sandbox: str) -> Mapping[str, Mapping[str, int]]:
        return await self._reader.balances(sandbox)

    async def balance(self, sandbox: str, account: str) -> Mapping[str, int]:
        return await self._reader.balance(sandbox, account)

    @contextlib.asynccontextmanager
    async def moment(self) -> AsyncIterator[Reader]:
        """On a connection of its own, in one transaction."""
        with contextlib.closing(self._connect()) as reading:
            reader = Reader(reading)
            reading.execute("BEGIN")
            await reader.balance("", "")        # the first read is the moment
            yield reader

    async def commit(self, batch: Batch) -> None:
        await self._write(lambda writer: writer.commit(batch))

    async def tally(self, sandbox: str, key: str, by: int = 1) -> int:
        if not by:
            return self._reader.tally(sandbox, key)
        return await self._write(lambda writer: writer.tally(sandbox, key, by))

    async def due(self, sandbox: str, timeline: str, until: Instant, limit: int) -> Sequence[Timer]:
        return self._reader.due(sandbox, timeline, until, limit)

    async def next_due(self, sandbox: str, timeline: str) -> Instant | None:
        return self._reader.next_due(sandbox, timeline)

    async def claim(self, worker: str, now: Instant, lease: Duration, limit: int) -> Sequence[Timer]:
        return await self._write(lambda writer: writer.claim(worker, now, lease, limit))

    async def next_claim(self, now: Instant) -> Instant | None:
        return self._reader.next_claim(now)

    async def sandboxes(self) -> Sequence[str]:
        return self._reader.sandboxes()

    async def copy(self, sandbox: str, into: str) -> None:
        await self._write(lambda writer: writer.copy(sandbox, into))

    async def drop(self, sandbox: str) -> None:
        await self._write(lambda writer: writer.drop(sandbox))

    async def close(self) -> None:
        """Finishes what is waiting."""
        if self._closed:
            return
        self._closed = True
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
        self._reading.close()
        self._db.close()

    async def _write(self, work: Callable[[Writer], T]) -> T:
        assert not self._closed, "the store is closed"
        if self._thread is None:
            # A daemon: a store that was never closed must not keep its process alive.
            self._thread = threading.Thread(target=self._run, name="paydouble-sqlite", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.put(_Job(work, loop, done))
        return await done

    def _run(self) -> None:
        writer = Writer(self._db)
        while group := self._next_group():
            _tell(_transact(self._db, writer, group))

    def _next_group(self) -> list[_Job]:
        """All that waits, but at least one; empty once the store is closed."""
        group: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            group.append(job)
            if len(group) == GROUP_MAX:
                break
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return group
        else:
            if group:
                self._jobs.put(None)
        return group


def _connect(path: str, synchronous: Synchronous) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {synchronous}")
    return db


def _transact(db: sqlite3.Connection, writer: Writer, group: Sequence[_Job]) -> list[tuple[_Job, Any]]:
    """Each job with its result or exception; one that fails takes no other with it."""
    try:
        writer.begin()
        outcomes = [(job, _attempt(db, writer, job)) for job in group]
        writer.end()
    except sqlite3.Error as error:
        if db.in_transaction:
            db.execute("ROLLBACK")
        return [(job, error) for job in group]
    return outcomes


def _attempt(db: sqlite3.Connection, writer: Writer, job: _Job) -> Any:
    db.execute("SAVEPOINT job")
    try:
        outcome = job.work(writer)
    except Exception as error:
        db.execute("ROLLBACK TO job")
        outcome = error
    db.execute("RELEASE job")
    return outcome


def _tell(outcomes: Sequence[tuple[_Job, Any]]) -> None:
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[_Job, Any]]] = defaultdict(list)
    for job, outcome in outcomes:
        by_loop[job.loop].append((job, outcome))
    for loop, told in by_loop.items():
        # A loop that was closed meanwhile has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, told)


def _resolve(outcomes: Sequence[tuple[_Job, Any]]) -> None:
    for job, outcome in outcomes:
        if job.done.done():
            continue
        if isinstance(outcome, Exception):
            job.done.set_exception(outcome)
        else:
            job.done.set_result(outcome)
