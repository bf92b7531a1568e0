"""Orders on trust (支付分): create, query, cancel, complete, modify, sync.

https://pay.weixin.qq.com/doc/v3/merchant/4012587900 and those after it
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, Instant, later
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.wechatpay import identifiers, ordering
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.keys import in_public_key_mode
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.payscore_records import SERVICE_ORDER, ServiceOrder
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.showing_v2 import read_compact_time

ORDERS = "/v3/payscore/serviceorder"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
CREATED_DAYS = 30
REPEATED = (
    "service_introduction", "post_payments", "post_discounts", "time_range", "location", "risk_fund",
    "attach", "notify_url",
)
"""Fields of the merchant's that answers repeat."""

Params = dict[str, Any]
ERRORS: tuple[ErrorTable, ...] = (
    Errors.PAYSCORE_DIFFERS, Errors.PAYSCORE_TOTAL, Errors.PAYSCORE_RISK, Errors.PAYSCORE_STATE,
    Errors.PAYSCORE_NO_AUTH, Errors.PAYSCORE_UNKNOWN, Errors.APPID_MCHID_NOT_MATCH, *COMMON,
)


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "payscore.create", Route(API, "POST", ORDERS), idempotency=NaturalKey(("out_order_no",)),
        errors=ERRORS, docs=f"{DOCS}4012587900",
    )
    async def create(call: Call[Params]) -> Reply:
        """Open an order on trust, which the user confirms."""
        return await _create(call, settings)

    return create, query, cancel, complete, modify, pay, sync


async def _create(call: Call[Params], settings: WechatpaySettings) -> Reply:
    params, now = call.params, call.clock.now()
    ordering.check_appid(call)
    asked = ordering.digest(params, "payscore")
    known = await call.work.find(ServiceOrder, "number", number_key(call.merchant.id, params["out_order_no"]))
    if known is not None:
        if known.asked != asked:
            raise Errors.PAYSCORE_DIFFERS()
        return Reply(known.shown(), subject=known)
    order = ServiceOrder(
        id=identifiers.service_order_id(call.ids, now), status=SERVICE_ORDER.initial, created=now,
        mchid=call.merchant.id, appid=params["appid"], service_id=params["service_id"],
        out_order_no=params["out_order_no"], package=identifiers.package_info(call.ids), asked=asked,
        notify_url=params["notify_url"], openid=params.get("openid", ""),
        told={name: params[name] for name in REPEATED if name in params},
        public_key_mode=in_public_key_mode(call.envelope, settings),
    )
    call.work.save(order)
    call.work.at(later(now, CREATED_DAYS * DAY), order, "expire")
    if params.get("need_user_confirm", True) is False:
        order = fire(call.work, SERVICE_ORDER, order, "confirm", now)
    return Reply(order.shown(), subject=order)


@operation("payscore.query", Route(API, "GET", ORDERS), errors=ERRORS, docs=f"{DOCS}4012587930")
async def query(call: Call[Params]) -> Reply:
    """Query an order on trust."""
    order = await _known(call)
    return Reply(order.shown(), subject=order)


@operation(
    "payscore.cancel", Route(API, "POST", f"{ORDERS}/{{out_order_no}}/cancel"), errors=ERRORS,
    docs=f"{DOCS}4012587947",
)
async def cancel(call: Call[Params]) -> Reply:
    """Cancel an order on trust that is not completed."""
    order = await _known(call)
    if order.status != "REVOKED":
        order = _moved(call, order, "revoke")
    return Reply(order.ids(), subject=order)


@operation(
    "payscore.complete", Route(API, "POST", f"{ORDERS}/{{out_order_no}}/complete"), errors=ERRORS,
    docs=f"{DOCS}4012587965",
)
async def complete(call: Call[Params]) -> Reply:
    """The service was used: say what it cost, and let it be collected."""
    params, order = call.params, await _known(call)
    total = _total(params)
    if _is_deposit(order) and total > _risk(order):
        raise Errors.PAYSCORE_RISK()
    if order.status == "MCH_COMPLETE" and order.total_minor == total:
        return Reply(order.shown(), subject=order)
    order = _moved(
        call, order, "complete", total_minor=total, told=_said(order, params),
        profit_sharing=params.get("profit_sharing", False),
    )
    waits = call.outcome is not None and call.outcome.result in (Result.PENDING, Result.DECLINED, Result.HELD)
    if not waits:
        call.work.at(call.clock.now(), order, "collect")
    return Reply(order.shown(), subject=order)


@operation(
    "payscore.modify", Route(API, "POST", f"{ORDERS}/{{out_order_no}}/modify"), errors=ERRORS,
    docs=f"{DOCS}4012587977",
)
async def modify(call: Call[Params]) -> Reply:
    """Lower what is to be collected."""
    params, order = call.params, await _known(call)
    total = _total(params)
    if order.status != "MCH_COMPLETE" or total > order.total_minor:
        raise Errors.PAYSCORE_STATE()
    lowered = replace(order, total_minor=total, told=_said(order, params))
    call.work.save(lowered)
    return Reply(lowered.shown(), subject=lowered)


@operation(
    "payscore.pay", Route(API, "POST", f"{ORDERS}/{{out_order_no}}/pay"), errors=ERRORS,
    docs=f"{DOCS}4012587989",
)
async def pay(call: Call[Params]) -> Reply:
    """Ask once more for what was not collected yet."""
    order = await _known(call)
    if order.status != "MCH_COMPLETE":
        raise Errors.PAYSCORE_STATE()
    call.work.at(call.clock.now(), order, "collect")
    return Reply(order.ids(), subject=order)


@operation(
    "payscore.sync", Route(API, "POST", f"{ORDERS}/{{out_order_no}}/sync"), errors=ERRORS,
    docs=f"{DOCS}4012587998",
)
async def sync(call: Call[Params]) -> Reply:
    """The user has paid elsewhere: nothing is collected any more."""
    order, paid_time = await _known(call), _paid_time(call.params["detail"]["paid_time"])
    if order.status != "DONE":
        order = _moved(call, order, "sync", paid_type="MCH", paid_time=paid_time)
    return Reply(order.shown(), subject=order)


def _paid_time(text: str) -> Instant:
    """Raises ProviderError where it is no time."""
    try:
        return read_compact_time(text)
    except (ValueError, OverflowError):
        detail = {"field": "/detail/paid_time", "location": "body", "value": text}
        raise Errors.PARAM_ERROR(detail=detail) from None


async def _known(call: Call[Params]) -> ServiceOrder:
    ordering.check_appid(call)
    params, order = call.params, None
    if "out_order_no" in params:
        number = number_key(call.merchant.id, params["out_order_no"])
        order = await call.work.find(ServiceOrder, "number", number)
    elif "query_id" in params:
        order = await call.work.get(ServiceOrder, params["query_id"])
    known = order is not None and order.mchid == call.merchant.id
    if order is None or not known or order.service_id != params["service_id"]:
        raise Errors.PAYSCORE_UNKNOWN()
    return order


def _moved(call: Call[Params], order: ServiceOrder, trigger: str, **changes: Any) -> ServiceOrder:
    try:
        return fire(call.work, SERVICE_ORDER, order, trigger, call.clock.now(), **changes)
    except IllegalTrigger:
        raise Errors.PAYSCORE_STATE() from None


def _total(params: Params) -> int:
    """Raises ProviderError where the parts do not sum to it."""
    owed = sum(each.get("amount", 0) for each in params["post_payments"])
    less = sum(each.get("amount", 0) for each in params.get("post_discounts", ()))
    if owed - less != params["total_amount"]:
        raise Errors.PAYSCORE_TOTAL()
    return int(params["total_amount"])


def _said(order: ServiceOrder, params: Params) -> dict[str, object]:
    return {**order.told, **{name: params[name] for name in REPEATED if name in params}}


def _is_deposit(order: ServiceOrder) -> bool:
    fund = order.told.get("risk_fund")
    return isinstance(fund, dict) and fund.get("name") in ("DEPOSIT", "ADVANCE", "CASH_DEPOSIT")


def _risk(order: ServiceOrder) -> int:
    fund = order.told.get("risk_fund")
    assert isinstance(fund, dict), "the contract has asked for it"
    return int(fund["amount"])


def acts(settings: WechatpaySettings) -> tuple[Act[Any], ...]:
    @act(ServiceOrder, "collect")
    async def collect(doing: Doing[ServiceOrder]) -> Record:
        """The user's means of payment are charged."""
        return await _collect(doing, settings)

    return collect


async def _collect(doing: Doing[ServiceOrder], settings: WechatpaySettings) -> Record:
    order, id = doing.record, ""
    if order.status == "DONE":
        # Asked for twice, or paid elsewhere meanwhile.
        return order
    SERVICE_ORDER.row(order.status, "collect")
    if order.total_minor:
        # The merchant's number is the service's, not the payment's (不是交易单号), whose is unverified.
        payment = await ordering.place(doing.work, doing.ids, doing.now, ordering.Wanted(
            trade_type="JSAPI", mchid=order.mchid, appid=order.appid, out_trade_no=order.id,
            notify_url=order.notify_url, total_minor=order.total_minor, asked=order.asked,
            expires=ordering.expiry(None, doing.now, "JSAPI", settings),
            profit_sharing=order.profit_sharing, public_key_mode=order.public_key_mode,
        ))
        openid = order.openid or identifiers.openid(doing.ids)
        paid = ordering.settled(
            doing.work, payment, "settle", doing.now, settings, openid=openid, bank_type="OTHERS"
        )
        id = paid.id
    return fire(doing.work, SERVICE_ORDER, order, "collect", doing.now, transaction_id=id)
