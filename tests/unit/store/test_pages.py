"""A page costs the same however many records there are; places stay few however often a sandbox is copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.core.work import Walk
from paydouble.store.protocol import Batch, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    kind: ClassVar[str] = "test.order"
    indexes: ClassVar[tuple[str, ...]] = ("customer",)

    customer: str = ""


async def put(store: Store, sandbox: str, *orders: Order) -> None:
    for order in orders:
        await store.commit(Batch(sandbox, puts={(order.kind, order.id): order}))


async def test_cursors_lead_through_all_pages_in_both_directions(store: Store) -> None:
    orders = [Order(id=f"o{number}", customer="ann", created=Instant(number)) for number in range(25)]
    await put(store, "shop", *orders)
    for newest_first in (True, False):
        seen: list[Order] = []
        while page := await store.scan("shop", Order, Walk(
            index="customer", value="ann", after=seen[-1].id if seen else "",
            newest_first=newest_first, limit=10,
        )):
            seen += [row.record for row in page]
        assert seen == (orders[::-1] if newest_first else orders)


async def test_a_record_that_changes_its_value_goes_to_the_end_and_is_a_cursor_there(store: Store) -> None:
    await put(
        store, "shop", Order(id="o1", customer="ann"), Order(id="o2", customer="bob"),
        Order(id="o3", customer="bob"), Order(id="o1", customer="bob"), Order(id="o4", customer="bob"),
    )

    async def ids(walk: Walk) -> list[str]:
        return [row.record.id for row in await store.scan("shop", Order, walk)]

    assert await ids(Walk(index="customer", value="bob", newest_first=False)) == ["o2", "o3", "o1", "o4"]
    assert await ids(Walk(index="customer", value="bob", after="o1", newest_first=False)) == ["o4"]
    assert await ids(Walk(index="customer", value="bob", after="o1")) == ["o3", "o2"]
    assert await ids(Walk(newest_first=False)) == ["o1", "o2", "o3", "o4"]
    await store.copy("shop", "mall")
    found = await store.scan("mall", Order, Walk(index="customer", value="bob", after="o1"))
    assert [row.record.id for row in found] == ["o3", "o2"]


async def test_instants_that_fall_are_still_all_found(store: Store) -> None:
    await put(store, "shop", *(Order(id=f"o{at}", created=Instant(at)) for at in (5, 1, 9, 3)))
    found = await store.scan("shop", Order, Walk(between=(Instant(1), Instant(5)), newest_first=False))
    assert [row.record.id for row in found] == ["o5", "o1", "o3"]


async def test_a_record_whose_instant_is_changed_is_found_by_the_new_one(store: Store) -> None:
    orders = [Order(id=f"o{number}", customer="ann", created=Instant(number)) for number in (1, 2, 3)]
    await put(store, "shop", *orders, Order(id="o3", customer="ann", created=Instant(0)))
    for index, value in (("", ""), ("customer", "ann")):
        walk = Walk(index=index, value=value, between=(Instant(0), Instant(1)), newest_first=False)
        found = await store.scan("shop", Order, walk)
        assert [row.record.id for row in found] == ["o1", "o3"]


async def test_copying_to_and_fro_keeps_places_small(store: Store) -> None:
    await put(store, "shop", Order(id="o1"), Order(id="o2"))
    for _ in range(70):
        await store.copy("shop", "snapshot")
        await put(store, "mall", Order(id="o1"))
        await store.copy("snapshot", "shop")
    await put(store, "shop", Order(id="o3"))
    found = await store.get("shop", Order, "o3")
    assert found is not None
    assert found.version < 1_000
