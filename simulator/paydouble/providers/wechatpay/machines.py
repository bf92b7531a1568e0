"""What can become of orders and refunds, as tables.

https://pay.weixin.qq.com/doc/v3/merchant/4012791859, https://pay.weixin.qq.com/doc/v3/merchant/4012791863
"""

from __future__ import annotations

from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, transfer
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.providers.wechatpay.models import Refund, Transaction
from paydouble.providers.wechatpay.notices import API, PROVIDER, paid_for, refund_ended

__all__ = ["API", "PROVIDER", "REFUND", "TRANSACTION"]


def captured(paid: Transaction) -> Entry:
    return transfer(
        EntryKind.CAPTURE, source=PAYER, target=pending(paid.payee), amount=paid.total,
        reference=paid.id, memo=paid.id,
    )


def given_back(order: Transaction) -> Entry:
    """All of a payment that is reversed."""
    return transfer(
        EntryKind.REFUND, source=pending(order.payee), target=PAYER, amount=order.total, reference=order.id,
        memo=order.id,
    )


def refund_taken(refund: Refund) -> Entry:
    """The merchant is debited when a refund is accepted, whatever becomes of it."""
    return transfer(
        EntryKind.REFUND, source=pending(refund.payee or refund.mchid), target=PAYER, amount=refund.amount,
        reference=refund.transaction_id, memo=refund.id,
    )


def refund_returned(refund: Refund) -> Entry:
    return transfer(
        EntryKind.REFUND_RETURNED, source=PAYER, target=pending(refund.payee or refund.mchid),
        amount=refund.amount, reference=refund.transaction_id, memo=refund.id,
    )


# fmt: off
TRANSACTION: Machine[Transaction] = Machine(
    "wechatpay.transaction",
    record=Transaction,
    initial="NOTPAY",
    phases={"NOTPAY": Phase.OPEN, "USERPAYING": Phase.PENDING, "SUCCESS": Phase.PAID, "REFUND": Phase.PAID,
            "CLOSED": Phase.CLOSED, "REVOKED": Phase.CLOSED, "PAYERROR": Phase.FAILED},
    rows=(
        Transition("NOTPAY",     "pay",     "SUCCESS", stamp="success_time", entry=captured, event=paid_for),
        # Code payments, and the parts of a combination: nobody is told of these by themselves.
        Transition("NOTPAY",     "settle",  "SUCCESS", stamp="success_time", entry=captured),
        Transition("NOTPAY",     "fail",    "NOTPAY"),
        Transition("NOTPAY",     "cancel",  "NOTPAY"),
        Transition("NOTPAY",     "close",   "CLOSED"),
        Transition("NOTPAY",     "expire",  "CLOSED"),
        Transition("NOTPAY",     "enter",   "USERPAYING"),
        Transition("NOTPAY",     "refuse",  "PAYERROR"),
        Transition("NOTPAY",     "reverse", "REVOKED"),
        Transition("USERPAYING", "pay",     "SUCCESS", stamp="success_time", entry=captured),
        Transition("USERPAYING", "fail",    "PAYERROR"),
        Transition("USERPAYING", "cancel",  "PAYERROR"),
        Transition("USERPAYING", "expire",  "PAYERROR"),
        Transition("USERPAYING", "reverse", "REVOKED"),
        Transition("PAYERROR",   "reverse", "REVOKED"),
        Transition("SUCCESS",    "reverse", "REVOKED", stamp="refunded_last", entry=given_back),
        Transition("SUCCESS",    "refund",  "REFUND",  stamp="refunded_last"),
        Transition("REFUND",     "refund",  "REFUND",  stamp="refunded_last"),
    ),
)

REFUND: Machine[Refund] = Machine(
    "wechatpay.refund",
    record=Refund,
    initial="PROCESSING",
    phases={"PROCESSING": Phase.PENDING, "SUCCESS": Phase.PAID, "ABNORMAL": Phase.FAILED,
            "CLOSED": Phase.CLOSED},
    rows=(
        Transition("PROCESSING", "succeed", "SUCCESS",  stamp="success_time", event=refund_ended),
        Transition("PROCESSING", "fail",    "ABNORMAL", event=refund_ended),
        Transition("PROCESSING", "close",   "CLOSED",   entry=refund_returned, event=refund_ended),
        # The merchant has said where else the money is to go.
        Transition("ABNORMAL",   "reapply", "PROCESSING"),
    ),
)
# fmt: on
