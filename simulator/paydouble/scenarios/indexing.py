"""Finds, among many rules on one operation, the few that an arrival can satisfy, without asking each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from paydouble.scenarios.drawing import Candidate
from paydouble.scenarios.matcher import Arrival, Test

INDEXED_MIN = 8
"""Fewer rules are looked at one by one."""

_Key = tuple[str, int | None]
"""Where a test looks, and how long a beginning it compares; None: the whole."""

_Places = tuple[Callable[[Arrival], Any], dict[Any, list[int]]]
"""How it looks there, and which candidates wait for what it finds."""


class Index:
    """All `candidates` of one kind of arrival, in their order."""

    __slots__ = ("_places", "_rest", "candidates", "thrown_by_attempt")

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = tuple(candidates)
        self.thrown_by_attempt = tuple(dict.fromkeys(
            each.activation.id for each in candidates
            if each.rule.throw is not None and each.rule.throw.by == "attempt"
        ))
        """Activations for which attempts have to be counted."""
        self._places: dict[_Key, _Places] = {}
        self._rest: list[int] = []
        if len(self.candidates) >= INDEXED_MIN:
            self._build()

    def those_for(self, arrival: Arrival) -> Sequence[Candidate]:
        """At least those that hold for it."""
        if not self._places:
            return self.candidates
        found = self._rest
        for (_, length), (look, places) in self._places.items():
            value = look(arrival)
            here = places.get(value if length is None or value is None else value[:length])
            if here is not None:
                found = found + here
        return [self.candidates[place] for place in sorted(set(found))] if found else ()

    def _build(self) -> None:
        """Each rule goes by that of its conditions by which most rules differ."""
        values = {
            (test.label, length, value)
            for each in self.candidates for test, length, value in _indexable(each)
        }
        spread = Counter((label, length) for label, length, _ in values)
        for place, candidate in enumerate(self.candidates):
            tests = [(test, length) for test, length, _ in _indexable(candidate)]
            if not tests:
                self._rest.append(place)
                continue
            test, length = max(tests, key=lambda each: spread[each[0].label, each[1]])
            key = (test.label, length)
            look = test.look if test.plainly is None else _plain(test)
            _, places = self._places.setdefault(key, (look, {}))
            assert test.equals is not None
            for value in test.equals.values:
                places.setdefault(value, []).append(place)


def _plain(test: Test) -> Callable[[Arrival], Any]:
    plainly = test.plainly
    assert plainly is not None
    return lambda arrival: plainly(test.look(arrival))


def _indexable(candidate: Candidate) -> Iterator[tuple[Test, int | None, Any]]:
    """Its tests for equality, and for how a text begins, with each value that would do."""
    if candidate.rule.depends:
        return
    for test in candidate.rule.condition.tests:
        if test.equals is not None:
            for value in test.equals.values:
                yield test, test.equals.length, value


