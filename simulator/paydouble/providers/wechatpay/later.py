"""What a scenario makes happen to an order later: by which triggers, by which acts, with which events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Walk, Work
from paydouble.providers.wechatpay import fees
from paydouble.providers.wechatpay.models import Refund, Transaction
from paydouble.providers.wechatpay.notices import paid_for, refund_ended

# fmt: off
WAYS: Mapping[tuple[str, str], tuple[str, ...]] = {
    (Transaction.kind, "approved"):              ("pay",),
    (Transaction.kind, "declined"):              ("fail",),
    (Transaction.kind, "failed"):                ("fail",),
    (Transaction.kind, "canceled"):              ("close", "cancel"),
    (Transaction.kind, "canceled:payer_closed"): ("cancel",),
    (Transaction.kind, "pending"):               ("enter",),
    (Transaction.kind, "held"):                  ("enter",),
    (Transaction.kind, "requires_action"):       ("enter",),
    (Transaction.kind, "settle"):                ("adjust_fee",),
    (Transaction.kind, "refund"):                ("refund",),
    (Refund.kind,      "approved"):              ("succeed",),
    (Refund.kind,      "declined"):              ("fail",),
    (Refund.kind,      "failed"):                ("fail",),
    (Refund.kind,      "canceled"):              ("close",),
}

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "payment.charge":  ("declined", "pending", "held", "requires_action", "canceled", "failed"),
    "payment.create":  ("declined", "failed"),
    "payment.cancel":  ("declined", "failed"),
    "refund.create":   ("declined", "pending", "held", "requires_action", "canceled", "failed"),
    "payout.create":   ("declined", "pending", "held", "canceled", "failed"),
}
# fmt: on


@act(Transaction, "adjust_fee")
async def adjust_fee(doing: Doing[Transaction]) -> Record:
    """The fee turns out to be another than the price list says."""
    order, fee = doing.record, doing.outcome.fee if doing.outcome else None
    if not order.was_paid or fee is None:
        raise Declined("not_permitted", "no fee was charged")
    more = fee.minor - order.fee_minor
    if more:
        charge = fees.charged if more > 0 else fees.handed_back
        doing.work.post(charge(order, abs(more), order.id))
    changed = replace(order, fee_minor=fee.minor)
    doing.work.save(changed)
    return changed


async def emits(work: Work, order: Transaction, type: str) -> Event | None:
    """Of refunds, about the newest one; any name tells of the order as it is."""
    if type.lower().startswith("refund."):
        found = await work.scan(Refund, Walk(index="transaction_id", value=order.id, limit=1))
        return replace(refund_ended(found[0]), type=type) if found else None
    return replace(paid_for(order), type=type)


ACTS: tuple[Act[Any], ...] = adjust_fee
