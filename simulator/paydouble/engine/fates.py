"""What a scenario still owes a payment: notify effects that stick to it for the rest of its life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.effect import HONEST_SHAPE, NotifyShape, Plan
from paydouble.core.record import Record
from paydouble.core.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate(Record):
    """Stands beside the payment of the same id."""

    kind: ClassVar[str] = "fate"

    shape: NotifyShape = HONEST_SHAPE


async def bind(work: Work, plan: Plan, payment: str) -> None:
    """Keeps what the plan says of this payment's notifications, in the same commit as the payment."""
    if plan.shape is None or not payment:
        return
    await work.get(Fate, payment)
    work.save(Fate(id=payment, shape=plan.shape))


async def shape_of(work: Work, payment: str) -> NotifyShape | None:
    """The sticky notify effects of this payment, if a scenario gave it any."""
    fate = await work.get(Fate, payment) if payment else None
    return None if fate is None else fate.shape
