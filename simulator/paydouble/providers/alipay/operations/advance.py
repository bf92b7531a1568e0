"""先享后付: may this buyer have now and pay later, and the payment that follows in the end.

https://opendocs.alipay.com/apis/api_1/alipay.trade.order.pay,
https://opendocs.alipay.com/apis/api_1/alipay.trade.advance.consult
"""

from __future__ import annotations

from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.providers.alipay import amounts, ordering, paying, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import COMMON, Acq
from paydouble.providers.alipay.models import CLOSED, Trade
from paydouble.providers.alipay.operations.agreements import Contract
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.refusing import ZERO_AMOUNTS, refusal
from paydouble.providers.alipay.settings import AlipaySettings

PAY: tuple[ErrorTable, ...] = (
    Acq.TRADE_NOT_EXIST, Acq.TRADE_HAS_CLOSE, Acq.TRADE_HAS_SUCCESS, Acq.TRADE_BUYER_NOT_MATCH,
    Acq.CONTEXT_INCONSISTENT, Acq.BUYER_BALANCE_NOT_ENOUGH, Acq.PAYMENT_FAIL, Acq.TOTAL_FEE_EXCEED,
    Acq.INVALID_PARAMETER, Acq.SYSTEM_ERROR_OF_PAY, *COMMON,
)
CONSULT: tuple[ErrorTable, ...] = (
    Acq.AGREEMENT_NOT_EXIST, Acq.TOTAL_FEE_EXCEED, Acq.INVALID_PARAMETER, Acq.SYSTEM_ERROR, *COMMON,
)


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """Both, under these settings."""

    @operation(
        "trade.order.pay", *routes("trade.order.pay"), means=("payment.charge",), errors=PAY,
        idempotency=NaturalKey(("out_request_no",)), docs=documented("trade.order.pay"),
    )
    async def pay(call: Call[Any]) -> Reply:
        """Pay a trade that was created before, once what it is for was delivered."""
        return await _pay(call, settings)

    return pay, consult


@operation(
    "trade.advance.consult", *routes("trade.advance.consult", "GET"), errors=CONSULT, reads=True,
    docs=documented("trade.advance.consult"),
)
async def consult(call: Call[Any]) -> Reply:
    """Ask whether a buyer may have now and pay later: one whose agreement is in force may."""
    params = call.params
    if params.get("estimated_order_amount"):
        amounts.minor(params["estimated_order_amount"], Acq.TOTAL_FEE_EXCEED)
    contract = None
    if number := params.get("agreement_no"):
        contract = await call.work.get(Contract, number)
        if contract is None or contract.seller_id != call.merchant.secrets["seller_id"]:
            raise Acq.AGREEMENT_NOT_EXIST()
    refused = call.outcome is not None and call.outcome.result is not Result.APPROVED
    if refused or (contract is not None and contract.status != "NORMAL"):
        row = Acq.BUYER_UNSUPPORT_ADVANCE
        shown = {"refer_result": False, "result_code": row.name, "result_message": row.message}
        return Reply({**shown, "risk_level": "HIGH"}, subject=contract)
    return Reply({
        "refer_result": True, "result_code": "SUCCESS", "result_message": "成功", "risk_level": "LOW",
        "wait_repayment_amount": "0.00", "wait_repayment_order_count": 0,
    }, subject=contract)


async def _pay(call: Call[Any], settings: AlipaySettings) -> Reply:
    params = call.params
    trade = await ordering.named(call)
    paid_by_this = trade.was_paid and trade.fulfilled_by == params["out_request_no"]
    if not paid_by_this:
        _check(call, trade)
        trade = trade.fulfilling(params["out_request_no"], params.get("buyer_id", ""))
        outcome = call.outcome
        if outcome is not None and outcome.result is not Result.APPROVED:
            error = refusal(outcome, paying.REFUSALS, Acq.PAYMENT_FAIL)
            raise error.row(error.message, **error.details, out_trade_no=trade.out_trade_no, **ZERO_AMOUNTS)
        trade = paying.pay(call.work, trade, call.clock.now(), settings, outcome=outcome)
    return Reply({
        **trade.named(), "out_request_no": params["out_request_no"], "total_amount": yuan(trade.total_minor),
        "fulfillment_amount": yuan(trade.total_minor), "gmt_payment": times.china(trade.gmt_payment),
    }, subject=trade)


def _check(call: Call[Any], trade: Trade) -> None:
    params = call.params
    if trade.status == CLOSED:
        raise Acq.TRADE_HAS_CLOSE(**trade.named())
    if trade.was_paid:
        raise Acq.TRADE_HAS_SUCCESS(**trade.named())
    if params.get("buyer_id") and trade.buyer_id not in ("", params["buyer_id"]):
        raise Acq.TRADE_BUYER_NOT_MATCH(**trade.named())
    asked = [params[name] for name in ("total_amount", "fulfillment_amount") if params.get(name)]
    if any(amounts.minor(each, Acq.TOTAL_FEE_EXCEED) != trade.total_minor for each in asked):
        raise Acq.CONTEXT_INCONSISTENT(**trade.named())
