"""Where each value of a file stands: the tree of YAML nodes, walked by the same path as the data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from paydouble.scenarios.messages import Problem, Severity

Path = tuple[str | int, ...]
"""Keys and indexes from the document's root."""

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_WORD = re.compile(r"\S+")
LINE_SHOWN_MAX = 200


class Node(Protocol):
    """What we use of YAML's nodes; their module is only loaded with the first file."""

    id: str
    """scalar, sequence or mapping."""
    value: Any
    start_mark: Any
    end_mark: Any


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file and the name under which people know it."""

    file: str
    text: str

    def line(self, number: int) -> str:
        """Line `number`, counted from 0; empty beyond the end."""
        lines = _lines(self.text)
        return lines[number] if number < len(lines) else ""

    def problem(
        self,
        code: str,
        message: str,
        line: int,
        column: int,
        *,
        help: str = "",
        width: int = 1,
        severity: Severity = Severity.ERROR,
    ) -> Problem:
        """A problem at a place counted from 0, as YAML's marks are."""
        text = self.line(line).encode("utf-8", "replace").decode()
        # A line too long to print is shown from its start only if the caret is in view.
        line_text = text.rstrip() if len(text) <= LINE_SHOWN_MAX else ""
        return Problem(
            code=code,
            file=self.file,
            line=line + 1,
            column=column + 1,
            message=message,
            help=help,
            line_text=line_text,
            severity=severity,
            width=width,
        )

    def problem_at(
        self, code: str, message: str, node: Node, *, help: str = "", severity: Severity = Severity.ERROR
    ) -> Problem:
        """A problem that underlines the first word of this node; of a block mapping, its first key."""
        marked = _first_scalar(node)
        line, column = marked.start_mark.line, marked.start_mark.column
        return self.problem(
            code, message, line, column, help=help, width=self._width(marked), severity=severity
        )

    def _width(self, node: Node) -> int:
        start, end = node.start_mark, node.end_mark
        if not isinstance(node.value, str):
            return 1
        text = self.line(start.line)
        stop = end.column if end.line == start.line else len(text)
        word = _WORD.match(text[start.column : stop])
        return len(word.group()) if word else 1


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    return _LINE_BREAK.split(text)


def key_node(root: Node, path: Path) -> Node:
    """The key that the path ends in; where it ends in an index, or does not exist, the nearest value."""
    parent = value_node(root, path[:-1])
    entry = _entry(parent, path[-1]) if path else None
    return entry[0] if entry else value_node(root, path)


def value_node(root: Node, path: Path) -> Node:
    """The value at the path, or the deepest there is on the way: variables bring structure of their own."""
    node = root
    for part in path:
        below = _below(node, part)
        if below is None:
            # A list of one may be written without its brackets: then index 0 is the value itself.
            if isinstance(part, int) and node.id != "sequence":
                continue
            return node
        node = below
    return node


def pairs(node: Node) -> Iterator[tuple[str, Node, Node]]:
    """Key text, key node, value node."""
    for key, value in node.value:
        yield (key.value if isinstance(key.value, str) else ""), key, value


def _below(node: Node, part: str | int) -> Node | None:
    entry = _entry(node, part)
    if entry:
        return entry[1]
    if isinstance(part, int) and node.id == "sequence" and part < len(node.value):
        child: Node = node.value[part]
        return child
    return None


def _entry(node: Node, part: str | int) -> tuple[Node, Node] | None:
    if node.id != "mapping" or not isinstance(part, str):
        return None
    return next(((key, value) for text, key, value in pairs(node) if text == part), None)


def _first_scalar(node: Node) -> Node:
    if node.id == "mapping" and not getattr(node, "flow_style", False) and node.value:
        first: Node = node.value[0][0]
        return first
    return node
