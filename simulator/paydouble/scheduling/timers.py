"""Runs what is due, at once or on the way of `advance`, in the order in which it is due."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from paydouble.core.clock import Instant
from paydouble.core.work import Timer
from paydouble.scheduling.clocks import SandboxClock, real_now

log = logging.getLogger("paydouble.timers")

BATCH_MAX = 500
LOOK_EVERY_S = 0.05
"""How often whoever waits for deliveries sees whether a gate has begun to hold them up."""
Run = Callable[[Timer], Awaitable[None]]


class DueTimers(Protocol):
    """What is asked of a store."""

    async def due(self, sandbox: str, timeline: str, until: Instant, limit: int) -> Sequence[Timer]: ...

    async def next_due(self, sandbox: str, timeline: str) -> Instant | None: ...


@dataclass(frozen=True, slots=True)
class Ran:
    """One thing that `advance` did."""

    at: Instant
    what: str
    subject: str


class TimerRunner:
    """One sandbox's timers. What is due now runs at once in every mode of the clock.

    Triggers run one after the other; deliveries beside them, all that are due together at one moment.
    """

    def __init__(
        self, sandbox: str, clock: SandboxClock, store: DueTimers, *,
        run: Run, deliver: Run, is_delivery: Callable[[Timer], bool],
        is_held: Callable[[], bool] = lambda: False,
    ) -> None:
        self._sandbox = sandbox
        self._clock = clock
        self._store = store
        self._run = run
        self._deliver = deliver
        self._is_delivery = is_delivery
        self._is_held = is_held
        self._running: set[str] = set()
        self._failed: set[str] = set()
        self._one_drain = asyncio.Lock()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._drain: asyncio.Task[None] | None = None
        self._again = False
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False
        self.ran: list[Ran] | None = None
        """Filled while somebody advances."""

    def nudge(self) -> None:
        """Something may be due: looks soon, on its own task."""
        if self._closed:
            return
        self._again = True
        if self._drain is None or self._drain.done():
            self._drain = asyncio.get_running_loop().create_task(self._drain_all())

    async def _drain_all(self) -> None:
        while self._again and not self._closed:
            self._again = False
            await self._drain_due()
        await self._set_alarm()

    async def run_due(self) -> None:
        """Runs what is due now, before whoever asks goes on; deliveries are only started."""
        await self._drain_due()

    async def _drain_due(self) -> None:
        """Starts what is due now; triggers are awaited, deliveries are not."""
        async with self._one_drain:
            while fresh := await self._fresh():
                for timer in fresh:
                    if self._is_delivery(timer):
                        self._start(timer)
                    else:
                        await self._run_one(timer, self._run)

    async def _fresh(self) -> list[Timer]:
        if self._closed:
            return []
        due = await self._store.due(self._sandbox, "", self._clock.now(), BATCH_MAX)
        return [timer for timer in due if timer.id not in self._running and timer.id not in self._failed]

    def _start(self, timer: Timer) -> None:
        self._running.add(timer.id)
        task = asyncio.get_running_loop().create_task(self._run_one(timer, self._deliver))
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)

    async def _run_one(self, timer: Timer, run: Run) -> None:
        self._running.add(timer.id)
        try:
            if timer.runs:
                await self._run_timeline(timer.runs, timer.until)
            await run(timer)
            if self.ran is not None:
                self.ran.append(Ran(timer.due, timer.trigger, timer.subject))
        except Exception:
            self._failed.add(timer.id)
            log.exception("%s of %s failed inside the simulator", timer.trigger, timer.subject)
        finally:
            self._running.discard(timer.id)
            self._again = True
            if self._is_delivery(timer):
                self.nudge()

    async def _run_timeline(self, timeline: str, until: Instant) -> None:
        """What is due on it, one at a time, since each may set another that is due before the rest."""
        while True:
            due = await self._store.due(self._sandbox, timeline, until, 1 + len(self._failed))
            fresh = next((timer for timer in due if timer.id not in self._failed), None)
            if fresh is None or self._closed:
                return
            await self._run_one(fresh, self._run)

    async def settle(self) -> None:
        """Returns when nothing is due now and no delivery is under way, but what a held call keeps back."""
        while not self._closed:
            await self._drain_due()
            waiting = tuple(self._deliveries)
            if self._drain is not None and self._drain is not asyncio.current_task():
                await asyncio.wait([self._drain])
            if waiting:
                _, pending = await asyncio.wait(waiting, timeout=LOOK_EVERY_S)
                if pending and self._is_held():
                    return
            elif not self._deliveries:
                return

    @property
    def idle(self) -> bool:
        return not self._deliveries and not self._running

    async def run_until(self, until: Instant) -> list[Ran]:
        """Moves standing time to `until` by way of everything due before; each moment is settled first."""
        ran: list[Ran] = []
        self.ran = ran
        try:
            await self.settle()
            while (due := await self._store.next_due(self._sandbox, "")) is not None and due <= until:
                self._clock.move_to(due)
                await self.settle()
            self._clock.move_to(until)
        finally:
            self.ran = None
        return ran

    async def jump(self) -> bool:
        """Moves standing time to the next moment at which something is due; False when there is none."""
        due = await self._store.next_due(self._sandbox, "")
        if due is None:
            return False
        self._clock.move_to(due)
        await self.settle()
        return True

    async def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due = await self._store.next_due(self._sandbox, "")
        real = None if due is None or self._closed else self._clock.real_due(due)
        if real is not None:
            delay_s = max(0.001, (real - real_now()) / 1_000)
            self._alarm = asyncio.get_running_loop().call_later(delay_s, self.nudge)

    async def close(self) -> None:
        """Ends deliveries and alarms; what was due stays due in the store."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        tasks = [task for task in (*self._deliveries, self._drain) if task is not None and not task.done()]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
