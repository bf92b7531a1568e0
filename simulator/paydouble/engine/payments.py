"""Payments of all providers in neutral words: found by any of their names, listed in order of creation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.words import PaymentView
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.engine.sandbox import Sandbox

REF_PREFIX = "ref:"


class AmbiguousPayment(LookupError):
    """Payments of several providers go by this name."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment's record with what its provider says of it."""

    provider: Provider
    record: Record
    view: PaymentView

    @property
    def id(self) -> str:
        """Ours, which no two providers share: "stripe:pi_1"."""
        return f"{self.provider.name}:{self.record.id}"


async def listed(
    sandbox: Sandbox, providers: Mapping[str, Provider], *, provider: str = "", ref: str = "", phase: str = ""
) -> AsyncIterator[Payment]:
    """The oldest first, provider by provider."""
    for each in providers.values():
        if provider in ("", each.name):
            async for payment in _of(sandbox, each, ref):
                if phase in ("", payment.view.phase.value):
                    yield payment


async def found(
    sandbox: Sandbox, providers: Mapping[str, Provider], id: str, *, provider: str = ""
) -> Payment | None:
    """By our id, by the provider's, or as "ref:order-1": the newest of that order number.

    Raises AmbiguousPayment where two providers have one.
    """
    if id.startswith(REF_PREFIX):
        ref = id.removeprefix(REF_PREFIX)
        newest = {
            payment.provider.name: payment
            async for payment in listed(sandbox, providers, provider=provider, ref=ref)
        }
        return _only(id, list(newest.values()))
    name, colon, own = id.partition(":")
    if colon and name in providers:
        return _only(id, await _by_id(sandbox, [providers[name]], own))
    chosen = [each for each in providers.values() if provider in ("", each.name)]
    return _only(id, await _by_id(sandbox, chosen, id))


async def _by_id(sandbox: Sandbox, providers: list[Provider], id: str) -> list[Payment]:
    payments = []
    for provider in providers:
        view = provider.words.view
        if view is None:
            continue
        for kind in provider.words.payments:
            record = await sandbox.store.get(sandbox.id, kind, id)
            if record is not None:
                payments.append(Payment(provider, record.record, view(record.record)))
    return payments


def _only(id: str, payments: list[Payment]) -> Payment | None:
    if len(payments) > 1:
        names = ", ".join(payment.provider.name for payment in payments)
        raise AmbiguousPayment(f"{names} each have a payment {id}; say which provider is meant")
    return payments[0] if payments else None


async def _of(sandbox: Sandbox, provider: Provider, ref: str) -> AsyncIterator[Payment]:
    view = provider.words.view
    if view is None:
        return
    for kind in provider.words.payments:
        after = ""
        while True:
            walk = Walk(
                index="ref" if ref else "", value=ref, after=after, newest_first=False, limit=PAGE_MAX
            )
            page = await sandbox.store.scan(sandbox.id, kind, walk)
            for each in page:
                yield Payment(provider, each.record, view(each.record))
            if len(page) < PAGE_MAX:
                break
            after = page[-1].record.id
