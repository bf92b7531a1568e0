"""Ports that belong to one sandbox: before its first byte, nothing else tells whose a connection is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from paydouble.engine.meeting import is_port_closed, note_closed_port

if TYPE_CHECKING:
    from paydouble.engine.sandbox import Sandbox
    from paydouble.server.listeners import Listener

LOOK_EVERY_S: Final = 0.02
"""How often a clock that runs is asked whether a window has opened or closed."""

_log = logging.getLogger(__name__)

Listen = Callable[["Sandbox", int], Awaitable["Listener"]]
"""Opens a listener for a sandbox at a port; 0 takes a free one. Raises OSError."""


class OwnPort:
    """One sandbox's. While its scenario refuses all connections, nobody listens there."""

    def __init__(self, sandbox: Sandbox, listen: Listen, listener: Listener) -> None:
        self.sandbox = sandbox
        self.listener = listener
        self.listens = True
        self._listen = listen
        self._turn = asyncio.Lock()
        self._watch = asyncio.get_running_loop().create_task(self._watched())

    @property
    def url(self) -> str:
        return f"http://{self.listener.address}"

    @property
    def tls_url(self) -> str:
        return f"https://{self.listener.address}"

    async def settle(self) -> None:
        """Closes or opens the port, as the scenarios in force have it now."""
        async with self._turn:
            refuses = await is_port_closed(self.sandbox)
            if refuses and self.listens:
                await note_closed_port(self.sandbox)
                self.listener.stop_listening()
                self.listens = False
            elif not refuses and not self.listens:
                # What it closed for may last on for as long as another has the port.
                with suppress(OSError):
                    self.listener = await self._listen(self.sandbox, self.listener.port)
                    self.listens = True

    async def close(self) -> None:
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch
        self.listener.stop_listening()
        self.listener.door.wind_down()
        await self.listener.door.close()

    async def _watched(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.settle()
            except Exception:
                _log.exception("the port of %s cannot be looked after", self.sandbox.id)


class OwnPorts:
    """All of a server, by sandbox."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._ports: dict[str, OwnPort] = {}

    async def open(self, sandbox: Sandbox) -> OwnPort:
        """The sandbox's port, opened where it has none. Raises OSError."""
        port = self._ports.get(sandbox.id)
        if port is not None and port.sandbox is not sandbox:
            # After a reset its address stays.
            await self._ports.pop(sandbox.id).close()
            port = await self._new(sandbox, port.listener.port)
        elif port is None:
            port = await self._new(sandbox, 0)
        await port.settle()
        return port

    async def _new(self, sandbox: Sandbox, port: int) -> OwnPort:
        made = self._ports[sandbox.id] = OwnPort(sandbox, self._listen, await self._listen(sandbox, port))
        return made

    def of(self, sandbox: str) -> OwnPort | None:
        return self._ports.get(sandbox)

    async def settle(self, sandbox: str) -> None:
        """After what may have changed whether connections are refused."""
        port = self._ports.get(sandbox)
        if port is not None:
            await port.settle()

    async def close(self, sandbox: str = "") -> None:
        """The sandbox's port, or all."""
        for id in [id for id in self._ports if sandbox in ("", id)]:
            await self._ports.pop(id).close()
