"""How a subscription moves when its invoices are paid or not, and when it ends.

https://docs.stripe.com/billing/subscriptions/overview#subscription-statuses
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.providers.stripe import discounts
from paydouble.providers.stripe.machines_billing import SUBSCRIPTION
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.scene import Scene

_OWING = ("incomplete", "past_due", "unpaid", "paused")


def moved(scene: Scene, before: Subscription, trigger: str, **changes: Any) -> Subscription:
    """Along its table, and told as an update. Raises IllegalTrigger."""
    row = SUBSCRIPTION.row(before.status, trigger)
    after = replace(before, status=row.target, **changes)
    told(scene, "customer.subscription.updated", before, after)
    return after


def canceled(scene: Scene, before: Subscription, reason: str, **changes: Any) -> Subscription:
    """Ends it for good. Raises IllegalTrigger where it has ended."""
    row = SUBSCRIPTION.row(before.status, "cancel")
    after = replace(
        before, status=row.target, ended_at=scene.now, canceled_at=before.canceled_at or scene.now,
        cancellation_reason=before.cancellation_reason or reason, **changes,
    )
    scene.work.save(after)
    scene.tell("customer.subscription.deleted", after)
    return after


async def of_invoice(scene: Scene, invoice: Invoice) -> Subscription | None:
    return await scene.work.get(Subscription, invoice.subscription) if invoice.subscription else None


async def on_paid(scene: Scene, invoice: Invoice, method: str = "") -> Subscription | None:
    """The newest invoice is paid: what owed it is active again."""
    before = await of_invoice(scene, invoice)
    if before is None or before.ended:
        return before
    changes: dict[str, Any] = {}
    saves = before.payment_settings.get("save_default_payment_method") == "on_subscription"
    if method and saves and before.default_payment_method != method:
        changes["default_payment_method"] = method
    if before.status in _OWING and before.latest_invoice == invoice.id:
        after = moved(scene, before, "activate", **changes)
    else:
        after = replace(before, **changes)
        told(scene, "customer.subscription.updated", before, after)
    await _standing(scene, after.customer, delinquent=False)
    return after


async def on_failed(scene: Scene, invoice: Invoice) -> Subscription | None:
    """A renewal was not paid: past due."""
    before = await of_invoice(scene, invoice)
    if before is None or before.status not in ("active", "trialing") or before.latest_invoice != invoice.id:
        return before
    after = moved(scene, before, "fail")
    await _standing(scene, after.customer, delinquent=True)
    return after


async def _standing(scene: Scene, id: str, *, delinquent: bool) -> None:
    customer = await scene.work.get(Customer, id)
    if customer is not None and customer.delinquent != delinquent:
        told(scene, "customer.updated", customer, replace(customer, delinquent=delinquent))


async def spend_once(scene: Scene, subscription: Subscription) -> Subscription:
    """What a coupon takes off once only is used up by an invoice."""
    held = await discounts.loaded(scene, subscription.discounts)
    over = [
        each for each in held
        if each.coupon["duration"] == "once" or (each.end is not None and each.end <= scene.now)
    ]
    for each in over:
        discounts.ended(scene, each)
    gone = {each.id for each in over}
    return replace(subscription, discounts=tuple(id for id in subscription.discounts if id not in gone))
