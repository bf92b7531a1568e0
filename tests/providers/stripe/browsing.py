"""Headless Chromium, steered by its debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE_S = 30
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Tab:
    """One page of the browser."""

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

    async def submit(self, form: str, button: str = "button", **fields: str) -> str:
        """Fills in the form with this selector, presses its button, and waits for the next page."""
        filled = "".join(f"form.elements[{json.dumps(n)}].value = {json.dumps(v)};" for n, v in fields.items())
        press = f"form.querySelector({json.dumps(button)}).click()"
        script = f"{{const form = document.querySelector({json.dumps(form)}); {filled} {press}}}"
        await self.ask("Runtime.evaluate", until="Page.loadEventFired", expression=script)
        return await self.text()

    async def text(self) -> str:
        return str(await self.value("document.body.innerText"))

    async def value(self, expression: str) -> object:
        return (await self.ask("Runtime.evaluate", expression=expression))["result"].get("value")

    async def picture(self, path: Path) -> None:
        shot = await self.ask("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))


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
