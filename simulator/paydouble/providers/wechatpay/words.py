"""WeChat Pay in neutral words: its events, the facts of a call, and each order as a payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from paydouble.core import json_bytes
from paydouble.core.http import Envelope
from paydouble.core.money import Money, decimal
from paydouble.core.operation import Operation
from paydouble.core.words import Details, Facts, PaymentView, Words
from paydouble.core.work import Work
from paydouble.providers.wechatpay.later import OUTCOMES, WAYS, emits
from paydouble.providers.wechatpay.machines import TRANSACTION
from paydouble.providers.wechatpay.models import CNY, Combination, Refund, Transaction, number_key
from paydouble.providers.wechatpay.operations.transactions import PRODUCTS

# fmt: off
EVENTS = {
    "TRANSACTION.SUCCESS": "payment.succeeded",
    "REFUND.SUCCESS":      "refund.succeeded",
    "REFUND.ABNORMAL":     "refund.failed",
    "REFUND.CLOSED":       "refund.failed",
    # Messages of API v2 have no type: these names are ours.
    "payment.SUCCESS":     "payment.succeeded",
    "refund.SUCCESS":      "refund.succeeded",
    "refund.CHANGE":       "refund.failed",
    "refund.REFUNDCLOSE":  "refund.failed",
}
# fmt: on

def metadata_of(attach: str) -> Mapping[str, str]:
    """The one free field of an order: a JSON object, a query string, or any text, then named `attach`."""
    if not attach:
        return {}
    if attach.startswith("{"):
        try:
            document = json_bytes.loads(attach.encode())
        except ValueError:
            return {"attach": attach}
        return {name: value if isinstance(value, str) else json_bytes.dumps(value).decode()
                for name, value in document.items()}
    try:
        return dict(parse_qsl(attach, strict_parsing=True, keep_blank_values=True))
    except ValueError:
        return {"attach": attach}


async def facts(work: Work, operation: Operation, envelope: Envelope, params: Mapping[str, Any]) -> Facts:
    """Of a refund, the payment's number and the amount that is refunded."""
    order = await _order(work, envelope, params)

    def details() -> Details:
        minor = _minor(params)
        if minor is None and order is not None:
            minor = order.total_minor
        return Details(
            amount=None if minor is None else decimal(minor, CNY),
            currency=CNY,
            method=order.trade_type if order else _method(operation),
            phase=TRANSACTION.phases[order.status].value if order else "",
            idempotency_key=params.get("out_refund_no", params.get("out_trade_no", "")),
            metadata=metadata_of(params.get("attach", order.attach if order else "")),
        )

    if order is None:
        number = params.get("out_trade_no", params.get("combine_out_trade_no", ""))
        return Facts(ref=number, details=details)
    return Facts(ref=order.out_trade_no, payment=order.id, details=details)


def _minor(params: Mapping[str, Any]) -> int | None:
    """In fen, wherever this operation has it."""
    amount = params.get("amount")
    if isinstance(amount, int):
        return amount
    if isinstance(amount, dict):
        found: int | None = amount.get("refund", amount.get("total"))
        return found
    if "sub_orders" in params:
        parts = (each.get("amount", {}).get("total_amount", 0) for each in params["sub_orders"])
        return sum(parts) or None
    text = params.get("refund_fee", params.get("total_fee", params.get("transfer_amount")))
    return None if text is None else int(text)


def _method(operation: Operation) -> str:
    _, _, product = operation.id.partition(".")
    if product in ("codepay", "micropay"):
        return "MICROPAY"
    return next((each.trade_type for each in PRODUCTS if each.name == product), "")


async def _order(work: Work, envelope: Envelope, params: Mapping[str, Any]) -> Transaction | None:
    mchid = envelope.fields.get("mchid", envelope.fields.get("mch_id", ""))
    transaction_id, number = params.get("transaction_id", ""), params.get("out_trade_no", "")
    if not (transaction_id or number) and "out_refund_no" in params:
        key = number_key(mchid, params["out_refund_no"])
        refund = await work.find(Refund, "refund_key", key)
        transaction_id = refund.transaction_id if refund else ""
    if "combine_out_trade_no" in params:
        key = number_key(mchid, params["combine_out_trade_no"])
        combination = await work.find(Combination, "order_key", key)
        transaction_id = combination.orders[0] if combination else ""
    if transaction_id:
        return await work.get(Transaction, transaction_id)
    return await work.find(Transaction, "order_key", number_key(mchid, number)) if number else None


def view(order: Transaction) -> PaymentView:
    return PaymentView(
        id=order.id,
        ref=order.out_trade_no,
        phase=TRANSACTION.phases[order.status],
        status=order.status,
        amount=order.total,
        captured=order.total if order.was_paid else Money(0, CNY),
        refunded=Money(order.refunded_minor, CNY),
        disputed=Money(0, CNY),
        fee=Money(order.fee_minor, CNY),
        merchant=order.mchid,
        metadata=metadata_of(order.attach),
    )


WORDS = Words(
    events=EVENTS, facts=facts, payments=(Transaction,), view=view, ways=WAYS,
    outcomes=OUTCOMES, emits=emits,
    impatient=("expire",),
)
