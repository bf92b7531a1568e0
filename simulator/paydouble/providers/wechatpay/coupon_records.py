"""Coupons (代金券): kinds of them, single ones in users' pockets, and where their merchant is told of them.

https://pay.weixin.qq.com/doc/v3/merchant/4012463702
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant, rfc3339_china
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.wechatpay.notices import API, PROVIDER


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponStock(Record):
    """Coupons of one kind. `id` is the stock_id; amounts are in fen."""

    kind: ClassVar[str] = "wechatpay.coupon_stock"
    unique: ClassVar[tuple[str, ...]] = ("number",)
    indexes: ClassVar[tuple[str, ...]] = ("mchid",)

    mchid: str
    number: str
    name: str
    begin: str
    end: str
    value_minor: int
    minimum_minor: int
    coupons_max: int
    per_user_max: int
    no_cash: bool
    merchants: tuple[str, ...] = ()
    """Where its coupons can be used."""
    items: tuple[str, ...] = ()
    """Goods for which they can be used; empty: for all."""
    changed: Instant = Instant(0)
    sent: int = 0

    def shown(self) -> dict[str, object]:
        return {
            "stock_id": self.id, "stock_creator_mchid": self.mchid, "stock_name": self.name,
            "status": self.status, "create_time": rfc3339_china(self.created),
            "available_begin_time": self.begin, "available_end_time": self.end,
            "distributed_coupons": self.sent, "no_cash": self.no_cash, "singleitem": False,
            "stock_type": "NORMAL",
            "stock_use_rule": {"max_coupons": self.coupons_max, "max_coupons_per_user": self.per_user_max},
        }


# fmt: off
STOCK: Machine[CouponStock] = Machine(
    "wechatpay.coupon_stock",
    record=CouponStock,
    initial="unactivated",
    phases={"unactivated": Phase.OPEN, "running": Phase.OPEN, "paused": Phase.OPEN, "stoped": Phase.CLOSED},
    rows=(
        Transition("unactivated", "start",   "running", stamp="changed"),
        Transition("running",     "start",   "running"),
        Transition("running",     "pause",   "paused",  stamp="changed"),
        Transition("paused",      "pause",   "paused"),
        Transition("paused",      "restart", "running", stamp="changed"),
        Transition("running",     "restart", "running"),
        Transition("running",     "stop",    "stoped",  stamp="changed"),
        Transition("paused",      "stop",    "stoped",  stamp="changed"),
        Transition("stoped",      "stop",    "stoped"),
    ),
)
# fmt: on
"""`stoped` is how the service spells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon(Record):
    """A coupon in a user's pocket. `id` is the coupon_id."""

    kind: ClassVar[str] = "wechatpay.coupon"
    unique: ClassVar[tuple[str, ...]] = ("number",)
    indexes: ClassVar[tuple[str, ...]] = ("openid", "stock_id")

    mchid: str
    """Who has sent it."""
    number: str
    openid: str
    stock: CouponStock
    notify_url: str = ""
    """Of its merchant, when it was sent."""
    public_key_mode: bool = False
    used: Instant = Instant(0)
    transaction_id: str = ""
    """With which payment it was used."""

    @property
    def stock_id(self) -> str:
        return self.stock.id

    def shown(self) -> dict[str, object]:
        stock = self.stock
        shown: dict[str, object] = {
            "stock_creator_mchid": stock.mchid, "stock_id": stock.id, "coupon_id": self.id,
            "coupon_name": stock.name, "status": self.status, "create_time": rfc3339_china(self.created),
            "coupon_type": "NORMAL", "no_cash": stock.no_cash, "singleitem": False,
            "available_begin_time": stock.begin, "available_end_time": stock.end,
            "normal_coupon_information": {
                "coupon_amount": stock.value_minor, "transaction_minimum": stock.minimum_minor,
            },
        }
        if self.used:
            shown["consume_information"] = {
                "consume_time": rfc3339_china(self.used), "consume_mchid": self.mchid,
                "transaction_id": self.transaction_id,
            }
        return shown


def _told(coupon: Coupon, type: str) -> Event:
    return Event(
        id="", type=f"COUPON.{type}", api=API, provider=PROVIDER, merchant=coupon.mchid, body=coupon.shown(),
        url=coupon.notify_url, subject=coupon.id, ref=coupon.id,
    )


def sent(coupon: Coupon) -> Event:
    """COUPON.SEND"""
    return _told(coupon, "SEND")


def used(coupon: Coupon) -> Event:
    """COUPON.USE"""
    return _told(coupon, "USE")


# fmt: off
COUPON: Machine[Coupon] = Machine(
    "wechatpay.coupon",
    record=Coupon,
    initial="SENDED",
    phases={"SENDED": Phase.OPEN, "USED": Phase.CLOSED, "EXPIRED": Phase.CLOSED},
    rows=(
        Transition("SENDED", "use",    "USED",    stamp="used", event=used),
        Transition("SENDED", "expire", "EXPIRED"),
    ),
)
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponEndpoint(Record):
    """Where a merchant is told of its coupons. `id` is the mchid; status: on, off."""

    kind: ClassVar[str] = "wechatpay.coupon_endpoint"

    url: str
    updated: Instant
