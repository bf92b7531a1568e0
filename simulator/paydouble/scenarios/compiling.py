"""From the document's models to rules whose effects are values of the core."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from paydouble.core.clock import Duration
from paydouble.core.effect import (
    HOLD_DEFAULT,
    At,
    Break,
    Commit,
    Gate,
    Later,
    Malform,
    Malformation,
    NetworkFault,
    Never,
    Now,
    Say,
    SealEffect,
)
from paydouble.core.errors import Fault
from paydouble.scenarios import vocabulary
from paydouble.scenarios.compiling_effects import connect_of, statement_of
from paydouble.scenarios.compiling_notify import jsonable, latency_of, notify_groups
from paydouble.scenarios.compiling_time import outcome_of, steps_of
from paydouble.scenarios.conditions import Dice
from paydouble.scenarios.document import ClockSpec
from paydouble.scenarios.matcher import compile_when, nested_rates
from paydouble.scenarios.rule import (
    Fee,
    Group,
    Mark,
    NeutralAnswer,
    Rate,
    Rule,
    ScenarioSettings,
    Throw,
    Trigger,
)

if TYPE_CHECKING:
    from paydouble.scenarios.conditions import Conditions, When
    from paydouble.scenarios.document import (
        GateSpec,
        Respond,
        RuleSpec,
        Settings,
        Then,
    )
    from paydouble.scenarios.effect_specs import FeeSpec

CLIENT_ERRORS = range(400, 500)
GATE_TIMEOUT = Gate(At.BEFORE_ANSWER).timeout
BREAK = Break(NetworkFault.TIMEOUT)
AROUND = ("payment", "window", "vars")
"""Conditions on more than the arrival itself."""


def compile_rule(
    spec: RuleSpec, *, number: int, providers: tuple[str, ...], mark: Mark, state: str | None = None
) -> Rule:
    """`providers` are the file's; `number` counts from 1; `state` is the one in which the rule stands."""
    when = spec.when
    own = tuple(name for name in providers if when.provider is None or name in when.provider)
    return Rule(
        number=number,
        name=spec.name or "",
        trigger=Trigger(
            when.operation or (), when.native or (), when.notification or (), when.connection is not None
        ),
        condition=compile_when(when),
        providers=own,
        numbers=when.nth,
        per=when.per or ("notification" if when.notification else "scenario"),
        throw=_throw(when),
        rate=Rate(when.rate.over, when.rate.per) if when.rate else None,
        nested_rates=tuple(Rate(each.over, each.per) for each in nested_rates(when)),
        asks=_asks(when),
        effects=_effects(spec.then),
        states=when.state or (() if state is None else (state,)),
        times=spec.times,
        enabled=spec.enabled,
        optional=spec.optional,
        mark=mark,
    )


def compile_settings(settings: Settings) -> ScenarioSettings:
    clock = settings.clock
    spec = clock if isinstance(clock, ClockSpec) else None
    return ScenarioSettings(
        seed=settings.seed,
        clock=spec.mode if spec else cast("str | None", clock),
        start=spec.start if spec else None,
        strict=settings.strict,
        magic=settings.magic,
        webhooks=settings.webhooks or {},
        signatures=settings.signatures,
        listener=settings.listener,
        contracts=settings.contracts,
        fees=tuple(_fee(fee) for fee in settings.fees or ()),
    )


def _asks(when: When) -> frozenset[str]:
    parts: tuple[Conditions, ...] = (when, *(when.any_of or ()), *(when.none_of or ()))
    return frozenset(name for part in parts for name in AROUND if getattr(part, name) is not None)


def _throw(when: When) -> Throw | None:
    chance = when.chance
    if chance is None:
        return None
    return Throw(chance.p, chance.by, chance.salt or "") if isinstance(chance, Dice) else Throw(chance)


def _effects(then: Then) -> Mapping[Group, Any]:
    groups: dict[Group, Any] = {}
    if then.outcome is not None:
        groups[Group.OUTCOME] = outcome_of(then.outcome)
    if then.respond is not None:
        groups |= _respond(then.respond)
    if then.gate is not None:
        groups[Group.GATE] = tuple(_gate(gate) for gate in then.gate)
    if then.connect is not None:
        groups[Group.CONNECT] = connect_of(then.connect)
    if then.statement is not None:
        groups[Group.STATEMENT] = statement_of(then.statement)
    if then.python is not None:
        groups[Group.PYTHON] = then.python
    if then.timeline is not None:
        groups[Group.TIMELINE] = steps_of(then.timeline)
    if then.set is not None:
        groups[Group.SET] = jsonable(then.set)
    if then.state is not None:
        groups[Group.STATE] = then.state
    return groups | notify_groups(then.notify or ())


def _respond(respond: Respond) -> dict[Group, Any]:
    groups: dict[Group, Any] = {}
    if any(key is not None for key in (respond.error, respond.status, respond.malformed, respond.fault)):
        groups[Group.ANSWER] = _answer(respond)
    if respond.latency is not None:
        groups[Group.LATENCY] = latency_of(respond.latency)
    if respond.patch is not None:
        groups[Group.PATCH] = jsonable(respond.patch)
    if respond.signature is not None or respond.timestamp is not None:
        groups[Group.SEAL] = _seal(respond.signature, respond.timestamp)
    return groups


def _answer(respond: Respond) -> NeutralAnswer:
    if respond.error is not None:
        fault = Fault(respond.error)
        refuses = fault not in vocabulary.ERRORS_HIDING
        return NeutralAnswer(
            commit=_commit(respond, never=refuses), error=fault, retry_after=respond.retry_after
        )
    if respond.fault is not None:
        return NeutralAnswer(commit=_commit(respond), made=_break(respond, NetworkFault(respond.fault)))
    if respond.malformed is not None:
        made = Malform(Malformation(respond.malformed), respond.status)
        return NeutralAnswer(commit=_commit(respond), made=made)
    assert respond.status is not None
    # A made-up 4xx says like any refusal that nothing was done; other answers stand for work that was.
    never = respond.status in CLIENT_ERRORS
    return NeutralAnswer(commit=_commit(respond, never=never), made=_say(respond, respond.status))


def _commit(respond: Respond, *, never: bool = False) -> Commit:
    match respond.committed:
        case None:
            return Never() if never else Now()
        case True:
            return Now()
        case False:
            return Never()
        case after:
            return Later(Duration(after))


def _break(respond: Respond, fault: NetworkFault) -> Break:
    return Break(
        fault,
        hold=HOLD_DEFAULT if respond.hold is None else respond.hold,
        cut_after=respond.cut_after or BREAK.cut_after,
        chunk=respond.chunk or BREAK.chunk,
        over=BREAK.over if respond.over is None else respond.over,
    )


def _say(respond: Respond, status: int) -> Say:
    headers = list((respond.headers or {}).items())
    named = {name.lower() for name, _ in headers}
    if respond.retry_after is not None and "retry-after" not in named:
        headers.append(("Retry-After", str(-(-respond.retry_after // 1_000))))
    body, kind = _body(respond.body)
    if kind and "content-type" not in named:
        headers.append(("Content-Type", kind))
    return Say(status, tuple(headers), body)


def _body(body: Any) -> tuple[bytes, str]:
    if body is None:
        return b"", ""
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return json.dumps(jsonable(body), ensure_ascii=False).encode(), "application/json"


def _seal(signature: str | None, skew: Duration | None) -> SealEffect:
    key, damage = vocabulary.SIGNATURES[signature or "valid"]
    return SealEffect(key, damage, skew or Duration(0))


def _gate(gate: GateSpec) -> Gate:
    return Gate(At(gate.at), gate.signal or "", GATE_TIMEOUT if gate.timeout is None else gate.timeout)


def _fee(fee: FeeSpec) -> Fee:
    return Fee(Decimal(str(fee.rate or 0)), fee.fixed or Decimal(0), fee.currency or "")
