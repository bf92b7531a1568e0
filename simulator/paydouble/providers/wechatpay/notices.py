"""Which events tell of payments and refunds: each by the API that the order was placed with."""

from __future__ import annotations

from collections.abc import Sequence

from paydouble.core.notification import Event
from paydouble.providers.wechatpay import showing_v2
from paydouble.providers.wechatpay.models import Combination, Refund, Transaction

PROVIDER = "wechatpay"
API = "v3"
V2 = "v2"

# fmt: off
SUMMARIES = {
    "TRANSACTION.SUCCESS":            ("transaction",    "支付成功"),
    "REFUND.SUCCESS":                 ("refund",         "退款成功"),
    "REFUND.ABNORMAL":                ("refund",         "退款异常"),
    "REFUND.CLOSED":                  ("refund",         "退款关闭"),
    "SECURITY_ECHO.SUCCESS":          ("security_echo",  "加解密验证"),
    "PROFITSHARING.SUCCESS":          ("profitsharing",  "分账"),
    "PROFITSHARING.RETURN":           ("profitsharing",  "分账回退"),
    "MCHTRANSFER.BILL.FINISHED":      ("mch_payment",    "商家转账单据终态通知"),
    "MCHTRANSFER.BATCH.FINISHED":     ("mch_payment",    "商家转账批次完成通知"),
    "MCHTRANSFER.BATCH.CLOSED":       ("mch_payment",    "商家转账批次关闭通知"),
    "PAYSCORE.USER_CONFIRM":          ("payscore",       "微信支付分服务用户确认订单成功"),
    "PAYSCORE.USER_PAID":             ("payscore",       "微信支付分服务订单支付成功"),
    "PAYSCORE.USER_OPEN_SERVICE":     ("payscore",       "微信支付分服务开启成功"),
    "PAYSCORE.USER_CLOSE_SERVICE":    ("payscore",       "微信支付分服务关闭成功"),
    "PAPAY.SIGN":                     ("papay",          "签约成功"),
    "PAPAY.TERMINATE":                ("papay",          "解约成功"),
    "COMPLAINT.CREATE":               ("complaint",      "产生新投诉"),
    "COMPLAINT.STATE_CHANGE":         ("complaint",      "投诉状态变化"),
    "COUPON.SEND":                    ("coupon",         "代金券发放通知"),
    "COUPON.USE":                     ("coupon",         "代金券核销通知"),
}
# fmt: on
"""Event type → original_type and summary of its notification."""
UNKNOWN = ("transaction", "")
"""Of an event that only a scenario sends."""


def paid_for(paid: Transaction) -> Event:
    """TRANSACTION.SUCCESS; of API v2 `payment.SUCCESS`, a name of ours: its messages have none."""
    if paid.api == V2:
        return Event(
            id="", type="payment.SUCCESS", api=V2, provider=PROVIDER, merchant=paid.mchid,
            account=paid.sub_mchid, body=showing_v2.announced(paid), url=paid.notify_url, subject=paid.id,
            ref=paid.out_trade_no,
        )
    return Event(
        id="", type="TRANSACTION.SUCCESS", api=API, provider=PROVIDER, merchant=paid.mchid,
        account=paid.sub_mchid, body=paid.announced(), url=paid.notify_url, subject=paid.id,
        ref=paid.out_trade_no,
    )


def deduction_failed(order: Transaction, err_code: str) -> Event:
    """Of API v2 alone: `payment.PAY_FAIL`, a name of ours."""
    return Event(
        id="", type="payment.PAY_FAIL", api=V2, provider=PROVIDER, merchant=order.mchid,
        body=showing_v2.deduction_failed(order, err_code), url=order.notify_url, subject=order.id,
        ref=order.out_trade_no,
    )


def combination_paid(combination: Combination, parts: Sequence[Transaction]) -> Event:
    """TRANSACTION.SUCCESS too, once for all parts."""
    return Event(
        id="", type="TRANSACTION.SUCCESS", api=API, provider=PROVIDER, merchant=combination.mchid,
        body=combination.shown(parts), url=combination.notify_url, subject=parts[0].id,
        ref=combination.out_trade_no,
    )


def refund_ended(refund: Refund) -> Event:
    """REFUND.SUCCESS, REFUND.ABNORMAL, REFUND.CLOSED; of API v2 refund.SUCCESS, .CHANGE, .REFUNDCLOSE."""
    if refund.api == V2:
        told = showing_v2.refund_announced(refund)
        return Event(
            id="", type=f"refund.{told['refund_status']}", api=V2, provider=PROVIDER, merchant=refund.mchid,
            account=refund.sub_mchid, body=told, url=refund.notify_url, subject=refund.transaction_id,
            ref=refund.out_trade_no,
        )
    return Event(
        id="", type=f"REFUND.{refund.status}", api=API, provider=PROVIDER, merchant=refund.mchid,
        account=refund.sub_mchid, body=refund.announced(), url=refund.notify_url,
        subject=refund.transaction_id, ref=refund.out_trade_no,
    )
