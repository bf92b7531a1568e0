"""A scenario as the engine runs it: its rules compiled, their effects grouped as they are decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from paydouble.core.clock import Duration
from paydouble.core.effect import Break as NetworkBreak
from paydouble.core.effect import Commit, Malform, Result, Say
from paydouble.core.errors import Fault
from paydouble.core.timeline import States
from paydouble.scenarios.matcher import Condition
from paydouble.scenarios.messages import Problem, Severity
from paydouble.scenarios.story import Placed


class Group(Enum):
    """What is decided together; each notify key by itself."""

    ANSWER = "answer"
    LATENCY = "latency"
    PATCH = "patch"
    SEAL = "response signature"
    GATE = "gate"
    OUTCOME = "outcome"
    CONNECT = "connect"
    STATEMENT = "statement"
    PYTHON = "python"
    TIMELINE = "timeline"
    STATE = "state"
    SET = "set"
    NOTIFY_DELAY = "delay"
    NOTIFY_TIMING = "timing"
    NOTIFY_DUPLICATE = "duplicate"
    NOTIFY_RETRY = "retry"
    NOTIFY_TO = "to"
    NOTIFY_REPLAY = "replay"
    NOTIFY_HOLD = "hold"
    NOTIFY_ORDER = "order"
    NOTIFY_BURST = "burst"
    NOTIFY_DROP = "drop"
    NOTIFY_SIGNATURE = "signature"
    NOTIFY_TIMESTAMP = "timestamp"
    NOTIFY_PATCH = "notification patch"
    NOTIFY_CORRUPT = "corrupt"
    NOTIFY_DISCONNECT = "disconnect"
    ONLY = "notify"
    """Notify effects that are about some events only; every rule that has any adds its own."""


SHAPE_GROUPS = frozenset({
    Group.NOTIFY_DELAY, Group.NOTIFY_TIMING, Group.NOTIFY_DUPLICATE, Group.NOTIFY_RETRY, Group.NOTIFY_TO,
    Group.NOTIFY_REPLAY, Group.NOTIFY_HOLD, Group.NOTIFY_ORDER, Group.NOTIFY_BURST,
})  # fmt: skip
ATTEMPT_GROUPS = frozenset(group for group in Group if group.name.startswith("NOTIFY_")) - SHAPE_GROUPS
NOTIFY_GROUPS = SHAPE_GROUPS | ATTEMPT_GROUPS
MEMORY_GROUPS = frozenset({Group.STATE, Group.SET})
"""Decided by the first rule of each activation: states and variables are a scenario's own."""
SHARED_GROUPS = MEMORY_GROUPS | {Group.ONLY}
WORK_GROUPS = NOTIFY_GROUPS | SHARED_GROUPS | {Group.OUTCOME, Group.TIMELINE}
"""Void when the provider did nothing."""
ACT_GROUPS = WORK_GROUPS
"""An act has no answer to spoil."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeutralAnswer:
    """An answer before the provider is known: `error` becomes one of its rows."""

    commit: Commit
    error: Fault | None = None
    retry_after: Duration | None = None
    made: Say | Malform | NetworkBreak | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeutralOutcome:
    """An outcome before the currency is known; `amount` in major units."""

    result: Result
    reason: str = ""
    native_code: str = ""
    message: str = ""
    amount: Decimal | None = None
    fee: Decimal | None = None
    action: str = ""


@dataclass(frozen=True, slots=True)
class Copies:
    copies: int
    spacing: Duration
    new_id: bool


@dataclass(frozen=True, slots=True)
class Burst:
    count: int
    over: Duration


@dataclass(frozen=True, slots=True)
class CallNumbers:
    """Which arrivals `nth` means: listed ones, or from `first` to `last` each `every`th."""

    listed: tuple[int, ...] = ()
    first: int = 1
    last: int | None = None
    every: int = 1
    written: str = ""

    def __contains__(self, number: int) -> bool:
        if self.listed:
            return number in self.listed
        if number < self.first or (self.last is not None and number > self.last):
            return False
        return number % self.every == 0


@dataclass(frozen=True, slots=True)
class Rate:
    """True for arrivals above `over` in one period."""

    over: int
    per: Duration


@dataclass(frozen=True, slots=True)
class Fee:
    """What a captured payment costs: a share of it, and so much in major units of `currency`."""

    rate: Decimal = Decimal(0)
    fixed: Decimal = Decimal(0)
    currency: str = ""
    """Upper case; empty: any."""


@dataclass(frozen=True, slots=True)
class Throw:
    """`chance`: true in `p` of all throws, which are keyed `by` something."""

    p: float
    by: str = "attempt"
    salt: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Exactly one of the first three has names, or it is about connections."""

    operations: tuple[str, ...] = ()
    natives: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    connection: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something stands in its file, for what is found out after loading."""

    at: Problem

    def warning(self, code: str, message: str, help: str = "") -> Problem:
        return Problem(
            code=code, message=message, help=help, severity=Severity.WARNING, file=self.at.file,
            line=self.at.line, column=self.at.column, line_text=self.at.line_text, width=self.at.width,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One `when/then`."""

    number: int
    """From 1, in the order of the file."""
    name: str
    """Empty where its author gave none."""
    trigger: Trigger
    condition: Condition
    providers: tuple[str, ...]
    """Those of the file and of the rule's own condition."""
    numbers: CallNumbers | None = None
    """Of `nth`; None: every arrival."""
    per: str = "scenario"
    throw: Throw | None = None
    rate: Rate | None = None
    nested_rates: tuple[Rate, ...] = ()
    """Of `any_of` and `none_of`, in that order."""
    asks: frozenset[str] = frozenset()
    """What its conditions want to know beside the arrival itself: payment, window."""
    effects: Mapping[Group, Any] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    """In which it acts; empty: in all."""
    times: int | None = None
    enabled: bool = True
    optional: bool = False
    mark: Mark = field(repr=False, compare=False)

    @property
    def depends(self) -> bool:
        """Its conditions are about more than the arrival itself."""
        return bool(self.asks or self.nested_rates or self.states)

    def passed(self, *, before: str) -> tuple[str, ...]:
        """The conditions that hold, up to the one that does not; the trigger first."""
        trigger = self.trigger
        kind = "operation" if trigger.operations else "native" if trigger.natives else "notification"
        if before == "state":
            return (kind,)
        held = [kind, *(("state",) if self.states else ())]
        for test in self.condition.tests:
            if test.label == before:
                return tuple(held)
            held.append(test.label)
        counted = (("rate", self.rate), ("nth", self.numbers), ("chance", self.throw))
        for name, used in counted:
            if name == before:
                break
            if used is not None:
                held.append(name)
        return tuple(held)

    @property
    def label(self) -> str:
        return f"rule '{self.name}'" if self.name else f"rule {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioSettings:
    """None: as the run has it."""

    seed: int | None = None
    clock: str | None = None
    start: str | None = None
    """RFC 3339, the first instant of the sandbox's clock."""
    strict: bool | None = None
    """True: a rule of this file that never fired fails the run, or the test."""
    magic: bool | None = None
    """Whether the providers' own test values are obeyed while it is active."""
    webhooks: Mapping[str, str] = field(default_factory=dict)
    signatures: str | None = None
    """enforce, report, ignore: what becomes of calls that are not signed well."""
    listener: str | None = None
    """shared, dedicated: a port of the sandbox's own."""
    contracts: str | None = None
    """provider, strict, lenient: what becomes of calls that break their contract."""
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A loaded file."""

    name: str
    title: str = ""
    description: str = ""
    providers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    vars: Mapping[str, Any] = field(default_factory=dict)
    """As they came out: the file's defaults and what overrode them."""
    settings: ScenarioSettings = ScenarioSettings()
    rules: tuple[Rule, ...] = ()
    """Those of states first."""
    states: States | None = None
    """None: it has neither states nor variables that a rule sets or asks for."""
    state_marks: Mapping[str, Mark] = field(default_factory=dict, repr=False, compare=False)
    """Where each state stands."""
    matrix: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    """What there is before anything is played, as it is written."""
    steps: tuple[Placed, ...] = ()
    expect: tuple[Placed, ...] = ()
    file: str = ""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By file: its own and those of all that it extends; with the next two, it can be loaded again."""
    combination: Mapping[str, Any] = field(default_factory=dict)
    """Of the matrix."""
    played_for: str = ""
    """The provider that `${{ provider }}` stood for."""
    warnings: tuple[Problem, ...] = ()
