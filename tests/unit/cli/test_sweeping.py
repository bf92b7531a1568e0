"""The collector is kept off live records, and still finds what dropped sandboxes leave behind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from paydouble.cli import sweeping
from paydouble.cli.sweeping import CALLS_BETWEEN_SWEEPS, SANDBOXES_WORTH_A_FULL_SWEEP, Swept, pause, settle
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.engine.simulator import Simulator

REQUEST = HttpRequest(method="GET", target="/", headers=Headers(()), id="0" * 32, base_url="http://x")


class Answering:
    """As much of a simulator as is asked."""

    def __init__(self) -> None:
        self.providers = {"stripe": None}
        self.sandboxes = SimpleNamespace(all=())

    async def serve(self, provider: str, request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, (), provider.encode())

    def new_call_id(self) -> str:
        return "id"

    def knows(self, provider: str, handle: str) -> bool:
        return (provider, handle) == ("stripe", "sk")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the collector was told, in place of doing it."""
    told: list[str] = []
    fake = SimpleNamespace(
        collect=lambda generation=2: told.append(f"collect {generation}"), freeze=lambda: told.append("freeze"),
        unfreeze=lambda: told.append("unfreeze"), enable=lambda: told.append("enable"),
        disable=lambda: told.append("disable"),
    )
    monkeypatch.setattr(sweeping, "gc", fake)
    return told


async def calls(swept: Swept, count: int) -> None:
    for _ in range(count):
        await swept.serve("stripe", REQUEST)


async def test_it_serves_as_the_simulator_does() -> None:
    simulator = Answering()
    swept = Swept(cast(Simulator, simulator))
    assert (await swept.serve("stripe", REQUEST)).body == b"stripe"
    assert swept.providers is simulator.providers
    assert swept.new_call_id() == "id"
    assert swept.knows("stripe", "sk")
    assert not swept.knows("stripe", "pk")


async def test_it_sweeps_once_in_a_while(done: list[str]) -> None:
    swept = Swept(cast(Simulator, Answering()))
    await calls(swept, CALLS_BETWEEN_SWEEPS - 1)
    assert done == []
    await calls(swept, 1 + CALLS_BETWEEN_SWEEPS)
    assert done == ["collect 1", "freeze"] * 2


async def test_many_dropped_sandboxes_are_worth_a_full_look(done: list[str]) -> None:
    simulator = Answering()
    swept = Swept(cast(Simulator, simulator))
    simulator.sandboxes.all = tuple(
        SimpleNamespace(id=str(number)) for number in range(SANDBOXES_WORTH_A_FULL_SWEEP)
    )
    await calls(swept, CALLS_BETWEEN_SWEEPS)
    simulator.sandboxes.all = ()
    await calls(swept, 2 * CALLS_BETWEEN_SWEEPS)
    assert done == ["collect 1", "freeze", "unfreeze", "collect 2", "freeze", "collect 1", "freeze"]


def test_what_start_up_made_stays(done: list[str]) -> None:
    pause()
    settle()
    assert done == ["disable", "enable", "collect 2", "freeze"]
