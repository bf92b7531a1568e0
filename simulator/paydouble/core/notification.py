"""What is told to whom: events, the notifications owed for them, the attempts at delivering those."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import SECOND, Duration, Instant
from paydouble.core.effect import HONEST_SHAPE, NotifyShape
from paydouble.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Record):
    """A fact that a provider announces, with its body as it was at that moment."""

    kind: ClassVar[str] = "event"
    indexes: ClassVar[tuple[str, ...]] = ("provider_merchant", "subject")

    type: str
    """The provider's own name: "TRANSACTION.SUCCESS", "payment_intent.succeeded"."""
    api: str
    """By which of the provider's APIs it is told: "v3", "v1"."""
    provider: str
    merchant: str
    account: str = ""
    """On whose behalf, where that is not the merchant: a connected account, a sub-merchant."""
    body: Mapping[str, object] = field(default_factory=dict)
    """Superset of all versions of the API."""
    previous: Mapping[str, object] = field(default_factory=dict)
    """What the changed attributes were before, where the provider tells."""
    url: str = ""
    """Where the order itself names its callback."""
    subject: str = ""
    """Id of the payment that it is about."""
    ref: str = ""
    """The merchant's order number of that payment."""
    meaning: str = ""
    """Its neutral name, where the type alone does not tell."""
    cause: Mapping[str, str] = field(default_factory=dict)
    """`request` (our id of the call) and `idempotency_key`, where a call was the cause."""

    @property
    def provider_merchant(self) -> str:
        """The feed it belongs to: "stripe/acct_1"."""
        return f"{self.provider}/{self.account or self.merchant}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Who is told: a registered webhook endpoint, or the callback that an order named."""

    id: str
    url: str
    secret: str = ""
    version: str = ""
    api: str = ""
    """By which of the provider's APIs it is told; empty: by the event's own."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP try. `outcome` stays "started" if the process died under it."""

    at: Instant
    due: Instant
    outcome: str
    """started, acknowledged, rejected, timeout, refused, dropped, blocked, disconnected."""
    status: int = 0
    took_ms: int = 0
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: bytes = b""
    response_body: bytes = b""
    because: str = ""
    """Why it was not honest, or why it failed."""
    manual: bool = False
    """Asked for by hand, outside the schedule."""
    forged: bool = False
    """What left does not carry a genuine and fresh signature over what it says: nobody may accept it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification(Record):
    """The copy of an event owed to one endpoint. Status: due, acknowledged, exhausted, dropped."""

    kind: ClassVar[str] = "notification"
    indexes: ClassVar[tuple[str, ...]] = ("subject", "event", "status", "holds")

    event: str
    event_type: str
    """The provider's own name of the event."""
    provider: str
    merchant: str
    endpoint: Endpoint
    payload: bytes
    """Made once; what is signed or encrypted afresh at each attempt."""
    subject: str = ""
    ref: str = ""
    shape: NotifyShape = HONEST_SHAPE
    meaning: str = ""
    """Neutral, where the type alone does not tell."""
    copy: int = 0
    """0 for the notification itself, 1… for duplicates that a scenario asked for."""
    holds: str = ""
    """For what it is kept back: "signal/go", "told/stripe:pi_1", "sent/ntf_1"."""
    replays: str = ""
    """The notification whose very bytes it sends again."""
    attempts: tuple[Attempt, ...] = ()
    due_at: Instant | None = None

    @property
    def told_as(self) -> str:
        """What `Words.events` is asked with."""
        return self.meaning or self.event_type


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Delays between attempts on business time, and how long an answer is waited for in real time."""

    delays: tuple[Duration, ...]
    timeout: Duration = Duration(5 * SECOND)

    def due_after(self, attempts: int, due_at: Instant) -> Instant | None:
        """When the next attempt is due after `attempts` failed ones; None when the provider gives up."""
        if attempts > len(self.delays):
            return None
        return Instant(due_at + self.delays[attempts - 1])
