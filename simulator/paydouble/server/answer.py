"""Writes an answer with exactly its own headers, in their own case, and adds only what HTTP needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aiohttp import web

    from paydouble.core.http import HttpResponse

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_BODILESS = frozenset({204, 304})
_PHRASES: Final[Mapping[int, str]] = {status.value: status.phrase for status in HTTPStatus}
_FRAMING = frozenset({"content-length", "transfer-encoding"})


class Sent:
    """Tells aiohttp that the answer is on its way already, and whether the connection goes on."""

    __slots__ = ("keep_alive",)

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Part of what aiohttp expects of an answer."""

    async def write_eof(self) -> None:
        """Part of what aiohttp expects of an answer."""


GOES_ON: Final = Sent(keep_alive=True)
ENDS: Final = Sent(keep_alive=False)


async def send(request: web.BaseRequest, response: HttpResponse, *, keep_alive: bool = True) -> Sent:
    """Waits while the client reads too slowly. Raises ConnectionError where it has left."""
    transport = request.transport
    if transport is None:
        return ENDS
    goes_on = keep_alive and request.keep_alive and not _framed_by_itself(response)
    body = response.body if carries_body(request, response) else b""
    transport.write(head(request, response, keep_alive=goes_on) + body)
    await request.writer.drain()
    return GOES_ON if goes_on else ENDS


def carries_body(request: web.BaseRequest, response: HttpResponse) -> bool:
    return request.method != "HEAD" and response.status not in _BODILESS


def head(
    request: web.BaseRequest, response: HttpResponse, *, keep_alive: bool, chunked: bool = False
) -> bytes:
    """Status line and headers, with the blank line. ValueError if one of them would break into two."""
    lines = [f"HTTP/1.1 {response.status} {_PHRASES.get(response.status, '')}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    names = _lower(tuple([name for name, _ in response.headers]))
    if "date" not in names:
        lines.append(_date(int(time.time())))
    if chunked:
        lines.append("Transfer-Encoding: chunked")
    elif response.status not in _BODILESS and not names & _FRAMING:
        lines.append(f"Content-Length: {len(response.body)}")
    if "connection" not in names:
        if not keep_alive:
            lines.append("Connection: close")
        elif request.version.minor == 0:
            lines.append("Connection: keep-alive")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise ValueError("a header of the answer contains a line break")
    return (text + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _framed_by_itself(response: HttpResponse) -> bool:
    """A scenario that sets its own length may lie about it: nothing can follow on that connection."""
    return not _FRAMING.isdisjoint(_lower(tuple([name for name, _ in response.headers])))


@lru_cache(maxsize=512)
def _lower(names: tuple[str, ...]) -> frozenset[str]:
    """A provider's answers have few sets of headers."""
    return frozenset(name.lower() for name in names)


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return "Date: " + formatdate(second, usegmt=True)
