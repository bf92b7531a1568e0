"""What payers and time do to Checkout Sessions (https://docs.stripe.com/payments/checkout)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.errors import ProviderError
from paydouble.core.machine import IllegalTrigger
from paydouble.core.record import Record
from paydouble.providers.stripe import checking_out, clocks, discounts
from paydouble.providers.stripe.checkout_items import totaled
from paydouble.providers.stripe.machines_billing import CHECKOUT
from paydouble.providers.stripe.models.checkout import CheckoutSession
from paydouble.providers.stripe.operations.billing_promotion_codes import named
from paydouble.providers.stripe.scene import Scene


async def _scene(doing: Doing[CheckoutSession]) -> Scene:
    scene = await clocks.of_timer(doing, doing.record.customer)
    return replace(scene, base_url=doing.record.base_url)


@act(CheckoutSession, "pay", means=("payment.charge",))
async def pay(doing: Doing[CheckoutSession]) -> Record:
    """The payer pays: `number`, `exp_month`, `exp_year`, `cvc` of a card, a `payment_method`, or a `type`."""
    scene, session = await _scene(doing), doing.record
    CHECKOUT.row(session.status, doing.trigger)
    return await checking_out.paid(scene, session, doing.details, doing.outcome)


@act(CheckoutSession, "redeem")
async def redeem(doing: Doing[CheckoutSession]) -> Record:
    """The payer types a promotion code: `code` of the details."""
    scene, session = await _scene(doing), doing.record
    if session.status != "open" or not session.allow_promotion_codes:
        raise IllegalTrigger(CHECKOUT.name, session.status, doing.trigger)
    code = await named(scene, str(doing.details.get("code", "")))
    if code is None:
        raise Declined("not_found", "This code is invalid.")
    try:
        given = await discounts.redeemed(
            scene, [{"promotion_code": code.id}], customer=session.customer, quiet=True
        )
    except ProviderError as error:
        raise Declined(error.row.code, error.message) from None
    after = replace(
        session, items=totaled(scene, session.items, given), discount_ids=tuple(each.id for each in given),
        discounts=({"coupon": None, "promotion_code": code.id},),
    )
    scene.work.save(after)
    return after


@act(CheckoutSession, "expire")
async def expire(doing: Doing[CheckoutSession]) -> Record:
    """Nobody has paid in time."""
    scene, session = await _scene(doing), doing.record
    CHECKOUT.row(session.status, doing.trigger)
    return checking_out.expired(scene, session)


CHECKOUT_ACTS: tuple[Act[Any], ...] = (*pay, *redeem, *expire)
