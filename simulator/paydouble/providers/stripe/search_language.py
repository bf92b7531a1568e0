"""The query language of the Search API: clauses, what they match, and what is wrong with a query.

https://docs.stripe.com/search#search-query-language
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from paydouble.providers.stripe.errors import Errors

CLAUSES_MAX = 10
SUBSTRING_LENGTH_MIN = 3

_CLAUSE = re.compile(
    r"""(?P<not>-?)(?P<field>[a-z_0-9]+(?:\.[a-z_0-9]+)*)
        (?:\[(?P<quote>["'])(?P<key>(?:\\.|(?!(?P=quote)).)*)(?P=quote)\])?
        \s*(?P<op>>=|<=|[:~<>])\s*
        (?:(?P<q2>["'])(?P<text>(?:\\.|(?!(?P=q2)).)*)(?P=q2)|(?P<bare>[^\s"']+))""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_JOINT = re.compile(r"\s+(?:(and|or)\s+)?", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Kind(Enum):
    """What a field can be asked for."""

    TOKEN = "token"
    """Exactly this, whatever the case."""
    STRING = "string"
    """That, or a part of it."""
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition. `value` is None for null."""

    negated: bool
    field: str
    key: str
    """Of the metadata; empty for other fields."""
    op: str
    value: str | int | None

    def matches(self, shape: Mapping[str, Any]) -> bool:
        return self._holds(_found(shape, self.field, self.key)) is not self.negated

    def _holds(self, found: object) -> bool:
        if self.value is None:
            return found in (None, "")
        if isinstance(self.value, int):
            number = found if isinstance(found, int) else None
            return number is not None and _COMPARED[self.op](number, self.value)
        text = str(found).lower() if found is not None else ""
        return self.value.lower() in text if self.op == "~" else self.value.lower() == text


_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    ":": lambda found, value: found == value,
    ">": lambda found, value: found > value,
    "<": lambda found, value: found < value,
    ">=": lambda found, value: found >= value,
    "<=": lambda found, value: found <= value,
}


@dataclass(frozen=True, slots=True)
class Query:
    """All of the clauses must hold, or any."""

    clauses: tuple[Clause, ...]
    any_of: bool = False

    def matches(self, shape: Mapping[str, Any]) -> bool:
        hold = (clause.matches(shape) for clause in self.clauses)
        return any(hold) if self.any_of else all(hold)


def _found(shape: Mapping[str, Any], field: str, key: str) -> object:
    value: Any = shape
    for name in field.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if key:
        return value.get(key) if isinstance(value, Mapping) else None
    return value


def parsed(text: str, fields: Mapping[str, Kind]) -> Query:
    """Raises ProviderError where the query is none, or asks for what this resource does not have."""
    clauses: list[Clause] = []
    joints: set[str] = set()
    at, text = 0, text.strip()
    while True:
        found = _CLAUSE.match(text, at)
        if found is None:
            raise _unreadable()
        clauses.append(_clause(found, fields))
        at = found.end()
        if at == len(text):
            break
        joint = _JOINT.match(text, at)
        if joint is None:
            raise _unreadable()
        joints.add((joint[1] or "and").lower())
        at = joint.end()
    if len(joints) > 1:
        raise _refused("You can't combine AND and OR in the same query.")
    if len(clauses) > CLAUSES_MAX:
        raise _refused(f"A query can have up to {CLAUSES_MAX} clauses; yours has {len(clauses)}.")
    return Query(tuple(clauses), joints == {"or"})


def _clause(found: re.Match[str], fields: Mapping[str, Kind]) -> Clause:
    field, key, op = found["field"].lower(), found["key"], found["op"]
    kind = fields.get(field)
    if kind is None or (key is not None) is not (field == "metadata"):
        raise _refused(
            f"Field `{field}` is an unsupported search field for this resource. See "
            "https://stripe.com/docs/search#query-fields for a list of supported fields."
        )
    value = _value(found, field, kind, op)
    if op in ("<", ">", "<=", ">=") and kind is not Kind.NUMBER:
        raise _refused(f"Field `{field}` does not support the operator `{op}`: it is not numeric.")
    if op == "~" and (kind is not Kind.STRING or value is None):
        raise _refused(f"Field `{field}` does not support substring search.")
    if op == "~" and len(str(value)) < SUBSTRING_LENGTH_MIN:
        raise _refused(f"A substring must have at least {SUBSTRING_LENGTH_MIN} characters.")
    return Clause(found["not"] == "-", field, _plain(key or ""), op, value)


def _value(found: re.Match[str], field: str, kind: Kind, op: str) -> str | int | None:
    text, bare = found["text"], found["bare"]
    if bare is not None and bare.lower() == "null" and op == ":":
        return None
    if kind is Kind.NUMBER:
        number = bare if bare is not None else text
        if not re.fullmatch(r"-?[0-9]{1,18}", number):
            raise _refused(f"Field `{field}` is numeric, and `{number}` is no whole number.")
        return int(number)
    if text is None:
        raise _refused(f"The value of field `{field}` must stand in quotes.")
    return _plain(text)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


def _unreadable() -> Exception:
    return _refused(
        'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query '
        'for metadata or `field:"value"` for other fields.'
    )


def _refused(message: str) -> Exception:
    return Errors.PARAMETER_INVALID(message, param="query")
