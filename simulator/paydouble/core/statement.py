"""How a downloaded statement differs from the books: one rewriting for the rows of every provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from paydouble.core.clock import Duration, Instant, later

R = TypeVar("R")

PAYMENT, REFUND = "payment", "refund"


@dataclass(frozen=True, slots=True)
class RowOf:
    """Which rows are meant; an empty kind stands for any."""

    ref: str
    """The merchant's order number; of a refund, that of its payment."""
    kind: str = ""

    def covers(self, other: RowOf) -> bool:
        return self.ref == other.ref and self.kind in ("", other.kind)


@dataclass(frozen=True, slots=True)
class Line:
    """A row and its figures: in major units and positive, whatever the sign in the file; None: as it is."""

    whose: RowOf
    amount: Decimal | None = None
    fee: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementEffect:
    """What a scenario does to a statement; empty where it only comes late."""

    omit: tuple[RowOf, ...] = ()
    add: tuple[Line, ...] = ()
    alter: tuple[Line, ...] = ()
    duplicate: tuple[RowOf, ...] = ()
    late_by: Duration | None = None
    """Of business time, after the hour at which it would be ready."""
    encoding: str = ""
    """Instead of the provider's own; characters that it lacks become question marks."""
    missing_total_row: bool = False

    def plain(self) -> dict[str, object]:
        """As JSON, for links that carry what their file is made of."""
        return {
            "omit": [[each.ref, each.kind] for each in self.omit], "add": [_flat(each) for each in self.add],
            "alter": [_flat(each) for each in self.alter],
            "duplicate": [[each.ref, each.kind] for each in self.duplicate],
            "encoding": self.encoding, "missing_total_row": self.missing_total_row,
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> StatementEffect:
        """What `plain` made; that it came late is over by then."""
        if not data:
            return HONEST_STATEMENT
        return cls(
            omit=tuple(RowOf(*each) for each in data["omit"]),
            add=tuple(_line(*each) for each in data["add"]),
            alter=tuple(_line(*each) for each in data["alter"]),
            duplicate=tuple(RowOf(*each) for each in data["duplicate"]),
            encoding=data["encoding"], missing_total_row=data["missing_total_row"],
        )

    def ready(self, honest: Instant) -> Instant:
        """When it is ready, that would be at this instant."""
        return later(honest, self.late_by or 0)

    def encode(self, text: str, honest: str) -> bytes:
        """`honest` is the provider's own encoding."""
        return text.encode(self.encoding or honest, "replace")


HONEST_STATEMENT = StatementEffect()


def _flat(line: Line) -> list[str | None]:
    figures = (None if each is None else str(each) for each in (line.amount, line.fee))
    return [line.whose.ref, line.whose.kind, *figures]


def _line(ref: str, kind: str, amount: str | None, fee: str | None) -> Line:
    return Line(RowOf(ref, kind), *(None if each is None else Decimal(each) for each in (amount, fee)))


def rewritten(
    rows: Sequence[R], effect: StatementEffect, *, about: Callable[[R], RowOf],
    alter: Callable[[R, Line], R], make: Callable[[Line], R],
) -> list[R]:
    """Without what is omitted, altered, then doubled; what is added comes last.

    `about` says what a row is about, `alter` puts other figures into it, `make` writes one that no book has.
    """
    if effect is HONEST_STATEMENT:
        return list(rows)
    kept: list[R] = []
    for row in rows:
        whose = about(row)
        if any(each.covers(whose) for each in effect.omit):
            continue
        for line in effect.alter:
            if line.whose.covers(whose):
                row = alter(row, line)
        copies = 2 if any(each.covers(whose) for each in effect.duplicate) else 1
        kept += [row] * copies
    return kept + [make(line) for line in effect.add]
