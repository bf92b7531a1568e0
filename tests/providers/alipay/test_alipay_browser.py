"""A page payment in headless Chromium, from the shop's redirect to a return whose signature is checked."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import pytest
from aiohttp import web

from paydouble.crypto import rsa
from paydouble.providers.alipay import build
from paydouble.server.settings import Settings
from paydouble.testing.in_process import InProcessServer, PaydoubleServer

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
async def returned_to() -> AsyncIterator[str]:
    """The shop's own page, to which the buyer comes back."""

    async def thanks(request: web.Request) -> web.Response:
        return web.Response(text="Thank you")

    app = web.Application()
    app.router.add_get("/return", thanks)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield f"http://127.0.0.1:{port}/return?shop=1"
    await runner.cleanup()


def paying_url(credentials: dict[str, str], back: str) -> str:
    order = {"out_trade_no": "WEB1", "total_amount": "88.88", "subject": "测试 <商品> & 更多",
             "product_code": "FAST_INSTANT_TRADE_PAY"}
    values = {
        "app_id": credentials["app_id"], "method": "alipay.trade.page.pay", "charset": "utf-8", "version": "1.0",
        "timestamp": "2026-03-01 12:00:00", "sign_type": "RSA2", "return_url": back,
        "biz_content": json.dumps(order, ensure_ascii=False),
    }
    text = "&".join(f"{name}={values[name]}" for name in sorted(values))
    private = rsa.load_private(credentials["app_private_key_pem"].encode(), ours=True)
    return f"{credentials['gateway']}?{urlencode({**values, 'sign': rsa.sign_sha256(private, text.encode())})}"


async def test_a_buyer_pays_in_a_browser_and_comes_back_signed(tmp_path: Path) -> None:
    with InProcessServer(Settings(port=0, tls_port=None, seed=0), providers=[build()]) as running:
        server = PaydoubleServer(running.url)
        credentials = server.sandbox().credentials["alipay"]
        async with returned_to() as back, browser(tmp_path / "profile") as tab:
            assert "登录密码" in await tab.open(paying_url(credentials, back))
            assert "测试 <商品> & 更多" in await tab.text()
            assert "支付密码" in await tab.submit(account="buyer4801@example.com", password="111111")
            assert "支付密码错误" in await tab.submit(password="000000")
            assert await tab.submit(password="111111") == "Thank you"
            url = str(await tab.value("location.href"))
        server.close()
    values = dict(parse_qsl(urlsplit(url).query, strict_parsing=True))
    sign = values.pop("sign")
    text = "&".join(f"{name}={values[name]}" for name in sorted(values) if name not in ("sign_type", "shop"))
    public = rsa.load_public(credentials["alipay_public_key_pem"].encode())
    assert rsa.verifies_sha256(public, text.encode(), sign)
    assert (values["shop"], values["out_trade_no"], values["total_amount"]) == ("1", "WEB1", "88.88")
