"""Which callbacks the calls have caused, which of them came, and how late."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from gevent.event import Event

REASONS_MAX = 10


class Promise:
    """A callback that a call under way is to cause."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept = True

    def withdraw(self) -> None:
        """The call failed, so nothing has to come."""
        self.kept = False


class Awaited:
    """Keys are the merchant's own: known before the call, and in the callback."""

    def __init__(self, on_arrival: Callable[[str, float, int], None]) -> None:
        """`on_arrival`: what came, milliseconds since its call was sent, bytes."""
        self._on_arrival = on_arrival
        self._since: dict[tuple[str, str], float] = {}
        self._changed = Event()
        self._seen: set[str] = set()
        self.promised = 0
        self.received = 0
        self.duplicates = 0
        self.unasked = 0
        """Their call's answer was lost, or never counted: nothing is wrong with them."""
        self.unverifiable: list[str] = []

    @contextmanager
    def expect(self, what: str, key: str) -> Iterator[Promise]:
        """Around the call that causes it. A call that is broken off promises nothing."""
        promise = Promise()
        self._since[what, key] = perf_counter()
        self.promised += 1
        try:
            yield promise
        except BaseException:
            promise.withdraw()
            raise
        finally:
            if not promise.kept and self._since.pop((what, key), None) is not None:
                self.promised -= 1

    def arrived(self, what: str, key: str, event_id: str, size: int) -> None:
        """Its signature is verified."""
        self.received += 1
        since = self._since.pop((what, key), None)
        if since is not None:
            self._on_arrival(what, (perf_counter() - since) * 1_000, size)
        elif event_id in self._seen:
            self.duplicates += 1
        else:
            self.unasked += 1
        self._seen.add(event_id)
        self._changed.set()

    def refused(self, reason: str) -> None:
        self.unverifiable.append(reason)
        self._changed.set()

    @property
    def missing(self) -> list[str]:
        return [f"{what} of {key}" for what, key in self._since]

    def wait_for_change(self, seconds: float) -> None:
        """Until the next callback, no longer than that."""
        self._changed.clear()
        self._changed.wait(seconds)
