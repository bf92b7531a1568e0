"""The last calls of each sandbox, oldest dropped first; and the contract violations found on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from paydouble.core.call import Merchant
from paydouble.core.clock import Instant
from paydouble.core.effect import EMPTY_PLAN, Plan
from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.core.operation import Operation
from paydouble.core.provider import Violation
from paydouble.core.words import Facts

if TYPE_CHECKING:
    from paydouble.scenarios.drawing import Activation, Drawing, Glance, Look

CALLS_KEPT_MAX = 150


@dataclass(slots=True)
class LoggedCall:
    """One call from first byte to last; filled while it runs."""

    provider: str
    request: HttpRequest
    at: Instant
    api: str = ""
    operation: Operation | None = None
    merchant: Merchant | None = None
    account: str = ""
    verified: bool = False
    """Its sender proved to be the merchant."""
    params: Mapping[str, Any] | None = None
    plan: Plan = EMPTY_PLAN
    facts: Facts | None = None
    chosen: tuple[Activation, ...] = ()
    """By the request itself, or the field of its payment."""
    drawings: list[Drawing | Glance] = field(default_factory=list)
    """By whom it was decided what became of it."""
    violations: Sequence[Violation] = ()
    let_in_broken: bool = False
    """Though it breaks its contract, because a scenario is lenient."""
    error: str = ""
    """Name and message of the provider's row, where it was refused."""
    hint: str = ""
    replayed: bool = False
    committed: bool = False
    wakes: bool = False
    """It left something that may be due now."""
    response: HttpResponse | None = None
    took_us: int = 0

    @property
    def looks(self) -> list[Look]:
        """Why each rule in force did or did not act."""
        return [look for drawing in self.drawings for look in drawing.looks()]

    @property
    def explained(self) -> Sequence[str]:
        """The same in words."""
        return [str(look) for look in self.looks]

    @property
    def ref(self) -> str:
        """The order number that it is about, where somebody has asked."""
        return self.facts.ref if self.facts is not None else ""

    @property
    def id(self) -> str:
        return f"call_{self.request.id[:16]}"


@dataclass(slots=True)
class CallLog:
    """A ring of calls, looked up by id, and counters that never forget."""

    calls: deque[LoggedCall] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT_MAX))
    by_operation: dict[str, int] = field(default_factory=dict)
    errors: int = 0
    internal_errors: list[str] = field(default_factory=list)
    """Exceptions inside the simulator: any at all fails a test that leaves this sandbox."""
    violations_count: int = 0

    def add(self, logged: LoggedCall) -> None:
        self.calls.append(logged)
        name = logged.operation.id if logged.operation else "unrouted"
        key = f"{logged.provider} {name}"
        self.by_operation[key] = self.by_operation.get(key, 0) + 1
        self.errors += bool(logged.error)
        self.violations_count += len(logged.violations)

    def get(self, id: str) -> LoggedCall | None:
        return next((logged for logged in reversed(self.calls) if logged.id == id), None)

    def clear(self) -> None:
        self.calls.clear()
        self.by_operation.clear()
        self.internal_errors.clear()
        self.errors = self.violations_count = 0
