"""What buyers see: the cashier of web and phone, and the page behind a code; https://opendocs.alipay.com/open/270/105898."""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.providers.alipay import buyers, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.models import OFFERED, WAITING, Trade
from paydouble.providers.alipay.operations.agreements import SIGN_PAGE, Contract
from paydouble.providers.alipay.passwords import is_good
from paydouble.providers.alipay.wire import Wire

FOLDER = "paydouble.providers.alipay"
CASHIER = "/standard/auth.htm"
CASHIER_WAP = "/h5/cashier.htm"
QR = "/qr/{qr_code}"

_RETURNS = {"page": "alipay.trade.page.pay.return", "wap": "alipay.trade.wap.pay.return"}


def _by_order(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("app_id", ""), fields.get("payOrderId", "")


def _by_code(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("app_id", ""), fields.get("qr_code", "")


def pages(wire: Wire) -> tuple[Page, ...]:
    """The cashier at its three addresses."""

    @page(CASHIER, Trade, folder=FOLDER, names=_by_order)
    async def web(visit: Visit) -> Next:
        """The cashier that `trade.page.pay` sends a browser to."""
        return _cashier(visit, wire)

    @page(CASHIER_WAP, Trade, folder=FOLDER, names=_by_order)
    async def wap(visit: Visit) -> Next:
        """The cashier that `trade.wap.pay` sends a phone's browser to."""
        return _cashier(visit, wire)

    @page(QR, Trade, folder=FOLDER, names=_by_code, index="qr_code")
    async def code(visit: Visit) -> Next:
        """What opens when a code of `trade.precreate` is scanned."""
        return _cashier(visit, wire)

    return web, wap, code, signing


@page(
    SIGN_PAGE, Contract, folder=FOLDER,
    names=lambda fields: (fields.get("app_id", ""), fields.get("agreement_no", ""))
)
async def signing(visit: Visit) -> Next:
    """The page on which a buyer signs an agreement."""
    contract = visit.record
    if not isinstance(contract, Contract):
        return Show("done.html", {"heading": "协议不存在", "amount": "", "link": "", "refused": ""}, 404)
    if contract.status == "TEMP" and not visit.pulled:
        if visit.submitted and visit.fields.get("step") == "sign":
            return Pull("sign")
        if not visit.submitted:
            return Show("sign.html", {
                "number": contract.id, "product": contract.personal_product_code,
                "scene": contract.sign_scene,
                "refused": "",
            })
    if visit.pulled and contract.return_url:
        return Go(contract.return_url)
    heading = "签约成功" if contract.status == "NORMAL" else "未签约"
    return Show("done.html", {
        "heading": heading, "amount": "", "link": contract.return_url, "link_text": "返回商家", "refused": "",
    })


def cashier_url(base_url: str, trade: Trade) -> str:
    path = CASHIER_WAP if trade.channel == "wap" else CASHIER
    return f"{base_url}{path}?payOrderId={trade.id}&app_id={trade.app_id}"


def _cashier(visit: Visit, wire: Wire) -> Next:
    trade = visit.record
    if not isinstance(trade, Trade):
        return Show("done.html", {"heading": "订单不存在", "amount": "", "link": "", "refused": ""}, 404)
    if trade.was_paid:
        return _paid(visit, trade, wire)
    if visit.pulled:
        return _after(visit, trade)
    if trade.status not in (OFFERED, WAITING) or visit.now >= trade.expires:
        return _over(trade)
    if visit.submitted:
        return _step(visit, trade)
    return _asked(trade)


def _step(visit: Visit, trade: Trade) -> Next:
    """What a form asks for."""
    fields = visit.fields
    match fields.get("step", ""):
        case "login":
            return Pull("scan", {"buyer_id": _buyer(fields.get("account", ""))})
        case "pay" if not is_good(fields.get("password", "")):
            return _asked(trade, "支付密码错误，请重新输入")
        case "pay":
            return Pull("pay", {"buyer_id": trade.buyer_id})
        case "sms" if not is_good(fields.get("code", "")):
            return Show("sms.html", {"amount": yuan(trade.total_minor), "refused": "校验码错误，请重新输入"})
        case "sms":
            return Pull("pay", {"buyer_id": trade.buyer_id, "confirmed": "sms"})
        case "fail" | "cancel" | "close" as trigger if trade.status == WAITING:
            return Pull(trigger)
        case _:
            return _asked(trade)


def _after(visit: Visit, trade: Trade) -> Next:
    """The buyer has done something, and it was no payment."""
    if visit.refused is not None:
        return _asked(trade, visit.refused.message)
    match visit.pulled:
        case "pay":
            return Show("sms.html", {"amount": yuan(trade.total_minor), "refused": ""})
        case "fail":
            return _asked(trade, "余额不足，请更换其他付款方式")
        case "cancel":
            return Go(trade.quit_url) if trade.quit_url else _over(trade, "你已放弃付款")
        case "close":
            return _over(trade)
        case _:
            return _asked(trade)


def _asked(trade: Trade, refused: str = "") -> Show:
    """The form that is next."""
    fields: dict[str, object] = {
        "subject": trade.subject, "amount": yuan(trade.total_minor), "seller": trade.seller_id,
        "number": trade.out_trade_no, "refused": refused,
    }
    if trade.status == OFFERED:
        return Show("login.html", {**fields, "account": buyers.LOGON})
    return Show("pay.html", {**fields, "payer": buyers.logon_id(trade.buyer_id or buyers.DEFAULT)})


def _paid(visit: Visit, trade: Trade, wire: Wire) -> Next:
    link = ""
    if trade.return_url:
        told = {
            "charset": trade.charset, "out_trade_no": trade.out_trade_no,
            "method": _RETURNS.get(trade.channel, _RETURNS["page"]), "total_amount": yuan(trade.total_minor),
            "trade_no": trade.id, "auth_app_id": trade.app_id, "version": "1.0", "app_id": trade.app_id,
            "seller_id": trade.seller_id, "timestamp": times.china(visit.now),
        }
        link = wire.return_to(trade.return_url, told, visit.merchant, visit.seal)
        if visit.pulled:
            return Go(link)
    fields = {"heading": "付款成功", "amount": yuan(trade.total_minor), "refused": ""}
    return Show("done.html", {**fields, "link": link, "link_text": "返回商家"})


def _over(trade: Trade, heading: str = "交易已关闭") -> Show:
    link = trade.quit_url
    return Show("done.html", {
        "heading": heading, "amount": yuan(trade.total_minor), "link": link, "link_text": "返回商家",
        "refused": "",
    })


def _buyer(account: str) -> str:
    """A 2088 number is one; any other account is the default buyer's."""
    is_id = account.startswith("2088") and len(account) == len(buyers.DEFAULT) and account.isascii()
    return account if is_id and account.isdigit() else buyers.DEFAULT

