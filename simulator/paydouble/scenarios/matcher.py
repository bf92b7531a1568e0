"""Compiles `when:` to one predicate over an arrival, and says by which condition an arrival missed a rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from paydouble.core.clock import duration_text
from paydouble.core.http import HttpRequest
from paydouble.core.words import Facts
from paydouble.scenarios.regular import Regular

if TYPE_CHECKING:
    from paydouble.scenarios.conditions import (
        AmountPattern,
        Conditions,
        PaymentPattern,
        RateSpec,
        TextPattern,
        When,
        WindowSpec,
    )

_STEP = re.compile(r"\.([^.\[\]\s]+)|\[([0-9]{1,6})\]|\['([^']+)'\]")

NOTHING: Mapping[str, Any] = {}


class Arrival(NamedTuple):
    """What conditions look at: a call, an act or a notification. Acts and notifications have no request."""

    provider: str
    facts: Facts
    request: HttpRequest | None = None
    params: Mapping[str, Any] = NOTHING
    payment: Mapping[str, Any] = NOTHING
    """The summary of the payment that this is about; amounts as Decimals in major units."""
    elapsed: int = 0
    """Milliseconds of business time since the activation whose rule looks."""
    vars: Mapping[str, Any] = NOTHING
    """Of the scenario whose rule looks, as they are for this payment, or for this sandbox."""
    rates: tuple[int, ...] = ()
    """What the rates in `any_of` and `none_of` of the rule that looks have counted."""


@dataclass(frozen=True, slots=True)
class Miss:
    """The first condition that did not hold, as in: amount: wanted 13.01, got 13.02."""

    condition: str
    wanted: str
    got: str

    def __str__(self) -> str:
        return f"{self.condition}: wanted {self.wanted}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Equals:
    """One of these values, or with a `length`, a text that begins like one of them, which are so long."""

    values: tuple[Any, ...]
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """One condition: where it looks, what must hold there, and how its author wrote it."""

    label: str
    wanted: str
    look: Callable[[Arrival], Any]
    holds: Callable[[Any], bool]
    told: Callable[[Any], str] | None = None
    """How what was found there is told, where not as it is."""
    equals: Equals | None = None
    """Where it asks for nothing but that; so that many rules can be found by what arrives."""
    plainly: Callable[[Any], str] | None = None
    """Makes what was found there comparable with `equals`."""

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
                return Miss(test.label, test.wanted, (test.told or _told)(got))
        if self.any_of:
            misses = [condition.miss(arrival) for condition in self.any_of]
            if all(misses):
                return Miss("any_of", f"one of {len(misses)}", "; ".join(map(str, misses)))
        if any(condition.holds(arrival) for condition in self.none_of):
            return Miss("none_of", "none to hold", "one that holds")
        return None


def compile_when(when: When) -> Condition:
    """Of the conditions; trigger, `nth` and `chance` are the engine's."""
    rates = iter(range(len(nested_rates(when))))
    return Condition(
        tuple(_tests(when)),
        any_of=tuple(_nested(part, rates) for part in when.any_of or ()),
        none_of=tuple(_nested(part, rates) for part in when.none_of or ()),
    )


def nested_rates(when: When) -> list[RateSpec]:
    """Those of `any_of` and `none_of`, which count all that the rule looks at."""
    parts = (*(when.any_of or ()), *(when.none_of or ()))
    return [part.rate for part in parts if part.rate is not None]


def _nested(part: Conditions, rates: Iterator[int]) -> Condition:
    tests = _tests(part)
    if part.rate is not None:
        tests.append(_rate(part.rate, next(rates)))
    return Condition(tuple(tests))


def _rate(rate: RateSpec, index: int) -> Test:
    def look(arrival: Arrival) -> int:
        return arrival.rates[index] if index < len(arrival.rates) else 0

    return Test("rate", f"over {rate.over} per {duration_text(rate.per)}", look, lambda got: got > rate.over)


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
    for name, wanted in (conditions.vars or NOTHING).items():
        tests.append(_text(f"vars.{name}", wanted, _variable(name)))
    if conditions.payment is not None:
        tests += _payment(conditions.payment)
    if conditions.window is not None:
        tests.append(_window(conditions.window))
    return tests


def _payment(pattern: PaymentPattern) -> Iterator[Test]:
    for name, wanted in pattern:
        look = _summed_up(name)
        if wanted is None:
            continue
        if name in ("phase", "ref"):
            yield _text(f"payment.{name}", wanted, look)
        else:
            yield _amount(wanted, f"payment.{name}", look)


def _summed_up(name: str) -> Callable[[Arrival], Any]:
    return lambda arrival: arrival.payment.get(name)


def _window(window: WindowSpec) -> Test:
    start, end = window.start or 0, window.end
    told = " ".join(
        f"{word} {duration_text(edge)}" for word, edge in (("from", window.start), ("to", end))
        if edge is not None
    )

    def holds(elapsed: int) -> bool:
        return start <= elapsed and (end is None or elapsed < end)

    return Test("window", told, lambda arrival: arrival.elapsed, holds, _as_span)


def _as_span(elapsed: Any) -> str:
    return f"{duration_text(elapsed)} after the activation"


def _listed(label: str, wanted: Sequence[str], look: Callable[[Arrival], str]) -> Test:
    return Test(label, " or ".join(wanted), look, frozenset(wanted).__contains__)


def _metadata(name: str) -> Callable[[Arrival], Any]:
    return lambda arrival: arrival.facts.metadata.get(name)


def _variable(name: str) -> Callable[[Arrival], Any]:
    return lambda arrival: arrival.vars.get(name)


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


def _amount_of(arrival: Arrival) -> Decimal | None:
    return arrival.facts.amount


def _amount(
    wanted: Decimal | AmountPattern, label: str = "amount", look: Callable[[Arrival], Any] = _amount_of
) -> Test:
    if isinstance(wanted, Decimal):
        return Test(label, str(wanted), look, lambda got: got == wanted, equals=Equals((wanted,)))
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
    return Test(label, _written(wanted), look, lambda got: got is not None and all(c(got) for c in checks))


def _text(label: str, wanted: str | TextPattern, look: Callable[[Arrival], Any]) -> Test:
    if isinstance(wanted, str):
        equals = Equals((wanted,))
        return Test(label, wanted, look, lambda got: _as_text(got) == wanted, equals=equals, plainly=_as_text)
    pattern = wanted.regex
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
            and (pattern is None or pattern.search(text))
            and (listed is None or text in listed)
        )

    return Test(label, _written(wanted), look, holds, equals=_beginning(wanted), plainly=_as_text)


def _beginning(wanted: TextPattern) -> Equals | None:
    """What no text can do without that fits the pattern."""
    if wanted.one_of is not None:
        return Equals(wanted.one_of)
    return Equals((wanted.prefix,), len(wanted.prefix)) if wanted.prefix else None


def _as_text(value: Any) -> str:
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _written(pattern: TextPattern | AmountPattern) -> str:
    return ", ".join(f"{key} {_plainly(value)}" for key, value in pattern if value is not None)


def _plainly(value: Any) -> str:
    if isinstance(value, Regular):
        return value.pattern
    return " or ".join(map(str, value)) if isinstance(value, tuple) else _as_text(value)


def _told(value: Any) -> str:
    return _as_text(value) or "nothing"
