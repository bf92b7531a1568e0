"""Refunds of trades: https://opendocs.alipay.com/apis/api_1/alipay.trade.refund, https://opendocs.alipay.com/apis/api_1/alipay.trade.fastpay.refund.query."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.providers.alipay import amounts, ordering, refunding, splitting, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, Acq
from paydouble.providers.alipay.models import CLOSED, FINISHED, SUCCESS, Refund, Trade, number_key
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.refusing import refusal
from paydouble.providers.alipay.settings import AlipaySettings

REFUND: tuple[ErrorTable, ...] = (
    Acq.TRADE_NOT_EXIST, Acq.INVALID_PARAMETER, Acq.SELLER_BALANCE_NOT_ENOUGH, Acq.REFUND_AMT_NOT_EQUAL_TOTAL,
    Acq.REASON_TRADE_BEEN_FREEZEN, Acq.TRADE_HAS_FINISHED, Acq.TRADE_STATUS_ERROR, Acq.TRADE_HAS_CLOSE,
    Acq.DISCORDANT_REPEAT_REQUEST, Acq.REASON_TRADE_REFUND_FEE_ERR, Acq.TRADE_NOT_ALLOW_REFUND,
    Acq.REFUND_FEE_ERROR, Acq.BUYER_ENABLE_STATUS_FORBID, Acq.BUYER_ERROR, Acq.ALLOC_AMOUNT_VALIDATE_ERROR,
    Acq.SYSTEM_ERROR, *COMMON,
)
QUERY: tuple[ErrorTable, ...] = (Acq.TRADE_NOT_EXIST, Acq.INVALID_PARAMETER, Acq.SYSTEM_ERROR, *COMMON)
NOTHING = {"refund_fee": "0.00", "send_back_fee": "0.00"}


class RefundRequest(TypedDict):
    """At least one of the two numbers; a partial refund needs a number of its own."""

    out_trade_no: NotRequired[str]
    trade_no: NotRequired[str]
    refund_amount: str
    out_request_no: NotRequired[str]
    refund_reason: NotRequired[str]
    refund_royalty_parameters: NotRequired[list[dict[str, str]]]
    query_options: NotRequired[list[str]]


@dataclass(frozen=True, slots=True)
class Returned:
    """A share that comes back with a refund."""

    trans_out: str
    amount_minor: int

    def shown(self) -> Mapping[str, str]:
        return {
            "royalty_type": "transfer", "trans_out": self.trans_out, "refund_amount": yuan(self.amount_minor),
            "result_code": "SUCCESS",
        }


class RefundQuery(TypedDict):
    out_request_no: str
    out_trade_no: NotRequired[str]
    trade_no: NotRequired[str]
    query_options: NotRequired[list[str]]


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All that can be done with refunds, under these settings."""

    @operation(
        "trade.refund", *routes("trade.refund"), means=("refund.create",), errors=REFUND,
        idempotency=NaturalKey(("out_request_no",)), docs=documented("trade.refund"),
    )
    async def refund(call: Call[RefundRequest]) -> Reply:
        """Refund a trade wholly or in part."""
        return await _refund(call, settings)

    @operation(
        "trade.refund.apply", *routes("trade.refund.apply"), means=("refund.create",), errors=REFUND,
        idempotency=NaturalKey(("out_request_no",)), docs=documented("trade.refund.apply"),
    )
    async def apply(call: Call[RefundRequest]) -> Reply:
        """Ask for a refund, and look later what has become of it."""
        refund, trade, _ = await _made(call, settings)
        return Reply({
            **trade.named(), "out_request_no": refund.out_request_no,
            "refund_amount": yuan(refund.amount_minor), "refund_status": refund.status,
        }, subject=trade)

    @operation(
        "trade.page.refund", *routes("trade.page.refund", ""), means=("refund.create",), errors=REFUND,
        idempotency=NaturalKey(("out_request_no",)), docs=documented("trade.page.refund"),
    )
    async def page(call: Call[RefundRequest]) -> Reply:
        """Refund through a browser, which is shown that it is done."""
        refund, trade, _ = await _made(call, settings)
        text = f"退款成功：{yuan(refund.amount_minor)}元，订单 {html.escape(trade.out_trade_no)}"
        document = f'<!DOCTYPE html><html><head><meta charset="GBK"></head><body>{text}</body></html>'
        headers = (("Content-Type", "text/html;charset=GBK"),)
        return Reply(document.encode("gbk", "replace"), subject=trade, headers=headers)

    return refund, apply, page, query


@operation(
    "trade.fastpay.refund.query", *routes("trade.fastpay.refund.query"), means=("refund.query",),
    errors=QUERY, reads=True, docs=documented("trade.fastpay.refund.query"),
)
async def query(call: Call[RefundQuery]) -> Reply:
    """Query one refund; a request number that nobody knows is a success without a refund."""
    trade = await ordering.named(call)
    found = await call.work.find(Refund, "request_key", number_key(trade.id, call.params["out_request_no"]))
    if found is None:
        return Reply({}, subject=trade)
    return Reply(found.shown(trade, ordering.options(call.params)), subject=trade)


class Made(NamedTuple):
    """A refund, the trade afterwards, and whether money moved in this very call."""

    refund: Refund
    trade: Trade
    moved: bool


async def _refund(call: Call[RefundRequest], settings: AlipaySettings) -> Reply:
    refund, trade, moved = await _made(call, settings)
    body: dict[str, object] = {
        **trade.named(), **trade.buyer(settings), "fund_change": "Y" if moved else "N",
        "gmt_refund_pay": times.china(refund.created), "refund_fee": yuan(trade.refunded_minor),
    }
    if "refund_detail_item_list" in ordering.options(call.params):
        bill = {"amount": yuan(refund.amount_minor), "fund_channel": trade.fund_channel}
        body |= {"refund_detail_item_list": [bill], "send_back_fee": yuan(refund.amount_minor)}
    return Reply(body, subject=trade)


async def _made(call: Call[RefundRequest], settings: AlipaySettings) -> Made:
    params = call.params
    trade = await ordering.named(call)
    amount = amounts.minor(params["refund_amount"], Acq.REFUND_FEE_ERROR)
    number = params.get("out_request_no") or trade.out_trade_no
    known = await call.work.find(Refund, "request_key", number_key(trade.id, number))
    if known is not None:
        if known.amount_minor != amount:
            raise Acq.DISCORDANT_REPEAT_REQUEST(**trade.named(), **NOTHING)
        return Made(known, trade, moved=False)
    _check(trade, amount, partial_without_number=not params.get("out_request_no"))
    outcome = call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED):
        error = refusal(outcome, REFUND, Acq.SELLER_BALANCE_NOT_ENOUGH)
        raise error.row(error.message, **error.details, **trade.named(), **NOTHING)
    returned = await _returned(call, trade)
    asked = refunding.Asked(
        out_request_no=number, amount_minor=amount, reason=params.get("refund_reason", ""),
        royalties=tuple(each.shown() for each in returned),
        returned_minor=sum(each.amount_minor for each in returned),
    )
    refund, moved = refunding.accept(call.work, call.ids, call.clock.now(), trade, asked, settings)
    for each in returned:
        refunding.take_back(call.work, moved, each.trans_out, each.amount_minor, refund.id)
    return Made(refund, moved, moved=True)


def _check(trade: Trade, amount: int, *, partial_without_number: bool) -> None:
    """Of a refund that was not made before."""
    details = {**trade.named(), **NOTHING}
    if trade.status == FINISHED:
        raise Acq.TRADE_HAS_FINISHED(**details)
    if trade.status == CLOSED and not trade.was_paid:
        raise Acq.TRADE_HAS_CLOSE(**details)
    if trade.status == CLOSED:
        raise Acq.REASON_TRADE_REFUND_FEE_ERR(**details)
    if trade.status != SUCCESS:
        raise Acq.TRADE_STATUS_ERROR(**details)
    if amount > trade.left_minor:
        raise Acq.REASON_TRADE_REFUND_FEE_ERR(**details)
    if partial_without_number and amount != trade.total_minor:
        raise Acq.REFUND_AMT_NOT_EQUAL_TOTAL(**details)


async def _returned(call: Call[RefundRequest], trade: Trade) -> tuple[Returned, ...]:
    """What comes back from receivers of shares. Raises where that is more than one of them got."""
    asked = call.params.get("refund_royalty_parameters") or []
    found = tuple(
        Returned(str(each.get("trans_out", "")), amounts.minor(each.get("amount", ""), Acq.REFUND_FEE_ERROR))
        for each in asked
    )
    left = await splitting.held(call.work, trade) if found else Counter[str]()
    for each in found:
        left[each.trans_out] -= each.amount_minor
    if any(minor < 0 for minor in left.values()):
        raise Acq.ALLOC_AMOUNT_VALIDATE_ERROR(**trade.named(), **NOTHING)
    return found
