"""Billing periods by the calendar: a month from January 31 ends on the last day of February.

https://docs.stripe.com/billing/subscriptions/billing-cycle
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta

from paydouble.core.clock import DAY, Instant

_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}
_LEAST_DAYS = {"day": 1, "week": 7, "month": 28, "year": 365}


def plus(anchor: Instant, interval: str, count: int) -> Instant:
    """The anchor that many intervals later; a day of the month that is not there becomes the last one."""
    moment = datetime.fromtimestamp(anchor // 1_000, UTC)
    if interval in _DAYS:
        return _instant(moment + timedelta(days=_DAYS[interval] * count), anchor)
    months = moment.year * 12 + moment.month - 1 + _MONTHS[interval] * count
    year, month = divmod(months, 12)
    day = min(moment.day, monthrange(year, month + 1)[1])
    return _instant(moment.replace(year=year, month=month + 1, day=day), anchor)


def _instant(moment: datetime, like: Instant) -> Instant:
    return Instant(int(moment.timestamp()) * 1_000 + like % 1_000)


def end_after(now: Instant, anchor: Instant, interval: str, count: int) -> Instant:
    """The end of the period in which `now` lies, of periods that are counted from the anchor."""
    if anchor > now:
        return anchor
    least = _LEAST_DAYS[interval] * count * DAY
    step = max(0, (now - anchor) // (least * 31 // 28 + DAY) - 1)
    while (end := plus(anchor, interval, count * step)) <= now:
        step += 1
    return end
