"""A subscription's next period: its draft invoice, and what happens while collection is paused.

https://docs.stripe.com/billing/subscriptions/billing-cycle
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.clock import later
from paydouble.providers.stripe import billed_items, invoice_drafts, periods, subscribing
from paydouble.providers.stripe import subscription_states as states
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.scene import Scene


async def renewal(
    scene: Scene, subscription: Subscription, *, reason: str = "subscription_cycle"
) -> Invoice:
    """The draft for the period that begins now; its items are those of the subscription."""
    customer = await scene.work.get(Customer, subscription.customer)
    assert customer is not None, f"{subscription.id} has no customer"
    start, end = subscription.period_start, subscription.period_end
    invoice = invoice_drafts.started(
        scene,
        customer,
        subscription.currency,
        (),
        billing_reason=reason,
        auto_advance=True,
        automatically_finalizes_at=later(scene.now, scene.terms.invoice_finalizes_after),
        **subscribing.of_subscription(subscription),
    )
    lines = await billed_items.lines_for(scene, subscription, start, end)
    pending = await invoice_drafts.pending_items(scene, customer.id, subscription.currency, subscription.id)
    lines = invoice_drafts.taken(scene, pending, invoice.id) + lines
    return await invoice_drafts.drafted(scene, customer, replace(invoice, lines=tuple(lines)))


async def renewed(scene: Scene, before: Subscription) -> Subscription:
    """The next period begins: a draft invoice, new periods, and what happens to a paused collection."""
    interval, count = before.interval
    started = before.period_end
    after = replace(
        before,
        period_start=started,
        period_end=periods.end_after(started, before.billing_cycle_anchor, interval, count),
    )
    invoice = await renewal(scene, after)
    after = await states.spend_once(scene, replace(after, latest_invoice=invoice.id))
    if after.status == "trialing":
        after = replace(after, status="active")
    told(scene, "customer.subscription.updated", before, after)
    subscribing.expects(scene, after)
    await _collection(scene, after, invoice)
    return after


async def _collection(scene: Scene, subscription: Subscription, invoice: Invoice) -> None:
    paused = (subscription.pause_collection or EMPTY).get("behavior", "")
    if paused == "keep_as_draft" or subscription.status == "unpaid":
        scene.work.save(replace(invoice, auto_advance=False, automatically_finalizes_at=None))
        return
    scene.at(later(scene.now, scene.terms.invoice_finalizes_after), invoice, "finalize")
