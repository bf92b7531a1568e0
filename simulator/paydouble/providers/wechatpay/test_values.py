"""Magic values of PayDouble's own, since WeChat Pay publishes none for v3, and the v2 sandbox's header.

An amount of 48.xx yuan, or a number that begins with `PD48xx`, decides by its two last digits: what a call
answers, or what becomes of an order when its payer pays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from paydouble.core.clock import SECOND, Duration
from paydouble.core.effect import EMPTY_PLAN, Break, NetworkFault, Outcome, Plan, Result
from paydouble.core.http import Envelope
from paydouble.core.operation import Operation

NEGATIVE_TEST = "Wechatpay-Negative-Test"
"""Header of the official v2 sandbox: https://pay.weixin.qq.com/doc/v2/merchant/4011984801"""
AMOUNT_HEAD = 4_800
PREFIX = "PD48"

# fmt: off
PAYMENTS: Mapping[str, Outcome] = {
    "01": Outcome(Result.DECLINED, "insufficient_funds"),
    "02": Outcome(Result.DECLINED, "limit_exceeded"),
    "03": Outcome(Result.DECLINED, "fraud_suspected"),
    "04": Outcome(Result.DECLINED, "account_frozen"),
    "05": Outcome(Result.DECLINED, "do_not_honor"),
    "06": Outcome(Result.DECLINED, "card_expired"),
    "07": Outcome(Result.REQUIRES_ACTION, "risk_review"),
    "10": Outcome(Result.PENDING),
    "20": Outcome(Result.FAILED,   "processing_error"),
}
REFUNDS: Mapping[str, Outcome] = {
    "31": Outcome(Result.DECLINED, "seller_balance_low"),
    "32": Outcome(Result.FAILED),
    "33": Outcome(Result.CANCELED),
    "34": Outcome(Result.PENDING),
}
TRANSFERS: Mapping[str, Outcome] = {
    "41": Outcome(Result.DECLINED, "insufficient_funds"),
    "42": Outcome(Result.FAILED,   "not_permitted"),
    "43": Outcome(Result.PENDING),
}
SHARES: Mapping[str, Outcome] = {
    "51": Outcome(Result.FAILED,   "account_frozen"),
    "52": Outcome(Result.PENDING),
}
NEGATIVE: Mapping[str, Plan] = {
    "MICROPAY_USERPAYING":         Plan(outcome=Outcome(Result.PENDING)),
    "MICROPAY_PAYERROR":           Plan(outcome=Outcome(Result.DECLINED, "do_not_honor")),
    "MICROPAY_TIMEOUT":            Plan(answer=Break(NetworkFault.TIMEOUT, hold=Duration(10 * SECOND))),
    "MICROPAY_PAY_QUERY_TIMEOUT":  Plan(answer=Break(NetworkFault.TIMEOUT, hold=Duration(10 * SECOND))),
}
BY_OPERATION: Mapping[str, Mapping[str, Outcome]] = {
    "transactions.codepay":    PAYMENTS,
    "partner.codepay":         PAYMENTS,
    "pay.micropay":            PAYMENTS,
    "refunds.create":          REFUNDS,
    "secapi.refund":           REFUNDS,
    "transfer_bills.create":   TRANSFERS,
    "transfer_batches.create": TRANSFERS,
    "profitsharing.orders":    SHARES,
    "secapi.profitsharing":    SHARES,
}
PAID_BY = ("act:pay", "act:deduct")
NUMBERS = ("out_trade_no", "out_refund_no", "out_bill_no", "out_batch_no", "out_order_no")
NEGATIVE_OPERATIONS = ("pay.micropay", "pay.orderquery")
# fmt: on


def test_values(envelope: Envelope, operation: Operation, params: Mapping[str, Any]) -> Plan:
    """The plan of a magic header, number or amount; none where nothing is magic."""
    if operation.id in NEGATIVE_OPERATIONS:
        asked = NEGATIVE.get(envelope.request.headers.get(NEGATIVE_TEST))
        if asked is not None and (operation.id == "pay.micropay" or asked.outcome is None):
            return asked
    outcomes = BY_OPERATION.get(operation.id)
    if outcomes is None:
        return EMPTY_PLAN
    outcome = next(filter(None, (outcomes.get(digits) for digits in _digits(params))), None)
    return Plan(outcome=outcome) if outcome is not None else EMPTY_PLAN


def paying(number: str, total_minor: int) -> Outcome | None:
    """What becomes of an order when its payer pays, or when it is deducted."""
    digits = _digits({"out_trade_no": number, "total_fee": total_minor})
    return next(filter(None, (PAYMENTS.get(each) for each in digits)), None)


def _digits(params: Mapping[str, Any]) -> list[str]:
    numbers = (str(params.get(name, "")) for name in NUMBERS)
    found = [number[len(PREFIX):len(PREFIX) + 2] for number in numbers if number.startswith(PREFIX)]
    return [*found, *_of_amount(params)]


def _of_amount(params: Mapping[str, Any]) -> list[str]:
    """What is moved: of a refund the refund's own amount."""
    amount = params.get("amount")
    if isinstance(amount, Mapping):
        minor = amount.get("refund", amount.get("total", 0))
    else:
        minor = params.get("refund_fee", params.get("total_fee", params.get("transfer_amount", 0)))
    fen = int(minor)
    return [f"{fen - AMOUNT_HEAD:02}"] if AMOUNT_HEAD < fen < AMOUNT_HEAD + 100 else []


@dataclass(frozen=True, slots=True)
class Magic:
    """One magic value, as `paydouble list test-values` shows it."""

    number: str
    names: tuple[str, ...]
    """The operations that it is for; `act:…` is what a payer does, or time."""
    brand: str
    result: str = ""
    reason: str = ""


def _listed() -> tuple[Magic, ...]:
    tables = {id(outcomes): outcomes for outcomes in BY_OPERATION.values()}
    users = {key: tuple(name for name, table in BY_OPERATION.items() if id(table) == key) for key in tables}
    users[id(PAYMENTS)] = (*PAID_BY, *users[id(PAYMENTS)])
    magic = [
        Magic(f"48.{digits} {PREFIX}{digits}", users[key], "wechatpay", outcome.result.value, outcome.reason)
        for key, outcomes in tables.items() for digits, outcome in outcomes.items()
    ]
    headers = [Magic(f"{NEGATIVE_TEST}: {word}", NEGATIVE_OPERATIONS, "wechatpay") for word in NEGATIVE]
    return (*magic, *headers)


CARDS = _listed()
