"""Alipay in neutral words: its events, the facts of a call, and each trade as a payment."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from paydouble.core import json_bytes
from paydouble.core.http import Envelope
from paydouble.core.money import Money
from paydouble.core.operation import Operation
from paydouble.core.words import Details, Facts, PaymentView, Words
from paydouble.core.work import Work
from paydouble.providers.alipay.amounts import CNY
from paydouble.providers.alipay.later import OUTCOMES, WAYS
from paydouble.providers.alipay.machines import TRADE
from paydouble.providers.alipay.models import Trade

# fmt: off
EVENTS = {
    "trade_status_sync.TRADE_SUCCESS":  "payment.succeeded",
    "trade_status_sync.TRADE_CLOSED":   "payment.canceled",
    "trade_status_sync.refund":         "refund.succeeded",
    "alipay.fund.trans.order.changed.SUCCESS": "payout.paid",
    "alipay.fund.trans.order.changed.FAIL":    "payout.failed",
}
# fmt: on
_AMOUNTS = ("refund_amount", "total_amount", "trans_amount", "amount")


def metadata_of(passback: str) -> Mapping[str, str]:
    """`passback_params`: a JSON object, a query string, either of them percent-encoded, or any text."""
    text = unquote_plus(passback) if "%" in passback else passback
    if not text:
        return {}
    if text.startswith("{"):
        try:
            document = json_bytes.loads(text.encode())
        except ValueError:
            return {"passback_params": text}
        return {name: value if isinstance(value, str) else json_bytes.dumps(value).decode()
                for name, value in document.items()}
    try:
        return dict(parse_qsl(text, strict_parsing=True, keep_blank_values=True))
    except ValueError:
        return {"passback_params": text}


async def facts(work: Work, operation: Operation, envelope: Envelope, params: Mapping[str, Any]) -> Facts:
    """Of a refund, the payment's number and the amount that is refunded."""
    trade = await _trade(work, params)
    number = str(params.get("out_trade_no", params.get("out_biz_no", params.get("out_order_no", ""))))

    def details() -> Details:
        amount = next((params[name] for name in _AMOUNTS if params.get(name)), None)
        total = trade.total.decimal() if trade else None
        return Details(
            amount=_decimal(amount) if amount is not None else total,
            currency=CNY,
            method=trade.product_code if trade else str(params.get("product_code", "")),
            phase=TRADE.phases[trade.status].value if trade else "",
            idempotency_key=str(params.get("out_request_no", number)),
            metadata=metadata_of(str(params.get("passback_params", trade.passback_params if trade else ""))),
        )

    if trade is None:
        return Facts(ref=number, details=details)
    return Facts(ref=trade.out_trade_no, payment=trade.id, details=details)


def _decimal(amount: object) -> Decimal | None:
    try:
        return Decimal(str(amount))
    except InvalidOperation:
        return None


async def _trade(work: Work, params: Mapping[str, Any]) -> Trade | None:
    by_id, number = params.get("trade_no", ""), params.get("out_trade_no", "")
    if isinstance(by_id, str) and by_id:
        return await work.get(Trade, by_id)
    return await work.find(Trade, "ref", number) if isinstance(number, str) and number else None


def view(trade: Trade) -> PaymentView:
    return PaymentView(
        id=trade.id,
        ref=trade.out_trade_no,
        phase=TRADE.phases[trade.status],
        status=trade.status,
        amount=trade.total,
        captured=trade.total if trade.was_paid else Money(0, CNY),
        refunded=Money(trade.refunded_minor, CNY),
        disputed=Money(0, CNY),
        fee=Money(trade.fee_minor, CNY),
        merchant=trade.app_id,
        metadata=metadata_of(trade.passback_params),
    )


WORDS = Words(
    events=EVENTS, facts=facts, payments=(Trade,), view=view, ways=WAYS,
    outcomes=OUTCOMES, impatient=("time_out", "lapse"),
)
