"""A user's consent to a service of 支付分, which merchants ask for and either side ends.

https://pay.weixin.qq.com/doc/v3/merchant/4012587885
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant, rfc3339_china
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.notices import API, PROVIDER
from paydouble.providers.wechatpay.showing_v2 import compact_time

# What `authorization_state` is in each of our states.
SHOWN = {"ASKED": "UNAVAILABLE", "AVAILABLE": "AVAILABLE", "ENDED": "UNBINDUSER"}


def code_key(mchid: str, service_id: str, code: str) -> str:
    return number_key(mchid, f"{service_id}/{code}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission(Record):
    """`id` is the `apply_permissions_token`, with which the user is asked."""

    kind: ClassVar[str] = "wechatpay.payscore_permission"
    unique: ClassVar[tuple[str, ...]] = ("number",)
    indexes: ClassVar[tuple[str, ...]] = ("whose",)

    mchid: str
    appid: str
    service_id: str
    authorization_code: str
    notify_url: str = ""
    openid: str = ""
    public_key_mode: bool = False
    opened: Instant = Instant(0)
    closed: Instant = Instant(0)

    @property
    def number(self) -> str:
        return code_key(self.mchid, self.service_id, self.authorization_code)

    @property
    def whose(self) -> str:
        """By which a user's newest consent is found."""
        return code_key(self.mchid, self.service_id, self.openid)

    def shown(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "service_id": self.service_id, "appid": self.appid, "mchid": self.mchid,
            "authorization_code": self.authorization_code, "authorization_state": SHOWN[self.status],
        }
        shown |= {"openid": self.openid} if self.openid else {}
        shown |= {"notify_url": self.notify_url} if self.notify_url else {}
        if self.opened:
            shown["authorization_success_time"] = rfc3339_china(self.opened)
        if self.closed:
            shown["cancel_authorization_time"] = rfc3339_china(self.closed)
        return shown


def _told(permission: Permission, type: str, at: Instant) -> Event:
    body: dict[str, object] = {
        "appid": permission.appid, "mchid": permission.mchid, "service_id": permission.service_id,
        "openid": permission.openid, "user_service_status": type, "openorclose_time": compact_time(at),
        "authorization_code": permission.authorization_code,
    }
    return Event(
        id="", type=f"PAYSCORE.{type}", api=API, provider=PROVIDER, merchant=permission.mchid, body=body,
        url=permission.notify_url, subject=permission.id, ref=permission.authorization_code,
    )


def opened(permission: Permission) -> Event:
    return _told(permission, "USER_OPEN_SERVICE", permission.opened)


def closed(permission: Permission) -> Event:
    return _told(permission, "USER_CLOSE_SERVICE", permission.closed)


# fmt: off
PERMISSION: Machine[Permission] = Machine(
    "wechatpay.payscore_permission",
    record=Permission,
    initial="ASKED",
    phases={"ASKED": Phase.OPEN, "AVAILABLE": Phase.AUTHORIZED, "ENDED": Phase.CLOSED},
    rows=(
        Transition("ASKED",     "agree", "AVAILABLE", stamp="opened", event=opened),
        Transition("AVAILABLE", "end",   "ENDED",     stamp="closed", event=closed),
    ),
)
# fmt: on
