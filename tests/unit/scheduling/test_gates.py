from __future__ import annotations

import asyncio

from paydouble.core.clock import Duration
from paydouble.core.effect import At, Gate
from paydouble.scheduling.gates import Gates

LONG = Duration(60_000)
AT_COMMIT = (Gate(At.BEFORE_COMMIT, "go", LONG),)


async def held(gates: Gates) -> None:
    """Returns when a gate holds somebody."""
    while not gates.held:
        await asyncio.sleep(0)


async def test_a_call_waits_until_its_signal() -> None:
    gates = Gates()
    call = asyncio.create_task(gates.hold(AT_COMMIT, At.BEFORE_COMMIT, "call_1"))
    await held(gates)
    assert [(gate.call, gate.signal) for gate in gates.held] == [("call_1", "go")]
    assert gates.signal("go") == 1
    await call
    assert gates.held == ()


async def test_a_signal_that_came_first_holds_nobody() -> None:
    gates = Gates()
    gates.signal("go")
    await gates.hold(AT_COMMIT, At.BEFORE_COMMIT, "call_1")


async def test_another_point_of_the_call_is_not_held() -> None:
    await Gates().hold(AT_COMMIT, At.AFTER_COMMIT, "call_1")


async def test_a_gate_is_released_by_its_id() -> None:
    gates = Gates()
    call = asyncio.create_task(gates.hold(AT_COMMIT, At.BEFORE_COMMIT, "call_1"))
    await held(gates)
    assert not gates.release("gate_9")
    assert gates.release(gates.held[0].id)
    await call


async def test_a_gate_opens_by_itself_when_its_time_is_up() -> None:
    await Gates().hold((Gate(At.BEFORE_ANSWER, "never", Duration(1)),), At.BEFORE_ANSWER, "call_1")


async def test_closing_lets_everybody_go() -> None:
    gates = Gates()
    call = asyncio.create_task(gates.hold(AT_COMMIT, At.BEFORE_COMMIT, "call_1"))
    pause = asyncio.create_task(gates.pause(LONG))
    await held(gates)
    gates.close()
    await asyncio.gather(call, pause)
