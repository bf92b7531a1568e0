"""A PayDouble on a thread of this process, with an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from paydouble.client.control import ControlClient
from paydouble.client.sandbox import Sandbox
from paydouble.server.settings import Settings

if TYPE_CHECKING:
    from paydouble.core.provider import Provider
    from paydouble.server.assembly import Opened

START_TIMEOUT_S: Final = 30.0


class PaydoubleServer:
    """One that runs somewhere, and its control API."""

    def __init__(self, url: str, *, token: str = "") -> None:
        self.url = url.rstrip("/")
        self.control = ControlClient(self.url, token=token)

    def sandbox(self, **more: Any) -> Sandbox:
        """A new one, with its clock on `auto` unless told otherwise."""
        return Sandbox.create(self.control, **more)

    def close(self) -> None:
        """Lets go of it; where it runs elsewhere, it goes on."""
        self.control.close()


class InProcessServer:
    """Starts when it is made, on a free port of this machine; `close` ends thread and sockets."""

    def __init__(
        self, settings: Settings | None = None, *, providers: Iterable[Provider] | None = None,
        contracts: Path | None = None,
    ) -> None:
        """Raises what stopped it from starting. `providers` and `contracts` as in `open_server`."""
        self._settings = settings or Settings(port=0, tls_port=None, seed=0)
        self._providers = providers
        self._contracts = contracts
        self._ready = Event()
        self._failure: BaseException | None = None
        self._opened: Opened | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = Thread(target=self._run, name="paydouble-server", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT_S):
            raise TimeoutError(f"PayDouble did not start within {START_TIMEOUT_S:g} s")
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    @property
    def opened(self) -> Opened:
        """What runs; to be touched only on its own loop."""
        assert self._opened is not None
        return self._opened

    @property
    def url(self) -> str:
        return self.opened.server.url

    def close(self) -> None:
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def __enter__(self) -> InProcessServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        from paydouble.server.assembly import open_server

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            self._opened = await open_server(
                self._settings, providers=self._providers, contracts=self._contracts
            )
        except BaseException as failure:
            self._failure = failure
            self._ready.set()
            return
        self._ready.set()
        await self._stop.wait()
        await self._opened.close(grace_s=0.5)
