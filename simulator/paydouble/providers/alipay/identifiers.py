"""The shapes of Alipay's identifiers; clients assume their lengths."""

from __future__ import annotations

from paydouble.core.clock import Instant
from paydouble.core.ids import BASE62, DIGITS, HEX, Ids
from paydouble.providers.alipay import times

LOWER = "0123456789abcdefghijklmnopqrstuvwxyz"


def _dated(ids: Ids, now: Instant, middle: str, length: int) -> str:
    head = times.china(now, "%Y%m%d") + middle
    return head + ids.token(length - len(head), DIGITS)


def trade_no(ids: Ids, now: Instant) -> str:
    """28 digits, as in 2025010222001445671401234567."""
    return _dated(ids, now, "2200", 28)


def settle_no(ids: Ids, now: Instant) -> str:
    return _dated(ids, now, "0023", 28)


def fund_order(ids: Ids, now: Instant) -> str:
    """32 digits, as in 20190801110070000006380000250621."""
    return _dated(ids, now, "11007000000", 32)


def auth_no(ids: Ids, now: Instant) -> str:
    return _dated(ids, now, "1000", 28)


def operation_id(ids: Ids, now: Instant) -> str:
    """20 digits."""
    return _dated(ids, now, "0", 20)


def agreement_no(ids: Ids, now: Instant) -> str:
    """20 digits, as in 20170322450983769228."""
    return _dated(ids, now, "45", 20)


def smid(ids: Ids) -> str:
    """Of a service provider's merchant: sixteen digits that begin with 2088."""
    return "2088" + ids.token(12, DIGITS)


def complaint(ids: Ids, now: Instant) -> str:
    return _dated(ids, now, "77", 32)


def token(ids: Ids, kind: str) -> str:
    """As in authbseBf0a1…: its first letters say what it opens."""
    return kind + ids.token(34, BASE62)


def qr_code(ids: Ids) -> str:
    """As in bavh4wjlxf12tper3a."""
    return "bax" + ids.token(15, LOWER)


def file_id(ids: Ids) -> str:
    return ids.token(32, HEX)


def event_id(ids: Ids) -> str:
    """A notify_id: 34 digits."""
    return "20" + ids.token(32, DIGITS)
