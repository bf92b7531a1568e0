"""Which activations a payment was born under: they stay with it, whatever comes or goes in its sandbox."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.engine.activations import ActivationRecord, Standing, record_of
from paydouble.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from paydouble.engine.rules import RulesInForce
    from paydouble.scenarios.drawing import Activation


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding(Record):
    """Stands beside the payment of the same id."""

    kind: ClassVar[str] = "binding"

    activations: tuple[str, ...]


async def bind(
    work: UnitOfWork, rules: RulesInForce, provider: Provider, chosen: Sequence[Activation]
) -> None:
    """For each payment that this unit of work creates; `chosen` are those of the call that creates it."""
    if not rules.any and not chosen:
        return
    kinds = {kind.kind for kind in provider.words.payments}
    born = [record for record in work.created if record.kind in kinds]
    under = [each for each in (*chosen, *rules.in_force) if provider.name in each.scenario.providers]
    if not born or not under:
        return
    for activation in under:
        activation.binds = True
    for payment in born:
        await work.get(Binding, payment.id)
        work.save(Binding(id=payment.id, activations=tuple(each.id for each in under)))
    await _keep(work, chosen)


async def _keep(work: Work, chosen: Iterable[Activation]) -> None:
    """What requests and payments choose is written down with the first payment that it concerns."""
    for activation in chosen:
        if await work.get(ActivationRecord, activation.id) is None:
            work.save(record_of(activation, Standing.CHOSEN))


async def bound(work: Work, payment: str) -> tuple[str, ...]:
    """Ids of the activations that a payment was born under."""
    binding = await work.get(Binding, payment) if payment else None
    return () if binding is None else binding.activations
