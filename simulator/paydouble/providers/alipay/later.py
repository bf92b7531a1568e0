"""What a scenario makes happen to a trade later: by which triggers, by which acts, with which events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.alipay import fees
from paydouble.providers.alipay.machines import REFUNDED, SYNC, TRADE, told
from paydouble.providers.alipay.models import Trade
from paydouble.providers.alipay.settings import AlipaySettings

# fmt: off
WAYS: Mapping[tuple[str, str], tuple[str, ...]] = {
    (Trade.kind, "approved"):              ("pay",),
    (Trade.kind, "declined"):              ("fail",),
    (Trade.kind, "failed"):                ("fail",),
    (Trade.kind, "canceled"):              ("close",),
    (Trade.kind, "canceled:payer_closed"): ("cancel",),
    (Trade.kind, "pending"):               ("scan",),
    (Trade.kind, "held"):                  ("scan",),
    (Trade.kind, "settle"):                ("adjust_fee",),
    (Trade.kind, "refund"):                ("refund",),
}

OUTCOMES: Mapping[str, tuple[str, ...]] = {
    "payment.charge":  ("declined", "pending", "held", "requires_action", "canceled", "failed"),
    "payment.create":  ("failed",),
    "payment.cancel":  ("declined", "failed"),
    "refund.create":   ("declined", "failed"),
    "payout.create":   ("declined", "canceled", "failed"),
}
# fmt: on


@act(Trade, "adjust_fee")
async def adjust_fee(doing: Doing[Trade]) -> Record:
    """The fee turns out to be another than the price list says."""
    trade, fee = doing.record, doing.outcome.fee if doing.outcome else None
    if not trade.was_paid or fee is None:
        raise Declined("not_permitted", "no fee was charged")
    more = fee.minor - trade.fee_minor
    if more:
        charge = fees.charged if more > 0 else fees.handed_back
        doing.work.post(charge(trade, abs(more), trade.id))
    changed = replace(trade, fee_minor=fee.minor)
    doing.work.save(changed)
    return changed


def emits(settings: AlipaySettings) -> Callable[[Work, Trade, str], Awaitable[Event | None]]:
    """Under these settings. A status in the name is the one that is told, whatever the trade's own is."""

    async def emit(work: Work, trade: Trade, type: str) -> Event | None:
        what = type.removeprefix(f"{SYNC}.")
        if what == type:
            return replace(told(trade, settings), type=type)
        shown = replace(trade, status=what) if what in TRADE.phases else trade
        return replace(told(shown, settings, REFUNDED if what == REFUNDED else ""), type=type)

    return emit


ACTS: tuple[Act[Any], ...] = adjust_fee
