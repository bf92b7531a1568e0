"""Business time in its four modes; wire time is the machine's own in all of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum

from paydouble.core.clock import Instant


class Mode(Enum):
    """How business time moves."""

    REAL = "real"
    FROZEN = "frozen"
    """Only by `advance`."""
    AUTO = "auto"
    """Like frozen, but it jumps from due to due while somebody waits."""
    SCALED = "scaled"


class ClockRuns(Exception):
    """`advance` was asked of a clock that moves by itself."""


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """What `--clock` says: a mode, how fast, and perhaps where it starts."""

    mode: Mode = Mode.REAL
    scale: float = 1.0
    start: Instant | None = None

    @classmethod
    def parse(cls, text: str, start: Instant | None = None) -> ClockSpec:
        """Reads "real", "frozen", "auto" or "scaled:60". Raises ValueError otherwise."""
        name, _, factor = text.partition(":")
        if name == "scaled" and factor:
            scale = float(factor)
            if not 0 < scale <= 1_000_000:
                raise ValueError(f"a clock cannot run {factor} times as fast")
            return cls(Mode.SCALED, scale, start)
        if factor or name not in {"real", "frozen", "auto"}:
            raise ValueError(f"'{text}' is not a clock; write real, frozen, auto or scaled:60")
        return cls(Mode(name), 1.0, start)

    def __str__(self) -> str:
        return f"scaled:{self.scale:g}" if self.mode is Mode.SCALED else self.mode.value


def real_now() -> Instant:
    """The machine's clock."""
    return Instant(time.time_ns() // 1_000_000)


class SandboxClock:
    """One sandbox's business time. Frozen time is held here and moves only by `move_to`."""

    def __init__(self, spec: ClockSpec, at: Instant | None = None) -> None:
        self.spec = spec
        self._stands = spec.mode in {Mode.FROZEN, Mode.AUTO}
        self._real_start = real_now()
        self._business_start = at or spec.start or self._real_start

    @property
    def stands(self) -> bool:
        """Whether business time moves only when it is moved."""
        return self._stands

    def now(self) -> Instant:
        if self.stands:
            return self._business_start
        passed = real_now() - self._real_start
        return Instant(self._business_start + round(passed * self.spec.scale))

    def wire_now(self) -> Instant:
        return real_now()

    def real_due(self, due: Instant) -> Instant | None:
        """Real time at which a business instant comes; None where business time stands still."""
        if self.stands:
            return None
        return Instant(self._real_start + round((due - self._business_start) / self.spec.scale))

    def move_to(self, instant: Instant) -> None:
        """Moves standing time forward. Raises ClockRuns where time moves by itself."""
        if not self.stands:
            raise ClockRuns(f"this sandbox's clock is {self.spec}; only frozen and auto clocks can be moved")
        self._business_start = max(self._business_start, instant)
