"""One plan over another: rules over test values, and both over what the server has by default."""

from __future__ import annotations

from paydouble.core.effect import EMPTY_PLAN, Never, Now, Plan
from paydouble.core.timeline import Sequel


def over(plan: Plan, base: Plan) -> Plan:
    """A plan of rules over one of test values: group by group, the rule wins."""
    if base is EMPTY_PLAN:
        return plan
    if plan is EMPTY_PLAN:
        return base
    answered = plan.answer is not None
    return Plan(
        outcome=plan.outcome or base.outcome,
        commit=plan.commit if answered or plan.commit != Now() else base.commit,
        answer=plan.answer if answered else base.answer,
        latency=plan.latency or base.latency,
        patch=plan.patch if plan.patch is not None else base.patch,
        seal=plan.seal or base.seal,
        gates=plan.gates or base.gates,
        statement=plan.statement or base.statement,
        shapes=(*plan.shapes, *base.shapes),
        sequel=_sequel(plan, base),
        because={**base.because, **plan.because},
    )


def _sequel(plan: Plan, base: Plan) -> Sequel | None:
    """What the one has still to say, then the other; nothing of the other where no work is done."""
    one, other = plan.sequel, base.sequel
    if other is None or plan.commit == Never():
        return one
    if one is None:
        return other
    timed = one if one.owner is not None else other
    return Sequel(owner=timed.owner, timeline=timed.timeline, moves=(*one.moves, *other.moves))
