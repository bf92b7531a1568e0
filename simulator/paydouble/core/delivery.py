"""What the courier asks of an HTTP client, and the ways in which a delivery fails without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from paydouble.core.effect import Disconnect
    from paydouble.core.http import HttpRequest, HttpResponse


class Undelivered(Exception):
    """No answer came back; the text says why, for the call log and the report."""


class Blocked(Undelivered):
    """The address is neither local, private nor allowed by `--allow-host`: nothing was sent."""


class TimedOut(Undelivered):
    """The receiver did not answer in time. It may have done its work."""


class Unreachable(Undelivered):
    """No connection, or one that broke before the answer was complete."""

    @property
    def reason(self) -> str:
        return str(self)


class HungUp(Unreachable):
    """We broke the connection ourselves, since a scenario asked for `disconnect`."""


class Transport(Protocol):
    """Sends one request, follows no redirects, and bounds what it reads."""

    async def send(
        self, request: HttpRequest, timeout_ms: int, *, disconnect: Disconnect | None = None
    ) -> HttpResponse:
        """`request.target` is the whole URL. Raises Blocked, TimedOut, Unreachable."""
