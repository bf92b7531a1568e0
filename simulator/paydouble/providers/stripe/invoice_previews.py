"""The invoice that would come next, computed as the real one is, and never written.

https://docs.stripe.com/api/invoices/create_preview
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paydouble.providers.stripe import billed_items, invoice_drafts, periods, subscribing
from paydouble.providers.stripe.invoice_totals import totaled
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.invoices import Invoice, Line
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.scene import Scene


@dataclass(frozen=True, slots=True)
class Upcoming:
    """An invoice without an id, as `invoice.upcoming` tells it."""

    merchant: str
    invoice: Invoice

    def shown(self) -> dict[str, object]:
        shape = self.invoice.shown()
        del shape["id"]
        return shape


async def upcoming_of(scene: Scene, subscription: Subscription) -> Upcoming:
    invoice = await next_invoice(scene, subscription, ())
    return Upcoming(subscription.merchant, invoice)


async def next_invoice(
    scene: Scene, subscription: Subscription, changes: Sequence[Line], *, at_once: bool = False
) -> Invoice:
    """The renewal with what is pending, and with the lines that a change would add."""
    customer = await scene.work.get(Customer, subscription.customer)
    assert customer is not None, f"{subscription.id} has no customer"
    interval, count = subscription.interval
    start = subscription.period_end
    end = periods.end_after(start, subscription.billing_cycle_anchor, interval, count)
    lines = [] if at_once else await billed_items.lines_for(scene, subscription, start, end)
    pending = await invoice_drafts.pending_items(scene, customer.id, subscription.currency, subscription.id)
    taken = [invoice_drafts.line_of(scene, item) for item in pending]
    invoice = invoice_drafts.started(
        scene, customer, subscription.currency, [*taken, *changes, *lines], billing_reason="upcoming",
        auto_advance=True, next_payment_attempt=start, **subscribing.of_subscription(subscription),
    )
    return await totaled(scene, invoice, customer)
