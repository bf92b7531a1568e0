"""Records of payouts: a batch and its items, with the tables of their lives.

https://developer.paypal.com/docs/api/payments.payouts-batch/v1/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from paydouble.core.clock import Instant, rfc3339_utc
from paydouble.core.ledger import BANK, Entry, EntryKind, pending, transfer
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.paypal import events
from paydouble.providers.paypal.amounts import EXPONENTS
from paydouble.providers.paypal.identifiers import debug_id
from paydouble.providers.paypal.models import Json
from paydouble.providers.paypal.showing import present

BATCHES_PATH, ITEMS_PATH = "/v1/payments/payouts", "/v1/payments/payouts-item"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutBatch(Record):
    """One request to pay many."""

    kind: ClassVar[str] = "paypal.payout_batch"
    indexes: ClassVar[tuple[str, ...]] = ("sender_key",)

    merchant: str
    seller: str
    header: Mapping[str, Any]
    items: tuple[str, ...]
    currency: str
    total_minor: int
    fees_minor: int
    fate: str = ""
    """What a scenario made of all its items: the trigger that they get."""
    completed: Instant = Instant(0)
    base: str = ""

    @property
    def sender_key(self) -> str:
        number = self.header.get("sender_batch_id", "")
        return f"{self.merchant}/{number}" if number else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutItem(Record):
    """One receiver's share of a batch."""

    kind: ClassVar[str] = "paypal.payout_item"

    merchant: str
    seller: str
    batch: str
    sender_batch_id: str
    asked: Mapping[str, Any]
    amount_minor: int
    fee_minor: int
    currency: str
    transaction: str = ""
    error: str = ""
    processed: Instant = Instant(0)
    base: str = ""


def money(minor: int, currency: str) -> Json:
    """Payouts have names of their own for the parts of an amount."""
    return {"currency": currency, "value": Money(minor, currency).major(EXPONENTS)}


def _link(href: str, rel: str) -> Json:
    return {"href": href, "rel": rel, "method": "GET", "encType": "application/json"}


def header_shown(batch: PayoutBatch) -> Json:
    shown = {
        "payout_batch_id": batch.id, "batch_status": batch.status, "time_created": rfc3339_utc(batch.created),
        "sender_batch_header": dict(batch.header), "funding_source": "BALANCE",
        "amount": money(batch.total_minor, batch.currency), "fees": money(batch.fees_minor, batch.currency),
    }
    return shown | ({"time_completed": rfc3339_utc(batch.completed)} if batch.completed else {})


def created_shown(batch: PayoutBatch, base: str) -> Json:
    header = {
        "payout_batch_id": batch.id, "batch_status": batch.status, "sender_batch_header": dict(batch.header),
    }
    return {"batch_header": header, "links": [_link(f"{base}{BATCHES_PATH}/{batch.id}", "self")]}


def batch_link(batch: str, base: str) -> Json:
    return _link(f"{base}{BATCHES_PATH}/{batch}?page_size=1000&page=1", "self")


def item_shown(item: PayoutItem, base: str, *, alone: bool = True) -> Json:
    errors = {
        "name": item.error, "message": ERRORS.get(item.error, item.error),
        "debug_id": debug_id(item.id.encode().hex()),
    } if item.error else {}
    processed = rfc3339_utc(item.processed) if item.processed else ""
    return present(
        payout_item_id=item.id, transaction_id=item.transaction, transaction_status=item.status,
        payout_item_fee=money(item.fee_minor, item.currency), payout_batch_id=item.batch,
        sender_batch_id=item.sender_batch_id if alone else "",
        payout_item={**item.asked, "amount": money(item.amount_minor, item.currency)},
        time_processed=processed, errors=errors,
        links=[_link(f"{base}{ITEMS_PATH}/{item.id}", "item")],
    )


ERRORS: Mapping[str, str] = {
    "RECEIVER_UNREGISTERED": "Receiver is unregistered",
    "SELF_PAY_NOT_ALLOWED": "Self pay is not allowed",
    "RECEIVER_ACCOUNT_LOCKED": "Receiver account is locked",
    "RISK_DECLINE": "Risk decline",
}


def _paid(item: PayoutItem) -> Entry:
    return transfer(
        EntryKind.PAYOUT, source=pending(item.seller), target=BANK, reference=item.batch, memo=item.id,
        amount=Money(item.amount_minor, item.currency),
    )


def _back(item: PayoutItem) -> Entry:
    return transfer(
        EntryKind.PAYOUT, source=BANK, target=pending(item.seller), reference=item.batch, memo=item.id,
        amount=Money(item.amount_minor, item.currency),
    )


def _of_item(type: str) -> Callable[[PayoutItem], Event]:
    def make(item: PayoutItem) -> Event:
        return events.event(
            type, item.merchant, item_shown(item, item.base), resource_type="payouts_item", version="",
            base=item.base, subject=item.batch, ref=item.sender_batch_id,
        )

    return make


def _of_batch(type: str) -> Callable[[PayoutBatch], Event]:
    def make(batch: PayoutBatch) -> Event:
        resource = {
            "batch_header": header_shown(batch) | {"payments": len(batch.items)},
            "links": [batch_link(batch.id, batch.base)],
        }
        return events.event(
            type, batch.merchant, resource, resource_type="payouts", version="", base=batch.base,
            subject=batch.id, ref=str(batch.header.get("sender_batch_id", "")),
        )

    return make


_ITEM, _BATCH = "PAYMENT.PAYOUTS-ITEM", "PAYMENT.PAYOUTSBATCH"
_processing, _succeeded, _denied = (
    _of_batch(f"{_BATCH}.{what}") for what in ("PROCESSING", "SUCCESS", "DENIED")
)

# fmt: off
BATCH: Machine[PayoutBatch] = Machine(
    "paypal.payout_batch",
    record=PayoutBatch,
    initial="PENDING",
    phases={"PENDING": Phase.OPEN, "PROCESSING": Phase.PENDING, "SUCCESS": Phase.PAID,
            "DENIED": Phase.FAILED},
    rows=(
        Transition("PENDING",    "process", "PROCESSING", event=_processing),
        Transition("PROCESSING", "succeed", "SUCCESS", stamp="completed", event=_succeeded),
        Transition("PROCESSING", "deny",    "DENIED",  stamp="completed", event=_denied),
    ),
)

ITEM: Machine[PayoutItem] = Machine(
    "paypal.payout_item",
    record=PayoutItem,
    initial="PENDING",
    phases={"PENDING": Phase.PENDING, "SUCCESS": Phase.PAID, "UNCLAIMED": Phase.PENDING,
            "ONHOLD": Phase.PENDING, "FAILED": Phase.FAILED, "RETURNED": Phase.CLOSED},
    rows=(
        Transition("PENDING",   "succeed", "SUCCESS",   "processed", _paid, _of_item(f"{_ITEM}.SUCCEEDED")),
        Transition("PENDING",   "unclaim", "UNCLAIMED", "processed", _paid, _of_item(f"{_ITEM}.UNCLAIMED")),
        Transition("PENDING",   "hold",    "ONHOLD",    "processed", _paid, _of_item(f"{_ITEM}.HELD")),
        Transition("PENDING",   "fail",    "FAILED",    "processed", None,  _of_item(f"{_ITEM}.FAILED")),
        Transition("ONHOLD",    "succeed", "SUCCESS",   "processed", None,  _of_item(f"{_ITEM}.SUCCEEDED")),
        Transition("ONHOLD",    "return",  "RETURNED",  "processed", _back, _of_item(f"{_ITEM}.RETURNED")),
        Transition("UNCLAIMED", "succeed", "SUCCESS",   "processed", None,  _of_item(f"{_ITEM}.SUCCEEDED")),
        Transition("UNCLAIMED", "return",  "RETURNED",  "processed", _back, _of_item(f"{_ITEM}.RETURNED")),
        Transition("UNCLAIMED", "cancel",  "RETURNED",  "processed", _back, _of_item(f"{_ITEM}.CANCELED")),
    ),
)
# fmt: on
