"""Instants, durations, and the two times: business time may be virtual, wire time is real."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NewType, Protocol

Instant = NewType("Instant", int)
"""Milliseconds since the epoch, UTC."""
Duration = NewType("Duration", int)
"""Milliseconds."""

MILLISECOND = Duration(1)
SECOND = Duration(1_000)
MINUTE = Duration(60_000)
HOUR = Duration(3_600_000)
DAY = Duration(86_400_000)

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(?:[0-9]+(?:ms|s|m|h|d))+")
_PART = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_CHINA = timezone(timedelta(hours=8))


class Clock(Protocol):
    """What a handler may ask of time."""

    def now(self) -> Instant:
        """Business time: what expiry, retries and statements see. It may be virtual."""

    def wire_now(self) -> Instant:
        """Real time: what a signature's timestamp shows, since SDKs check it against theirs."""


def later(instant: Instant, by: int) -> Instant:
    """The instant `by` milliseconds later."""
    return Instant(instant + by)


def seconds(count: float) -> Duration:
    return Duration(round(count * 1_000))


def parse_duration(text: str) -> Duration:
    """Reads "250ms", "5s", "1h30m", "3d". Raises ValueError otherwise."""
    if not _DURATION.fullmatch(text):
        raise ValueError(
            f"'{text}' is not a duration; write a number and a unit, like 250ms, 5s, 10m, 2h, 3d"
        )
    return Duration(sum(int(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text)))


def duration_text(length: Duration) -> str:
    """As it would be written: 5400000 is "1h30m"."""
    parts, left = [], int(length)
    for unit, size in reversed(_UNITS_MS.items()):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def unix(instant: Instant) -> int:
    """Whole seconds since the epoch."""
    return instant // 1_000


def from_unix(whole_seconds: int) -> Instant:
    return Instant(whole_seconds * 1_000)


def rfc3339_utc(instant: Instant) -> str:
    """As in 2026-03-01T15:50:00Z."""
    return datetime.fromtimestamp(instant // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def rfc3339_china(instant: Instant) -> str:
    """As in 2018-06-08T10:34:56+08:00."""
    return datetime.fromtimestamp(instant // 1_000, _CHINA).strftime("%Y-%m-%dT%H:%M:%S+08:00")


def parse_rfc3339(text: str) -> Instant:
    """Reads a date-time with an offset. Raises ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset from UTC")
    return Instant(round(moment.timestamp() * 1_000))
