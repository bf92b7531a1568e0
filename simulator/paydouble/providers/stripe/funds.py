"""What an account holds: the sum of its balance transactions, available or still pending.

https://docs.stripe.com/payments/balances
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from paydouble.core.clock import Instant
from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.providers.stripe.models import BalanceTransaction, Release
from paydouble.providers.stripe.models.balance import balance_shown
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.settling import available_on


async def held(work: Work, account: str, now: Instant) -> tuple[Counter[str], Counter[str]]:
    """By currency, in minor units: what is available, and what is pending."""
    available: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    after = ""
    while True:
        stretch = await work.scan(
            BalanceTransaction, Walk(index="merchant", value=account, after=after, limit=PAGE_MAX)
        )
        for one in stretch:
            (available if now >= one.available_on else pending)[one.currency] += one.net
        if len(stretch) < PAGE_MAX:
            return available, pending
        after = stretch[-1].id


@dataclass(frozen=True, slots=True)
class Balance:
    """What is told when money becomes available."""

    merchant: str
    body: dict[str, object]

    def shown(self) -> dict[str, object]:
        return self.body


async def expect(scene: Scene) -> None:
    """Money has been captured: on the day it becomes available, that is told; once for all of that day."""
    due = available_on(scene.now)
    id = f"{scene.account}/{due}"
    if await scene.work.get(Release, id) is None:
        release = Release(id=id, created=scene.now, merchant=scene.account)
        scene.work.save(release)
        scene.work.at(due, release, "release")


async def released(scene: Scene) -> None:
    available, pending = await held(scene.work, scene.account, scene.now)
    shown = balance_shown(available, pending, scene.terms.currency)
    scene.tell("balance.available", Balance(scene.account, shown))
