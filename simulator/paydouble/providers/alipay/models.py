"""Trades and their refunds, each with the methods that show it as the API does; amounts are in fen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.money import Money
from paydouble.core.record import Record
from paydouble.providers.alipay import buyers, times
from paydouble.providers.alipay.amounts import CNY, yuan
from paydouble.providers.alipay.settings import AlipaySettings

OFFERED, LAPSED = "OFFERED", "LAPSED"
WAITING, SUCCESS, FINISHED, CLOSED = "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"
FACE_TO_FACE = ("pay", "precreate")
WALLET = "ALIPAYACCOUNT"


def number_key(owner: str, number: str) -> str:
    """Order and request numbers are unique for each seller or trade."""
    return f"{owner}/{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade(Record):
    """An order, and the payment that it becomes. `id` is the `trade_no`.

    An order that only a code or a page stands for is OFFERED: the API does not know it before a buyer does.
    """

    kind: ClassVar[str] = "alipay.trade"
    unique: ClassVar[tuple[str, ...]] = ("order_key",)
    indexes: ClassVar[tuple[str, ...]] = ("ref", "qr_code")

    app_id: str
    seller_id: str
    out_trade_no: str
    channel: str
    """pay, precreate, create, page, wap, app."""
    product_code: str = ""
    subject: str
    total_minor: int
    body: str = ""
    passback_params: str = ""
    store_id: str = ""
    terminal_id: str = ""
    operator_id: str = ""
    asked: str
    """Digest of what the order is about: asking again must ask for the same."""
    notify_url: str = ""
    return_url: str = ""
    quit_url: str = ""
    charset: str = "utf-8"
    sign_type: str = "RSA2"
    qr_code: str = ""
    expires: Instant
    """Until when it may be paid."""
    lapses: Instant = Instant(0)
    """Until when a code may be scanned."""
    buyer_id: str = ""
    login: str = ""
    """What the payer's page knows of its visitor."""
    gmt_payment: Instant = Instant(0)
    gmt_refund: Instant = Instant(0)
    gmt_close: Instant = Instant(0)
    fund_channel: str = WALLET
    fee_minor: int = 0
    """What Alipay keeps; it shrinks with each refund."""
    refunded_minor: int = 0
    canceled: bool = False
    auth_no: str = ""
    agreement_no: str = ""
    signs: str = ""
    """The agreement_no of what is signed by paying."""
    fulfilled_by: str = ""
    """The request number of the `trade.order.pay` that paid it."""
    async_status: str = ""
    """What became of a charge that was only accepted: S, F."""
    royalty_freeze: bool = False
    royalty_finished: bool = False
    shared_minor: int = 0
    """Split off to others, and not come back."""
    last_request_no: str = ""
    """Of the newest refund."""
    last_refund_minor: int = 0

    @property
    def ref(self) -> str:
        """The merchant's order number, under the name that all payments are found by."""
        return self.out_trade_no

    @property
    def order_key(self) -> str:
        return number_key(self.seller_id, self.out_trade_no)

    @property
    def total(self) -> Money:
        return Money(self.total_minor, CNY)

    @property
    def is_paid(self) -> bool:
        return self.status in (SUCCESS, FINISHED)

    @property
    def was_paid(self) -> bool:
        return self.gmt_payment > 0

    @property
    def exists(self) -> bool:
        """For the API."""
        return self.status not in (OFFERED, LAPSED)

    @property
    def left_minor(self) -> int:
        """What can still be refunded."""
        return self.total_minor - self.refunded_minor if self.was_paid else 0

    @property
    def splittable_minor(self) -> int:
        return max(0, self.left_minor - self.shared_minor)

    def fulfilling(self, out_request_no: str, buyer_id: str) -> Trade:
        """The trade as this request is about to pay it."""
        return replace(self, fulfilled_by=out_request_no, buyer_id=buyer_id or self.buyer_id)

    def named(self) -> dict[str, str]:
        return {"out_trade_no": self.out_trade_no, "trade_no": self.id}

    def buyer(self, settings: AlipaySettings) -> dict[str, str]:
        """As synchronous answers name the buyer."""
        if not self.buyer_id:
            return {}
        ids = buyers.named(settings, self.buyer_id, self.app_id, user="buyer_user_id", open_="buyer_open_id")
        return {"buyer_logon_id": buyers.logon_id(self.buyer_id), **ids}

    def amounts(self, *, known: bool) -> dict[str, str]:
        """The four amounts of the buyer; there are no vouchers, so that they are all the same."""
        paid = yuan(self.total_minor if known else 0)
        return {
            "buyer_pay_amount": paid, "invoice_amount": paid, "receipt_amount": paid, "point_amount": "0.00",
        }

    def paid_answer(self, settings: AlipaySettings) -> dict[str, object]:
        """As `trade.pay` answers a payment that is done."""
        return {
            **self.named(), **self.buyer(settings), **self.amounts(known=True),
            "total_amount": yuan(self.total_minor), "gmt_payment": times.china(self.gmt_payment),
            "fund_bill_list": [{"amount": yuan(self.total_minor), "fund_channel": self.fund_channel}],
        }

    def waiting_answer(self, settings: AlipaySettings) -> dict[str, object]:
        """As `trade.pay` answers while the buyer has still to confirm: no `sub_code`."""
        return {
            **self.named(), **self.buyer(settings), **self.amounts(known=False),
            "total_amount": yuan(self.total_minor),
        }

    def shown(self, settings: AlipaySettings, options: tuple[str, ...]) -> dict[str, object]:
        """As `trade.query` answers."""
        told = settings.fund_detail_online or self.channel in FACE_TO_FACE or "fund_bill_list" in options
        shown: dict[str, object] = {
            **self.named(), **self.buyer(settings), **self.amounts(known=told and self.was_paid),
            "total_amount": yuan(self.total_minor), "trade_status": self.status,
        }
        if self.was_paid:
            shown["send_pay_date"] = times.china(self.gmt_payment)
        if self.was_paid and "fund_bill_list" in options:
            bill = {"amount": yuan(self.total_minor), "fund_channel": self.fund_channel}
            shown["fund_bill_list"] = [bill]
        if "async_pay_info" in options and self.async_status:
            shown["async_pay_apply_status"] = self.async_status
        extra = {
            "body": self.body, "passback_params": self.passback_params, "store_id": self.store_id,
            "terminal_id": self.terminal_id,
        }
        return shown | {name: value for name, value in extra.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Record):
    """One refund of a trade. Status: REFUND_SUCCESS, REFUND_PROCESSING, REFUND_FAIL."""

    kind: ClassVar[str] = "alipay.refund"
    unique: ClassVar[tuple[str, ...]] = ("request_key",)
    indexes: ClassVar[tuple[str, ...]] = ("trade_no",)

    trade_no: str
    out_trade_no: str
    out_request_no: str
    amount_minor: int
    refund_reason: str = ""
    fee_minor: int = 0
    """How much of the fee was handed back."""
    deposit: str = ""
    """P, S, F: whether a bank has put it back on a card; empty where no card has to do with it."""
    deposit_due: Instant = Instant(0)
    deposited: Instant = Instant(0)
    royalties: tuple[Mapping[str, str], ...] = field(default=())
    """What came back from those who had got a share."""

    @property
    def request_key(self) -> str:
        return number_key(self.trade_no, self.out_request_no)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, CNY)

    def deposit_info(self) -> dict[str, str]:
        """What the bank does, as answers and messages tell it; nothing where no bank has to do with it."""
        if not self.deposit:
            return {}
        moment = times.china(self.deposited or self.deposit_due)
        when = {"bank_ack_time": moment} if self.deposited else {"est_bank_receipt_time": moment}
        return {"dback_status": self.deposit, "dback_amount": yuan(self.amount_minor), **when}

    def shown(self, trade: Trade, options: tuple[str, ...]) -> dict[str, object]:
        """As `trade.fastpay.refund.query` answers."""
        shown: dict[str, object] = {
            **trade.named(), "out_request_no": self.out_request_no, "total_amount": yuan(trade.total_minor),
            "refund_amount": yuan(self.amount_minor), "refund_status": self.status,
        }
        if self.refund_reason:
            shown["refund_reason"] = self.refund_reason
        if "gmt_refund_pay" in options:
            shown["gmt_refund_pay"] = times.china(self.created)
        if "refund_detail_item_list" in options:
            bill = {"amount": yuan(self.amount_minor), "fund_channel": trade.fund_channel}
            shown |= {"refund_detail_item_list": [bill], "send_back_fee": yuan(self.amount_minor)}
        if "deposit_back_info" in options:
            has = "true" if self.deposit else "false"
            shown["deposit_back_info"] = {"has_deposit_back": has, **self.deposit_info()}
        if self.royalties:
            shown["refund_royaltys"] = [dict(each) for each in self.royalties]
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedCode(Record):
    """A payment code that has been read once. `id` is the code."""

    kind: ClassVar[str] = "alipay.used_code"

    trade_no: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppGateway(Record):
    """Where an app is told what no order names a callback for. `id` is the app_id."""

    kind: ClassVar[str] = "alipay.app_gateway"

    url: str
