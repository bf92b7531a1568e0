from __future__ import annotations

import asyncio

import pytest

from paydouble.scheduling.turns import Queue, Taken, Turns


def test_a_key_has_one_turn_at_a_time() -> None:
    turns = Turns()
    with turns.hold("key"):
        with pytest.raises(Taken), turns.hold("key"):
            pass
        with turns.hold("another"):
            pass
    with turns.hold("key"):
        pass


def test_a_turn_ends_with_its_call_however_that_ends() -> None:
    turns = Turns()
    with pytest.raises(RuntimeError), turns.hold("key"):
        raise RuntimeError
    with turns.hold("key"):
        pass


async def test_a_queue_lets_one_in_at_a_time_in_the_order_of_arrival() -> None:
    queue, inside, order = Queue(), 0, []

    async def visit(number: int) -> None:
        nonlocal inside
        await queue.enter()
        inside += 1
        assert inside == 1
        await asyncio.sleep(0)
        order.append(number)
        inside -= 1
        queue.leave()

    await asyncio.gather(*(visit(number) for number in range(20)))
    assert order == list(range(20))
