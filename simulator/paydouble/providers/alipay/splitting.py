"""Splits of a trade's money, as the trade shows them, and the end of one that took its time.

https://opendocs.alipay.com/apis/api_1/alipay.trade.order.settle.query
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from paydouble.core.act import Act, Doing, act
from paydouble.core.machine import Machine, Phase, Transition, fire
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Walk, Work
from paydouble.providers.alipay import messages, times
from paydouble.providers.alipay.amounts import CNY, yuan
from paydouble.providers.alipay.models import Refund, Trade, number_key

TOLD = "alipay.trade.order.settle.notify"
SHARE, BACK = "transfer", "transfer_refund"
"""分账, 退分账: which way a share goes (`royalty_type`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Record):
    """One split of a trade. `id` is the settle_no. Status: PROCESSING, SUCCESS."""

    kind: ClassVar[str] = "alipay.settlement"
    unique: ClassVar[tuple[str, ...]] = ("request_key",)
    indexes: ClassVar[tuple[str, ...]] = ("trade_no",)

    app_id: str
    trade_no: str
    out_trade_no: str
    out_request_no: str
    asked: str
    details: tuple[Mapping[str, str], ...] = field(default=())

    @property
    def request_key(self) -> str:
        return number_key(self.trade_no, self.out_request_no)


def _told(settlement: Settlement) -> Event:
    """Which fields this message has is unverified."""
    content = {
        "trade_no": settlement.trade_no, "settle_no": settlement.id, "status": settlement.status,
        "out_request_no": settlement.out_request_no, "operation_dt": times.china(settlement.created),
    }
    return messages.message(TOLD, settlement.app_id, content, ref=settlement.out_trade_no)


# fmt: off
SPLIT: Machine[Settlement] = Machine(
    "alipay.settlement",
    record=Settlement,
    initial="PROCESSING",
    phases={"PROCESSING": Phase.PENDING, "SUCCESS": Phase.CLOSED},
    rows=(Transition("PROCESSING", "finish", "SUCCESS", event=_told),),
)
# fmt: on


@act(Settlement, "finish")
async def finish(doing: Doing[Settlement]) -> Record:
    """A split that was asked for with `royalty_mode=async` is done."""
    return fire(doing.work, SPLIT, doing.record, "finish", doing.now)


ACTS: tuple[Act[Any], ...] = finish


async def held(work: Work, trade: Trade) -> Counter[str]:
    """What each account has got of the trade's money, in fen, less what came back."""
    shares: Counter[str] = Counter()
    for settlement in await work.scan(Settlement, _of(trade)):
        for each in settlement.details:
            back = each["operation_type"] == BACK
            shares[each["trans_out" if back else "trans_in"]] += amount_of(each) * (-1 if back else 1)
    for refund in await work.scan(Refund, _of(trade)):
        for each in refund.royalties:
            shares[each["trans_out"]] -= amount_of(each, "refund_amount")
    return shares


def amount_of(detail: Mapping[str, str], name: str = "amount") -> int:
    return Money.parse(detail[name], CNY).minor


def _of(trade: Trade) -> Walk:
    return Walk(index="trade_no", value=trade.id, newest_first=False, limit=1_000)


async def settle_info(work: Work, trade: Trade) -> dict[str, object]:
    """Every share of the trade, and what is left to be split."""
    found = await work.scan(Settlement, _of(trade))
    shares = [
        {
            "operation_type": each["operation_type"], "operation_serial_no": each["detail_id"],
            "operation_dt": each["execute_dt"], "trans_out": each["trans_out"], "trans_in": each["trans_in"],
            "amount": each["amount"],
        }
        for settlement in found for each in settlement.details
    ]
    left = 0 if trade.royalty_finished else trade.splittable_minor
    return {"trade_settle_detail_list": shares, "trade_unsettled_amount": yuan(left)}
