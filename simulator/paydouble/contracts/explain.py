"""Why a document breaks a contract: the same violations, in the same order, whichever engine said no.

On the hot path the engines only say yes or no, and each words its reasons differently. This walk covers the
keywords of the portable subset; a test holds it to the verdict of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from paydouble.contracts.schema import Schema, definition, types_of


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong. For a missing or unknown property, `pointer` includes its name."""

    pointer: str
    keyword: str
    message: str
    value: object
    expected: object
    label: str = ""     # the provider's own label of the field, where the contract has one


# Unknown parameters first, then missing ones, wrong types, values that are not on the list, and the rest.
_PRECEDENCE = {"additionalProperties": 0, "required": 1, "type": 2, "enum": 3, "const": 3}
_LAST = 4

_KINDS: dict[str, type] = {"string": str, "boolean": bool, "object": dict, "array": list, "null": type(None)}


def explain(bundle: Schema, document: object) -> tuple[Violation, ...]:
    """All violations, those of one kind in the order of the contract; empty if there is none."""
    found: dict[tuple[str, str], Violation] = {}
    for one in _walk(bundle, bundle, document, ""):
        found.setdefault((one.pointer, one.keyword), one)
    return tuple(sorted(found.values(), key=lambda one: _PRECEDENCE.get(one.keyword, _LAST)))


def _walk(bundle: Schema, schema: Schema, value: object, at: str) -> Iterator[Violation]:
    title = schema.get("title", "")
    for one in _faults(bundle, schema, value, at):
        yield replace(one, label=title) if title and one.pointer == at else one


def _faults(bundle: Schema, schema: Schema, value: object, at: str) -> Iterator[Violation]:
    if (kinds := types_of(schema)) and not any(_is(value, kind) for kind in kinds):
        yield Violation(at, "type", f"must be {' or '.join(kinds)}", value, schema["type"])
        return      # what else the schema says is about the right type
    for keyword, check in _CHECKS.items():
        if keyword in schema and (message := check(schema[keyword], value)):
            yield Violation(at, keyword, message, value, schema[keyword])
    if isinstance(value, dict):
        yield from _object(bundle, schema, value, at)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _walk(bundle, schema["items"], item, f"{at}/{index}")
    yield from _combined(bundle, schema, value, at)


def _object(bundle: Schema, schema: Schema, value: dict[str, object], at: str) -> Iterator[Violation]:
    properties: dict[str, Schema] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            title = properties.get(name, {}).get("title", "")
            yield Violation(_under(at, name), "required", "is required", None, name, title)
    for name, inner in properties.items():
        if name in value:
            yield from _walk(bundle, inner, value[name], _under(at, name))
    closed = False in (schema.get("additionalProperties"), schema.get("unevaluatedProperties"))
    others = schema.get("additionalProperties")
    for name in (one for one in value if one not in properties):
        if closed:
            yield Violation(_under(at, name), "additionalProperties", "is not known", name, [*properties])
        elif isinstance(others, dict):
            yield from _walk(bundle, others, value[name], _under(at, name))


def _combined(bundle: Schema, schema: Schema, value: object, at: str) -> Iterator[Violation]:
    for branch in schema.get("allOf", ()):
        yield from _walk(bundle, branch, value, at)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            yield from _choice(bundle, schema, keyword, value, at)
    if "not" in schema and not any(_walk(bundle, schema["not"], value, at)):
        yield Violation(at, "not", "must not have this form", value, schema["not"])
    if "if" in schema:
        holds = not any(_walk(bundle, schema["if"], value, at))
        yield from _walk(bundle, schema.get("then" if holds else "else", {}), value, at)
    if "$ref" in schema:
        yield from _walk(bundle, definition(bundle, schema["$ref"]), value, at)


def _choice(bundle: Schema, schema: Schema, keyword: str, value: object, at: str) -> Iterator[Violation]:
    """Where no branch fits, the faults of the one most likely meant: of the right kind, and fewest."""
    tried = [list(_walk(bundle, branch, value, at)) for branch in schema[keyword]]
    fitting = sum(not faults for faults in tried)
    if not fitting:
        yield from min(tried, key=lambda faults: (any(_other_kind(one, at) for one in faults), len(faults)))
    elif fitting > 1 and keyword == "oneOf":
        yield Violation(at, "oneOf", "fits more than one of the alternatives", value, schema["oneOf"])


def _other_kind(fault: Violation, at: str) -> bool:
    return fault.pointer == at and fault.keyword in ("type", "const", "enum")


def _under(at: str, name: str) -> str:
    return f"{at}/{name.replace('~', '~0').replace('/', '~1')}"


def _is(value: object, kind: str) -> bool:
    match kind:
        case "integer":
            return _whole(value) or (isinstance(value, int) and not isinstance(value, bool))
        case "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case _:
            return isinstance(value, _KINDS[kind])


def _whole(value: object) -> bool:
    return isinstance(value, float) and value.is_integer()


def _same(left: object, right: object) -> bool:
    """Equality as JSON has it: true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _one_of(options: list[object], value: object) -> str:
    return "" if any(_same(value, one) for one in options) else "is not one of the allowed values"


def _exactly(only: object, value: object) -> str:
    return "" if _same(value, only) else f"must be {only!r}"


def _at_least(limit: int, value: object) -> str:
    return f"is less than {limit}" if _is(value, "number") and value < limit else ""    # type: ignore[operator]


def _at_most(limit: int, value: object) -> str:
    return f"is more than {limit}" if _is(value, "number") and value > limit else ""    # type: ignore[operator]


def _matching(pattern: str, value: object) -> str:
    matches = not isinstance(value, str) or _pattern(pattern).search(value)
    return "" if matches else f"does not match {pattern}"


def _long_enough(limit: int, value: object) -> str:
    return f"is shorter than {limit}" if isinstance(value, (str, list)) and len(value) < limit else ""


def _short_enough(limit: int, value: object) -> str:
    return f"is longer than {limit}" if isinstance(value, (str, list)) and len(value) > limit else ""


def _only(kind: type, check: Callable[[int, object], str]) -> Callable[[int, object], str]:
    return lambda limit, value: check(limit, value) if isinstance(value, kind) else ""


# fmt: off
_CHECKS: dict[str, Callable[..., str]] = {
    "enum":      _one_of,
    "const":     _exactly,
    "minimum":   _at_least,
    "maximum":   _at_most,
    "minLength": _only(str, _long_enough),
    "maxLength": _only(str, _short_enough),
    "pattern":   _matching,
    "minItems":  _only(list, _long_enough),
    "maxItems":  _only(list, _short_enough),
}
# fmt: on
