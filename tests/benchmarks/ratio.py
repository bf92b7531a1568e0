"""A goal that is measured: a ratio of two things taken in the same round."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

GROSS = 0.7
"""A machine that others share can be this much slower for a while: what is within this share of its goal is a
miss to be told, and nothing that has broken."""


@dataclass(slots=True)
class Ratio:
    """A goal, and what each round gave."""

    name: str
    at_least: float | None = None
    at_most: float | None = None
    rounds: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def value(self) -> float:
        return median(self.rounds)

    @property
    def goal(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return "none" if self.at_most is None else f"≤ {self.at_most:g}"

    def met(self, share: float = 1.0) -> bool:
        """Whether at least this share of the goal was reached."""
        if self.at_least is not None:
            return self.value >= self.at_least * share
        return self.at_most is None or self.value <= self.at_most / share
