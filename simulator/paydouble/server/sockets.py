"""What a network fault means on a real socket: silence, RST, half a body, a byte at a time."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Final, assert_never

from paydouble.core.effect import Break, NetworkFault
from paydouble.server.answer import ENDS, GOES_ON, Sent, carries_body, head, send

if TYPE_CHECKING:
    from aiohttp import web

    from paydouble.core.http import HttpResponse

# aiohttp does not tell a handler that its client has left, so a silent one looks for itself.
_LOOK_EVERY_S: Final = 0.05
_LINGER_NOT: Final = struct.pack("ii", 1, 0)
_BROKEN_CHUNK: Final = b"zz\r\nthis is no chunk\r\n"


async def break_answer(
    request: web.BaseRequest, response: HttpResponse, fault: Break, stopping: asyncio.Event
) -> Sent:
    """Does what the fault says, and ends early where the client leaves or the server stops."""
    transport = request.transport
    if transport is None:
        return ENDS
    match fault.fault:
        case NetworkFault.TIMEOUT:
            await _silence(request, fault.hold / 1000, stopping)
        case NetworkFault.SLOW_HEADERS:
            transport.write(head(request, response, keep_alive=True))
            await _silence(request, fault.hold / 1000, stopping)
        case NetworkFault.DROP_CONNECTION | NetworkFault.EMPTY_REPLY:
            pass
        case NetworkFault.RESET:
            reset(transport)
        case NetworkFault.TRUNCATE:
            kept = min(fault.cut_after, max(len(response.body) - 1, 0))
            transport.write(head(request, response, keep_alive=True) + response.body[:kept])
        case NetworkFault.DRIBBLE:
            return await _dribble(request, response, fault, stopping)
        case NetworkFault.GARBAGE:
            transport.write(head(request, response, keep_alive=True, chunked=True) + _BROKEN_CHUNK)
        case _:
            assert_never(fault.fault)
    transport.close()
    return ENDS


def reset(transport: asyncio.WriteTransport) -> None:
    """RST on the wire; a TLS client reports it as an unexpected end."""
    real = transport.get_extra_info("socket")
    if real is not None:
        real.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()


async def _dribble(
    request: web.BaseRequest, response: HttpResponse, fault: Break, stopping: asyncio.Event
) -> Sent:
    size = max(fault.chunk, 1)
    chunks = [response.body[at : at + size] for at in range(0, len(response.body), size)]
    if not chunks or not carries_body(request, response):
        return await send(request, response)
    transport = request.transport
    assert transport is not None
    transport.write(head(request, response, keep_alive=request.keep_alive))
    started = asyncio.get_running_loop().time()
    for number, chunk in enumerate(chunks):
        due = started + fault.over / 1000 * number / max(len(chunks) - 1, 1)
        await _silence(request, due - asyncio.get_running_loop().time(), stopping)
        if request.transport is None or stopping.is_set():
            transport.close()
            return ENDS
        transport.write(chunk)
    return GOES_ON if request.keep_alive else ENDS


async def _silence(request: web.BaseRequest, seconds: float, stopping: asyncio.Event) -> None:
    """Until the time is over, the client has left, or the server stops."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + seconds
    while request.transport is not None and not stopping.is_set() and (left := ends - loop.time()) > 0:
        try:
            async with asyncio.timeout(min(left, _LOOK_EVERY_S)):
                await stopping.wait()
        except TimeoutError:
            continue
