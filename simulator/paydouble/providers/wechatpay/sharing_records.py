"""Records of profit sharing, and what can become of them; amounts are in fen.

https://pay.weixin.qq.com/doc/v3/merchant/4012067962
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant, rfc3339_china
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.record import Record
from paydouble.providers.wechatpay.models import number_key

MERCHANT = "MERCHANT_ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver(Record):
    """Somebody with whom a merchant may share. `id` is made of both."""

    kind: ClassVar[str] = "wechatpay.receiver"

    type: str
    account: str
    name: str = ""
    relation_type: str
    custom_relation: str = ""


def receiver_id(mchid: str, type: str, account: str) -> str:
    return f"{mchid}/{type}/{account}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one receiver gets."""

    type: str
    account: str
    amount_minor: int
    description: str
    detail_id: str
    result: str = "PENDING"
    """PENDING, SUCCESS, CLOSED."""
    fail_reason: str = ""
    created: Instant
    finished: Instant = Instant(0)
    """The epoch until then: live answers show 1970-01-01T08:00:00+08:00."""

    def shown(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "type": self.type,
            "account": self.account,
            "amount": self.amount_minor,
            "description": self.description,
            "result": self.result,
            "detail_id": self.detail_id,
            "create_time": rfc3339_china(self.created),
            "finish_time": rfc3339_china(self.finished),
        }
        return shown | ({"fail_reason": self.fail_reason} if self.fail_reason else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOrder(Record):
    """One request to share. `id` is the `order_id`."""

    kind: ClassVar[str] = "wechatpay.share_order"
    unique: ClassVar[tuple[str, ...]] = ("number",)
    indexes: ClassVar[tuple[str, ...]] = ("transaction_id",)

    mchid: str
    sub_mchid: str = ""
    transaction_id: str
    out_order_no: str
    asked: str
    """Digest of what was asked for."""
    shares: tuple[Share, ...]
    unfreezes: bool
    """What is left goes to the merchant, and no more is shared."""
    fails: str = ""
    """Why a scenario lets it fail."""
    returned_minor: int = 0
    return_count: int = 0

    @property
    def number(self) -> str:
        return number_key(self.mchid, self.out_order_no)

    def shown(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "transaction_id": self.transaction_id,
            "out_order_no": self.out_order_no,
            "order_id": self.id,
            "state": self.status,
            "receivers": [share.shown() for share in self.shares],
        }
        return shown | ({"sub_mchid": self.sub_mchid} if self.sub_mchid else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareReturn(Record):
    """A receiver gives back. `id` is the `return_id`."""

    kind: ClassVar[str] = "wechatpay.share_return"
    unique: ClassVar[tuple[str, ...]] = ("number",)

    mchid: str
    sub_mchid: str = ""
    transaction_id: str
    order_id: str
    out_order_no: str
    out_return_no: str
    return_mchid: str
    amount_minor: int
    description: str
    fail_reason: str = ""
    finished: Instant = Instant(0)

    @property
    def number(self) -> str:
        return number_key(self.mchid, self.out_return_no)

    def shown(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "order_id": self.order_id,
            "out_order_no": self.out_order_no,
            "out_return_no": self.out_return_no,
            "return_id": self.id,
            "return_mchid": self.return_mchid,
            "amount": self.amount_minor,
            "description": self.description,
            "result": self.status,
            "create_time": rfc3339_china(self.created),
            "finish_time": rfc3339_china(self.finished),
        }
        shown |= {"fail_reason": self.fail_reason} if self.fail_reason else {}
        return shown | ({"sub_mchid": self.sub_mchid} if self.sub_mchid else {})


# fmt: off
SHARE_ORDER: Machine[ShareOrder] = Machine(
    "wechatpay.share_order",
    record=ShareOrder,
    initial="PROCESSING",
    phases={"PROCESSING": Phase.PENDING, "FINISHED": Phase.CLOSED},
    rows=(Transition("PROCESSING", "finish", "FINISHED"),),
)

SHARE_RETURN: Machine[ShareReturn] = Machine(
    "wechatpay.share_return",
    record=ShareReturn,
    initial="PROCESSING",
    phases={"PROCESSING": Phase.PENDING, "SUCCESS": Phase.CLOSED, "FAILED": Phase.FAILED},
    rows=(
        Transition("PROCESSING", "succeed", "SUCCESS", stamp="finished"),
        Transition("PROCESSING", "fail",    "FAILED",  stamp="finished"),
    ),
)
# fmt: on
