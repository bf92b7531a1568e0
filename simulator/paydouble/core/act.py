"""What a trigger does where one row of the machine does not say it all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from paydouble.core.clock import Clock, Instant
from paydouble.core.ids import Ids
from paydouble.core.record import Record

if TYPE_CHECKING:
    from paydouble.core.call import Merchant
    from paydouble.core.effect import Outcome
    from paydouble.core.work import Work

R = TypeVar("R", bound=Record)


class Declined(Exception):
    """The act was refused by the provider or a bank: told to whoever acted, nothing is written."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(slots=True, kw_only=True)
class Doing(Generic[R]):
    """A call without a request: by payer, timer, scenario or control API."""

    record: R
    trigger: str
    merchant: Merchant
    outcome: Outcome | None
    work: Work
    clock: Clock
    ids: Ids
    now: Instant
    """When it was due."""
    details: Mapping[str, Any]
    """What the actor added, such as {"reason": "insufficient_funds"}."""
    magic: bool = True
    """Documented test values decide outcomes; with `--no-magic` only scenarios do."""


@dataclass(frozen=True, slots=True)
class Act(Generic[R]):
    """The handler of one trigger on one kind of record."""

    record: type[R]
    trigger: str
    means: tuple[str, ...]
    handler: Callable[[Doing[Any]], Awaitable[Record | None]]
    summary: str


def act(
    record: type[R], *triggers: str, means: tuple[str, ...] = ()
) -> Callable[[Callable[[Doing[R]], Awaitable[Record | None]]], tuple[Act[R], ...]]:
    """Declares what these triggers do; the handler returns the record as it is afterwards."""

    def declare(handler: Callable[[Doing[R]], Awaitable[Record | None]]) -> tuple[Act[R], ...]:
        summary = (handler.__doc__ or "").strip().partition("\n")[0]
        return tuple(Act(record, trigger, means, handler, summary) for trigger in triggers)

    return declare
