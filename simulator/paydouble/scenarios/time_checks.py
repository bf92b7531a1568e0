"""Mistakes in what happens later: verbs of steps, causes of waits and ways out, states, variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paydouble.scenarios.messages import Problem, did_you_mean, either, shown
from paydouble.scenarios.positions import Path, Source, key_node, value_node

STEP_VERBS = ("wait", "outcome", "settle", "dispute", "refund", "emit", "set", "state")
TELLING = ("outcome", "dispute", "refund", "emit")
WAITS = ("polls", "signal", "phase", "acknowledged")
CAUSES = ("signal", "after", "polls", "acknowledged", "phase")
LATER = ("timeline", "set", "state")

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TimeChecker:
    """The checks of one document."""

    source: Source
    root: Any
    data: Said

    def problems(self) -> Iterator[Problem]:
        states = _mapping(self.data, "states")
        if "initial" in self.data and not states and not self._inherits:
            yield self._at("SC032", ("initial",), "'initial' is a state, and there are no 'states'")
        if isinstance(self.data.get("initial"), str):
            yield from self._known(("initial",), self.data["initial"])
        for name, state in states.items():
            if isinstance(state, dict):
                yield from self._state(state, ("states", name))
        for path, rule in rules_of(self.data):
            yield from self._rule(rule, path)

    @property
    def _inherits(self) -> bool:
        """States and variables may come from what the file extends."""
        return "extends" in self.data

    def _at(self, code: str, path: Path, message: str, help: str = "") -> Problem:
        return self.source.problem_at(code, message, key_node(self.root, path), help=help)

    def _state(self, state: Said, path: Path) -> Iterator[Problem]:
        for index, step in _each(state, "enter"):
            yield from self._step(step, (*path, "enter", index))
        for index, leave in _each(state, "leave"):
            here: Path = (*path, "leave", index)
            found = [cause for cause in CAUSES if cause in leave]
            if len(found) != 1:
                told = " and ".join(found) if found else "none"
                message = f"a way out needs exactly one cause: {either(CAUSES)} (found {told})"
                yield self.source.problem_at("SC020", message, value_node(self.root, here))
            if isinstance(leave.get("to"), str):
                yield from self._known((*here, "to"), leave["to"])

    def _rule(self, rule: Said, path: Path) -> Iterator[Problem]:
        when, then = _mapping(rule, "when"), _mapping(rule, "then")
        named = when.get("state")
        for place, state in _words(named, (*path, "when", "state")):
            yield from self._known(place, state)
        if "state" in when and path[0] == "states":
            yield self._at(
                "SC032", (*path, "when", "state"), "a rule inside a state acts in that state only",
                "write it under 'rules' of the file to have it act in several",
            )
        yield from self._variables(when, (*path, "when"))
        for key in LATER:
            if key in then and "notification" in when:
                message = f"a rule on a notification cannot have '{key}'; it can only have 'notify'"
                yield self._at("SC032", (*path, "then", key), message)
        if isinstance(then.get("state"), str):
            yield from self._known((*path, "then", "state"), then["state"])
        for index, step in _each(then, "timeline"):
            yield from self._step(step, (*path, "then", "timeline", index))
        if "notification" in when:
            for place, notify in _one_or_each(then, "notify", (*path, "then")):
                if "only" in notify:
                    message = "'only' goes with a rule on an operation; here the trigger names the events"
                    yield self._at("SC032", (*place, "only"), message)

    def _step(self, step: Said, path: Path) -> Iterator[Problem]:
        found = [verb for verb in STEP_VERBS if verb in step]
        if len(found) > 1:
            told = either(found, "and")
            yield self._at("SC032", (*path, found[1]), f"one verb each: this step has {told}")
        elif not found:
            node = value_node(self.root, path)
            if set(step) <= {"notify"}:
                message = "there is no verb in this step"
                yield self.source.problem_at("SC013", message, node, help=f"one of: {', '.join(STEP_VERBS)}")
        elif "notify" in step and found[0] not in TELLING:
            message = f"'{found[0]}' tells nobody; 'notify' goes with {either(TELLING)}"
            yield self._at("SC032", (*path, "notify"), message)
        wait, emit, outcome = (_mapping(step, verb) for verb in ("wait", "emit", "outcome"))
        if isinstance(step.get("wait"), dict):
            yield from self._wait(wait, (*path, "wait"))
        if isinstance(step.get("emit"), dict) and len(emit.keys() & {"native", "event"}) != 1:
            yield self._at("SC020", (*path, "emit"), "'emit' needs one of: native, event")
        if outcome.get("result") == "partial":
            message = "a payment is partial when it is made, not later"
            yield self._at("SC032", (*path, "outcome", "result"), message)
        if isinstance(step.get("state"), str):
            yield from self._known((*path, "state"), step["state"])

    def _wait(self, wait: Said, path: Path) -> Iterator[Problem]:
        found = [cause for cause in WAITS if cause in wait]
        if len(found) != 1:
            told = " and ".join(found) if found else "none"
            message = f"'wait' needs a duration, or exactly one of: {', '.join(WAITS)} (found {told})"
            yield self._at("SC020", path, message)
        elif found == ["polls"] and "timeout" in wait:
            yield self._at("SC032", (*path, "timeout"), "'polls' has no timeout: it counts, however late")

    def _known(self, path: Path, state: str) -> Iterator[Problem]:
        states = _mapping(self.data, "states")
        if state in states or (self._inherits and not states):
            return
        node = value_node(self.root, path)
        message = f"there is no state {shown(state)} in 'states'"
        yield self.source.problem_at("SC031", message, node, help=did_you_mean(state, list(states)))

    def _variables(self, when: Said, path: Path) -> Iterator[Problem]:
        if self._inherits:
            return
        places = [(path, when)]
        for key in ("any_of", "none_of"):
            places += [((*path, key, index), part) for index, part in _each(when, key)]
        for place, conditions in places:
            for name in _mapping(conditions, "vars"):
                known = variables_of(self.data)
                if name not in known:
                    message = f"no rule sets a variable {shown(name)}, and 'vars' has none"
                    here = key_node(self.root, (*place, "vars", name))
                    yield self.source.problem_at("SC035", message, here, help=did_you_mean(name, known))


def rules_of(data: Said) -> Iterator[tuple[Path, Said]]:
    """Those of the states, then those that hold in all."""
    for name, state in _mapping(data, "states").items():
        if isinstance(state, dict):
            for index, rule in _each(state, "rules"):
                yield ("states", name, "rules", index), rule
    for index, rule in _each(data, "rules"):
        yield ("rules", index), rule


def variables_of(data: Said) -> list[str]:
    """All that the file declares, or sets anywhere."""
    known = list(_mapping(data, "vars"))
    for _, rule in rules_of(data):
        then = _mapping(rule, "then")
        known += _mapping(then, "set")
        known += [name for _, step in _each(then, "timeline") for name in _mapping(step, "set")]
    for state in _mapping(data, "states").values():
        if isinstance(state, dict):
            known += [name for _, step in _each(state, "enter") for name in _mapping(step, "set")]
    return list(dict.fromkeys(known))


def _mapping(data: Said, key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _each(data: Said, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    value = data.get(key)
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            yield index, item


def _one_or_each(data: Said, key: str, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(data.get(key), dict):
        yield (*path, key), data[key]
    for index, item in _each(data, key):
        yield (*path, key, index), item


def _words(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    listed: Sequence[Any] = value if isinstance(value, list) else ()
    for index, item in enumerate(listed):
        if isinstance(item, str):
            yield (*path, index), item
