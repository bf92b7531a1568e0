"""Alipay's times: `yyyy-MM-dd HH:mm:ss` in China, and how long an order may be paid."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from paydouble.core.clock import DAY, HOUR, MINUTE, Duration, Instant, later

CHINA = timezone(timedelta(hours=8))
FORMAT = "%Y-%m-%d %H:%M:%S"
TIMEOUT_MIN, TIMEOUT_MAX = Duration(MINUTE), Duration(15 * DAY)

_TIMEOUT = re.compile(r"([1-9][0-9]{0,5})([mhdc])", re.ASCII)
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}


def china(instant: Instant, pattern: str = FORMAT) -> str:
    return datetime.fromtimestamp(instant // 1_000, UTC).astimezone(CHINA).strftime(pattern)


def china_ms(instant: Instant) -> str:
    """As in 2025-01-02 11:00:00.000."""
    return f"{china(instant)}.{instant % 1_000:03}"


def parse(text: str) -> Instant:
    """Raises ValueError; seconds may be missing, as `wap.pay` once had it."""
    if not text.isascii():
        raise ValueError("other digits than ours")    # strptime would take them
    pattern = FORMAT if text.count(":") == 2 else "%Y-%m-%d %H:%M"
    moment = datetime.strptime(text, pattern).replace(tzinfo=CHINA)
    return Instant(round(moment.timestamp()) * 1_000)


def midnight_after(now: Instant) -> Instant:
    """The end of this day in China."""
    moment = datetime.fromtimestamp(now // 1_000, CHINA)
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return Instant(round(start.timestamp()) * 1_000 + DAY)


def timeout(text: str, now: Instant) -> Instant:
    """When "90m", "2h", "15d" or "1c" (the end of this day) is over. Raises ValueError for any other text."""
    found = _TIMEOUT.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is no timeout")
    if found[2] == "c":
        return midnight_after(later(now, (int(found[1]) - 1) * DAY))
    length = int(found[1]) * _UNITS[found[2]]
    if not TIMEOUT_MIN <= length <= TIMEOUT_MAX:
        raise ValueError(f"'{text}' is not between 1m and 15d")
    return later(now, length)
