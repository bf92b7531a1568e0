"""What an accepted refund writes: by the API, or by the merchant on WeChat Pay's own site."""

from __future__ import annotations

from dataclasses import dataclass, replace

from paydouble.core.clock import Instant, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.ids import Ids
from paydouble.core.machine import fire
from paydouble.core.work import Work
from paydouble.providers.wechatpay import fees, identifiers
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.machines import REFUND, TRANSACTION, refund_taken
from paydouble.providers.wechatpay.models import Refund, Transaction
from paydouble.providers.wechatpay.settings import WechatpaySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What was asked for, and found to be in order."""

    out_refund_no: str
    amount_minor: int
    notify_url: str = ""
    api: str = "v3"
    origin: str = "API"
    ends: str = "succeed"
    """The trigger of its end; empty where it never ends by itself."""


def ends_by(outcome: Outcome | None) -> str:
    """How a scenario makes an accepted refund end."""
    match outcome.result if outcome else Result.APPROVED:
        case Result.FAILED:
            return "fail"
        case Result.CANCELED:
            return "close"
        case Result.PENDING | Result.HELD | Result.REQUIRES_ACTION:
            return ""
        case _:
            return "succeed"


def check_unfrozen(paid: Transaction, amount_minor: int) -> None:
    """Of a payment that is marked for sharing, what was shared and did not come back is not there."""
    frozen = paid.profit_sharing and not paid.unfrozen
    if frozen and amount_minor > paid.unsplit_minor + paid.returned_minor:
        raise Errors.REFUND_NOT_ENOUGH()


def accept(
    work: Work, ids: Ids, now: Instant, paid: Transaction, asked: Accepted, settings: WechatpaySettings
) -> tuple[Refund, Transaction]:
    """Takes the money from the merchant and sets the timer of the refund's end."""
    refunded = paid.refunded_minor + asked.amount_minor
    fee_left = fees.fee_of(work, paid.total_minor - refunded, settings.fee_rate)
    fee_back = max(0, paid.fee_minor - fee_left)
    refund = Refund(
        id=identifiers.refund_id(ids, now), status=REFUND.initial, created=now, mchid=paid.mchid,
        sub_mchid=paid.sub_mchid, payee=paid.payee, api=asked.api, sign_type=paid.sign_type,
        origin=asked.origin,
        transaction_id=paid.id, out_trade_no=paid.out_trade_no, out_refund_no=asked.out_refund_no,
        amount_minor=asked.amount_minor, total_minor=paid.total_minor, notify_url=asked.notify_url,
        fee_minor=fee_back,
    )
    work.save(refund)
    moved = fire(
        work, TRANSACTION, paid, "refund", now, refunded_minor=refunded,
        refund_count=paid.refund_count + 1, fee_minor=paid.fee_minor - fee_back,
    )
    work.post(refund_taken(refund))
    if fee_back:
        work.post(fees.handed_back(moved, fee_back, refund.id))
    if asked.ends:
        work.at(later(now, settings.refund_delay), refund, asked.ends)
    return refund, moved


async def give_up(work: Work, refund: Refund, now: Instant) -> Refund:
    """Closes a refund that is still on its way: the merchant has the money back, and may refund it again."""
    closed = fire(work, REFUND, refund, "close", now, fee_minor=0)
    paid = await work.get(Transaction, refund.transaction_id)
    assert paid is not None, f"{refund.id} refunds nothing"
    work.save(replace(
        paid, refunded_minor=paid.refunded_minor - refund.amount_minor,
        fee_minor=paid.fee_minor + refund.fee_minor,
    ))
    if refund.fee_minor:
        work.post(fees.charged(paid, refund.fee_minor, refund.id))
    return closed
