"""Reviews (https://docs.stripe.com/api/radar/reviews)."""

from __future__ import annotations

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import lists, reviewing
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.models import Review
from paydouble.providers.stripe.params import Named, Paged
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/reviews"
_DOCS = "https://docs.stripe.com/api/radar/reviews/"


async def _review(scene: Scene, id: str) -> Review:
    found = await scene.work.get(Review, id)
    if found is None or found.merchant != scene.account:
        raise missing("review", id, param="review")
    return found


@operation(
    "reviews.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("review.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a review."""
    review = await _review(of_call(call), call.params["id"])
    return Reply(review.shown(), subject=review)


@operation(
    "reviews.approve",
    Route("v1", "POST", _URL + "/{id}/approve"),
    means=("review.approve",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.REVIEW_CLOSED),
    docs=_DOCS + "approve",
)
async def approve(call: Call[Named]) -> Reply:
    """Closes a review: the payment is a good one."""
    scene = of_call(call)
    review = await _review(scene, call.params["id"])
    if review.status != "open":
        raise Errors.REVIEW_CLOSED(f"Review {review.id} has already been closed.")
    review = reviewing.closed(scene, review, "approved")
    return Reply(review.shown(), subject=review)


@operation(
    "reviews.list",
    Route("v1", "GET", _URL),
    means=("review.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_reviews(call: Call[Paged]) -> Reply:
    """Lists the reviews that are open, newest first."""
    found, more = await lists.page(
        call, Review, "review", index=("merchant", call.account), where=lambda one: one.status == "open"
    )
    return Reply(lists.shown(_URL, [one.shown() for one in found], has_more=more))


OPERATIONS = (retrieve, approve, list_reviews)
