"""From pydantic's errors to problems of ours: code, words, the nearest right word, and place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from paydouble.scenarios import vocabulary
from paydouble.scenarios.messages import Problem, did_you_mean, shown
from paydouble.scenarios.positions import Node, Path, Source, key_node, value_node

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

VERBS_OF = frozenset({"steps", "expect", "wait_for", "latency", "delay", "timeline", "enter"})
"""Places whose keys are verbs: exactly one of them says what is meant."""

# What pydantic calls a value of the wrong shape.
_SHAPES = {
    "model_type": "a mapping", "dict_type": "a mapping", "list_type": "a list", "tuple_type": "a list",
    "model_attributes_type": "a mapping",
}  # fmt: skip


class Told:
    """Turns pydantic's errors into ours: code, words and place."""

    def __init__(self, source: Source, root: Node) -> None:
        self._source = source
        self._root = root

    def problem(self, error: ErrorDetails) -> Problem:
        kind, context = error["type"], error.get("ctx", {})
        path = _without_tags(error["loc"], named=kind == "extra_forbidden")
        if path and path[-1] == "[key]":
            path, at_key = path[:-1], True
        else:
            at_key = kind == "extra_forbidden"
        code, message, advice = self._words(kind, context, path, error)
        if kind == "missing":
            node = key_node(self._root, path[:-1])
        else:
            node = key_node(self._root, path) if at_key else value_node(self._root, path)
        return self._source.problem_at(code, message, node, help=advice)

    def _words(
        self, kind: str, context: Mapping[str, Any], path: Path, error: ErrorDetails
    ) -> tuple[str, str, str]:
        match kind:
            case "SC020":
                return kind, context["message"], context["help"]
            case "SC011":
                return self._not_allowed(path, context)
            case "extra_forbidden":
                return self._unknown_key(path)
            case "missing":
                return self._missing(path)
            case "too_short":
                return "SC020", f"'{_place(path)}' must not be empty", ""
            case "too_long":
                return "SC020", f"'{_place(path)}' takes {context['max_length']} values", ""
        wanted = _SHAPES.get(kind, "of another form")
        return (
            "SC020",
            f"{shown(error['input'])} is not allowed for '{_place(path)}'; it must be {wanted}",
            "",
        )

    def _not_allowed(self, path: Path, context: Mapping[str, Any]) -> tuple[str, str, str]:
        place, value = _place(path), context["value"]
        if (place, value.strip("'")) in vocabulary.VALUES_NOT_AVAILABLE:
            return "SC090", f"{value} for '{place}' is not available in this version of the language", ""
        advice = did_you_mean(value.strip("'"), context["allowed"])
        return "SC011", f"{value} is not allowed for '{place}'", advice

    def _unknown_key(self, path: Path) -> tuple[str, str, str]:
        key, place = str(path[-1]), _place(path[:-1])
        told = shown(key)
        if key in vocabulary.NOT_AVAILABLE.get(place, ()):
            here = f" in '{place}'" if place else ""
            message = f"'{key}'{here} is not available in this version of the language"
            return "SC090", message, "leave it out, or use a version that has it"
        advice = did_you_mean(key, _keys_allowed(path[:-1]))
        if place in VERBS_OF:
            return "SC013", f"unknown verb {told} in '{place}'", advice
        if key == "<<":
            advice = "merge keys are no part of YAML 1.2; use an alias for a whole value"
        return "SC010", f"unknown key {told} in '{place}'" if place else f"unknown key {told}", advice

    def _missing(self, path: Path) -> tuple[str, str, str]:
        if isinstance(path[-1], int):
            return "SC020", f"'{_place(path)}' takes two values", ""
        place = _place(path[:-1])
        advice = "add 'schema: 1'" if path == ("schema",) else ""
        where = f" in '{place}'" if place else ""
        if len(path) > 1 and isinstance(path[-2], int):
            where = f" in this item of '{place}'"
        return "SC012", f"'{path[-1]}' is missing{where}", advice


def _without_tags(path: Path, *, named: bool) -> Path:
    """Pydantic puts a union's tag into the path; `named`: the last part is a key, whatever it looks like."""
    from paydouble.scenarios.conditions import MAPPING, PLAIN

    above, last = (path[:-1], path[-1:]) if named else (path, ())
    return (*(part for part in above if part not in (PLAIN, MAPPING)), *last)


def _place(path: Path) -> str:
    """The nearest key: what people call the place."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _keys_allowed(path: Path) -> list[str]:
    """The keys that the models know at this place."""
    from paydouble.scenarios.document import Document

    models: list[type[BaseModel]] = [Document]
    for part in path:
        if isinstance(part, str):
            below = [found for model in models for found in _models_under(model, part)]
            models = below or models
    return [field.alias or name for model in models for name, field in model.model_fields.items()]


def _models_under(model: type[BaseModel], key: str) -> list[type[BaseModel]]:
    for name, field in model.model_fields.items():
        if (field.alias or name) == key:
            return list(_models_in(field.annotation))
    return []


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
