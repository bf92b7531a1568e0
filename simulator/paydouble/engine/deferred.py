"""Calls whose answer is spoiled now and whose work is done later: `committed: 5s`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from paydouble.core.clock import Duration, Instant, later
from paydouble.core.effect import EMPTY_PLAN, NotifyShape, Outcome, Plan
from paydouble.core.http import Headers, HttpRequest
from paydouble.core.record import Record
from paydouble.core.timeline import Sequel
from paydouble.engine.execution import Executor, Task

RUN = "run"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredCall(Record):
    """A request kept as it came, with what its plan still means for the work."""

    kind: ClassVar[str] = "deferred_call"

    provider: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    base_url: str
    outcome: Outcome | None
    shapes: tuple[NotifyShape, ...] = ()
    sequel: Sequel | None = None
    payment: str = ""


RunLater = Callable[[HttpRequest, Plan, Instant], Awaitable[None]]


class Deferred:
    """Keeps deferred calls as records with timers, so that they survive a restart and obey the clock."""

    def __init__(self) -> None:
        self._run: dict[str, RunLater] = {}

    def serves(self, provider: str, run: RunLater) -> None:
        self._run[provider] = run

    async def keep(self, executor: Executor, task: Task, after: Duration) -> None:
        """Saves the call and its timer; its replay key is in progress until then."""
        request, sandbox = task.envelope.request, task.sandbox
        deferred = DeferredCall(
            id=request.id, created=sandbox.clock.now(), provider=task.merchant.provider,
            method=request.method, target=request.target, headers=request.headers.pairs,
            body=request.body, base_url=request.base_url, outcome=task.plan.outcome,
            shapes=task.plan.shapes, sequel=task.plan.sequel, payment=task.payment,
        )
        with executor.turn(task) as turn:
            work = sandbox.work()
            if await turn.kept(work, sandbox.clock.now()) is not None:
                return
            turn.claim(work, sandbox.clock.now())
            work.save(deferred)
            work.at(later(sandbox.clock.now(), after), deferred, RUN)
            await work.commit()

    async def run(self, deferred: DeferredCall, now: Instant) -> None:
        request = HttpRequest(
            method=deferred.method, target=deferred.target, headers=Headers(deferred.headers),
            body=deferred.body, id=deferred.id, base_url=deferred.base_url,
        )
        plan = replace(EMPTY_PLAN, outcome=deferred.outcome, shapes=deferred.shapes, sequel=deferred.sequel)
        await self._run[deferred.provider](request, plan, now)



