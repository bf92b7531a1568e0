"""What receivers, banks and time do to transfers; the operating account is topped up as it is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Doing, act
from paydouble.core.ledger import BANK, PAYER, EntryKind, available, transfer
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.providers.wechatpay.models import CNY
from paydouble.providers.wechatpay.transfer_records import (
    TRANSFER_BATCH,
    TRANSFER_BILL,
    TransferBatch,
    TransferBill,
)

OVERDUE = "OVERDUE_CLOSE"
CANCELED = "MCH_CANCEL"

FAIL_REASONS = {
    "account_frozen": "ACCOUNT_FROZEN",
    "lost_or_stolen": "BANK_CARD_STATUS_ABNORMAL",
    "limit_exceeded": "DAY_RECEIVED_QUOTA_EXCEED",
    "fraud_suspected": "TRANSFER_RISK",
    "risk_review": "TRANSFER_RISK",
    "not_permitted": "REAL_NAME_CHECK_FAIL",
    "insufficient_funds": "BUDGET_NOT_ENOUGH",
}
FAILS_OTHERWISE = "PAYEE_ACCOUNT_ABNORMAL"


def top_up(work: Work, mchid: str, minor: int, reference: str) -> None:
    work.post(transfer(
        EntryKind.ADJUSTMENT, source=BANK, target=available(mchid), amount=Money(minor, CNY),
        reference=reference, memo=reference,
    ))


@act(TransferBill, "confirm")
async def confirm(doing: Doing[TransferBill]) -> Record:
    """The receiver takes the money."""
    bill = fire(doing.work, TRANSFER_BILL, doing.record, "confirm", doing.now)
    if bill.fails:
        return fire(doing.work, TRANSFER_BILL, bill, "fail", doing.now, fail_reason=bill.fails)
    top_up(doing.work, bill.mchid, bill.amount_minor, bill.id)
    return fire(doing.work, TRANSFER_BILL, bill, "succeed", doing.now)


@act(TransferBill, "expire")
async def expire(doing: Doing[TransferBill]) -> Record:
    """Nobody took the money in a day."""
    return fire(doing.work, TRANSFER_BILL, doing.record, "expire", doing.now, fail_reason=OVERDUE)


@act(TransferBill, "end")
async def end(doing: Doing[TransferBill]) -> Record:
    """The merchant's cancellation is done."""
    return fire(doing.work, TRANSFER_BILL, doing.record, "end", doing.now, fail_reason=CANCELED)


@act(TransferBatch, "finish")
async def finish(doing: Doing[TransferBatch]) -> Record:
    """All transfers of an old batch have ended; what a scenario lets fail is the first of them."""
    batch = doing.record
    details = tuple(
        replace(each, status="FAIL", fail_reason=batch.fails) if batch.fails and index == 0
        else replace(each, status="SUCCESS")
        for index, each in enumerate(batch.details)
    )
    for each in details:
        if each.status == "SUCCESS":
            top_up(doing.work, batch.mchid, each.amount_minor, batch.id)
            doing.work.post(transfer(
                EntryKind.PAYOUT, source=available(batch.mchid), target=PAYER,
                amount=Money(each.amount_minor, CNY), reference=batch.id, memo=each.detail_id,
            ))
    return fire(doing.work, TRANSFER_BATCH, batch, "finish", doing.now, details=details)


@act(TransferBatch, "close")
async def close(doing: Doing[TransferBatch]) -> Record:
    """The merchant has not paid for an old batch in time."""
    return fire(doing.work, TRANSFER_BATCH, doing.record, "close", doing.now, close_reason=OVERDUE)


ACTS: tuple[Act[Any], ...] = (*confirm, *expire, *end, *finish, *close)
