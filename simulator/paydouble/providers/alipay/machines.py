"""What can become of a trade, as a table, and what each step tells and books.

https://opendocs.alipay.com/apis/api_1/alipay.trade.query
"""

from __future__ import annotations

from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, transfer
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.providers.alipay import buyers, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.models import (
    CLOSED,
    FINISHED,
    LAPSED,
    OFFERED,
    SUCCESS,
    WAITING,
    Refund,
    Trade,
)
from paydouble.providers.alipay.settings import AlipaySettings

PROVIDER = "alipay"
V2, V3 = "v2", "v3"
SYNC = "trade_status_sync"
REFUNDED = "refund"


def captured(paid: Trade) -> Entry:
    return transfer(
        EntryKind.CAPTURE, source=PAYER, target=pending(paid.seller_id), amount=paid.total,
        reference=paid.id, memo=paid.id,
    )


def refund_taken(trade: Trade, refund: Refund) -> Entry:
    return transfer(
        EntryKind.REFUND, source=pending(trade.seller_id), target=PAYER, amount=refund.amount,
        reference=trade.id, memo=refund.id,
    )


def told(trade: Trade, settings: AlipaySettings, what: str = "") -> Event:
    """The notification of the trade as it is; `what` tells refunds from payments, for scenarios."""
    return Event(
        id="", type=f"{SYNC}.{what or trade.status}", api=V2, provider=PROVIDER, merchant=trade.app_id,
        body=announced(trade, settings, refund=what == REFUNDED), url=trade.notify_url, subject=trade.id,
        ref=trade.out_trade_no,
    )


def announced(trade: Trade, settings: AlipaySettings, *, refund: bool) -> dict[str, object]:
    """All but time and signature; what is empty is not sent."""
    body: dict[str, object] = {
        "notify_type": SYNC, "app_id": trade.app_id, "auth_app_id": trade.app_id, "charset": trade.charset,
        "version": "1.0", "sign_type": trade.sign_type, "trade_no": trade.id,
        "out_trade_no": trade.out_trade_no, "trade_status": trade.status,
        "total_amount": yuan(trade.total_minor), "gmt_create": times.china(trade.created),
        "seller_id": trade.seller_id, "subject": trade.subject, "body": trade.body,
        "passback_params": trade.passback_params,
    }
    if trade.buyer_id:
        body |= buyers.named(settings, trade.buyer_id, trade.app_id, user="buyer_id", open_="buyer_open_id")
        body |= {
            "buyer_logon_id": buyers.logon_id(trade.buyer_id),
            "seller_email": f"seller{trade.seller_id[-4:]}@example.com",
        }
    if trade.was_paid:
        bill = [{"amount": yuan(trade.total_minor), "fundChannel": trade.fund_channel}]
        body |= trade.amounts(known=True)
        body |= {"gmt_payment": times.china(trade.gmt_payment), "fund_bill_list": bill}
    if refund:
        body |= {
            "refund_fee": yuan(trade.refunded_minor), "send_back_fee": yuan(trade.last_refund_minor),
            "gmt_refund": times.china_ms(trade.gmt_refund), "out_biz_no": trade.last_request_no,
        }
    if trade.gmt_close:
        body["gmt_close"] = times.china(trade.gmt_close)
    return body


# fmt: off
TRADE: Machine[Trade] = Machine(
    "alipay.trade",
    record=Trade,
    initial=OFFERED,
    phases={OFFERED: Phase.OPEN, LAPSED: Phase.CLOSED, WAITING: Phase.OPEN, SUCCESS: Phase.PAID,
            FINISHED: Phase.PAID, CLOSED: Phase.CLOSED},
    rows=(
        Transition(OFFERED, "scan",   WAITING),
        Transition(OFFERED, "pay",    SUCCESS,  stamp="gmt_payment", entry=captured),
        Transition(OFFERED, "fail",   WAITING),
        Transition(OFFERED, "cancel", OFFERED),
        Transition(OFFERED, "expire", LAPSED),
        Transition(OFFERED, "close",  LAPSED),
        Transition(WAITING, "pay",    SUCCESS,  stamp="gmt_payment", entry=captured),
        Transition(WAITING, "fail",   WAITING),
        Transition(WAITING, "cancel", WAITING),
        Transition(WAITING, "close",  CLOSED,   stamp="gmt_close"),
        Transition(WAITING, "expire", CLOSED,   stamp="gmt_close"),
        Transition(SUCCESS, "refund", SUCCESS,  stamp="gmt_refund"),
        Transition(SUCCESS, "empty",  CLOSED,   stamp="gmt_refund"),
        Transition(SUCCESS, "finish", FINISHED),
    ),
)
# fmt: on
