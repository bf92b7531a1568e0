"""A unit of work for a connected account: what is announced there is told through its platform.

https://docs.stripe.com/connect/webhooks
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from paydouble.core.clock import Instant
from paydouble.core.ledger import Entry
from paydouble.core.money import ISO_EXPONENTS, Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Walk, Work

R = TypeVar("R", bound=Record)


class Behalf:
    """Another's unit of work, in which the announcing is done for `account`."""

    __slots__ = ("account", "inner", "mute", "platform")

    def __init__(self, inner: Work, platform: str, account: str, mute: str = "") -> None:
        self.inner = inner
        self.platform = platform
        self.account = account
        self.mute = mute
        """Events whose type begins so are not told: of a payment that nobody is shown."""

    @property
    def sandbox(self) -> str:
        return self.inner.sandbox

    async def get(self, kind: type[R], id: str) -> R | None:
        return await self.inner.get(kind, id)

    async def find(self, kind: type[R], index: str, value: str) -> R | None:
        return await self.inner.find(kind, index, value)

    async def scan(self, kind: type[R], walk: Walk) -> Sequence[R]:
        return await self.inner.scan(kind, walk)

    def save(self, record: Record) -> None:
        self.inner.save(record)

    def remove(self, record: Record) -> None:
        self.inner.remove(record)

    async def balance(self, account: str) -> dict[str, int]:
        return await self.inner.balance(account)

    def post(self, entry: Entry) -> None:
        self.inner.post(entry)

    def require(self, account: str, at_least: Money) -> None:
        self.inner.require(account, at_least)

    def fee(self, provider: str, amount: Money, exponents: Mapping[str, int] = ISO_EXPONENTS) -> int | None:
        return self.inner.fee(provider, amount, exponents)

    def announce(self, event: Event) -> Event:
        if self.mute and event.type.startswith(self.mute):
            return event
        account = self.account if self.account != self.platform else ""
        return self.inner.announce(replace(event, merchant=self.platform, account=account))

    def at(self, due: Instant, subject: Record, trigger: str, timeline: str = "") -> None:
        self.inner.at(due, subject, trigger, timeline)

    def run_timeline(self, timeline: str, until: Instant, subject: Record, trigger: str) -> None:
        self.inner.run_timeline(timeline, until, subject, trigger)


def plain(work: Work) -> Work:
    """The unit of work itself: what else wraps one goes inside, so that this is always the outermost."""
    return work.inner if isinstance(work, Behalf) else work


def for_account(work: Work, platform: str, account: str, mute: str = "") -> Work:
    """The work itself where the platform acts for itself, and all of it is told."""
    inner = plain(work)
    return inner if account == platform and not mute else Behalf(inner, platform, account, mute)
