"""What a scenario, or a hand, makes happen to an order as a whole: by which triggers, acts and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.effect import Result
from paydouble.core.ledger import EntryKind, fees, pending, transfer
from paydouble.core.money import DEFAULT_EXPONENT, Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.paypal import later_disputes, refunding
from paydouble.providers.paypal.acts import grant, settle
from paydouble.providers.paypal.amounts import EXPONENTS
from paydouble.providers.paypal.events import PROVIDER, approved, event
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund
from paydouble.providers.paypal.paying import NO_SHARE
from paydouble.providers.paypal.scene import of_act
from paydouble.providers.paypal.showing import authorization_shown, capture_shown, refund_shown

# fmt: off
WAYS: Mapping[tuple[str, str], tuple[str, ...]] = {
    (Order.kind,  "approved"):              ("release",),
    (Order.kind,  "declined"):              ("refuse",),
    (Order.kind,  "failed"):                ("refuse",),
    (Order.kind,  "canceled"):              ("expire", "refuse"),
    (Order.kind,  "canceled:payer_closed"): ("cancel", "refuse"),
    (Order.kind,  "settle"):                ("adjust_fee",),
    (Order.kind,  "refund"):                ("refund",),
    (Order.kind,  "dispute.opened"):        ("charge_back",),
    (Order.kind,  "dispute.won"):           ("win_dispute",),
    (Order.kind,  "dispute.lost"):          ("lose_dispute",),
    (Refund.kind, "approved"):              ("succeed",),
    (Refund.kind, "declined"):              ("fail",),
    (Refund.kind, "failed"):                ("fail",),
    (Refund.kind, "canceled"):              ("cancel",),
}

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "payment.charge":  ("declined", "pending", "held", "requires_action", "partial", "canceled", "failed"),
    "payment.capture": ("declined", "pending", "held", "requires_action", "partial", "canceled", "failed"),
    "refund.create":   ("declined", "pending", "held", "failed"),
    "payout.create":   ("declined", "pending", "held", "failed"),
}
# fmt: on

REFUNDABLE = ("COMPLETED", "PARTIALLY_REFUNDED")


@act(Order, "release", "refuse")
async def decide(doing: Doing[Order]) -> Record | None:
    """The captures and authorizations of an order that are held up come through, or are refused."""
    if not doing.record.pending_count:
        raise Declined("not_permitted", f"nothing of {doing.record.id} is held up")
    released = doing.trigger == "release"
    await settle[0].handler(replace(doing, trigger="settle" if released else "deny"))
    for id in doing.record.authorizations:
        held = await doing.work.get(Authorization, id)
        if held is not None and held.status == "PENDING":
            await grant[0].handler(_about(doing, held, "hold" if released else "deny"))
    return await doing.work.get(Order, doing.record.id)


def _about(doing: Doing[Order], held: Authorization, trigger: str) -> Doing[Authorization]:
    return Doing(
        record=held, trigger=trigger, merchant=doing.merchant, outcome=doing.outcome, work=doing.work,
        clock=doing.clock, ids=doing.ids, now=doing.now, details=doing.details,
    )


@act(Order, "adjust_fee")
async def adjust_fee(doing: Doing[Order]) -> Record:
    """The fee turns out to be another than the price list says: of its last capture."""
    order, fee = doing.record, doing.outcome.fee if doing.outcome else None
    taken = await _taken(doing.work, order)
    if taken is None or fee is None:
        raise Declined("not_permitted", "no fee was charged")
    more = fee.minor - taken.fee_minor
    if more:
        own, other = pending(taken.seller), fees(PROVIDER)
        source, target = (own, other) if more > 0 else (other, own)
        doing.work.post(transfer(
            EntryKind.FEE, source=source, target=target, amount=Money(abs(more), taken.currency),
            reference=order.id, memo=taken.id,
        ))
    doing.work.save(replace(taken, fee_minor=fee.minor, updated=doing.now))
    changed = replace(order, fee_minor=order.fee_minor + more, updated=doing.now)
    doing.work.save(changed)
    return changed


@act(Order, "refund", means=("refund.create",))
async def refund(doing: Doing[Order]) -> Record:
    """The seller refunds on PayPal's own site: `amount` in major units, or all that is left of a capture."""
    scene, order, outcome = of_act(doing), doing.record, doing.outcome
    taken = await _taken(doing.work, order)
    if taken is None or not taken.refundable_minor:
        raise Declined("not_permitted", f"nothing of {order.id} can be refunded")
    result = outcome.result if outcome is not None else Result.APPROVED
    if result is Result.DECLINED:
        raise Declined(outcome.reason if outcome else "", "the refund was refused")
    amount = _asked(doing.details, taken)
    waits = result is not Result.APPROVED
    order, made = refunding.refund(scene, order, taken, amount, {}, NO_SHARE, waits=waits)
    if result in (Result.FAILED, Result.CANCELED):
        await refunding.undone(scene, made, "fail" if result is Result.FAILED else "cancel")
    return await doing.work.get(Order, order.id) or order


def _asked(details: Mapping[str, Any], taken: Capture) -> Money:
    text = details.get("amount")
    if text is None:
        return Money(taken.refundable_minor, taken.currency)
    try:
        minor = int(Decimal(str(text)).scaleb(EXPONENTS.get(taken.currency, DEFAULT_EXPONENT)))
    except InvalidOperation:
        minor = 0
    if not 0 < minor <= taken.refundable_minor:
        raise Declined("limit_exceeded", f"{text} cannot be refunded")
    return Money(minor, taken.currency)


async def _taken(work: Work, order: Order) -> Capture | None:
    """The last of its captures that brought money."""
    for id in reversed(order.captures):
        taken = await work.get(Capture, id)
        if taken is not None and taken.status in REFUNDABLE:
            return taken
    return None


async def emits(work: Work, order: Record, type: str) -> Event | None:
    """About what its name says: the newest refund, authorization or capture, or else the order."""
    if not isinstance(order, Order):
        return None
    told: dict[str, Any] = {"base": order.base, "subject": order.id, "ref": order.ref}
    if type.startswith("PAYMENT.REFUND.") and order.refunds:
        made = await work.get(Refund, order.refunds[-1])
        assert made is not None, f"{order.id} has lost a refund"
        return event(type, order.merchant, refund_shown(made, order.base), resource_type="refund", **told)
    if type.startswith("PAYMENT.AUTHORIZATION.") and order.authorizations:
        held = await work.get(Authorization, order.authorizations[-1])
        assert held is not None, f"{order.id} has lost an authorization"
        shown = authorization_shown(held, order.base)
        return event(type, order.merchant, shown, resource_type="authorization", **told)
    if type.startswith("PAYMENT.") and order.captures:
        taken = await work.get(Capture, order.captures[-1])
        assert taken is not None, f"{order.id} has lost a capture"
        return event(type, order.merchant, capture_shown(taken, order.base), resource_type="capture", **told)
    return None if type.startswith("PAYMENT.") else replace(approved(order), type=type)


ACTS: tuple[Act[Any], ...] = (*decide, *adjust_fee, *refund, *later_disputes.ACTS)
