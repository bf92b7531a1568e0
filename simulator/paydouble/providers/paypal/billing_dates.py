"""When a subscription is billed next: at ten o'clock UTC, on the day of the month on which it began.

https://developer.paypal.com/docs/subscriptions/
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from paydouble.core.clock import Instant

BILLING_HOUR = 10
"""Real answers say T10:00:00Z, whenever the subscription began."""

_DAYS = {"DAY": 1, "WEEK": 7}
_MONTHS = {"MONTH": 1, "YEAR": 12}


def day_of_month(instant: Instant) -> int:
    return _moment(instant).day


def following(instant: Instant, frequency: Mapping[str, Any], day: int) -> Instant:
    """One interval later; in a month that is too short for the day, on its last one."""
    unit, count = str(frequency["interval_unit"]), int(frequency.get("interval_count", 1))
    then = _moment(instant)
    if unit in _DAYS:
        then += timedelta(days=_DAYS[unit] * count)
    else:
        years, month = divmod(then.month - 1 + _MONTHS[unit] * count, 12)
        year = then.year + years
        then = then.replace(year=year, month=month + 1, day=min(day, calendar.monthrange(year, month + 1)[1]))
    then = then.replace(hour=BILLING_HOUR, minute=0, second=0, microsecond=0)
    return Instant(round(then.timestamp()) * 1_000)


def _moment(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant // 1_000, UTC)
