"""What becomes of a trade: it is offered, created, paid, closed; by a call, a payer or a timer alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.clock import Instant, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.work import Work
from paydouble.providers.alipay import buyers, fees
from paydouble.providers.alipay.errors import Acq, Gateway
from paydouble.providers.alipay.errors_v3 import GatewayV3
from paydouble.providers.alipay.machines import TRADE, told
from paydouble.providers.alipay.models import CLOSED, OFFERED, SUCCESS, WAITING, Trade
from paydouble.providers.alipay.settings import AlipaySettings

WAITS = (Result.PENDING, Result.HELD, Result.REQUIRES_ACTION)
REFUSALS: tuple[ErrorTable, ...] = (Acq.SYSTEM_ERROR_OF_PAY, *Acq, *Gateway, *GatewayV3)


def check_again(before: Trade | None, asked: Trade) -> None:
    """Refuses to ask for something else, or for what is over, under a number that has a trade."""
    if before is None or not before.exists:
        return
    if before.status == CLOSED:
        raise Acq.TRADE_HAS_CLOSE(**before.named())
    if before.asked != asked.asked:
        raise Acq.CONTEXT_INCONSISTENT(**before.named())
    if before.is_paid:
        raise Acq.TRADE_HAS_SUCCESS(**before.named())


def offer(work: Work, order: Trade) -> Trade:
    """Keeps an order that only its code or page stands for."""
    work.save(order)
    work.at(order.expires, order, "time_out")
    if order.lapses:
        work.at(order.lapses, order, "lapse")
    return order


def create(work: Work, order: Trade, buyer_id: str = "") -> Trade:
    """The trade begins to exist."""
    trade = replace(order, status=WAITING, buyer_id=buyer_id)
    work.save(trade)
    work.at(trade.expires, trade, "time_out")
    return trade


def pay(
    work: Work, trade: Trade, now: Instant, settings: AlipaySettings, *,
    buyer_id: str = "", fund_channel: str = "", outcome: Outcome | None = None,
) -> Trade:
    """Takes the money, books the fee, owes the notification, and sets the end of the refund window."""
    fee = fees.fee_of(work, trade.total_minor, settings.fee_rate)
    if outcome is not None and outcome.fee is not None:
        fee = outcome.fee.minor
    paid = fire(
        work, TRADE, trade, "pay", now, buyer_id=buyer_id or trade.buyer_id or buyers.DEFAULT,
        fund_channel=fund_channel or trade.fund_channel, fee_minor=fee,
    )
    if fee:
        work.post(fees.charged(paid, fee, paid.id))
    if not settings.refund_window:
        paid = fire(work, TRADE, paid, "finish", now)
    else:
        work.at(later(now, settings.refund_window), paid, "finish")
    work.announce(told(paid, settings, SUCCESS))
    return paid


def close(work: Work, trade: Trade, now: Instant, settings: AlipaySettings, trigger: str = "close") -> Trade:
    """Ends what was never paid; whether that is told depends on the way to pay."""
    closed = fire(work, TRADE, trade, trigger, now)
    if closed.status == CLOSED and trade.channel in settings.notify_closed:
        work.announce(told(closed, settings))
    return closed


def finish(work: Work, trade: Trade, now: Instant, settings: AlipaySettings) -> Trade:
    finished = fire(work, TRADE, trade, "finish", now)
    if trade.channel in settings.notify_finished:
        work.announce(told(finished, settings))
    return finished


def is_asynchronous(params: Mapping[str, Any]) -> bool:
    """Whether a charge is only to be accepted now."""
    how = params.get("pay_params")
    named = isinstance(how, Mapping) and str(how.get("async_type", "")).startswith("NORMAL_ASYNC")
    return named or str(params.get("is_async_pay", "")).lower() == "true"


def is_payable(trade: Trade) -> bool:
    return trade.status in (OFFERED, WAITING)


def can_be_refunded(trade: Trade) -> bool:
    return trade.status == SUCCESS
