"""Authorizations that end without a capture: given up by the merchant, or run out.

https://developer.paypal.com/docs/api/payments/v2/#authorizations_void
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.machine import fire
from paydouble.providers.paypal.machines import AUTHORIZATION
from paydouble.providers.paypal.models import Authorization, Order
from paydouble.providers.paypal.paying import release
from paydouble.providers.paypal.scene import Scene


async def given_up(scene: Scene, held: Authorization, trigger: str) -> Order:
    """Releases what is still reserved, its renewal's included; what was captured stays captured."""
    await _end(scene, held, trigger)
    order = await scene.work.get(Order, held.order)
    assert order is not None, f"{held.id} has no order"
    waited = held.status == "PENDING"
    order = replace(
        order, updated=scene.now, voided=True, authorized_minor=0,
        pending_count=order.pending_count - waited,
    )
    scene.work.save(order)
    return order


async def _end(scene: Scene, held: Authorization, trigger: str) -> None:
    release(scene, held, held.reserved_minor)
    fire(scene.work, AUTHORIZATION, held, trigger, scene.now, reserved_minor=0)
    renewal = await scene.work.get(Authorization, held.renewed) if held.renewed else None
    if renewal is not None and trigger in AUTHORIZATION.triggers(renewal.status):
        await _end(scene, renewal, trigger)
