"""What payers and receivers see: the cashier, the confirmation of a transfer, the signing of a contract.

WeChat shows these inside its own app; only the H5 cashier's address is the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from paydouble.core.money import Money
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.providers.wechatpay import invocations
from paydouble.providers.wechatpay.identifiers import CASHIER_PATH
from paydouble.providers.wechatpay.models import CNY, STATES, Combination, Transaction
from paydouble.providers.wechatpay.operations.combinations import parts_of
from paydouble.providers.wechatpay.operations.papay import SIGN_PAGE
from paydouble.providers.wechatpay.papay_records import PapayContract
from paydouble.providers.wechatpay.payscore_records import ServiceOrder
from paydouble.providers.wechatpay.permission_records import Permission
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.transfer_records import TransferBill

FOLDER = "paydouble.providers.wechatpay"
OWN = "/paydouble/wechatpay"
PAY_PAGE, SCAN_PAGE, SCORE_PAGE = f"{OWN}/pay", f"{OWN}/scan", f"{OWN}/payscore"
TRANSFER_PAGE, CONSENT_PAGE = f"{OWN}/transfer", f"{OWN}/permission"
SPOILED_PASSWORD = SPOILED_SMS = "000000"
IN_WECHAT = "MicroMessenger"

# fmt: off
WRONG_SIGN     = "支付验证签名失败"
WRONG_LINK     = "商家参数格式有误，请联系商家解决"
NOT_IN_WECHAT  = "请在微信外打开订单，进行支付"
WRONG_PASSWORD = "支付密码错误，请重试"
WRONG_SMS      = "短信验证码错误，请重试"

# What is read in each state; nothing where an answer is waited for.
RECEIVED  = {"WAIT_USER_CONFIRM": "", "SUCCESS": "已收款"}
SIGNED    = {"SIGNING": "", "SIGNED": "签约成功", "TERMINATED": "已解约"}
CONFIRMED = {"CREATED": "", "USER_CONFIRM": "订单已确认"}
CONSENTED = {"ASKED": "", "AVAILABLE": "授权成功", "ENDED": "授权已解除"}
# fmt: on


def _named(handle: str, key: str) -> Callable[[Mapping[str, str]], tuple[str, str]]:
    return lambda fields: (fields.get(handle, ""), fields.get(key, ""))


def _by_invocation(fields: Mapping[str, str]) -> tuple[str, str]:
    """A page's invocation does not say whose it is: `mchid` is added; an app's does."""
    return fields.get("partnerid") or fields.get("mchid", ""), invocations.prepaid(fields)


def pages(settings: WechatpaySettings) -> tuple[Page, ...]:
    """Under these settings."""

    # The ten digits of `package` are the merchant's number.
    @page(CASHIER_PATH, Transaction, folder=FOLDER, names=_named("package", "prepay_id"), index="handed")
    async def cashier(visit: Visit) -> Next:
        """The cashier to which an H5 order sends a browser."""
        order = visit.record
        if not isinstance(order, Transaction) or not _comes_from(visit, settings.h5_domains):
            return _said(WRONG_LINK, status=404 if order is None else 403)
        if IN_WECHAT in visit.headers.get("User-Agent"):
            return _said(NOT_IN_WECHAT, status=403)
        return await _paying(visit, order, _web(visit.fields.get("redirect_url", "")))

    return (cashier, invoke, scan, receive, sign, confirm, consent)


@page(PAY_PAGE, Transaction, folder=FOLDER, names=_by_invocation, index="handed")
async def invoke(visit: Visit) -> Next:
    """The cashier inside WeChat: with `mchid` and what a page, mini program or app has handed over."""
    order = visit.record
    if not isinstance(order, Transaction):
        return _said(WRONG_LINK, status=404)
    if not invocations.well_signed(order, visit.merchant, visit.fields):
        return _said(WRONG_SIGN, status=403)
    return await _paying(visit, order)


@page(SCAN_PAGE, Transaction, folder=FOLDER, names=_named("mchid", "code_url"), index="handed")
async def scan(visit: Visit) -> Next:
    """The QR code of a Native order, and what whoever scans it sees."""
    order = visit.record
    if not isinstance(order, Transaction):
        return _said(WRONG_LINK, status=404)
    return await _paying(visit, order)


async def _paying(visit: Visit, order: Transaction, back: str = "") -> Next:
    """Password, then a code by SMS where the payment is at risk."""
    if visit.pulled == "pay" and order.sms_asked and not order.is_paid and visit.refused is None:
        return Show("sms.html", await _shown(visit, order, ""))
    if visit.pulled and visit.refused is None:
        return Go(back) if back else _said(STATES[order.status])
    if order.was_paid:
        return _said(STATES[order.status], link=back)
    refused = visit.refused.message if visit.refused else ""
    if visit.submitted and not visit.pulled:
        pulled = _answered(visit, order)
        if isinstance(pulled, Pull):
            return pulled
        refused = pulled
    return Show("sms.html" if order.sms_asked else "pay.html", await _shown(visit, order, refused))


def _answered(visit: Visit, order: Transaction) -> Pull | str:
    """What the payer has typed: the trigger that it pulls, or why it does not do."""
    fields = visit.fields
    details = {name: fields[name] for name in ("openid", "code_url") if fields.get(name)}
    if fields.get("step") == "cancel":
        return Pull("cancel", details)
    if order.sms_asked and "sms" in fields:
        return Pull("verify", details) if fields["sms"] != SPOILED_SMS else WRONG_SMS
    if fields.get("password") != SPOILED_PASSWORD:
        return Pull("pay", details)
    return WRONG_PASSWORD


async def _shown(visit: Visit, order: Transaction, refused: str) -> dict[str, object]:
    """Of a combination the sum of its parts."""
    total, number = order.total_minor, order.out_trade_no
    combination = await visit.work.get(Combination, order.combination) if order.combination else None
    if combination is not None:
        number = combination.out_trade_no
        total = sum(part.total_minor for part in await parts_of(visit.work, combination))
    return {
        "subject": order.description, "amount": Money(total, CNY).major(), "number": number,
        "refused": refused, "code_url": order.code_url,
    }


def _comes_from(visit: Visit, domains: str) -> bool:
    """By the first request's Referer; the form that the page itself sends has our own host in it, or none."""
    allowed = {each.strip() for each in domains.split(",")} - {""}
    if not allowed or visit.submitted:
        return True
    return urlsplit(visit.headers.get("Referer")).hostname in allowed


@page(TRANSFER_PAGE, TransferBill, folder=FOLDER, names=_named("mchId", "package"), index="package_info")
async def receive(visit: Visit) -> Next:
    """Where a receiver takes a transfer: with the `mchId` and `package` of `requestMerchantTransfer`."""
    bill = visit.record
    if not isinstance(bill, TransferBill):
        return _said("转账不存在", status=404)
    return _asked(
        visit, "confirm", over=RECEIVED.get(bill.status, "转账已结束"),
        heading=bill.remark, amount=bill.amount.major(), number=bill.id, button="确认收款",
    )


@page(SIGN_PAGE, PapayContract, folder=FOLDER, names=_named("mchid", "contract_id"))
async def sign(visit: Visit) -> Next:
    """Where a user signs a contract by which a merchant deducts."""
    contract = visit.record
    if not isinstance(contract, PapayContract):
        return _said("签约协议不存在", status=404)
    return _asked(
        visit, "sign", over=SIGNED[contract.status],
        heading=contract.display_account, number=contract.out_contract_code, button="同意并签约",
    )


@page(SCORE_PAGE, ServiceOrder, folder=FOLDER, names=_named("mch_id", "package"), index="package")
async def confirm(visit: Visit) -> Next:
    """Where a user confirms an order on trust: with what `openBusinessView` was handed."""
    order = visit.record
    if not isinstance(order, ServiceOrder):
        return _said("订单不存在", status=404)
    if not invocations.score_well_signed(visit.merchant, visit.fields, ("step",)):
        return _said(WRONG_SIGN, status=403)
    return _asked(
        visit, "confirm", over=CONFIRMED.get(order.status, "订单已结束"),
        heading=str(order.told["service_introduction"]), number=order.out_order_no, button="确认订单",
    )


@page(CONSENT_PAGE, Permission, folder=FOLDER, names=_named("mch_id", "apply_permissions_token"))
async def consent(visit: Visit) -> Next:
    """Where a user consents to a service: with what `openBusinessView` was handed."""
    permission = visit.record
    if not isinstance(permission, Permission):
        return _said("授权不存在", status=404)
    if not invocations.score_well_signed(visit.merchant, visit.fields, ("step",)):
        return _said(WRONG_SIGN, status=403)
    return _asked(
        visit, "agree", over=CONSENTED[permission.status],
        heading=permission.service_id, number=permission.authorization_code, button="同意授权",
    )


def _asked(visit: Visit, trigger: str, *, over: str, **shown: str) -> Next:
    """A question with one button; `over` is what is read where it needs no answer any more."""
    if over:
        return _said(over)
    if visit.submitted and not visit.pulled:
        return Pull(trigger)
    return Show("confirm.html", {"amount": "", "refused": "", **shown})


def _said(heading: str, link: str = "", status: int = 200) -> Show:
    return Show("done.html", {"heading": heading, "link": link, "refused": ""}, status)


def _web(url: str) -> str:
    """Links lead to pages only, never to scripts."""
    return url if urlsplit(url).scheme in ("http", "https") else ""
