"""What a refund writes, when it is made and when it ends otherwise.

https://developer.paypal.com/docs/api/payments/v2/#captures_refund
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.ledger import Entry, EntryKind, Posting, pending
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.providers.paypal.disbursing import let_go
from paydouble.providers.paypal.machines import CAPTURE, REFUND
from paydouble.providers.paypal.models import Capture, Order, Refund
from paydouble.providers.paypal.paying import Share
from paydouble.providers.paypal.scene import Scene


def refund(
    scene: Scene, order: Order, taken: Capture, amount: Money, params: Mapping[str, Any], share: Share,
    *, waits: bool,
) -> tuple[Order, Refund]:
    """Takes the money from the seller, and part of its fee from the platform; the payment's sums follow."""
    refunded = taken.refunded_minor + amount.minor
    made = Refund(
        id=scene.id(), status=REFUND.initial, created=scene.now, updated=scene.now, merchant=taken.merchant,
        order=taken.order, capture=taken.id, unit=taken.unit, amount_minor=amount.minor,
        currency=amount.currency, total_minor=refunded, platform_fee_minor=share.minor,
        platform_fee_payee=share.payee or taken.platform_fee_payee, seller=taken.seller,
        reason="ECHECK" if waits else "", invoice_id=params.get("invoice_id", ""),
        custom_id=params.get("custom_id", taken.custom_id), note=params.get("note_to_payer", ""),
        request_key=scene.request_key, base=taken.base, pacific=scene.terms.refund_zone,
        payment=taken.payment, of_sale=taken.sale, payee=taken.payee, payer=taken.payer,
    )
    made = fire(scene.work, REFUND, made, "wait" if waits else "succeed", scene.now)
    if share.minor:
        scene.work.post(_share_back(scene, made, made.platform_fee_minor))
    taken = let_go(scene, taken, amount.minor - share.minor, made.id)
    fire(
        scene.work, CAPTURE, taken, "refund_all" if refunded == taken.amount_minor else "refund", scene.now,
        refunded_minor=refunded, refunds_count=taken.refunds_count + 1,
        platform_fee_refunded_minor=taken.platform_fee_refunded_minor + share.minor,
    )
    order = replace(
        order, refunds=(*order.refunds, made.id), refunded_minor=order.refunded_minor + amount.minor,
        updated=scene.now,
    )
    scene.work.save(order)
    return order, made


def _share_back(scene: Scene, made: Refund, minor: int) -> Entry:
    platform = made.platform_fee_payee or scene.merchant.secrets["merchant_id"]
    money = Money(minor, made.currency)
    return Entry(
        id="", what=EntryKind.ADJUSTMENT, reference=made.order, memo=made.id,
        postings=(Posting(pending(platform), -money), Posting(pending(made.seller), money)),
    )


async def undone(scene: Scene, made: Refund, trigger: str) -> Refund:
    """A refund on its way comes back: the capture can be refunded again."""
    taken = await scene.work.get(Capture, made.capture)
    order = await scene.work.get(Order, made.order)
    assert taken is not None, f"{made.id} refunds nothing"
    assert order is not None, f"{made.id} refunds no order"
    ended = fire(scene.work, REFUND, made, trigger, scene.now)
    if made.platform_fee_minor:
        scene.work.post(_share_back(scene, made, -made.platform_fee_minor))
    left = taken.refunded_minor - made.amount_minor
    fire(
        scene.work, CAPTURE, taken, "unrefund_part" if left else "unrefund", scene.now, refunded_minor=left,
        platform_fee_refunded_minor=taken.platform_fee_refunded_minor - made.platform_fee_minor,
    )
    scene.work.save(replace(order, refunded_minor=order.refunded_minor - made.amount_minor))
    return ended
