"""Whether lists and lookups stay as quick as objects become many: two simulators in this process."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

from paydouble.core.http import Headers, HttpRequest
from paydouble.engine.simulator import Simulator
from paydouble.engine.switches import Switches
from paydouble.providers import load
from paydouble.store import open_store
from tests.benchmarks.ratio import Ratio
from tests.merchants import Receiver

FEW, MANY = 1_000, 100_000
ROUNDS = 5
CALLS = 200
KEY = "sk_test_paydouble_default"
HEADERS = Headers((("Authorization", f"Bearer {KEY}"), ("Content-Type", "application/x-www-form-urlencoded")))


class Shop:
    """Customers of a Stripe account, and how long it takes to find them."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.ids: list[str] = []

    async def call(self, method: str, target: str, body: bytes = b"") -> bytes:
        answer = await self._simulator.serve("stripe", HttpRequest(
            method=method, target=target, headers=HEADERS, body=body, id=self._simulator.new_call_id(),
            base_url="http://127.0.0.1:4800"))
        assert answer.status == 200, answer.body
        return answer.body

    async def grow(self, to: int) -> None:
        while len(self.ids) < to:
            number = len(self.ids)
            body = urlencode({"email": f"c{number % 97}@example.com", "name": "Bench"}).encode()
            answer = await self.call("POST", "/v1/customers", body)
            self.ids.append(answer[answer.index(b"cus_"):].partition(b'"')[0].decode())

    async def took(self, target: str) -> float:
        """Seconds a call, each about another customer of the whole range."""
        step = len(self.ids) // CALLS
        begun = time.process_time()
        for number in range(CALLS):
            await self.call("GET", target.format(self.ids[number * step]))
        return (time.process_time() - begun) / CALLS


TARGETS = {
    "lookup": "/v1/customers/{}",
    "first page": "/v1/customers?limit=10",
    "page after a cursor": "/v1/customers?limit=10&starting_after={}",
    "page before a cursor": "/v1/customers?limit=10&ending_before={}",
    "filtered": "/v1/customers?limit=10&email=c7%40example.com",
}
"""With the id of a customer."""


@contextlib.asynccontextmanager
async def opened(size: int) -> AsyncIterator[Shop]:
    simulator = Simulator(load(), store=open_store("memory"), transport=Receiver(), switches=Switches())
    await simulator.start()
    try:
        shop = Shop(simulator)
        await shop.grow(size)
        yield shop
    finally:
        await simulator.close()


async def _measured() -> dict[str, tuple[float, float]]:
    """By kind, seconds among few and among many: of the quietest of rounds that take turns."""
    async with opened(FEW) as few, opened(MANY) as many:
        found = {}
        for name, target in TARGETS.items():
            rounds = [(await few.took(target), await many.took(target)) for _ in range(ROUNDS)]
            found[name] = min(before for before, _ in rounds), min(after for _, after in rounds)
        return found


def flat_lists() -> Ratio:
    """A lookup and four kinds of pages among 100 000 objects, against the same among 1 000; each is a round."""
    ratio = Ratio("lists and lookups at 10⁵ objects ÷ at 10³", at_most=1.5)
    for name, (few, many) in asyncio.run(_measured()).items():
        ratio.rounds.append(many / few)
        ratio.said.append(f"{name}: {many * 1e6:.0f} µs against {few * 1e6:.0f} µs")
    return ratio
