"""From (method, path, selector) to an operation; a literal segment beats a variable, from left to right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from paydouble.core.operation import Operation


class Match(NamedTuple):
    operation: Operation
    path: Mapping[str, str]


class Miss(NamedTuple):
    """No route. `methods` is not empty where only the method is wrong."""

    methods: tuple[str, ...]
    nearest: str


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    ends: dict[tuple[str, str], tuple[Operation, tuple[str, ...]]] = field(default_factory=dict)
    """(method, selector) → operation and the names of its variables."""


class Router:
    """The routes of one API, compiled once."""

    def __init__(self, api: str, operations: Iterable[Operation]) -> None:
        self._root = _Node()
        self._templates: list[str] = []
        for operation in operations:
            for route in operation.routes:
                if route.api == api:
                    self._add(operation, route.method, route.path, route.selector)

    def _add(self, operation: Operation, method: str, path: str, selector: str) -> None:
        node, names = self._root, []
        for segment in path.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
        key = (method, selector)
        assert key not in node.ends, f"two operations on {method} {path} {selector}"
        node.ends[key] = (operation, tuple(names))
        self._templates.append(path)

    def match(self, method: str, path: str, selector: str = "") -> Match | Miss:
        """`path` is decoded, as in an envelope."""
        segments = path.split("/")[1:]
        straight = _straight(self._root, segments)
        if straight is not None:
            end, variables = straight
            found = end.ends.get((method, selector))
            if found is not None:
                return Match(found[0], dict(zip(found[1], variables, strict=True)))
        methods: set[str] = set()
        for node, values in _walk(self._root, segments, 0, ()):
            found = node.ends.get((method, selector))
            if found is not None:
                operation, names = found
                return Match(operation, dict(zip(names, values, strict=True)))
            methods.update(each for each, _ in node.ends)
        nearest = difflib.get_close_matches(path, self._templates, n=1, cutoff=0.5)
        return Miss(tuple(sorted(methods)), nearest[0] if nearest else "")


def _straight(node: _Node, segments: list[str]) -> tuple[_Node, list[str]] | None:
    """Where the path leads if no segment leaves a choice, as nearly all do; None where one does."""
    values: list[str] = []
    for segment in segments:
        literal = node.literals.get(segment)
        if literal is not None:
            if node.variable is not None:
                return None
            node = literal
        elif node.variable is not None and segment:
            values.append(segment)
            node = node.variable
        else:
            return None
    return node, values


def _walk(
    node: _Node, segments: list[str], at: int, values: tuple[str, ...]
) -> Iterable[tuple[_Node, tuple[str, ...]]]:
    if at == len(segments):
        if node.ends:
            yield node, values
        return
    literal = node.literals.get(segments[at])
    if literal is not None:
        yield from _walk(literal, segments, at + 1, values)
    if node.variable is not None and segments[at]:
        yield from _walk(node.variable, segments, at + 1, (*values, segments[at]))
