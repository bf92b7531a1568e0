"""Mistakes in steps and expectations that no single value shows: verbs, and names of rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paydouble.scenarios import story
from paydouble.scenarios.messages import Problem, did_you_mean, shown
from paydouble.scenarios.positions import Path, Source, key_node, value_node


@dataclass(frozen=True, slots=True)
class StoryChecker:
    """`names` are all rules that the scenario has, inherited ones too."""

    source: Source
    root: Any
    data: Mapping[str, Any]
    names: Collection[str]

    def problems(self) -> Iterator[Problem]:
        for path, step in _items(self.data, "steps", ()):
            yield from self._one_verb(step, path, story.STEP_VERBS, story.STEP_EXTRAS)
            yield from self._request(step.get("request"), (*path, "request"))
            waited = step.get("wait_for")
            if isinstance(waited, dict):
                yield from self._expectation(waited, (*path, "wait_for"))
            for below, each in _items(step, "expect", path):
                yield from self._expectation(each, below)
        for path, each in _items(self.data, "expect", ()):
            yield from self._expectation(each, path)

    def _expectation(self, each: Mapping[str, Any], path: Path) -> Iterator[Problem]:
        yield from self._one_verb(each, path, story.EXPECT_VERBS, story.EXPECT_EXTRAS)
        fired = each.get("fired")
        for name in fired if isinstance(fired, dict) else ():
            if name not in self.names:
                advice = did_you_mean(name, self.names)
                here = key_node(self.root, (*path, "fired", name))
                yield self.source.problem_at("SC034", f"no rule is named {shown(name)}", here, help=advice)

    def _one_verb(
        self, item: Mapping[str, Any], path: Path, verbs: Sequence[str],
        extras: Mapping[str, Sequence[str]],
    ) -> Iterator[Problem]:
        found = [verb for verb in verbs if verb in item]
        others = {key for keys in extras.values() for key in keys}
        if len(found) > 1 and set(found) != {found[0]}:
            message = f"one verb each: this has {' and '.join(map(shown, found))}"
            yield self.source.problem_at("SC032", message, key_node(self.root, (*path, found[1])))
        elif not found and set(item) <= others:
            node = value_node(self.root, path)
            advice = f"one of: {', '.join(verbs)}"
            yield self.source.problem_at("SC013", "there is no verb here", node, help=advice)
        for key in others & set(item):
            owners = [verb for verb, keys in extras.items() if key in keys]
            if found and found[0] not in owners:
                message = f"{shown(key)} goes with {shown(owners[0])}"
                yield self.source.problem_at("SC032", message, key_node(self.root, (*path, key)))

    def _request(self, request: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(request, dict):
            return
        methods = [name for name in story.METHODS if name in request]
        if len(methods) != 1:
            message = f"a request has one method: {', '.join(story.METHODS)}"
            yield self.source.problem_at("SC020", message, key_node(self.root, path))
        contents = [name for name in ("json", "form", "body") if name in request]
        if len(contents) > 1:
            message = f"{' and '.join(map(shown, contents))} are different bodies; keep one of them"
            yield self.source.problem_at("SC032", message, key_node(self.root, (*path, contents[1])))


def _items(data: Mapping[str, Any], key: str, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    listed = data.get(key)
    for index, item in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(item, dict):
            yield (*path, key, index), item
