"""kill -9 in the middle of load, again and again on one sqlite file: nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

KILLS = 5
KEY = {"Authorization": "Bearer sk_test_paydouble_default"}
PATIENCE_S = 30.0
CARDS = {
    "automatic_payment_methods[enabled]": "true", "automatic_payment_methods[allow_redirects]": "never",
}


@dataclass
class Shop:
    """What the merchant knows: the payments whose answer arrived, and the events it was told."""

    paid: set[str] = field(default_factory=set)
    refunded: dict[str, str] = field(default_factory=dict)
    told: set[tuple[str, str]] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def hook(self, request: web.Request) -> web.Response:
        event = await request.json()
        self.told.add((event["type"], event["data"]["object"]["id"]))
        self.news.set()
        return web.Response()

    def missing(self) -> set[tuple[str, str]]:
        owed = {("payment_intent.succeeded", id) for id in self.paid}
        owed |= {("refund.created", id) for id in self.refunded}
        return owed - self.told


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(store: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A server on the file, killed at the end however the block ends."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "paydouble", "serve", "--port", str(port), "--tls-port", "0",
        "--store", f"sqlite:{store}",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def form(session: aiohttp.ClientSession, to: str, /, **params: Any) -> dict[str, Any]:
    async with session.post(to, headers=KEY, data={name: str(value) for name, value in params.items()}) as answer:
        body: dict[str, Any] = await answer.json()
        assert answer.status == 200, body
        return body


async def buy(session: aiohttp.ClientSession, url: str, shop: Shop) -> None:
    """Pays and refunds, and notes what was acknowledged, until the server dies."""
    while True:
        made = await form(
            session, f"{url}/v1/payment_intents", amount=1_000, currency="usd", confirm="true",
            payment_method="pm_card_visa", **CARDS,
        )
        shop.paid.add(made["id"])
        back = await form(session, f"{url}/v1/refunds", payment_intent=made["id"], amount=400)
        shop.refunded[back["id"]] = made["id"]


async def load_until_killed(url: str, process: asyncio.subprocess.Process, shop: Shop, payments: int) -> None:
    wanted = len(shop.paid) + payments
    async with aiohttp.ClientSession() as session:
        buyers = [asyncio.create_task(buy(session, url, shop)) for _ in range(8)]
        while len(shop.paid) < wanted and not any(buyer.done() for buyer in buyers):
            shop.news.clear()
            await asyncio.wait_for(shop.news.wait(), PATIENCE_S)
        process.send_signal(signal.SIGKILL)
        for result in await asyncio.gather(*buyers, return_exceptions=True):
            assert isinstance(result, aiohttp.ClientError), result


async def nothing_is_lost(url: str, shop: Shop) -> None:
    async with aiohttp.ClientSession(headers=KEY) as session:
        for id in shop.paid:
            async with session.get(f"{url}/v1/payment_intents/{id}") as answer:
                assert (answer.status, (await answer.json())["status"]) == (200, "succeeded")
        for id, payment in shop.refunded.items():
            async with session.get(f"{url}/v1/refunds/{id}") as answer:
                assert (await answer.json())["payment_intent"] == payment
        async with asyncio.timeout(PATIENCE_S):
            while shop.missing():
                shop.news.clear()
                await shop.news.wait()
        async with session.post(f"{url}/_paydouble/sandboxes/default/audit") as answer:
            verdict = await answer.json()
            assert verdict["ok"], json.dumps(verdict)


@asynccontextmanager
async def hooked(shop: Shop) -> AsyncIterator[str]:
    runner = web.ServerRunner(web.Server(shop.hook))  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/hook"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("round", [
    pytest.param(number, marks=[pytest.mark.slow] if number else []) for number in range(4)
])
async def test_what_was_acknowledged_is_there_and_is_told_after_a_kill(tmp_path: Path, round: int) -> None:
    shop, dice, store = Shop(), random.Random(round), tmp_path / "world.db"
    async with hooked(shop) as hook:
        async with serving(store) as (_, url), aiohttp.ClientSession() as session:
            await form(session, f"{url}/v1/webhook_endpoints", url=hook, **{"enabled_events[0]": "*"})
        for _ in range(KILLS):
            async with serving(store) as (process, url):
                await load_until_killed(url, process, shop, dice.randrange(10, 60))
        async with serving(store) as (_, url):
            await nothing_is_lost(url, shop)
        assert len(shop.paid) >= KILLS * 10
