"""YAML 1.2's core schema with decimals kept exact, and the limits that keep a hostile file harmless.

https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from paydouble.scenarios.messages import Problem, ScenarioProblems, shown
from paydouble.scenarios.positions import Node, Source, pairs

if TYPE_CHECKING:
    from yaml import MarkedYAMLError

BYTES_MAX = 1 << 20
DEPTH_MAX = 32
NODES_MAX = 30_000
ALIASED_NODES_MAX = 10_000
RETOLD_BYTES_MAX = 64 << 10
"""Up to this size, a syntax error is told in the words of the slower, more talkative parser."""

Plain = Any
"""What JSON can hold, with Decimal for numbers that have a point."""

_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# Digits are capped so that turning them into a number costs nothing; a longer row of digits is text.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,39})", re.ASCII)
_OCTAL = re.compile(r"0o[0-7]{1,40}", re.ASCII)
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,40}", re.ASCII)
_DECIMAL = re.compile(
    r"[-+]?(?:\.[0-9]{1,40}|(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{0,40})?)(?:[eE][-+]?[0-9]{1,2})?", re.ASCII
)


def scalar(text: str) -> Plain:
    """What a plain, unquoted scalar means: also that of a variable given on the command line."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    return text


def read(source: Source) -> Node:
    """The file's one document as nodes. Raises ScenarioProblems where it is not YAML or exceeds a limit."""
    import yaml

    if len(source.text.encode("utf-8", "surrogatepass")) > BYTES_MAX:
        raise _refused(source, "the file is larger than 1 MiB")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        aliased = _check_events(source, yaml.parse(source.text, Loader=loader))
        root = cast("Node | None", yaml.compose(source.text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(source, error) from None
    except (yaml.YAMLError, ValueError) as error:
        raise _unreadable(source, error) from None
    if root is None:
        raise _refused(source, "the file is empty", help="start with 'schema: 1' and 'name: …'")
    if aliased:
        _check_aliases(source, root)
    return root


def duplicates(source: Source, root: Node) -> Iterator[Problem]:
    """Keys written twice, and keys that are no scalars."""
    for node in _distinct(root):
        if node.id != "mapping":
            continue
        seen: dict[str, int] = {}
        for text, key, _ in pairs(node):
            if key.id != "scalar":
                yield source.problem_at("SC020", "a key must be a plain word", key)
            elif text in seen:
                yield source.problem_at(
                    "SC002",
                    f"the key {shown(text)} is written twice in this mapping",
                    key,
                    help=f"first written on line {seen[text]}; keep one of the two",
                )
            seen.setdefault(text, key.start_mark.line + 1)


def plain(node: Node) -> Plain:
    """The data of a node; all keys are text."""
    if node.id == "mapping":
        data: dict[str, Plain] = {}
        for text, _, value in pairs(node):
            data.setdefault(text, plain(value))
        return data
    if node.id == "sequence":
        return [plain(child) for child in node.value]
    quoted = getattr(node, "style", None) not in ("", None)
    return node.value if quoted else scalar(node.value)


def _check_events(source: Source, events: Iterator[Any]) -> bool:
    """Bounds depth and number before a tree is built: the C composer recurses without a guard.

    Whether there are aliases, which only the tree can be checked for.
    """
    from yaml import events as kinds

    depth = count = documents = 0
    aliased = False
    for event in events:
        if isinstance(event, kinds.CollectionStartEvent):
            depth += 1
        elif isinstance(event, kinds.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, kinds.DocumentStartEvent):
            documents += 1
        mark = event.start_mark
        if isinstance(event, kinds.NodeEvent):
            count += 1
            aliased = aliased or isinstance(event, kinds.AliasEvent)
            _check_tag(source, event)
        if depth > DEPTH_MAX:
            raise _refused(source, f"nested deeper than {DEPTH_MAX} levels", mark.line, mark.column)
        if count > NODES_MAX:
            raise _refused(source, f"more than {NODES_MAX} values", mark.line, mark.column)
        if documents > 1:
            raise _refused(source, "a file holds one document; a second starts here", mark.line, mark.column)
    return aliased


def _check_tag(source: Source, event: Any) -> None:
    tag = getattr(event, "tag", None)
    if tag:
        mark = event.start_mark
        advice = "to make a value text, put it in quotes"
        raise _refused(source, f"tags, like '{tag}', are not used", mark.line, mark.column, help=advice)


def _check_aliases(source: Source, root: Node) -> None:
    """Walks the tree as if aliases were written out, and gives up when they add too much."""
    seen: set[int] = set()
    repeated = 0
    walk: list[tuple[Node, int]] = [(root, 1)]
    while walk:
        node, depth = walk.pop()
        mark = node.start_mark
        repeated += id(node) in seen
        seen.add(id(node))
        if repeated > ALIASED_NODES_MAX:
            raise _refused(
                source, f"aliases repeat more than {ALIASED_NODES_MAX} values", mark.line, mark.column
            )
        if depth > DEPTH_MAX + 1:
            raise _refused(source, f"nested deeper than {DEPTH_MAX} levels", mark.line, mark.column)
        walk.extend((child, depth + 1) for child in _children(node))


def _distinct(root: Node) -> Iterator[Node]:
    """Every node once, in the order of the file."""
    seen: set[int] = set()
    walk = [root]
    while walk:
        node = walk.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        walk.extend(reversed(_children(node)))


def _children(node: Node) -> list[Node]:
    if node.id == "mapping":
        return [child for pair in node.value for child in pair]
    return list(node.value) if node.id == "sequence" else []


def _refused(
    source: Source, message: str, line: int = 0, column: int = 0, *, help: str = ""
) -> ScenarioProblems:
    return ScenarioProblems([source.problem("SC001", message, line, column, help=help)])


def _unreadable(source: Source, error: Exception) -> ScenarioProblems:
    reason = getattr(error, "reason", "") or "it holds characters that cannot be written in UTF-8"
    position = getattr(error, "position", 0)
    before = source.text[:position] if isinstance(position, int) else ""
    line = before.count("\n")
    return _refused(source, f"this is not valid YAML: {reason}", line, len(before) - (before.rfind("\n") + 1))


def _not_yaml(source: Source, error: MarkedYAMLError) -> ScenarioProblems:
    told = _retold(source) or error
    mark = told.problem_mark or told.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    problem = source.problem(
        "SC001",
        f"this is not valid YAML: {(told.problem or 'it ends too early').removeprefix('did not find ')}",
        line,
        column,
        help=_unclosed(source, told, line),
        width=_word_width(source.line(line)[column:]),
    )
    return ScenarioProblems([problem])


def _word_width(text: str) -> int:
    word = re.match(r"[\w.-]+", text)
    return len(word.group()) if word else 1


def _retold(source: Source) -> MarkedYAMLError | None:
    import yaml

    if len(source.text) > RETOLD_BYTES_MAX:
        return None
    try:
        for _ in yaml.parse(source.text, Loader=yaml.SafeLoader):
            pass
    except yaml.MarkedYAMLError as error:
        return error
    except (yaml.YAMLError, ValueError):
        pass
    return None


def _unclosed(source: Source, error: MarkedYAMLError, line: int) -> str:
    """Names the bracket that swallowed what follows it, where that is what happened."""
    opened = error.context_mark
    if opened is None or "flow" not in (error.context or ""):
        return ""
    text = source.line(opened.line)
    bracket = text[opened.column : opened.column + 1]
    comment = " (a '#' in that line may have swallowed the bracket)" if "#" in text[opened.column :] else ""
    if bracket not in ("{", "[") or opened.line == line:
        return ""
    place = f"line {opened.line + 1}, column {opened.column + 1}"
    return f"the '{bracket}' opened on {place} is not closed{comment}"
