"""`python: hooks.py:decide`: functions beside a scenario's file that return a `then`; only from disk."""

from __future__ import annotations

import copy
import hashlib
import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from paydouble.core.words import Facts
from paydouble.scenarios.messages import Problem, ScenarioProblems
from paydouble.scenarios.positions import Node, Source, value_node
from paydouble.scenarios.positions import Path as NodePath

if TYPE_CHECKING:
    from paydouble.scenarios.rule import Group

EFFECTS_KEPT_MAX = 500
NOT_ALLOWED = "Python in scenarios is not allowed here"
HOW_ALLOWED = "start the server with --scenario FILE --allow-python; the control API never takes code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a hook is told. Nothing that it does with it changes anything."""

    provider: str
    what: str
    """The operation's id, the neutral event, or the neutral operation that the payer's act means."""
    facts: Facts
    """ref, amount in major units, currency, method, idempotency_key, payment, phase, metadata."""
    attempt: int = 0
    """Of a notification's delivery, from 1; 0 for anything else."""
    params: Mapping[str, Any] = field(default_factory=dict)
    """Of the request, decoded; a copy."""
    vars: Mapping[str, Any] = field(default_factory=dict)


Decide = Callable[[Seen], Mapping[str, Any] | None]
"""Returns a `then` as a file has it, or None where the rule does nothing after all."""


@dataclass(frozen=True, slots=True)
class Hook:
    """A function that was loaded; `written` is how its scenario names it."""

    written: str
    decide: Decide
    known: dict[str, Mapping[Group, Any]] = field(default_factory=dict, compare=False)
    """Effects of each `then` that it returned, so that each is checked once."""

    def effects(self, seen: Seen) -> Mapping[Group, Any]:
        """Raises ScenarioProblems where what it returns is no `then`."""
        then = self.decide(seen)
        if not then:
            return {}
        key = json.dumps(then, default=str, sort_keys=True)
        effects = self.known.get(key)
        if effects is None:
            if len(self.known) >= EFFECTS_KEPT_MAX:
                self.known.clear()
            effects = self.known[key] = self._checked(then)
        return effects

    def _checked(self, then: Mapping[str, Any]) -> Mapping[Group, Any]:
        from paydouble.scenarios.loader import load_rules

        trigger = {"notification": "*"} if then.keys() == {"notify"} else {"operation": "*"}
        scenario = load_rules([{"when": trigger, "then": dict(then)}], name="python")
        return scenario.rules[0].effects


def seen_by_hook(params: Mapping[str, Any], **known: Any) -> Seen:
    return Seen(params=MappingProxyType(copy.deepcopy(dict(params))), **known)


def load_hook(written: str, beside: Path) -> Hook:
    """`written` is FILE:FUNCTION, looked up next to the scenario's file. Raises ValueError."""
    file, _, name = written.rpartition(":")
    path = beside.parent / file
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    marked = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    spec = importlib.util.spec_from_file_location(f"paydouble_hook_{marked}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ValueError(f"{file} cannot be loaded: {type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise ValueError(f"{file} has no function '{name}'")
    return Hook(written, function)


def problem_of(source: Source, root: Node, path: NodePath, why: str, help: str = "") -> Problem:
    node = value_node(root, (*path, "then", "python"))
    return source.problem_at("SC041", why, node, help=help)


def hooked(
    source: Source, root: Node, written: Iterator[tuple[NodePath, str]], *, allowed: bool
) -> dict[str, Hook]:
    """By how each is written. Raises ScenarioProblems, for all of them at once."""
    hooks: dict[str, Hook] = {}
    problems: list[Problem] = []
    for path, text in written:
        if not allowed:
            problems.append(problem_of(source, root, path, NOT_ALLOWED, HOW_ALLOWED))
        elif text not in hooks:
            try:
                hooks[text] = load_hook(text, Path(source.file))
            except ValueError as error:
                problems.append(problem_of(source, root, path, str(error)))
    if problems:
        raise ScenarioProblems(problems)
    return hooks
