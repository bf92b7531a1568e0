"""The sockets: the front door, the TLS port, and listeners that belong to one provider."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aiohttp import web

from paydouble.server.foyer import BACKLOG, FRONT, TLS, Foyer
from paydouble.server.front_door import Fate, FrontDoor

if TYPE_CHECKING:
    from paydouble.server.app import Doors
    from paydouble.server.settings import Settings
    from paydouble.server.tls import Contexts

KEEPALIVE_S: Final = 75.0
"""As nginx does, behind which the providers' own servers stand."""
LINGERING_S: Final = 2.0
"""How long the rest of a refused body is still read, so that the client sees the answer and no RST."""

# aiohttp logs a stack trace for every malformed request; ours are logged where they happen.
_QUIET: Final = logging.Logger("paydouble.server.protocol", logging.CRITICAL)


class Listener:
    """One listening socket; `provider` owns all its requests where there is one."""

    __slots__ = ("_server", "door", "host", "name", "port", "provider")

    def __init__(
        self, name: str, host: str, door: FrontDoor, server: asyncio.Server, *, provider: str = ""
    ) -> None:
        self.name = name
        self.host = host
        self.provider = provider
        self.door = door
        self._server = server
        self.port: int = server.sockets[0].getsockname()[1]

    @property
    def address(self) -> str:
        """host:port as a client on this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    def stop_listening(self) -> None:
        self._server.close()


async def open_listeners(
    settings: Settings, doors: Doors, contexts: Contexts, foyer: Foyer | None = None
) -> Mapping[str, Listener]:
    """By name: "front", "tls", "stripe", for a second "stripe-3". OSError leaves none of them open.

    Where there is a foyer, its sockets are gone on with, and its guests let in.
    """
    bound = foyer.sockets if foyer is not None else {}
    wanted = [(FRONT, settings.host, settings.port, "")]
    if settings.tls_port is not None:
        wanted.append((TLS, settings.host, settings.tls_port, ""))
    for own in settings.listen:
        taken = any(name == own.provider for name, *_ in wanted)
        name = f"{own.provider}-{len(wanted)}" if taken else own.provider
        wanted.append((name, own.host, own.port, own.provider))
    opened: dict[str, Listener] = {}
    try:
        for name, host, port, provider in wanted:
            door = _door(settings, doors, contexts, name, provider)
            opened[name] = await _open(settings, door, name, (host, port), provider, bound.get(name))
    except OSError:
        for listener in opened.values():
            listener.stop_listening()
        raise
    if foyer is not None:
        foyer.hand_over({name: listener.door for name, listener in opened.items()})
    return opened


async def open_own(
    settings: Settings, doors: Doors, contexts: Contexts, name: str, port: int, fate: Fate
) -> Listener:
    """A further one, for all providers, where `fate` decides about each connection. Raises OSError."""
    door = _door(settings, doors, contexts, name, "", fate)
    return await _open(settings, door, name, (settings.host, port), "", None)


def _door(
    settings: Settings, doors: Doors, contexts: Contexts, name: str, provider: str, fate: Fate | None = None
) -> FrontDoor:
    http = web.Server(
        doors.handler(provider), access_log=None, logger=_QUIET, keepalive_timeout=KEEPALIVE_S,
        lingering_time=LINGERING_S, auto_decompress=False,
    )
    return FrontDoor(
        name, http=http, contexts=contexts, which=doors.which, others=settings.proxy_others,
        metrics=doors.metrics, fate=fate,
    )


async def _open(
    settings: Settings, door: FrontDoor, name: str, address: tuple[str, int], provider: str,
    bound: socket.socket | None,
) -> Listener:
    loop, (host, port) = asyncio.get_running_loop(), address
    if bound is not None:
        server = await loop.create_server(door, sock=bound, backlog=BACKLOG)
    else:
        reuse_port = True if settings.workers > 1 else None
        server = await loop.create_server(door, host, port, backlog=BACKLOG, reuse_port=reuse_port)
    return Listener(name, host, door, server, provider=provider)
