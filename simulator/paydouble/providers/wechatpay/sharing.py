"""What sharing a payment checks and writes, by either API: limits first, then a promise, then the money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.clock import Instant, later, rfc3339_china
from paydouble.core.effect import Outcome, Result
from paydouble.core.ids import Ids
from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, transfer
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.wechatpay import identifiers
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.models import CNY, Transaction
from paydouble.providers.wechatpay.notices import API, PROVIDER
from paydouble.providers.wechatpay.settings import WechatpaySettings
from paydouble.providers.wechatpay.sharing_records import (
    MERCHANT,
    SHARE_ORDER,
    SHARE_RETURN,
    Receiver,
    Share,
    ShareOrder,
    ShareReturn,
    receiver_id,
)

SHARES_MAX = 50
"""Requests for one order that are accepted."""
RETURNS_MAX = 50
RETURN_DAYS = 180
TO_ITSELF = "解冻给分账方"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """One receiver, as it is asked for."""

    type: str
    account: str
    amount_minor: int
    description: str
    name: str = ""
    """Decrypted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request to share."""

    mchid: str
    sub_mchid: str = ""
    out_order_no: str
    digest: str
    receivers: Sequence[Wished]
    unfreezes: bool


def check_shareable(order: Transaction | None, now: Instant, settings: WechatpaySettings) -> Transaction:
    """Raises ProviderError where nothing of this payment can be shared."""
    if order is None or not order.profit_sharing or not order.is_paid:
        raise Errors.SHARE_NOT_MARKED()
    if now < later(order.success_time, settings.share_after):
        raise Errors.SHARE_TOO_SOON()
    if order.unfrozen:
        raise Errors.SHARE_OVER()
    if order.share_count >= SHARES_MAX:
        raise Errors.SHARE_TOO_OFTEN()
    return order


async def check_receivers(
    work: Work, order: Transaction, asked: Asked, settings: WechatpaySettings
) -> None:
    for each in asked.receivers:
        found = await work.get(Receiver, receiver_id(asked.mchid, each.type, each.account))
        if found is None or found.status == "deleted":
            raise Errors.SHARE_NO_RELATION()
        if each.name and found.name and each.name != found.name:
            raise Errors.SHARE_NAME_DIFFERS()
    amount = sum(each.amount_minor for each in asked.receivers)
    if order.shared_minor + amount > order.total_minor * settings.share_rate_max:
        raise Errors.SHARE_RATIO()
    if amount > order.unsplit_minor:
        raise Errors.SHARE_NOT_ENOUGH()


def accept(
    work: Work, ids: Ids, now: Instant, order: Transaction, asked: Asked, outcome: Outcome | None,
    settings: WechatpaySettings,
) -> ShareOrder:
    """Promises the money: the payment's own record is saved, so that concurrent requests conflict."""
    shares = tuple(
        Share(type=each.type, account=each.account, amount_minor=each.amount_minor,
              description=each.description, detail_id=identifiers.share_id(ids, now), created=now)
        for each in asked.receivers
    )
    promised = sum(share.amount_minor for share in shares)
    left = order.unsplit_minor - promised
    if asked.unfreezes and left:
        shares = (*shares, Share(
            type=MERCHANT, account=order.payee, amount_minor=left, description=TO_ITSELF,
            detail_id=identifiers.share_id(ids, now), created=now,
        ))
    work.save(replace(
        order, shared_minor=order.shared_minor + promised, share_count=order.share_count + 1,
        unfrozen=asked.unfreezes,
    ))
    failed = outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED, Result.PARTIAL)
    share_order = ShareOrder(
        id=identifiers.share_id(ids, now), status=SHARE_ORDER.initial, created=now, mchid=asked.mchid,
        sub_mchid=asked.sub_mchid, transaction_id=order.id, out_order_no=asked.out_order_no,
        asked=asked.digest, shares=shares, unfreezes=asked.unfreezes,
        fails=FAIL_REASONS.get(outcome.reason, "ACCOUNT_ABNORMAL") if outcome and failed else "",
    )
    work.save(share_order)
    waits = outcome is not None and outcome.result in (Result.PENDING, Result.HELD)
    if not waits:
        work.at(later(now, settings.share_delay), share_order, "finish")
    return share_order


FAIL_REASONS = {
    "account_frozen": "ACCOUNT_ABNORMAL",
    "not_permitted": "NO_AUTH",
    "risk_review": "RECEIVER_HIGH_RISK",
    "fraud_suspected": "RECEIVER_HIGH_RISK",
    "limit_exceeded": "RECEIVER_RECEIPT_LIMIT",
}


@act(ShareOrder, "finish")
async def finish(doing: Doing[ShareOrder]) -> Record:
    """The receivers have their money; one whom a scenario lets fail has none, the first of them."""
    share_order = doing.record
    order = await doing.work.get(Transaction, share_order.transaction_id)
    assert order is not None, f"{share_order.id} shares nothing"
    ended, back = [], 0
    for index, share in enumerate(share_order.shares):
        if share_order.fails and index == 0 and share.description != TO_ITSELF:
            back += share.amount_minor
            ended.append(replace(share, result="CLOSED", fail_reason=share_order.fails, finished=doing.now))
            continue
        ended.append(replace(share, result="SUCCESS", finished=doing.now))
        if share.description != TO_ITSELF:
            doing.work.post(_given(order, share, share_order.id))
    if back:
        doing.work.save(replace(order, shared_minor=order.shared_minor - back))
    moved = fire(doing.work, SHARE_ORDER, share_order, "finish", doing.now, shares=tuple(ended))
    for share in moved.shares:
        if share.result == "SUCCESS" and share.type == MERCHANT and share.description != TO_ITSELF:
            doing.work.announce(_told(moved, share, doing.now))
    return moved


def _given(order: Transaction, share: Share, memo: str) -> Entry:
    target = pending(share.account) if share.type == MERCHANT else PAYER
    return transfer(
        EntryKind.SHARE, source=pending(order.payee), target=target, amount=Money(share.amount_minor, CNY),
        reference=order.id, memo=memo,
    )


def _told(share_order: ShareOrder, share: Share, now: Instant) -> Event:
    """Live, only receivers are told, at their own address: here, whoever registered one in this sandbox."""
    receiver = {
        "type": share.type, "account": share.account, "amount": share.amount_minor,
        "description": share.description,
    }
    return Event(
        id="", type="PROFITSHARING.SUCCESS", api=API, provider=PROVIDER, merchant=share_order.mchid,
        body=_parties(share_order.mchid, share_order.sub_mchid) | {
            "transaction_id": share_order.transaction_id, "order_id": share_order.id,
            "out_order_no": share_order.out_order_no, "receiver": receiver,
            "success_time": rfc3339_china(now),
        },
        subject=share_order.id,
    )


def _parties(mchid: str, sub_mchid: str) -> dict[str, object]:
    return {"sp_mchid": mchid, "sub_mchid": sub_mchid} if sub_mchid else {"mchid": mchid}


@act(ShareReturn, "succeed")
async def returned(doing: Doing[ShareReturn]) -> Record:
    """The receiver's money is the merchant's again."""
    back = doing.record
    order = await doing.work.get(Transaction, back.transaction_id)
    assert order is not None, f"{back.id} returns nothing"
    moved = fire(doing.work, SHARE_RETURN, back, "succeed", doing.now)
    doing.work.save(replace(order, returned_minor=order.returned_minor + back.amount_minor))
    doing.work.post(transfer(
        EntryKind.SHARE, source=pending(back.return_mchid), target=pending(order.payee),
        amount=Money(back.amount_minor, CNY), reference=order.id, memo=back.id,
    ))
    receiver = {"type": MERCHANT, "account": back.return_mchid, "amount": back.amount_minor,
                "description": back.description}
    doing.work.announce(Event(
        id="", type="PROFITSHARING.RETURN", api=API, provider=PROVIDER, merchant=back.mchid,
        body=_parties(back.mchid, back.sub_mchid) | {
            "transaction_id": order.id, "order_id": back.order_id, "out_order_no": back.out_order_no,
            "receiver": receiver, "success_time": rfc3339_china(doing.now),
        },
        subject=back.id,
    ))
    return moved


@act(ShareReturn, "fail")
async def return_failed(doing: Doing[ShareReturn]) -> Record:
    """The receiver has no such money: it may be asked for again under another number."""
    back = doing.record
    share_order = await doing.work.get(ShareOrder, back.order_id)
    assert share_order is not None, f"{back.id} returns nothing"
    doing.work.save(replace(share_order, returned_minor=share_order.returned_minor - back.amount_minor))
    return fire(doing.work, SHARE_RETURN, back, "fail", doing.now, fail_reason="BALANCE_NOT_ENOUGH")


@act(Transaction, "unfreeze")
async def unfreeze(doing: Doing[Transaction]) -> Record:
    """Thirty days after the payment what was not shared is the merchant's."""
    freed = replace(doing.record, unfrozen=True)
    doing.work.save(freed)
    return freed


ACTS: tuple[Act[Any], ...] = (*finish, *returned, *return_failed, *unfreeze)
