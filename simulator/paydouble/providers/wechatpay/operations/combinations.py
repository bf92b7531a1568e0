"""Combined orders (合单): several orders, of one or several merchants, paid together or not at all.

https://pay.weixin.qq.com/doc/v3/merchant/4012530598, https://pay.weixin.qq.com/doc/v3/partner/4012078083
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.work import Work
from paydouble.providers.wechatpay import identifiers, ordering
from paydouble.providers.wechatpay.errors import Errors, refusal
from paydouble.providers.wechatpay.keys import in_public_key_mode
from paydouble.providers.wechatpay.machines import API, TRANSACTION
from paydouble.providers.wechatpay.models import Combination, Transaction, number_key
from paydouble.providers.wechatpay.operations.order_errors import CLOSE, PREPAY, QUERY
from paydouble.providers.wechatpay.operations.order_params import (
    ByCombination,
    ByPart,
    CloseCombination,
    CombinedOrder,
    SubOrder,
)
from paydouble.providers.wechatpay.operations.transactions import PRODUCTS, SHOWN, Product
from paydouble.providers.wechatpay.settings import WechatpaySettings

COMBINED = "/v3/combine-transactions"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
OWN_PARTS_MAX = 10
"""Of a direct merchant; those of a partner may have fifty, as the contract says."""

CREATE: tuple[ErrorTable, ...] = (Errors.SUB_MCHID_UNRELATED, Errors.SUB_MCHID_OWN, *PREPAY)


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    return (*(_prepay_by(product, settings) for product in PRODUCTS), query, query_by_id, close)


def _prepay_by(product: Product, settings: WechatpaySettings) -> Operation:
    async def prepay(call: Call[CombinedOrder]) -> Reply:
        combination, first = await _combine(call, product.trade_type, settings)
        name = SHOWN.get(product.trade_type, "prepay_id")
        # The first part, so that what a scenario says of the notification sticks to it.
        return Reply({name: getattr(combination, name)}, subject=first)

    prepay.__doc__ = f"Several orders at once. {product.summary}"
    return operation(
        f"combine.{product.name}", Route(API, "POST", f"{COMBINED}/{product.name}"),
        means=("payment.create",), idempotency=NaturalKey(("combine_out_trade_no",)), errors=CREATE,
        docs=f"{DOCS}4012556926",
    )(prepay)


@operation(
    "combine.query", Route(API, "GET", f"{COMBINED}/out-trade-no/{{combine_out_trade_no}}"),
    means=("payment.query",), errors=QUERY, docs=f"{DOCS}4012557009",
)
async def query(call: Call[ByCombination]) -> Reply:
    """Query a combined order with all its parts."""
    known = await _known(call.work, call.merchant.id, call.params["combine_out_trade_no"])
    return await _shown(call.work, known)


@operation(
    "combine.query_by_id", Route(API, "GET", f"{COMBINED}/id/{{transaction_id}}"), means=("payment.query",),
    errors=QUERY, docs=f"{DOCS}4012557009",
)
async def query_by_id(call: Call[ByPart]) -> Reply:
    """Query a combined order by one of its parts; that any part's transaction_id does is unverified."""
    part = await call.work.get(Transaction, call.params["transaction_id"])
    if part is None or part.mchid != call.merchant.id or not part.was_paid:
        raise Errors.ORDER_NOT_EXIST()
    return await _shown(call.work, await call.work.get(Combination, part.combination))


async def _shown(work: Work, combination: Combination | None) -> Reply:
    """Raises ProviderError where there is none."""
    if combination is None:
        raise Errors.ORDER_NOT_EXIST()
    parts = await parts_of(work, combination)
    return Reply(combination.shown(parts), subject=parts[0])


@operation(
    "combine.close", Route(API, "POST", f"{COMBINED}/out-trade-no/{{combine_out_trade_no}}/close"),
    means=("payment.cancel",), idempotency=NaturalKey(("combine_out_trade_no",)),
    errors=(Errors.SUB_ORDERS_DIFFER, *CLOSE), docs=f"{DOCS}4012557010",
)
async def close(call: Call[CloseCombination]) -> Reply:
    """Close a combined order; all its parts must be named."""
    combination = await _known(call.work, call.merchant.id, call.params["combine_out_trade_no"])
    if combination is None:
        raise Errors.ORDER_NOT_EXIST()
    parts = await parts_of(call.work, combination)
    named = sorted(each["out_trade_no"] for each in call.params["sub_orders"])
    if named != sorted(part.out_trade_no for part in parts):
        raise Errors.SUB_ORDERS_DIFFER()
    if any(part.is_paid for part in parts):
        raise Errors.ORDERPAID()
    for part in parts:
        if part.status == "NOTPAY":
            fire(call.work, TRANSACTION, part, "close", call.clock.now())
    return Reply(b"", status=204, subject=parts[0])


async def parts_of(work: Work, combination: Combination) -> list[Transaction]:
    """In the order in which they were named."""
    parts = [await work.get(Transaction, id) for id in combination.orders]
    return [part for part in parts if part is not None]


async def _known(work: Work, mchid: str, number: str) -> Combination | None:
    return await work.find(Combination, "order_key", number_key(mchid, number))


async def _combine(
    call: Call[CombinedOrder], trade_type: str, settings: WechatpaySettings
) -> tuple[Combination, Transaction]:
    params, now = call.params, call.clock.now()
    _check(call, trade_type)
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise refusal(call.outcome, CREATE, Errors.TRADE_ERROR)
    asked = ordering.digest(params, f"combined {trade_type}")
    known = await _known(call.work, call.merchant.id, params["combine_out_trade_no"])
    if known is not None and known.asked != asked:
        raise Errors.PARAMETERS_DIFFER()
    id = known.id if known is not None else identifiers.prepay_id(call.ids, now)
    wanted = [
        _part(call, each, trade_type, combination=id, asked=asked, settings=settings)
        for each in params["sub_orders"]
    ]
    base_url = call.request.base_url
    parts = [await ordering.place(call.work, call.ids, now, each, base_url) for each in wanted]
    fresh = Combination(
        id=id, created=now, mchid=call.merchant.id, appid=params["combine_appid"],
        out_trade_no=params["combine_out_trade_no"], notify_url=params["notify_url"],
        orders=tuple(part.id for part in parts), asked=asked, prepay_id=parts[0].prepay_id, prepaid=now,
        code_url=parts[0].code_url, device_id=params.get("scene_info", {}).get("device_id", ""),
        h5_url=parts[0].h5_url,
        openid=params.get("combine_payer_info", {}).get("openid", ""),
    )
    combination = fresh if known is None else replace(fresh, created=known.created)
    call.work.save(combination)
    return combination, parts[0]


def _check(call: Call[CombinedOrder], trade_type: str) -> None:
    params = call.params
    ordering.check_appid(call, params["combine_appid"])
    if trade_type == "JSAPI" and not params.get("combine_payer_info"):
        raise Errors.OPENID_MISSING()
    parts = params["sub_orders"]
    _check_parts(parts)
    for part in parts:
        ordering.check_sizes({"attach": part["attach"]})


def _check_parts(parts: Sequence[SubOrder]) -> None:
    own = sum("sub_mchid" not in part for part in parts)
    if own > OWN_PARTS_MAX:
        detail = {"field": "/sub_orders", "location": "body", "value": len(parts)}
        raise Errors.PARAM_ERROR(detail=detail)
    numbers = [part["out_trade_no"] for part in parts]
    if len(set(numbers)) != len(numbers):
        raise Errors.PARAM_ERROR("子单商户订单号重复", detail={"field": "/sub_orders", "location": "body"})


def _part(
    call: Call[CombinedOrder], part: SubOrder, trade_type: str, *, combination: str, asked: str,
    settings: WechatpaySettings,
) -> ordering.Wanted:
    params, sub_mchid = call.params, part.get("sub_mchid", "")
    if sub_mchid:
        ordering.check_sub_merchant(part["mchid"], sub_mchid, settings)
    return ordering.Wanted(
        trade_type=trade_type, mchid=call.merchant.id, appid=params["combine_appid"],
        seller="" if part["mchid"] == call.merchant.id else part["mchid"],
        sub_mchid=sub_mchid, sub_appid=part.get("sub_appid", ""), combination=combination,
        out_trade_no=part["out_trade_no"], notify_url=params["notify_url"],
        total_minor=part["amount"]["total_amount"], description=part["description"],
        attach=part["attach"], asked=asked,
        expires=ordering.expiry(params.get("time_expire"), call.clock.now(), trade_type, settings),
        openid=params.get("combine_payer_info", {}).get("openid", ""),
        sub_openid=params.get("combine_payer_info", {}).get("sub_openid", ""),
        profit_sharing=part.get("settle_info", {}).get("profit_sharing", False),
        public_key_mode=in_public_key_mode(call.envelope, settings),
    )
