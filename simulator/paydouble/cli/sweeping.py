"""Keeps the cyclic collector off live records, so that latency stays flat as their number grows.

Only for a process that is ours alone: what is frozen is not looked at again.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from paydouble.core.http import HttpRequest, HttpResponse
    from paydouble.core.provider import Provider
    from paydouble.engine.simulator import Simulator
    from paydouble.engine.visits import Visits

CALLS_BETWEEN_SWEEPS: Final = 2_000
"""A call commits at most once, so this is the pause of 2,000 commits or a longer one."""
SANDBOXES_WORTH_A_FULL_SWEEP: Final = 100
YOUNG: Final = 1


class Swept:
    """Satisfies `server.app.Serving`: the simulator, with a short collection between some calls."""

    __slots__ = ("_dropped_since", "_left", "_sandboxes", "_simulator")

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._left = CALLS_BETWEEN_SWEEPS
        self._sandboxes = frozenset[str]()
        self._dropped_since = 0

    @property
    def providers(self) -> Mapping[str, Provider]:
        return self._simulator.providers

    async def serve(self, provider_name: str, request: HttpRequest) -> HttpResponse:
        self._left -= 1
        if self._left <= 0:
            self._left = CALLS_BETWEEN_SWEEPS
            self._sweep()
        return await self._simulator.serve(provider_name, request)

    def new_call_id(self) -> str:
        return self._simulator.new_call_id()

    def knows(self, provider: str, handle: str) -> bool:
        return self._simulator.knows(provider, handle)

    @property
    def visits(self) -> Visits:
        return self._simulator.visits

    def _sweep(self) -> None:
        alive = frozenset(sandbox.id for sandbox in self._simulator.sandboxes.all)
        self._dropped_since += len(self._sandboxes - alive)
        self._sandboxes = alive
        if self._dropped_since >= SANDBOXES_WORTH_A_FULL_SWEEP:
            # A sandbox and its timers refer to each other; only a full look finds them.
            self._dropped_since = 0
            gc.unfreeze()
            gc.collect()
        else:
            gc.collect(YOUNG)
        gc.freeze()


def pause() -> None:
    """Until `settle`: what start-up makes stays, and looking through it again and again takes time."""
    gc.disable()


def resume() -> None:
    gc.enable()


def settle() -> None:
    """Once the server is ready."""
    resume()
    gc.collect()
    gc.freeze()
