"""The sample shop with tills that do as they are told: care decides what a second try is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from paydouble.cli.demo.care import Care, Careful, Careless
from paydouble.cli.demo.shop import Shop
from paydouble.cli.demo.tills import Order, Refused, Told, Unheard

ORDER = {"id": "order-1", "provider": "stripe", "amount": "13.01"}
Client = TestClient[web.Request, web.Application]


@dataclass
class FakeTill:
    """Charges, and answers only when `deaf` tries are over."""

    deaf: int = 0
    refuses: bool = False
    charged: list[str] = field(default_factory=list)
    told: Told = Told("evt_1", "order-1", paid=True)

    def charge(self, order: Order, care: Care) -> None:
        if self.refuses:
            raise Refused("card_declined")
        self.charged.append(care.key("pay", order.id))
        if len(self.charged) <= self.deaf:
            raise Unheard("timeout")
        order.numbers.append(care.number(order.id, order.tries))
        order.status = "paid"

    def refund(self, order: Order, care: Care) -> None:
        order.status = "refunded"

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        if body != b"signed":
            raise ValueError("the signature does not fit")
        return self.told


@pytest.fixture
def till() -> FakeTill:
    return FakeTill()


Open = Callable[[Care], Awaitable[Client]]


@pytest.fixture
async def opened(till: FakeTill) -> AsyncIterator[Open]:
    clients: list[Client] = []

    async def open_shop(care: Care) -> Client:
        app = web.Application()
        app.add_routes(Shop({"stripe": till}, care).routes())
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return client

    yield open_shop
    for client in clients:
        await client.close()


async def test_a_careful_shop_repeats_the_same_request(opened: Open, till: FakeTill) -> None:
    till.deaf = 1
    answer = await (await opened(Careful())).post("/orders", json=ORDER)
    assert answer.status == 201
    order = await answer.json()
    assert (order["amount"], order["tries"], order["status"]) == (1301, 2, "paid")
    assert till.charged == ["pay-order-1", "pay-order-1"]


async def test_a_careless_shop_asks_anew(opened: Open, till: FakeTill) -> None:
    till.deaf = 1
    answer = await (await opened(Careless())).post("/orders", json=ORDER)
    assert len(set(till.charged)) == 2
    assert (await answer.json())["numbers"] == ["order-1-2"]


async def test_a_provider_that_stays_silent_leaves_the_order_unknown(opened: Open, till: FakeTill) -> None:
    till.deaf = 9
    shop = await opened(Careful())
    assert (await shop.post("/orders", json=ORDER)).status == 504
    assert (await (await shop.get("/orders/order-1")).json())["status"] == "unknown"


async def test_a_refusal_is_no_reason_to_try_again(opened: Open, till: FakeTill) -> None:
    till.refuses = True
    shop = await opened(Careful())
    assert (await shop.post("/orders", json=ORDER)).status == 402
    assert (await (await shop.get("/orders/order-1")).json())["tries"] == 1


@pytest.mark.parametrize("body", [
    {}, [], {**ORDER, "amount": "much"}, {**ORDER, "provider": "paypol"}, {"id": "x", "amount": "1"},
])
async def test_what_is_no_order_is_refused(opened: Open, body: object) -> None:
    assert (await (await opened(Careful())).post("/orders", json=body)).status == 422


@pytest.mark.parametrize(("care", "acted_upon"), [(Careful(), 1), (Careless(), 2)])
async def test_a_repeated_callback_counts_once_where_care_is_taken(
    opened: Open, care: Care, acted_upon: int
) -> None:
    shop = await opened(care)
    await shop.post("/orders", json=ORDER)
    for _ in range(2):
        answer = await shop.post("/callbacks/stripe", data=b"signed")
        assert await answer.json() == {"received": True}
    assert (await (await shop.get("/orders/order-1")).json())["told"] == acted_upon


async def test_nobody_is_believed_without_a_signature(opened: Open) -> None:
    shop = await opened(Careful())
    await shop.post("/orders", json=ORDER)
    assert (await shop.post("/callbacks/stripe", data=b"forged")).status == 400
    assert (await (await shop.get("/orders/order-1")).json())["told"] == 0


async def test_a_callback_of_somebody_else_is_acknowledged_and_ignored(opened: Open, till: FakeTill) -> None:
    till.told = Told("evt_2", "order-9", paid=True)
    shop = await opened(Careful())
    assert (await shop.post("/callbacks/stripe", data=b"signed")).status == 200
    assert (await shop.post("/callbacks/paypol", data=b"signed")).status == 404


async def test_an_order_can_be_refunded(opened: Open) -> None:
    shop = await opened(Careful())
    assert (await shop.post("/orders/order-1/refund")).status == 404
    await shop.post("/orders", json=ORDER)
    answer = await shop.post("/orders/order-1/refund")
    assert (answer.status, (await answer.json())["status"]) == (201, "refunded")


async def test_an_unknown_order_is_not_found(opened: Open) -> None:
    assert (await (await opened(Careful())).get("/orders/order-9")).status == 404
