"""What happens to a payment later, as values: the steps of a timeline, and the states of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from paydouble.core.clock import Duration
from paydouble.core.effect import NotifyShape, Result


@dataclass(frozen=True, slots=True)
class Wait:
    """One cause to go on: time, queries, a signal, a phase, an acknowledgement; or the timeout."""

    after: Duration | None = None
    polls: int = 0
    signal: str = ""
    phase: str = ""
    acknowledged: str = ""
    """Neutral event, or a pattern of them."""
    timeout: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """The provider makes up its mind; amounts in major units of the payment's currency."""

    result: Result
    reason: str = ""
    native_code: str = ""
    message: str = ""
    amount: Decimal | None = None
    fee: Decimal | None = None
    action: str = ""
    shape: NotifyShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle:
    """The fee turns out to be another."""

    fee: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """The payer disputes the payment, or the dispute is decided: opened, won, lost."""

    result: str = "opened"
    reason: str = ""
    fee: Decimal | None = None
    shape: NotifyShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    """A refund that no call asked for; None: all that is left."""

    amount: Decimal | None = None
    result: Result = Result.APPROVED
    reason: str = ""
    shape: NotifyShape | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Emit:
    """An event is announced, whatever happened: by the provider's own name, or the neutral one."""

    native: str = ""
    event: str = ""
    shape: NotifyShape | None = None


@dataclass(frozen=True, slots=True)
class SetVars:
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class GoTo:
    state: str


Step = Wait | Decide | Settle | Dispute | GiveBack | Emit | SetVars | GoTo


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A way out of a state, with exactly one cause."""

    to: str
    signal: str = ""
    after: Duration | None = None
    polls: int = 0
    acknowledged: str = ""
    phase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    enter: tuple[Step, ...] = ()
    leave: tuple[Leave, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """A scenario's machine: one for each payment, or one for the whole sandbox. Its rules stand elsewhere."""

    per_sandbox: bool = False
    initial: str = ""
    table: Mapping[str, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a timeline, a state or a variable is: an activation, and the name of its scenario."""

    activation: str
    scenario: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What one activation's memory is to become; an empty state: it stays."""

    owner: Owner
    state: str = ""
    sets: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequel:
    """What a plan has still to say once the work is done."""

    owner: Owner | None = None
    """Of the timeline."""
    timeline: tuple[Step, ...] = ()
    moves: tuple[Move, ...] = ()
    """At most one for each activation."""
