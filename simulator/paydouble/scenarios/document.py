"""The schema of a scenario file, as pydantic models; it is loaded with the first file, not at start."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, TypeAdapter

from paydouble.core.clock import Duration
from paydouble.scenarios import forms
from paydouble.scenarios.forms import OneOrMore, one_of

PLAIN = "<plain>"
MAPPING = "<mapping>"


def _shape(value: object) -> str:
    """Unions are chosen by what is written, never by trial: an error is about what was meant."""
    return MAPPING if isinstance(value, dict | BaseModel) else PLAIN


class Strict(BaseModel):
    """Every mapping of the language refuses keys that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class TextPattern(Strict):
    prefix: forms.Text | None = None
    suffix: forms.Text | None = None
    contains: forms.Text | None = None
    regex: forms.Regex | None = None
    one_of: OneOrMore[forms.PlainMatch] | None = None
    absent: forms.Flag | None = None


class AmountPattern(Strict):
    gt: forms.Amount | None = None
    gte: forms.Amount | None = None
    lt: forms.Amount | None = None
    lte: forms.Amount | None = None
    between: tuple[forms.Amount, forms.Amount] | None = None
    ends_with: forms.Ending | None = None
    one_of: OneOrMore[forms.Amount] | None = None


class Dice(Strict):
    p: forms.Probability
    by: Annotated[str, *one_of("attempt", "ref", "payment", "idempotency_key", "arrival")] = "attempt"
    salt: forms.Text | None = None


TextMatch = Annotated[
    Annotated[forms.PlainMatch, Tag(PLAIN)] | Annotated[TextPattern, Tag(MAPPING)], Discriminator(_shape)
]
AmountMatch = Annotated[
    Annotated[forms.Amount, Tag(PLAIN)] | Annotated[AmountPattern, Tag(MAPPING)], Discriminator(_shape)
]
Chance = Annotated[
    Annotated[forms.Probability, Tag(PLAIN)] | Annotated[Dice, Tag(MAPPING)], Discriminator(_shape)
]


class Conditions(Strict):
    provider: OneOrMore[forms.Provider] | None = None
    amount: AmountMatch | None = None
    currency: OneOrMore[forms.Text] | None = None
    ref: TextMatch | None = None
    method: TextMatch | None = None
    metadata: dict[str, TextMatch] | None = None
    headers: dict[str, TextMatch] | None = None
    query: dict[str, TextMatch] | None = None
    body: dict[forms.JsonPath, TextMatch] | None = None


class When(Conditions):
    operation: OneOrMore[forms.Operation] | None = None
    native: OneOrMore[forms.Text] | None = None
    notification: OneOrMore[forms.Event] | None = None
    nth: forms.Nth | None = None
    per: Annotated[str, *one_of("scenario", "payment", "ref", "idempotency_key", "notification")] | None = (
        None
    )
    chance: Chance | None = None
    any_of: Annotated[list[Conditions], Field(min_length=1)] | None = None
    none_of: Annotated[list[Conditions], Field(min_length=1)] | None = None


class OutcomeSpec(Strict):
    result: forms.Result
    reason: forms.Reason | None = None
    amount: forms.Amount | None = None
    native_code: forms.Text | None = None
    message: forms.Text | None = None


class Lognormal(Strict):
    median: forms.Span
    sigma: forms.Sigma
    max: forms.Span


class Spread(Strict):
    """A latency that varies: exactly one verb."""

    uniform: tuple[forms.Span, forms.Span] | None = None
    lognormal: Lognormal | None = None


LatencySpec = Annotated[
    Annotated[forms.Span, Tag(PLAIN)] | Annotated[Spread, Tag(MAPPING)], Discriminator(_shape)
]


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


class Duplicate(Strict):
    copies: forms.Copies
    spacing: forms.Span = Duration(0)
    new_id: forms.Flag = False


class RetrySpec(Strict):
    schedule: OneOrMore[forms.Span]
    response_timeout: forms.Span | None = None
    give_up_after: forms.Span | None = None


RetryChoice = Annotated[
    Annotated[Annotated[str, *one_of("provider", "none")], Tag(PLAIN)] | Annotated[RetrySpec, Tag(MAPPING)],
    Discriminator(_shape),
]


class Notify(Strict):
    delay: LatencySpec | None = None
    timing: Annotated[str, *one_of("after_response", "before_response")] | None = None
    duplicate: Duplicate | None = None
    retry: RetryChoice | None = None
    to: forms.Url | None = None
    drop: forms.Flag | None = None
    signature: forms.Signature | None = None
    timestamp: forms.Skew | None = None
    patch: dict[str, Any] | None = None
    corrupt: forms.Corrupt | None = None
    disconnect: Annotated[str, *one_of("mid_body", "before_reading_ack")] | None = None


OutcomeChoice = Annotated[
    Annotated[forms.Result, Tag(PLAIN)] | Annotated[OutcomeSpec, Tag(MAPPING)], Discriminator(_shape)
]


class Then(Strict):
    outcome: OutcomeChoice | None = None
    respond: Respond | None = None
    gate: OneOrMore[GateSpec] | None = None
    notify: OneOrMore[Notify] | None = None


class RuleSpec(Strict):
    name: forms.Text | None = None
    when: When
    then: Then
    times: forms.Count | None = None
    enabled: forms.Flag = True
    optional: forms.Flag = False


class ClockSpec(Strict):
    mode: forms.ClockMode
    start: forms.Text | None = None


ClockChoice = Annotated[
    Annotated[forms.ClockMode, Tag(PLAIN)] | Annotated[ClockSpec, Tag(MAPPING)], Discriminator(_shape)
]


class Settings(Strict):
    """None: as the run has it. Of three keys this version has the default alone, and refuses other values."""

    seed: forms.Seed | None = None
    clock: ClockChoice | None = None
    strict: forms.Flag | None = None
    signatures: Annotated[str, *one_of("enforce")] | None = None
    listener: Annotated[str, *one_of("shared")] | None = None
    contracts: Annotated[str, *one_of("provider")] | None = None
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


def json_schema() -> dict[str, Any]:
    """What editors complete and check with."""
    schema = TypeAdapter(Document).json_schema(mode="validation")
    schema["patternProperties"] = {"^x-": True}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
