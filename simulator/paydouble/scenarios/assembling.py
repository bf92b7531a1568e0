"""From decided groups to the core's values: a plan, a notification's shape, an attempt's spoiling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from paydouble.core.effect import (
    HONEST_ATTEMPT,
    HONEST_SHAPE,
    NotifyAttempt,
    NotifyShape,
    Now,
    Outcome,
    Plan,
)
from paydouble.core.money import DEFAULT_EXPONENT, MINOR_MAX, Money
from paydouble.core.timeline import Move, Owner, Sequel
from paydouble.core.words import Facts
from paydouble.scenarios.drawing import BoundAnswer, Candidate
from paydouble.scenarios.rule import ATTEMPT_GROUPS, NOTIFY_GROUPS, SHAPE_GROUPS, Group, NeutralOutcome
from paydouble.scenarios.shaping import attempt_made, because_of, shape_changes

Decided = Mapping[Group, Candidate]


def plan_of(
    decided: Decided, facts: Facts, exponents: Mapping[str, int], sharing: Sequence[Candidate] = (),
    matched: Sequence[Candidate] = (),
) -> Plan:
    """Of a call or act; notify effects become shapes that stick to its payment.

    `sharing` are the candidates whose states, variables and partial notify effects take place; `matched`
    are all, in the order in which they were looked at.
    """
    values = {group: candidate.effects[group] for group, candidate in decided.items()}
    bound: BoundAnswer | None = values.get(Group.ANSWER)
    outcome: NeutralOutcome | None = values.get(Group.OUTCOME)
    return Plan(
        outcome=_outcome(outcome, facts, exponents) if outcome else None,
        commit=bound.commit if bound else Now(),
        answer=bound.answer if bound else None,
        latency=values.get(Group.LATENCY),
        patch=values.get(Group.PATCH),
        seal=values.get(Group.SEAL),
        gates=values.get(Group.GATE, ()),
        statement=values.get(Group.STATEMENT),
        shapes=_shapes(decided, sharing, matched),
        sequel=_sequel(decided, sharing),
        because=because(decided),
    )


def shape_of(decided: Decided, sticky: NotifyShape | None = None) -> NotifyShape:
    """What already sticks to the payment was decided earlier, and stays."""
    shape = sticky or HONEST_SHAPE
    fresh = _not_yet(decided, SHAPE_GROUPS, shape.because)
    changes = shape_changes(_values(fresh))
    return replace(shape, **changes, because={**shape.because, **because(fresh)}) if fresh else shape


def attempt_of(decided: Decided, sticky: NotifyAttempt | None = None) -> NotifyAttempt:
    attempt = sticky or HONEST_ATTEMPT
    fresh = _not_yet(decided, ATTEMPT_GROUPS, attempt.because)
    return attempt_made(_values(fresh), attempt, because(fresh)) if fresh else attempt


def because(decided: Decided) -> dict[str, str]:
    """Group → "lost-response, rule 'first answer is lost'"."""
    return {group.value: candidate.activation.because(candidate.rule) for group, candidate in decided.items()}


def _values(decided: Decided) -> dict[Group, Any]:
    return {group: candidate.effects[group] for group, candidate in decided.items()}


def _shapes(
    decided: Decided, sharing: Sequence[Candidate], matched: Sequence[Candidate]
) -> tuple[NotifyShape, ...]:
    """In the order of their rules; within one rule, what is about some events only comes first."""
    shapes: list[NotifyShape] = []
    for candidate in matched:
        if Group.ONLY in candidate.effects and candidate in sharing:
            said = candidate.activation.because(candidate.rule)
            shapes += [because_of(shape, said) for shape in candidate.effects[Group.ONLY]]
        own = {
            group: owner for group, owner in decided.items() if owner is candidate and group in NOTIFY_GROUPS
        }
        shapes += [sticky] if own and (sticky := _sticky(own)) is not None else []
    return tuple(shapes)


def _sticky(decided: Decided) -> NotifyShape | None:
    attempt = attempt_of(decided)
    shape = shape_of(decided)
    if attempt is not HONEST_ATTEMPT:
        shape = replace(shape, attempt=attempt)
    return None if shape is HONEST_SHAPE else shape


def _sequel(decided: Decided, sharing: Sequence[Candidate]) -> Sequel | None:
    told = decided.get(Group.TIMELINE)
    moves = _moves(sharing)
    if told is None and not moves:
        return None
    return Sequel(
        owner=_owner(told) if told else None, timeline=told.effects[Group.TIMELINE] if told else (),
        moves=moves,
    )


def _moves(sharing: Sequence[Candidate]) -> tuple[Move, ...]:
    """The first rule of each activation decides its state, and each of its variables."""
    moves: dict[str, Move] = {}
    for candidate in sharing:
        owner = _owner(candidate)
        before = moves.get(owner.activation, Move(owner=owner))
        state = before.state or candidate.effects.get(Group.STATE, "")
        sets = {**candidate.effects.get(Group.SET, {}), **before.sets}
        if state or sets:
            moves[owner.activation] = Move(owner=owner, state=state, sets=sets)
    return tuple(moves.values())


def _owner(candidate: Candidate) -> Owner:
    return Owner(candidate.activation.id, candidate.activation.scenario.name)


def _not_yet(decided: Decided, groups: frozenset[Group], told: Mapping[str, str]) -> dict[Group, Candidate]:
    return {group: owner for group, owner in decided.items() if group in groups and group.value not in told}


def _outcome(neutral: NeutralOutcome, facts: Facts, exponents: Mapping[str, int]) -> Outcome:
    return Outcome(
        neutral.result,
        reason=neutral.reason,
        native_code=neutral.native_code,
        message=neutral.message,
        amount=_money(neutral.amount, facts.currency, exponents),
        fee=_money(neutral.fee, facts.currency, exponents),
        action=neutral.action,
    )


def _money(amount: Decimal | None, currency: str, exponents: Mapping[str, int]) -> Money | None:
    """Major units in the call's own currency, rounded to what that can express; None where it has none."""
    if amount is None or not currency:
        return None
    code = currency.upper()
    minor = amount.scaleb(exponents.get(code, DEFAULT_EXPONENT)).quantize(Decimal(1), ROUND_HALF_UP)
    return Money(min(int(minor), MINOR_MAX), code)
