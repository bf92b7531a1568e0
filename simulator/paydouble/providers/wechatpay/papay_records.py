"""Contracts by which a merchant deducts (委托代扣). https://pay.weixin.qq.com/doc/v3/merchant/4012526801"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant, rfc3339_china
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.wechatpay.models import CNY, number_key
from paydouble.providers.wechatpay.notices import API, PROVIDER, V2
from paydouble.providers.wechatpay.showing_v2 import spaced_time

SIGNED, TERMINATED = "PAPAY.SIGN", "PAPAY.TERMINATE"
MERCHANT_ENDED = "3"
"""Of API v2: the merchant has ended it by the API."""


def contract_key(mchid: str, plan_id: str, code: str) -> str:
    return number_key(mchid, f"{plan_id}/{code}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PapayContract(Record):
    """`id` is the `contract_id`, told only once it is signed."""

    kind: ClassVar[str] = "wechatpay.papay_contract"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    mchid: str
    appid: str
    plan_id: int
    out_contract_code: str
    display_account: str
    notify_url: str
    openid: str = ""
    signed: Instant = Instant(0)
    terminated: Instant = Instant(0)
    remark: str = ""
    api: str = API
    """By which API it was asked for, and is told of."""
    sign_type: str = ""
    """Of API v2: how its messages are signed."""
    request_serial: str = ""
    """Of API v2: the merchant's number of the request to sign."""
    public_key_mode: bool = False
    schedule: Mapping[str, object] = field(default_factory=dict)
    """What the merchant has said of the next deduction; empty where it has not."""
    scheduled_minor: int = 0
    """How much the next deduction was fixed at; 0 where it was not."""
    scheduled: Instant = Instant(0)
    deducted: Instant = Instant(0)
    """When a scheduled deduction was made."""

    @property
    def schedule_state(self) -> str:
        """Of deductions that a merchant announces beforehand."""
        if self.deducted:
            return "PAID"
        return "SCHEDULED" if self.scheduled_minor else "NO_SCHEDULED"

    @property
    def number(self) -> str:
        return contract_key(self.mchid, str(self.plan_id), self.out_contract_code)

    def shown(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "mchid": self.mchid, "contract_id": self.id, "appid": self.appid, "plan_id": self.plan_id,
            "out_contract_code": self.out_contract_code, "contract_display_account": self.display_account,
            "contract_state": self.status, "contract_signed_time": rfc3339_china(self.signed),
            "openid": self.openid,
        }
        if self.schedule:
            shown["deduct_schedule"] = self.schedule_shown()
        if self.status == "TERMINATED":
            shown["contract_terminate_info"] = {
                "contract_termination_mode": "MERCHANT_API",
                "contract_terminated_time": rfc3339_china(self.terminated),
                "contract_termination_remark": self.remark,
            }
        return shown


    def schedule_shown(self) -> dict[str, object]:
        shown = {**self.schedule, "schedule_state": self.schedule_state}
        if self.scheduled_minor:
            shown["scheduled_amount"] = {"total": self.scheduled_minor, "currency": CNY}
            shown["scheduled_time"] = rfc3339_china(self.scheduled)
        return shown


def contract_changed(contract: PapayContract, change: str) -> dict[str, str]:
    """As the notification of API v2 tells it."""
    at = contract.signed if change == "ADD" else contract.terminated
    told = {
        "appid": contract.appid, "mch_id": contract.mchid, "contract_code": contract.out_contract_code,
        "plan_id": str(contract.plan_id), "openid": contract.openid, "change_type": change,
        "operate_time": spaced_time(at), "contract_id": contract.id,
        "request_serial": contract.request_serial,
    }
    if change == "DELETE":
        told["contract_termination_mode"] = MERCHANT_ENDED
    return {name: text for name, text in told.items() if text}


def _told(contract: PapayContract, type: str) -> Event:
    """Of API v2 contract.ADD and contract.DELETE, names of ours: its messages have a `change_type`."""
    if contract.api == V2:
        change = "ADD" if type == SIGNED else "DELETE"
        return Event(
            id="", type=f"contract.{change}", api=V2, provider=PROVIDER, merchant=contract.mchid,
            body=contract_changed(contract, change), url=contract.notify_url, subject=contract.id,
            ref=contract.out_contract_code,
        )
    return Event(
        id="", type=type, api=API, provider=PROVIDER, merchant=contract.mchid, body=contract.shown(),
        url=contract.notify_url, subject=contract.id, ref=contract.out_contract_code,
    )


def signed(contract: PapayContract) -> Event:
    return _told(contract, SIGNED)


def ended(contract: PapayContract) -> Event:
    return _told(contract, TERMINATED)


# fmt: off
PAPAY_CONTRACT: Machine[PapayContract] = Machine(
    "wechatpay.papay_contract",
    record=PapayContract,
    initial="SIGNING",
    phases={"SIGNING": Phase.OPEN, "SIGNED": Phase.AUTHORIZED, "TERMINATED": Phase.CLOSED},
    rows=(
        Transition("SIGNING", "sign",      "SIGNED",     stamp="signed",     event=signed),
        Transition("SIGNED",  "terminate", "TERMINATED", stamp="terminated", event=ended),
    ),
)
# fmt: on
