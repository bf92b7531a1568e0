"""What payers and receivers see: the H5 cashier, the confirmation of a transfer, the signing of a contract.

WeChat shows these inside its own app; only the cashier's address is the real one.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from paydouble.core.money import Money
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.crypto import rsa
from paydouble.providers.wechatpay.identifiers import CASHIER_PATH
from paydouble.providers.wechatpay.models import CNY, STATES, Transaction
from paydouble.providers.wechatpay.operations.papay import SIGN_PAGE
from paydouble.providers.wechatpay.papay_records import PapayContract
from paydouble.providers.wechatpay.transfer_records import TransferBill

FOLDER = "paydouble.providers.wechatpay"
TRANSFER_PAGE = "/paydouble/wechatpay/transfer"
WRONG_SIGN = "支付验证签名失败"
WRONG_PASSWORD = "支付密码错误，请重试"
SPOILED_PASSWORD = "000000"


def _by_prepay_id(fields: Mapping[str, str]) -> tuple[str, str]:
    """The ten digits of `package` are the merchant's number."""
    return fields.get("package", ""), fields.get("prepay_id", "")


def _by_package(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("mchId", ""), fields.get("package", "")


def _by_contract(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("mchid", ""), fields.get("contract_id", "")


@page(CASHIER_PATH, Transaction, folder=FOLDER, names=_by_prepay_id, index="prepay_id")
async def cashier(visit: Visit) -> Next:
    """The cashier to which an H5 order sends a browser; also opened with what a page hands to WeChat."""
    order = visit.record
    if not isinstance(order, Transaction):
        return _said("商家参数格式有误，请联系商家解决", status=404)
    back = _web(visit.fields.get("redirect_url", ""))
    if visit.pulled and visit.refused is None:
        return Go(back) if back else _said(STATES["SUCCESS" if visit.pulled == "pay" else order.status])
    if not _well_signed(visit):
        return _said(WRONG_SIGN, status=403)
    if order.was_paid:
        return _said(STATES[order.status], link=back)
    refused = visit.refused.message if visit.refused else ""
    if visit.submitted and not visit.pulled:
        if visit.fields.get("step") == "cancel":
            return Pull("cancel")
        if visit.fields.get("password") != SPOILED_PASSWORD:
            return Pull("pay")
        refused = WRONG_PASSWORD
    amount = Money(order.total_minor, CNY).major()
    return Show("pay.html", {
        "subject": order.description, "amount": amount, "number": order.out_trade_no, "refused": refused,
    })


def _well_signed(visit: Visit) -> bool:
    """Where a page's `paySign` was handed over: the merchant's own key has made it."""
    fields = visit.fields
    if "paySign" not in fields:
        return True
    package = f"prepay_id={fields['prepay_id']}"
    lines = (fields.get("appId", ""), fields.get("timeStamp", ""), fields.get("nonceStr", ""), package)
    message = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    return rsa.verifies_sha256(visit.merchant.keys.public("merchant"), message, fields["paySign"])


@page(TRANSFER_PAGE, TransferBill, folder=FOLDER, names=_by_package, index="package_info")
async def receive(visit: Visit) -> Next:
    """Where a receiver takes a transfer: with the `mchId` and `package` of `requestMerchantTransfer`."""
    bill = visit.record
    if not isinstance(bill, TransferBill):
        return _said("转账不存在", status=404)
    if bill.status == "WAIT_USER_CONFIRM" and visit.submitted and not visit.pulled:
        return Pull("confirm")
    if bill.status != "WAIT_USER_CONFIRM":
        return _said("已收款" if bill.status == "SUCCESS" else "转账已结束")
    return Show("confirm.html", {
        "heading": bill.remark, "amount": bill.amount.major(), "number": bill.id, "button": "确认收款",
        "refused": "",
    })


@page(SIGN_PAGE, PapayContract, folder=FOLDER, names=_by_contract)
async def sign(visit: Visit) -> Next:
    """Where a user signs a contract by which a merchant deducts."""
    contract = visit.record
    if not isinstance(contract, PapayContract):
        return _said("签约协议不存在", status=404)
    if contract.status == "SIGNING" and visit.submitted and not visit.pulled:
        return Pull("sign")
    if contract.status != "SIGNING":
        return _said("签约成功" if contract.status == "SIGNED" else "已解约")
    return Show("confirm.html", {
        "heading": contract.display_account, "amount": "", "number": contract.out_contract_code,
        "button": "同意并签约", "refused": "",
    })


def _said(heading: str, link: str = "", status: int = 200) -> Show:
    return Show("done.html", {"heading": heading, "link": link, "refused": ""}, status)


def _web(url: str) -> str:
    """Links lead to pages only, never to scripts."""
    return url if urlsplit(url).scheme in ("http", "https") else ""


PAGES: tuple[Page, ...] = (cashier, receive, sign)
