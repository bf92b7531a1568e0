"""Whose time it is: a customer on a test clock lives by that clock, all others by the sandbox's.

https://docs.stripe.com/billing/testing/test-clocks
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.act import Doing
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.accounts_receivable import TestClock
from paydouble.providers.stripe.owning import referred
from paydouble.providers.stripe.scene import Scene, of_act


async def of_customer(scene: Scene, customer: Customer | None) -> Scene:
    """The scene in the customer's time."""
    return await on_clock(scene, customer.test_clock if customer is not None else "")


async def on_clock(scene: Scene, id: str) -> Scene:
    """The scene in the time of that test clock; as it is where none is named. Raises ProviderError."""
    if not id or scene.timeline == id:
        return scene
    clock = await referred(scene, TestClock, id, "test clock", param="test_clock")
    return replace(scene, now=clock.now, timeline=clock.id)


async def of_timer(doing: Doing[Any], customer: str) -> Scene:
    """An act's scene: on a clock's timeline `now` is when it was due, or the clock's own time."""
    scene = of_act(doing)
    found = await scene.work.get(Customer, customer) if customer else None
    if found is None or not found.test_clock:
        return scene
    clock = await scene.work.get(TestClock, found.test_clock)
    if clock is None:
        return scene
    on_time = clock.status == "advancing" and clock.frozen_time <= doing.now <= clock.target
    return replace(
        scene, now=doing.now if on_time else clock.now, wall=doing.clock.now(), timeline=clock.id
    )
