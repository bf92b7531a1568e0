"""Every shipped story: the sample shop's careful variant passes, and each flaw that it is about is caught."""

from __future__ import annotations

import pytest

from paydouble.harness.verdicts import Kind
from paydouble.testing.in_process import PaydoubleServer
from paydouble.testing.sample_shop.flaws import Flaw, variant
from paydouble.testing.stories import told
from paydouble.testing.story_runs import Options, cases, play
from tests.scenarios.library import library

PLAYED = [(each.name, provider) for each in library() for provider in each.providers]
CAUGHT = [(each.name, flaw) for each in library() for flaw in each.caught]


@pytest.mark.parametrize(("name", "provider"), PLAYED, ids=[f"{name}-{who}" for name, who in PLAYED])
def test_the_careful_shop_passes(name: str, provider: str, server: PaydoubleServer) -> None:
    found = list(cases(name, Options(providers=[provider])))
    assert found, "a story has steps"
    for case in found:
        verdict = play(case, server.control)
        assert verdict.kind is Kind.PASSED, told(verdict)


@pytest.mark.parametrize(("name", "flaw"), CAUGHT, ids=[f"{name}-{flaw}" for name, flaw in CAUGHT])
def test_a_careless_shop_is_caught(name: str, flaw: str, server: PaydoubleServer) -> None:
    """With at least one of the story's providers."""
    kinds = (play(case, server.control).kind for case in cases(name, Options(flaws=variant(flaw))))
    assert Kind.FAILED in kinds


def test_every_story_catches_something_and_every_flaw_is_caught() -> None:
    assert [each.name for each in library() if not each.caught] == []
    caught = {flaw for each in library() for flaw in each.caught}
    assert {flaw.label for flaw in Flaw} == caught
