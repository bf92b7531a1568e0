"""What rules may ask of the payment that an arrival is about: its summary, and what was remembered of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from paydouble.core.provider import Provider
from paydouble.core.timeline import Owner
from paydouble.core.words import Facts
from paydouble.core.work import Work
from paydouble.engine.sequels import About, remembered

if TYPE_CHECKING:
    from paydouble.scenarios.drawing import Activation, Memory

NOTHING: Mapping[str, Memory] = {}


async def recalled(
    work: Work, activations: Iterable[Activation], provider: Provider, facts: Facts
) -> Mapping[str, Memory]:
    """By activation; `work` is only read. Scenarios without states and variables cost nothing."""
    found: dict[str, Memory] = {}
    for activation in activations:
        states = activation.scenario.states
        if states is None:
            continue
        about = About(provider=provider.name, payment=facts.payment, ref=facts.ref)
        memory = await remembered(work, Owner(activation.id, activation.scenario.name), states, about)
        if memory is not None:
            from paydouble.scenarios.drawing import Memory

            found[activation.id] = Memory(memory.state, memory.vars)
    return found or NOTHING


async def summary(provider: Provider, work: Work, payment: str) -> dict[str, Any]:
    """What conditions on `payment` look at; amounts in major units. Empty where there is none."""
    view, exponents = provider.words.view, provider.words.exponents
    if view is None or not payment:
        return {}
    for kind in provider.words.payments:
        record = await work.get(kind, payment)
        if record is not None:
            shown = view(record)
            amounts = ("amount", "captured", "refunded", "disputed")
            figures = {name: getattr(shown, name).decimal(exponents) for name in amounts}
            return {"phase": shown.phase.value, "ref": shown.ref, **figures}
    return {}
