"""An operation, declared once: route, contracts, idempotency, errors and neutral meaning hang on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from paydouble.core.clock import Duration
from paydouble.core.errors import ErrorTable

if TYPE_CHECKING:
    from paydouble.core.call import Call, Reply

Handler = Callable[["Call[Any]"], Awaitable["Reply"]]


@dataclass(frozen=True, slots=True)
class Route:
    """`path` may have variables: "/v3/refund/domestic/refunds/{out_refund_no}"."""

    api: str
    """Which wire, which contracts: "v3", "v1"."""
    method: str
    path: str
    selector: str = ""
    """Gateways send many operations to one path."""


@dataclass(frozen=True, slots=True)
class NaturalKey:
    """A second call with the same business number finds the first record; the handler says what follows."""

    fields: tuple[str, ...]
    in_progress: ErrorTable | None = None
    """What a second call meets while the first is held."""


class Scope(Enum):
    """The space in which a replay key is unique."""

    ACCOUNT = "account"
    TARGET = "target"
    """Method and path with its ids."""


class Keeps(Enum):
    """Whose answers are kept for replay."""

    EXECUTED = "executed"
    """Refusals too, once the handler ran."""
    DONE = "done"
    """Successes only."""


class Shows(Enum):
    """What a replay shows."""

    FIRST = "first"
    """The stored answer."""
    CURRENT = "current"
    """The subject as it is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayKey:
    """A second call with the same header value is not executed again."""

    header: str
    scope: Scope
    lifetime: Duration
    keeps: Keeps
    shows: Shows
    in_progress: ErrorTable
    mismatch: ErrorTable | None = None
    """None: other parameters are not looked at."""
    missing: ErrorTable | None = None
    """Where the header is mandatory."""
    status: int | None = None
    """Of a replay, where it differs."""
    current: Callable[[Call[Any], Any], Awaitable[Reply]] | None = None
    """For Shows.CURRENT: the reply that shows the subject as it is now."""
    marks: tuple[tuple[str, str], ...] = ()
    """Headers that only a replay carries."""
    length_max: int = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A value, listed in its provider's tuple; nothing is registered anywhere."""

    id: str
    routes: tuple[Route, ...]
    means: tuple[str, ...]
    """Neutral operations; "payment.charge" where the money moves."""
    idempotency: NaturalKey | ReplayKey | None
    errors: tuple[ErrorTable, ...]
    docs: str
    handler: Handler
    summary: str
    reads: bool
    """It changes nothing, so no answer of it can hide work."""
    schema: Callable[[], dict[str, Any]] | None = None
    """Of the params, where no contract is shipped: of operations that are made of a document at start."""

    def route(self, api: str) -> Route | None:
        return next((route for route in self.routes if route.api == api), None)


def operation(
    id: str, *routes: Route, docs: str, means: tuple[str, ...] = (),
    idempotency: NaturalKey | ReplayKey | None = None, errors: tuple[ErrorTable, ...] = (),
    reads: bool | None = None,
) -> Callable[[Handler], Operation]:
    """Declares the handler below it; the first line of its docstring becomes the summary.

    An operation is taken to read only when all its routes are GETs, unless `reads` says otherwise.
    """
    assert routes, f"{id}: no route"

    def declare(handler: Handler) -> Operation:
        summary = (handler.__doc__ or "").strip().partition("\n")[0]
        only_gets = all(route.method == "GET" for route in routes)
        return Operation(
            id=id, routes=routes, means=means, idempotency=idempotency, errors=errors, docs=docs,
            handler=handler, summary=summary, reads=only_gets if reads is None else reads,
        )

    return declare
