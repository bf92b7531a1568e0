"""Transfers that their receivers confirm (商家转账). https://pay.weixin.qq.com/doc/v3/merchant/4012711988"""

from __future__ import annotations

from dataclasses import replace
from typing import NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import HOUR, Instant, later
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.operation import NaturalKey, Operation, Route, operation
from paydouble.core.work import Work
from paydouble.providers.wechatpay import identifiers, ordering, sensitive
from paydouble.providers.wechatpay.errors import COMMON, Errors, refusal
from paydouble.providers.wechatpay.keys import in_public_key_mode
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.models import number_key
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.transfer_records import TRANSFER_BILL, TransferBill
from paydouble.providers.wechatpay.transferring import FAIL_REASONS, FAILS_OTHERWISE

BILLS = "/v3/fund-app/mch-transfer/transfer-bills"
DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/"
CONFIRM_WITHIN_MS = 24 * HOUR
NAME_FROM_MINOR = 200_000
NAME_BELOW_NOT_MINOR = 30

# What each kind of transfer must be reported as.
# fmt: off
SCENES = {
    "1000": ("活动名称", "奖励说明"),
    "1002": ("补贴类型",),
    "1004": ("保险产品备案编号", "保险名称", "保险操作单号"),
    "1005": ("岗位类型", "报酬说明"),
    "1009": ("采购商品名称",),
    "1010": ("回收商品名称",),
    "1011": ("赔付原因",),
    "1013": ("公益活动名称", "公益活动备案编号"),
}
# fmt: on

CREATE: tuple[ErrorTable, ...] = (
    Errors.TRANSFER_SCENE_REPORT, Errors.TRANSFER_DIFFERS, Errors.TRANSFER_NAME_NEEDED,
    Errors.APPID_MCHID_NOT_MATCH, Errors.TRANSFER_NO_AUTH, Errors.TRANSFER_NOT_ENOUGH,
    Errors.TRANSFER_USER_ERROR, Errors.TRANSFER_QUOTA, *COMMON,
)
QUERY: tuple[ErrorTable, ...] = (Errors.TRANSFER_UNKNOWN, *COMMON)


class Report(TypedDict):
    info_type: str
    info_content: str


class RecvStyle(TypedDict):
    type: str


class TransferRequest(TypedDict):
    appid: str
    out_bill_no: str
    transfer_scene_id: str
    openid: str
    user_name: NotRequired[str]
    transfer_amount: int
    transfer_remark: str
    notify_url: NotRequired[str]
    user_recv_perception: NotRequired[str]
    transfer_scene_report_infos: list[Report]
    user_recv_style: NotRequired[RecvStyle]


class ByOutBillNo(TypedDict):
    out_bill_no: str


class ByBillNo(TypedDict):
    transfer_bill_no: str


def operations(settings: WechatpaySettings) -> tuple[Operation, ...]:
    @operation(
        "transfer_bills.create", Route(API, "POST", BILLS), means=("payout.create",),
        idempotency=NaturalKey(("out_bill_no",)), errors=CREATE, docs=f"{DOCS}4012716434",
    )
    async def create(call: Call[TransferRequest]) -> Reply:
        """Send money to somebody, who must confirm it."""
        return await _create(call, settings)

    return create, query_by_out_bill_no, query_by_bill_no, cancel


@operation(
    "transfer_bills.query_by_out_bill_no", Route(API, "GET", f"{BILLS}/out-bill-no/{{out_bill_no}}"),
    means=("payout.query",), errors=QUERY, docs=f"{DOCS}4012716437",
)
async def query_by_out_bill_no(call: Call[ByOutBillNo]) -> Reply:
    """Query a transfer by the merchant's number."""
    bill = await _known(call, call.params["out_bill_no"])
    return Reply(bill.shown(sensitive.sealed(call, bill.user_name)), subject=bill)


@operation(
    "transfer_bills.query_by_bill_no", Route(API, "GET", f"{BILLS}/transfer-bill-no/{{transfer_bill_no}}"),
    means=("payout.query",), errors=QUERY, docs=f"{DOCS}4012716457",
)
async def query_by_bill_no(call: Call[ByBillNo]) -> Reply:
    """Query a transfer by WeChat Pay's number."""
    bill = await call.work.get(TransferBill, call.params["transfer_bill_no"])
    if bill is None or bill.mchid != call.merchant.id:
        raise Errors.TRANSFER_UNKNOWN()
    return Reply(bill.shown(sensitive.sealed(call, bill.user_name)), subject=bill)


@operation(
    "transfer_bills.cancel", Route(API, "POST", f"{BILLS}/out-bill-no/{{out_bill_no}}/cancel"),
    idempotency=NaturalKey(("out_bill_no",)), errors=(Errors.TRANSFER_NOT_CANCELABLE, *QUERY),
    docs=f"{DOCS}4012716458",
)
async def cancel(call: Call[ByOutBillNo]) -> Reply:
    """Take a transfer back that was not confirmed yet."""
    bill = await _known(call, call.params["out_bill_no"])
    if bill.status in ("WAIT_USER_CONFIRM", "PROCESSING"):
        bill = _cancel(call.work, bill, call.clock.now())
    elif bill.status not in ("CANCELING", "CANCELLED"):
        raise Errors.TRANSFER_NOT_CANCELABLE()
    return Reply(bill.canceled_as(), subject=bill)


async def _known(call: Call[ByOutBillNo], number: str) -> TransferBill:
    bill = await call.work.find(TransferBill, "number", number_key(call.merchant.id, number))
    if bill is None:
        raise Errors.TRANSFER_UNKNOWN()
    return bill


async def _create(call: Call[TransferRequest], settings: WechatpaySettings) -> Reply:
    params, now, outcome = call.params, call.clock.now(), call.outcome
    ordering.check_appid(call)
    name = sensitive.opened(call, params, "user_name")
    _check(params, name)
    asked = ordering.digest({**params, "user_name": name}, "transfer")
    number = number_key(call.merchant.id, params["out_bill_no"])
    known = await call.work.find(TransferBill, "number", number)
    if known is not None:
        if known.asked != asked:
            raise Errors.TRANSFER_DIFFERS()
        return Reply(known.created_as(), subject=known)
    if outcome is not None and outcome.result is Result.DECLINED:
        raise refusal(outcome, CREATE, Errors.TRANSFER_NOT_ENOUGH)
    bill = TransferBill(
        id=identifiers.bill_no(call.ids, now), status=TRANSFER_BILL.initial, created=now, updated=now,
        mchid=call.merchant.id, appid=params["appid"], out_bill_no=params["out_bill_no"], asked=asked,
        openid=params["openid"], amount_minor=params["transfer_amount"], remark=params["transfer_remark"],
        notify_url=params.get("notify_url", ""), user_name=name,
        package_info=identifiers.package_info(call.ids),
        public_key_mode=in_public_key_mode(call.envelope, settings),
    )
    if outcome is not None and outcome.result is Result.FAILED:
        bill = replace(bill, fails=outcome.native_code or FAIL_REASONS.get(outcome.reason, FAILS_OTHERWISE))
    waits = outcome is not None and outcome.result in (Result.PENDING, Result.HELD)
    bill = fire(call.work, TRANSFER_BILL, bill, "wait" if waits else "fund", now)
    call.work.at(later(now, CONFIRM_WITHIN_MS), bill, "expire")
    reply = Reply(bill.created_as(), subject=bill)
    if outcome is not None and outcome.result is Result.CANCELED:
        _cancel(call.work, bill, now)
    return reply


def _cancel(work: Work, bill: TransferBill, now: Instant) -> TransferBill:
    canceling = fire(work, TRANSFER_BILL, bill, "cancel", now)
    work.at(now, canceling, "end")
    return canceling


def _check(params: TransferRequest, name: str) -> None:
    amount = params["transfer_amount"]
    if amount >= NAME_FROM_MINOR and not name:
        raise Errors.TRANSFER_NAME_NEEDED()
    if amount < NAME_BELOW_NOT_MINOR and name:
        raise Errors.TRANSFER_NAME_NOT_NEEDED()
    told = sorted(each["info_type"] for each in params["transfer_scene_report_infos"])
    wanted = SCENES.get(params["transfer_scene_id"])
    if not told or (wanted is not None and told != sorted(wanted)):
        raise Errors.TRANSFER_SCENE_REPORT()
