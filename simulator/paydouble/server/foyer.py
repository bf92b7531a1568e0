"""The sockets of a server whose house is still being furnished: nobody is refused, and health is answered.

Loading engine and providers takes a few hundred milliseconds. Whoever starts a server and calls it at once
would meet a closed port; here the connection waits, and is handed to the front door with what it has sent.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from paydouble.server.front_door import FrontDoor
    from paydouble.server.settings import Settings

BACKLOG: Final = 1_024
KEPT_BYTES_MAX: Final = 65_536
"""What a waiting connection may send ahead; then it is not read until the house is ready."""

FRONT: Final = "front"
TLS: Final = "tls"

_HEALTH: Final = b"GET /_paydouble/health "
_HEAD_END: Final = b"\r\n\r\n"
_BODY: Final = b'{"status":"starting"}'
_STARTING: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(_BODY) + _BODY
)


class Foyer:
    """Bound and listening; guests wait in it until `hand_over`."""

    def __init__(self, sockets: Mapping[str, socket.socket]) -> None:
        self.sockets = sockets
        """By listener: what the real ones go on accepting from."""
        self._guests: dict[_Guest, str] = {}
        self._servers: list[asyncio.Server] = []

    @classmethod
    async def open(cls, settings: Settings) -> Foyer:
        """Accepts connections when it returns. Raises OSError where a port is taken, and leaves none open."""
        wanted = [(FRONT, settings.host, settings.port)]
        if settings.tls_port is not None:
            wanted.append((TLS, settings.host, settings.tls_port))
        with contextlib.ExitStack() as bound:
            sockets = {name: bound.enter_context(_bound(host, port)) for name, host, port in wanted}
            bound.pop_all()
        foyer = cls(sockets)
        loop = asyncio.get_running_loop()
        for name, listening in sockets.items():
            # A duplicate, since closing asyncio's server closes the socket that it was given.
            foyer._servers.append(await loop.create_server(foyer._guest(name), sock=listening.dup()))
        return foyer

    def _guest(self, name: str) -> type[asyncio.Protocol]:
        def made() -> _Guest:
            return _Guest(self, name)

        return cast(type[asyncio.Protocol], made)

    def enter(self, guest: _Guest, name: str) -> None:
        self._guests[guest] = name

    def leave(self, guest: _Guest) -> None:
        self._guests.pop(guest, None)

    def hand_over(self, doors: Mapping[str, FrontDoor]) -> None:
        """Those who wait go on at their listener's door; later ones come to it by themselves."""
        for server in self._servers:
            server.close()
        for guest, name in tuple(self._guests.items()):
            guest.go_on(doors[name])

    def close(self) -> None:
        """Where the house never got ready."""
        for server in self._servers:
            server.close()
        for guest in tuple(self._guests):
            guest.send_away()
        for listening in self.sockets.values():
            listening.close()


class _Guest(asyncio.Protocol):
    """A connection that waits."""

    def __init__(self, foyer: Foyer, name: str) -> None:
        self._foyer = foyer
        self._name = name
        self._sent = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._foyer.enter(self, self._name)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._sent += data
        if self._sent.startswith(_HEALTH) and self._sent.endswith(_HEAD_END):
            self._sent.clear()
            self._transport.write(_STARTING)
        elif len(self._sent) > KEPT_BYTES_MAX:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._foyer.leave(self)

    def go_on(self, door: FrontDoor) -> None:
        transport = self._transport
        assert transport is not None
        self._foyer.leave(self)
        arrival = door()
        transport.set_protocol(arrival)
        arrival.connection_made(transport)
        if self._sent:
            arrival.data_received(bytes(self._sent))
        with contextlib.suppress(RuntimeError):     # it was reading all the time
            transport.resume_reading()

    def send_away(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _bound(host: str, port: int) -> socket.socket:
    """Listening; IPv6 where the host is written so. Raises OSError."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise OSError(error.errno, f"{host}:{port}: {error.strerror}") from error
    return listening
