"""Tells whoever waits, or watches, that something happened in a sandbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

Listener = Callable[[str, Mapping[str, object]], None]


class Changes:
    """One sandbox's stream of happenings; nobody listening costs nothing."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self._listeners: list[Listener] = []
        self.count = 0
        """How much has happened so far: what `wait` compares."""

    @property
    def watched(self) -> bool:
        return bool(self._listeners)

    def tell(self, what: str, details: Mapping[str, object]) -> None:
        """Wakes all who wait, and calls all who listen."""
        self.count += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        for listener in tuple(self._listeners):
            listener(what, details)

    async def wait(self, timeout_s: float, *, since: int | None = None) -> None:
        """Returns at the next change, or after the timeout (real time).

        `since` is a count: where there was a change after it, there is nothing to wait for.
        """
        if since not in (None, self.count):
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(future, timeout_s)
        finally:
            self._waiting.discard(future)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
