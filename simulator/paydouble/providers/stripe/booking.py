"""Balance transactions as they are booked: each is kept, and counted in the ledger, where balances are read.

https://docs.stripe.com/payments/balances
"""

from __future__ import annotations

from collections import Counter

from paydouble.core.clock import DAY, Instant
from paydouble.core.ledger import Entry, EntryKind, Posting
from paydouble.core.ledger import available as topped_up
from paydouble.core.work import Work
from paydouble.providers.stripe.amounts import money
from paydouble.providers.stripe.models import BalanceTransaction
from paydouble.providers.stripe.scene import Scene

STATED = "provider:stripe:stated"
"""The other side of all that is stated to accounts."""
PENDING_DAYS_MAX = 5
"""Two business days with a weekend between them."""


def book(scene: Scene, transaction: BalanceTransaction, before: BalanceTransaction | None = None) -> str:
    """Keeps one movement of an account's balance, which may have been another before; its id."""
    scene.work.save(transaction)
    net = money(transaction.net - (before.net if before is not None else 0), transaction.currency)
    if net.minor:
        postings = [Posting(_stated(transaction.merchant), net), Posting(STATED, -net)]
        if transaction.available_on > scene.wall:
            day = _pending(transaction.merchant, _midnight(transaction.available_on))
            postings += [Posting(day, net), Posting(STATED, -net)]
        scene.work.post(Entry(
            id="", what=EntryKind.ADJUSTMENT, reference=transaction.source, memo=transaction.id,
            postings=tuple(postings),
        ))
    return transaction.id


async def held(work: Work, account: str, now: Instant) -> tuple[Counter[str], Counter[str]]:
    """By currency, in minor units: what is available, and what is pending."""
    total: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    for name in (_stated(account), topped_up(account)):
        _add(total, await work.balance(name))
    for day in range(PENDING_DAYS_MAX + 1):
        due = _midnight(Instant(now + day * DAY))
        if due > now:
            _add(pending, await work.balance(_pending(account, due)))
    total.subtract(pending)
    return total, pending


def _add(sums: Counter[str], found: dict[str, int]) -> None:
    for currency, minor in found.items():
        sums[currency.lower()] += minor


def _stated(account: str) -> str:
    return f"merchant:{account}:stated"


def _pending(account: str, due: Instant) -> str:
    """What becomes available at that midnight."""
    return f"merchant:{account}:stated:{due}"


def _midnight(instant: Instant) -> Instant:
    """This one, or the next."""
    return Instant(-(-instant // DAY) * DAY)
