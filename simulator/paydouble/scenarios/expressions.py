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

ROOTS_OF_FULL_LANGUAGE = ("env", "matrix", "provider", "steps", "payment")

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_FILTER = re.compile(r"(default)\((.*)\)|(string|upper|lower)")
_ROOT = re.compile(r"([a-z]+)(?:\.|$)")


class _Unusable(Exception):
    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


@dataclass(slots=True)
class Substitution:
    """One pass over a document; problems collect, and an expression that failed stays as written."""

    source: Source
    root: Any
    vars: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)

    def apply(self, data: Any, path: Path = ()) -> Any:
        if isinstance(data, dict):
            return {key: self.apply(value, (*path, key)) for key, value in data.items()}
        if isinstance(data, list):
            return [self.apply(value, (*path, index)) for index, value in enumerate(data)]
        if not isinstance(data, str) or "${{" not in data:
            return data
        try:
            return self._evaluated(data)
        except _Unusable as error:
            if len(self.problems) >= PROBLEMS_MAX:
                return data
            node = value_node(self.root, path)
            self.problems.append(self.source.problem_at(error.code, error.message, node, help=error.help))
            return data

    def _evaluated(self, text: str) -> Any:
        whole = _EXPRESSION.fullmatch(text)
        # A scalar that is nothing but one expression keeps the value's type.
        if whole and "}}" not in whole.group(1):
            return self._value(whole.group(1))
        return _EXPRESSION.sub(lambda match: written(self._value(match.group(1))), text)

    def _value(self, expression: str) -> Any:
        subject, *filters = (part.strip() for part in expression.split("|"))
        steps = [_filter(text) for text in filters]
        fallback = any(step.has_default for step in steps)
        value = self._look_up(subject, optional=fallback)
        for step in steps:
            value = step.apply(value)
        return value

    def _look_up(self, subject: str, *, optional: bool) -> Any:
        root = _ROOT.match(subject)
        if root and root.group(1) in ROOTS_OF_FULL_LANGUAGE:
            raise _Unusable("SC090", f"'{root.group(1)}' in expressions is not available in this version")
        if not root or root.group(1) != "vars" or subject == "vars":
            raise _Unusable("SC020", f"'{subject}' is not an expression; write it like vars.name")
        value: Any = self.vars
        for name in subject.removeprefix("vars.").split("."):
            if not isinstance(value, Mapping) or name not in value:
                if optional:
                    return None
                known = [str(key) for key in value] if isinstance(value, Mapping) else []
                raise _Unusable(
                    "SC035", f"there is no variable '{name}' in 'vars'", did_you_mean(name, known)
                )
            value = value[name]
        return value


@dataclass(frozen=True, slots=True)
class _Filter:
    apply: Callable[[Any], Any]
    has_default: bool = False


def _filter(text: str) -> _Filter:
    match = _FILTER.fullmatch(text)
    if match is None:
        advice = did_you_mean(text, ("default(x)", "string", "upper", "lower"))
        raise _Unusable("SC020", f"'{text}' is not a filter", advice)
    if match.group(1):
        fallback = scalar(match.group(2).strip("'\""))
        return _Filter(lambda value: fallback if value is None else value, has_default=True)
    return _Filter(
        {"string": written, "upper": lambda v: written(v).upper(), "lower": lambda v: written(v).lower()}[
            text
        ]
    )


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
