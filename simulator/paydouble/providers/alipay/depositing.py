"""银行卡冲退: what was paid by a bank card goes back to the bank, which takes its time to say so.

https://opendocs.alipay.com/apis/api_1/alipay.trade.fastpay.refund.query; two hours are unverified.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.clock import HOUR, Duration, Instant, later
from paydouble.core.machine import IllegalTrigger
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import messages
from paydouble.providers.alipay.models import Refund, Trade

COMPLETED = "alipay.trade.refund.depositback.completed"
BANK_CARD = "BANKCARD"
TAKES_MS = Duration(2 * HOUR)
PROCESSING, DONE, FAILED = "P", "S", "F"


def begun(work: Work, trade: Trade, refund: Refund, now: Instant) -> Refund:
    """The refund as it is saved: of a card's payment it waits for the bank."""
    if trade.fund_channel != BANK_CARD:
        return refund
    waits = replace(refund, deposit=PROCESSING, deposit_due=later(now, TAKES_MS))
    work.at(waits.deposit_due, waits, "deposit")
    return waits


@act(Refund, "deposit", "return")
async def deposit(doing: Doing[Refund]) -> Record:
    """The bank has put the money back (`deposit`), or cannot (`return`: the account is closed)."""
    refund = doing.record
    trade = await doing.work.get(Trade, refund.trade_no)
    if refund.deposit != PROCESSING or trade is None:
        raise IllegalTrigger("alipay.refund", refund.deposit, doing.trigger)
    status = DONE if doing.trigger == "deposit" else FAILED
    done = replace(refund, deposit=status, deposited=doing.now)
    doing.work.save(done)
    content = {
        "trade_no": trade.id, "out_trade_no": trade.out_trade_no, "out_request_no": done.out_request_no,
        **done.deposit_info(),
    }
    doing.work.announce(messages.message(COMPLETED, trade.app_id, content, ref=trade.out_trade_no))
    return done


ACTS: tuple[Act[Any], ...] = deposit
