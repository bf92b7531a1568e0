"""What payers, and merchants on WeChat Pay's own site, do to orders and refunds.

https://pay.weixin.qq.com/doc/v3/merchant/4012791857; a payer only ever sees these texts in WeChat itself.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.clock import HOUR, MINUTE, Duration, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.ids import DIGITS
from paydouble.core.machine import fire
from paydouble.core.record import Record
from paydouble.providers.wechatpay import identifiers, ordering, test_values
from paydouble.providers.wechatpay.machines import TRANSACTION
from paydouble.providers.wechatpay.models import Combination, Refund, Transaction
from paydouble.providers.wechatpay.notices import combination_paid
from paydouble.providers.wechatpay.operations.combinations import parts_of
from paydouble.providers.wechatpay.papay_records import PAPAY_CONTRACT, PapayContract
from paydouble.providers.wechatpay.refunding import Accepted, accept, ends_by, give_up
from paydouble.providers.wechatpay.settings import WechatpaySettings

PREPAY_LIFETIME = Duration(2 * HOUR)
H5_LIFETIME = Duration(5 * MINUTE)
WALLET = "OTHERS"

# What the payer reads; those of the first block stand in the manual, the others are in its manner.
# fmt: off
ORDER_CLOSED   = "该订单已关闭"
ORDER_PAID     = "该订单已支付"
ORDER_EXPIRED  = "订单已超过商户设置的最晚支付成功时间，请重新发起支付"
PREPAY_EXPIRED = "支付请求已失效，请重新发起支付"
OTHER_PAYER    = {"JSAPI":  "下单账号与支付账号不一致，请核实后再支付",
                  "NATIVE": "商家订单信息有误，请重新下单支付"}

DECLINED = {
    "insufficient_funds": "余额不足，请更换支付方式",
    "limit_exceeded":     "支付金额超出限额，请更换支付方式",
    "fraud_suspected":    "当前交易存在风险，已被拦截",
    "risk_review":        "当前交易存在风险，已被拦截",
    "account_frozen":     "支付账户异常，暂时无法支付",
    "card_expired":       "银行卡已过期，请更换银行卡",
    "wrong_cvc":          "银行卡信息有误，请核对后重试",
    "lost_or_stolen":     "银行卡状态异常，请更换银行卡",
    "processing_error":   "银行系统异常，请稍后重试",
    "payer_closed":       "支付已取消",
}
DECLINED_OTHERWISE = "支付失败，请更换支付方式"
# fmt: on


def acts(settings: WechatpaySettings) -> tuple[Act[Any], ...]:
    """Under these settings."""

    @act(Transaction, "pay", means=("payment.charge",))
    async def pay(doing: Doing[Transaction]) -> Record:
        """The payer pays; `details` may name `openid` and `bank_type`."""
        return await _pay(doing, settings)

    @act(Transaction, "verify")
    async def verify(doing: Doing[Transaction]) -> Record:
        """The payer types the code of the SMS that was asked for."""
        return await _pay(doing, settings)

    @act(Transaction, "refund", means=("refund.create",))
    async def refund(doing: Doing[Transaction]) -> Record:
        """The merchant refunds on WeChat Pay's own site: `amount` in yuan, or all that is left."""
        return _refund(doing, settings)

    return (*pay, *verify, *give_way, *refund, *close_refund)


@act(Transaction, "fail", "cancel")
async def give_way(doing: Doing[Transaction]) -> Record:
    """The payer fails to pay, or leaves: the order stays unpaid, for this payer alone."""
    order = doing.record
    seen = order.openid or str(doing.details.get("openid", ""))
    return fire(doing.work, TRANSACTION, order, doing.trigger, doing.now, openid=seen)


@act(Refund, "close")
async def close_refund(doing: Doing[Refund]) -> Record:
    """The refund cannot be made: the merchant has the money back."""
    return await give_up(doing.work, doing.record, doing.now)


async def _pay(doing: Doing[Transaction], settings: WechatpaySettings) -> Transaction:
    order = doing.record
    openid = _payer(doing)
    parts, combination = [order], None
    if order.combination:
        combination = await doing.work.get(Combination, order.combination)
        assert combination is not None, f"{order.id} is a part of nothing"
        parts = await parts_of(doing.work, combination)
    for part in parts:
        _check_payable(doing, part, openid)
    outcome = doing.outcome
    if outcome is None and doing.magic and doing.trigger == "pay":
        outcome = test_values.paying(order.out_trade_no, order.total_minor)
    if outcome is not None and outcome.result is Result.REQUIRES_ACTION:
        asked = replace(order, sms_asked=True)
        doing.work.save(asked)
        return asked
    if outcome is not None and outcome.result in (Result.PENDING, Result.HELD):
        # Only code payments have a state for a payer who is still busy; here nothing has happened yet.
        return order
    if outcome is not None and outcome.result is not Result.APPROVED:
        raise declined(outcome)
    fee = outcome.fee.minor if outcome is not None and outcome.fee is not None else None
    paid = [
        ordering.settled(
            doing.work, part, "settle" if combination else "pay", doing.now, settings, fee_minor=fee,
            openid=openid, bank_type=str(doing.details.get("bank_type", WALLET)),
        )
        for part in parts
    ]
    if combination is not None:
        doing.work.announce(combination_paid(combination, paid))
    await _sign_contract(doing, openid)
    return next(part for part in paid if part.id == order.id)


async def _sign_contract(doing: Doing[Transaction], openid: str) -> None:
    """Of an order that was placed together with one (支付中签约)."""
    contract = await doing.work.get(PapayContract, doing.record.contract) if doing.record.contract else None
    if contract is not None and contract.status == "SIGNING":
        fire(doing.work, PAPAY_CONTRACT, contract, "sign", doing.now, openid=openid)


def _payer(doing: Doing[Transaction]) -> str:
    named = str(doing.details.get("openid", ""))
    return named or doing.record.openid or identifiers.openid(doing.ids)


def _check_payable(doing: Doing[Transaction], order: Transaction, openid: str) -> None:
    if order.is_paid:
        raise Declined("already_paid", ORDER_PAID)
    if order.status in ("CLOSED", "REVOKED", "PAYERROR"):
        raise Declined("expired", ORDER_CLOSED)
    if doing.now >= order.expires:
        raise Declined("expired", ORDER_EXPIRED)
    lifetime = PREPAY_LIFETIME if order.trade_type != "MWEB" else H5_LIFETIME
    if doing.now > later(order.prepaid, lifetime) or _is_stale(doing):
        raise Declined("expired", PREPAY_EXPIRED)
    if order.openid and openid != order.openid:
        raise Declined("not_permitted", OTHER_PAYER.get(order.trade_type, OTHER_PAYER["JSAPI"]))


def _is_stale(doing: Doing[Transaction]) -> bool:
    """Ordering again makes older QR codes and prepay_ids worthless."""
    details, order = doing.details, doing.record
    shown = details.get("code_url", order.code_url), details.get("prepay_id", order.prepay_id)
    return shown != (order.code_url, order.prepay_id)


def declined(outcome: Outcome) -> Declined:
    reason = outcome.reason or outcome.result.value
    return Declined(reason, outcome.message or DECLINED.get(outcome.reason, DECLINED_OTHERWISE))


def _refund(doing: Doing[Transaction], settings: WechatpaySettings) -> Transaction:
    order, outcome = doing.record, doing.outcome
    if not order.is_paid or order.refundable_minor == 0:
        raise Declined("not_permitted", "该订单没有可退的金额")
    if outcome is not None and outcome.result is Result.DECLINED:
        raise Declined(outcome.reason or "seller_balance_low", outcome.message or "基本账户余额不足")
    # The merchant's site makes a number of its own.
    number = doing.ids.token(28, DIGITS)
    asked = Accepted(
        out_refund_no=number, amount_minor=_asked_minor(doing), ends=ends_by(outcome), api=doing.record.api,
        origin="VENDOR_PLATFORM",
    )
    return accept(doing.work, doing.ids, doing.now, order, asked, settings)[1]


def _asked_minor(doing: Doing[Transaction]) -> int:
    text, left = doing.details.get("amount"), doing.record.refundable_minor
    if text is None:
        return left
    try:
        minor = Decimal(str(text)) * 100
    except InvalidOperation:
        minor = Decimal(0)
    if minor != minor.to_integral_value() or not 1 <= minor <= left:
        raise Declined("limit_exceeded", "退款金额有误")
    return int(minor)
