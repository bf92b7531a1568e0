"""Magic values of PayDouble's own, since Alipay publishes none: amounts of 44 yuan, and codes that begin with 2844.

The two last digits of either say what happens: 44.01 and 284401… both find too little money.
"""

# ruff: noqa: E501 — tables, aligned

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from paydouble.core.effect import EMPTY_PLAN, Outcome, Plan, Result
from paydouble.core.http import Envelope
from paydouble.core.operation import Operation

# fmt: off
PAYMENTS: Mapping[str, Outcome] = {
    "01": Outcome(Result.DECLINED, "insufficient_funds"),                     # BUYER_BALANCE_NOT_ENOUGH
    "02": Outcome(Result.DECLINED, "limit_exceeded"),                         # BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR
    "03": Outcome(Result.DECLINED, "fraud_suspected"),                        # PAYMENT_REQUEST_HAS_RISK
    "04": Outcome(Result.DECLINED, "account_frozen"),                         # BUYER_ENABLE_STATUS_FORBID
    "05": Outcome(Result.DECLINED, "do_not_honor"),                           # PAYMENT_FAIL
    "06": Outcome(Result.DECLINED, native_code="ACQ.SELLER_BEEN_BLOCKED"),
    "07": Outcome(Result.DECLINED, native_code="ACQ.PAYMENT_AUTH_CODE_INVALID"),
    "10": Outcome(Result.PENDING),                                            # 10003
    "20": Outcome(Result.FAILED, "processing_error"),                         # 20000
}
REFUNDS: Mapping[str, Outcome] = {
    "31": Outcome(Result.DECLINED, "seller_balance_low"),                     # SELLER_BALANCE_NOT_ENOUGH
    "32": Outcome(Result.FAILED, native_code="ACQ.TRADE_NOT_ALLOW_REFUND"),
    "33": Outcome(Result.FAILED, native_code="ACQ.SYSTEM_ERROR"),
}
TRANSFERS: Mapping[str, Outcome] = {
    "41": Outcome(Result.DECLINED, "insufficient_funds"),                     # PAYER_BALANCE_NOT_ENOUGH
    "42": Outcome(Result.DECLINED, native_code="PAYEE_NOT_EXIST"),
    "43": Outcome(Result.PENDING),                                            # DEALING
    "44": Outcome(Result.FAILED, "processing_error"),                         # SYSTEM_ERROR
}
BY_OPERATION = {
    "trade.pay":                      ("total_amount",  PAYMENTS),
    "fund.auth.order.freeze":         ("amount",        PAYMENTS),
    "fund.auth.order.app.freeze":     ("amount",        PAYMENTS),
    "trade.app.pay":                  ("total_amount",  PAYMENTS),
    "fund.trans.app.pay":             ("trans_amount",  PAYMENTS),
    "trade.refund":                   ("refund_amount", REFUNDS),
    "trade.refund.apply":             ("refund_amount", REFUNDS),
    "fund.trans.uni.transfer":        ("trans_amount",  TRANSFERS),
    "fund.trans.toaccount.transfer":  ("amount",        TRANSFERS),
}
# fmt: on
CODE = "2844"
YUAN = 44


@dataclass(frozen=True, slots=True)
class Magic:
    """A magic value as it is listed: what to send in which field of which operations, and what happens."""

    number: str
    names: tuple[str, ...]
    brand: str
    result: Result = Result.APPROVED
    reason: str = ""
    native_code: str = ""


def _listed(outcomes: Mapping[str, Outcome], what: str) -> Iterator[Magic]:
    names = tuple(id for id, (_, each) in BY_OPERATION.items() if each is outcomes)
    for digits, outcome in outcomes.items():
        number = f"{YUAN}.{digits}" + (f", {CODE}{digits}…" if outcomes is PAYMENTS else "")
        yield Magic(number, names, what, outcome.result, outcome.reason, outcome.native_code)


CARDS = (*_listed(PAYMENTS, "amount, auth_code"), *_listed(REFUNDS, "amount"), *_listed(TRANSFERS, "amount"))
"""Under the name by which `paydouble list test-values` finds them."""


def test_values(envelope: Envelope, operation: Operation, params: Mapping[str, Any]) -> Plan:
    """The plan of a magic amount or code; none where neither is magic."""
    amount_name, outcomes = BY_OPERATION.get(operation.id, ("", {}))
    code = str(params.get("auth_code", ""))
    outcome = outcomes.get(code[4:6]) if code.startswith(CODE) else None
    outcome = outcome or outcomes.get(_fen(params.get(amount_name)))
    return Plan(outcome=outcome) if outcome else EMPTY_PLAN


def _fen(amount: object) -> str:
    """The two digits after 44 yuan, else nothing."""
    try:
        yuan = Decimal(str(amount))
    except InvalidOperation:
        return ""
    if not yuan.is_finite() or int(yuan) != YUAN:
        return ""
    return f"{yuan - YUAN:.2f}"[2:]
