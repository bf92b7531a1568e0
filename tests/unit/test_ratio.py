"""What the benchmarks call a goal met, missed, and grossly missed."""

from __future__ import annotations

import pytest

from tests.benchmarks.ratio import GROSS, Ratio


@pytest.mark.parametrize(("rounds", "met", "broken"), [
    ([0.6, 0.61, 0.2], True, False), ([0.5, 0.7, 0.59], False, False), ([0.4, 0.41, 0.7], False, True),
])
def test_at_least(rounds: list[float], met: bool, broken: bool) -> None:
    ratio = Ratio("x", at_least=0.6, rounds=rounds)
    assert (ratio.goal, ratio.met(), not ratio.met(GROSS)) == ("≥ 0.6", met, broken)


@pytest.mark.parametrize(("rounds", "met", "broken"), [
    ([15, 3, 99], True, False), ([21], False, False), ([22], False, True),
])
def test_at_most(rounds: list[float], met: bool, broken: bool) -> None:
    ratio = Ratio("x", at_most=15, rounds=rounds)
    assert (ratio.goal, ratio.met(), not ratio.met(GROSS)) == ("≤ 15", met, broken)


def test_what_has_no_goal_is_never_missed() -> None:
    ratio = Ratio("x", rounds=[7])
    assert (ratio.goal, ratio.met(GROSS)) == ("none", True)
