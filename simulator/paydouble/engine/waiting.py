"""Waits until something is true: what is due runs, and a clock on `auto` jumps no further than needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic

from paydouble.core.clock import Duration
from paydouble.core.provider import Provider
from paydouble.engine.expectations import Expectation
from paydouble.engine.sandbox import Sandbox
from paydouble.scheduling.clocks import Mode
from paydouble.scheduling.timers import Ran

QUIET_S = 0.05
"""For so long nothing must happen, in real time, before `auto` jumps: the caller may be about to act."""


@dataclass(frozen=True, slots=True)
class Waited:
    """`missing` is empty where the wait ended because the expectation was met."""

    missing: str
    ran: list[Ran]


async def wait_for(
    sandbox: Sandbox, providers: Mapping[str, Provider], expectation: Expectation, within: Duration
) -> Waited:
    """`within` is real time."""
    deadline = monotonic() + within / 1_000
    timers, ran = sandbox.timers, list[Ran]()
    told_to = timers.ran
    timers.ran = ran if told_to is None else told_to
    try:
        while True:
            seen = sandbox.changes.count
            missing = await expectation.unmet(sandbox, providers)
            left = deadline - monotonic()
            if not missing or left <= 0:
                return Waited(missing, ran)
            await sandbox.changes.wait(min(left, QUIET_S), since=seen)
            if sandbox.changes.count == seen and _may_jump(sandbox):
                await timers.jump()
    finally:
        if timers.ran is ran:
            timers.ran = told_to


def _may_jump(sandbox: Sandbox) -> bool:
    return sandbox.clock.spec.mode is Mode.AUTO and sandbox.timers.idle
