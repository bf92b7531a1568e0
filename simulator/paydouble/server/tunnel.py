"""Bytes there and back between a proxy's client and a host that is no provider's (`--proxy-others pass`)."""

from __future__ import annotations

import asyncio
from typing import Final

_CONNECT_TIMEOUT_S: Final = 10.0


class Relay(asyncio.Protocol):
    """One end of a tunnel: what arrives here leaves at `peer`, no faster than it is taken there."""

    def __init__(self, peer: asyncio.Transport, *, greeting: bytes = b"") -> None:
        """`greeting` goes to the peer before anything that arrives."""
        self._peer = peer
        self._greeting = greeting

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._peer.write(self._greeting)

    def data_received(self, data: bytes) -> None:
        self._peer.write(data)

    def eof_received(self) -> bool:
        """True keeps our own direction open: either side may still be sending."""
        if self._peer.is_closing() or not self._peer.can_write_eof():
            return False
        self._peer.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._peer.close()

    def pause_writing(self) -> None:
        self._peer.pause_reading()

    def resume_writing(self) -> None:
        if not self._peer.is_closing():
            self._peer.resume_reading()


async def open_tunnel(
    client: asyncio.Transport, host: str, port: int, *, greeting: bytes
) -> asyncio.Transport:
    """The connection to the host, whose bytes go to the client from now on. Raises OSError, ValueError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_CONNECT_TIMEOUT_S):
        upstream, _ = await loop.create_connection(lambda: Relay(client, greeting=greeting), host, port)
    return upstream
