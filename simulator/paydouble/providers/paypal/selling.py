"""Refunds and reversals of a subscription's payments.

https://developer.paypal.com/docs/api/payments/v1/#sale_refund
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.machine import fire
from paydouble.providers.paypal.billing_showing import refund_told, sale_told
from paydouble.providers.paypal.scene import Scene
from paydouble.providers.paypal.subscription_models import (
    COMPLETED,
    SALE,
    Sale,
    SaleRefund,
    Subscription,
    went_back,
)


def refund(
    scene: Scene, subscription: Subscription, sale: Sale, minor: int, trigger: str = "refund",
    reason: str = "",
) -> tuple[Sale, SaleRefund]:
    """Takes `minor` units from the seller; with `reverse`, all that is left, by the payer's bank."""
    total = sale.refunded_minor + minor
    made = SaleRefund(
        id=scene.id(), status=COMPLETED, created=scene.now, merchant=sale.merchant, seller=sale.seller,
        sale=sale.id, subscription=sale.subscription, amount_minor=minor, currency=sale.currency,
        total_minor=total, reason=reason, base=sale.base,
    )
    scene.work.save(made)
    scene.work.post(went_back(made))
    if trigger == "refund" and total == sale.amount_minor:
        trigger = "refund_all"
    sale = fire(
        scene.work, SALE, sale, trigger, scene.now, refunded_minor=total, refunds=(*sale.refunds, made.id)
    )
    scene.work.save(replace(
        subscription, refunded_minor=subscription.refunded_minor + minor, updated=scene.now
    ))
    told = sale_told("PAYMENT.SALE.REVERSED", sale) if trigger == "reverse" else refund_told(made)
    scene.work.announce(told)
    return sale, made
