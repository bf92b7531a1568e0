"""What a dispute does to its capture and to the seller's balance, from its opening to its end.

https://developer.paypal.com/docs/disputes/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.clock import Instant, later, rfc3339_utc
from paydouble.core.ledger import PAYER, EntryKind, pending, transfer
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.providers.paypal import events, refunding
from paydouble.providers.paypal.amounts import Json, shown_minor
from paydouble.providers.paypal.dispute_models import (
    BUYER,
    BUYER_FAVOUR,
    CANCELED,
    CHARGEBACK,
    DISPUTE,
    INQUIRIES,
    INQUIRY,
    OPEN,
    PRE_ARBITRATION,
    RESOLVED,
    SELLER,
    SELLER_FAVOUR,
    Dispute,
    dispute_id,
)
from paydouble.providers.paypal.dispute_showing import CLOSED, CREATED, UPDATED, told
from paydouble.providers.paypal.machines import CAPTURE
from paydouble.providers.paypal.models import Capture, Order
from paydouble.providers.paypal.paying import NO_SHARE
from paydouble.providers.paypal.scene import Scene
from paydouble.providers.paypal.showing import PAYMENTS_PATH, link

NO_TIME = Instant(0)


def held(seller: str) -> str:
    """Money of a seller that a dispute is about."""
    return f"merchant:{seller}:disputed"


def opened(
    scene: Scene, order: Order, taken: Capture, reason: str, minor: int, *, message: str = "",
    extensions: Mapping[str, Any] | None = None,
) -> Dispute:
    """The buyer complains. Raises IllegalTrigger where there is nothing to complain about."""
    if taken.status not in ("COMPLETED", "PARTIALLY_REFUNDED") or taken.dispute:
        raise IllegalTrigger(taken.kind, taken.status, "dispute")
    inquires = reason in INQUIRIES
    dispute = Dispute(
        id=dispute_id(scene.ids), status=OPEN if inquires else SELLER, created=scene.now, updated=scene.now,
        merchant=taken.merchant, seller=taken.seller, order=order.id, capture=taken.id,
        gross_minor=taken.amount_minor, amount_minor=minor, currency=taken.currency, reason=reason,
        stage=INQUIRY if inquires else CHARGEBACK, buyer=dict(order.payer), invoice_id=taken.invoice_id,
        custom_id=taken.custom_id, paid_at=taken.created, extensions=extensions or {}, base=taken.base,
        messages=(posted(scene, "BUYER", message),) if message else (),
    )
    scene.work.save(replace(taken, dispute=dispute.id, updated=scene.now))
    scene.work.save(replace(order, disputed_minor=order.disputed_minor + minor, updated=scene.now))
    dispute = _answer_until(scene, dispute if inquires else _withheld(scene, dispute))
    scene.work.save(dispute)
    tell(scene, CREATED, dispute)
    return dispute


def tell(scene: Scene, type: str, dispute: Dispute) -> None:
    scene.work.announce(told(type, dispute, scene.now, scene.merchant.secrets["email"]))


def posted(scene: Scene, by: str, content: str, documents: Any = ()) -> Json:
    message: Json = {"posted_by": by, "time_posted": rfc3339_utc(scene.now), "content": content}
    return message | ({"documents": documents_shown(documents)} if documents else {})


def documents_shown(documents: Any) -> list[Json]:
    return [{"name": document["name"]} for document in documents]


def _answer_until(scene: Scene, dispute: Dispute) -> Dispute:
    """The party whose turn it is has so long; an inquiry is closed by itself, a claim decided."""
    if dispute.status not in (OPEN, SELLER, BUYER):
        return replace(dispute, due=NO_TIME)
    lifetime = scene.terms.inquiry_lifetime if dispute.inquires else scene.terms.dispute_response
    due = later(dispute.created if dispute.inquires else scene.now, lifetime)
    scene.work.at(due, dispute, "lapse" if dispute.inquires else "overdue")
    return replace(dispute, due=due)


def _withheld(scene: Scene, dispute: Dispute) -> Dispute:
    scene.work.post(transfer(
        EntryKind.DISPUTE, source=pending(dispute.seller), target=held(dispute.seller),
        reference=dispute.order, memo=dispute.id, amount=dispute.amount,
    ))
    return replace(dispute, held_minor=dispute.amount_minor)


def _released(scene: Scene, dispute: Dispute) -> Dispute:
    if dispute.held_minor:
        scene.work.post(transfer(
            EntryKind.DISPUTE, source=held(dispute.seller), target=pending(dispute.seller),
            reference=dispute.order, memo=dispute.id, amount=Money(dispute.held_minor, dispute.currency),
        ))
    return replace(dispute, held_minor=0)


def moved(scene: Scene, dispute: Dispute, trigger: str, **changes: Any) -> Dispute:
    """One row of its table, told as an update."""
    changed = fire(scene.work, DISPUTE, replace(dispute, **changes), trigger, scene.now)
    changed = _answer_until(scene, changed)
    scene.work.save(changed)
    tell(scene, UPDATED, changed)
    return changed


def changed(scene: Scene, dispute: Dispute, **changes: Any) -> Dispute:
    """Something is added, and nobody's turn is over."""
    dispute = replace(dispute, updated=scene.now, **changes)
    scene.work.save(dispute)
    tell(scene, UPDATED, dispute)
    return dispute


def escalated(scene: Scene, dispute: Dispute) -> Dispute:
    """The inquiry becomes a claim: PayPal holds the money."""
    if not dispute.inquires:
        raise IllegalTrigger(DISPUTE.name, dispute.status, "escalate")
    return moved(scene, _withheld(scene, dispute), "escalate", stage=CHARGEBACK)


async def refunded(scene: Scene, dispute: Dispute, minor: int, outcome: str = BUYER_FAVOUR) -> Dispute:
    """The seller gives way: the buyer gets a refund, and that is the end of it."""
    dispute = _released(scene, dispute)
    order, taken = await _payment(scene, dispute)
    scene.work.save(replace(taken, dispute=""))
    minor = min(minor, taken.refundable_minor)
    if minor:
        order, _ = refunding.refund(
            scene, order, replace(taken, dispute=""), Money(minor, taken.currency), {}, NO_SHARE, waits=False
        )
    return _resolved(scene, order, replace(dispute, refunded_minor=minor, returning=False), outcome, 0)


async def let_go(scene: Scene, taken: Capture) -> Capture:
    """Before a full refund, which ends the dispute about its capture in the buyer's favour."""
    dispute = await scene.work.get(Dispute, taken.dispute) if taken.dispute else None
    if dispute is None:
        return taken
    minor = min(dispute.amount_minor, taken.refundable_minor)
    dispute = replace(_released(scene, dispute), refunded_minor=minor, returning=False)
    order, taken = await _payment(scene, dispute)
    _resolved(scene, order, dispute, BUYER_FAVOUR, 0)
    return replace(taken, dispute="")


async def cancelled(scene: Scene, dispute: Dispute, outcome: str = CANCELED) -> Dispute:
    """Nobody gets anything: by the buyer's word, or because time is over."""
    dispute = _released(scene, dispute)
    order, taken = await _payment(scene, dispute)
    scene.work.save(replace(taken, dispute=""))
    return _resolved(scene, order, dispute, outcome, 0)


async def decided(scene: Scene, dispute: Dispute, *, for_buyer: bool) -> Dispute:
    """PayPal decides: the money that was held goes to one of them."""
    order, taken = await _payment(scene, dispute)
    ruling = {
        "type": "PAYOUT_TO_BUYER" if for_buyer else "DENY_BUYER", "adjudication_time": rfc3339_utc(scene.now),
        "reason": "DECISION_BASED_ON_AVAILABLE_INFORMATION", "dispute_life_cycle_stage": dispute.stage,
    }
    dispute = replace(dispute, adjudications=(*dispute.adjudications, ruling), returning=False)
    if for_buyer:
        return _lost(scene, order, taken, dispute)
    if dispute.lost_minor:
        return _won_back(scene, order, taken, dispute)
    scene.work.save(replace(taken, dispute=""))
    return _resolved(scene, order, _released(scene, dispute), SELLER_FAVOUR, 0)


def _lost(scene: Scene, order: Order, taken: Capture, dispute: Dispute) -> Dispute:
    minor = dispute.held_minor
    if minor:
        scene.work.post(transfer(
            EntryKind.DISPUTE, source=held(dispute.seller), target=PAYER, reference=dispute.order,
            memo=dispute.id, amount=Money(minor, dispute.currency),
        ))
        reversed_minor = taken.reversed_minor + minor
        trigger = "reverse_all" if reversed_minor + taken.refunded_minor == taken.amount_minor else "reverse"
        taken = fire(scene.work, CAPTURE, taken, trigger, scene.now, reversed_minor=reversed_minor)
        scene.work.announce(_reversed(scene, order, taken, dispute, minor))
    moves = (
        _movement(scene, dispute, minor, "SELLER", "DEBIT"),
        _movement(scene, dispute, minor, "BUYER", "CREDIT"),
    )
    dispute = replace(
        dispute, held_minor=0, lost_minor=dispute.lost_minor + minor,
        movements=(*dispute.movements, *moves) if minor else dispute.movements,
    )
    return _resolved(scene, order, dispute, BUYER_FAVOUR, dispute.lost_minor)


def _won_back(scene: Scene, order: Order, taken: Capture, dispute: Dispute) -> Dispute:
    """After an appeal, PayPal itself makes good what the buyer got; he keeps it (unverified)."""
    minor = dispute.lost_minor
    scene.work.post(transfer(
        EntryKind.DISPUTE, source=PAYER, target=pending(dispute.seller), reference=dispute.order,
        memo=dispute.id, amount=Money(minor, dispute.currency),
    ))
    left = taken.reversed_minor - minor
    trigger = "restore" if not left and not taken.refunded_minor else "restore_part"
    fire(scene.work, CAPTURE, taken, trigger, scene.now, reversed_minor=left, dispute="")
    moves = (*dispute.movements, _movement(scene, dispute, minor, "SELLER", "CREDIT"))
    return _resolved(scene, order, replace(dispute, lost_minor=0, movements=moves), SELLER_FAVOUR, 0)


def appealed(scene: Scene, dispute: Dispute, evidences: tuple[Mapping[str, Any], ...]) -> Dispute:
    return moved(
        scene, dispute, "appeal", stage=PRE_ARBITRATION, appealed=True, outcome="",
        evidences=(*dispute.evidences, *evidences),
    )


def _resolved(scene: Scene, order: Order, dispute: Dispute, outcome: str, lost: int) -> Dispute:
    """`lost`: what stays with the buyer other than by a refund."""
    assert dispute.status != RESOLVED, f"{dispute.id} is resolved"
    ended = fire(
        scene.work, DISPUTE, dispute, "resolve", scene.now, outcome=outcome, resolved=scene.now, due=NO_TIME
    )
    scene.work.save(replace(order, disputed_minor=lost, updated=scene.now))
    tell(scene, CLOSED, ended)
    return ended


async def _payment(scene: Scene, dispute: Dispute) -> tuple[Order, Capture]:
    order = await scene.work.get(Order, dispute.order)
    taken = await scene.work.get(Capture, dispute.capture)
    assert order is not None, f"{dispute.id} is about no order"
    assert taken is not None, f"{dispute.id} is about no capture"
    return order, taken


def _movement(scene: Scene, dispute: Dispute, minor: int, party: str, type: str) -> Json:
    return {
        "affected_party": party, "amount": shown_minor(minor, dispute.currency),
        "initiated_time": rfc3339_utc(scene.now), "type": type, "reason": "DISPUTE_SETTLEMENT",
    }


def _reversed(scene: Scene, order: Order, taken: Capture, dispute: Dispute, minor: int) -> Event:
    resource: Json = {
        "id": scene.id(), "status": "COMPLETED", "amount": shown_minor(minor, taken.currency),
        "note_to_payer": f"Dispute {dispute.id}",
        "seller_payable_breakdown": {
            "gross_amount": shown_minor(minor, taken.currency), "paypal_fee": shown_minor(0, taken.currency),
            "net_amount": shown_minor(minor, taken.currency),
            "total_refunded_amount": shown_minor(taken.refunded_minor + taken.reversed_minor, taken.currency),
        },
        "create_time": rfc3339_utc(scene.now), "update_time": rfc3339_utc(scene.now),
        "links": [link(f"{taken.base}{PAYMENTS_PATH}/captures/{taken.id}", "up")],
    }
    return events.event(
        "PAYMENT.CAPTURE.REVERSED", taken.merchant, resource, resource_type="refund", base=taken.base,
        subject=order.id, ref=taken.custom_id or taken.invoice_id,
        summary=f"A {resource['amount']['value']} {taken.currency} capture payment was reversed",
    )
