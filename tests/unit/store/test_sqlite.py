"""What only a file can promise: surviving a kill, several processes, one failure in a group."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.store.protocol import Batch, Conflict
from paydouble.store.sqlite import SqliteStore
from paydouble.store.sqlite_tables import SchemaMismatch

WRITER = '''
import asyncio, os, sys
from paydouble.core.work import Timer
from paydouble.core.clock import Instant
from paydouble.store.protocol import Batch
from paydouble.store.sqlite import SqliteStore

async def commits(store, worker):
    for number in range(int(sys.argv[3])):
        timer = Timer(id=f"{sys.argv[2]}-{worker}-{number}", status="due", sandbox="shop", subject_kind="k",
                      subject="s", trigger="t", due=Instant(number))
        key = (timer.kind, timer.id)
        await store.commit(Batch("shop", puts={key: timer}, expected={key: 0}))
        count = await store.tally("shop", "commits")
        os.write(1, f"{timer.id} {count}\\n".encode())

async def main():
    store = SqliteStore(sys.argv[1])
    await asyncio.gather(*(commits(store, worker) for worker in range(4)))
    await store.close()

asyncio.run(main())
'''
ENDLESS = "1000000000"
ACKNOWLEDGED_BEFORE_THE_KILL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    kind: ClassVar[str] = "test.order"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    number: str = ""


def batch(order: Order) -> Batch:
    return Batch("shop", puts={(order.kind, order.id): order})


def child(path: Path, name: str, count: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, count], stdout=subprocess.PIPE
    )


async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    acknowledged: list[tuple[str, int]] = []
    for life in range(3):
        with child(path, str(life), ENDLESS) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(ACKNOWLEDGED_BEFORE_THE_KILL)]
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        for id, count in (line.split() for line in lines if line.endswith(b"\n")):
            acknowledged.append((id.decode(), int(count)))
    assert len(acknowledged) >= 3 * ACKNOWLEDGED_BEFORE_THE_KILL
    with sqlite3.connect(path) as db:
        kept = {id for id, in db.execute("SELECT id FROM record")}
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    store = SqliteStore(str(path))
    assert {id for id, _ in acknowledged} <= kept
    assert await store.tally("shop", "commits", 0) >= max(count for _, count in acknowledged)
    await store.close()


def test_two_processes_share_one_file_and_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    processes = [child(path, str(name), "50") for name in range(2)]
    counts = [int(line.split()[1]) for process in processes for line in process.communicate()[0].splitlines()]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(counts) == list(range(1, 401))


async def test_one_conflict_in_a_group_fails_alone(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "store.db"))
    orders = [Order(id=f"o{index}", number="same" if index in (3, 7) else "") for index in range(20)]
    outcomes = await asyncio.gather(*(store.commit(batch(order)) for order in orders), return_exceptions=True)
    failed = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, Conflict)]
    assert failed == [7]
    kept = await store.scan("shop", Order, Walk(newest_first=False, limit=PAGE_MAX))
    assert [row.record.id for row in kept] == [order.id for order in orders if order.id != "o7"]
    await store.close()


async def test_a_moment_stays_as_it_is_whatever_is_committed_meanwhile(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "store.db"))
    await store.commit(batch(Order(id="o1")))
    async with store.moment() as reads:
        await store.commit(batch(Order(id="o2")))
        assert await reads.get("shop", Order, "o2") is None
        assert [row.record.id for row in await reads.scan("shop", Order, Walk())] == ["o1"]
        assert await store.get("shop", Order, "o2") is not None
    async with store.moment() as reads:
        assert len(await reads.scan("shop", Order, Walk())) == 2
    await store.close()


async def test_records_balances_and_tallies_are_there_after_reopening(tmp_path: Path) -> None:
    path = str(tmp_path / "store.db")
    first = SqliteStore(path, synchronous="FULL")
    await first.commit(batch(Order(id="o1", number="n")))
    before = await first.get("shop", Order, "o1")
    await first.tally("shop", "nth", 3)
    await first.close()
    second = SqliteStore(path)
    assert await second.get("shop", Order, "o1") == before
    assert await second.tally("shop", "nth", 0) == 3
    with pytest.raises(Conflict):
        await second.commit(batch(Order(id="o2", number="n")))
    await second.close()


async def test_closing_finishes_what_waits_and_may_be_repeated(tmp_path: Path) -> None:
    store = SqliteStore(str(tmp_path / "store.db"))
    waiting = [asyncio.ensure_future(store.commit(batch(Order(id=f"o{index}")))) for index in range(5)]
    await asyncio.sleep(0)
    await store.close()
    await store.close()
    assert await asyncio.gather(*waiting) == [None] * 5


async def test_the_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await SqliteStore(str(path)).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = 99 WHERE name = 'schema'")
    db.close()
    with pytest.raises(SchemaMismatch, match="99"):
        SqliteStore(str(path))
