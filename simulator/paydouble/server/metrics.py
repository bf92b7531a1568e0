"""Counters of the doors, as Prometheus text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

# fmt: off
_HELP: Mapping[str, str] = MappingProxyType({
    "paydouble_calls_total":            "Answers by provider and status; 0 is one broken on purpose.",
    "paydouble_call_seconds_total":     "Time from a complete request to its answer, by provider.",
    "paydouble_connections_total":      "Connections accepted, by listener.",
    "paydouble_refused_total":          "Connections turned away at the door, by reason.",
})
# fmt: on

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counts only go up; label values come from closed sets, so that the table stays small."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[tuple[str, Labels], float] = {}

    def add(self, name: str, labels: Labels, by: float = 1) -> None:
        key = (name, labels)
        self._counts[key] = self._counts.get(key, 0) + by

    def answered(self, provider: str, status: int, seconds: float) -> None:
        calls, spent = _of_answers(provider, status)
        self._counts[calls] = self._counts.get(calls, 0) + 1
        self._counts[spent] = self._counts.get(spent, 0) + seconds

    def accepted(self, listener: str) -> None:
        self.add("paydouble_connections_total", (("listener", listener),))

    def refused(self, reason: str) -> None:
        self.add("paydouble_refused_total", (("reason", reason),))

    def total(self, name: str) -> float:
        """Over all labels."""
        return sum(count for (counted, _), count in self._counts.items() if counted == name)

    def text(self) -> str:
        """The exposition format, version 0.0.4."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, explanation in _HELP.items():
            yield f"# HELP {name} {explanation}"
            yield f"# TYPE {name} counter"
            for (counted, labels), value in sorted(self._counts.items()):
                if counted == name:
                    inside = ",".join(f'{label}="{text}"' for label, text in labels)
                    yield f"{name}{{{inside}}} {value:g}"


@cache
def _of_answers(provider: str, status: int) -> tuple[tuple[str, Labels], tuple[str, Labels]]:
    """The two counters of an answer."""
    whose = ("provider", provider)
    return (
        ("paydouble_calls_total", (whose, ("status", str(status)))),
        ("paydouble_call_seconds_total", (whose,)),
    )
