"""Coupons at work: who may redeem one, for how long it lasts, and what it takes off each line.

https://docs.stripe.com/billing/subscriptions/coupons
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from paydouble.core.clock import Instant
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.models.accounts_receivable import Discount
from paydouble.providers.stripe.models.catalog import Coupon, PromotionCode
from paydouble.providers.stripe.models.invoices import Line
from paydouble.providers.stripe.models.shapes import Json
from paydouble.providers.stripe.owning import referred, told
from paydouble.providers.stripe.periods import plus
from paydouble.providers.stripe.pricing import rounded
from paydouble.providers.stripe.scene import Scene

_HUNDRED = Decimal(100)


async def redeemed(
    scene: Scene,
    given: Iterable[Json],
    *,
    customer: str = "",
    subscription: str = "",
    invoice: str = "",
    param: str = "discounts",
    quiet: bool = False,
) -> tuple[Discount, ...]:
    """The discounts that are asked for by coupon, promotion code or discount. Raises ProviderError."""
    made: list[Discount] = []
    for index, each in enumerate(given):
        where = f"{param}[{index}]"
        if each.get("discount"):
            made.append(
                await referred(scene, Discount, each["discount"], "discount", param=f"{where}[discount]")
            )
            continue
        coupon, code = await _wanted(scene, each, customer, where)
        discount = Discount(
            id=scene.id("di_1"),
            created=scene.now,
            merchant=scene.account,
            start=scene.now,
            coupon={**coupon.shown(), "applies_to": list(coupon.applies_to)},
            end=_end(coupon, scene.now),
            customer=customer,
            subscription=subscription,
            invoice=invoice,
            promotion_code=code.id if code is not None else "",
        )
        _count(scene, coupon, code)
        scene.work.save(discount)
        if customer and not invoice and not quiet:
            scene.tell("customer.discount.created", discount)
        made.append(discount)
    return tuple(made)


async def _wanted(
    scene: Scene, given: Json, customer: str, where: str
) -> tuple[Coupon, PromotionCode | None]:
    code: PromotionCode | None = None
    id, param = given.get("coupon", ""), f"{where}[coupon]"
    if given.get("promotion_code"):
        param = f"{where}[promotion_code]"
        code = await referred(scene, PromotionCode, given["promotion_code"], "promotion code", param=param)
        if not code.active or code.customer not in ("", customer):
            raise Errors.COUPON_SPENT(
                "This promotion code is not active, or not for this customer.", param=param
            )
        id = code.coupon
    if not id:
        raise Errors.PARAMETER_MISSING(
            f"Missing required param: {where}[coupon].", param=f"{where}[coupon]"
        )
    coupon = await referred(scene, Coupon, id, "coupon", param=param)
    if not coupon.valid:
        raise Errors.COUPON_SPENT(f"Coupon {coupon.id} is expired and cannot be applied.", param=param)
    return coupon, code


def _end(coupon: Coupon, now: Instant) -> Instant | None:
    months = coupon.duration_in_months
    return plus(now, "month", months) if coupon.duration == "repeating" and months else None


def _count(scene: Scene, coupon: Coupon, code: PromotionCode | None) -> None:
    """Redemptions are counted in what limits them, so that two at once meet there."""
    times = coupon.times_redeemed + 1
    spent = coupon.max_redemptions is not None and times >= coupon.max_redemptions
    told(
        scene,
        "coupon.updated",
        coupon,
        replace(coupon, times_redeemed=times, status="spent" if spent else coupon.status),
    )
    if code is not None:
        times = code.times_redeemed + 1
        over = spent or (code.max_redemptions is not None and times >= code.max_redemptions)
        told(
            scene,
            "promotion_code.updated",
            code,
            replace(code, times_redeemed=times, status="spent" if over else code.status),
        )


async def loaded(scene: Scene, ids: Iterable[str]) -> list[Discount]:
    found = [await scene.work.get(Discount, id) for id in ids]
    return [each for each in found if each is not None]


def in_force(discounts: Iterable[Discount], now: Instant) -> list[Discount]:
    return [each for each in discounts if each.status == "active" and (each.end is None or now < each.end)]


def ended(scene: Scene, discount: Discount) -> None:
    """It takes nothing off any more, and that is told."""
    over = replace(discount, status="ended", end=discount.end or scene.now)
    scene.work.save(over)
    if over.customer:
        scene.tell("customer.discount.deleted", over)


def taken_off(lines: Sequence[Line], discounts: Sequence[Discount], currency: str) -> list[Line]:
    """The lines with what each discount takes off them, one discount after the other."""
    result = [replace(line, discount_amounts=()) for line in lines]
    for discount in discounts:
        shares = _shares(result, discount, currency)
        result = [
            replace(
                line, discount_amounts=(*line.discount_amounts, {"amount": share, "discount": discount.id})
            )
            if share
            else line
            for line, share in zip(result, shares, strict=True)
        ]
    return result


def _shares(lines: Sequence[Line], discount: Discount, currency: str) -> list[int]:
    coupon = discount.coupon
    left = [_left(line, coupon) for line in lines]
    if coupon["percent_off"] is not None:
        rate = Decimal(str(coupon["percent_off"])) / _HUNDRED
        return [rounded(amount * rate) for amount in left]
    if coupon["currency"] != currency:
        return [0] * len(lines)
    total = sum(amount for amount in left if amount > 0)
    off = min(int(coupon["amount_off"]), total)
    shares, given, seen = [], 0, 0
    for amount in left:
        seen += max(0, amount)
        upto = off * seen // total if total else 0
        shares.append(upto - given)
        given = upto
    return shares


def _left(line: Line, coupon: Json) -> int:
    only = coupon["applies_to"]
    if not line.discountable or (only and line.product not in only):
        return 0
    return line.amount - line.discounted
