"""Money that leaves: transfers to accounts, what has become of them, and what is there.

https://opendocs.alipay.com/apis/api_28/alipay.fund.trans.uni.transfer,
https://opendocs.alipay.com/apis/api_28/alipay.fund.trans.common.query
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NotRequired, TypedDict

from paydouble.core import json_bytes
from paydouble.core.act import Act, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.ledger import PAYER, EntryKind, pending, reserved, transfer
from paydouble.core.machine import Machine, Phase, Transition, fire
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import amounts, identifiers, messages, refunding, times
from paydouble.providers.alipay.amounts import CNY, yuan
from paydouble.providers.alipay.errors import COMMON, Fund, Gateway
from paydouble.providers.alipay.models import number_key
from paydouble.providers.alipay.operations import quotas
from paydouble.providers.alipay.operations.quotas import Wallet
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.refusing import refusal
from paydouble.providers.alipay.settings import AlipaySettings

SEND: tuple[ErrorTable, ...] = (*Fund, *COMMON)
# fmt: off
LEAST = {"TRANS_ACCOUNT_NO_PWD": 10, "STD_RED_PACKET": 1}
# fmt: on
REMARK_FROM_MINOR = 5_000_000
IDENTITIES = ("ALIPAY_USER_ID", "ALIPAY_LOGON_ID", "ALIPAY_OPEN_ID", "BANKCARD_ACCOUNT")
DEFAULT_PRODUCT, DEFAULT_SCENE = "TRANS_ACCOUNT_NO_PWD", "DIRECT_TRANSFER"
OLD_IDENTITIES = {"ALIPAY_USERID": "ALIPAY_USER_ID", "ALIPAY_LOGONID": "ALIPAY_LOGON_ID"}
CHANGED = "alipay.fund.trans.order.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Record):
    """One transfer; `id` is the order_id. Status: WAIT_PAY, CLOSED, DEALING, SUCCESS, FAIL, REFUND."""

    kind: ClassVar[str] = "alipay.transfer"
    unique: ClassVar[tuple[str, ...]] = ("number", "pay_fund_order_id")

    app_id: str
    seller_id: str
    number: str
    """Seller, product, scene, and the merchant's number."""
    out_biz_no: str
    product_code: str
    biz_scene: str
    payee: str
    amount_minor: int
    refunded_minor: int = 0
    asked: str
    pay_fund_order_id: str
    by_user: bool = False
    """A user pays it (`fund.trans.app.pay`, `fund.trans.page.pay`), not the merchant."""
    order_title: str = ""
    return_url: str = ""
    expires: Instant = Instant(0)
    """Until when a user may pay it."""
    trans_date: Instant = Instant(0)
    error_code: str = ""
    fail_reason: str = ""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, CNY)

    @property
    def payer_account(self) -> str:
        """The ledger's account that it comes out of."""
        return PAYER if self.by_user else pending(self.seller_id)

    @property
    def payee_account(self) -> str:
        """What a user pays to nobody in particular is kept for the merchant."""
        return refunding.payee(self.payee) if self.payee else reserved(self.seller_id)

    def named(self) -> dict[str, object]:
        return {
            "out_biz_no": self.out_biz_no, "order_id": self.id, "pay_fund_order_id": self.pay_fund_order_id,
            "status": self.status,
        }


def _sent(sent: Transfer) -> Any:
    return transfer(
        EntryKind.PAYOUT, source=sent.payer_account, target=sent.payee_account, amount=sent.amount,
        reference=sent.id, memo=sent.id,
    )


def _told(sent: Transfer) -> Event:
    body = {
        **sent.named(), "product_code": sent.product_code, "biz_scene": sent.biz_scene,
        "action_type": "FINISH",
        "trans_amount": yuan(sent.amount_minor),
        "origin_interface": f"alipay.fund.trans.{'app.pay' if sent.by_user else 'uni.transfer'}",
        "pay_date": times.china(sent.trans_date) if sent.trans_date else "", "error_code": sent.error_code,
    }
    return messages.message(CHANGED, sent.app_id, body, what=sent.status, ref=sent.out_biz_no)


# fmt: off
TRANSFER: Machine[Transfer] = Machine(
    "alipay.transfer",
    record=Transfer,
    initial="DEALING",
    phases={"WAIT_PAY": Phase.OPEN, "CLOSED": Phase.CLOSED, "DEALING": Phase.PENDING, "SUCCESS": Phase.PAID,
            "FAIL": Phase.FAILED, "REFUND": Phase.CLOSED},
    rows=(
        Transition("WAIT_PAY", "pay",     "SUCCESS", stamp="trans_date", entry=_sent, event=_told),
        Transition("WAIT_PAY", "close",   "CLOSED"),
        Transition("DEALING",  "succeed", "SUCCESS", stamp="trans_date", entry=_sent, event=_told),
        Transition("DEALING",  "fail",    "FAIL",    event=_told),
        Transition("SUCCESS",  "refund",  "SUCCESS"),
    ),
)
# fmt: on


class TransferRequest(TypedDict):
    out_biz_no: str
    trans_amount: str
    product_code: str
    biz_scene: str
    payee_info: dict[str, str]
    remark: NotRequired[str]


class TransferQuery(TypedDict):
    out_biz_no: NotRequired[str]
    order_id: NotRequired[str]
    pay_fund_order_id: NotRequired[str]
    product_code: NotRequired[str]
    biz_scene: NotRequired[str]


@act(Transfer, "fail")
async def fail(doing: Doing[Transfer]) -> Record:
    """The transfer comes to nothing: the money is the merchant's again."""
    await take(doing.work, doing.record.seller_id, -doing.record.amount_minor)
    reason = str(doing.details.get("reason", "收款方账号异常"))
    failed = {"error_code": Fund.PAYEE_ACCOUNT_STATUS_ERROR.code, "fail_reason": reason}
    return fire(doing.work, TRANSFER, doing.record, "fail", doing.now, **failed)


ACTS: tuple[Act[Any], ...] = fail


def operations(settings: AlipaySettings) -> tuple[Operation, ...]:
    """All of it, under these settings."""

    @operation(
        "fund.trans.uni.transfer", *routes("fund.trans.uni.transfer"), means=("payout.create",), errors=SEND,
        idempotency=NaturalKey(("out_biz_no",)), docs=documented("fund.trans.uni.transfer"),
    )
    async def send(call: Call[TransferRequest]) -> Reply:
        """Send money to an account."""
        return await _send(call, settings)

    @operation(
        "fund.account.query", *routes("fund.account.query", "GET"), errors=SEND, reads=True,
        docs=documented("fund.account.query")
    )
    async def account(call: Call[Any]) -> Reply:
        """See what is in the merchant's balance for transfers."""
        if call.params["alipay_user_id"] != call.merchant.secrets["seller_id"]:
            raise Fund.NO_PERMISSION_ACCOUNT()
        left = await available(call.work, call.merchant.secrets["seller_id"], settings)
        return Reply({"available_amount": yuan(left), "freeze_amount": "0.00"})

    @operation(
        "fund.trans.toaccount.transfer", *routes("fund.trans.toaccount.transfer"), means=("payout.create",),
        errors=SEND, idempotency=NaturalKey(("out_biz_no",)),
        docs=documented("fund.trans.toaccount.transfer"),
    )
    async def send_as_before(call: Call[Any]) -> Reply:
        """Send money to an account, as it was done before 2020."""
        old = call.params
        kind = OLD_IDENTITIES.get(old["payee_type"], "")
        named = {"name": old["payee_real_name"]} if old.get("payee_real_name") else {}
        payee = {"identity": old["payee_account"], "identity_type": kind, **named}
        asked: TransferRequest = {
            "out_biz_no": old["out_biz_no"], "trans_amount": old["amount"], "payee_info": payee,
            "product_code": DEFAULT_PRODUCT, "biz_scene": DEFAULT_SCENE, "remark": old.get("remark", ""),
        }
        reply = await _send(replace(call, params=asked), settings)
        assert isinstance(reply.subject, Transfer), "a transfer is about a transfer"
        return Reply({
            "out_biz_no": reply.subject.out_biz_no, "order_id": reply.subject.id,
            "pay_date": times.china(reply.subject.trans_date or reply.subject.created),
        }, subject=reply.subject)

    return send, send_as_before, query, query_as_before, account


@operation(
    "fund.trans.common.query", *routes("fund.trans.common.query", "GET"), means=("payout.query",),
    errors=SEND,
    reads=True, docs=documented("fund.trans.common.query"),
)
async def query(call: Call[TransferQuery]) -> Reply:
    """See what has become of a transfer."""
    sent = await found(call)
    shown = {**sent.named(), "trans_amount": yuan(sent.amount_minor), "order_fee": "0.00"}
    if sent.trans_date:
        shown |= {"pay_date": times.china(sent.trans_date), "arrival_time_end": times.china(sent.trans_date)}
    if sent.error_code:
        shown |= {"error_code": sent.error_code, "fail_reason": sent.fail_reason}
    return Reply(shown, subject=sent)


@operation(
    "fund.trans.order.query", *routes("fund.trans.order.query", "GET"), means=("payout.query",), errors=SEND,
    reads=True, docs=documented("fund.trans.order.query"),
)
async def query_as_before(call: Call[TransferQuery]) -> Reply:
    """See what has become of a transfer, as it was done before 2020."""
    sent = await found(call)
    shown: dict[str, object] = {
        "out_biz_no": sent.out_biz_no, "order_id": sent.id, "status": sent.status, "order_fee": "0.00",
    }
    if sent.trans_date:
        shown |= {"pay_date": times.china(sent.trans_date), "arrival_time_end": times.china(sent.trans_date)}
    return Reply(shown, subject=sent)


async def available(work: Work, seller_id: str, settings: AlipaySettings) -> int:
    """For transfers: what was there at first less what has left; receipts of trades are another balance."""
    wallet = await work.get(Wallet, seller_id)
    return settings.opening_balance.minor - (wallet.sent_minor if wallet else 0)


async def take(work: Work, seller_id: str, minor: int, now: Instant | None = None) -> None:
    """Out of the balance, or back; what is sent now counts against the day's and the month's limit."""
    wallet = await work.get(Wallet, seller_id) or Wallet(id=seller_id)
    moved = replace(wallet, sent_minor=wallet.sent_minor + minor)
    work.save(moved if now is None else moved.counting(minor, now))


async def found(call: Call[Any]) -> Transfer:
    """The transfer that a call names, by any of its numbers. Raises ORDER_NOT_EXIST."""
    params, seller = call.params, call.merchant.secrets["seller_id"]
    if id := params.get("order_id"):
        sent = await call.work.get(Transfer, id)
    elif fund := params.get("pay_fund_order_id"):
        sent = await call.work.find(Transfer, "pay_fund_order_id", fund)
    elif params.get("out_biz_no"):
        sent = await call.work.find(Transfer, "number", _number(seller, params))
    else:
        raise Fund.INVALID_PARAMETER()
    if sent is None or sent.seller_id != seller:
        raise Fund.ORDER_NOT_EXIST()
    return sent


def _number(seller_id: str, params: Any) -> str:
    product = params.get("product_code") or DEFAULT_PRODUCT
    scene = params.get("biz_scene") or DEFAULT_SCENE
    return number_key(f"{seller_id}/{product}/{scene}", params["out_biz_no"])


async def _send(call: Call[TransferRequest], settings: AlipaySettings) -> Reply:
    params, seller = call.params, call.merchant.secrets["seller_id"]
    amount = amounts.minor(params["trans_amount"], Fund.INVALID_PARAMETER)
    about = (amount, params["payee_info"])
    asked = hashlib.sha256(json_bytes.dumps_sorted(about)).hexdigest()[:32]
    known = await call.work.find(Transfer, "number", _number(seller, params))
    if known is not None:
        if known.asked != asked:
            raise Fund.PAYMENT_INFO_INCONSISTENCY()
        return Reply({**known.named(), "trans_date": times.china(known.created)}, subject=known)
    check(call, amount, settings)
    await quotas.check(call.work, seller, amount, call.clock.now(), settings)
    outcome = call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED, Result.CANCELED):
        raise refusal(outcome, SEND, Fund.SYSTEM_ERROR)
    if amount > await available(call.work, seller, settings):
        raise Fund.PAYER_BALANCE_NOT_ENOUGH()
    now = call.clock.now()
    sent = Transfer(
        id=identifiers.fund_order(call.ids, now), status=TRANSFER.initial, created=now,
        app_id=call.merchant.id,
        seller_id=seller, number=_number(seller, params), out_biz_no=params["out_biz_no"], asked=asked,
        product_code=params["product_code"], biz_scene=params["biz_scene"], amount_minor=amount,
        payee=params["payee_info"]["identity"], pay_fund_order_id=identifiers.fund_order(call.ids, now),
    )
    call.work.save(sent)
    await take(call.work, seller, amount, now)
    if outcome is None or outcome.result is Result.APPROVED:
        sent = fire(call.work, TRANSFER, sent, "succeed", now)
    return Reply({**sent.named(), "trans_date": times.china(now)}, subject=sent)


def check(call: Call[TransferRequest], amount: int, settings: AlipaySettings) -> None:
    """Raises where the order itself is wrong, whatever is in the balance."""
    params, values = call.params, call.envelope.fields
    if settings.transfers_need_certificates and not values.get("app_cert_sn"):
        raise Gateway.ISV_PERMISSIONS()
    payee = params["payee_info"]
    identity, kind = payee.get("identity"), payee.get("identity_type")
    if not isinstance(identity, str) or not identity or kind not in IDENTITIES:
        raise Fund.INVALID_PARAMETER()
    if kind == "ALIPAY_LOGON_ID" and not payee.get("name"):
        raise Fund.INVALID_PARAMETER()
    if identity == call.merchant.secrets["seller_id"]:
        raise Fund.PAYER_PAYEE_CANNOT_SAME()
    if amount < LEAST.get(params["product_code"], 1):
        raise Fund.EXCEED_LIMIT_SM_MIN_AMOUNT()
    if amount >= REMARK_FROM_MINOR and not params.get("remark"):
        raise Fund.MEMO_REQUIRED_IN_TRANSFER_ERROR()
