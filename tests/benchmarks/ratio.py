"""A goal that is measured: a ratio of two things taken in the same round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median


@dataclass(slots=True)
class Ratio:
    """A goal, and what each round gave."""

    name: str
    goal: str
    met: Callable[[float], bool]
    rounds: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def value(self) -> float:
        return median(self.rounds)
