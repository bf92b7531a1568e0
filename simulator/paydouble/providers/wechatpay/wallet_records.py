"""Money sent to wallets by API v2: transfers, which arrive at once, and red packets, opened or not in a day.

https://pay.weixin.qq.com/doc/v2/merchant/4011984949, https://pay.weixin.qq.com/doc/v2/merchant/4011985099
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.ledger import PAYER, Entry, EntryKind, available, transfer
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.money import Money
from paydouble.core.record import Record
from paydouble.providers.wechatpay.models import CNY, number_key
from paydouble.providers.wechatpay.showing_v2 import spaced_time


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletTransfer(Record):
    """`id` is the `payment_no`; amounts are in fen."""

    kind: ClassVar[str] = "wechatpay.wallet_transfer"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    mchid: str
    appid: str
    partner_trade_no: str
    asked: str
    openid: str
    amount_minor: int
    name: str = ""
    text: str = ""

    @property
    def number(self) -> str:
        return number_key(self.mchid, self.partner_trade_no)

    def shown(self) -> dict[str, str]:
        at = spaced_time(self.created)
        told = {
            "partner_trade_no": self.partner_trade_no, "appid": self.appid, "mch_id": self.mchid,
            "detail_id": self.id, "status": self.status, "openid": self.openid, "transfer_name": self.name,
            "payment_amount": str(self.amount_minor), "transfer_time": at, "payment_time": at,
            "desc": self.text,
        }
        return {name: text for name, text in told.items() if text}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedPacket(Record):
    """`id` is the `send_listid`; amounts are in fen."""

    kind: ClassVar[str] = "wechatpay.red_packet"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    mchid: str
    mch_billno: str
    asked: str
    openid: str
    amount_minor: int
    count: int
    group: bool = False
    wishing: str
    act_name: str
    remark: str
    opened: Instant = Instant(0)
    returned: Instant = Instant(0)

    @property
    def number(self) -> str:
        return number_key(self.mchid, self.mch_billno)

    def shown(self) -> dict[str, str]:
        told = {
            "mch_billno": self.mch_billno, "detail_id": self.id, "status": self.status, "send_type": "API",
            "hb_type": "GROUP" if self.group else "NORMAL", "total_num": str(self.count),
            "total_amount": str(self.amount_minor), "send_time": spaced_time(self.created),
            "wishing": self.wishing, "remark": self.remark, "act_name": self.act_name,
        }
        if self.returned:
            told |= {"refund_time": spaced_time(self.returned), "refund_amount": str(self.amount_minor)}
        return told


def paid_out(sent: WalletTransfer | RedPacket) -> Entry:
    return transfer(
        EntryKind.PAYOUT, source=available(sent.mchid), target=PAYER, amount=Money(sent.amount_minor, CNY),
        reference=sent.id, memo=sent.id,
    )


# fmt: off
RED_PACKET: Machine[RedPacket] = Machine(
    "wechatpay.red_packet",
    record=RedPacket,
    initial="SENT",
    phases={"SENT": Phase.OPEN, "RECEIVED": Phase.CLOSED, "REFUND": Phase.CLOSED, "FAILED": Phase.FAILED},
    rows=(
        Transition("SENT", "open",   "RECEIVED", stamp="opened",   entry=paid_out),
        Transition("SENT", "expire", "REFUND",   stamp="returned"),
        Transition("SENT", "fail",   "FAILED"),
    ),
)
# fmt: on
