from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from paydouble.core.clock import HOUR, MINUTE, Instant
from paydouble.core.work import Timer
from paydouble.scheduling.clocks import ClockSpec, SandboxClock, real_now
from paydouble.scheduling.timers import TimerRunner

START = Instant(1_772_380_200_000)


def timer(id: str, due: int, kind: str = "order") -> Timer:
    return Timer(
        id=id, status="due", sandbox="sb", subject_kind=kind, subject=f"of {id}", trigger="expire",
        due=Instant(due),
    )


@dataclass
class Diary:
    """A store of timers, and what was run of them."""

    clock: SandboxClock = field(default_factory=lambda: SandboxClock(ClockSpec.parse("frozen", START)))
    timers: dict[str, Timer] = field(default_factory=dict)
    ran: list[tuple[str, int]] = field(default_factory=list)
    runner: TimerRunner = field(init=False)

    def __post_init__(self) -> None:
        self.runner = TimerRunner(
            "sb", self.clock, self, run=self.run, deliver=self.deliver,
            is_delivery=lambda timer: timer.subject_kind == "notification",
        )

    def add(self, *timers: Timer) -> None:
        self.timers.update({timer.id: timer for timer in timers})

    async def due(self, sandbox: str, timeline: str, until: Instant, limit: int) -> Sequence[Timer]:
        due = (t for t in self.timers.values() if t.timeline == timeline and t.due <= until)
        return sorted(due, key=lambda t: t.due)[:limit]

    async def next_due(self, sandbox: str, timeline: str) -> Instant | None:
        return min((timer.due for timer in self.timers.values() if timer.timeline == timeline), default=None)

    async def run(self, timer: Timer) -> None:
        await asyncio.sleep(0)
        self.timers.pop(timer.id, None)
        self.ran.append((timer.id, self.clock.now() - START))

    async def deliver(self, timer: Timer) -> None:
        await self.run(timer)


@pytest.fixture
async def diary() -> AsyncIterator[Diary]:
    kept = Diary()
    yield kept
    await kept.runner.close()


async def test_advance_runs_what_is_due_on_the_way_in_order_each_at_its_moment(diary: Diary) -> None:
    diary.add(timer("c", START + 3 * HOUR), timer("a", START + MINUTE), timer("b", START + HOUR))
    ran = await diary.runner.run_until(Instant(START + 2 * HOUR))
    assert diary.ran == [("a", MINUTE), ("b", HOUR)]
    assert [(each.subject, each.at) for each in ran] == [("of a", START + MINUTE), ("of b", START + HOUR)]
    assert diary.clock.now() == START + 2 * HOUR


async def test_what_becomes_due_on_the_way_is_run_too(diary: Diary) -> None:
    async def and_again(each: Timer) -> None:
        await Diary.deliver(diary, each)
        if len(diary.ran) < 16:
            diary.add(timer(f"retry {len(diary.ran)}", each.due + HOUR, "notification"))

    diary.runner._deliver = and_again
    diary.add(timer("first", START + HOUR, "notification"))
    await diary.runner.run_until(Instant(START + 25 * HOUR))
    assert [at for _, at in diary.ran] == [hour * HOUR for hour in range(1, 17)]


async def test_what_is_due_now_runs_at_once_where_time_stands(diary: Diary) -> None:
    diary.add(timer("now", START), timer("later", START + 1))
    diary.runner.nudge()
    await diary.runner.settle()
    assert diary.ran == [("now", 0)]


async def test_deliveries_that_are_due_together_go_together(diary: Diary) -> None:
    under_way, most = 0, 0

    async def slow(each: Timer) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(5):
            await asyncio.sleep(0)
        under_way -= 1
        diary.timers.pop(each.id)

    diary.runner._deliver = slow
    diary.add(*(timer(f"copy {number}", START, "notification") for number in range(5)))
    await diary.runner.settle()
    assert most == 5


async def test_a_timer_that_fails_is_not_run_for_ever(diary: Diary, caplog: pytest.LogCaptureFixture) -> None:
    async def failing(each: Timer) -> None:
        diary.ran.append((each.id, 0))
        raise RuntimeError("a mistake of ours")

    diary.runner._run = failing
    diary.add(timer("bad", START))
    await diary.runner.settle()
    await diary.runner.settle()
    assert diary.ran == [("bad", 0)]
    assert "a mistake of ours" in caplog.text


async def test_auto_time_jumps_to_the_next_due_thing_and_no_further(diary: Diary) -> None:
    diary.add(timer("a", START + HOUR), timer("b", START + 2 * HOUR))
    assert await diary.runner.jump()
    assert diary.clock.now() == START + HOUR
    assert await diary.runner.jump()
    assert not await diary.runner.jump()


async def test_a_running_clock_wakes_by_itself() -> None:
    diary = Diary(clock=SandboxClock(ClockSpec.parse("scaled:1000000")))
    done = asyncio.Event()

    async def run(each: Timer) -> None:
        diary.timers.pop(each.id)
        done.set()

    diary.runner._run = run
    diary.add(timer("soon", real_now() + HOUR))
    diary.runner.nudge()
    await asyncio.wait_for(done.wait(), 5)
    await diary.runner.close()


async def test_a_timeline_is_run_up_to_its_end_before_the_trigger_that_runs_it(diary: Diary) -> None:
    second = replace(timer("second", START + 2 * HOUR), timeline="clock")
    first = replace(timer("first", START + HOUR), timeline="clock")
    later = replace(timer("later", START + 5 * HOUR), timeline="clock")
    run = replace(timer("ready", START), runs="clock", until=Instant(START + 3 * HOUR))
    diary.add(second, first, later, run)

    await diary.runner.settle()

    assert [name for name, _ in diary.ran] == ["first", "second", "ready"]
    assert set(diary.timers) == {"later"}
