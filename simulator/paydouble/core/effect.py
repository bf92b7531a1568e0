"""The closed set of effects that a scenario can have on a call, an act or a notification; values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from paydouble.core.clock import SECOND, Duration, Instant
from paydouble.core.money import Money
from paydouble.core.values import value

if TYPE_CHECKING:
    from paydouble.core.errors import ErrorTable
    from paydouble.core.statement import StatementEffect
    from paydouble.core.timeline import Sequel

HOLD_DEFAULT = Duration(60 * SECOND)
GATE_TIMEOUT_DEFAULT = Duration(10 * SECOND)


class Result(Enum):
    """What the provider decides about money: the words of `outcome.result`."""

    APPROVED = "approved"
    DECLINED = "declined"
    PENDING = "pending"
    HELD = "held"
    REQUIRES_ACTION = "requires_action"
    PARTIAL = "partial"
    CANCELED = "canceled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario or a test value makes the provider decide; the words of section `outcome`."""

    result: Result
    reason: str = ""
    """Neutral; the provider maps it to its own code."""
    native_code: str = ""
    """Overrides that mapping."""
    message: str = ""
    amount: Money | None = None
    """How much of it, for partial."""
    fee: Money | None = None
    action: str = ""
    """Which authentication, for requires_action: "3ds"."""
    yields: bool = False
    """Comes from a server's default scenario: a documented test value goes before it."""

    def part_of(self, minor: int) -> int:
        """How much of it is taken: less only where the outcome is partial."""
        if self.result is not Result.PARTIAL or self.amount is None:
            return minor
        return min(minor, max(1, self.amount.minor))


def decided(chosen: Outcome | None, by_test_value: Outcome | None) -> Outcome | None:
    """For handlers that read test values themselves: what a scenario decides goes before them, or after."""
    if chosen is None or (chosen.yields and by_test_value is not None):
        return by_test_value
    return chosen


@dataclass(frozen=True, slots=True)
class Now:
    """The work is done before the answer: `committed: true`, and every healthy call."""


@dataclass(frozen=True, slots=True)
class Never:
    """The work is not done: `committed: false`."""


@dataclass(frozen=True, slots=True)
class Later:
    """The work is done this much later, on business time: `committed: 5s`."""

    after: Duration


Commit = Now | Never | Later


@dataclass(frozen=True, slots=True)
class Refuse:
    """The provider's own error, in its own envelope."""

    row: ErrorTable
    retry_after: Duration | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """A status and body made up by the scenario."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Malformation(Enum):
    """Well-formed HTTP, bad content."""

    TRUNCATED_JSON = "truncated_json"
    HTML_PAGE = "html_page"
    EMPTY_BODY = "empty_body"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    WRONG_CHARSET = "wrong_charset"
    WRONG_TYPES = "wrong_types"
    NOT_JSON = "not_json"


@dataclass(frozen=True, slots=True)
class Malform:
    kind: Malformation
    status: int | None = None


class NetworkFault(Enum):
    """What happens to the socket instead of an answer, or to the answer on its way."""

    TIMEOUT = "timeout"
    SLOW_HEADERS = "slow_headers"
    DROP_CONNECTION = "drop_connection"
    EMPTY_REPLY = "empty_reply"
    RESET = "reset"
    TRUNCATE = "truncate"
    DRIBBLE = "dribble"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True)
class Break:
    """A network fault with its details; all durations are real time."""

    fault: NetworkFault
    hold: Duration = HOLD_DEFAULT
    """How long a silent connection stays open."""
    cut_after: int = 0
    """Bytes of the body that still arrive, for truncate."""
    chunk: int = 1
    """Bytes at a time, for dribble."""
    over: Duration = Duration(SECOND)
    """How long the whole dribble takes."""


Answer = Refuse | Say | Malform | Break


class ConnectFault(Enum):
    """What happens to a connection before its first request."""

    REFUSE = "refuse"
    ACCEPT_THEN_SILENCE = "accept_then_silence"
    TLS_EXPIRED = "tls_expired"
    TLS_SELF_SIGNED = "tls_self_signed"
    TLS_WRONG_HOST = "tls_wrong_host"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_CLOSED = "tls_closed"
    """Closed in the middle of the handshake."""
    TLS_OLD = "tls_old"
    """Offers nothing newer than TLS 1.1."""


@dataclass(frozen=True, slots=True)
class Connect:
    """A connection fault; a silent connection stays open for `hold` of real time."""

    fault: ConnectFault
    hold: Duration = HOLD_DEFAULT


@dataclass(frozen=True, slots=True)
class Latency:
    """Real time before the work: fixed when low equals high, else uniform; lognormal when sigma is set."""

    low: Duration
    high: Duration
    sigma: float = 0.0
    """With sigma, `low` is the median and `high` the cap."""


class KeyChoice(Enum):
    """With which of the provider's keys something is signed."""

    CURRENT = "current"
    NEXT = "next"
    """A legitimate new key that can be fetched: `rotated_key`."""
    FOREIGN = "foreign"
    """Another key under the known key's id: `wrong_key`."""
    UNKNOWN = "unknown"
    """Another key under an id that the merchant cannot know: `unknown_key`."""
    OTHER_MERCHANT = "other_merchant"
    """A perfect signature for somebody else."""


class Damage(Enum):
    """How a signature is spoiled."""

    NONE = "none"
    MISSING = "missing"
    CORRUPT = "corrupt"
    PROBE = "probe"
    WRONG_ALGORITHM = "wrong_algorithm"
    TAMPERED_BODY = "tampered_body"
    BAD_CIPHERTEXT = "bad_ciphertext"
    """Signed well, but what is encrypted does not open; only where a provider encrypts."""


@dataclass(frozen=True, slots=True)
class SealEffect:
    """What a plan does to authenticity: key, damage, and how far the timestamp is off."""

    key: KeyChoice = KeyChoice.CURRENT
    damage: Damage = Damage.NONE
    skew: Duration = Duration(0)


HONEST_SEAL = SealEffect()


@value(frozen=True, slots=True)
class Seal:
    """When, with which key, and how badly something is signed: `Seal(now, nonce)` is the honest one."""

    now: Instant
    """Wire time, already off by the plan's skew."""
    nonce: str
    """Thirty-two hex digits."""
    key: KeyChoice = KeyChoice.CURRENT
    damage: Damage = Damage.NONE


class At(Enum):
    """The named points of a call at which a gate can hold it."""

    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    BEFORE_ANSWER = "before_answer"


@dataclass(frozen=True, slots=True)
class Gate:
    at: At
    signal: str = ""
    timeout: Duration = GATE_TIMEOUT_DEFAULT


class Timing(Enum):
    """The race between an answer and its notification."""

    AFTER_RESPONSE = "after_response"
    BEFORE_RESPONSE = "before_response"
    DURING_RESPONSE = "during_response"
    """Half of the answer is sent, then the notification is, then the rest of the answer."""


@dataclass(frozen=True, slots=True)
class Retry:
    """In place of the provider's schedule; no delays means that there is no second attempt."""

    delays: tuple[Duration, ...] = ()
    timeout: Duration | None = None


class Order(Enum):
    """Among the notifications that are born in one commit."""

    REVERSE = "reverse"
    SHUFFLE = "shuffle"


@dataclass(frozen=True, slots=True)
class Hold:
    """A notification waits for a signal, or until another one of its payment has been acknowledged."""

    until: str = ""
    """Neutral event, or a pattern of them."""
    signal: str = ""
    timeout: Duration | None = None


@dataclass(frozen=True, slots=True)
class NotifyShape:
    """Settled once for each notification, when it becomes owed."""

    delay: Latency | None = None
    timing: Timing = Timing.AFTER_RESPONSE
    copies: int = 1
    spacing: Duration = Duration(0)
    new_id: bool = False
    retry: Retry | None = None
    """None: the provider's own schedule."""
    to: str = ""
    replay: Duration | None = None
    """How much later the very same bytes come again."""
    hold: Hold | None = None
    order: Order | None = None
    burst: int = 1
    """So many notifications of this kind, each an event of its own."""
    burst_over: Duration = Duration(0)
    attempt: NotifyAttempt | None = None
    """Attempt effects from a rule on an operation: they stick to the payment's notifications."""
    only: tuple[str, ...] = ()
    """Neutral events that a rule on an operation is about; empty: all of the payment's."""
    because: Mapping[str, str] = field(default_factory=dict)


class Corruption(Enum):
    """How the body of an attempt is spoiled."""

    TRUNCATED = "truncated"
    NOT_JSON = "not_json"
    WRONG_CHARSET = "wrong_charset"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    BAD_CIPHERTEXT = "bad_ciphertext"
    EXTRA_BYTES = "extra_bytes"


class Disconnect(Enum):
    """Where the provider hangs up on the receiver."""

    MID_BODY = "mid_body"
    BEFORE_READING_ACK = "before_reading_ack"


@dataclass(frozen=True, slots=True)
class NotifyAttempt:
    """Settled for each attempt at delivering a notification."""

    drop: bool = False
    seal: SealEffect | None = None
    patch: Mapping[str, object] | None = None
    corrupt: Corruption | None = None
    disconnect: Disconnect | None = None
    because: Mapping[str, str] = field(default_factory=dict)


HONEST_SHAPE = NotifyShape()
HONEST_ATTEMPT = NotifyAttempt()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one call or act drew: each group decided by the first rule that sets it. Empty for nearly all."""

    outcome: Outcome | None = None
    commit: Commit = Now()
    answer: Answer | None = None
    latency: Latency | None = None
    patch: Mapping[str, object] | None = None
    """A JSON merge patch on the honest body."""
    seal: SealEffect | None = None
    gates: tuple[Gate, ...] = ()
    statement: StatementEffect | None = None
    """How a downloaded statement differs from the books."""
    shapes: tuple[NotifyShape, ...] = ()
    """Notify effects that stick to the payment this call is about; the first that sets one wins."""
    sequel: Sequel | None = None
    """What the scenario has still to say once the work is done."""
    because: Mapping[str, str] = field(default_factory=dict)
    """Group → "lost-response, rule 'first answer is lost'"."""


EMPTY_PLAN = Plan()
