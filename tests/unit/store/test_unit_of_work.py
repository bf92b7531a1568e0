"""A unit of work sees its own writes, lands whole or not at all, and loses to whoever was first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from paydouble.core.clock import Instant
from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, transfer
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import InsufficientBalance, Timer, Walk
from paydouble.store.protocol import Conflict, Store
from paydouble.store.unit_of_work import UnitOfWork

Units = Callable[[], UnitOfWork]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    kind: ClassVar[str] = "test.order"
    indexes: ClassVar[tuple[str, ...]] = ("customer",)
    unique: ClassVar[tuple[str, ...]] = ("number",)

    customer: str = ""
    number: str = ""
    count: int = 0


def capture(minor: int) -> Entry:
    return transfer(
        EntryKind.CAPTURE, source=PAYER, target=pending("m"), amount=Money(minor, "CNY"),
        reference="o1", memo="o1",
    )


async def saved(unit: Units, *records: Record) -> None:
    work = unit()
    for record in records:
        work.save(record)
    await work.commit()


async def test_get_sees_what_the_unit_saved_and_removed(unit: Units) -> None:
    await saved(unit, Order(id="o1"), Order(id="o2"))
    work = unit()
    o2 = await work.get(Order, "o2")
    assert o2 == Order(id="o2")
    work.save(Order(id="o3"))
    work.remove(o2)
    assert await work.get(Order, "o3") == Order(id="o3")
    assert await work.get(Order, "o2") is None
    assert await unit().get(Order, "o3") is None
    await work.commit()
    assert await unit().get(Order, "o3") == Order(id="o3")
    assert await unit().get(Order, "o2") is None


async def test_find_prefers_what_the_unit_itself_added_to_the_index(unit: Units) -> None:
    await saved(unit, Order(id="o1", customer="ann"), Order(id="o2", customer="ann"))
    work = unit()
    work.save(Order(id="o3", customer="ann"))
    found = await work.find(Order, "customer", "ann")
    assert found is not None
    assert found.id == "o3"


async def test_find_passes_over_what_the_unit_moved_away_or_removed(unit: Units) -> None:
    await saved(unit, *(Order(id=f"o{number}", customer="ann") for number in (1, 2, 3)))
    work = unit()
    third, second = await work.get(Order, "o3"), await work.get(Order, "o2")
    assert third is not None
    assert second is not None
    work.save(replace(third, customer="bob"))
    work.remove(second)
    assert await work.find(Order, "customer", "ann") == Order(id="o1", customer="ann")
    assert await work.find(Order, "customer", "bob") == Order(id="o3", customer="bob")


async def test_find_returns_the_changed_record_in_its_old_position(unit: Units) -> None:
    await saved(unit, Order(id="o1", customer="ann"), Order(id="o2", customer="ann"))
    work = unit()
    first = await work.get(Order, "o1")
    assert first is not None
    work.save(replace(first, count=7))
    assert await work.find(Order, "customer", "ann") == Order(id="o2", customer="ann")
    second = await work.get(Order, "o2")
    assert second is not None
    work.save(replace(second, count=8))
    assert await work.find(Order, "customer", "ann") == Order(id="o2", customer="ann", count=8)


async def test_scan_shows_the_store_only(unit: Units) -> None:
    await saved(unit, Order(id="o1"))
    work = unit()
    work.save(Order(id="o2"))
    assert await work.scan(Order, Walk()) == [Order(id="o1")]


async def test_a_record_that_was_only_read_makes_the_commit_conflict(unit: Units) -> None:
    await saved(unit, Order(id="limit"))
    slow, quick = unit(), unit()
    await slow.get(Order, "limit")
    slow.save(Order(id="o1"))
    limit = await quick.get(Order, "limit")
    assert limit is not None
    quick.save(replace(limit, count=1))
    await quick.commit()
    with pytest.raises(Conflict) as caught:
        await slow.commit()
    assert (caught.value.kind, caught.value.id) == ("test.order", "limit")
    assert await unit().get(Order, "o1") is None


async def test_a_record_that_was_missed_and_then_made_by_another_conflicts(unit: Units) -> None:
    slow = unit()
    assert await slow.get(Order, "o1") is None
    slow.save(Order(id="o2"))
    await saved(unit, Order(id="o1"))
    with pytest.raises(Conflict):
        await slow.commit()


async def test_a_new_record_never_replaces_another(unit: Units) -> None:
    await saved(unit, Order(id="o1", count=1))
    with pytest.raises(Conflict):
        await saved(unit, Order(id="o1", count=2))
    assert await unit().get(Order, "o1") == Order(id="o1", count=1)


async def test_a_taken_unique_value_conflicts_with_its_holder(unit: Units) -> None:
    await saved(unit, Order(id="o1", number="n"))
    with pytest.raises(Conflict) as caught:
        await saved(unit, Order(id="o2", number="n"))
    assert caught.value.id == "o1"


async def test_one_commit_may_hand_a_unique_value_from_one_record_to_another(unit: Units) -> None:
    await saved(unit, Order(id="o1", number="n"))
    work = unit()
    work.save(Order(id="o2", number="n"))
    first = await work.get(Order, "o1")
    assert first is not None
    work.save(replace(first, number=""))
    await work.commit()
    found = await unit().find(Order, "number", "n")
    assert found is not None
    assert found.id == "o2"


async def test_a_recreated_record_is_not_taken_for_the_one_that_was_read(unit: Units) -> None:
    await saved(unit, Order(id="o1"))
    slow, other = unit(), unit()
    seen = await slow.get(Order, "o1")
    assert seen is not None
    other.remove(seen)
    await other.commit()
    await saved(unit, Order(id="o1"))
    slow.save(replace(seen, count=1))
    with pytest.raises(Conflict):
        await slow.commit()


async def test_a_unit_that_only_read_never_conflicts(unit: Units) -> None:
    await saved(unit, Order(id="o1"))
    reader, writer = unit(), unit()
    await reader.scan(Order, Walk())
    record = await writer.get(Order, "o1")
    assert record is not None
    writer.save(replace(record, count=1))
    await writer.commit()
    await reader.commit()


async def test_rollback_forgets_writes_and_expectations(store: Store, unit: Units) -> None:
    await saved(unit, Order(id="o1"))
    work = unit()
    first = await work.get(Order, "o1")
    assert first is not None
    work.save(Order(id="o2"))
    work.post(capture(5))
    work.require(PAYER, Money(0, "CNY"))
    work.at(Instant(1), first, "expire")
    work.announce(Event(id="", type="t", api="v1", provider="p", merchant="m"))
    work.rollback()
    assert (work.announced, work.timers, dict(work.saved)) == ([], [], {})
    await saved(unit, Order(id="o3"))
    writer = unit()
    again = await writer.get(Order, "o1")
    assert again is not None
    writer.save(replace(again, count=1))
    await writer.commit()
    work.save(Order(id="kept"))
    await work.commit()
    assert await unit().get(Order, "kept") == Order(id="kept")
    assert await unit().get(Order, "o2") is None
    assert await store.balances("shop") == {}
    assert await store.next_due("shop", "") is None


async def test_postings_add_up_and_a_guard_sees_them(store: Store, unit: Units) -> None:
    work = unit()
    work.post(capture(500))
    work.require(pending("m"), Money(500, "CNY"))
    await work.commit()
    assert await unit().balance(pending("m")) == {"CNY": 500}
    short = unit()
    short.post(capture(1))
    assert await short.balance(pending("m")) == {"CNY": 501}, "with what it has posted itself"
    assert await short.balance("nobody") == {}
    short.require(pending("m"), Money(502, "CNY"))
    with pytest.raises(InsufficientBalance) as caught:
        await short.commit()
    assert (caught.value.holds, caught.value.needs) == (Money(501, "CNY"), Money(502, "CNY"))
    assert await store.balances("shop") == {PAYER: {"CNY": -500}, pending("m"): {"CNY": 500}}
    entries = await unit().scan(Entry, Walk(index="reference", value="o1"))
    assert [entry.postings for entry in entries] == [capture(500).postings]
    assert entries[0].id.startswith("ent_")
    assert entries[0].created == 1_700_000_000_000


async def test_an_event_gets_its_id_instant_and_cause_and_is_kept(unit: Units) -> None:
    work = unit()
    told = work.announce(Event(id="", type="t", api="v1", provider="p", merchant="m", body={"a": [1]}))
    own = work.announce(Event(id="", type="t", api="v1", provider="p", merchant="m", cause={"request": "r"}))
    await work.commit()
    assert work.announced == [told, own]
    assert told.id.startswith("evt_")
    assert told.created == 1_700_000_000_000
    assert (told.cause, own.cause) == ({"request": "req_1"}, {"request": "r"})
    assert await unit().get(Event, told.id) == told


async def test_a_timer_is_due_on_both_times(store: Store, unit: Units) -> None:
    work = unit()
    work.at(Instant(5_000), Order(id="o1"), "expire")
    await work.commit()
    timer = work.timers[0]
    assert (timer.sandbox, timer.subject_key, timer.trigger) == ("shop", "test.order/o1", "expire")
    assert await store.due("shop", "", Instant(4_999), 10) == []
    assert await store.due("shop", "", Instant(5_000), 10) == [timer]
    assert await store.next_claim(Instant(0)) == timer.real_due == 6_000
    done = unit()
    found = await done.find(Timer, "subject_key", "test.order/o1")
    assert found == timer
    done.save(replace(timer, status="done"))
    await done.commit()
    assert await store.next_due("shop", "") is None


async def test_concurrent_increments_lose_nothing(unit: Units) -> None:
    await saved(unit, Order(id="o1"))

    async def increment() -> None:
        while True:
            work = unit()
            record = await work.get(Order, "o1")
            assert record is not None
            await asyncio.sleep(0)
            work.save(replace(record, count=record.count + 1))
            try:
                return await work.commit()
            except Conflict:
                continue

    await asyncio.gather(*(increment() for _ in range(200)))
    final = await unit().get(Order, "o1")
    assert final is not None
    assert final.count == 200


async def test_concurrent_payouts_never_overdraw(store: Store, unit: Units) -> None:
    funding = unit()
    funding.post(capture(100))
    await funding.commit()

    async def pay_out() -> bool:
        work = unit()
        work.post(transfer(
            EntryKind.PAYOUT, source=pending("m"), target=PAYER, amount=Money(30, "CNY"),
            reference="po", memo="po",
        ))
        work.require(pending("m"), Money(0, "CNY"))
        try:
            await work.commit()
        except InsufficientBalance:
            return False
        return True

    paid = await asyncio.gather(*(pay_out() for _ in range(20)))
    assert paid.count(True) == 3
    assert (await store.balances("shop"))[pending("m")] == {"CNY": 10}
