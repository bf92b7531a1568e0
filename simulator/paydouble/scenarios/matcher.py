"""Compiles `when:` to one predicate over an arrival, and says by which condition an arrival missed a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from paydouble.core.http import HttpRequest
from paydouble.core.words import Facts

if TYPE_CHECKING:
    from paydouble.scenarios.document import AmountPattern, Conditions, TextPattern, When

_STEP = re.compile(r"\.([^.\[\]\s]+)|\[([0-9]{1,6})\]|\['([^']+)'\]")

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What conditions look at: a call, an act or a notification. Acts and notifications have no request."""

    provider: str
    facts: Facts
    request: HttpRequest | None = None
    params: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Miss:
    """The first condition that did not hold, as in: amount: wanted 13.01, got 13.02."""

    condition: str
    wanted: str
    got: str

    def __str__(self) -> str:
        return f"{self.condition}: wanted {self.wanted}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Test:
    """One condition: where it looks, what must hold there, and how its author wrote it."""

    label: str
    wanted: str
    look: Callable[[Arrival], Any]
    holds: Callable[[Any], bool]

    __test__ = False


@dataclass(frozen=True, slots=True)
class Condition:
    """All `tests` hold, one of `any_of` holds if there are any, and none of `none_of`."""

    tests: tuple[Test, ...] = ()
    any_of: tuple[Condition, ...] = ()
    none_of: tuple[Condition, ...] = ()

    def holds(self, arrival: Arrival) -> bool:
        for test in self.tests:
            if not test.holds(test.look(arrival)):
                return False
        if self.any_of and not any(condition.holds(arrival) for condition in self.any_of):
            return False
        return not any(condition.holds(arrival) for condition in self.none_of)

    def miss(self, arrival: Arrival) -> Miss | None:
        """None when it holds."""
        for test in self.tests:
            got = test.look(arrival)
            if not test.holds(got):
                return Miss(test.label, test.wanted, _told(got))
        if self.any_of:
            misses = [condition.miss(arrival) for condition in self.any_of]
            if all(misses):
                return Miss("any_of", f"one of {len(misses)}", "; ".join(map(str, misses)))
        if any(condition.holds(arrival) for condition in self.none_of):
            return Miss("none_of", "none to hold", "one that holds")
        return None


def compile_when(when: When) -> Condition:
    """Of the conditions; trigger, `nth` and `chance` are the engine's."""
    return Condition(
        tuple(_tests(when)),
        any_of=tuple(Condition(tuple(_tests(part))) for part in when.any_of or ()),
        none_of=tuple(Condition(tuple(_tests(part))) for part in when.none_of or ()),
    )


def _tests(conditions: Conditions) -> list[Test]:
    tests: list[Test] = []
    if conditions.provider is not None:
        tests.append(_listed("provider", conditions.provider, lambda arrival: arrival.provider))
    if conditions.currency is not None:
        currencies = tuple(currency.upper() for currency in conditions.currency)
        tests.append(_listed("currency", currencies, lambda arrival: arrival.facts.currency.upper()))
    if conditions.amount is not None:
        tests.append(_amount(conditions.amount))
    if conditions.ref is not None:
        tests.append(_text("ref", conditions.ref, lambda arrival: arrival.facts.ref))
    if conditions.method is not None:
        tests.append(_text("method", conditions.method, lambda arrival: arrival.facts.method))
    for name, wanted in (conditions.metadata or NOTHING).items():
        tests.append(_text(f"metadata.{name}", wanted, _metadata(name)))
    for name, wanted in (conditions.headers or NOTHING).items():
        tests.append(_text(f"headers.{name}", wanted, _header(name)))
    for name, wanted in (conditions.query or NOTHING).items():
        tests.append(_text(f"query.{name}", wanted, _query(name)))
    for path, wanted in (conditions.body or NOTHING).items():
        tests.append(_text(f"body {path}", wanted, _body(path)))
    return tests


def _listed(label: str, wanted: Sequence[str], look: Callable[[Arrival], str]) -> Test:
    return Test(label, " or ".join(wanted), look, frozenset(wanted).__contains__)


def _metadata(name: str) -> Callable[[Arrival], Any]:
    return lambda arrival: arrival.facts.metadata.get(name)


def _header(name: str) -> Callable[[Arrival], Any]:
    def look(arrival: Arrival) -> str | None:
        request = arrival.request
        return request.headers.get(name) if request and name in request.headers else None

    return look


def _query(name: str) -> Callable[[Arrival], Any]:
    def look(arrival: Arrival) -> str | None:
        if arrival.request is None:
            return None
        values = parse_qs(arrival.request.query, keep_blank_values=True).get(name)
        return values[0] if values else None

    return look


def _body(path: str) -> Callable[[Arrival], Any]:
    steps = path_steps(path)

    def look(arrival: Arrival) -> Any:
        value: Any = arrival.params
        for step in steps:
            if isinstance(step, int):
                value = value[step] if isinstance(value, Sequence) and step < len(value) else None
            else:
                value = value.get(step) if isinstance(value, Mapping) else None
        return value

    return look


def path_steps(path: str) -> tuple[str | int, ...]:
    """`$.a[0]['b']` as keys and indexes."""
    return tuple(
        int(match.group(2)) if match.group(2) else match.group(1) or match.group(3)
        for match in _STEP.finditer(path)
    )


def _amount(wanted: Decimal | AmountPattern) -> Test:
    if isinstance(wanted, Decimal):
        return Test("amount", str(wanted), _amount_of, lambda got: got == wanted)
    checks: list[Callable[[Decimal], bool]] = []
    if wanted.gt is not None:
        checks.append(wanted.gt.__lt__)
    if wanted.gte is not None:
        checks.append(wanted.gte.__le__)
    if wanted.lt is not None:
        checks.append(wanted.lt.__gt__)
    if wanted.lte is not None:
        checks.append(wanted.lte.__ge__)
    if wanted.between is not None:
        low, high = wanted.between
        checks.append(lambda got: low <= got <= high)
    if wanted.ends_with is not None:
        ending = wanted.ends_with
        checks.append(lambda got: format(got, "f").endswith(ending))
    if wanted.one_of is not None:
        checks.append(wanted.one_of.__contains__)
    return Test(
        "amount", _written(wanted), _amount_of, lambda got: got is not None and all(c(got) for c in checks)
    )


def _amount_of(arrival: Arrival) -> Decimal | None:
    return arrival.facts.amount


def _text(label: str, wanted: str | TextPattern, look: Callable[[Arrival], Any]) -> Test:
    if isinstance(wanted, str):
        return Test(label, wanted, look, lambda got: _as_text(got) == wanted)
    pattern = re.compile(wanted.regex) if wanted.regex is not None else None
    listed = frozenset(wanted.one_of) if wanted.one_of is not None else None
    absent = wanted.absent

    def holds(got: Any) -> bool:
        text = _as_text(got)
        if absent is not None and absent != (text == ""):
            return False
        return (
            (wanted.prefix is None or text.startswith(wanted.prefix))
            and (wanted.suffix is None or text.endswith(wanted.suffix))
            and (wanted.contains is None or wanted.contains in text)
            and (pattern is None or pattern.search(text) is not None)
            and (listed is None or text in listed)
        )

    return Test(label, _written(wanted), look, holds)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _written(pattern: TextPattern | AmountPattern) -> str:
    return ", ".join(f"{key} {_plainly(value)}" for key, value in pattern if value is not None)


def _plainly(value: Any) -> str:
    return " or ".join(map(str, value)) if isinstance(value, tuple) else _as_text(value)


def _told(value: Any) -> str:
    return _as_text(value) or "nothing"
