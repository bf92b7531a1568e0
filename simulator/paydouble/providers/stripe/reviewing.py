"""Radar's reviews: opened for payments of elevated risk, closed by whoever decides (https://docs.stripe.com/radar/reviews)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.providers.stripe.instruments import card_numbered
from paydouble.providers.stripe.models import Charge, PaymentIntent, Review
from paydouble.providers.stripe.scene import Scene

_ELEVATED = "elevated"


def looked_at(scene: Scene, intent: PaymentIntent, charge: Charge) -> Charge:
    """The charge with its review, where its card asks for one; the charge is not saved here."""
    if not scene.magic or card_numbered(charge.card).risk_level != _ELEVATED:
        return charge
    review = Review(
        id=scene.id("prv_1"), created=scene.wall, merchant=charge.merchant, charge=charge.id,
        payment_intent=intent.id,
    )  # fmt: skip
    scene.work.save(review)
    scene.tell("review.opened", review)
    return replace(charge, review=review.id)


def closed(scene: Scene, review: Review, reason: str) -> Review:
    """Nobody needs to look any more. A review that is closed already stays as it is."""
    if review.status != "open":
        return review
    review = replace(review, status="closed", closed_reason=reason)
    scene.work.save(review)
    scene.tell("review.closed", review)
    return review


async def overtaken(scene: Scene, charge: Charge, reason: str) -> None:
    """The charge has been refunded, or disputed."""
    review = await scene.work.get(Review, charge.review) if charge.review else None
    if review is not None:
        closed(scene, review, reason)
