"""What happens to disputes without a call: the buyer's doing, PayPal's decisions, and time's.

https://developer.paypal.com/docs/disputes/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.clock import rfc3339_utc
from paydouble.core.machine import IllegalTrigger
from paydouble.core.record import Record
from paydouble.providers.paypal import disputing
from paydouble.providers.paypal.amounts import EXPONENTS, decimal_of
from paydouble.providers.paypal.dispute_models import (
    BUYER,
    DISPUTE,
    REASONS,
    RESOLVED,
    REVIEW,
    SELLER,
    Dispute,
)
from paydouble.providers.paypal.models import Capture, Order
from paydouble.providers.paypal.offering import accepted, declined
from paydouble.providers.paypal.scene import Scene, of_act


@act(Capture, "dispute")
async def complain(doing: Doing[Capture]) -> Record:
    """The buyer opens a dispute: `reason`, `amount` and `message` are in the details."""
    return await _opened(of_act(doing), doing.record, doing.details)


@act(Order, "dispute")
async def complain_of_order(doing: Doing[Order]) -> Record:
    """The buyer opens a dispute about an order's first capture."""
    order = doing.record
    taken = await doing.work.get(Capture, order.captures[0]) if order.captures else None
    if taken is None:
        raise IllegalTrigger(order.kind, order.status, "dispute")
    await _opened(of_act(doing), taken, doing.details)
    return order


async def _opened(scene: Scene, taken: Capture, details: Mapping[str, Any]) -> Dispute:
    order = await scene.work.get(Order, taken.order)
    assert order is not None, f"{taken.id} has no order"
    reason = str(details.get("reason", REASONS[0]))
    if reason not in REASONS:
        raise Declined("not_permitted", f"{reason} is none of {', '.join(REASONS)}")
    minor = _minor(details.get("amount"), taken)
    return disputing.opened(scene, order, taken, reason, minor, message=str(details.get("message", "")))


def _minor(text: object, taken: Capture) -> int:
    if text is None:
        return taken.refundable_minor
    number = decimal_of(text)
    scaled = None if number is None else number.scaleb(EXPONENTS.get(taken.currency, 2))
    if scaled is None or scaled != scaled.to_integral_value() or not 0 < scaled <= taken.refundable_minor:
        raise Declined("not_permitted", f"{text} is no part of the capture")
    return int(scaled)


@act(Dispute, "win", "lose", means=("dispute.respond",))
async def decide(doing: Doing[Dispute]) -> Record:
    """PayPal decides, for the seller or for the buyer."""
    dispute = doing.record
    if dispute.inquires or dispute.status == RESOLVED:
        raise IllegalTrigger(DISPUTE.name, dispute.status, doing.trigger)
    return await disputing.decided(of_act(doing), dispute, for_buyer=doing.trigger == "lose")


@act(Dispute, "cancel", "lapse")
async def cancel(doing: Doing[Dispute]) -> Record:
    """The buyer withdraws it; or nobody did anything about it for twenty days."""
    dispute = doing.record
    early = doing.trigger == "lapse" and (not dispute.inquires or doing.now < dispute.due)
    if dispute.status == RESOLVED or early:
        raise IllegalTrigger(DISPUTE.name, dispute.status, doing.trigger)
    return await disputing.cancelled(of_act(doing), dispute)


@act(Dispute, "overdue")
async def overdue(doing: Doing[Dispute]) -> Record:
    """Who did not answer a claim in time has lost it."""
    dispute = doing.record
    if dispute.status not in (SELLER, BUYER) or dispute.inquires or doing.now < dispute.due:
        raise IllegalTrigger(DISPUTE.name, dispute.status, "overdue")
    return await disputing.decided(of_act(doing), dispute, for_buyer=dispute.status == SELLER)


@act(Dispute, "escalate")
async def escalate(doing: Doing[Dispute]) -> Record:
    """The buyer makes a claim of an inquiry."""
    return disputing.escalated(of_act(doing), doing.record)


@act(Dispute, "message")
async def message(doing: Doing[Dispute]) -> Record:
    """The buyer writes to the seller."""
    scene, dispute = of_act(doing), doing.record
    if dispute.status == RESOLVED:
        raise IllegalTrigger(DISPUTE.name, dispute.status, "message")
    posted = disputing.posted(scene, "BUYER", str(doing.details.get("message", "Where is my parcel?")))
    return disputing.changed(scene, dispute, messages=(*dispute.messages, posted))


@act(Dispute, "accept_offer", "deny_offer")
async def answer_offer(doing: Doing[Dispute]) -> Record:
    """The buyer takes the seller's offer, or does not."""
    scene, dispute = of_act(doing), doing.record
    if dispute.status != BUYER or not dispute.inquires or not dispute.offers:
        raise IllegalTrigger(DISPUTE.name, dispute.status, doing.trigger)
    note = str(doing.details.get("note", ""))
    if doing.trigger == "deny_offer":
        return declined(scene, dispute, note)
    return await accepted(scene, dispute, note)


@act(Dispute, "answer")
async def answer(doing: Doing[Dispute]) -> Record:
    """The buyer provides the evidence that was asked for."""
    scene, dispute = of_act(doing), doing.record
    if dispute.status != BUYER or dispute.inquires or dispute.returning:
        raise IllegalTrigger(DISPUTE.name, dispute.status, "answer")
    evidence = {
        "evidence_type": "OTHER", "source": "SUBMITTED_BY_BUYER", "date": rfc3339_utc(scene.now),
        "notes": str(doing.details.get("notes", "See my photographs")),
    }
    return disputing.moved(scene, dispute, "answer", evidences=(*dispute.evidences, evidence))


@act(Dispute, "send_back")
async def send_back(doing: Doing[Dispute]) -> Record:
    """The buyer sends the item back, as was agreed."""
    dispute = doing.record
    if not dispute.returning or dispute.status != BUYER:
        raise IllegalTrigger(DISPUTE.name, dispute.status, "send_back")
    return disputing.moved(of_act(doing), dispute, "sent_back")


@act(Dispute, "ask_seller", "ask_buyer")
async def ask(doing: Doing[Dispute]) -> Record:
    """PayPal asks for more evidence."""
    if doing.record.status != REVIEW:
        raise IllegalTrigger(DISPUTE.name, doing.record.status, doing.trigger)
    return disputing.moved(of_act(doing), doing.record, doing.trigger)


ACTS: tuple[Act[Any], ...] = (
    *complain, *complain_of_order, *decide, *cancel, *overdue, *escalate, *message, *answer_offer, *answer,
    *send_back, *ask,
)
