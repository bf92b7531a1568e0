"""Contracts by which a merchant deducts (委托代扣). https://pay.weixin.qq.com/doc/v3/merchant/4012526801"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant, rfc3339_china
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.notices import API, PROVIDER


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
        if self.status == "TERMINATED":
            shown["contract_terminate_info"] = {
                "contract_termination_mode": "MERCHANT_API",
                "contract_terminated_time": rfc3339_china(self.terminated),
                "contract_termination_remark": self.remark,
            }
        return shown


def _told(contract: PapayContract, type: str) -> Event:
    return Event(
        id="", type=type, api=API, provider=PROVIDER, merchant=contract.mchid, body=contract.shown(),
        url=contract.notify_url, subject=contract.id, ref=contract.out_contract_code,
    )


def signed(contract: PapayContract) -> Event:
    return _told(contract, "PAPAY.SIGN")


def ended(contract: PapayContract) -> Event:
    return _told(contract, "PAPAY.TERMINATE")


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
