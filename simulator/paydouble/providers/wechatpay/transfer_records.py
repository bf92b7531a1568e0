"""Records of transfers to people, new and old, and what can become of them; amounts are in fen.

https://pay.weixin.qq.com/doc/v3/merchant/4012711988, https://pay.weixin.qq.com/doc/v3/merchant/4012458841
"""

# ruff: noqa: E501 — tables, aligned

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant, rfc3339_china
from paydouble.core.ledger import PAYER, Entry, EntryKind, available, transfer
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.wechatpay.models import CNY, number_key
from paydouble.providers.wechatpay.notices import API, PROVIDER


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBill(Record):
    """One transfer that its receiver must confirm. `id` is the `transfer_bill_no`."""

    kind: ClassVar[str] = "wechatpay.transfer_bill"
    unique: ClassVar[tuple[str, ...]] = ("number", "package_info")

    mchid: str
    appid: str
    out_bill_no: str
    asked: str
    openid: str
    amount_minor: int
    remark: str
    notify_url: str = ""
    user_name: str = ""
    """In plain text; answers show it sealed for the merchant."""
    package_info: str
    """With it the receiver's WeChat asks for confirmation."""
    fail_reason: str = ""
    fails: str = ""
    """Why a scenario lets it fail once it is confirmed."""
    updated: Instant
    public_key_mode: bool = False

    @property
    def number(self) -> str:
        return number_key(self.mchid, self.out_bill_no)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, CNY)

    def created_as(self) -> dict[str, object]:
        """As the call that makes it answers."""
        shown: dict[str, object] = {
            "out_bill_no": self.out_bill_no,
            "transfer_bill_no": self.id,
            "create_time": rfc3339_china(self.created),
            "state": self.status,
        }
        if self.status == "WAIT_USER_CONFIRM":
            shown["package_info"] = self.package_info
        return shown | self._failed()

    def canceled_as(self) -> dict[str, object]:
        return {
            "out_bill_no": self.out_bill_no,
            "transfer_bill_no": self.id,
            "state": self.status,
            "update_time": rfc3339_china(self.updated),
        }

    def shown(self, user_name: str) -> dict[str, object]:
        """As queries answer; the name sealed."""
        shown: dict[str, object] = {
            "mch_id": self.mchid,
            "out_bill_no": self.out_bill_no,
            "transfer_bill_no": self.id,
            "appid": self.appid,
            "state": self.status,
            "transfer_amount": self.amount_minor,
            "transfer_remark": self.remark,
            "openid": self.openid,
            "create_time": rfc3339_china(self.created),
            "update_time": rfc3339_china(self.updated),
        }
        return shown | ({"user_name": user_name} if user_name else {}) | self._failed()

    def announced(self) -> dict[str, object]:
        return {
            "out_bill_no": self.out_bill_no,
            "transfer_bill_no": self.id,
            "state": self.status,
            "mch_id": self.mchid,
            "transfer_amount": self.amount_minor,
            "openid": self.openid,
            "create_time": rfc3339_china(self.created),
            "update_time": rfc3339_china(self.updated),
            **self._failed(),
        }

    def _failed(self) -> dict[str, object]:
        return {"fail_reason": self.fail_reason} if self.fail_reason else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One transfer of an old batch."""

    detail_id: str
    out_detail_no: str
    amount_minor: int
    remark: str
    openid: str
    user_name: str = ""
    status: str = "INIT"
    """INIT, PROCESSING, SUCCESS, FAIL."""
    fail_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferBatch(Record):
    """An old batch, whose receivers need not confirm. `id` is the `batch_id`."""

    kind: ClassVar[str] = "wechatpay.transfer_batch"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    mchid: str
    appid: str
    out_batch_no: str
    asked: str
    name: str
    remark: str
    scene: str = ""
    notify_url: str = ""
    details: tuple[Detail, ...]
    fails: str = ""
    close_reason: str = ""
    updated: Instant
    public_key_mode: bool = False

    @property
    def number(self) -> str:
        return number_key(self.mchid, self.out_batch_no)

    @property
    def total_minor(self) -> int:
        return sum(each.amount_minor for each in self.details)

    def sums(self) -> dict[str, object]:
        good = [each.amount_minor for each in self.details if each.status == "SUCCESS"]
        bad = [each.amount_minor for each in self.details if each.status == "FAIL"]
        return {
            "total_amount": self.total_minor, "total_num": len(self.details),
            "success_amount": sum(good), "success_num": len(good), "fail_amount": sum(bad), "fail_num": len(bad),
        }

    def shown(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "mchid": self.mchid, "out_batch_no": self.out_batch_no, "batch_id": self.id, "appid": self.appid,
            "batch_status": self.status, "batch_type": "API", "batch_name": self.name,
            "batch_remark": self.remark, **self.sums(), "create_time": rfc3339_china(self.created),
            "update_time": rfc3339_china(self.updated),
        }
        shown |= {"transfer_scene_id": self.scene} if self.scene else {}
        return shown | ({"close_reason": self.close_reason} if self.close_reason else {})

    def announced(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "mchid": self.mchid, "out_batch_no": self.out_batch_no, "batch_id": self.id,
            "batch_status": self.status, **self.sums(), "update_time": rfc3339_china(self.updated),
        }
        return shown | ({"close_reason": self.close_reason} if self.close_reason else {})


def paid_out(bill: TransferBill) -> Entry:
    return transfer(
        EntryKind.PAYOUT, source=available(bill.mchid), target=PAYER, amount=bill.amount, reference=bill.id,
        memo=bill.id,
    )


def bill_finished(bill: TransferBill) -> Event:
    return Event(
        id="", type="MCHTRANSFER.BILL.FINISHED", api=API, provider=PROVIDER, merchant=bill.mchid,
        body=bill.announced(), url=bill.notify_url, subject=bill.id, ref=bill.out_bill_no,
    )


def batch_ended(batch: TransferBatch) -> Event:
    """MCHTRANSFER.BATCH.FINISHED, MCHTRANSFER.BATCH.CLOSED."""
    return Event(
        id="", type=f"MCHTRANSFER.BATCH.{batch.status}", api=API, provider=PROVIDER, merchant=batch.mchid,
        body=batch.announced(), url=batch.notify_url, subject=batch.id, ref=batch.out_batch_no,
    )


# fmt: off
TRANSFER_BILL: Machine[TransferBill] = Machine(
    "wechatpay.transfer_bill",
    record=TransferBill,
    initial="ACCEPTED",
    phases={"ACCEPTED": Phase.PENDING, "PROCESSING": Phase.PENDING, "WAIT_USER_CONFIRM": Phase.OPEN,
            "TRANSFERING": Phase.PENDING, "CANCELING": Phase.PENDING, "SUCCESS": Phase.CLOSED,
            "FAIL": Phase.FAILED, "CANCELLED": Phase.CLOSED},
    rows=(
        Transition("ACCEPTED",          "fund",    "WAIT_USER_CONFIRM", stamp="updated"),
        Transition("ACCEPTED",          "wait",    "PROCESSING",        stamp="updated"),
        Transition("PROCESSING",        "fund",    "WAIT_USER_CONFIRM", stamp="updated"),
        Transition("PROCESSING",        "cancel",  "CANCELING",         stamp="updated"),
        Transition("WAIT_USER_CONFIRM", "confirm", "TRANSFERING",       stamp="updated"),
        Transition("WAIT_USER_CONFIRM", "cancel",  "CANCELING",         stamp="updated"),
        Transition("WAIT_USER_CONFIRM", "expire",  "FAIL",              stamp="updated", event=bill_finished),
        Transition("CANCELING",         "end",     "CANCELLED",         stamp="updated", event=bill_finished),
        Transition("TRANSFERING",       "succeed", "SUCCESS",           stamp="updated", entry=paid_out, event=bill_finished),
        Transition("TRANSFERING",       "fail",    "FAIL",              stamp="updated", event=bill_finished),
    ),
)

TRANSFER_BATCH: Machine[TransferBatch] = Machine(
    "wechatpay.transfer_batch",
    record=TransferBatch,
    initial="ACCEPTED",
    phases={"ACCEPTED": Phase.PENDING, "PROCESSING": Phase.PENDING, "FINISHED": Phase.CLOSED, "CLOSED": Phase.CLOSED},
    rows=(
        Transition("ACCEPTED", "finish", "FINISHED", stamp="updated", event=batch_ended),
        Transition("ACCEPTED", "close",  "CLOSED",   stamp="updated", event=batch_ended),
    ),
)
# fmt: on
