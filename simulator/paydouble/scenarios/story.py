"""What a file says beside its rules: where it starts from, what is done, what must be true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

Json = Mapping[str, Any]

STEP_VERBS = (
    "request", "payer", "advance", "signal", "emit", "wait_for", "expect", "state", "snapshot", "restore",
)  # fmt: skip
EXPECT_VERBS = (
    "calls", "never", "sequence", "notifications", "payment", "fired", "probe", "invariants",
)  # fmt: skip
STEP_EXTRAS: Mapping[str, tuple[str, ...]] = {
    "signal": ("ref",), "emit": ("notify",), "wait_for": ("within",),
}
EXPECT_EXTRAS: Mapping[str, tuple[str, ...]] = {"sequence": ("ref",)}
INVARIANTS = (
    "no_double_charge", "no_over_refund", "ledger_balances", "every_success_acknowledged",
    "no_unsigned_accept", "query_before_retry", "retries_reuse_idempotency_key",
)  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")
PHASES = ("open", "pending", "authorized", "paid", "failed", "closed")


@dataclass(frozen=True, slots=True)
class Placed:
    """One step or expectation as it is written, and where."""

    data: Json
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The parts of a scenario that a runner plays; rules are no part of it."""

    given: Json | None = None
    steps: tuple[Placed, ...] = ()
    expect: tuple[Placed, ...] = ()


NO_STORY = Story()


def combinations(matrix: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """Every choice of one value for each name; one empty choice where there is no matrix."""
    for values in product(*matrix.values()):
        yield dict(zip(matrix, values, strict=True))
