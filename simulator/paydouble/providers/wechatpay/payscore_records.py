"""Orders on trust (支付分): used first, paid afterwards. https://pay.weixin.qq.com/doc/v3/merchant/4012587900"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.notices import API, PROVIDER
from paydouble.providers.wechatpay.showing_v2 import compact_time

# What `state` and `state_description` are in each of our states.
# fmt: off
SHOWN = {
    "CREATED":      ("CREATED", ""),
    "USER_CONFIRM": ("DOING",   "USER_CONFIRM"),
    "MCH_COMPLETE": ("DOING",   "MCH_COMPLETE"),
    "DONE":         ("DONE",    ""),
    "REVOKED":      ("REVOKED", ""),
    "EXPIRED":      ("EXPIRED", ""),
}
# fmt: on


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOrder(Record):
    """`id` is the `order_id`."""

    kind: ClassVar[str] = "wechatpay.service_order"
    unique: ClassVar[tuple[str, ...]] = ("number", "package")

    mchid: str
    appid: str
    service_id: str
    out_order_no: str
    package: str
    asked: str
    notify_url: str
    public_key_mode: bool = False
    openid: str = ""
    told: Mapping[str, object] = field(default_factory=dict)
    """What the merchant said of it, which every answer repeats."""
    total_minor: int = 0
    profit_sharing: bool = False
    """What is collected will be shared (分账)."""
    transaction_id: str = ""
    paid_time: Instant = Instant(0)
    paid_type: str = "NEWTON"
    """NEWTON: by WeChat Pay; MCH: elsewhere."""

    @property
    def number(self) -> str:
        return number_key(self.mchid, self.out_order_no)

    def ids(self) -> dict[str, object]:
        return {
            "appid": self.appid, "mchid": self.mchid, "service_id": self.service_id,
            "out_order_no": self.out_order_no, "order_id": self.id,
        }

    def shown(self) -> dict[str, object]:
        state, description = SHOWN[self.status]
        shown = {**self.ids(), **self.told, "state": state}
        shown |= {"state_description": description} if description else {}
        shown |= {"openid": self.openid} if self.openid else {}
        if self.status == "CREATED":
            shown["package"] = self.package
        if self.status in ("MCH_COMPLETE", "DONE"):
            shown |= {"total_amount": self.total_minor, "need_collection": self.total_minor > 0}
            shown |= {"collection": self._collection()} if self.total_minor else {}
        return shown

    def _collection(self) -> dict[str, object]:
        paid = self.status == "DONE"
        collected: dict[str, object] = {
            "state": "USER_PAID" if paid else "USER_PAYING", "total_amount": self.total_minor,
            "paying_amount": 0 if paid else self.total_minor, "paid_amount": self.total_minor if paid else 0,
        }
        if not paid:
            return collected
        detail: dict[str, object] = {
            "seq": 1, "amount": self.total_minor, "paid_type": self.paid_type,
            "paid_time": compact_time(self.paid_time),
        }
        detail |= {"transaction_id": self.transaction_id} if self.transaction_id else {}
        return collected | {"details": [detail]}


def _told(order: ServiceOrder, type: str) -> Event:
    return Event(
        id="", type=type, api=API, provider=PROVIDER, merchant=order.mchid, body=order.shown(),
        url=order.notify_url, subject=order.id, ref=order.out_order_no,
    )


def confirmed(order: ServiceOrder) -> Event:
    return _told(order, "PAYSCORE.USER_CONFIRM")


def paid(order: ServiceOrder) -> Event:
    return _told(order, "PAYSCORE.USER_PAID")


# fmt: off
SERVICE_ORDER: Machine[ServiceOrder] = Machine(
    "wechatpay.service_order",
    record=ServiceOrder,
    initial="CREATED",
    phases={"CREATED": Phase.OPEN, "USER_CONFIRM": Phase.AUTHORIZED, "MCH_COMPLETE": Phase.PENDING,
            "DONE": Phase.CLOSED, "REVOKED": Phase.CLOSED, "EXPIRED": Phase.CLOSED},
    rows=(
        Transition("CREATED",      "confirm",  "USER_CONFIRM", event=confirmed),
        Transition("CREATED",      "revoke",   "REVOKED"),
        Transition("CREATED",      "expire",   "EXPIRED"),
        Transition("USER_CONFIRM", "revoke",   "REVOKED"),
        Transition("USER_CONFIRM", "complete", "MCH_COMPLETE"),
        Transition("MCH_COMPLETE", "collect",  "DONE", stamp="paid_time", event=paid),
        Transition("MCH_COMPLETE", "sync",     "DONE"),
    ),
)
# fmt: on
