"""Promotion codes (https://docs.stripe.com/api/promotion_codes)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.act import Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import from_unix
from paydouble.core.operation import Route, operation
from paydouble.core.record import Record
from paydouble.providers.stripe import lists, methods
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import Coupon, PromotionCode
from paydouble.providers.stripe.owning import owned, referred, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_catalog import (
    PromotionCodeCreate,
    PromotionCodeList,
    PromotionCodeUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_act, of_call

_URL = "/v1/promotion_codes"
_DOCS = "https://docs.stripe.com/api/promotion_codes/"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 8


async def named(scene: Scene, code: str) -> PromotionCode | None:
    """The active one with this code, in whatever case it is typed."""
    found = await scene.work.find(PromotionCode, "named", f"{scene.account}/{code.casefold()}")
    return found if found is not None and found.active else None


@operation(
    "promotion_codes.create",
    Route("v1", "POST", _URL),
    means=("promotion_code.create",),
    idempotency=ONCE,
    errors=(Errors.PARAMETER_MISSING, Errors.REFERENCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "create",
)
async def create(call: Call[PromotionCodeCreate]) -> Reply:
    """Creates a code that customers type, for a coupon."""
    scene, params = of_call(call), call.params
    id = params["promotion"].get("coupon")
    if not id:
        raise Errors.PARAMETER_MISSING(
            "Missing required param: promotion[coupon].", param="promotion[coupon]"
        )
    coupon = await referred(scene, Coupon, id, "coupon", param="promotion[coupon]")
    if params.get("customer"):
        await methods.customer_named(scene, params["customer"])
    code = params.get("code") or scene.ids.token(_CODE_LENGTH, _LETTERS)
    if await named(scene, code) is not None:
        raise Errors.PARAMETER_INVALID(
            f"An active promotion code with `code: {code}` already exists.", param="code"
        )
    expires = from_unix(params["expires_at"]) if "expires_at" in params else None
    if expires is not None and expires <= scene.now:
        raise Errors.PARAMETER_INVALID("`expires_at` must be in the future.", param="expires_at")
    made = PromotionCode(
        id=scene.id("promo_1"),
        created=scene.now,
        merchant=scene.account,
        code=code,
        coupon=coupon.id,
        status="active" if params.get("active", True) and coupon.valid else "inactive",
        customer=params.get("customer", ""),
        expires_at=expires,
        max_redemptions=params.get("max_redemptions"),
        restrictions=params.get("restrictions") or {},
        metadata=merged({}, params.get("metadata")),
    )
    scene.work.save(made)
    scene.tell("promotion_code.created", made)
    if expires is not None:
        scene.work.at(expires, made, "lapse")
    return Reply(made.shown(), subject=made)


@act(PromotionCode, "lapse")
async def lapse(doing: Doing[PromotionCode]) -> Record:
    """The code expires."""
    scene, code = of_act(doing), doing.record
    after = replace(code, status="spent")
    told(scene, "promotion_code.updated", code, after)
    return after


@operation(
    "promotion_codes.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("promotion_code.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a promotion code."""
    code = await owned(of_call(call), PromotionCode, call.params["id"], "promotion code")
    return Reply(code.shown(), subject=code)


@operation(
    "promotion_codes.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("promotion_code.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "update",
)
async def update(call: Call[PromotionCodeUpdate]) -> Reply:
    """Switches a code on or off; changes its metadata."""
    scene, params = of_call(call), call.params
    before = await owned(scene, PromotionCode, params["id"], "promotion code")
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")))
    if "active" in params:
        coupon = await scene.work.get(Coupon, before.coupon)
        if params["active"] and (before.status == "spent" or coupon is None or not coupon.valid):
            raise Errors.PARAMETER_INVALID(
                "This promotion code cannot be activated: it, or its coupon, is no longer valid.",
                param="active",
            )
        after = replace(after, status="active" if params["active"] else "inactive")
    if "restrictions" in params:
        after = replace(after, restrictions={**before.restrictions, **params["restrictions"]})
    told(scene, "promotion_code.updated", before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "promotion_codes.list",
    Route("v1", "GET", _URL),
    means=("promotion_code.list",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_codes(call: Call[PromotionCodeList]) -> Reply:
    """Lists promotion codes, newest first; a code is compared in any case."""
    params = call.params
    code, coupon = params.get("code", "").casefold(), params.get("coupon", "")

    def wanted(one: PromotionCode) -> bool:
        return (
            one.merchant == call.account
            and code in ("", one.code.casefold())
            and params.get("active") in (None, one.active)
            and params.get("customer") in (None, one.customer)
        )

    index = ("coupon", coupon) if coupon else ("merchant", call.account)
    found, more = await lists.page(call, PromotionCode, "promotion code", index=index, where=wanted)
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, update, list_codes)
ACTS = (*lapse,)
