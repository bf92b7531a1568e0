"""Turns: who holds a key, so that a second call with it knows that the first is still running."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Taken(Exception):
    """The key is held by another call."""


class Turns:
    """Keys held by calls of this process; between processes, the record kept under the key decides."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Raises Taken at once where the key is held: providers answer then, they do not queue."""
        if key in self._held:
            raise Taken(key)
        self._held.add(key)
        try:
            yield
        finally:
            self._held.discard(key)


class Queue:
    """Lets those whose commits keep meeting each other go one by one, first come first served."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def enter(self) -> None:
        await self._lock.acquire()

    def leave(self) -> None:
        self._lock.release()
