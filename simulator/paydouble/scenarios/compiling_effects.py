"""From the document's models to effects on connections and statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paydouble.core.effect import HOLD_DEFAULT, Connect, ConnectFault
from paydouble.core.statement import Line, RowOf, StatementEffect

if TYPE_CHECKING:
    from paydouble.scenarios.effect_specs import ConnectSpec, RowSpec, StatementSpec


def connect_of(spec: ConnectSpec) -> Connect:
    return Connect(ConnectFault(spec.fault), HOLD_DEFAULT if spec.hold is None else spec.hold)


def statement_of(spec: StatementSpec) -> StatementEffect:
    return StatementEffect(
        omit=tuple(_row(each) for each in spec.omit),
        add=tuple(Line(RowOf(each.ref, each.kind), each.amount, each.fee) for each in spec.add),
        alter=tuple(Line(RowOf(each.ref, each.kind), each.amount, each.fee) for each in spec.alter),
        duplicate=tuple(_row(each) for each in spec.duplicate),
        late_by=spec.late_by,
        encoding=spec.encoding or "",
        missing_total_row=spec.missing_total_row,
    )


def _row(spec: RowSpec) -> RowOf:
    return RowOf(spec.ref, spec.kind or "")
