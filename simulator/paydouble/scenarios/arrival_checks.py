"""Mistakes in rules on connections, in windows, and in effects that go with one kind of arrival only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paydouble.core.clock import parse_duration
from paydouble.scenarios.messages import Problem
from paydouble.scenarios.positions import Path, Source, key_node
from paydouble.scenarios.vocabulary import covers

STATEMENTS = "statement.download"
REQUEST_CONDITIONS = (
    "provider", "amount", "currency", "ref", "method", "metadata", "headers", "query", "body", "payment",
    "per",
)
CONNECTION_EFFECTS = ("connect",)
OWN_PORT = "add 'settings: {listener: dedicated}'; before the first byte nothing tells sandboxes apart"

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ArrivalChecker:
    """The checks of one document's rules."""

    source: Source
    root: Any
    dedicated: bool
    """The file's listener."""

    def problems(self, rule: Said, path: Path) -> Iterator[Problem]:
        when, then = _mapping(rule, "when"), _mapping(rule, "then")
        if "connection" in when:
            yield from self._connection(when, then, path)
        elif "connect" in then:
            message = "'connect' goes with 'when: {connection: any}' only"
            yield self._at("SC032", (*path, "then", "connect"), message)
        yield from self._conditions(when, (*path, "when"))
        yield from self._effects(when, then, (*path, "then"))

    def _at(self, code: str, path: Path, message: str, help: str = "") -> Problem:
        return self.source.problem_at(code, message, key_node(self.root, path), help=help)

    def _connection(self, when: Said, then: Said, path: Path) -> Iterator[Problem]:
        if not self.dedicated:
            here = (*path, "when", "connection")
            yield self._at("SC037", here, "connection rules need a port of their own", OWN_PORT)
        for key in REQUEST_CONDITIONS:
            if key in when:
                message = f"'{key}' is about a request, and this rule is about a connection"
                yield self._at("SC032", (*path, "when", key), message)
        for key in then:
            if key not in CONNECTION_EFFECTS:
                message = f"a rule on a connection cannot have '{key}'; it can only have 'connect'"
                yield self._at("SC032", (*path, "then", key), message)
        connect = _mapping(then, "connect")
        if "hold" in connect and connect.get("fault") != "accept_then_silence":
            here = (*path, "then", "connect", "hold")
            yield self._at("SC032", here, "'hold' belongs to the fault 'accept_then_silence'")

    def _conditions(self, when: Said, path: Path) -> Iterator[Problem]:
        places = [(when, path)]
        for name in ("any_of", "none_of"):
            parts = when.get(name)
            for index, part in enumerate(parts if isinstance(parts, list) else []):
                if isinstance(part, dict):
                    places.append((part, (*path, name, index)))
        for conditions, place in places:
            if conditions.get("payment") == {}:
                yield self._at("SC020", (*place, "payment"), "'payment' is an empty condition")
            window = conditions.get("window")
            if isinstance(window, dict):
                yield from self._window(window, (*place, "window"))

    def _window(self, window: Said, path: Path) -> Iterator[Problem]:
        start, end = _span(window.get("from")), _span(window.get("to"))
        if not window:
            yield self._at("SC020", path, "'window' needs 'from', 'to' or both")
        elif end is not None and end <= (start or 0):
            yield self._at("SC032", (*path, "to"), "this window ends before it begins")

    def _effects(self, when: Said, then: Said, path: Path) -> Iterator[Problem]:
        if "statement" in then:
            yield from self._statement(when, then["statement"], (*path, "statement"))
        if "python" in then and len(then) > 1:
            message = "'python' returns all that this rule does, so nothing can stand beside it"
            yield self._at("SC032", (*path, "python"), message)

    def _statement(self, when: Said, statement: Any, path: Path) -> Iterator[Problem]:
        operations = when.get("operation")
        named = operations if isinstance(operations, list) else [operations]
        fitting = any(isinstance(each, str) and covers(each, STATEMENTS) for each in named)
        if operations is not None and not fitting:
            yield self._at("SC032", path, f"'statement' goes with the operation '{STATEMENTS}' only")
        elif "notification" in when:
            message = "a rule on a notification cannot have 'statement'; it can only have 'notify'"
            yield self._at("SC032", path, message)
        if statement == {}:
            yield self._at("SC020", path, "'statement' does not say what to do")
        altered = statement.get("alter") if isinstance(statement, dict) else None
        for index, row in enumerate(altered if isinstance(altered, list) else []):
            if isinstance(row, dict) and not {"amount", "fee"} & row.keys():
                yield self._at("SC020", (*path, "alter", index), "'alter' needs 'amount', 'fee' or both")


def _mapping(data: Said, key: str) -> Said:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _span(value: object) -> int | None:
    try:
        return parse_duration(value) if isinstance(value, str) else None
    except ValueError:
        return None
