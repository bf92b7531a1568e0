"""Server-sent events of one sandbox, for the dashboard and `curl -N`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiohttp import web

from paydouble.core import json_bytes

if TYPE_CHECKING:
    from paydouble.engine.sandbox import Sandbox

WAITING_MAX = 1_000
"""Events that a slow reader may fall behind; then it is told that it lost some."""
HEARTBEAT_S = 15.0
ENDED = "ended"


async def stream(request: web.BaseRequest, sandbox: Sandbox, closing: asyncio.Event) -> web.StreamResponse:
    """Until the reader leaves, the sandbox ends, or the server stops."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await response.prepare(request)
    events: asyncio.Queue[bytes] = asyncio.Queue(WAITING_MAX)
    end = sandbox.changes.listen(lambda what, details: _put(events, what, details))
    stopped: asyncio.Task[Any] = asyncio.create_task(closing.wait())
    try:
        await response.write(_event("opened", {"sandbox": sandbox.id}))
        while not stopped.done():
            event = await _next(events, stopped)
            await response.write(event)
            if event.startswith(b"event: ended"):
                break
    finally:
        end()
        stopped.cancel()
    return response


async def _next(events: asyncio.Queue[bytes], stopped: asyncio.Task[Any]) -> bytes:
    """The next event; a heartbeat where there is none for long; the last one when the server stops."""
    coming: asyncio.Task[Any] = asyncio.create_task(events.get())
    both = {coming, stopped}
    done, _ = await asyncio.wait(both, timeout=HEARTBEAT_S, return_when=asyncio.FIRST_COMPLETED)
    if coming in done:
        return bytes(coming.result())
    coming.cancel()
    return _event(ENDED, {"because": "the server stops"}) if stopped in done else b": heartbeat\n\n"


def _put(events: asyncio.Queue[bytes], what: str, details: Mapping[str, object]) -> None:
    if events.full():
        lost = 0
        while not events.empty():
            events.get_nowait()
            lost += 1
        events.put_nowait(_event("lost", {"events": lost}))
    events.put_nowait(_event(what, details))


def _event(what: str, details: Mapping[str, object]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (what.encode(), json_bytes.dumps(details))
