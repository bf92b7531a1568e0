"""The records of WeChat Pay, each with the methods that show it as the API does; amounts are in fen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant, rfc3339_china
from paydouble.core.money import Money
from paydouble.core.record import Record

CNY = "CNY"
PAYER_WALLET = "支付用户零钱"

# fmt: off
STATES = {
    "NOTPAY":     "订单未支付",
    "SUCCESS":    "支付成功",
    "REFUND":     "订单发生过退款，退款详情请查询退款单",
    "CLOSED":     "订单已关闭",
    "REVOKED":    "订单已撤销",
    "USERPAYING": "需要用户输入支付密码",
    "PAYERROR":   "支付失败",
}
# fmt: on


def number_key(mchid: str, number: str) -> str:
    """Order and refund numbers are unique for each merchant."""
    return f"{mchid}/{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction(Record):
    """An order, and the payment it becomes. `id` is the `transaction_id`, told only once it is paid."""

    kind: ClassVar[str] = "wechatpay.transaction"
    unique: ClassVar[tuple[str, ...]] = ("order_key",)
    indexes: ClassVar[tuple[str, ...]] = ("ref", "handed")

    mchid: str
    """Whose order it is: a service provider's in partner mode, the combining merchant's in a combination."""
    appid: str
    sub_mchid: str = ""
    sub_appid: str = ""
    seller: str = ""
    """In a combination, the merchant of this part where that is not the combining one."""
    combination: str = ""
    """Id of the combination that it is paid with."""
    api: str = "v3"
    """By which API it was ordered, and is told of."""
    sign_type: str = ""
    """Of API v2: how the order was signed, and so is what is told of it."""
    out_trade_no: str
    trade_type: str
    """JSAPI, NATIVE, APP, MWEB, MICROPAY, PAP."""
    contract: str = ""
    """Id of the contract that it is deducted under, or that is signed with its payment."""
    notify_url: str
    total_minor: int
    description: str = ""
    attach: str = ""
    device_id: str = ""
    expires: Instant
    asked: str
    """Digest of what the order asked for: ordering again must ask for the same."""
    prepay_id: str = ""
    code_url: str = ""
    h5_url: str = ""
    prepaid: Instant = Instant(0)
    """When the newest prepay_id was handed out."""
    public_key_mode: bool = False
    """The caller checks signatures with the public key; so are this order's notifications signed."""
    openid: str = ""
    """Who alone may pay: named by a JSAPI order, or the first who opened a Native one."""
    sms_asked: bool = False
    """The payer is at risk: a code from an SMS is wanted before the payment goes on."""
    sub_openid: str = ""
    """The same person, as the sub-merchant's app knows them."""
    bank_type: str = ""
    success_time: Instant = Instant(0)
    fee_minor: int = 0
    """What WeChat Pay keeps; it shrinks with each refund."""
    refunded_minor: int = 0
    refund_count: int = 0
    refunded_last: Instant = Instant(0)
    profit_sharing: bool = False
    """The money is frozen until it is shared, or unfrozen."""
    shared_minor: int = 0
    """How much was given to others, whatever came back since."""
    share_count: int = 0
    returned_minor: int = 0
    """How much came back of what was shared; it can be refunded, and not shared again."""
    unfrozen: bool = False

    @property
    def ref(self) -> str:
        """The merchant's order number, under the name that all payments are found by."""
        return self.out_trade_no

    @property
    def order_key(self) -> str:
        return number_key(self.mchid, self.out_trade_no)

    @property
    def handed(self) -> str:
        """With what a payer comes: the newest QR code, else the newest prepay_id."""
        return self.code_url or self.prepay_id

    @property
    def total(self) -> Money:
        return Money(self.total_minor, CNY)

    @property
    def refundable_minor(self) -> int:
        return self.total_minor - self.refunded_minor

    @property
    def is_paid(self) -> bool:
        return self.status in ("SUCCESS", "REFUND")

    @property
    def was_paid(self) -> bool:
        """Also where it was reversed since."""
        return bool(self.success_time)

    @property
    def payee(self) -> str:
        """Whose money it is."""
        return self.sub_mchid or self.seller or self.mchid

    @property
    def unsplit_minor(self) -> int:
        """What is still frozen, to be shared or unfrozen."""
        if not self.profit_sharing or self.unfrozen or not self.is_paid:
            return 0
        return max(0, self.total_minor - self.refunded_minor - self.shared_minor)

    def shown(self) -> dict[str, object]:
        """As queries answer."""
        shown: dict[str, object] = {
            **self._parties(),
            "out_trade_no": self.out_trade_no,
            "trade_state": self.status,
            "trade_state_desc": STATES[self.status],
            "promotion_detail": [],
        }
        if self.device_id:
            shown["scene_info"] = {"device_id": self.device_id}
        return shown | (self._paid() if self.was_paid else self._unpaid())

    def announced(self) -> dict[str, object]:
        """As the callback TRANSACTION.SUCCESS tells it, once decrypted."""
        return {
            **self._parties(),
            "out_trade_no": self.out_trade_no,
            "trade_state": self.status,
            "trade_state_desc": STATES[self.status],
            **self._paid(),
        }

    def _parties(self) -> dict[str, object]:
        if not self.sub_mchid:
            return {"mchid": self.mchid, "appid": self.appid}
        parties: dict[str, object] = {"sp_mchid": self.mchid, "sp_appid": self.appid}
        parties["sub_mchid"] = self.sub_mchid
        return parties | ({"sub_appid": self.sub_appid} if self.sub_appid else {})

    def _payer(self) -> dict[str, object]:
        if not self.sub_mchid:
            return {"openid": self.openid}
        payer: dict[str, object] = {"sp_openid": self.openid} if self.openid else {}
        return payer | ({"sub_openid": self.sub_openid} if self.sub_openid else {})

    def _unpaid(self) -> dict[str, object]:
        return {"amount": {"payer_currency": CNY, "total": self.total_minor}}

    def _paid(self) -> dict[str, object]:
        return {
            "transaction_id": self.id,
            "trade_type": self.trade_type,
            "bank_type": self.bank_type,
            "attach": self.attach,
            "success_time": rfc3339_china(self.success_time),
            "payer": self._payer(),
            "amount": {
                "total": self.total_minor,
                "payer_total": self.total_minor,
                "currency": CNY,
                "payer_currency": CNY,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Record):
    """One refund of an order. `id` is the `refund_id`."""

    kind: ClassVar[str] = "wechatpay.refund"
    unique: ClassVar[tuple[str, ...]] = ("refund_key",)
    indexes: ClassVar[tuple[str, ...]] = ("transaction_id",)

    mchid: str
    sub_mchid: str = ""
    payee: str = ""
    """Whose money it was."""
    api: str = "v3"
    sign_type: str = ""
    transaction_id: str
    out_trade_no: str
    out_refund_no: str
    amount_minor: int
    total_minor: int
    """Of the order."""
    notify_url: str = ""
    success_time: Instant = Instant(0)
    fee_minor: int = 0
    """How much of the fee was handed back."""
    received_account: str = PAYER_WALLET
    channel: str = "ORIGINAL"
    origin: str = "API"
    """API, or VENDOR_PLATFORM where it was made on WeChat Pay's own site."""

    @property
    def refund_key(self) -> str:
        return number_key(self.mchid, self.out_refund_no)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, CNY)

    def shown(self) -> dict[str, object]:
        """As create and query answer."""
        return {
            "refund_id": self.id,
            "out_refund_no": self.out_refund_no,
            "transaction_id": self.transaction_id,
            "out_trade_no": self.out_trade_no,
            "channel": self.channel,
            "user_received_account": self.received_account,
            **self._succeeded(),
            "create_time": rfc3339_china(self.created),
            "status": self.status,
            "funds_account": "AVAILABLE",
            "amount": {
                "total": self.total_minor,
                "refund": self.amount_minor,
                "from": [],
                "payer_total": self.total_minor,
                "payer_refund": self.amount_minor,
                "settlement_refund": self.amount_minor,
                "settlement_total": self.total_minor,
                "discount_refund": 0,
                "currency": CNY,
                "refund_fee": self.fee_minor,
            },
            "promotion_detail": [],
        }

    def announced(self) -> dict[str, object]:
        """As the callbacks REFUND.* tell it, once decrypted: here the state is `refund_status`."""
        parties = {"sp_mchid": self.mchid, "sub_mchid": self.sub_mchid}
        return {
            **(parties if self.sub_mchid else {"mchid": self.mchid}),
            "out_trade_no": self.out_trade_no,
            "transaction_id": self.transaction_id,
            "out_refund_no": self.out_refund_no,
            "refund_id": self.id,
            "refund_status": self.status,
            **self._succeeded(),
            "amount": {
                "total": self.total_minor,
                "refund": self.amount_minor,
                "payer_total": self.total_minor,
                "payer_refund": self.amount_minor,
            },
            "user_received_account": self.received_account,
        }

    def _succeeded(self) -> dict[str, object]:
        return {"success_time": rfc3339_china(self.success_time)} if self.status == "SUCCESS" else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination(Record):
    """Several orders that are paid together, or not at all."""

    kind: ClassVar[str] = "wechatpay.combination"
    unique: ClassVar[tuple[str, ...]] = ("order_key",)

    mchid: str
    appid: str
    out_trade_no: str
    notify_url: str
    orders: tuple[str, ...]
    """Ids of its parts."""
    asked: str
    prepay_id: str = ""
    code_url: str = ""
    h5_url: str = ""
    prepaid: Instant = Instant(0)
    device_id: str = ""
    openid: str = ""

    @property
    def order_key(self) -> str:
        return number_key(self.mchid, self.out_trade_no)

    def shown(self, parts: Sequence[Transaction]) -> dict[str, object]:
        """As its query answers, and its callback tells."""
        shown: dict[str, object] = {
            "combine_appid": self.appid,
            "combine_mchid": self.mchid,
            "combine_out_trade_no": self.out_trade_no,
            "sub_orders": [_part(each) for each in parts],
        }
        if self.device_id:
            shown["scene_info"] = {"device_id": self.device_id}
        paid = next((each for each in parts if each.was_paid), None)
        return shown | ({"combine_payer_info": {"openid": paid.openid}} if paid else {})


def _part(order: Transaction) -> dict[str, object]:
    amount: dict[str, object] = {"total_amount": order.total_minor, "currency": CNY}
    shown: dict[str, object] = {
        "mchid": order.seller or order.mchid,
        "out_trade_no": order.out_trade_no,
        "trade_state": order.status,
        "attach": order.attach,
        "amount": amount,
    }
    if order.sub_mchid:
        shown |= {"sub_mchid": order.sub_mchid}
    if order.sub_appid:
        shown |= {"sub_appid": order.sub_appid}
    if not order.was_paid:
        return shown
    amount |= {"payer_amount": order.total_minor, "payer_currency": CNY}
    return shown | {
        "transaction_id": order.id,
        "trade_type": order.trade_type,
        "bank_type": order.bank_type,
        "success_time": rfc3339_china(order.success_time),
        "promotion_detail": [],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedNumber(Record):
    """An order number that was closed before anything was ordered under it. `id` is its number key."""

    kind: ClassVar[str] = "wechatpay.closed_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantEndpoint(Record):
    """Where a merchant is told of what names no callback of its own. `id` is the mchid."""

    kind: ClassVar[str] = "wechatpay.merchant_endpoint"

    url: str
