"""From the document's models of what happens later to the core's steps and states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from paydouble.core.effect import Result
from paydouble.core.timeline import (
    Decide,
    Dispute,
    Emit,
    GiveBack,
    GoTo,
    Leave,
    Settle,
    SetVars,
    State,
    States,
    Step,
    Wait,
)
from paydouble.scenarios.compiling_notify import jsonable, shape_written
from paydouble.scenarios.document_time import OutcomeSpec
from paydouble.scenarios.rule import NeutralOutcome

if TYPE_CHECKING:
    from paydouble.core.effect import NotifyShape
    from paydouble.scenarios.document import Document, RuleSpec, StateSpec
    from paydouble.scenarios.document_time import LeaveSpec, OutcomeChoice, StepSpec, WaitChoice

TIMELINE = "timeline"
NO_STATE = ""


def outcome_of(outcome: OutcomeChoice) -> NeutralOutcome:
    if isinstance(outcome, str):
        return NeutralOutcome(result=Result(outcome))
    assert isinstance(outcome, OutcomeSpec)
    return NeutralOutcome(
        result=Result(outcome.result),
        reason=outcome.reason or "",
        native_code=outcome.native_code or "",
        message=outcome.message or "",
        amount=outcome.amount,
        fee=outcome.fee,
        action=outcome.action or "",
    )


def steps_of(steps: Iterable[StepSpec]) -> tuple[Step, ...]:
    return tuple(_step(step) for step in steps)


def _step(step: StepSpec) -> Step:
    shape = shape_written(step.notify, TIMELINE) if step.notify else None
    if step.wait is not None:
        return _wait(step.wait)
    if step.outcome is not None:
        return _decide(outcome_of(step.outcome), shape)
    if step.settle is not None:
        return Settle(fee=step.settle.fee)
    if step.dispute is not None:
        dispute = step.dispute
        return Dispute(result=dispute.result, reason=dispute.reason or "", fee=dispute.fee, shape=shape)
    if step.refund is not None:
        refund = step.refund
        result = Result(refund.result)
        return GiveBack(amount=refund.amount, result=result, reason=refund.reason or "", shape=shape)
    if step.emit is not None:
        return Emit(native=step.emit.native or "", event=step.emit.event or "", shape=shape)
    if step.set is not None:
        return SetVars(jsonable(step.set))
    assert step.state is not None, "a step without a verb was loaded"
    return GoTo(step.state)


def _decide(outcome: NeutralOutcome, shape: NotifyShape | None) -> Decide:
    return Decide(
        result=outcome.result, reason=outcome.reason, native_code=outcome.native_code,
        message=outcome.message, amount=outcome.amount, fee=outcome.fee, action=outcome.action, shape=shape,
    )  # fmt: skip


def _wait(wait: WaitChoice) -> Wait:
    if isinstance(wait, int):
        return Wait(after=wait)
    return Wait(
        polls=wait.polls or 0, signal=wait.signal or "", phase=wait.phase or "",
        acknowledged=wait.acknowledged or "", timeout=wait.timeout,
    )  # fmt: skip


def states_of(document: Document) -> States | None:
    """None where the file neither has states nor remembers anything else."""
    if not document.states and not any(_remembers(rule) for rule in document.rules):
        return None
    return States(
        per_sandbox=document.scope == "sandbox",
        initial=document.initial or next(iter(document.states), NO_STATE),
        table={name: _state(state) for name, state in document.states.items()},
    )


def _remembers(rule: RuleSpec) -> bool:
    """Whether it sets variables, or asks for them."""
    when = rule.when
    parts = (when, *(when.any_of or ()), *(when.none_of or ()))
    sets = rule.then.set or any(step.set for step in rule.then.timeline or ())
    return bool(sets) or any(part.vars for part in parts)


def _state(state: StateSpec) -> State:
    return State(enter=steps_of(state.enter), leave=tuple(_leave(leave) for leave in state.leave))


def _leave(leave: LeaveSpec) -> Leave:
    return Leave(
        to=leave.to, signal=leave.signal or "", after=leave.after, polls=leave.polls or 0,
        acknowledged=leave.acknowledged or "", phase=leave.phase or "",
    )  # fmt: skip
