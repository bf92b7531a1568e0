"""Units of work that hold something back: announcements until their outcome is known, or everything."""

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
from paydouble.providers.stripe.models.shapes import Json

R = TypeVar("R", bound=Record)


class Staged:
    """Another's unit of work; its events are announced by `release`, in their order."""

    __slots__ = ("held", "inner")

    def __init__(self, inner: Work) -> None:
        self.inner = inner
        self.held: list[Event] = []

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
        self.held.append(event)
        return event

    def at(self, due: Instant, subject: Record, trigger: str, timeline: str = "") -> None:
        self.inner.at(due, subject, trigger, timeline)

    def run_timeline(self, timeline: str, until: Instant, subject: Record, trigger: str) -> None:
        self.inner.run_timeline(timeline, until, subject, trigger)

    def release(self, type: str, body: Json, *, drop: str) -> None:
        """Announces what was held: the event of that type with this body, and none of the type `drop`."""
        for event in self.held:
            if event.type != drop:
                self.inner.announce(replace(event, body=body) if event.type == type else event)
        self.held.clear()


class Imagined:
    """What is done in it never happens: for previews."""

    __slots__ = ("inner", "known")

    def __init__(self, inner: Work) -> None:
        self.inner = inner
        self.known: dict[tuple[str, str], Record] = {}

    @property
    def sandbox(self) -> str:
        return self.inner.sandbox

    async def get(self, kind: type[R], id: str) -> R | None:
        known = self.known.get((kind.kind, id))
        return known if isinstance(known, kind) else await self.inner.get(kind, id)

    async def find(self, kind: type[R], index: str, value: str) -> R | None:
        return await self.inner.find(kind, index, value)

    async def scan(self, kind: type[R], walk: Walk) -> Sequence[R]:
        return await self.inner.scan(kind, walk)

    def save(self, record: Record) -> None:
        self.known[(record.kind, record.id)] = record

    def remove(self, record: Record) -> None:
        self.known.pop((record.kind, record.id), None)

    async def balance(self, account: str) -> dict[str, int]:
        return await self.inner.balance(account)

    def post(self, entry: Entry) -> None:
        """No money moves."""

    def require(self, account: str, at_least: Money) -> None:
        """Nothing is spent."""

    def fee(self, provider: str, amount: Money, exponents: Mapping[str, int] = ISO_EXPONENTS) -> int | None:
        return self.inner.fee(provider, amount, exponents)

    def announce(self, event: Event) -> Event:
        return event

    def at(self, due: Instant, subject: Record, trigger: str, timeline: str = "") -> None:
        """Nothing follows."""

    def run_timeline(self, timeline: str, until: Instant, subject: Record, trigger: str) -> None:
        """No time passes."""
