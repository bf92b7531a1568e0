"""Invariants: what a careful merchant keeps to whatever a scenario does, judged from calls and books."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from paydouble.core.effect import Break, Malform, NetworkFault, Refuse, Say
from paydouble.core.errors import Fault
from paydouble.core.notification import Notification
from paydouble.engine.audit import audit, every
from paydouble.engine.expectations import facts_of
from paydouble.engine.invariants import double_charges, over_charges
from paydouble.engine.payments import listed

if TYPE_CHECKING:
    from paydouble.core.provider import Provider
    from paydouble.core.words import Facts
    from paydouble.engine.call_log import LoggedCall
    from paydouble.engine.sandbox import Sandbox

Providers = Mapping[str, "Provider"]
Invariant = Callable[["Sandbox", Providers], Awaitable[Iterable[str]]]
"""What breaks it, told in full; nothing where it holds."""

SUCCEEDED = "payment.succeeded"
SERVER_ERRORS = 500
_HIDING = frozenset({Fault.INTERNAL, Fault.UNAVAILABLE, Fault.BUSY})


@dataclass(frozen=True, slots=True)
class _Said:
    """A call with what it was about."""

    call: LoggedCall
    facts: Facts

    @property
    def name(self) -> str:
        return self.call.operation.id if self.call.operation else "an unknown call"

    @property
    def reads(self) -> bool:
        return self.call.operation is not None and self.call.operation.reads

    @property
    def hidden(self) -> bool:
        """Its caller cannot know whether the work was done."""
        if self.call.operation is None or self.reads:
            return False
        match self.call.plan.answer:
            case Break(fault):
                return fault is not NetworkFault.DRIBBLE
            case Malform():
                return True
            case Say(status):
                return status >= SERVER_ERRORS
            case Refuse(row):
                return row.fault in _HIDING
        return False


async def _said(sandbox: Sandbox, providers: Providers) -> dict[tuple[str, str], list[_Said]]:
    """Calls by provider and order number, in order; those without a number are about nothing."""
    groups: dict[tuple[str, str], list[_Said]] = {}
    for call in tuple(sandbox.log.calls):
        facts = await facts_of(sandbox, providers, call)
        if facts.ref:
            groups.setdefault((call.provider, facts.ref), []).append(_Said(call, facts))
    return groups


async def no_double_charge(sandbox: Sandbox, providers: Providers) -> Iterable[str]:
    return (*await double_charges(sandbox, providers), *await over_charges(sandbox, providers))


async def no_over_refund(sandbox: Sandbox, providers: Providers) -> Iterable[str]:
    return [
        f"{payment.view.ref or payment.id}: {payment.view.refunded.minor} refunded of "
        f"{payment.view.captured.minor}"
        async for payment in listed(sandbox, providers)
        if payment.view.refunded.minor > payment.view.captured.minor
    ]


async def ledger_balances(sandbox: Sandbox, providers: Providers) -> Iterable[str]:
    return [f"{each.law}: {each.detail}" for each in await audit(sandbox, providers) if not each.ok]


async def every_success_acknowledged(sandbox: Sandbox, providers: Providers) -> Iterable[str]:
    """Each event, by any of its copies."""
    owed: dict[tuple[str, str], list[Notification]] = {}
    async for each in every(sandbox, Notification):
        if providers[each.provider].words.events.get(each.event_type) == SUCCEEDED:
            owed.setdefault((each.provider, each.subject or each.event), []).append(each)
    return [
        f"{copies[0].event_type} of {copies[0].ref or copies[0].subject} was not acknowledged "
        f"({', '.join(attempt.outcome for each in copies for attempt in each.attempts) or 'never sent'})"
        for copies in owed.values()
        if not any(attempt.outcome == "acknowledged" for each in copies for attempt in each.attempts)
    ]


async def no_unsigned_accept(sandbox: Sandbox, providers: Providers) -> Iterable[str]:
    found = []
    async for each in every(sandbox, Notification):
        for number, attempt in enumerate(each.attempts, 1):
            if attempt.forged and attempt.outcome == "acknowledged":
                about = f"{each.event_type} of {each.ref or each.subject}, attempt {number}"
                found.append(f"{about}, was acknowledged though it was spoiled ({attempt.because})")
    return found


async def query_before_retry(sandbox: Sandbox, providers: Providers) -> Iterable[str]:
    groups = await _said(sandbox, providers)
    return [problem for (_, ref), calls in groups.items() for problem in _blind(ref, calls)]


def _blind(ref: str, calls: list[_Said]) -> Iterator[str]:
    for before, after in pairwise(calls):
        again = after.name == before.name and _same_key(before, after)
        if before.hidden and not after.reads and not again:
            yield (f"after {before.name} for {ref} was not answered, {after.name} came "
                   "before any query, and not under the same key")


async def retries_reuse_idempotency_key(sandbox: Sandbox, providers: Providers) -> Iterable[str]:
    groups = await _said(sandbox, providers)
    return [problem for (_, ref), calls in groups.items() for problem in _rekeyed(ref, calls)]


def _rekeyed(ref: str, calls: list[_Said]) -> Iterator[str]:
    for place, before in enumerate(calls):
        if not before.hidden:
            continue
        again = next((each for each in calls[place + 1 :] if _same_work(before, each)), None)
        if again is not None and not _same_key(before, again):
            keys = f"'{before.facts.idempotency_key}', then '{again.facts.idempotency_key}'"
            yield f"{before.name} for {ref} was tried again under another key: {keys}"


def _same_work(one: _Said, other: _Said) -> bool:
    return one.name == other.name and one.facts.amount == other.facts.amount


def _same_key(one: _Said, other: _Said) -> bool:
    return one.facts.idempotency_key != "" and one.facts.idempotency_key == other.facts.idempotency_key


INVARIANTS: Mapping[str, Invariant] = {
    "no_double_charge": no_double_charge,
    "no_over_refund": no_over_refund,
    "ledger_balances": ledger_balances,
    "every_success_acknowledged": every_success_acknowledged,
    "no_unsigned_accept": no_unsigned_accept,
    "query_before_retry": query_before_retry,
    "retries_reuse_idempotency_key": retries_reuse_idempotency_key,
}
