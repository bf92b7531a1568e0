"""Profit sharing (分账). https://pay.weixin.qq.com/doc/v3/merchant/4012067962 and those after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, later
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay import identifiers, ordering, sensitive, sharing
from paydouble.providers.wechatpay.errors import COMMON, Errors, refusal
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.models import Transaction, number_key
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.sharing_records import MERCHANT, SHARE_RETURN, ShareOrder, ShareReturn

SHARING = "/v3/profitsharing"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"

ORDERS: tuple[ErrorTable, ...] = (
    Errors.SHARE_NOT_MARKED, Errors.SHARE_TOO_SOON, Errors.SHARE_OVER, Errors.SHARE_NO_RELATION,
    Errors.SHARE_NAME_DIFFERS, Errors.SHARE_RATIO, Errors.SHARE_NOT_ENOUGH, Errors.SHARE_DIFFERS,
    Errors.SHARE_NO_AUTH, Errors.SHARE_TOO_OFTEN, Errors.APPID_MCHID_NOT_MATCH, Errors.SUB_MCHID_DIFFERS,
    *COMMON,
)
QUERY: tuple[ErrorTable, ...] = (Errors.SHARE_UNKNOWN, *COMMON)
UNFREEZE: tuple[ErrorTable, ...] = (
    Errors.UNFREEZE_NOT_MARKED, Errors.UNFREEZE_NOTHING, Errors.SHARE_NO_AUTH, Errors.SUB_MCHID_DIFFERS,
    *COMMON,
)
RETURN: tuple[ErrorTable, ...] = (
    Errors.SHARE_UNKNOWN, Errors.RETURN_NO_RECEIVER, Errors.RETURN_TOO_MUCH, Errors.RETURN_TOO_LATE,
    Errors.RETURN_NO_AUTH, *COMMON,
)


class ShareReceiver(TypedDict):
    type: str
    account: str
    name: NotRequired[str]
    amount: int
    description: str


class ShareRequest(TypedDict):
    appid: NotRequired[str]
    sub_mchid: NotRequired[str]
    sub_appid: NotRequired[str]
    transaction_id: str
    out_order_no: str
    receivers: list[ShareReceiver]
    unfreeze_unsplit: bool


class ByOutOrderNo(TypedDict):
    out_order_no: str
    transaction_id: str
    sub_mchid: NotRequired[str]


class Unfreeze(TypedDict):
    transaction_id: str
    out_order_no: str
    description: str
    sub_mchid: NotRequired[str]


class ReturnRequest(TypedDict):
    """One of `order_id` and `out_order_no`."""

    sub_mchid: NotRequired[str]
    order_id: NotRequired[str]
    out_order_no: NotRequired[str]
    out_return_no: str
    return_mchid: str
    amount: int
    description: str


class ByOutReturnNo(TypedDict):
    out_return_no: str
    out_order_no: str
    sub_mchid: NotRequired[str]


class OfTransaction(TypedDict):
    transaction_id: str


class OfSubMerchant(TypedDict):
    sub_mchid: str


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "profitsharing.orders", Route(API, "POST", f"{SHARING}/orders"),
        idempotency=NaturalKey(("out_order_no",)), errors=ORDERS, docs=f"{DOCS}4012067962",
    )
    async def orders(call: Call[ShareRequest]) -> Reply:
        """Share a payment with up to fifty receivers."""
        params = call.params
        wished = [
            sharing.Wished(
                type=each["type"], account=each["account"], amount_minor=each["amount"],
                description=each["description"],
                name=sensitive.opened(call, each, "name", f"/receivers/{index}/name"),
            )
            for index, each in enumerate(params["receivers"])
        ]
        ordering.check_appid(call)
        # Ciphertexts differ at every call, so that names are no part of what is compared.
        plain = [{**each, "name": ""} for each in params["receivers"]]
        asked = sharing.Asked(
            mchid=call.merchant.id, sub_mchid=params.get("sub_mchid", ""),
            out_order_no=params["out_order_no"], receivers=wished, unfreezes=params["unfreeze_unsplit"],
            digest=ordering.digest({**params, "receivers": plain}, "share"),
        )
        return Reply((await share(call, params["transaction_id"], asked, settings)).shown())

    @operation(
        "profitsharing.unfreeze", Route(API, "POST", f"{SHARING}/orders/unfreeze"),
        idempotency=NaturalKey(("out_order_no",)), errors=UNFREEZE, docs=f"{DOCS}4012067978",
    )
    async def unfreeze(call: Call[Unfreeze]) -> Reply:
        """Give what was not shared to the merchant, and share no more."""
        return Reply((await free(call, call.params, settings)).shown())

    @operation(
        "profitsharing.return", Route(API, "POST", f"{SHARING}/return-orders"),
        idempotency=NaturalKey(("out_return_no",)), errors=RETURN, docs=f"{DOCS}4012067986",
    )
    async def give_back(call: Call[ReturnRequest]) -> Reply:
        """Take back from a receiver what was shared with it."""
        return Reply((await take_back(call, call.params, settings)).shown())

    @operation(
        "profitsharing.merchant_configs", Route(API, "GET", f"{SHARING}/merchant-configs/{{sub_mchid}}"),
        errors=(Errors.SHARE_NO_AUTH, *COMMON), docs="https://pay.weixin.qq.com/doc/v3/partner/4012690944",
    )
    async def merchant_configs(call: Call[OfSubMerchant]) -> Reply:
        """How much of an order a sub-merchant may share at most, in parts of ten thousand."""
        ratio = int(settings.share_rate_max * 10_000)
        return Reply({"sub_mchid": call.params["sub_mchid"], "max_ratio": ratio})

    return orders, query, unfreeze, give_back, query_return, amounts, merchant_configs


@operation(
    "profitsharing.query", Route(API, "GET", f"{SHARING}/orders/{{out_order_no}}"), errors=QUERY,
    docs=f"{DOCS}4012067971",
)
async def query(call: Call[ByOutOrderNo]) -> Reply:
    """Query what became of one request to share."""
    key = number_key(call.merchant.id, call.params["out_order_no"])
    found = await call.work.find(ShareOrder, "number", key)
    if found is None or found.transaction_id != call.params["transaction_id"]:
        raise Errors.SHARE_UNKNOWN()
    return Reply(found.shown(), subject=found)


@operation(
    "profitsharing.query_return", Route(API, "GET", f"{SHARING}/return-orders/{{out_return_no}}"),
    errors=QUERY, docs=f"{DOCS}4012067993",
)
async def query_return(call: Call[ByOutReturnNo]) -> Reply:
    """Query what became of what was taken back."""
    key = number_key(call.merchant.id, call.params["out_return_no"])
    found = await call.work.find(ShareReturn, "number", key)
    if found is None or found.out_order_no != call.params["out_order_no"]:
        raise Errors.SHARE_UNKNOWN()
    return Reply(found.shown(), subject=found)


@operation(
    "profitsharing.amounts", Route(API, "GET", f"{SHARING}/transactions/{{transaction_id}}/amounts"),
    errors=QUERY, docs=f"{DOCS}4012067984",
)
async def amounts(call: Call[OfTransaction]) -> Reply:
    """How much of a payment can still be shared."""
    order = await payment(call, call.params["transaction_id"])
    if order is None:
        raise Errors.SHARE_UNKNOWN()
    return Reply({"transaction_id": order.id, "unsplit_amount": order.unsplit_minor}, subject=order)


async def payment(call: Call[Any], id: str) -> Transaction | None:
    """Of this caller only. Raises ProviderError where it is another sub-merchant's than the one named."""
    order = await call.work.get(Transaction, id)
    if order is None or order.mchid != call.merchant.id:
        return None
    named = call.params.get("sub_mchid", call.params.get("sub_mch_id", order.sub_mchid))
    if named != order.sub_mchid:
        raise Errors.SUB_MCHID_DIFFERS()
    return order


async def share(
    call: Call[Any], transaction_id: str, asked: sharing.Asked, settings: WechatpaySettings
) -> ShareOrder:
    known = await call.work.find(ShareOrder, "number", number_key(asked.mchid, asked.out_order_no))
    if known is not None:
        if known.asked != asked.digest:
            raise Errors.SHARE_DIFFERS()
        return known
    now, outcome = call.clock.now(), call.outcome
    order = sharing.check_shareable(await payment(call, transaction_id), now, settings)
    if outcome is not None and outcome.result is Result.CANCELED:
        raise refusal(outcome, ORDERS, Errors.SHARE_NO_AUTH)
    await sharing.check_receivers(call.work, order, asked, settings)
    return sharing.accept(call.work, call.ids, now, order, asked, outcome, settings)


async def free(call: Call[Any], params: Unfreeze, settings: WechatpaySettings) -> ShareOrder:
    known = await call.work.find(ShareOrder, "number", number_key(call.merchant.id, params["out_order_no"]))
    if known is not None:
        # A number that was used before "succeeds", and nothing is unfrozen.
        return known
    order = await payment(call, params["transaction_id"])
    if order is None or not order.profit_sharing or not order.is_paid:
        raise Errors.UNFREEZE_NOT_MARKED()
    if order.unsplit_minor == 0:
        raise Errors.UNFREEZE_NOTHING()
    asked = sharing.Asked(
        mchid=call.merchant.id, sub_mchid=params.get("sub_mchid", ""), out_order_no=params["out_order_no"],
        digest=ordering.digest(params, "unfreeze"), receivers=(), unfreezes=True,
    )
    return sharing.accept(call.work, call.ids, call.clock.now(), order, asked, None, settings)


async def take_back(call: Call[Any], params: ReturnRequest, settings: WechatpaySettings) -> ShareReturn:
    known = await call.work.find(ShareReturn, "number", number_key(call.merchant.id, params["out_return_no"]))
    if known is not None:
        if (known.amount_minor, known.return_mchid) != (params["amount"], params["return_mchid"]):
            raise Errors.RETURN_DIFFERS()
        return known
    share_order, now = await _shared(call, params), call.clock.now()
    given = sum(
        each.amount_minor for each in share_order.shares
        if (each.type, each.account, each.result) == (MERCHANT, params["return_mchid"], "SUCCESS")
        and each.description != sharing.TO_ITSELF
    )
    if not given:
        raise Errors.RETURN_NO_RECEIVER()
    if now > later(share_order.created, sharing.RETURN_DAYS * DAY):
        raise Errors.RETURN_TOO_LATE()
    too_many = share_order.return_count >= sharing.RETURNS_MAX
    if too_many or share_order.returned_minor + params["amount"] > given:
        raise Errors.RETURN_TOO_MUCH()
    call.work.save(replace(
        share_order, returned_minor=share_order.returned_minor + params["amount"],
        return_count=share_order.return_count + 1,
    ))
    back = ShareReturn(
        id=identifiers.share_id(call.ids, now), status=SHARE_RETURN.initial, created=now,
        mchid=call.merchant.id, sub_mchid=share_order.sub_mchid, transaction_id=share_order.transaction_id,
        order_id=share_order.id, out_order_no=share_order.out_order_no,
        out_return_no=params["out_return_no"], return_mchid=params["return_mchid"],
        amount_minor=params["amount"], description=params["description"],
    )
    call.work.save(back)
    outcome = call.outcome
    fails = outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED)
    if outcome is None or outcome.result not in (Result.PENDING, Result.HELD):
        call.work.at(later(now, settings.share_delay), back, "fail" if fails else "succeed")
    return back


async def _shared(call: Call[Any], params: ReturnRequest) -> ShareOrder:
    found = None
    if "order_id" in params:
        found = await call.work.get(ShareOrder, params["order_id"])
    elif "out_order_no" in params:
        key = number_key(call.merchant.id, params["out_order_no"])
        found = await call.work.find(ShareOrder, "number", key)
    if found is None or found.mchid != call.merchant.id:
        raise Errors.SHARE_UNKNOWN()
    return found
