"""Instants are read and printed to the second, in the two zones that providers use."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.core import clock
from paydouble.core.clock import Duration, Instant

YEAR_9999 = 253_402_214_400
WHOLE_SECONDS = st.integers(0, YEAR_9999)


@given(WHOLE_SECONDS)
def test_what_is_printed_is_read_back(whole_seconds: int) -> None:
    instant = clock.from_unix(whole_seconds)
    assert clock.parse_rfc3339(clock.rfc3339_utc(instant)) == instant
    assert clock.parse_rfc3339(clock.rfc3339_china(instant)) == instant
    assert clock.unix(instant) == whole_seconds


def test_china_is_eight_hours_ahead() -> None:
    instant = clock.parse_rfc3339("2018-06-08T10:34:56+08:00")
    assert clock.rfc3339_china(instant) == "2018-06-08T10:34:56+08:00"
    assert clock.rfc3339_utc(instant) == "2018-06-08T02:34:56Z"


def test_milliseconds_are_cut_off_not_rounded() -> None:
    assert clock.rfc3339_utc(Instant(1_999)) == "1970-01-01T00:00:01Z"
    assert clock.unix(Instant(1_999)) == 1


def test_fractions_of_a_second_are_read() -> None:
    assert clock.parse_rfc3339("1970-01-01T00:00:01.250Z") == 1_250


@pytest.mark.parametrize("text", ["2018-06-08T10:34:56", "2018-06-08", "yesterday", ""])
def test_an_instant_needs_date_time_and_offset(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the message is the library's own
        clock.parse_rfc3339(text)


@pytest.mark.parametrize(("text", "milliseconds"), [
    ("250ms", 250), ("5s", 5_000), ("10m", 600_000), ("2h", 7_200_000), ("3d", 259_200_000),
    ("1h30m", 5_400_000), ("0s", 0),
])
def test_durations_are_read(text: str, milliseconds: int) -> None:
    assert clock.parse_duration(text) == milliseconds


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 9_999))
def test_the_parts_of_a_duration_add_up(hours: int, minutes: int, milliseconds: int) -> None:
    expected = hours * clock.HOUR + minutes * clock.MINUTE + milliseconds * clock.MILLISECOND
    assert clock.parse_duration(f"{hours}h{minutes}m{milliseconds}ms") == expected


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "1.5s", "5S", "5s\n", "5weeks"])
def test_what_is_not_a_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="250ms"):
        clock.parse_duration(text)


def test_seconds_and_later_count_milliseconds() -> None:
    assert clock.seconds(1.5) == Duration(1_500)
    assert clock.later(Instant(1_000), clock.MINUTE) == 61_000
