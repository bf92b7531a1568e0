"""Refunds. https://pay.weixin.qq.com/doc/v3/merchant/4012791862, https://pay.weixin.qq.com/doc/v3/merchant/4012791863"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, later
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.providers.wechatpay import sensitive
from paydouble.providers.wechatpay.errors import COMMON, Errors, refusal
from paydouble.providers.wechatpay.machines import API, REFUND
from paydouble.providers.wechatpay.models import Refund, Transaction, number_key
from paydouble.providers.wechatpay.refunding import Accepted, accept, check_unfrozen, ends_by
from paydouble.providers.wechatpay.settings import WechatpaySettings

REFUND_DAYS = 365
REFUNDS_MAX = 50
USER_CARD, TO_MERCHANT = "USER_BANK_CARD", "商户结算银行账户"
# fmt: off
CARDS = {
    "CMB_DEBIT":   "招商银行", "COMM_DEBIT": "交通银行", "ABC_DEBIT":  "农业银行", "CCB_DEBIT":  "建设银行",
    "ICBC_DEBIT":  "工商银行", "BOC_DEBIT":  "中国银行", "PAB_DEBIT":  "平安银行", "SPDB_DEBIT": "浦发银行",
    "CITIC_DEBIT": "中信银行", "CEB_DEBIT":  "光大银行", "CMBC_DEBIT": "民生银行", "CIB_DEBIT":  "兴业银行",
    "GDB_DEBIT":   "广发银行", "PSBC_DEBIT": "邮储银行", "NBCB_DEBIT": "宁波银行",
}
# fmt: on
"""`bank_type` → how the card's bank is called where a refund has gone."""

REFUNDS = "/v3/refund/domestic/refunds"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"

CREATE: tuple[ErrorTable, ...] = (
    Errors.REFUND_ORDER_UNKNOWN, Errors.REFUND_DIFFERS, Errors.REFUND_ORDER_DIFFERS, Errors.REFUND_ALL_DONE,
    Errors.REFUND_TOO_MUCH, Errors.REFUND_TOO_MANY, Errors.REFUND_TOO_LATE, Errors.REFUND_NO_AUTH,
    Errors.REFUND_NOT_ENOUGH, Errors.USER_ACCOUNT_ABNORMAL, Errors.REFUND_MCH_UNKNOWN,
    Errors.SUB_MCHID_DIFFERS, *COMMON,
)
QUERY: tuple[ErrorTable, ...] = (Errors.REFUND_UNKNOWN, Errors.REFUND_MCH_UNKNOWN, *COMMON)


class RefundFrom(TypedDict):
    account: str
    amount: int


# "from" is a word of Python.
RefundAmount = TypedDict(
    "RefundAmount",
    {"refund": int, "from": NotRequired[list[RefundFrom]], "total": int, "currency": str},
)


class RefundGoods(TypedDict):
    merchant_goods_id: str
    wechatpay_goods_id: NotRequired[str]
    goods_name: NotRequired[str]
    unit_price: int
    refund_amount: int
    refund_quantity: int


class RefundRequest(TypedDict):
    """At least one of `transaction_id` and `out_trade_no`."""

    transaction_id: NotRequired[str]
    out_trade_no: NotRequired[str]
    out_refund_no: str
    reason: NotRequired[str]
    notify_url: NotRequired[str]
    funds_account: NotRequired[str]
    sub_mchid: NotRequired[str]
    amount: RefundAmount
    goods_detail: NotRequired[list[RefundGoods]]


class ByOutRefundNo(TypedDict):
    out_refund_no: str
    sub_mchid: NotRequired[str]


class AbnormalRefund(TypedDict):
    """With a card of the payer come its bank, its number and the name on it, the last two encrypted."""

    refund_id: str
    sub_mchid: NotRequired[str]
    out_refund_no: str
    type: str
    bank_type: NotRequired[str]
    bank_account: NotRequired[str]
    real_name: NotRequired[str]


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    """All that can be done with refunds, under these settings."""

    @operation(
        "refunds.create", Route(API, "POST", REFUNDS), means=("refund.create",),
        idempotency=NaturalKey(("out_refund_no",), in_progress=Errors.FREQUENCY_LIMITED), errors=CREATE,
        docs=f"{DOCS}4012791862",
    )
    async def create(call: Call[RefundRequest]) -> Reply:
        """Refund an order wholly or in part."""
        return await _create(call, settings)

    @operation(
        "refunds.apply_abnormal", Route(API, "POST", f"{REFUNDS}/{{refund_id}}/apply-abnormal-refund"),
        errors=(Errors.REFUND_NOT_ABNORMAL, Errors.REFUND_CARD_MISSING, *QUERY), docs=f"{DOCS}4014985777",
    )
    async def apply_abnormal(call: Call[AbnormalRefund]) -> Reply:
        """Send a refund that the payer could not receive to a bank card, the payer's or one's own."""
        return await _apply_abnormal(call, settings)

    return create, query, apply_abnormal


@operation(
    "refunds.query", Route(API, "GET", f"{REFUNDS}/{{out_refund_no}}"), means=("refund.query",),
    errors=QUERY, docs=f"{DOCS}4012791863",
)
async def query(call: Call[ByOutRefundNo]) -> Reply:
    """Query a refund by the merchant's number."""
    key = number_key(call.merchant.id, call.params["out_refund_no"])
    refund = await call.work.find(Refund, "refund_key", key)
    if refund is None or call.params.get("sub_mchid", refund.sub_mchid) != refund.sub_mchid:
        raise Errors.REFUND_UNKNOWN()
    return Reply(refund.shown(), subject=refund)


async def _create(call: Call[RefundRequest], settings: WechatpaySettings) -> Reply:
    order = await _paid_order(call)
    key = number_key(call.merchant.id, call.params["out_refund_no"])
    known = await call.work.find(Refund, "refund_key", key)
    amount = call.params["amount"]
    if known is not None:
        same = (order.id, amount["refund"], amount["total"])
        if (known.transaction_id, known.amount_minor, known.total_minor) != same:
            raise Errors.REFUND_DIFFERS()
        return Reply(known.shown(), subject=order)
    _check(call, order, settings)
    outcome = call.outcome
    if outcome is not None and outcome.result is Result.DECLINED:
        raise refusal(outcome, CREATE, Errors.REFUND_NOT_ENOUGH)
    asked = Accepted(
        out_refund_no=call.params["out_refund_no"], amount_minor=amount["refund"],
        notify_url=call.params.get("notify_url", ""), ends=ends_by(outcome),
    )
    refund, order = accept(call.work, call.ids, call.clock.now(), order, asked, settings)
    # The payment, so that what a scenario says of this refund's notifications sticks to it.
    return Reply(refund.shown(), subject=order)


async def _paid_order(call: Call[RefundRequest]) -> Transaction:
    """By either number, or by both where they agree."""
    params, order = call.params, None
    by_id, by_number = params.get("transaction_id"), params.get("out_trade_no")
    if by_id is not None:
        order = await call.work.get(Transaction, by_id)
    elif by_number is not None:
        order = await call.work.find(Transaction, "order_key", number_key(call.merchant.id, by_number))
    if order is None or order.mchid != call.merchant.id or not order.is_paid:
        raise Errors.REFUND_ORDER_UNKNOWN()
    if by_number is not None and by_number != order.out_trade_no:
        raise Errors.REFUND_ORDER_DIFFERS()
    if params.get("sub_mchid", order.sub_mchid) != order.sub_mchid:
        raise Errors.SUB_MCHID_DIFFERS()
    return order


def _check(call: Call[RefundRequest], order: Transaction, settings: WechatpaySettings) -> None:
    now, amount = call.clock.now(), call.params["amount"]
    if amount["total"] != order.total_minor:
        raise Errors.REFUND_ORDER_DIFFERS()
    if now > later(order.success_time, REFUND_DAYS * DAY):
        raise Errors.REFUND_TOO_LATE()
    if order.refundable_minor == 0:
        raise Errors.REFUND_ALL_DONE()
    if amount["refund"] > order.refundable_minor:
        raise Errors.REFUND_TOO_MUCH()
    check_unfrozen(order, amount["refund"])
    if order.refund_count >= REFUNDS_MAX:
        raise Errors.REFUND_TOO_MANY()
    if order.refund_count and now < later(order.refunded_last, settings.refund_spacing):
        raise Errors.FREQUENCY_LIMITED()


async def _apply_abnormal(call: Call[AbnormalRefund], settings: WechatpaySettings) -> Reply:
    params, now = call.params, call.clock.now()
    account = sensitive.opened(call, params, "bank_account")
    name = sensitive.opened(call, params, "real_name")
    refund = await call.work.get(Refund, params["refund_id"])
    known = refund is not None and refund.mchid == call.merchant.id
    if refund is None or not known or refund.out_refund_no != params["out_refund_no"]:
        raise Errors.REFUND_UNKNOWN()
    to_payer = params["type"] == USER_CARD
    if to_payer and not (account and name and "bank_type" in params):
        raise Errors.REFUND_CARD_MISSING()
    if refund.status != "ABNORMAL":
        raise Errors.REFUND_NOT_ABNORMAL()
    received = f"{CARDS[params['bank_type']]}借记卡{account[-4:]}" if to_payer else TO_MERCHANT
    again = fire(
        call.work, REFUND, refund, "reapply", now, channel="OTHER_BANKCARD", received_account=received
    )
    ends = ends_by(call.outcome)
    if ends:
        call.work.at(later(now, settings.refund_delay), again, ends)
    return Reply(again.shown(), subject=await call.work.get(Transaction, refund.transaction_id))
