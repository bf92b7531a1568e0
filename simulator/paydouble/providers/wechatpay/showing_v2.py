"""Orders and refunds as API v2 shows them: flat, all strings, Beijing time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from paydouble.core.clock import Instant
from paydouble.providers.wechatpay.models import CNY, STATES, Refund, Transaction

REFUND_STATES = {
    "SUCCESS": "SUCCESS", "PROCESSING": "PROCESSING", "ABNORMAL": "CHANGE", "CLOSED": "REFUNDCLOSE",
}
PAP = "PAP"
PAP_STATES = {"NOTPAY": "ACCEPT", "PAYERROR": "PAY_FAIL"}
"""How deductions call what other orders are called otherwise."""
ACCOUNT = "REFUND_SOURCE_UNSETTLED_FUNDS"
_AHEAD = timedelta(hours=8)


def compact_time(now: Instant) -> str:
    """As in 20250101080203."""
    return _china(now, "%Y%m%d%H%M%S")


def read_compact_time(text: str) -> Instant:
    """What `compact_time` has written. Raises ValueError or OverflowError otherwise."""
    moment = datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC) - _AHEAD
    return Instant(round(moment.timestamp()) * 1_000)


def spaced_time(now: Instant) -> str:
    """As in 2025-01-01 08:05:00."""
    return _china(now, "%Y-%m-%d %H:%M:%S")


def _china(now: Instant, pattern: str) -> str:
    return (datetime.fromtimestamp(now // 1_000, UTC) + _AHEAD).strftime(pattern)


def paid(order: Transaction) -> dict[str, str]:
    """What a payment was, in queries, code payments and notifications alike."""
    shown = {
        "openid": order.openid, "is_subscribe": "N", "trade_type": order.trade_type,
        "bank_type": order.bank_type, "total_fee": str(order.total_minor), "fee_type": CNY,
        "cash_fee": str(order.total_minor), "cash_fee_type": CNY, "transaction_id": order.id,
        "out_trade_no": order.out_trade_no, "attach": order.attach,
        "time_end": compact_time(order.success_time),
    }
    shown |= {"sub_mch_id": order.sub_mchid} if order.sub_mchid else {}
    shown |= {"device_info": order.device_id} if order.device_id else {}
    return {name: value for name, value in shown.items() if value}


def queried(order: Transaction) -> dict[str, str]:
    state = {"trade_state": order.status, "trade_state_desc": STATES[order.status]}
    if not order.was_paid:
        return {"out_trade_no": order.out_trade_no, "total_fee": str(order.total_minor), **state}
    return paid(order) | state | {"settlement_total_fee": str(order.total_minor)}


def announced(order: Transaction) -> dict[str, str]:
    return {"appid": order.appid, "mch_id": order.mchid, **paid(order), **_deducted(order)}


def _deducted(order: Transaction) -> dict[str, str]:
    """What a deduction tells beside, which alone is told of when it fails."""
    if order.trade_type != PAP:
        return {}
    return {"contract_id": order.contract, "trade_state": PAP_STATES.get(order.status, order.status)}


def deduction_failed(order: Transaction, err_code: str) -> dict[str, str]:
    return {
        "appid": order.appid, "mch_id": order.mchid, "out_trade_no": order.out_trade_no, "trade_type": PAP,
        "total_fee": str(order.total_minor), "fee_type": CNY, "attach": order.attach, "err_code": err_code,
        "err_code_des": STATES[order.status], **_deducted(order),
    }


def queried_deduction(order: Transaction) -> dict[str, str]:
    return {**queried(order), "trade_type": PAP, **_deducted(order)}


def refunded(refund: Refund) -> dict[str, str]:
    """As the call that makes it answers."""
    amount = str(refund.amount_minor)
    return {
        "transaction_id": refund.transaction_id, "out_trade_no": refund.out_trade_no,
        "out_refund_no": refund.out_refund_no, "refund_id": refund.id, "refund_fee": amount,
        "total_fee": str(refund.total_minor), "cash_fee": str(refund.total_minor), "cash_refund_fee": amount,
        "settlement_refund_fee": amount, "coupon_refund_fee": "0", "coupon_refund_count": "0",
    }


def listed(order: Transaction, refunds: Sequence[Refund], total: int) -> dict[str, str]:
    """As refundquery answers: each field with its number."""
    shown = {
        "transaction_id": order.id, "out_trade_no": order.out_trade_no, "total_fee": str(order.total_minor),
        "cash_fee": str(order.total_minor), "total_refund_count": str(total),
        "refund_count": str(len(refunds)),
    }
    for number, refund in enumerate(refunds):
        fields = {
            "out_refund_no": refund.out_refund_no, "refund_id": refund.id, "refund_channel": refund.channel,
            "refund_fee": str(refund.amount_minor), "settlement_refund_fee": str(refund.amount_minor),
            "refund_status": REFUND_STATES[refund.status], "refund_account": ACCOUNT,
            # So it is spelled.
            "refund_recv_accout": refund.received_account,
        }
        if refund.status == "SUCCESS":
            fields["refund_success_time"] = spaced_time(refund.success_time)
        shown |= {f"{name}_{number}": value for name, value in fields.items()}
    return shown


def refund_announced(refund: Refund) -> dict[str, str]:
    """What is hidden in `req_info`."""
    amount = str(refund.amount_minor)
    told = {
        "out_refund_no": refund.out_refund_no, "out_trade_no": refund.out_trade_no, "refund_account": ACCOUNT,
        "refund_fee": amount, "refund_id": refund.id, "refund_recv_accout": refund.received_account,
        "refund_request_source": refund.origin, "refund_status": REFUND_STATES[refund.status],
        "settlement_refund_fee": amount, "settlement_total_fee": str(refund.total_minor),
        "total_fee": str(refund.total_minor), "transaction_id": refund.transaction_id,
    }
    return told | ({"success_time": spaced_time(refund.success_time)} if refund.status == "SUCCESS" else {})
