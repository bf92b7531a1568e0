"""What the strings of a form stand for by their schema: numbers, booleans, lists; never a guess."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from paydouble.contracts.schema import Schema, definition, types_of

Coercer = Callable[[object], object]

_INTEGER = re.compile(r"-?[0-9]{1,18}")     # fits 64 bits; any other text stays text, and is refused
_DECIMAL = re.compile(r"-?[0-9]{1,15}\.[0-9]{1,12}")
_INDEX = re.compile(r"[0-9]{1,6}")
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}


def coercer(bundle: Schema) -> Coercer:
    """A function from form strings to typed params; what has the wrong form is left for the contract.

    The schema of a form has no circles: a form is a finite text.
    """
    return _build(bundle, bundle) or _unchanged


def _unchanged(value: object) -> object:
    return value


def _build(bundle: Schema, schema: Schema) -> Coercer | None:
    """None where nothing at or below this schema is anything but text."""
    together = list(_together(bundle, schema))
    kinds = {kind for one in together for kind in types_of(one)}
    scalar = _scalar(kinds, together)
    members = _members(bundle, together)
    rest = _first(_build(bundle, one["additionalProperties"]) for one in together
                  if isinstance(one.get("additionalProperties"), dict))
    item = _first(_build(bundle, one["items"]) for one in together if "items" in one)
    if scalar is None and not members and rest is None and "array" not in kinds:
        return None
    as_list = _each(item or _unchanged) if "array" in kinds else None
    return _by_form(scalar, _named(members, rest), as_list)


def _together(bundle: Schema, schema: Schema) -> Iterable[Schema]:
    """The schema and all that speak of the same value, with references followed."""
    yield schema
    if "$ref" in schema:
        yield from _together(bundle, definition(bundle, schema["$ref"]))
    for keyword in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(keyword, ()):
            yield from _together(bundle, branch)


def _scalar(kinds: set[str], together: list[Schema]) -> Callable[[str], object] | None:
    """None if text may stay text: nothing else is wanted, or any text will do."""
    integers, booleans = bool(kinds & {"integer", "number"}), "boolean" in kinds
    any_text = any("string" in types_of(one) and not _listed(one) for one in together)
    if any_text or not (integers or booleans):
        return None
    words = {word for one in together for word in _listed(one)}
    decimals = "number" in kinds

    def scalar(text: str) -> object:
        if text in words:
            return text
        if booleans and text in _BOOLEANS:
            return _BOOLEANS[text]
        if decimals and _DECIMAL.fullmatch(text):
            return float(text)
        return int(text) if integers and _INTEGER.fullmatch(text) else text

    return scalar


def _listed(schema: Schema) -> list[str]:
    """The texts that a schema names one by one."""
    stated = [*schema.get("enum", ()), schema.get("const")]
    return [one for one in stated if isinstance(one, str)]


def _members(bundle: Schema, together: list[Schema]) -> dict[str, Coercer]:
    built = ((name, _build(bundle, inner))
             for one in together for name, inner in one.get("properties", {}).items())
    return {name: change for name, change in built if change is not None}


def _first(built: Iterable[Coercer | None]) -> Coercer | None:
    return next((one for one in built if one is not None), None)


def _named(members: dict[str, Coercer], rest: Coercer | None) -> Callable[[Mapping[str, object]], object]:
    if not members and rest is None:
        return _unchanged
    other = rest or _unchanged
    return lambda value: {name: members.get(name, other)(inner) for name, inner in value.items()}


def _each(item: Coercer) -> Callable[[list[object]], object]:
    return lambda values: [item(one) for one in values]


def _by_form(
    scalar: Callable[[str], object] | None,
    named: Callable[[Mapping[str, object]], object],
    as_list: Callable[[list[object]], object] | None,
) -> Coercer:
    def typed(value: object) -> object:
        if isinstance(value, str):
            return scalar(value) if scalar is not None else value
        if isinstance(value, list):
            return as_list(value) if as_list is not None else value
        if isinstance(value, Mapping):
            if as_list is not None and value and all(_INDEX.fullmatch(name) for name in value):
                return as_list([value[name] for name in sorted(value, key=int)])
            return named(value)
        return value

    return typed
