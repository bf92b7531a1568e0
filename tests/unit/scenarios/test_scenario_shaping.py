"""Notify effects that stick to a payment: which of several says what of one notification."""

from __future__ import annotations

from paydouble.core.clock import seconds
from paydouble.core.effect import HONEST_SHAPE, Hold, KeyChoice, Latency, NotifyShape, Order, SealEffect
from paydouble.scenarios.rule import Burst, Copies, Group
from paydouble.scenarios.shaping import because_of, over, shape_made, told_of


def delayed(length: int, *only: str) -> NotifyShape:
    from dataclasses import replace

    made = shape_made({Group.NOTIFY_DELAY: Latency(seconds(length), seconds(length))}, f"{length}s")
    return replace(made, only=only)


def test_the_first_shape_that_is_about_an_event_decides() -> None:
    shapes = (delayed(1, "refund.succeeded"), delayed(2, "refund.*", "dispute.*"), delayed(3))
    waits = {
        event: shape.delay.low // 1_000
        for event in ("refund.succeeded", "refund.failed", "dispute.won", "payment.succeeded")
        if (shape := told_of(shapes, event)) is not None and shape.delay is not None
    }
    assert waits == {"refund.succeeded": 1, "refund.failed": 2, "dispute.won": 2, "payment.succeeded": 3}
    assert told_of(shapes[:1], "payment.succeeded") is None


def test_each_effect_is_decided_by_itself() -> None:
    first = shape_made({Group.NOTIFY_BURST: Burst(5, seconds(1)), Group.NOTIFY_DROP: True}, "first")
    then = shape_made(
        {
            Group.NOTIFY_BURST: Burst(9, seconds(9)), Group.NOTIFY_DUPLICATE: Copies(2, seconds(3), True),
            Group.NOTIFY_HOLD: Hold(until="refund.succeeded"), Group.NOTIFY_ORDER: Order.REVERSE,
            Group.NOTIFY_REPLAY: seconds(60), Group.NOTIFY_DROP: False,
            Group.NOTIFY_SIGNATURE: (KeyChoice.FOREIGN, SealEffect().damage),
        },
        "then",
    )
    both = over(first, then)
    assert (both.burst, both.burst_over) == (5, seconds(1))
    assert (both.copies, both.spacing, both.new_id) == (2, seconds(3), True)
    assert (both.hold, both.order, both.replay) == (Hold(until="refund.succeeded"), Order.REVERSE, seconds(60))
    assert both.attempt is not None
    assert both.attempt.drop, "the first said it"
    assert both.attempt.seal == SealEffect(KeyChoice.FOREIGN)
    assert both.because["burst"] == "first"
    assert both.because["hold"] == "then"


def test_who_said_it_is_told_of_every_effect() -> None:
    shape = because_of(shape_made({Group.NOTIFY_TO: "http://x", Group.NOTIFY_DROP: True}), "a rule")
    assert shape.because == {"to": "a rule"}
    assert shape.attempt is not None
    assert shape.attempt.because == {"drop": "a rule"}
    assert shape_made({}) == HONEST_SHAPE
