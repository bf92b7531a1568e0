"""Offers in an inquiry: what the seller proposes, and what the buyer makes of it.

https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_make-offer
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.clock import rfc3339_utc
from paydouble.providers.paypal import disputing
from paydouble.providers.paypal.amounts import Json, money_of, shown
from paydouble.providers.paypal.dispute_models import Dispute
from paydouble.providers.paypal.scene import Scene

WITH_RETURN = ("REFUND_WITH_RETURN", "REFUND_WITH_RETURN_SHIPMENT_LABEL")
WITHOUT_REFUND = "REPLACEMENT_WITHOUT_REFUND"
SETTLED = "RESOLVED_BUYER_FAVOUR"


def _entry(scene: Scene, dispute: Dispute, actor: str, what: str, note: str, **more: Any) -> Json:
    return {
        "offer_time": rfc3339_utc(scene.now), "actor": actor, "event_type": what, **more,
        **({"notes": note} if note else {}), "dispute_life_cycle_stage": dispute.stage,
    }


def proposed(scene: Scene, dispute: Dispute, params: Mapping[str, Any]) -> Dispute:
    """The seller's offer; a refund without an amount is one of everything."""
    kind = params["offer_type"]
    amount = {} if kind == WITHOUT_REFUND else {
        "offer_amount": shown(money_of(params["offer_amount"])) if "offer_amount" in params else shown(
            dispute.amount
        )
    }
    entry = _entry(scene, dispute, "SELLER", "PROPOSED", params["note"], offer_type=kind, **amount)
    return disputing.moved(scene, dispute, "offer", offers=(*dispute.offers, entry))


def _newest(dispute: Dispute) -> Mapping[str, Any]:
    return next(one for one in reversed(dispute.offers) if one["event_type"] == "PROPOSED")


async def accepted(scene: Scene, dispute: Dispute, note: str) -> Dispute:
    """The buyer agrees: is refunded, at once or when the item is back, or gets another one."""
    offer = _newest(dispute)
    entry = _entry(scene, dispute, "BUYER", "ACCEPTED", note, offer_type=offer["offer_type"])
    dispute = replace(dispute, offers=(*dispute.offers, entry))
    minor = money_of(offer["offer_amount"]).minor if "offer_amount" in offer else 0
    if offer["offer_type"] in WITH_RETURN:
        return disputing.changed(scene, dispute, returning=True, refund_minor=minor)
    return await disputing.refunded(scene, dispute, minor, SETTLED)


def declined(scene: Scene, dispute: Dispute, note: str) -> Dispute:
    offer = _newest(dispute)
    entry = _entry(scene, dispute, "BUYER", "DENIED", note, offer_type=offer["offer_type"])
    return disputing.moved(scene, dispute, "decline", offers=(*dispute.offers, entry))
