"""What a provider says of itself in neutral words: the facts of a call, and each payment's summary."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from paydouble.core.machine import Phase
from paydouble.core.money import ISO_EXPONENTS, Money
from paydouble.core.record import Record

if TYPE_CHECKING:
    from paydouble.core.http import Envelope
    from paydouble.core.notification import Event
    from paydouble.core.operation import Operation
    from paydouble.core.work import Work


class Details(NamedTuple):
    """What is known of a call, an act or a notification beside what it is about. Empty: there is none."""

    amount: Decimal | None = None
    """Major units."""
    currency: str = ""
    method: str = ""
    phase: str = ""
    idempotency_key: str = ""
    metadata: Mapping[str, str] = MappingProxyType({})


NO_DETAILS = Details()


class Facts:
    """What conditions in `when:` may look at. Details are gathered when one of them is first asked for."""

    __slots__ = ("_details", "payment", "ref")

    def __init__(
        self, *, ref: str = "", payment: str = "", details: Details | Callable[[], Details] = NO_DETAILS
    ) -> None:
        self.ref = ref
        """The merchant's order number; on refunds, of the payment being refunded."""
        self.payment = payment
        """Native id of the payment."""
        self._details = details

    def gather(self) -> Details:
        """Raises what the params make it raise, where they break their contract."""
        if not isinstance(self._details, Details):
            self._details = self._details()
        return self._details

    @property
    def amount(self) -> Decimal | None:
        """Major units."""
        return self.gather().amount

    @property
    def currency(self) -> str:
        return self.gather().currency

    @property
    def method(self) -> str:
        return self.gather().method

    @property
    def phase(self) -> str:
        return self.gather().phase

    @property
    def idempotency_key(self) -> str:
        return self.gather().idempotency_key

    @property
    def metadata(self) -> Mapping[str, str]:
        return self.gather().metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment of any provider, summed up; amounts are Money of one currency."""

    id: str
    """The provider's own id."""
    ref: str
    phase: Phase
    status: str
    amount: Money
    captured: Money
    refunded: Money
    disputed: Money
    fee: Money
    merchant: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    captures: int = 1
    """Into how many captures the money came, where it came at all: an authorization is captured in parts."""


async def no_facts(
    work: Work, operation: Operation, envelope: Envelope, params: Mapping[str, object]
) -> Facts:
    """For providers without words: conditions on fields never hold."""
    return Facts()


def all_it_declares(operation: Operation, params: Mapping[str, Any]) -> Sequence[str]:
    """For providers whose calls mean what their operation means, whatever the params."""
    return operation.means


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The neutral side of a provider."""

    events: Mapping[str, str] = field(default_factory=dict)
    """Native event type → neutral: "TRANSACTION.SUCCESS" → "payment.succeeded"."""
    facts: Callable[[Work, Operation, Envelope, Mapping[str, Any]], Awaitable[Facts]] = no_facts
    """May read records: a capture's amount stands in the payment."""
    means: Callable[[Operation, Mapping[str, Any]], Sequence[str]] = all_it_declares
    """What this call is in neutral words: a PaymentIntent is charged at creation only with `confirm`."""
    payments: tuple[type[Record], ...] = ()
    """The kinds of record that are payments. Each has an index `ref`, the merchant's order number."""
    view: Callable[[Any], PaymentView] | None = None
    ways: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """How what a scenario decides later is done: kind of record and happening → triggers, of which the first
    that the record allows is pulled. Happenings: the words of `outcome.result`, also with a reason as in
    "canceled:payer_closed"; settle, refund, dispute.opened, dispute.won, dispute.lost."""
    outcomes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Neutral operation → how it can come out otherwise than approved: the words of `outcome.result`."""
    impatient: tuple[str, ...] = ()
    """Triggers of the timers by which the provider itself ends what waits for its payer: they are called off
    where a scenario says what comes of it."""
    emits: Callable[[Work, Any, str], Awaitable[Event | None]] | None = None
    """An event about this payment as it is now, by its native type; None where no such event can be told."""
    exponents: Mapping[str, int] = field(default_factory=lambda: ISO_EXPONENTS)
    """Decimals by upper-case currency, where the provider departs from ISO 4217."""
