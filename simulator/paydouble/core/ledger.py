"""Double-entry bookkeeping: entries that sum to zero, over one chart of accounts for all providers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum
from typing import ClassVar

from paydouble.core.money import Money
from paydouble.core.record import Record

PAYER = "payer:external"
BANK = "bank:external"


class Unbalanced(AssertionError):
    """An entry whose postings do not sum to zero in every currency: our own mistake, never the caller's."""


class EntryKind(Enum):
    """What an entry is about; the laws of the audit are stated over these."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    REFUND_RETURNED = "refund_returned"
    FEE = "fee"
    DISPUTE = "dispute"
    SHARE = "share"
    PAYOUT = "payout"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Posting:
    """Adds to an account's balance; negative takes away."""

    account: str
    money: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """One movement. `reference` is the id of the payment it belongs to, `memo` the record that caused it."""

    kind: ClassVar[str] = "ledger.entry"
    indexes: ClassVar[tuple[str, ...]] = ("reference",)

    what: EntryKind
    reference: str
    memo: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        sums: Counter[str] = Counter()
        for posting in self.postings:
            sums[posting.money.currency] += posting.money.minor
        if any(sums.values()):
            raise Unbalanced(f"{self.what.value} {self.reference}: {dict(sums)}")


def pending(merchant: str) -> str:
    """Captured, not yet free to pay out."""
    return f"merchant:{merchant}:pending"


def available(merchant: str) -> str:
    return f"merchant:{merchant}:available"


def reserved(merchant: str) -> str:
    """Authorized, not yet captured."""
    return f"merchant:{merchant}:reserved"


def fees(provider: str) -> str:
    return f"provider:{provider}:fees"


def transfer(
    what: EntryKind, *, source: str, target: str, amount: Money, reference: str, memo: str
) -> Entry:
    """Moves a positive amount from one account to another."""
    assert amount.minor >= 0, f"{what.value} of {amount.minor}"
    return Entry(
        id="", what=what, reference=reference, memo=memo,
        postings=(Posting(source, -amount), Posting(target, amount)),
    )


def reverse(entry: Entry, what: EntryKind, memo: str) -> Entry:
    """The entry that undoes another."""
    undone = tuple(replace(posting, money=-posting.money) for posting in entry.postings)
    return replace(entry, id="", what=what, memo=memo, postings=undone)
