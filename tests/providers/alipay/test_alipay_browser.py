"""A page payment in headless Chromium: an SDK opens it, and the same SDK verifies the way back."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from aiohttp import web

from paydouble.providers.alipay import build
from paydouble.server.settings import Settings
from paydouble.testing.in_process import InProcessServer, PaydoubleServer
from tests.providers.alipay.programs import OFFICIAL, bare_keys, environment, node, played, python

PATIENCE_S = 30
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


class Tab:
    """One page of the browser, steered by its debugging protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0

    async def ask(self, method: str, *, until: str = "", **params: Any) -> dict[str, Any]:
        """The result; with `until`, once that event has come too."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        result: dict[str, Any] | None = None
        waited = not until
        while result is None or not waited:
            told = await asyncio.wait_for(self._socket.receive_json(), PATIENCE_S)
            if told.get("id") == self._number:
                result = told.get("result", {})
            waited = waited or told.get("method") == until
        return result

    async def open(self, url: str) -> str:
        await self.ask("Page.navigate", until="Page.loadEventFired", url=url)
        return await self.text()

    async def submit(self, **fields: str) -> str:
        """Fills in the first form and presses its button."""
        filled = "".join(f"form.elements[{json.dumps(n)}].value = {json.dumps(v)};" for n, v in fields.items())
        script = f"const form = document.forms[0]; {filled} form.querySelector('button').click()"
        await self.ask("Runtime.evaluate", until="Page.loadEventFired", expression=f"{{{script}}}")
        return await self.text()

    async def cashier(self) -> str:
        """The text of the page, once a form that submits itself has led to it."""
        async with asyncio.timeout(PATIENCE_S):
            while "/return/form" in str(await self.value("location.href")):
                await self.ask("Runtime.evaluate", expression="1")
            while await self.value("document.readyState") != "complete":
                await self.ask("Runtime.evaluate", expression="1")
        return await self.text()

    async def text(self) -> str:
        return str(await self.value("document.body.innerText"))

    async def value(self, expression: str) -> object:
        return (await self.ask("Runtime.evaluate", expression=expression))["result"].get("value")


@asynccontextmanager
async def browser(profile: Path) -> AsyncIterator[Tab]:
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server",
        "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank",
        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )
    assert process.stderr is not None
    try:
        found = None
        while found is None:
            line = (await asyncio.wait_for(process.stderr.readline(), PATIENCE_S)).decode("utf-8", "replace")
            assert line, "Chromium ended before it listened"
            found = re.search(r"DevTools listening on ws://([^/\s]+)/", line)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://{found[1]}/json/list") as listed:
                pages = [each for each in await listed.json() if each["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                tab = Tab(socket)
                await tab.ask("Page.enable")
                yield tab
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def returned_to() -> AsyncIterator[tuple[str, list[str]]]:
    """The shop's own page, to which the buyer comes back; and what its page below that shows."""
    forms: list[str] = []

    async def thanks(request: web.Request) -> web.Response:
        return web.Response(text="Thank you")

    async def form(request: web.Request) -> web.Response:
        return web.Response(text=forms[-1], content_type="text/html")

    app = web.Application()
    app.router.add_get("/return", thanks)
    app.router.add_get("/return/form", form)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/return?shop=1", forms
    finally:
        await runner.cleanup()


class Shop(NamedTuple):
    """How an SDK's program is called: to open a payment, and to verify the way back."""

    command: Callable[..., list[str]]
    form: str
    """Of what the SDK's form is made."""


SHOPS = {
    "npm alipay-sdk": Shop(partial(node, "page_alipay_sdk.mjs"), 'name="alipaySDKSubmit'),
    "PyPI alipay-sdk-python": Shop(partial(python, OFFICIAL, "page_alipay_sdk_python.py"), 'name="punchout_form"'),
}


@pytest.mark.parametrize("sdk", SHOPS)
async def test_a_buyer_pays_by_the_sdks_url_and_form_and_comes_back_signed(sdk: str, tmp_path: Path) -> None:
    with InProcessServer(Settings(port=0, tls_port=None, seed=0), providers=[build()]) as running:
        server = PaydoubleServer(running.url)
        sandbox = server.sandbox()
        env = environment(server, sandbox, tmp_path)
        env |= bare_keys(env)
        async with returned_to() as (back, shown), browser(tmp_path / "profile") as tab:
            command = SHOPS[sdk].command
            opened = await asyncio.to_thread(played, command("open", back), env)
            assert SHOPS[sdk].form in opened["form"]
            shown.append(opened["form"])
            for number, url in (("WEB-GET", opened["url"]), ("WEB-POST", f"{back.partition('?')[0]}/form")):
                told = await asyncio.to_thread(played, command("verify", await paid_at(tab, url)), env)
                assert told["verified"], told
                assert (told["shop"], told["out_trade_no"], told["total_amount"]) == ("1", number, "88.88")
                assert told["method"] == "alipay.trade.page.pay.return"
        assert sandbox.audit()["ok"]
        assert [each.phase for each in sandbox.payments()] == ["paid", "paid"]
        server.close()


async def paid_at(tab: Tab, url: str) -> str:
    """Where the browser stands when the buyer has paid."""
    await tab.open(url)
    text = await tab.cashier()
    assert "登录密码" in text
    assert "测试 <商品> & 更多" in text
    assert "支付密码" in await tab.submit(account="buyer4801@example.com", password="111111")
    assert "支付密码错误" in await tab.submit(password="000000")
    assert await tab.submit(password="111111") == "Thank you"
    return str(await tab.value("location.href"))
