"""What a scenario still owes a payment: notify effects that stick to it for the rest of its life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.effect import NotifyShape, Plan
from paydouble.core.record import Record
from paydouble.core.work import Work

SHAPES_MAX = 50
"""Of one payment; the newest are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate(Record):
    """Stands beside the payment of the same id."""

    kind: ClassVar[str] = "fate"

    shapes: tuple[NotifyShape, ...] = ()
    """The first that sets an effect wins."""


async def bind(work: Work, plan: Plan, payment: str) -> None:
    """Keeps what the plan says of this payment's notifications, in the same commit as the payment."""
    if plan.shapes and payment:
        await stick(work, payment, plan.shapes)


async def stick(work: Work, payment: str, shapes: tuple[NotifyShape, ...]) -> None:
    """Puts them before those that stick to this payment already."""
    before = await work.get(Fate, payment)
    older = before.shapes if before is not None else ()
    work.save(Fate(id=payment, shapes=(*shapes, *older)[:SHAPES_MAX]))


async def shape_of(work: Work, payment: str, event: str) -> NotifyShape | None:
    """What sticks to notifications of this neutral event about this payment, if a scenario said anything."""
    fate = await work.get(Fate, payment) if payment else None
    if fate is None:
        return None
    from paydouble.scenarios.shaping import told_of

    return told_of(fate.shapes, event)
