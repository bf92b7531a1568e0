"""A retry schedule says when the next attempt is due, and when the provider gives up."""

from __future__ import annotations

import pytest

from paydouble.core.clock import SECOND, Duration, Instant
from paydouble.core.notification import Event, RetrySchedule

SCHEDULE = RetrySchedule((Duration(15 * SECOND), Duration(30 * SECOND)))


@pytest.mark.parametrize(("attempts", "due"), [(1, 16_000), (2, 31_000), (3, None), (4, None)])
def test_each_failed_attempt_has_its_own_delay(attempts: int, due: int | None) -> None:
    assert SCHEDULE.due_after(attempts, Instant(1_000)) == due


def test_without_delays_there_is_no_second_attempt() -> None:
    assert RetrySchedule(()).due_after(1, Instant(0)) is None


def test_an_event_belongs_to_the_feed_of_the_account_it_happened_on() -> None:
    own = Event(id="e1", type="t", api="v1", provider="stripe", merchant="acct_1")
    connected = Event(id="e2", type="t", api="v1", provider="stripe", merchant="acct_1", account="acct_2")
    assert own.provider_merchant == "stripe/acct_1"
    assert connected.provider_merchant == "stripe/acct_2"
