"""Refunds by API v2. https://pay.weixin.qq.com/doc/v2/merchant/4011935224"""

from __future__ import annotations

from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, later
from paydouble.core.effect import Result
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.work import Walk
from paydouble.providers.wechatpay import refunding, showing_v2
from paydouble.providers.wechatpay.errors import Errors, refusal
from paydouble.providers.wechatpay.errors_v2 import COMMON_V2, ErrorsV2
from paydouble.providers.wechatpay.models import Refund, Transaction, number_key
from paydouble.providers.wechatpay.notices import V2
from paydouble.providers.wechatpay.operations.refunds import REFUND_DAYS, REFUNDS_MAX
from paydouble.providers.wechatpay.operations.v2.orders import DOCS, Fields, found
from paydouble.providers.wechatpay.settings import WechatpaySettings

PAGE = 10
"""How many refunds one query shows."""

CREATE = (
    ErrorsV2.ORDERNOTEXIST, ErrorsV2.REFUND_FEE_MISMATCH, ErrorsV2.REFUND_TOO_MUCH, ErrorsV2.TRADE_OVERDUE,
    ErrorsV2.NOTENOUGH, ErrorsV2.USER_ACCOUNT_ABNORMAL, ErrorsV2.INVALID_TRANSACTIONID, *COMMON_V2,
)
QUERY = (ErrorsV2.REFUNDNOTEXIST, ErrorsV2.INVALID_TRANSACTIONID, *COMMON_V2)


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "secapi.refund", Route(V2, "POST", "/secapi/pay/refund"), means=("refund.create",),
        idempotency=NaturalKey(("out_refund_no",)), errors=CREATE, docs=f"{DOCS}4011935224",
    )
    async def refund(call: Call[Fields]) -> Reply:
        """Refund an order wholly or in part; a certificate is needed."""
        return await _refund(call, settings)

    return refund, refundquery


async def _refund(call: Call[Fields], settings: WechatpaySettings) -> Reply:
    params, outcome, now = call.params, call.outcome, call.clock.now()
    amount, total = int(params["refund_fee"]), int(params["total_fee"])
    order = await found(call)
    if not order.is_paid:
        raise ErrorsV2.ORDERNOTEXIST()
    key = number_key(call.merchant.id, params["out_refund_no"])
    known = await call.work.find(Refund, "refund_key", key)
    if known is not None:
        if (known.transaction_id, known.amount_minor, known.total_minor) != (order.id, amount, total):
            raise ErrorsV2.REFUND_FEE_MISMATCH()
        return Reply(showing_v2.refunded(known), subject=order)
    if total != order.total_minor:
        raise ErrorsV2.REFUND_FEE_MISMATCH()
    if now > later(order.success_time, REFUND_DAYS * DAY):
        raise ErrorsV2.TRADE_OVERDUE()
    if amount > order.refundable_minor or order.refund_count >= REFUNDS_MAX:
        raise ErrorsV2.REFUND_TOO_MUCH()
    refunding.check_unfrozen(order, amount)
    if order.refund_count and now < later(order.refunded_last, settings.refund_spacing):
        raise Errors.FREQUENCY_LIMITED()
    if outcome is not None and outcome.result is Result.DECLINED:
        raise refusal(outcome, CREATE, ErrorsV2.NOTENOUGH)
    asked = refunding.Accepted(
        out_refund_no=params["out_refund_no"], amount_minor=amount, notify_url=params.get("notify_url", ""),
        api=V2, ends=refunding.ends_by(outcome),
    )
    made, order = refunding.accept(call.work, call.ids, now, order, asked, settings)
    return Reply(showing_v2.refunded(made), subject=order)


@operation(
    "pay.refundquery", Route(V2, "POST", "/pay/refundquery"), means=("refund.query",), errors=QUERY,
    docs=f"{DOCS}4011935225", reads=True,
)
async def refundquery(call: Call[Fields]) -> Reply:
    """Query the refunds of an order, or one of them."""
    one = await _one(call)
    order = await call.work.get(Transaction, one.transaction_id) if one is not None else await found(call)
    assert order is not None, "every refund refunds something"
    if one is not None:
        return Reply(showing_v2.listed(order, [one], 1), subject=order)
    walk = Walk(index="transaction_id", value=order.id, newest_first=False)
    refunds = await call.work.scan(Refund, walk)
    if not refunds:
        raise ErrorsV2.REFUNDNOTEXIST()
    offset = int(call.params.get("offset", "0"))
    return Reply(showing_v2.listed(order, refunds[offset:offset + PAGE], len(refunds)), subject=order)


async def _one(call: Call[Any]) -> Refund | None:
    """The refund that is named. Raises ProviderError where it does not exist."""
    params, refund = call.params, None
    if "refund_id" in params:
        refund = await call.work.get(Refund, params["refund_id"])
    elif "out_refund_no" in params:
        key = number_key(call.merchant.id, params["out_refund_no"])
        refund = await call.work.find(Refund, "refund_key", key)
    else:
        return None
    if refund is None or refund.mchid != call.merchant.id:
        raise ErrorsV2.REFUNDNOTEXIST()
    return refund
