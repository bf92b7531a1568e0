"""The sample shop: orders, refunds and verified callbacks over HTTP. `python -m paydouble.cli.demo.shop`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from aiohttp import web

from paydouble.cli.demo.care import Care, Careful, Careless
from paydouble.cli.demo.tills import Order, Refused, StripeTill, Till, Unheard, WechatTill

if TYPE_CHECKING:
    from collections.abc import Mapping

TRIES_MAX: Final = 2
MINOR_PER_MAJOR: Final = 100
HOST: Final = "127.0.0.1"
ACKNOWLEDGED: Final = {
    "stripe": {"received": True},
    "wechatpay": {"code": "SUCCESS", "message": "成功"},
}


class Shop:
    """One code base; how careful it is, is somebody else's decision."""

    def __init__(self, tills: Mapping[str, Till], care: Care) -> None:
        self._tills = tills
        self._care = care
        self._orders: dict[str, Order] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/orders", self.create),
            web.get("/orders/{id}", self.show),
            web.post("/orders/{id}/refund", self.refund),
            web.post("/callbacks/{provider}", self.callback),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """{id, provider, amount: "13.01"} → the order, once its provider has answered or will not."""
        try:
            asked = await request.json()
            amount = int(Decimal(asked["amount"]) * MINOR_PER_MAJOR)
            till = self._tills[asked["provider"]]
            order = Order(asked["id"], asked["provider"], amount)
        except (ValueError, KeyError, TypeError, InvalidOperation) as error:
            return _problem(422, f"an order has id, provider and amount: {error!r}")
        self._orders[order.id] = order
        return await self._answered(order, lambda: self._charge(order, till))

    async def _charge(self, order: Order, till: Till) -> None:
        """Tries again where nothing was heard: whether that charges twice depends on the care taken."""
        while True:
            order.tries += 1
            try:
                await asyncio.to_thread(till.charge, order, self._care)
            except Unheard:
                if order.tries >= TRIES_MAX:
                    raise
            else:
                return

    async def show(self, request: web.Request) -> web.Response:
        order = self._orders.get(request.match_info["id"])
        return _problem(404, "no such order") if order is None else web.json_response(asdict(order))

    async def refund(self, request: web.Request) -> web.Response:
        order = self._orders.get(request.match_info["id"])
        if order is None or not order.numbers:
            return _problem(404, "no such payment")
        till = self._tills[order.provider]
        return await self._answered(order, lambda: asyncio.to_thread(till.refund, order, self._care))

    async def callback(self, request: web.Request) -> web.Response:
        """Believes nothing that the provider's SDK does not verify."""
        name = request.match_info["provider"]
        till = self._tills.get(name)
        if till is None:
            return _problem(404, "no such provider")
        body = await request.read()
        try:
            told = await asyncio.to_thread(till.read, request.headers, body)
        except ValueError as error:
            return _problem(400, str(error))
        order = self._orders.get(told.order)
        if order is not None and told.paid and self._care.is_news(told.id):
            order.told += 1
            order.status = "paid"
        return web.json_response(ACKNOWLEDGED[name])

    async def _answered(self, order: Order, work: Callable[[], Awaitable[None]]) -> web.Response:
        try:
            await work()
        except Unheard as error:
            order.status = "unknown"
            return _problem(504, str(error))
        except Refused as error:
            order.status = "refused"
            return _problem(402, str(error))
        return web.json_response(asdict(order), status=201)


def _problem(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)


async def serve(care: Care, port: int) -> None:
    """Prints its address as a line of JSON once it accepts connections, and runs until cancelled."""
    listening = socket.create_server((HOST, port))
    url = f"http://{HOST}:{listening.getsockname()[1]}"
    tills: dict[str, Till] = {
        "stripe": StripeTill(os.environ),
        "wechatpay": WechatTill(os.environ, notify_url=f"{url}/callbacks/wechatpay"),
    }
    app = web.Application()
    app.add_routes(Shop(tills, care).routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        print(json.dumps({"url": url}), flush=True)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m paydouble.cli.demo.shop", description=__doc__)
    parser.add_argument("--careless", action="store_true", help="Try again as if for the first time.")
    parser.add_argument("--port", type=int, default=0)
    chosen = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(Careless() if chosen.careless else Careful(), chosen.port))


if __name__ == "__main__":
    main()
