"""Transfers that a user pays, in an app or a browser: red packets, money for someone else.

https://opendocs.alipay.com/apis/api_28/alipay.fund.trans.app.pay,
https://opendocs.alipay.com/apis/api_28/alipay.fund.trans.page.pay
"""

from __future__ import annotations

import hashlib
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, HOUR, Instant, later
from paydouble.core.effect import Result
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.operation import NaturalKey, Operation, operation
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.core.record import Record
from paydouble.providers.alipay import amounts, appresults, buyers, identifiers, times
from paydouble.providers.alipay.amounts import yuan
from paydouble.providers.alipay.errors import Fund
from paydouble.providers.alipay.models import number_key
from paydouble.providers.alipay.operations.routes import documented, routes
from paydouble.providers.alipay.operations.transfers import SEND, TRANSFER, Transfer
from paydouble.providers.alipay.passwords import is_good

CASHIER = "/fund/cashier.htm"
LIFETIME_MS, LONGEST_MS = 24 * HOUR, 15 * DAY
RESULT = "alipay_fund_trans_app_pay_response"


def operations() -> tuple[Operation, ...]:
    return app, web


@operation(
    "fund.trans.app.pay", *routes("fund.trans.app.pay", ""), means=("payment.charge",), errors=SEND,
    idempotency=NaturalKey(("out_biz_no",)), docs=documented("fund.trans.app.pay"),
)
async def app(call: Call[Any]) -> Reply:
    """Take the order string of an app, and pay it: what the phone's SDK would bring back."""
    order, outcome = await _ordered(call), call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED, Result.CANCELED):
        return appresults.reply(appresults.FAILED, "", order)
    if outcome is not None and outcome.result is not Result.APPROVED:
        return appresults.reply(appresults.PENDING, "", order)
    paid = order if order.status == "SUCCESS" else fire(call.work, TRANSFER, order, "pay", call.clock.now())
    return appresults.reply(appresults.DONE, appresults.signed(call, RESULT, paid.named()), paid)


@operation(
    "fund.trans.page.pay", *routes("fund.trans.page.pay", ""), means=("payment.create",), errors=SEND,
    idempotency=NaturalKey(("out_biz_no",)), docs=documented("fund.trans.page.pay"),
)
async def web(call: Call[Any]) -> Reply:
    """Send a browser to the page on which a user pays a transfer."""
    order = await _ordered(call)
    url = f"{call.request.base_url}{CASHIER}?order_id={order.id}&app_id={order.app_id}"
    return Reply(b"", 302, subject=order, headers=(("Location", url), ("Cache-Control", "no-store")))


@act(Transfer, "pay", means=("payment.charge",))
async def pay(doing: Doing[Transfer]) -> Record:
    """The user pays."""
    order, outcome = doing.record, doing.outcome
    if order.status != "WAIT_PAY" or doing.now >= order.expires:
        raise Declined("expired", "该笔转账已关闭")
    if outcome is not None and outcome.result is not Result.APPROVED:
        raise Declined(outcome.reason or "do_not_honor", outcome.message or "付款失败")
    return fire(doing.work, TRANSFER, order, "pay", doing.now)


@act(Transfer, "time_out")
async def time_out(doing: Doing[Transfer]) -> Record:
    """What no user pays is closed."""
    order = doing.record
    if order.status != "WAIT_PAY" or doing.now < order.expires:
        raise IllegalTrigger(TRANSFER.name, order.status, doing.trigger)
    return fire(doing.work, TRANSFER, order, "close", doing.now)


ACTS: tuple[Act[Any], ...] = (*pay, *time_out)


@page(
    CASHIER, Transfer, folder="paydouble.providers.alipay",
    names=lambda fields: (fields.get("app_id", ""), fields.get("order_id", "")),
)
async def cashier(visit: Visit) -> Next:
    """The page on which a user pays a transfer."""
    order = visit.record
    if not isinstance(order, Transfer):
        return Show("done.html", {"heading": "订单不存在", "amount": "", "link": "", "refused": ""}, 404)
    if order.status == "WAIT_PAY" and not visit.pulled:
        if visit.fields.get("step") == "pay" and is_good(visit.fields.get("password", "")):
            return Pull("pay")
        return _asked(order, "支付密码错误，请重新输入" if visit.submitted else "")
    if visit.refused is not None:
        return _asked(order, visit.refused.message)
    if visit.pulled and order.return_url:
        return Go(order.return_url)
    heading = "付款成功" if order.status == "SUCCESS" else "交易已关闭"
    shown = {"heading": heading, "amount": yuan(order.amount_minor), "link": order.return_url}
    return Show("done.html", {**shown, "link_text": "返回商家", "refused": ""})


PAGES: tuple[Page, ...] = (cashier,)


def _asked(order: Transfer, refused: str) -> Show:
    return Show("pay.html", {
        "subject": order.order_title or "转账", "amount": yuan(order.amount_minor), "refused": refused,
        "seller": order.payee or order.seller_id, "number": order.out_biz_no,
        "payer": buyers.logon_id(buyers.DEFAULT),
    })


async def _ordered(call: Call[Any]) -> Transfer:
    """The transfer, waiting for its payer; again where it was, if it is the same."""
    params, seller, now = call.params, call.merchant.secrets["seller_id"], call.clock.now()
    amount = amounts.minor(params["trans_amount"], Fund.INVALID_PARAMETER)
    payee = params.get("payee_info") or {}
    asked = hashlib.sha256(json_bytes.dumps_sorted((amount, payee))).hexdigest()[:32]
    number = number_key(f"{seller}/{params['product_code']}/{params['biz_scene']}", params["out_biz_no"])
    known = await call.work.find(Transfer, "number", number)
    if known is not None:
        if known.asked != asked or not known.by_user:
            raise Fund.PAYMENT_INFO_INCONSISTENCY()
        return known
    order = Transfer(
        id=identifiers.fund_order(call.ids, now), status="WAIT_PAY", created=now, app_id=call.merchant.id,
        seller_id=seller, number=number, out_biz_no=params["out_biz_no"], asked=asked, amount_minor=amount,
        product_code=params["product_code"], biz_scene=params["biz_scene"], by_user=True,
        payee=str(payee.get("identity", "")), pay_fund_order_id=identifiers.fund_order(call.ids, now),
        order_title=params.get("order_title", ""), return_url=params.get("return_url", ""),
        expires=_expiry(params, now),
    )
    call.work.save(order)
    call.work.at(order.expires, order, "time_out")
    return order


def _expiry(params: Any, now: Instant) -> Instant:
    try:
        expires = times.parse(params["time_expire"]) if params.get("time_expire") else later(now, LIFETIME_MS)
    except ValueError:
        raise Fund.INVALID_PARAMETER() from None
    if not now < expires <= later(now, LONGEST_MS):
        raise Fund.INVALID_PARAMETER()
    return expires
