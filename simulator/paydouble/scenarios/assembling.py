"""From decided groups to the core's values: a plan, a notification's shape, an attempt's spoiling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from paydouble.core.clock import Duration
from paydouble.core.effect import (
    HONEST_ATTEMPT,
    HONEST_SEAL,
    HONEST_SHAPE,
    NotifyAttempt,
    NotifyShape,
    Now,
    Outcome,
    Plan,
    SealEffect,
)
from paydouble.core.money import DEFAULT_EXPONENT, MINOR_MAX, Money
from paydouble.core.words import Facts
from paydouble.scenarios.drawing import BoundAnswer, Candidate
from paydouble.scenarios.rule import ATTEMPT_GROUPS, SHAPE_GROUPS, Group, NeutralOutcome

Decided = Mapping[Group, Candidate]


def plan_of(decided: Decided, facts: Facts, exponents: Mapping[str, int]) -> Plan:
    """Of a call or act; notify effects become the shape that sticks to its payment."""
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
        shape=_sticky(decided),
        because=because(decided),
    )


def shape_of(decided: Decided, sticky: NotifyShape | None = None) -> NotifyShape:
    """What already sticks to the payment was decided earlier, and stays."""
    shape = sticky or HONEST_SHAPE
    fresh = _not_yet(decided, SHAPE_GROUPS, shape.because)
    changes: dict[str, Any] = {}
    for group, candidate in fresh.items():
        value = candidate.effects[group]
        if group is Group.NOTIFY_DUPLICATE:
            changes |= {"copies": value.copies, "spacing": value.spacing, "new_id": value.new_id}
        else:
            changes[group.value] = value
    return replace(shape, **changes, because={**shape.because, **because(fresh)}) if fresh else shape


def attempt_of(decided: Decided, sticky: NotifyAttempt | None = None) -> NotifyAttempt:
    attempt = sticky or HONEST_ATTEMPT
    fresh = _not_yet(decided, ATTEMPT_GROUPS, attempt.because)
    if not fresh:
        return attempt
    values = {group: candidate.effects[group] for group, candidate in fresh.items()}
    return NotifyAttempt(
        drop=values.get(Group.NOTIFY_DROP, attempt.drop),
        seal=_seal(values, attempt.seal),
        patch=values.get(Group.NOTIFY_PATCH, attempt.patch),
        corrupt=values.get(Group.NOTIFY_CORRUPT, attempt.corrupt),
        disconnect=values.get(Group.NOTIFY_DISCONNECT, attempt.disconnect),
        because={**attempt.because, **because(fresh)},
    )


def because(decided: Decided) -> dict[str, str]:
    """Group → "lost-response, rule 'first answer is lost'"."""
    return {group.value: candidate.activation.because(candidate.rule) for group, candidate in decided.items()}


def _sticky(decided: Decided) -> NotifyShape | None:
    attempt = attempt_of(decided)
    shape = shape_of(decided)
    if attempt is not HONEST_ATTEMPT:
        shape = replace(shape, attempt=attempt)
    return None if shape is HONEST_SHAPE else shape


def _not_yet(decided: Decided, groups: frozenset[Group], told: Mapping[str, str]) -> dict[Group, Candidate]:
    return {group: owner for group, owner in decided.items() if group in groups and group.value not in told}


def _seal(values: Mapping[Group, Any], before: SealEffect | None) -> SealEffect | None:
    if Group.NOTIFY_SIGNATURE not in values and Group.NOTIFY_TIMESTAMP not in values:
        return before
    honest = before or HONEST_SEAL
    key, damage = values.get(Group.NOTIFY_SIGNATURE, (honest.key, honest.damage))
    return SealEffect(key, damage, values.get(Group.NOTIFY_TIMESTAMP, Duration(honest.skew)))


def _outcome(neutral: NeutralOutcome, facts: Facts, exponents: Mapping[str, int]) -> Outcome:
    return Outcome(
        neutral.result,
        reason=neutral.reason,
        native_code=neutral.native_code,
        message=neutral.message,
        amount=_money(neutral.amount, facts.currency, exponents),
    )


def _money(amount: Decimal | None, currency: str, exponents: Mapping[str, int]) -> Money | None:
    """Major units in the call's own currency, rounded to what that can express; None where it has none."""
    if amount is None or not currency:
        return None
    code = currency.upper()
    minor = amount.scaleb(exponents.get(code, DEFAULT_EXPONENT)).quantize(Decimal(1), ROUND_HALF_UP)
    return Money(min(int(minor), MINOR_MAX), code)
