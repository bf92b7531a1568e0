"""`${{ vars.x }}`: replaced after YAML is parsed, so that a value can never break the structure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from paydouble.scenarios.messages import PROBLEMS_MAX, Problem, did_you_mean
from paydouble.scenarios.positions import Path, Source, value_node
from paydouble.scenarios.yaml12 import scalar

ROOTS = ("vars", "env", "matrix", "provider", "steps", "payment")
PLAYED = ("given", "steps", "expect")
"""The parts of a file whose expressions may wait until they are played."""
KNOWN_WHEN_PLAYED = ("provider", "steps", "payment")

# No brace may stand inside but a single closing one: so an expression that is not closed ends the search.
_EXPRESSION = re.compile(r"\$\{\{([^{}]*(?:\}(?!\})[^{}]*)*)\}\}")
_FILTER = re.compile(r"(default)\((.*)\)|(string|upper|lower)")
_ROOT = re.compile(r"([a-z]+)(?:\.|$)")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LITERAL = re.compile(r"'[^']*'|\"[^\"]*\"|[-+]?[0-9][0-9.]*|true|false|null")


class Unusable(Exception):
    """An expression that has no value; `code` as in the problems of a file."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


class _Later(Exception):
    """Its value is known only when it is played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What expressions can look up. None: not known yet."""

    vars: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    matrix: Mapping[str, Any] = field(default_factory=dict)
    provider: str | None = None
    steps: Mapping[str, Any] | None = None
    payment: Mapping[str, Any] | None = None

    def root(self, name: str) -> Any:
        return getattr(self, name)


@dataclass(slots=True)
class Substitution:
    """One pass over a document; problems collect, and an expression that failed stays as written."""

    source: Source
    root: Any
    known: Known
    problems: list[Problem] = field(default_factory=list)

    def apply(self, data: Any, path: Path = ()) -> Any:
        if isinstance(data, dict):
            return {key: self.apply(value, (*path, key)) for key, value in data.items()}
        if isinstance(data, list):
            return [self.apply(value, (*path, index)) for index, value in enumerate(data)]
        if not is_deferred(data):
            return data
        try:
            return _evaluated(data, self.known, patient=bool(path) and path[0] in PLAYED)
        except Unusable as error:
            if len(self.problems) >= PROBLEMS_MAX:
                return data
            node = value_node(self.root, path)
            self.problems.append(self.source.problem_at(error.code, error.message, node, help=error.help))
            return data


def is_deferred(value: object) -> bool:
    """Whether there is an expression in it that has not been replaced."""
    return isinstance(value, str) and "${{" in value


def evaluated(data: Any, known: Known) -> Any:
    """Data of a step, at the moment when it is played. Raises Unusable."""
    if isinstance(data, Mapping):
        return {key: evaluated(value, known) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [evaluated(value, known) for value in data]
    return _evaluated(data, known, patient=False) if is_deferred(data) else data


def _evaluated(text: str, known: Known, *, patient: bool) -> Any:
    """`patient`: what is not known yet stays as it is written."""
    whole = _EXPRESSION.fullmatch(text)
    # A scalar that is nothing but one expression keeps the value's type.
    if whole and "}}" not in whole.group(1):
        return _value(whole, known, patient)
    return _EXPRESSION.sub(lambda match: written(_value(match, known, patient)), text)


def _value(found: re.Match[str], known: Known, patient: bool) -> Any:
    subject, *filters = (part.strip() for part in _split(found.group(1)))
    steps = [_filter(text) for text in filters]
    try:
        value = _look_up(subject, known, optional=any(step.has_default for step in steps))
    except _Later:
        if patient:
            return found.group(0)
        raise Unusable("SC020", f"'{subject}' is known only when a story is played",
                       "it can stand in 'given', 'steps' and 'expect'") from None
    for step in steps:
        value = step.apply(value)
    return value


def _split(expression: str) -> list[str]:
    """At each `|` that is in no quotes."""
    masked = _QUOTED.sub(lambda match: "x" * len(match.group()), expression)
    parts, start = [], 0
    for place, char in enumerate(masked):
        if char == "|":
            parts.append(expression[start:place])
            start = place + 1
    return [*parts, expression[start:]]


def _look_up(subject: str, known: Known, *, optional: bool) -> Any:
    if _LITERAL.fullmatch(subject):
        return _literal(subject)
    match = _ROOT.match(subject)
    name = match.group(1) if match else ""
    if name not in ROOTS or (subject == name) is not (name == "provider"):
        advice = did_you_mean(name, ROOTS) if match else ""
        raise Unusable("SC020", f"'{subject}' is not an expression; write it like vars.name", advice)
    value = known.root(name)
    if value is None:
        raise _Later
    if name == "env":
        return _variable(subject.removeprefix("env."), value, optional)
    return value if name == "provider" else _below(subject.split(".")[1:], name, value, optional)


def _variable(name: str, env: Mapping[str, str], optional: bool) -> str | None:
    if name not in env and not optional:
        raise Unusable("SC035", f"the environment has no variable '{name}'",
                       f"set it, or write env.{name}|default(…)")
    return env.get(name)


def _below(names: list[str], root: str, value: Any, optional: bool) -> Any:
    for name in names:
        if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
            continue
        if not isinstance(value, Mapping) or name not in value:
            if optional:
                return None
            known = [str(key) for key in value] if isinstance(value, Mapping) else []
            raise Unusable("SC035", _unknown(root, name), did_you_mean(name, known))
        value = value[name]
    return value


def _unknown(root: str, name: str) -> str:
    match root:
        case "steps":
            return f"no step has saved '{name}'"
        case "payment":
            return f"a payment has no '{name}'"
    return f"there is no variable '{name}' in '{root}'"


@dataclass(frozen=True, slots=True)
class _Filter:
    apply: Callable[[Any], Any]
    has_default: bool = False


def _filter(text: str) -> _Filter:
    match = _FILTER.fullmatch(text)
    if match is None:
        advice = did_you_mean(text, ("default(x)", "string", "upper", "lower"))
        raise Unusable("SC020", f"'{text}' is not a filter", advice)
    if match.group(1):
        fallback = _literal(match.group(2).strip())
        return _Filter(lambda value: fallback if value is None else value, has_default=True)
    return _Filter(
        {"string": written, "upper": lambda v: written(v).upper(), "lower": lambda v: written(v).lower()}[
            text
        ]
    )


def _literal(text: str) -> Any:
    return text[1:-1] if _QUOTED.fullmatch(text) else scalar(text)


def written(value: Any) -> str:
    """A value inside a longer text, as YAML would write it; nothing for null."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def exact(value: Any) -> Any:
    """Values that came as JSON or from Python: a float means the decimal it prints as."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {str(key): exact(below) for key, below in value.items()}
    return [exact(below) for below in value] if isinstance(value, list | tuple) else value
