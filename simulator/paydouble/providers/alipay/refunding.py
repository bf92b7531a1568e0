"""What a refund writes: by the API, by `cancel`, or by the merchant on Alipay's own site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from paydouble.core.clock import Instant
from paydouble.core.ids import Ids
from paydouble.core.ledger import EntryKind, pending, transfer
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.core.work import Work
from paydouble.providers.alipay import depositing, fees, identifiers
from paydouble.providers.alipay.amounts import CNY
from paydouble.providers.alipay.machines import REFUNDED, TRADE, refund_taken, told
from paydouble.providers.alipay.models import Refund, Trade
from paydouble.providers.alipay.settings import AlipaySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, and found to be in order."""

    out_request_no: str
    amount_minor: int
    reason: str = ""
    royalties: tuple[Mapping[str, str], ...] = ()
    returned_minor: int = 0
    """What comes back from those who had got a share."""
    tells: bool = True
    canceled: bool = False


def payee(account: str) -> str:
    """The ledger's account of whoever gets a share or a transfer."""
    return f"payee:{account}:external"


def accept(
    work: Work, ids: Ids, now: Instant, trade: Trade, asked: Asked, settings: AlipaySettings
) -> tuple[Refund, Trade]:
    """Gives the money back at once; what is refunded wholly is closed."""
    refunded = trade.refunded_minor + asked.amount_minor
    fee_back = trade.fee_minor - fees.left_of(trade, asked.amount_minor)
    refund = Refund(
        id=identifiers.fund_order(ids, now), status="REFUND_SUCCESS", created=now, trade_no=trade.id,
        out_trade_no=trade.out_trade_no, out_request_no=asked.out_request_no, royalties=asked.royalties,
        amount_minor=asked.amount_minor, refund_reason=asked.reason, fee_minor=fee_back,
    )
    refund = depositing.begun(work, trade, refund, now)
    work.save(refund)
    moved = fire(
        work, TRADE, trade, "empty" if refunded == trade.total_minor else "refund", now,
        refunded_minor=refunded, fee_minor=trade.fee_minor - fee_back, last_request_no=asked.out_request_no,
        last_refund_minor=asked.amount_minor, shared_minor=trade.shared_minor - asked.returned_minor,
        canceled=asked.canceled,
    )
    work.post(refund_taken(moved, refund))
    if fee_back:
        work.post(fees.handed_back(moved, fee_back, refund.id))
    if asked.tells:
        work.announce(told(moved, settings, REFUNDED))
    return refund, moved


def hand_out(work: Work, trade: Trade, account: str, amount_minor: int, memo: str) -> None:
    """A share of the seller's money goes to an account."""
    _share(work, trade, amount_minor, memo, pending(trade.seller_id), payee(account))


def take_back(work: Work, trade: Trade, account: str, amount_minor: int, memo: str) -> None:
    """A share returns to the seller."""
    _share(work, trade, amount_minor, memo, payee(account), pending(trade.seller_id))


def _share(work: Work, trade: Trade, amount_minor: int, memo: str, source: str, target: str) -> None:
    work.post(transfer(
        EntryKind.SHARE, source=source, target=target, amount=Money(amount_minor, CNY), reference=trade.id,
        memo=memo,
    ))
