"""What a careful merchant never lets happen, seen from the provider's books: findings, no laws of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from paydouble.engine.payments import listed

if TYPE_CHECKING:
    from paydouble.core.provider import Provider
    from paydouble.engine.payments import Payment
    from paydouble.engine.sandbox import Sandbox

NO_DOUBLE_CHARGE = "no_double_charge"


async def double_charges(sandbox: Sandbox, providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """Order numbers for which a payer paid more than once, and has not been given it back."""
    kept: dict[tuple[str, str], list[Payment]] = {}
    async for payment in listed(sandbox, providers):
        view = payment.view
        if view.ref and view.captured.minor > view.refunded.minor:
            kept.setdefault((payment.provider.name, view.ref), []).append(payment)
    return tuple(_told(ref, paid) for (_, ref), paid in kept.items() if len(paid) > 1)


async def over_charges(sandbox: Sandbox, providers: Mapping[str, Provider]) -> tuple[str, ...]:
    """Payments of which more was captured than was ordered."""
    found = []
    async for payment in listed(sandbox, providers):
        view, exponents = payment.view, payment.provider.words.exponents
        if view.captured.minor > view.amount.minor:
            of = f"{view.captured.major(exponents)} captured of {view.amount.major(exponents)}"
            found.append(f"{view.ref or payment.id}: {of}")
    return tuple(found)


def _told(ref: str, paid: list[Payment]) -> str:
    exponents = paid[0].provider.words.exponents
    amounts = " + ".join(f"{payment.view.captured.major(exponents)}" for payment in paid)
    currency = paid[0].view.amount.currency
    return f"{ref} was paid {len(paid)} times at {paid[0].provider.name}: {amounts} {currency}"
