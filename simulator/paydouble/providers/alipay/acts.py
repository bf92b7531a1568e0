"""What payers do to trades, what timers end, and what a merchant does on Alipay's own site."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.effect import Outcome, Result
from paydouble.core.ids import DIGITS
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.record import Record
from paydouble.providers.alipay import freezing, paying, refunding
from paydouble.providers.alipay.machines import TRADE
from paydouble.providers.alipay.models import CLOSED, FINISHED, OFFERED, SUCCESS, WAITING, Trade
from paydouble.providers.alipay.operations import agreements, signing
from paydouble.providers.alipay.settings import AlipaySettings

# What the payer reads; the texts are ours, in Alipay's manner: unverified.
# fmt: off
DECLINED = {
    "insufficient_funds": "余额不足，请更换其他付款方式",
    "limit_exceeded":     "本次付款金额超出限额，请更换付款方式",
    "fraud_suspected":    "为了你的资金安全，当前交易被暂停",
    "risk_review":        "为了你的资金安全，当前交易被暂停",
    "account_frozen":     "你的账户状态异常，暂时无法付款",
    "card_expired":       "银行卡已过期，请更换付款方式",
    "processing_error":   "系统繁忙，请稍后再试",
    "payer_closed":       "你已取消付款",
}
DECLINED_OTHERWISE = "付款失败，请更换其他付款方式"
TRADE_PAID         = "该笔交易已付款"
TRADE_OVER         = "该笔交易已关闭"
OTHER_BUYER        = "该订单已由其他人付款中"
# fmt: on


def acts(settings: AlipaySettings) -> tuple[Act[Any], ...]:
    """Under these settings."""

    @act(Trade, "pay", means=("payment.charge",))
    async def pay(doing: Doing[Trade]) -> Record:
        """The buyer pays; `details` may name `buyer_id`, `fund_channel`, `confirmed` (the code of an SMS)."""
        return await _pay(doing, settings)

    @act(Trade, "scan")
    async def scan(doing: Doing[Trade]) -> Record:
        """The buyer scans the code, or logs in to the cashier: the trade begins to exist."""
        return _scan(doing)

    @act(Trade, "charge")
    async def charge(doing: Doing[Trade]) -> Record:
        """What was only accepted (`is_async_pay`) is charged, or is not."""
        return await _charge(doing, settings)

    @act(Trade, "close", "expire")
    async def close(doing: Doing[Trade]) -> Record:
        """The trade ends unpaid, now."""
        return paying.close(doing.work, doing.record, doing.now, settings, doing.trigger)

    @act(Trade, "time_out", "lapse")
    async def time_out(doing: Doing[Trade]) -> Record:
        """What the timers say: only an order that is still unpaid, and whose time is really over, ends."""
        return _time_out(doing, settings)

    @act(Trade, "finish")
    async def finish(doing: Doing[Trade]) -> Record:
        """The refund window is over."""
        return paying.finish(doing.work, doing.record, doing.now, settings)

    @act(Trade, "refund", "empty", means=("refund.create",))
    async def refund(doing: Doing[Trade]) -> Record:
        """The merchant refunds on Alipay's own site: `amount` in yuan, or all that is left (`empty`)."""
        return _refund(doing, settings)

    return (*pay, *scan, *charge, *give_way, *close, *time_out, *finish, *refund)


@act(Trade, "fail", "cancel")
async def give_way(doing: Doing[Trade]) -> Record:
    """The buyer fails to pay, or leaves: the trade stays unpaid."""
    return fire(doing.work, TRADE, doing.record, doing.trigger, doing.now)


async def _pay(doing: Doing[Trade], settings: AlipaySettings) -> Trade:
    trade, outcome = doing.record, doing.outcome
    buyer_id = str(doing.details.get("buyer_id", ""))
    _check_payable(trade, buyer_id, doing)
    if outcome is not None and outcome.result is Result.REQUIRES_ACTION and doing.details.get("confirmed"):
        outcome = None
    if outcome is not None and outcome.result in paying.WAITS:
        return _scan(doing) if trade.status == OFFERED else trade
    if outcome is not None and outcome.result is not Result.APPROVED:
        raise declined(outcome)
    if trade.status == OFFERED:
        trade = _scan(doing)
    await _take_from_source(doing, trade)
    paid = paying.pay(
        doing.work, trade, doing.now, settings, buyer_id=buyer_id, outcome=outcome,
        fund_channel=str(doing.details.get("fund_channel", "")),
    )
    await signing.by_paying(doing.work, paid, doing.now)
    return paid


async def _charge(doing: Doing[Trade], settings: AlipaySettings) -> Trade:
    if doing.record.status != WAITING:
        raise IllegalTrigger(TRADE.name, doing.record.status, doing.trigger)
    try:
        done = replace(await _pay(doing, settings), async_status="S")
    except Declined:
        done = replace(doing.record, async_status="F")
    doing.work.save(done)
    return done


async def _take_from_source(doing: Doing[Trade], trade: Trade) -> None:
    """Of what had to wait for the buyer: the agreement's count, or the money that is frozen."""
    if trade.agreement_no:
        await agreements.take(doing.work, trade.agreement_no, trade.total_minor, doing.now)
    if trade.auth_no:
        auth = await doing.work.get(freezing.Authorisation, trade.auth_no)
        if auth is None or auth.status != "AUTHORIZED" or auth.rest_minor < trade.total_minor:
            raise Declined("insufficient_funds", DECLINED["insufficient_funds"])
        freezing.take(doing.work, doing.ids, auth, trade.total_minor, trade.id, doing.now, complete=False)


def _check_payable(trade: Trade, buyer_id: str, doing: Doing[Trade]) -> None:
    if trade.was_paid:
        raise Declined("already_paid", TRADE_PAID)
    if trade.status not in (OFFERED, WAITING) or doing.now >= trade.expires:
        raise Declined("expired", TRADE_OVER)
    if buyer_id and trade.buyer_id and buyer_id != trade.buyer_id:
        raise Declined("not_permitted", OTHER_BUYER)


def _scan(doing: Doing[Trade]) -> Trade:
    buyer_id = str(doing.details.get("buyer_id", "")) or doing.record.buyer_id
    return fire(doing.work, TRADE, doing.record, "scan", doing.now, buyer_id=buyer_id, created=doing.now)


def _time_out(doing: Doing[Trade], settings: AlipaySettings) -> Trade:
    trade = doing.record
    due = trade.lapses if doing.trigger == "lapse" else trade.expires
    ends = trade.status in (OFFERED,) if doing.trigger == "lapse" else trade.status in (OFFERED, WAITING)
    if not ends or doing.now < due:
        raise IllegalTrigger(TRADE.name, trade.status, doing.trigger)
    return paying.close(doing.work, trade, doing.now, settings, "expire")


def declined(outcome: Outcome) -> Declined:
    reason = outcome.reason or outcome.result.value
    return Declined(reason, outcome.message or DECLINED.get(outcome.reason, DECLINED_OTHERWISE))


def _refund(doing: Doing[Trade], settings: AlipaySettings) -> Trade:
    trade, outcome = doing.record, doing.outcome
    if trade.status != SUCCESS:
        text = "交易已完结，不能退款" if trade.status in (FINISHED, CLOSED) else "交易未付款，不能退款"
        raise Declined("not_permitted", text)
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED):
        raise Declined(outcome.reason or "seller_balance_low", outcome.message or "账户余额不足")
    asked = refunding.Asked(out_request_no=doing.ids.token(28, DIGITS), amount_minor=_asked_minor(doing))
    return refunding.accept(doing.work, doing.ids, doing.now, trade, asked, settings)[1]


def _asked_minor(doing: Doing[Trade]) -> int:
    text, left = doing.details.get("amount"), doing.record.left_minor
    if text is None or doing.trigger == "empty":
        return left
    try:
        minor = Decimal(str(text)) * 100
    except InvalidOperation:
        minor = Decimal(0)
    if minor != minor.to_integral_value() or not 1 <= minor <= left:
        raise Declined("limit_exceeded", "退款金额有误")
    return int(minor)
