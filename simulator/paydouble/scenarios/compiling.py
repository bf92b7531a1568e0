"""From the document's models to rules whose effects are values of the core."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from paydouble.core.clock import Duration
from paydouble.core.effect import (
    HOLD_DEFAULT,
    At,
    Break,
    Commit,
    Corruption,
    Disconnect,
    Gate,
    Latency,
    Later,
    Malform,
    Malformation,
    NetworkFault,
    Never,
    Now,
    Result,
    Retry,
    Say,
    SealEffect,
    Timing,
)
from paydouble.core.errors import Fault
from paydouble.scenarios import vocabulary
from paydouble.scenarios.document import ClockSpec, Dice, OutcomeSpec, RetrySpec
from paydouble.scenarios.matcher import compile_when
from paydouble.scenarios.rule import (
    Copies,
    Group,
    Mark,
    NeutralAnswer,
    NeutralOutcome,
    Rule,
    ScenarioSettings,
    Throw,
    Trigger,
)

if TYPE_CHECKING:
    from paydouble.scenarios.document import (
        GateSpec,
        LatencySpec,
        Notify,
        Respond,
        RetryChoice,
        RuleSpec,
        Settings,
        Then,
        When,
    )

CLIENT_ERRORS = range(400, 500)
GATE_TIMEOUT = Gate(At.BEFORE_ANSWER).timeout
BREAK = Break(NetworkFault.TIMEOUT)


def compile_rule(spec: RuleSpec, *, number: int, providers: tuple[str, ...], mark: Mark) -> Rule:
    """`providers` are the file's; `number` counts from 1."""
    when = spec.when
    own = tuple(name for name in providers if when.provider is None or name in when.provider)
    return Rule(
        number=number,
        name=spec.name or "",
        trigger=Trigger(when.operation or (), when.native or (), when.notification or ()),
        condition=compile_when(when),
        providers=own,
        numbers=when.nth,
        per=when.per or ("notification" if when.notification else "scenario"),
        throw=_throw(when),
        effects=_effects(spec.then),
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
    )


def _throw(when: When) -> Throw | None:
    chance = when.chance
    if chance is None:
        return None
    return Throw(chance.p, chance.by, chance.salt or "") if isinstance(chance, Dice) else Throw(chance)


def _effects(then: Then) -> Mapping[Group, Any]:
    groups: dict[Group, Any] = {}
    if then.outcome is not None:
        groups[Group.OUTCOME] = _outcome(then.outcome)
    if then.respond is not None:
        groups |= _respond(then.respond)
    if then.gate is not None:
        groups[Group.GATE] = tuple(_gate(gate) for gate in then.gate)
    for notify in reversed(then.notify or ()):
        groups |= _notify(notify)
    return groups


def _outcome(outcome: str | OutcomeSpec) -> NeutralOutcome:
    if isinstance(outcome, str):
        return NeutralOutcome(result=Result(outcome))
    return NeutralOutcome(
        result=Result(outcome.result),
        reason=outcome.reason or "",
        native_code=outcome.native_code or "",
        message=outcome.message or "",
        amount=outcome.amount,
    )


def _respond(respond: Respond) -> dict[Group, Any]:
    groups: dict[Group, Any] = {}
    if any(key is not None for key in (respond.error, respond.status, respond.malformed, respond.fault)):
        groups[Group.ANSWER] = _answer(respond)
    if respond.latency is not None:
        groups[Group.LATENCY] = _latency(respond.latency)
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


def jsonable(value: Any) -> Any:
    """Bodies and patches in what JSON has: a decimal becomes the float that prints the same."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: jsonable(below) for key, below in value.items()}
    return [jsonable(below) for below in value] if isinstance(value, list) else value


def _latency(latency: LatencySpec) -> Latency:
    if isinstance(latency, int):
        return Latency(latency, latency)
    if latency.lognormal is not None:
        spread = latency.lognormal
        return Latency(spread.median, spread.max, spread.sigma)
    assert latency.uniform is not None
    low, high = sorted(latency.uniform)
    return Latency(low, high)


def _seal(signature: str | None, skew: Duration | None) -> SealEffect:
    key, damage = vocabulary.SIGNATURES[signature or "valid"]
    return SealEffect(key, damage, skew or Duration(0))


def _gate(gate: GateSpec) -> Gate:
    return Gate(At(gate.at), gate.signal or "", GATE_TIMEOUT if gate.timeout is None else gate.timeout)


def _notify(notify: Notify) -> dict[Group, Any]:
    # fmt: off
    made: tuple[tuple[Group, Any, Callable[[Any], Any]], ...] = (
        (Group.NOTIFY_DELAY,      notify.delay,      _latency),
        (Group.NOTIFY_TIMING,     notify.timing,     Timing),
        (Group.NOTIFY_DUPLICATE,  notify.duplicate,  lambda d: Copies(d.copies, d.spacing, d.new_id)),
        (Group.NOTIFY_RETRY,      notify.retry,      _retry),
        (Group.NOTIFY_TO,         notify.to,         str),
        (Group.NOTIFY_DROP,       notify.drop,       bool),
        (Group.NOTIFY_SIGNATURE,  notify.signature,  vocabulary.SIGNATURES.__getitem__),
        (Group.NOTIFY_TIMESTAMP,  notify.timestamp,  Duration),
        (Group.NOTIFY_PATCH,      notify.patch,      jsonable),
        (Group.NOTIFY_CORRUPT,    notify.corrupt,    Corruption),
        (Group.NOTIFY_DISCONNECT, notify.disconnect, Disconnect),
    )
    # fmt: on
    return {group: make(value) for group, value, make in made if value is not None}


def _retry(retry: RetryChoice) -> Retry | None:
    """None: the provider's own schedule, said on purpose so that no later rule changes it."""
    if isinstance(retry, RetrySpec):
        delays, passed = [], 0
        for delay in retry.schedule:
            passed += delay
            if retry.give_up_after is not None and passed > retry.give_up_after:
                break
            delays.append(delay)
        return Retry(tuple(delays), retry.response_timeout)
    return Retry() if retry == "none" else None
