"""Records of the smaller products: uploaded files, complaints, coupons; each shows itself as the API does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import rfc3339_china
from paydouble.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile(Record):
    """An uploaded file. `id` is its media_id."""

    kind: ClassVar[str] = "wechatpay.media_file"

    mchid: str
    filename: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Record):
    """One line of the talk about a complaint. `id` is its log_id."""

    kind: ClassVar[str] = "wechatpay.complaint_log"
    indexes: ClassVar[tuple[str, ...]] = ("complaint",)

    complaint: str
    operator: str
    type: str
    text: str

    def shown(self) -> dict[str, object]:
        return {
            "log_id": self.id, "operator": self.operator, "operate_time": rfc3339_china(self.created),
            "operate_type": self.type, "operate_details": self.text, "image_list": [],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint(Record):
    """A payer complains about an order. `id` is the complaint_id."""

    kind: ClassVar[str] = "wechatpay.complaint"
    indexes: ClassVar[tuple[str, ...]] = ("mchid",)

    mchid: str
    transaction_id: str
    out_trade_no: str
    amount_minor: int
    openid: str
    detail: str
    problem_type: str = "REFUND"
    fully_refunded: bool = False
    answers: int = 0

    def shown(self, payer_phone: str) -> dict[str, object]:
        """The phone number sealed."""
        order = {
            "transaction_id": self.transaction_id, "out_trade_no": self.out_trade_no,
            "amount": self.amount_minor,
        }
        return {
            "complaint_id": self.id, "complaint_time": rfc3339_china(self.created),
            "complaint_detail": self.detail, "complaint_state": self.status,
            "complainted_mchid": self.mchid, "payer_phone": payer_phone, "payer_openid": self.openid,
            "complaint_order_info": [order], "complaint_full_refunded": self.fully_refunded,
            "incoming_user_response": False, "problem_description": self.detail, "user_complaint_times": 1,
            "problem_type": self.problem_type, "apply_refund_amount": self.amount_minor,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintEndpoint(Record):
    """Where a merchant is told of complaints. `id` is the mchid."""

    kind: ClassVar[str] = "wechatpay.complaint_endpoint"

    url: str
    public_key_mode: bool = False
