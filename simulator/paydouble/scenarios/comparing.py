"""Whether a value is as it was wanted: numbers by comparison, text by pattern, several names of one thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from paydouble.scenarios.regular import NotRegular, Regular

COMPARISONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = MappingProxyType({
    "eq": lambda got, wanted: got == wanted, "gte": lambda got, wanted: got >= wanted,
    "lte": lambda got, wanted: got <= wanted, "gt": lambda got, wanted: got > wanted,
    "lt": lambda got, wanted: got < wanted,
})
PATTERNS = ("prefix", "suffix", "contains", "regex", "one_of", "absent")


class BadExpectation(ValueError):
    """It is not an expectation; the text says what it should be."""


def holds(got: Any, wanted: Any) -> bool:
    """A tuple is what goes by several names; a list of wanted values means any of them."""
    if isinstance(wanted, list):
        return any(holds(got, each) for each in wanted)
    if isinstance(got, tuple):
        return any(holds(each, wanted) for each in got)
    if isinstance(got, Decimal | int) and not isinstance(got, bool):
        compared = comparisons(wanted).items()
        return all(COMPARISONS[how](Decimal(got), Decimal(str(than))) for how, than in compared)
    if isinstance(wanted, Mapping):
        return all(_fits(how, str(got), than) for how, than in wanted.items())
    return bool(got == wanted)


def comparisons(wanted: Any) -> Mapping[str, Any]:
    return wanted if isinstance(wanted, Mapping) else {"eq": int(wanted) if wanted is True else wanted}


def _fits(how: str, text: str, pattern: Any) -> bool:
    match how:
        case "prefix":
            return text.startswith(str(pattern))
        case "suffix":
            return text.endswith(str(pattern))
        case "contains":
            return str(pattern) in text
        case "one_of":
            return text in map(str, pattern if isinstance(pattern, list) else [pattern])
        case "absent":
            return (text == "") is bool(pattern)
    return _accepts(str(pattern), text)


def _accepts(pattern: str, text: str) -> bool:
    return Regular(pattern).search(text)


def check_number(place: str, wanted: Any) -> None:
    """Raises BadExpectation."""
    for how, than in comparisons(wanted).items():
        if how not in COMPARISONS:
            raise BadExpectation(f"{place}: '{how}' is none of {', '.join(COMPARISONS)}")
        try:
            Decimal(str(than))
        except InvalidOperation:
            raise BadExpectation(f"{place}: {than!r} is not a number") from None


def check_text(place: str, wanted: Any) -> None:
    """Raises BadExpectation."""
    if isinstance(wanted, Mapping):
        for how in wanted:
            if how not in PATTERNS:
                raise BadExpectation(f"{place}: '{how}' is none of {', '.join(PATTERNS)}")
        if "regex" in wanted:
            _check_regular(place, str(wanted["regex"]))


def _check_regular(place: str, pattern: str) -> None:
    try:
        Regular(pattern)
    except NotRegular as error:
        raise BadExpectation(f"{place}: '{pattern}': {error}") from None


def nearest(conditions: Mapping[str, Any], seen: Iterable[Mapping[str, Any]]) -> str:
    """What the one with the most conditions met has in the place of the others."""
    ranked = sorted(seen, key=lambda each: sum(holds(each[n], w) for n, w in conditions.items()))
    if not ranked:
        return ""
    best = ranked[-1]
    amiss = [name for name, wanted in conditions.items() if not holds(best[name], wanted)]
    return told({name: best[name] for name in amiss})


def told(conditions: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_text(value)}" for name, value in conditions.items()) or "any properties"


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " alias ".join(map(str, value))
    if isinstance(value, Mapping):
        return " and ".join(f"{how} {than}" for how, than in value.items())
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)
