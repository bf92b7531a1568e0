"""Coupons (代金券): kinds are made, started, paused, stopped; single ones sent, looked at, used.

They change no order's amount. https://pay.weixin.qq.com/doc/v3/merchant/4012463702
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant, later, parse_rfc3339, rfc3339_china
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import DIGITS
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.wechatpay import links
from paydouble.providers.wechatpay.coupon_flows import FLOWS, flow_text
from paydouble.providers.wechatpay.coupon_records import (
    COUPON,
    STOCK,
    Coupon,
    CouponEndpoint,
    CouponStock,
    sent,
)
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.keys import names_public_key
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.operations.bills import DOWNLOAD
from paydouble.providers.wechatpay.settings import WechatpaySettings

FAVOR = "/v3/marketing/favor"
STOCKS = f"{FAVOR}/stocks"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"

Params = dict[str, Any]
ERRORS: tuple[ErrorTable, ...] = (
    Errors.COUPON_UNKNOWN, Errors.COUPON_STATE, Errors.COUPON_NONE_LEFT, Errors.COUPON_USER_LIMIT, *COMMON
)
MOVES = {
    "start": ("start_time", "4012463710", "Let coupons of this kind be sent."),
    "pause": ("pause_time", "4012463714", "Let no more coupons of this kind be sent for a while."),
    "restart": ("restart_time", "4012463716", "Let coupons of this kind be sent again."),
    "stop": ("stop_time", "4012463717", "Let no more coupons of this kind be sent."),
}
"""Trigger → field of the answer, page of the manual, what it does."""


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    """Under these settings."""
    moves = (_move(trigger, *told) for trigger, told in MOVES.items())
    flows = (_flow(name, settings) for name in FLOWS)
    return (
        create_stock, *moves, list_stocks, get_stock, stock_merchants, stock_items, *flows,
        send_coupon, list_coupons, get_coupon, set_callback, get_callback,
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
        for name in ("available_begin_time", "available_end_time"):
            _instant(params, name, "body")
        rule = params["coupon_use_rule"]
        value = rule["fixed_normal_coupon"]
        stock = CouponStock(
            id=call.ids.token(8, DIGITS), status=STOCK.initial, created=call.clock.now(),
            mchid=call.merchant.id, number=number, name=params["stock_name"],
            begin=params["available_begin_time"], end=params["available_end_time"],
            value_minor=value["coupon_amount"], minimum_minor=value["transaction_minimum"],
            coupons_max=params["stock_use_rule"]["max_coupons"],
            per_user_max=params["stock_use_rule"]["max_coupons_per_user"], no_cash=params["no_cash"],
            merchants=tuple(rule.get("available_merchants", (call.merchant.id,))),
            items=tuple(rule.get("available_items", ())),
        )
        call.work.save(stock)
    return Reply({"stock_id": stock.id, "create_time": rfc3339_china(stock.created)}, subject=stock)


def _move(trigger: str, field: str, docs: str, summary: str) -> Operation:
    async def move(call: Call[Params]) -> Reply:
        stock = await _stock(call)
        try:
            moved = fire(call.work, STOCK, stock, trigger, call.clock.now())
        except IllegalTrigger:
            raise Errors.COUPON_STATE() from None
        return Reply({"stock_id": moved.id, field: rfc3339_china(moved.changed)}, subject=moved)

    move.__doc__ = summary
    return operation(
        f"favor.{trigger}_stock", Route(API, "POST", f"{STOCKS}/{{stock_id}}/{trigger}"), errors=ERRORS,
        docs=f"{DOCS}{docs}",
    )(move)


@operation("favor.list_stocks", Route(API, "GET", STOCKS), errors=ERRORS, docs=f"{DOCS}4012463741")
async def list_stocks(call: Call[Params]) -> Reply:
    """A merchant's kinds of coupons, the newest first."""
    params = call.params
    whole = await call.work.scan(CouponStock, Walk("mchid", call.merchant.id, limit=PAGE_MAX))
    asked = [each for each in whole if params.get("status", each.status) == each.status]
    if params["stock_creator_mchid"] != call.merchant.id:
        asked = []
    if "create_start_time" in params:
        begin = _instant(params, "create_start_time", "query")
        asked = [each for each in asked if each.created >= begin]
    if "create_end_time" in params:
        end = _instant(params, "create_end_time", "query")
        asked = [each for each in asked if each.created <= end]
    return Reply(_page(call, [each.shown() for each in asked]))


@operation(
    "favor.get_stock", Route(API, "GET", f"{STOCKS}/{{stock_id}}"), errors=ERRORS, docs=f"{DOCS}4012463756"
)
async def get_stock(call: Call[Params]) -> Reply:
    """A kind of coupon."""
    stock = await _stock(call)
    return Reply(stock.shown(), subject=stock)


@operation(
    "favor.stock_merchants", Route(API, "GET", f"{STOCKS}/{{stock_id}}/merchants"), errors=ERRORS,
    docs=f"{DOCS}4012463763",
)
async def stock_merchants(call: Call[Params]) -> Reply:
    """At which merchants coupons of a kind can be used."""
    stock = await _stock(call)
    return Reply(_page(call, list(stock.merchants)) | {"stock_id": stock.id}, subject=stock)


@operation(
    "favor.stock_items", Route(API, "GET", f"{STOCKS}/{{stock_id}}/items"), errors=ERRORS,
    docs=f"{DOCS}4012463768",
)
async def stock_items(call: Call[Params]) -> Reply:
    """For which goods coupons of a kind can be used."""
    stock = await _stock(call)
    return Reply(_page(call, list(stock.items)) | {"stock_id": stock.id}, subject=stock)


def _flow(name: str, settings: WechatpaySettings) -> Operation:
    async def flow(call: Call[Params]) -> Reply:
        stock = await _stock(call)
        file = (await flow_text(call.work, stock.id, name)).encode()
        wanted = {"bill": "coupons", "type": name, "stock": stock.id, "zipped": False}
        return Reply({
            "url": links.link(call, DOWNLOAD, wanted, settings), "hash_type": "SHA1",
            "hash_value": hashlib.sha1(file, usedforsecurity=False).hexdigest(),
        }, subject=stock)

    flow.__doc__ = f"Which coupons of a kind were {FLOWS[name]}: where to download them."
    return operation(
        f"favor.{name}_flow", Route(API, "GET", f"{STOCKS}/{{stock_id}}/{name}-flow"), errors=ERRORS,
        docs=f"{DOCS}4012463771",
    )(flow)


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
    whole = await call.work.scan(Coupon, Walk("openid", call.params["openid"], limit=PAGE_MAX))
    if sum(each.stock_id == stock.id for each in whole) >= stock.per_user_max:
        raise Errors.COUPON_USER_LIMIT()
    call.work.save(replace(stock, sent=stock.sent + 1))
    endpoint = await call.work.get(CouponEndpoint, call.merchant.id)
    now = call.clock.now()
    coupon = Coupon(
        id=call.ids.token(10, DIGITS), status=COUPON.initial, created=now, number=number,
        mchid=call.merchant.id, openid=call.params["openid"], stock=stock,
        public_key_mode=names_public_key(call.envelope),
        notify_url=endpoint.url if endpoint is not None and endpoint.status == "on" else "",
    )
    call.work.save(coupon)
    call.work.at(max(later(now, 1), parse_rfc3339(stock.end)), coupon, "expire")
    call.work.announce(sent(coupon))
    return Reply({"coupon_id": coupon.id}, subject=coupon)


@operation(
    "favor.list_coupons", Route(API, "GET", f"{FAVOR}/users/{{openid}}/coupons"), errors=ERRORS,
    docs=f"{DOCS}4012463752",
)
async def list_coupons(call: Call[Params]) -> Reply:
    """A user's coupons, the newest first."""
    params = call.params
    whole = await call.work.scan(Coupon, Walk("openid", params["openid"], limit=PAGE_MAX))
    own = call.merchant.id
    creators = {params.get(name, own) for name in ("creator_mchid", "sender_mchid")}
    found = [
        each.shown() for each in whole
        if params.get("stock_id", each.stock.id) == each.stock.id
        and params.get("status", each.status) == each.status
        and creators == {each.mchid}
        and params.get("available_mchid", each.mchid) in (each.mchid, *each.stock.merchants)
    ]
    return Reply(_page(call, found))


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


@operation(
    "favor.set_callback", Route(API, "POST", f"{FAVOR}/callbacks"), errors=(Errors.COUPON_OF_OTHERS, *COMMON),
    docs=f"{DOCS}4012463781",
)
async def set_callback(call: Call[Params]) -> Reply:
    """Say where to be told of coupons, or that one is not to be told."""
    params, now = call.params, call.clock.now()
    await call.work.get(CouponEndpoint, call.merchant.id)
    status = "on" if params.get("switch", True) else "off"
    endpoint = CouponEndpoint(
        id=call.merchant.id, status=status, created=now, url=params["notify_url"], updated=now
    )
    call.work.save(endpoint)
    return Reply({"update_time": rfc3339_china(now), "notify_url": endpoint.url}, subject=endpoint)


@operation(
    "favor.get_callback", Route(API, "GET", f"{FAVOR}/callbacks"), errors=ERRORS, docs=f"{DOCS}4012463780"
)
async def get_callback(call: Call[Params]) -> Reply:
    """Where a merchant is told of coupons."""
    endpoint = await call.work.get(CouponEndpoint, call.merchant.id)
    if endpoint is None:
        raise Errors.COUPON_UNKNOWN()
    return Reply({"mchid": call.merchant.id, "notify_url": endpoint.url}, subject=endpoint)


@act(Coupon, "use")
async def use(doing: Doing[Coupon]) -> Record:
    """The user pays with it; `details` may name the `transaction_id`."""
    paid = str(doing.details.get("transaction_id", ""))
    return fire(doing.work, COUPON, doing.record, "use", doing.now, transaction_id=paid)


ACTS: tuple[Act[Any], ...] = use


def _instant(params: Params, name: str, location: str) -> Instant:
    """Of a text that has the form of a time, and may be none for all that. Raises ProviderError."""
    try:
        return parse_rfc3339(params[name])
    except (ValueError, OverflowError):
        field = f"/{name}" if location == "body" else name
        detail = {"field": field, "location": location, "value": params[name]}
        raise Errors.PARAM_ERROR(detail=detail) from None


def _page(call: Call[Params], found: list[Any]) -> dict[str, object]:
    """Values of a query are text."""
    offset, limit = int(call.params.get("offset", "0")), int(call.params.get("limit", "20"))
    shown = found[offset:offset + limit]
    return {"total_count": len(found), "limit": limit, "offset": offset} | ({"data": shown} if shown else {})


async def _stock(call: Call[Params]) -> CouponStock:
    stock = await call.work.get(CouponStock, call.params["stock_id"])
    if stock is None or stock.mchid != call.merchant.id:
        raise Errors.COUPON_UNKNOWN()
    return stock
