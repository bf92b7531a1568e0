from __future__ import annotations

import pytest

from paydouble.core.clock import DAY, Instant
from paydouble.scheduling.clocks import ClockRuns, ClockSpec, Mode, SandboxClock, real_now

MARCH = Instant(1_772_380_200_000)


@pytest.mark.parametrize(
    ("text", "mode", "scale"),
    [
        ("real", Mode.REAL, 1), ("frozen", Mode.FROZEN, 1), ("auto", Mode.AUTO, 1),
        ("scaled:60", Mode.SCALED, 60),
    ],
)
def test_what_the_command_line_says_is_read_and_shown_again(text: str, mode: Mode, scale: float) -> None:
    spec = ClockSpec.parse(text)
    assert (spec.mode, spec.scale) == (mode, scale)
    assert str(spec) == text


@pytest.mark.parametrize(
    "text", ["", "slow", "frozen:2", "scaled", "scaled:", "scaled:0", "scaled:-1", "scaled:x"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        ClockSpec.parse(text)


def test_standing_time_moves_only_when_it_is_moved_and_never_back() -> None:
    clock = SandboxClock(ClockSpec.parse("frozen", MARCH))
    assert clock.now() == clock.now() == MARCH
    clock.move_to(Instant(MARCH + DAY))
    clock.move_to(MARCH)
    assert clock.now() == MARCH + DAY


def test_wire_time_is_real_whatever_business_time_is() -> None:
    clock = SandboxClock(ClockSpec.parse("frozen", MARCH))
    before = real_now()
    assert before <= clock.wire_now() <= real_now()


@pytest.mark.parametrize("text", ["real", "scaled:60"])
def test_a_running_clock_cannot_be_moved(text: str) -> None:
    with pytest.raises(ClockRuns):
        SandboxClock(ClockSpec.parse(text)).move_to(MARCH)


def test_a_scaled_day_comes_in_a_sixtieth_of_it() -> None:
    clock = SandboxClock(ClockSpec.parse("scaled:60", MARCH))
    start = clock.real_due(MARCH)
    end = clock.real_due(Instant(MARCH + DAY))
    assert start is not None
    assert end is not None
    assert end - start == DAY // 60


def test_where_time_stands_nothing_comes_by_itself() -> None:
    assert SandboxClock(ClockSpec.parse("auto", MARCH)).real_due(Instant(MARCH + DAY)) is None
