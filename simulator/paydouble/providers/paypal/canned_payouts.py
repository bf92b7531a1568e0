"""Batches and items of payouts that never were, shown for the ids that the sandbox documents.

https://developer.paypal.com/docs/payouts/standard/test-go-live/negative-testing/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from paydouble.core.clock import Instant
from paydouble.providers.paypal.amounts import Json
from paydouble.providers.paypal.payout_models import (
    PayoutBatch,
    PayoutItem,
    batch_link,
    header_shown,
    item_shown,
)

_ERRORS = (
    "CLOSED_MARKET", "CURRENCY_COMPLIANCE", "CURRENCY_NOT_SUPPORTED_FOR_RECEIVER", "DUPLICATE_ITEM",
    "RECEIVER_ACCOUNT_LOCKED", "RECEIVER_COUNTRY_NOT_ALLOWED", "RECEIVER_UNCONFIRMED",
    "RECEIVER_UNREGISTERED", "RECEIVER_YOUTH_ACCOUNT", "RECEIVING_LIMIT_EXCEEDED", "REGULATORY_BLOCKED",
    "REGULATORY_PENDING", "RISK_DECLINE", "SELF_PAY_NOT_ALLOWED", "TRANSACTION_LIMIT_EXCEEDED", "UNDEFINED",
    "ZERO_AMOUNT",
)
_SENDERS = (
    "ACCOUNT_RESTRICTED", "ACCOUNT_UNCONFIRMED_EMAIL", "APPROVER_DENIED",
    "GAMER_FAILED_COUNTRY_OF_RESIDENCE_CHECK", "GAMER_FAILED_FUNDING_SOURCE_CHECK",
    "GAMING_INVALID_PAYMENT_FLOW", "NON_HOLDING_CURRENCY",
    "PENDING_RECIPIENT_NON_HOLDING_CURRENCY_PAYMENT_PREFERENCE", "SENDER_STATE_RESTRICTED",
    "SPENDING_LIMIT_EXCEEDED", "TRANSACTION_DECLINED_BY_TRAVEL_RULE",
)
_STATUSES = {"RECEIVER_UNREGISTERED": "UNCLAIMED", "REGULATORY_PENDING": "PENDING"}


def _numbered(prefix: str, first: int, names: Sequence[str]) -> Mapping[str, str]:
    return {f"{prefix}{number:03}": name for number, name in enumerate(names, first)}


BATCH_STATUSES = {
    "ERRPYOB001": "SUCCESS", "ERRPYOB002": "PENDING", "ERRPYOB003": "PROCESSING", "ERRPYOB004": "DENIED",
    "POSPYO002": "SUCCESS",
}
BATCH_ERRORS = {
    **_numbered("ERRPYOB", 5, _SENDERS), **_numbered("ERRPYO", 15, _ERRORS), "ERRPYO034": "INVALID_EMAIL",
    "ERRPYO060": "RECEIVER_ACCOUNT_LIMITATION",
}
"""Id of a batch → the error of its only item."""
ITEM_ERRORS = {
    "POSPOI001": "", **_numbered("ERRPYOB", 16, _SENDERS),
    **_numbered("ERRPYO", 41, [name for name in _ERRORS if name != "DUPLICATE_ITEM"]),
    "ERRPYO059": "INVALID_EMAIL", "ERRPYO061": "RECEIVER_ACCOUNT_LIMITATION",
}
CANCELLED = "POSPOI002"

_AT = Instant(1_767_225_600_000)
_ID, _OTHER_ID, _TRANSACTION = "5UXD2E8A7EBQJ", "8AELMXH8UB2P8", "0C413693MN970190K"


def _item(error: str, status: str, base: str) -> PayoutItem:
    return PayoutItem(
        id=_OTHER_ID, status=status, created=_AT, merchant="", seller="", batch=_ID,
        sender_batch_id="2014021801",
        asked={"recipient_type": "EMAIL", "note": "Thank you.", "receiver": "payee@example.com"},
        amount_minor=100, fee_minor=25, currency="USD", error=error, processed=_AT,
        transaction=_TRANSACTION if status in ("SUCCESS", "UNCLAIMED", "RETURNED") else "", base=base,
    )


def _status(error: str) -> str:
    return _STATUSES.get(error, "FAILED") if error else "SUCCESS"


def batch(id: str, base: str) -> Json | None:
    """None for an id that means nothing."""
    if id not in BATCH_STATUSES and id not in BATCH_ERRORS:
        return None
    error = BATCH_ERRORS.get(id, "")
    item = _item(error, _status(error), base)
    failed = item.status == "FAILED"
    made = PayoutBatch(
        id=_ID, status=BATCH_STATUSES.get(id, "DENIED" if failed else "SUCCESS"), created=_AT, merchant="",
        seller="", header={"sender_batch_id": "2014021801", "email_subject": "You have money!"},
        items=(item.id,), currency="USD", total_minor=100, fees_minor=25, completed=_AT, base=base,
    )
    if made.status in ("PENDING", "PROCESSING"):
        made, item = replace(made, completed=Instant(0)), replace(item, status="PENDING", transaction="")
    return {
        "batch_header": header_shown(made), "items": [item_shown(item, base, alone=False)],
        "links": [batch_link(made.id, base)],
    }


def item(id: str, base: str) -> Json | None:
    if id not in ITEM_ERRORS:
        return None
    error = ITEM_ERRORS[id]
    return item_shown(_item(error, _status(error), base), base)


def cancelled(base: str) -> Json:
    return item_shown(_item("RECEIVER_UNREGISTERED", "RETURNED", base), base)
