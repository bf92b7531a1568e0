"""Neutral words against what a provider declares: which operations a rule means, which row an error is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from paydouble.core.errors import ErrorTable, Fault
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.scenarios.messages import Problem, either
from paydouble.scenarios.rule import ACT_GROUPS, Group, NeutralAnswer, Rule, Scenario, Trigger
from paydouble.scenarios.vocabulary import covers

CHARGE = "payment.charge"


def means(trigger: Trigger, operation: Operation) -> bool:
    """Whether the trigger names this operation: by a neutral word, by its id, or as the provider calls it."""
    names = (*operation.means, operation.id)
    if any(covers(wanted, name) for wanted in trigger.operations for name in names):
        return True
    return any(native_covers(wanted, operation) for wanted in trigger.natives)


def native_covers(pattern: str, operation: Operation) -> bool:
    """`pattern` is an id, a gateway's method name, or `METHOD /path`, with `*` for anything."""
    expression = _native_expression(pattern)
    return any(expression.fullmatch(name) for name in native_names(operation))


def native_names(operation: Operation) -> Iterator[str]:
    """As in transactions.jsapi, alipay.trade.pay, POST /v3/pay/transactions/jsapi."""
    yield operation.id
    for route in operation.routes:
        if route.selector:
            yield route.selector
        yield f"{route.method} {route.path}"


@lru_cache(maxsize=1024)
def _native_expression(pattern: str) -> re.Pattern[str]:
    """The names of path variables do not matter: `{id}` stands for any variable, and `*` covers it."""
    parts = re.split(r"(\*|\{[^{}/]*\})", pattern)
    return re.compile("".join(_part(part) for part in parts))


def _part(part: str) -> str:
    if part == "*":
        return ".*"
    return r"\{[^{}/]*\}" if part.startswith("{") and part.endswith("}") else re.escape(part)


def row_for(provider: Provider, operation: Operation, fault: Fault) -> ErrorTable | None:
    """The first row with this fault among the operation's own, then in the same table, then elsewhere."""
    own = list(operation.errors)
    tables = list(dict.fromkeys([type(row) for row in own] + list(provider.errors)))
    rows = [*own, *(row for table in tables for row in table)]
    return next((row for row in rows if row.fault is fault), None)


def events_of(provider: Provider) -> frozenset[str]:
    """The neutral events that this provider sends."""
    return frozenset(provider.words.events.values())


def reads_only(pattern: str, providers: Iterable[Provider]) -> bool:
    """Whether a native pattern covers nothing that writes; what nobody declares is judged by its method."""
    found = [op for provider in providers for op in provider.operations if native_covers(pattern, op)]
    return all(op.reads for op in found) if found else pattern.startswith("GET ")


def cannot_fire(scenario: Scenario, providers: Sequence[Provider]) -> Iterator[Problem]:
    """SC033: rules that no provider of the file can ever meet, among the providers that are known here."""
    for rule in scenario.rules:
        known = [provider for provider in providers if provider.name in rule.providers]
        if not known:
            continue
        names = either([provider.name for provider in known], "and")
        reason = _why_never(rule, known)
        if reason:
            yield rule.mark.warning("SC033", f"this rule cannot fire for {names}: {reason}")


def _why_never(rule: Rule, providers: Sequence[Provider]) -> str:
    trigger = rule.trigger
    if trigger.connection:
        return ""
    if trigger.events:
        sent = {event for provider in providers for event in events_of(provider)}
        met = any(covers(wanted, event) for wanted in trigger.events for event in sent)
        return (
            ""
            if met or "*" in trigger.events
            else f"no such notification as {either(trigger.events)} is sent"
        )
    meant = [(provider, op) for provider in providers for op in provider.operations if means(trigger, op)]
    if not meant:
        if any(covers(wanted, CHARGE) for wanted in trigger.operations):
            needs_request = not set(rule.effects) & ACT_GROUPS
            return (
                "the payer moves the money there, so there is no request to answer" if needs_request else ""
            )
        return f"no operation is called {either(trigger.operations or trigger.natives)}"
    answer = rule.effects.get(Group.ANSWER)
    if isinstance(answer, NeutralAnswer) and answer.error is not None and len(rule.effects) == 1:
        fault = answer.error
        if not any(row_for(provider, op, fault) for provider, op in meant):
            return f"there is no error for '{fault.value}'"
    return ""
