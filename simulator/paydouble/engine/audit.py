"""The ledger's laws, checked on demand and after every test."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from paydouble.core.ledger import Entry, EntryKind
from paydouble.core.machine import Phase
from paydouble.core.money import Money
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.words import PaymentView
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.engine.sandbox import Sandbox
from paydouble.store.protocol import Reads

OFFENDERS_SHOWN_MAX = 5
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One law, and what breaks it."""

    law: str
    offenders: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.offenders

    @property
    def detail(self) -> str:
        shown = "; ".join(self.offenders[:OFFENDERS_SHOWN_MAX])
        more = len(self.offenders) - OFFENDERS_SHOWN_MAX
        return f"{shown}; and {more} more" if more > 0 else shown


async def audit(sandbox: Sandbox, providers: Mapping[str, Provider]) -> tuple[Verdict, ...]:
    """Every law over everything in the sandbox, as it is at one moment: timers may be at work."""
    async with sandbox.store.moment() as reads:
        entries = [entry async for entry in every(sandbox, Entry, reads)]
        views = [view async for view in payments(sandbox, providers, reads)]
        balances = await reads.balances(sandbox.id)
    moved = _moved(entries)
    return (
        Verdict("every balance is the sum of its postings", tuple(_wrong_balances(entries, balances))),
        Verdict("all balances sum to zero", tuple(_unbalanced(balances))),
        Verdict("refunds never exceed the capture", tuple(_over_refunded(moved))),
        Verdict("a paid payment was captured once", tuple(_captured_wrongly(views, entries))),
        Verdict("a payment shows what the ledger holds", tuple(_shows_wrongly(views, moved))),
        Verdict("nothing failed inside the simulator", tuple(sandbox.log.internal_errors)),
    )


async def every(sandbox: Sandbox, kind: type[R], reads: Reads | None = None) -> AsyncIterator[R]:
    """All records of a kind, newest first, a page at a time; at the moment of `reads`, where there is one."""
    after = ""
    while True:
        walk = Walk(after=after, limit=PAGE_MAX)
        page = await (reads or sandbox.store).scan(sandbox.id, kind, walk)
        for found in page:
            yield found.record
        if len(page) < PAGE_MAX:
            return
        after = page[-1].record.id


async def payments(
    sandbox: Sandbox, providers: Mapping[str, Provider], reads: Reads
) -> AsyncIterator[PaymentView]:
    """Every payment of every provider, summed up."""
    for provider in providers.values():
        if provider.words.view is not None:
            for kind in provider.words.payments:
                async for record in every(sandbox, kind, reads):
                    yield provider.words.view(record)


def _moved(entries: list[Entry]) -> dict[tuple[str, EntryKind], Counter[str]]:
    """By payment and kind of entry: how much of each currency went from one account to another."""
    moved: dict[tuple[str, EntryKind], Counter[str]] = {}
    for entry in entries:
        sums = moved.setdefault((entry.reference, entry.what), Counter())
        for posting in entry.postings:
            if posting.money.minor > 0:
                sums[posting.money.currency] += posting.money.minor
    return moved


def _wrong_balances(
    entries: list[Entry], balances: Mapping[str, Mapping[str, int]]
) -> Iterator[str]:
    sums: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for posting in entry.postings:
            sums[posting.account, posting.money.currency] += posting.money.minor
    kept = {
        (account, currency): minor
        for account, each in balances.items()
        for currency, minor in each.items()
    }
    for key in sums.keys() | kept.keys():
        if sums.get(key, 0) != kept.get(key, 0):
            yield f"{key[0]} holds {kept.get(key, 0)} {key[1]}, its postings sum to {sums.get(key, 0)}"


def _unbalanced(balances: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    totals: Counter[str] = Counter()
    for each in balances.values():
        totals.update(each)
    return (f"{minor} {currency}" for currency, minor in totals.items() if minor)


def _net_refunded(moved: Mapping[tuple[str, EntryKind], Counter[str]], payment: str, currency: str) -> int:
    refunded = moved.get((payment, EntryKind.REFUND), Counter())[currency]
    return refunded - moved.get((payment, EntryKind.REFUND_RETURNED), Counter())[currency]


def _over_refunded(moved: Mapping[tuple[str, EntryKind], Counter[str]]) -> Iterator[str]:
    for payment, what in moved:
        if what is EntryKind.REFUND:
            captured = moved.get((payment, EntryKind.CAPTURE), Counter())
            for currency in moved[payment, what]:
                refunded = _net_refunded(moved, payment, currency)
                if refunded > captured[currency]:
                    yield f"{payment}: {refunded} {currency} refunded of {captured[currency]}"


def _captured_wrongly(views: list[PaymentView], entries: list[Entry]) -> Iterator[str]:
    captures = Counter(entry.reference for entry in entries if entry.what is EntryKind.CAPTURE)
    for view in views:
        if view.phase is Phase.PAID and captures[view.id] != view.captures:
            yield f"{view.id} is paid and was captured {captures[view.id]} times"
        if view.phase in _NEVER_CAPTURED and captures[view.id]:
            yield f"{view.id} is {view.phase.value} and was captured"


_NEVER_CAPTURED = frozenset({Phase.OPEN, Phase.PENDING, Phase.AUTHORIZED, Phase.FAILED})


def _shows_wrongly(
    views: list[PaymentView], moved: Mapping[tuple[str, EntryKind], Counter[str]]
) -> Iterator[str]:
    for view in views:
        currency = view.amount.currency
        held = moved.get((view.id, EntryKind.CAPTURE), Counter())[currency]
        refunded = _net_refunded(moved, view.id, currency)
        for name, shown, kept in (("captured", view.captured, held), ("refunded", view.refunded, refunded)):
            if shown != Money(kept, currency):
                yield f"{view.id} shows {shown.minor} {name}, the ledger {kept}"
