"""From the document's models of `notify` to groups of effects, and to whole shapes where no rule decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from paydouble.core.clock import Duration
from paydouble.core.effect import (
    Corruption,
    Disconnect,
    Latency,
    NotifyShape,
    Order,
    Retry,
    Timing,
)
from paydouble.core.effect import Hold as NotifyHold
from paydouble.scenarios import vocabulary
from paydouble.scenarios.document_notify import Hold, RetrySpec
from paydouble.scenarios.rule import Burst, Copies, Group
from paydouble.scenarios.shaping import shape_made

if TYPE_CHECKING:
    from paydouble.scenarios.document_notify import LatencySpec, Notify, RetryChoice


def notify_groups(notifies: Iterable[Notify]) -> dict[Group, Any]:
    """The first that sets a key wins; those about some events only stand beside, each a shape."""
    groups: dict[Group, Any] = {}
    only: list[NotifyShape] = []
    for notify in notifies:
        if notify.only is None:
            groups = {**_groups(notify), **groups}
        else:
            only.append(replace(shape_made(_groups(notify)), only=notify.only))
    return {**groups, Group.ONLY: tuple(only)} if only else groups


def shape_written(notifies: Iterable[Notify], because: str) -> NotifyShape | None:
    """Of a step of a timeline, where no other rule has a say."""
    groups: dict[Group, Any] = {}
    for notify in notifies:
        groups = {**_groups(notify), **groups}
    return shape_made(groups, because) if groups else None


def _groups(notify: Notify) -> dict[Group, Any]:
    # fmt: off
    made: tuple[tuple[Group, Any, Callable[[Any], Any]], ...] = (
        (Group.NOTIFY_DELAY,      notify.delay,      latency_of),
        (Group.NOTIFY_TIMING,     notify.timing,     Timing),
        (Group.NOTIFY_DUPLICATE,  notify.duplicate,  lambda d: Copies(d.copies, d.spacing, d.new_id)),
        (Group.NOTIFY_RETRY,      notify.retry,      _retry),
        (Group.NOTIFY_TO,         notify.to,         str),
        (Group.NOTIFY_REPLAY,     notify.replay,     Duration),
        (Group.NOTIFY_HOLD,       notify.hold,       _hold),
        (Group.NOTIFY_ORDER,      notify.order,      Order),
        (Group.NOTIFY_BURST,      notify.burst,      lambda b: Burst(b.count, b.over)),
        (Group.NOTIFY_DROP,       notify.drop,       bool),
        (Group.NOTIFY_SIGNATURE,  notify.signature,  vocabulary.SIGNATURES.__getitem__),
        (Group.NOTIFY_TIMESTAMP,  notify.timestamp,  Duration),
        (Group.NOTIFY_PATCH,      notify.patch,      jsonable),
        (Group.NOTIFY_CORRUPT,    notify.corrupt,    Corruption),
        (Group.NOTIFY_DISCONNECT, notify.disconnect, Disconnect),
    )
    # fmt: on
    return {group: make(value) for group, value, make in made if value is not None}


def latency_of(latency: LatencySpec) -> Latency:
    if isinstance(latency, int):
        return Latency(latency, latency)
    if latency.lognormal is not None:
        spread = latency.lognormal
        return Latency(spread.median, spread.max, spread.sigma)
    assert latency.uniform is not None
    low, high = sorted(latency.uniform)
    return Latency(low, high)


def _hold(hold: Hold) -> NotifyHold:
    if isinstance(hold.until, str):
        return NotifyHold(until=hold.until, timeout=hold.timeout)
    return NotifyHold(signal=hold.until.signal, timeout=hold.timeout)


def _retry(retry: RetryChoice) -> Retry | None:
    """None: the provider's own schedule, said on purpose so that no later rule changes it."""
    if isinstance(retry, RetrySpec):
        delays, passed = [], 0
        for delay in retry.schedule:
            passed += delay
            if retry.give_up_after is not None and passed > retry.give_up_after:
                break
            delays.append(delay)
        return Retry(tuple(delays), retry.response_timeout)
    return Retry() if retry == "none" else None


def jsonable(value: Any) -> Any:
    """Bodies and patches in what JSON has: a decimal becomes the float that prints the same."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: jsonable(below) for key, below in value.items()}
    return [jsonable(below) for below in value] if isinstance(value, list) else value
