"""What is owed is delivered: on the provider's schedule, in business time, at least once."""

from __future__ import annotations

from itertools import pairwise

from paydouble.core.clock import DAY, HOUR, MINUTE, SECOND
from paydouble.core.http import HttpResponse
from paydouble.core.notification import Notification
from tests.merchants import World, world

# The delays that WeChat Pay publishes for its retries; the first attempt is at once.
WECHAT_RETRIES = [
    15 * SECOND, 15 * SECOND, 30 * SECOND, 3 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 30 * MINUTE,
    30 * MINUTE, HOUR, 3 * HOUR, 3 * HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR,
]


async def only_notification(here: World) -> Notification:
    (found,) = await here.notifications()
    return found


async def test_twenty_five_hours_of_retries_follow_the_published_schedule_in_order() -> None:
    async with world(clock="frozen") as here:
        here.receiver.answer = lambda request: HttpResponse(
            200 if len(here.receiver.requests) > 15 else 500, (), b""
        )
        await here.wechat_order("order-1")
        await here.pay("wechatpay", "order-1")
        begun = here.sandbox.clock.now()
        await here.sandbox.timers.run_until(begun + 25 * HOUR)
        told = await only_notification(here)
        waits = [b.at - a.at for a, b in pairwise(told.attempts)]
        assert waits == WECHAT_RETRIES
        assert [attempt.outcome for attempt in told.attempts] == ["rejected"] * 15 + ["acknowledged"]
        assert told.status == "acknowledged"
        signatures = {request.headers.get("Wechatpay-Signature") for request in here.receiver.requests}
        assert len(signatures) == 16, "every attempt is signed afresh"
        assert here.sandbox.clock.now() == begun + 25 * HOUR


async def test_after_the_last_attempt_nothing_more_is_sent() -> None:
    async with world(clock="frozen") as here:
        here.receiver.answer = lambda request: HttpResponse(0)
        await here.wechat_order("order-1")
        await here.pay("wechatpay", "order-1")
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + 30 * DAY)
        told = await only_notification(here)
        assert len(told.attempts) == len(WECHAT_RETRIES) + 1
        assert (told.status, told.due_at) == ("exhausted", None)


async def test_an_acknowledged_notification_is_not_sent_again() -> None:
    async with world(clock="frozen") as here:
        await here.wechat_order("order-1")
        await here.pay("wechatpay", "order-1")
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + 2 * DAY)
        assert len(here.receiver.requests) == 1


async def test_a_redelivery_by_hand_leaves_the_schedule_alone() -> None:
    async with world(clock="frozen") as here:
        here.receiver.answer = lambda request: HttpResponse(500)
        await here.wechat_order("order-1")
        await here.pay("wechatpay", "order-1")
        told = await only_notification(here)
        assert await here.simulator.courier.redeliver(here.sandbox, told.id)
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + MINUTE)
        told = await only_notification(here)
        scheduled = [attempt.at for attempt in told.attempts if not attempt.manual]
        assert [b - a for a, b in pairwise(scheduled)] == WECHAT_RETRIES[:3]
        assert sum(attempt.manual for attempt in told.attempts) == 1


async def test_what_was_under_way_when_the_process_died_is_sent_again(tmp_path: object) -> None:
    store = f"sqlite:{tmp_path}/world.db"
    async with world(clock="frozen", store=store, id="shop") as here:
        await here.wechat_order("order-1")
        here.receiver.answer = _dies
        await here.pay("wechatpay", "order-1")
        assert (await only_notification(here)).attempts[-1].outcome == "started"
    async with world(store=store) as again:
        revived = again.simulator.sandboxes.named("shop")
        await revived.timers.settle()
        assert len(again.receiver.requests) == 1


def _dies(request: object) -> HttpResponse:
    raise RuntimeError("the process ends here")
