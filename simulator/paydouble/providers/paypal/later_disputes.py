"""What a scenario makes happen to an order whose buyer complains, in words that other providers share.

https://developer.paypal.com/docs/disputes/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.ledger import EntryKind, fees, pending, transfer
from paydouble.core.record import Record
from paydouble.core.work import Walk, Work
from paydouble.providers.paypal import disputing
from paydouble.providers.paypal.dispute_models import REASONS, RESOLVED, Dispute
from paydouble.providers.paypal.events import PROVIDER
from paydouble.providers.paypal.models import Capture, Order
from paydouble.providers.paypal.scene import of_act

# fmt: off
_REASONS: Mapping[str, str] = {
    "fraudulent":            "UNAUTHORISED",
    "duplicate":             "DUPLICATE_TRANSACTION",
    "product_not_received":  "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "product_unacceptable":  "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
    "credit_not_processed":  "CREDIT_NOT_PROCESSED",
    "subscription_canceled": "CANCELED_RECURRING_BILLING",
}
# fmt: on


@act(Order, "charge_back")
async def charge_back(doing: Doing[Order]) -> Record | None:
    """The buyer disputes the order's last capture: `reason` in neutral words or PayPal's own."""
    scene, order = of_act(doing), doing.record
    taken = await doing.work.get(Capture, order.captures[-1]) if order.captures else None
    if taken is None:
        raise Declined("not_permitted", f"{order.id} is not paid")
    told = str(doing.details.get("reason", "fraudulent"))
    reason = _REASONS.get(told, told if told in REASONS else "OTHER")
    dispute = disputing.opened(scene, order, taken, reason, taken.refundable_minor)
    fee = doing.outcome.fee if doing.outcome is not None else None
    if fee is not None and fee.minor:
        doing.work.post(transfer(
            EntryKind.FEE, source=pending(taken.seller), target=fees(PROVIDER), amount=fee,
            reference=order.id, memo=dispute.id,
        ))
    return await doing.work.get(Order, order.id)


@act(Order, "win_dispute", "lose_dispute")
async def decide_dispute(doing: Doing[Order]) -> Record | None:
    """PayPal decides the newest dispute about the order; an inquiry becomes a claim first."""
    scene, order, lost = of_act(doing), doing.record, doing.trigger == "lose_dispute"
    found = await _newest(doing.work, order)
    if found is None:
        raise Declined("not_permitted", f"{order.id} is not disputed")
    if found.status == RESOLVED:
        if bool(found.lost_minor) is not lost:
            raise Declined("not_permitted", f"{found.id} was decided otherwise")
        return order
    claimed = disputing.escalated(scene, found) if found.inquires else found
    await disputing.decided(scene, claimed, for_buyer=lost)
    return await doing.work.get(Order, order.id)


async def _newest(work: Work, order: Order) -> Dispute | None:
    for capture in reversed(order.captures):
        found = await work.scan(Dispute, Walk(index="capture", value=capture, limit=1))
        known = await work.get(Dispute, found[0].id) if found else None
        if known is not None:
            return known
    return None


ACTS: tuple[Act[Any], ...] = (*charge_back, *decide_dispute)
