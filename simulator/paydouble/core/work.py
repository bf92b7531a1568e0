"""Work: a unit of work as handlers see it, their only door to the world; and the timers it can set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from paydouble.core.clock import Instant
from paydouble.core.ledger import Entry
from paydouble.core.money import ISO_EXPONENTS, Money
from paydouble.core.notification import Event
from paydouble.core.record import Record

R = TypeVar("R", bound=Record)

PAGE_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Walk:
    """One page of one index, in order of creation: what list operations, feeds and audits ask for."""

    index: str = ""
    """Empty: all of the kind."""
    value: str = ""
    after: str = ""
    """A cursor: the id where the last page ended, exclusive."""
    between: tuple[Instant, Instant] | None = None
    """Bounds on `created`, both inclusive."""
    newest_first: bool = True
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer(Record):
    """A trigger that is due at an instant of a timeline. Status: due, done."""

    kind: ClassVar[str] = "timer"
    indexes: ClassVar[tuple[str, ...]] = ("subject_key",)

    sandbox: str
    subject_kind: str
    subject: str
    trigger: str
    due: Instant
    timeline: str = ""
    """Empty: the sandbox's own."""
    real_due: Instant | None = None
    """Real time at which a worker may run it; None where business time stands still, or aside."""
    runs: str = ""
    """A timeline that is run up to `until` before the trigger is pulled."""
    until: Instant = Instant(0)

    @property
    def subject_key(self) -> str:
        return f"{self.subject_kind}/{self.subject}"


class Work(Protocol):
    """Reads see this unit's own writes. Everything lands in one commit, or nothing does."""

    @property
    def sandbox(self) -> str: ...

    async def get(self, kind: type[R], id: str) -> R | None:
        """The record with this id."""

    async def find(self, kind: type[R], index: str, value: str) -> R | None:
        """The newest record whose index or unique attribute has this value."""

    async def scan(self, kind: type[R], walk: Walk) -> Sequence[R]:
        """One page, without records that this unit of work has saved itself and not yet committed."""

    def save(self, record: Record) -> None: ...

    def remove(self, record: Record) -> None:
        """Forgets it altogether. Most providers keep a deleted record in a status of its own instead."""

    async def balance(self, account: str) -> dict[str, int]:
        """Minor units by currency in an account of the ledger, with what this unit itself has posted."""

    def post(self, entry: Entry) -> None:
        """Adds postings to balances; gets its id and instant here."""

    def require(self, account: str, at_least: Money) -> None:
        """Makes the commit fail with InsufficientBalance where the account would hold less."""

    def fee(self, provider: str, amount: Money, exponents: Mapping[str, int] = ISO_EXPONENTS) -> int | None:
        """What a scenario in force says that this captured amount costs; None: as the price list has it.

        In minor units, never more than the amount. `exponents` are the provider's own.
        """

    def announce(self, event: Event) -> Event:
        """Owes the event to whoever subscribes; gets its id and instant here, and is returned with them."""

    def at(self, due: Instant, subject: Record, trigger: str, timeline: str = "") -> None:
        """Sets a timer: the trigger is pulled at that instant of business time.

        What is due on a timeline of its own waits for `run_timeline`.
        """

    def run_timeline(self, timeline: str, until: Instant, subject: Record, trigger: str) -> None:
        """Right after the commit, pulls what is due on the timeline up to `until`, one after the other.

        Each act is told when it was due. At the end the trigger is pulled on the subject.
        """


class InsufficientBalance(Exception):
    """A balance that `require` guards would be too small."""

    def __init__(self, account: str, holds: Money, needs: Money) -> None:
        super().__init__(f"{account} holds {holds.major()} {holds.currency}, {needs.major()} needed")
        self.account = account
        self.holds = holds
        self.needs = needs
