"""The buttons of the browser's SDK in headless Chromium: the payer approves, or cancels, in a window of its own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.providers.alipay.test_alipay_browser import CHROMIUM, PATIENCE_S, Tab, browser
from tests.providers.paypal.billed import cycle, plan_asked
from tests.providers.paypal.checked import asked
from tests.providers.paypal.test_paypal_browser import signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Shop</title>
<h1>Test shop</h1><div id="buttons" style="width:320px"></div><p id="result">waiting</p>
<script src="{base}/sdk/js?client-id={client}&currency=USD"></script>
<script>
const tell = (text) => document.getElementById("result").textContent = text;
const post = (path) => fetch(path, {{method: "POST"}}).then((answer) => answer.text());
paypal.Buttons({{
  {maker}: () => post("/make"),
  onApprove: async (data) => tell("approved " + await post("/done/" + (data.subscriptionID || data.orderID))),
  onCancel: (data) => tell("cancelled " + data.orderID),
  onError: (error) => tell("error " + error.message),
}}).render("#buttons");
</script>"""


class Seller:
    """A shop's server: it makes orders and captures them, as the browser asks."""

    def __init__(self, http: aiohttp.ClientSession, headers: dict[str, str]) -> None:
        self._http, self._headers = http, headers
        self.path, self.body, self.page, self.made = "/v2/checkout/orders", asked("12.00"), "", ""

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        async with self._http.request(method, path, json=body, headers=self._headers) as answer:
            return await answer.json()

    async def show(self, request: web.Request) -> web.Response:
        return web.Response(text=self.page, content_type="text/html")

    async def make(self, request: web.Request) -> web.Response:
        self.made = (await self.call("POST", self.path, self.body)).get("id", "")
        return web.Response(text=self.made)

    async def done(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        if id.startswith("I-"):
            shown = await self.call("GET", f"{self.path}/{id}")
        else:
            shown = await self.call("POST", f"{self.path}/{id}/capture", {})
        return web.Response(text=shown.get("status") or shown["name"])


@asynccontextmanager
async def open_for(seller: Seller) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/", seller.show)
    app.router.add_post("/make", seller.make)
    app.router.add_post("/done/{id}", seller.done)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def click(tab: Tab, session: aiohttp.ClientSession) -> Tab:
    """Presses the button as a person would, and takes the window that opens."""
    known = {each["targetId"] for each in (await tab.ask("Target.getTargets"))["targetInfos"]}
    press = "document.querySelector('#buttons button').click()"
    await tab.ask("Runtime.evaluate", expression=press, userGesture=True)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            targets = (await tab.ask("Target.getTargets"))["targetInfos"]
            fresh = [each for each in targets if each["targetId"] not in known and "http" in each["url"]]
            if fresh:
                break
            await until(tab, "true", "true")
    host, port = tab._socket.get_extra_info("peername")[:2]
    socket = await session.ws_connect(f"ws://{host}:{port}/devtools/page/{fresh[0]['targetId']}", max_msg_size=0)
    window = Tab(socket)
    await window.ask("Page.enable")
    await until(window, "document.readyState", "complete")
    return window


async def until(tab: Tab, expression: str, wanted: str) -> None:
    """Lets the page itself look, since asking it without pause would keep it from its work."""
    look = f"String({expression}).includes({json.dumps(wanted)})"
    promise = f"new Promise((seen) => setInterval(() => {look} && seen('seen'), 50))"
    async with asyncio.timeout(PATIENCE_S):
        found: object = None
        while found != "seen":
            told = await tab.ask("Runtime.evaluate", expression=promise, awaitPromise=True)
            found = told.get("result", {}).get("value")


async def press(tab: Tab, form: int) -> None:
    """Without waiting for the next page: the window may close itself."""
    expression = f"setTimeout(() => document.forms[{form}].querySelector('button').click(), 50)"
    await tab.ask("Runtime.evaluate", expression=expression)


async def picture(tab: Tab, name: str) -> None:
    """Kept where somebody asks for it."""
    folder = os.environ.get("PAYDOUBLE_SCREENSHOTS")
    if folder:
        shot = await tab.ask("Page.captureScreenshot")
        Path(folder, f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


RESULT = "document.getElementById('result').textContent"


async def test_a_payer_cancels_and_then_approves_an_order(server: Any, tmp_path: Path) -> None:
    given = server.sandbox(clock="real").credentials["paypal"]
    async with (
        aiohttp.ClientSession(server.url) as http, aiohttp.ClientSession() as sockets, browser(tmp_path) as tab,
    ):
        seller = Seller(http, await signed_in(http, given))
        seller.page = PAGE.format(base=server.url, client=given["client_id"], maker="createOrder")
        async with open_for(seller) as shop:
            assert "Test shop" in await tab.open(shop)
            window = await click(tab, sockets)
            await picture(tab, "buttons")
            await press(window, 1)
            await until(tab, RESULT, f"cancelled {seller.made}")
            window = await click(tab, sockets)
            assert "12.00 USD" in await window.text()
            assert "Paying as" in await window.submit(email="ann@example.com")
            await picture(window, "review")
            await press(window, 0)
            await until(tab, RESULT, "approved COMPLETED")
        order = await seller.call("GET", f"/v2/checkout/orders/{seller.made}")
        assert order["payer"]["email_address"] == "ann@example.com"


async def test_a_payer_subscribes(server: Any, tmp_path: Path) -> None:
    given = server.sandbox(clock="real").credentials["paypal"]
    async with (
        aiohttp.ClientSession(server.url) as http, aiohttp.ClientSession() as sockets, browser(tmp_path) as tab,
    ):
        seller = Seller(http, await signed_in(http, given))
        product = await seller.call("POST", "/v1/catalogs/products", {"name": "Milk", "type": "PHYSICAL"})
        plan = await seller.call("POST", "/v1/billing/plans", plan_asked(product["id"], cycle("9.99")))
        seller.path, seller.body = "/v1/billing/subscriptions", {"plan_id": plan["id"]}
        seller.page = PAGE.format(base=server.url, client=given["client_id"], maker="createSubscription")
        async with open_for(seller) as shop:
            await tab.open(shop)
            window = await click(tab, sockets)
            assert "9.99 USD" in await window.text()
            assert "Subscribe now" in await window.submit()
            await press(window, 0)
            await until(tab, RESULT, "approved ACTIVE")


SHUT = """{{
  const speak = () => window.dispatchEvent(new MessageEvent("message", {said}));
  window.open = () => ({{close() {{}}, get closed() {{ setTimeout(speak, 100); return true; }}}});
}}"""
"""From now on a window is closed when it is first looked at, and heard of only after that."""


@pytest.mark.parametrize(("sender", "result"), [
    ("paypal", "approved UNPROCESSABLE_ENTITY"), ("somebody else", "cancelled "),
])
async def test_the_last_word_of_a_closed_window_counts(
    server: Any, tmp_path: Path, sender: str, result: str
) -> None:
    given = server.sandbox(clock="real").credentials["paypal"]
    async with aiohttp.ClientSession(server.url) as http, browser(tmp_path) as tab:
        seller = Seller(http, await signed_in(http, given))
        seller.page = PAGE.format(base=server.url, client=given["client_id"], maker="createOrder")
        async with open_for(seller) as shop:
            await tab.open(shop)
            said = {"data": {"paydouble": sender, "outcome": "approved"}, "origin": server.url}
            await tab.ask("Runtime.evaluate", expression=SHUT.format(said=json.dumps(said)))
            await tab.ask("Runtime.evaluate", expression="document.querySelector('#buttons button').click()")
            await until(tab, RESULT, result)


async def test_what_the_shop_does_wrong_is_told(server: Any, tmp_path: Path) -> None:
    given = server.sandbox(clock="real").credentials["paypal"]
    async with aiohttp.ClientSession(server.url) as http, browser(tmp_path) as tab:
        seller = Seller(http, await signed_in(http, given))
        seller.body = {}
        seller.page = PAGE.format(base=server.url, client=given["client_id"], maker="createOrder")
        async with open_for(seller) as shop:
            await tab.open(shop)
            await tab.ask("Runtime.evaluate", expression="document.querySelector('#buttons button').click()")
            await until(tab, RESULT, "error createOrder returned no id")


async def test_the_script_is_for_known_apps(server: Any) -> None:
    given = server.sandbox(clock="real").credentials["paypal"]
    async with aiohttp.ClientSession(server.url) as http:
        async with http.get("/sdk/js", params={"client-id": given["client_id"]}) as answer:
            assert answer.status == 200
            assert answer.content_type == "text/javascript"
            assert given["client_id"] in await answer.text()
        async with http.get("/sdk/js", params={"client-id": "nobody"}) as answer:
            assert answer.status == 404
