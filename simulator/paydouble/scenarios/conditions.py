"""The schema of `when:`: triggers and conditions, and how unions of the language are told apart."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from paydouble.scenarios import forms
from paydouble.scenarios.forms import OneOrMore, one_of

PLAIN = "<plain>"
MAPPING = "<mapping>"


def shape(value: object) -> str:
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
    Annotated[forms.PlainMatch, Tag(PLAIN)] | Annotated[TextPattern, Tag(MAPPING)], Discriminator(shape)
]
AmountMatch = Annotated[
    Annotated[forms.Amount, Tag(PLAIN)] | Annotated[AmountPattern, Tag(MAPPING)], Discriminator(shape)
]
Chance = Annotated[
    Annotated[forms.Probability, Tag(PLAIN)] | Annotated[Dice, Tag(MAPPING)], Discriminator(shape)
]


class PaymentPattern(Strict):
    """Of the payment's summary."""

    phase: TextMatch | None = None
    ref: TextMatch | None = None
    amount: AmountMatch | None = None
    captured: AmountMatch | None = None
    refunded: AmountMatch | None = None
    disputed: AmountMatch | None = None


class RateSpec(Strict):
    over: forms.Over
    per: forms.Period


class WindowSpec(Strict):
    """Since the activation; `to` is not in it any more."""

    start: forms.Span | None = Field(None, alias="from")
    end: forms.Span | None = Field(None, alias="to")


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
    payment: PaymentPattern | None = None
    rate: RateSpec | None = None
    window: WindowSpec | None = None
    vars: dict[str, TextMatch] | None = None


class When(Conditions):
    operation: OneOrMore[forms.Operation] | None = None
    native: OneOrMore[forms.Text] | None = None
    notification: OneOrMore[forms.Event] | None = None
    connection: Annotated[str, *one_of("any")] | None = None
    nth: forms.Nth | None = None
    per: Annotated[str, *one_of("scenario", "payment", "ref", "idempotency_key", "notification")] | None = (
        None
    )
    chance: Chance | None = None
    state: OneOrMore[forms.Text] | None = None
    any_of: Annotated[list[Conditions], Field(min_length=1)] | None = None
    none_of: Annotated[list[Conditions], Field(min_length=1)] | None = None
