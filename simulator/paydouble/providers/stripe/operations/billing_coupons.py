"""Coupons (https://docs.stripe.com/api/coupons)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.act import Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import from_unix
from paydouble.core.operation import Route, operation
from paydouble.core.record import Record
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.amounts import known_currency
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import Coupon
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.owning import owned, told
from paydouble.providers.stripe.params import Named, Paged
from paydouble.providers.stripe.params_catalog import CouponCreate, CouponUpdate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import of_act, of_call

_URL = "/v1/coupons"
_DOCS = "https://docs.stripe.com/api/coupons/"


def _check(params: Mapping[str, Any]) -> None:
    """Raises ProviderError for what takes nothing off, or two things at once."""
    percent, amount = params.get("percent_off"), params.get("amount_off")
    if (percent is None) == (amount is None):
        row = Errors.PARAMETERS_EXCLUSIVE if percent is not None else Errors.PARAMETER_MISSING
        raise row("You must pass either `percent_off` or `amount_off`, and not both.", param="percent_off")
    if percent is not None and percent <= 0:
        raise Errors.PARAMETER_INVALID("Invalid percent_off: must be greater than 0.", param="percent_off")
    if amount is not None and amount <= 0:
        raise Errors.PARAMETER_INVALID_INTEGER(
            "This value must be greater than or equal to 1.", param="amount_off"
        )
    if amount is not None and not params.get("currency"):
        raise Errors.PARAMETER_MISSING("Missing required param: currency.", param="currency")
    repeating = params.get("duration") == "repeating"
    if repeating and "duration_in_months" not in params:
        raise Errors.PARAMETER_MISSING(
            "Missing required param: duration_in_months.", param="duration_in_months"
        )
    if not repeating and "duration_in_months" in params:
        raise Errors.PARAMETER_INVALID(
            "`duration_in_months` can only be set when `duration=repeating`.", param="duration_in_months"
        )


@operation(
    "coupons.create",
    Route("v1", "POST", _URL),
    means=("coupon.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETERS_EXCLUSIVE,
        Errors.PARAMETER_MISSING,
        Errors.PARAMETER_INVALID,
        Errors.RESOURCE_EXISTS,
        Errors.CURRENCY_INVALID,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[CouponCreate]) -> Reply:
    """Creates a coupon, under an id of one's own choice if one is sent."""
    scene, params = of_call(call), call.params
    _check(params)
    id = params.get("id") or scene.ids.token(8)
    if await scene.work.get(Coupon, id) is not None:
        raise Errors.RESOURCE_EXISTS("Coupon already exists.", param="id")
    redeem_by = from_unix(params["redeem_by"]) if "redeem_by" in params else None
    if redeem_by is not None and redeem_by <= scene.now:
        raise Errors.PARAMETER_INVALID("`redeem_by` must be in the future.", param="redeem_by")
    coupon = Coupon(
        id=id,
        created=scene.now,
        merchant=scene.account,
        duration=params.get("duration", "once"),
        amount_off=params.get("amount_off"),
        percent_off=params.get("percent_off"),
        currency=known_currency(params["currency"]) if "amount_off" in params else "",
        currency_options=params.get("currency_options") or {},
        applies_to=tuple((params.get("applies_to") or EMPTY).get("products") or ()),
        duration_in_months=params.get("duration_in_months"),
        max_redemptions=params.get("max_redemptions"),
        name=params.get("name", ""),
        redeem_by=redeem_by,
        metadata=merged({}, params.get("metadata")),
    )
    scene.work.save(coupon)
    scene.tell("coupon.created", coupon)
    if redeem_by is not None:
        scene.work.at(redeem_by, coupon, "lapse")
    return Reply(coupon.shown(), subject=coupon)


@act(Coupon, "lapse")
async def lapse(doing: Doing[Coupon]) -> Record:
    """The time for redeeming it is over."""
    scene, coupon = of_act(doing), doing.record
    after = replace(coupon, status="spent")
    told(scene, "coupon.updated", coupon, after)
    return after


@operation(
    "coupons.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("coupon.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a coupon."""
    coupon = await owned(of_call(call), Coupon, call.params["id"], "coupon", param="coupon")
    return Reply(coupon.shown(), subject=coupon)


@operation(
    "coupons.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("coupon.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[CouponUpdate]) -> Reply:
    """Changes name and metadata; what it takes off stays."""
    scene, params = of_call(call), call.params
    before = await owned(scene, Coupon, params["id"], "coupon", param="coupon")
    after = replace(
        before,
        name=params.get("name", before.name),
        metadata=merged(before.metadata, params.get("metadata")),
        currency_options={**before.currency_options, **(params.get("currency_options") or {})},
    )
    told(scene, "coupon.updated", before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "coupons.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("coupon.delete",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Deletes a coupon; who has it already keeps what it takes off."""
    scene = of_call(call)
    coupon = await owned(scene, Coupon, call.params["id"], "coupon", param="coupon")
    scene.work.remove(coupon)
    scene.tell("coupon.deleted", coupon)
    return Reply({"id": coupon.id, "object": "coupon", "deleted": True}, subject=coupon)


@operation(
    "coupons.list",
    Route("v1", "GET", _URL),
    means=("coupon.list",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_coupons(call: Call[Paged]) -> Reply:
    """Lists coupons, newest first."""
    found, more = await lists.page(call, Coupon, "coupon", index=("merchant", call.account))
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, update, delete, list_coupons)
ACTS = (*lapse,)
