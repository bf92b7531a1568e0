"""The schema of what happens later: outcomes, the steps of a timeline, the ways out of a state."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from paydouble.scenarios import forms
from paydouble.scenarios.conditions import MAPPING, PLAIN, Strict, shape
from paydouble.scenarios.document_notify import Notify
from paydouble.scenarios.forms import OneOrMore, one_of


class OutcomeSpec(Strict):
    result: forms.Result
    reason: forms.Reason | None = None
    amount: forms.Amount | None = None
    fee: forms.Amount | None = None
    action: forms.Text | None = None
    native_code: forms.Text | None = None
    message: forms.Text | None = None


OutcomeChoice = Annotated[
    Annotated[forms.Result, Tag(PLAIN)] | Annotated[OutcomeSpec, Tag(MAPPING)], Discriminator(shape)
]


class WaitSpec(Strict):
    """Exactly one of polls, signal, phase, acknowledged; a timeout goes with any but polls."""

    polls: forms.Count | None = None
    signal: forms.Text | None = None
    phase: forms.PhaseName | None = None
    acknowledged: forms.Event | None = None
    timeout: forms.Span | None = None


WaitChoice = Annotated[
    Annotated[forms.Span, Tag(PLAIN)] | Annotated[WaitSpec, Tag(MAPPING)], Discriminator(shape)
]


class SettleSpec(Strict):
    fee: forms.Amount


class DisputeSpec(Strict):
    reason: forms.Text | None = None
    fee: forms.Amount | None = None
    result: Annotated[str, *one_of("opened", "won", "lost")] = "opened"


class RefundSpec(Strict):
    amount: forms.Amount | None = None
    result: forms.Result = "approved"
    reason: forms.Reason | None = None


class EmitSpec(Strict):
    """One of them."""

    native: forms.Text | None = None
    event: forms.EventName | None = None


class StepSpec(Strict):
    """Exactly one verb, and `notify` beside those that tell somebody."""

    wait: WaitChoice | None = None
    outcome: OutcomeChoice | None = None
    settle: SettleSpec | None = None
    dispute: DisputeSpec | None = None
    refund: RefundSpec | None = None
    emit: EmitSpec | None = None
    set: dict[str, Any] | None = None
    state: forms.Text | None = None
    notify: OneOrMore[Notify] | None = None


class LeaveSpec(Strict):
    """Exactly one cause."""

    to: forms.Text
    signal: forms.Text | None = None
    after: forms.Span | None = None
    polls: forms.Count | None = None
    acknowledged: forms.Event | None = None
    phase: forms.PhaseName | None = None
