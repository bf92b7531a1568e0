"""What happens to a payment without a call: the payer's doing, the bank's, and time's.

https://developer.paypal.com/docs/api/orders/v2/, https://developer.paypal.com/docs/api/payments/v2/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.machine import fire
from paydouble.core.record import Record
from paydouble.providers.paypal import paying, refunding, sources
from paydouble.providers.paypal.machines import AUTHORIZATION, CAPTURE, ORDER
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund
from paydouble.providers.paypal.scene import Scene, of_act
from paydouble.providers.paypal.vault_models import SetupToken
from paydouble.providers.paypal.vaulting import SETUP
from paydouble.providers.paypal.voiding import given_up

AT_ONCE = "ORDER_COMPLETE_ON_PAYMENT_APPROVAL"
NO_SHIPPING = "NO_SHIPPING"


@act(Order, "approve", "pay")
async def approve(doing: Doing[Order]) -> Record:
    """The payer approves, as the personal account of the sandbox or as whom the details name."""
    scene, order = of_act(doing), doing.record
    ORDER.row(order.status, "approve")
    moved = fire(scene.work, ORDER, _approved(scene, order, doing.details), "approve", scene.now)
    if moved.instruction != AT_ONCE:
        return moved
    row = paying.wallet_refusal(moved, doing.outcome, ())
    if row is not None:
        raise Declined(row.code, row.message)
    return await paying.capture_order(scene, moved, doing.outcome)


def _approved(scene: Scene, order: Order, details: Mapping[str, Any]) -> Order:
    if order.is_card:
        return replace(order, source=sources.authenticated(order.source, order.card))
    payer = sources.buyer(scene.merchant.sandbox, details)
    kind = next(iter(order.source), "paypal")
    shown = sources.wallet(payer) if kind in sources.WALLETS else {
        "name": sources.address_on_file(payer)["name"]["full_name"],
        "country_code": payer["address"]["country_code"], **order.source[kind],
    }
    units = tuple(_shipped(unit, payer, order.context) for unit in order.units)
    return replace(order, payer={**order.payer, **payer}, source={kind: shown}, units=units)


def _shipped(unit: Mapping[str, Any], payer: dict[str, Any], context: Mapping[str, Any]) -> Mapping[str, Any]:
    if context.get("shipping_preference") == NO_SHIPPING:
        return unit
    given = unit.get("shipping") or {}
    return {**unit, "shipping": {**sources.address_on_file(payer), **given}}


@act(Capture, "complete")
async def complete(doing: Doing[Capture]) -> Record:
    """What held a capture up is over: the money arrives."""
    scene, taken = of_act(doing), doing.record
    CAPTURE.row(taken.status, doing.trigger)
    order = await _settled(scene, taken)
    _, done = paying.complete(scene, order, taken)
    return done


@act(Capture, "deny", "decline")
async def deny(doing: Doing[Capture]) -> Record:
    """A capture that was held up is refused."""
    scene, taken = of_act(doing), doing.record
    CAPTURE.row(taken.status, doing.trigger)
    await _settled(scene, taken)
    if taken.authorization and taken.from_reserve_minor:
        held = await scene.work.get(Authorization, taken.authorization)
        assert held is not None, f"{taken.id} has no authorization"
        paying.release(scene, held, taken.from_reserve_minor)
    return fire(scene.work, CAPTURE, taken, doing.trigger, scene.now, reason="", fee_minor=0)


async def _settled(scene: Scene, taken: Capture) -> Order:
    order = await scene.work.get(Order, taken.order)
    assert order is not None, f"{taken.id} has no order"
    order = replace(order, pending_count=order.pending_count - 1, updated=scene.now)
    scene.work.save(order)
    return order


@act(Order, "settle", "deny")
async def settle(doing: Doing[Order]) -> Record:
    """The captures of an order that are held up arrive, or are refused."""
    scene, order = of_act(doing), doing.record
    for id in order.captures:
        taken = await scene.work.get(Capture, id)
        if taken is not None and taken.status == "PENDING":
            trigger = "complete" if doing.trigger == "settle" else "deny"
            handler = complete if trigger == "complete" else deny
            await handler[0].handler(_about(doing, taken, trigger))
    found = await scene.work.get(Order, order.id)
    assert found is not None
    return found


def _about(doing: Doing[Order], taken: Capture, trigger: str) -> Doing[Capture]:
    return Doing(
        record=taken, trigger=trigger, merchant=doing.merchant, outcome=doing.outcome, work=doing.work,
        clock=doing.clock, ids=doing.ids, now=doing.now, details=doing.details,
    )


@act(Authorization, "expire", "void")
async def expire(doing: Doing[Authorization]) -> Record | None:
    """Twenty-nine days are over, or the merchant gives it up on PayPal's own site."""
    scene, held = of_act(doing), doing.record
    AUTHORIZATION.row(held.status, doing.trigger)
    await given_up(scene, held, doing.trigger)
    return await scene.work.get(Authorization, held.id)


@act(Authorization, "hold", "deny")
async def grant(doing: Doing[Authorization]) -> Record:
    """An authorization under review is granted, or refused."""
    scene, held = of_act(doing), doing.record
    AUTHORIZATION.row(held.status, doing.trigger)
    order = await scene.work.get(Order, held.order)
    assert order is not None, f"{held.id} has no order"
    granted = held.amount_minor if doing.trigger == "hold" else 0
    scene.work.save(replace(
        order, pending_count=order.pending_count - 1, authorized_minor=granted, updated=scene.now
    ))
    moved = fire(
        scene.work, AUTHORIZATION, replace(held, reserved_minor=granted), doing.trigger, scene.now, reason=""
    )
    if granted:
        paying.plan_expiry(scene, moved)
    return moved


@act(SetupToken, "approve")
async def agree(doing: Doing[SetupToken]) -> Record:
    """The payer agrees that the shop keeps a payment source."""
    token = doing.record
    SETUP.row(token.status, doing.trigger)
    [kind] = token.source
    if kind in sources.WALLETS:
        payer = sources.buyer(doing.merchant.sandbox, doing.details)
        shown = {**token.source[kind], **sources.kept_wallet(payer)}
        token = replace(token, source={kind: shown})
    return fire(doing.work, SETUP, token, "approve", doing.now)


@act(Refund, "fail", "cancel")
async def fail_refund(doing: Doing[Refund]) -> Record:
    """A refund on its way comes back."""
    return await refunding.undone(of_act(doing), doing.record, doing.trigger)


ACTS: tuple[Act[Any], ...] = (*approve, *complete, *deny, *settle, *expire, *grant, *agree, *fail_refund)

