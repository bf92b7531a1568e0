"""The day on which money becomes available, and what is told then.

https://docs.stripe.com/payments/balances
"""

from __future__ import annotations

from dataclasses import dataclass

from paydouble.providers.stripe.booking import held
from paydouble.providers.stripe.models import Release
from paydouble.providers.stripe.models.balance import balance_shown
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.settling import available_on


@dataclass(frozen=True, slots=True)
class Balance:
    """What is told when money becomes available."""

    merchant: str
    body: dict[str, object]

    def shown(self) -> dict[str, object]:
        return self.body


async def expect(scene: Scene) -> None:
    """Money has been captured: on the day it becomes available, that is told; once for all of that day."""
    due = available_on(scene.wall)
    id = f"{scene.account}/{due}"
    if await scene.work.get(Release, id) is None:
        release = Release(id=id, created=scene.wall, merchant=scene.account)
        scene.work.save(release)
        scene.work.at(due, release, "release")


async def released(scene: Scene) -> None:
    available, pending = await held(scene.work, scene.account, scene.now)
    shown = balance_shown(available, pending, scene.terms.currency)
    scene.tell("balance.available", Balance(scene.account, shown))
