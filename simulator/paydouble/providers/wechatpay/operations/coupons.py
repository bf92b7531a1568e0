"""Coupons (代金券), as far as sending one and looking at it. https://pay.weixin.qq.com/doc/v3/merchant/4012463702"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import rfc3339_china
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import DIGITS
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.models_more import Coupon, CouponStock

FAVOR = "/v3/marketing/favor"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"

Params = dict[str, Any]
ERRORS: tuple[ErrorTable, ...] = (
    Errors.COUPON_UNKNOWN, Errors.COUPON_STATE, Errors.COUPON_NONE_LEFT, *COMMON
)


@operation(
    "favor.create_stock", Route(API, "POST", f"{FAVOR}/coupon-stocks"),
    idempotency=NaturalKey(("out_request_no",)), errors=ERRORS, docs=f"{DOCS}4012463702",
)
async def create_stock(call: Call[Params]) -> Reply:
    """Make a kind of coupon; none is sent before it is started."""
    params, number = call.params, number_key(call.merchant.id, call.params["out_request_no"])
    stock = await call.work.find(CouponStock, "number", number)
    if stock is None:
        value = params["coupon_use_rule"]["fixed_normal_coupon"]
        stock = CouponStock(
            id=call.ids.token(8, DIGITS), status="unactivated", created=call.clock.now(),
            mchid=call.merchant.id, number=number, name=params["stock_name"],
            begin=params["available_begin_time"],
            end=params["available_end_time"],
            value_minor=value["coupon_amount"],
            minimum_minor=value["transaction_minimum"], coupons_max=params["stock_use_rule"]["max_coupons"],
        )
        call.work.save(stock)
    return Reply({"stock_id": stock.id, "create_time": rfc3339_china(stock.created)}, subject=stock)


@operation(
    "favor.start_stock", Route(API, "POST", f"{FAVOR}/stocks/{{stock_id}}/start"), errors=ERRORS,
    docs=f"{DOCS}4012463710",
)
async def start_stock(call: Call[Params]) -> Reply:
    """Let coupons of this kind be sent."""
    stock = await _stock(call)
    if stock.status not in ("unactivated", "running"):
        raise Errors.COUPON_STATE()
    call.work.save(replace(stock, status="running"))
    return Reply({"stock_id": stock.id, "start_time": rfc3339_china(call.clock.now())}, subject=stock)


@operation(
    "favor.get_stock", Route(API, "GET", f"{FAVOR}/stocks/{{stock_id}}"), errors=ERRORS,
    docs=f"{DOCS}4012463756",
)
async def get_stock(call: Call[Params]) -> Reply:
    """A kind of coupon."""
    stock = await _stock(call)
    return Reply(stock.shown(), subject=stock)


@operation(
    "favor.send_coupon", Route(API, "POST", f"{FAVOR}/users/{{openid}}/coupons"),
    idempotency=NaturalKey(("out_request_no",)), errors=ERRORS, docs=f"{DOCS}4012463718",
)
async def send_coupon(call: Call[Params]) -> Reply:
    """Give a user a coupon."""
    number = number_key(call.merchant.id, call.params["out_request_no"])
    known = await call.work.find(Coupon, "number", number)
    if known is not None:
        return Reply({"coupon_id": known.id}, subject=known)
    stock = await _stock(call)
    if stock.status != "running":
        raise Errors.COUPON_STATE()
    if stock.sent >= stock.coupons_max:
        raise Errors.COUPON_NONE_LEFT()
    call.work.save(replace(stock, sent=stock.sent + 1))
    coupon = Coupon(
        id=call.ids.token(10, DIGITS), status="SENDED", created=call.clock.now(), number=number,
        openid=call.params["openid"], stock=stock,
    )
    call.work.save(coupon)
    return Reply({"coupon_id": coupon.id}, subject=coupon)


@operation(
    "favor.get_coupon", Route(API, "GET", f"{FAVOR}/users/{{openid}}/coupons/{{coupon_id}}"), errors=ERRORS,
    docs=f"{DOCS}4012463751",
)
async def get_coupon(call: Call[Params]) -> Reply:
    """A coupon of a user."""
    coupon = await call.work.get(Coupon, call.params["coupon_id"])
    if coupon is None or coupon.openid != call.params["openid"]:
        raise Errors.COUPON_UNKNOWN()
    return Reply(coupon.shown(), subject=coupon)


OPERATIONS: tuple[Operation, ...] = (create_stock, start_stock, get_stock, send_coupon, get_coupon)


async def _stock(call: Call[Params]) -> CouponStock:
    stock = await call.work.get(CouponStock, call.params["stock_id"])
    if stock is None or stock.mchid != call.merchant.id:
        raise Errors.COUPON_UNKNOWN()
    return stock
