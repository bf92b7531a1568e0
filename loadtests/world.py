"""What one load process has for itself: a sandbox, the merchant's keys in it, a callback door."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol
from urllib.parse import urlsplit

from loadtests.awaited import Awaited
from loadtests.receiver import Receiver
from loadtests.signing import Unverifiable
from paydouble.client.control import PREFIX, ControlClient, ControlError, Unreachable
from paydouble.client.sandbox import Sandbox

SETTLE_WITHIN_S = 30.0
NOT_OWED_YET_S = 3.0
LOOK_AGAIN_S = 0.2
SAMPLES_MAX = 5

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Callback:
    """One verified callback: its event's type, the merchant's own key in it, the event's id."""

    what: str
    key: str
    id: str


class Shop(Protocol):
    """A merchant of one provider."""

    def read(self, headers: Mapping[str, str], body: bytes) -> Callback:
        """Raises Unverifiable."""


class Refused(Exception):
    """The simulator is not there, or does not do what a load test needs of it."""


class World:
    """Each load process opens its own, so that every callback comes to the process that waits for it."""

    def __init__(
        self, url: str, token: str, on_arrival: Callable[[str, float, int], None],
        on_refused: Callable[[str, str], None],
    ) -> None:
        """Raises Refused for a target elsewhere than on this machine, and where there is no simulator."""
        check_loopback(url)
        self.url = url.rstrip("/")
        self.token = token
        self.awaited = Awaited(on_arrival)
        self.shops: dict[str, Shop] = {}
        self.arrivals = self.dropped = 0
        self._on_refused = on_refused
        self.receiver = Receiver(self._take)
        self.receiver.start()
        try:
            self.sandbox = Sandbox.create(ControlClient(self.url, token=self.token), clock="real")
        except (ControlError, Unreachable) as error:
            self.receiver.stop()
            raise Refused(str(error)) from error
        self.credentials: Mapping[str, Any] = self.sandbox.credentials

    def callback_url(self, provider: str) -> str:
        return f"{self.receiver.url}/{provider}"

    def control(self, path: str) -> str:
        """The target of a route of this sandbox."""
        return f"{PREFIX}/{self.sandbox.path}/{path}"

    def _take(self, path: str, headers: Mapping[str, str], body: bytes) -> bool:
        provider = path.strip("/")
        shop = self.shops.get(provider)
        try:
            if shop is None:
                raise Unverifiable(f"for nobody: {path}")
            came = shop.read(headers, body)
        except Unverifiable as problem:
            self.awaited.refused(f"{provider}: {problem}")
            self._on_refused(provider, str(problem))
            return False
        self.awaited.arrived(f"{provider} {came.what}", came.key, came.id, len(body))
        return True

    def settle(self, within_s: float = SETTLE_WITHIN_S) -> Report:
        """Waits until nothing is owed any more, no longer than that; the simulator's own verdict.

        Once something could not be verified, patience mends nothing. Where something is missing of which
        the simulator knows nothing yet, it has `NOT_OWED_YET_S`: what is to come may begin with a timer.
        """
        until = perf_counter() + within_s
        owed_until = perf_counter() + min(within_s, NOT_OWED_YET_S)
        while True:
            report = self.sandbox.report()
            now, owed = perf_counter(), report["notifications"]["by_state"].get("due", 0)
            if owed:
                owed_until = now + NOT_OWED_YET_S
            done = not owed and not self.awaited.missing
            if done or self.awaited.unverifiable or now > min(until, owed_until):
                return report
            self.awaited.wait_for_change(LOOK_AGAIN_S)

    def close(self) -> None:
        """The sandbox stays: what is in it explains a bad verdict."""
        self.receiver.stop()


def check_loopback(url: str) -> None:
    """Raises Refused: a load test is for a simulator on this machine, never for anybody's real service."""
    where = urlsplit(url)
    try:
        local = ipaddress.ip_address(where.hostname or "").is_loopback
    except ValueError:
        local = where.hostname == "localhost"
    if not local or where.scheme != "http":
        raise Refused(f"{url} is not plain HTTP on this machine's loopback; load goes nowhere else")
