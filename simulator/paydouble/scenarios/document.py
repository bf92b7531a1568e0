"""The schema of a scenario file, as pydantic models; it is loaded with the first file, not at start."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from paydouble.scenarios import forms
from paydouble.scenarios.conditions import MAPPING, PLAIN, Strict, When, shape
from paydouble.scenarios.document_notify import LatencySpec, Notify
from paydouble.scenarios.document_time import LeaveSpec, OutcomeChoice, StepSpec
from paydouble.scenarios.effect_specs import ConnectSpec, FeeSpec, StatementSpec
from paydouble.scenarios.forms import OneOrMore, one_of
from paydouble.scenarios.story_document import Choices, Expect, Given, ParentChoice, Step


class Respond(Strict):
    error: forms.Error | None = None
    status: forms.Status | None = None
    headers: dict[str, forms.Text] | None = None
    body: Any = None
    malformed: forms.Malformed | None = None
    fault: forms.FaultName | None = None
    committed: forms.Committed | None = None
    latency: LatencySpec | None = None
    patch: dict[str, Any] | None = None
    signature: forms.Signature | None = None
    timestamp: forms.Skew | None = None
    retry_after: forms.Span | None = None
    cut_after: forms.Bytes | None = None
    chunk: forms.Count | None = None
    over: forms.Span | None = None
    hold: forms.Span | None = None


class GateSpec(Strict):
    at: Annotated[str, *one_of("before_commit", "after_commit", "before_answer")]
    signal: forms.Text | None = None
    timeout: forms.Span | None = None


class Then(Strict):
    outcome: OutcomeChoice | None = None
    respond: Respond | None = None
    gate: OneOrMore[GateSpec] | None = None
    notify: OneOrMore[Notify] | None = None
    connect: ConnectSpec | None = None
    statement: StatementSpec | None = None
    python: forms.Hook | None = None
    timeline: Annotated[list[StepSpec], Field(min_length=1)] | None = None
    set: dict[str, Any] | None = None
    state: forms.Text | None = None


class RuleSpec(Strict):
    name: forms.Text | None = None
    when: When
    then: Then
    times: forms.Count | None = None
    enabled: forms.Flag = True
    optional: forms.Flag = False


class StateSpec(Strict):
    enter: list[StepSpec] = Field(default_factory=list)
    leave: list[LeaveSpec] = Field(default_factory=list)
    rules: list[RuleSpec] = Field(default_factory=list)


class ClockSpec(Strict):
    mode: forms.ClockMode
    start: forms.Text | None = None


ClockChoice = Annotated[
    Annotated[forms.ClockMode, Tag(PLAIN)] | Annotated[ClockSpec, Tag(MAPPING)], Discriminator(shape)
]


class Settings(Strict):
    """None: as the run has it."""

    seed: forms.Seed | None = None
    clock: ClockChoice | None = None
    strict: forms.Flag | None = None
    signatures: Annotated[str, *one_of("enforce", "report", "ignore")] | None = None
    listener: Annotated[str, *one_of("shared", "dedicated")] | None = None
    contracts: Annotated[str, *one_of("provider", "strict", "lenient")] | None = None
    fees: OneOrMore[FeeSpec] | None = None
    magic: forms.Flag | None = None
    webhooks: dict[forms.Provider, forms.Url] | None = None


class Document(Strict):
    version: forms.Version = Field(alias="schema")
    name: forms.Name
    title: forms.Text = ""
    description: forms.Text = ""
    providers: OneOrMore[forms.Provider] | None = None
    tags: OneOrMore[forms.Text] = ()
    vars: dict[str, Any] = Field(default_factory=dict)
    settings: Settings = Settings()
    rules: list[RuleSpec] = Field(default_factory=list)
    scope: Annotated[str, *one_of("payment", "sandbox")] = "payment"
    initial: forms.Text | None = None
    states: dict[str, StateSpec] = Field(default_factory=dict)
    extends: OneOrMore[ParentChoice] = ()
    remove: OneOrMore[forms.Text] = ()
    matrix: dict[str, Choices] = Field(default_factory=dict)
    given: Given | None = None
    steps: list[Step] = Field(default_factory=list)
    expect: list[Expect] = Field(default_factory=list)
