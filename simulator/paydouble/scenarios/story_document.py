"""The models of steps, expectations, given state and composition: what a file says beside its rules."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Discriminator, Field, PlainValidator, Tag, WithJsonSchema

from paydouble.scenarios import forms, story, vocabulary
from paydouble.scenarios.conditions import MAPPING, PLAIN, Strict, TextMatch, shape
from paydouble.scenarios.expressions import is_deferred
from paydouble.scenarios.forms import OneOrMore, one_of
from paydouble.scenarios.messages import shown

MATRIX_VALUES_MAX = 50


def _later(check: Callable[[Any], Any]) -> PlainValidator:
    """Checked now, or when the step is played where its value is known only then."""
    return PlainValidator(lambda value: value if is_deferred(value) else check(value))


def _number(value: object) -> Decimal:
    if not forms.is_number(value):
        raise forms.wrong(f"{shown(value)} is not a number")
    return Decimal(str(value))


_NUMBER = WithJsonSchema({"type": ["number", "string"]})
Number = Annotated[Any, _later(_number), _NUMBER]
Span = Annotated[Any, _later(forms.duration), WithJsonSchema({"type": "string"})]
Provider = Annotated[
    Any, _later(forms.word(vocabulary.PROVIDERS)), WithJsonSchema({"enum": list(vocabulary.PROVIDERS)})
]
Url = Annotated[Any, _later(forms.url), WithJsonSchema({"type": "string"})]
Status = Annotated[Any, _later(forms.whole(100, 599)), WithJsonSchema({"type": "integer"})]


class NumberPattern(Strict):
    eq: Number | None = None
    gt: Number | None = None
    gte: Number | None = None
    lt: Number | None = None
    lte: Number | None = None


class SpanPattern(Strict):
    gt: Span | None = None
    gte: Span | None = None
    lt: Span | None = None
    lte: Span | None = None


NumberMatch = Annotated[
    Annotated[Number, Tag(PLAIN)] | Annotated[NumberPattern, Tag(MAPPING)], Discriminator(shape)
]
SpanMatch = Annotated[
    Annotated[Span, Tag(PLAIN)] | Annotated[SpanPattern, Tag(MAPPING)], Discriminator(shape)
]
Phase = Annotated[str, *one_of(*story.PHASES)]


class NeverSpec(Strict):
    operation: OneOrMore[forms.Operation] | None = None
    native: OneOrMore[forms.Text] | None = None
    provider: OneOrMore[Provider] | None = None
    ref: TextMatch | None = None
    status: NumberMatch | None = None
    signature: Annotated[str, *one_of("valid", "invalid")] | None = None
    committed: forms.Flag | None = None
    replayed: forms.Flag | None = None


class CallsSpec(NeverSpec):
    count: NumberMatch | None = None
    same_idempotency_key: forms.Flag | None = None
    spacing: SpanMatch | None = None


class NotificationsSpec(Strict):
    event: forms.Text | None = None
    ref: TextMatch | None = None
    provider: OneOrMore[Provider] | None = None
    state: OneOrMore[Annotated[str, *one_of("due", "acknowledged", "exhausted", "dropped")]] | None = None
    attempts: NumberMatch | None = None
    acknowledged: NumberMatch | None = None
    rejected: NumberMatch | None = None
    count: NumberMatch | None = None
    within: Span | None = None


class PaymentSpec(Strict):
    ref: TextMatch | None = None
    id: forms.Text | None = None
    provider: OneOrMore[Provider] | None = None
    phase: OneOrMore[Phase] | None = None
    status: OneOrMore[forms.Text] | None = None
    currency: OneOrMore[forms.Text] | None = None
    amount: NumberMatch | None = None
    captured: NumberMatch | None = None
    refunded: NumberMatch | None = None
    disputed: NumberMatch | None = None
    fee: NumberMatch | None = None
    count: NumberMatch | None = None


class Probe(Strict):
    get: Url
    headers: dict[str, forms.Text] | None = None
    status: Status | None = None
    matches: dict[forms.JsonPath, Any] | None = None
    within: Span | None = None


class Expect(Strict):
    """Exactly one verb; `ref` goes with a sequence."""

    calls: CallsSpec | None = None
    never: NeverSpec | None = None
    sequence: Annotated[list[forms.Operation], Field(min_length=1)] | None = None
    ref: TextMatch | None = None
    notifications: NotificationsSpec | None = None
    payment: PaymentSpec | None = None
    fired: dict[str, NumberMatch] | None = None
    probe: Probe | None = None
    invariants: OneOrMore[Annotated[str, *one_of(*story.INVARIANTS)]] | None = None


class Request(Strict):
    """Exactly one method."""

    get: Url | None = None
    post: Url | None = None
    put: Url | None = None
    patch: Url | None = None
    delete: Url | None = None
    headers: dict[str, forms.Text] | None = None
    json_: Any = Field(None, alias="json")
    form: dict[str, forms.Text] | None = None
    body: forms.Text | None = None
    status: NumberMatch | None = None
    save: dict[str, forms.JsonPath] | None = None


class Payer(Strict):
    ref: forms.Text
    trigger: forms.Text = "pay"
    provider: Provider | None = None
    details: dict[str, Any] | None = None


class Emit(Strict):
    event: forms.Event | None = None
    native: forms.Text | None = None
    ref: forms.Text | None = None
    provider: Provider | None = None


class Step(Strict):
    """Exactly one verb; `ref` goes with a signal, `notify` with emit, `within` with wait_for."""

    request: Request | None = None
    payer: Payer | None = None
    advance: Span | None = None
    signal: forms.Text | None = None
    ref: forms.Text | None = None
    emit: Emit | None = None
    notify: Any = None
    wait_for: Expect | None = None
    within: Span | None = None
    expect: Annotated[list[Expect], Field(min_length=1)] | None = None
    state: forms.Text | None = None
    snapshot: forms.Text | None = None
    restore: forms.Text | None = None


class GivenPayment(Strict):
    ref: forms.Text
    amount: forms.Amount
    currency: forms.Text | None = None
    phase: Phase = "paid"
    age: forms.Span | None = None
    provider: Provider | None = None


class Given(Strict):
    snapshot: forms.Text | None = None
    payments: list[GivenPayment] | None = None
    balance: dict[str, forms.Amount] | None = None


class Parent(Strict):
    use: forms.Text
    with_: dict[str, Any] | None = Field(None, alias="with")


ParentChoice = Annotated[
    Annotated[forms.Text, Tag(PLAIN)] | Annotated[Parent, Tag(MAPPING)], Discriminator(shape)
]
Choices = Annotated[list[Any], Field(min_length=1, max_length=MATRIX_VALUES_MAX)]
