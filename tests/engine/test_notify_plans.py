"""What a scenario does to notifications as a whole: held back, turned round, repeated byte for byte, in a burst."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from paydouble.core.clock import DAY, HOUR, MINUTE, SECOND
from paydouble.core.effect import Break, NetworkFault
from paydouble.core.http import HttpResponse
from paydouble.engine.expectations import Expectation
from tests.engine.test_timelines import advance, signal
from tests.merchants import World, world
from tests.shops import SHOPS, STRIPE, WECHATPAY, Shop

SUCCEEDED = "- name: r\n  when: {notification: payment.succeeded}\n"


def types(here: World) -> list[str]:
    return [json.loads(request.body)["type"] for request in here.receiver.requests]


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_the_success_notice_waits_until_the_refund_was_acknowledged(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(f"{SUCCEEDED}  then: {{notify: {{hold: {{until: refund.succeeded, timeout: 30d}}}}}}")
        if shop is WECHATPAY:
            await here.wechat_order("order-1", 3_000)
            await here.pay("wechatpay", "order-1")
        else:
            await shop.pay(here, "order-1")
        await here.settle()
        (held,) = [each for each in await here.notifications() if _is(here, shop, each, "payment.succeeded")]
        assert (held.attempts, held.status) == ((), "due")
        await shop.refund(here, "order-1", amount=Decimal(10))
        await advance(here, HOUR)
        refund = next(each for each in await here.notifications() if _is(here, shop, each, "refund.succeeded"))
        (free,) = [each for each in await here.notifications() if each.id == held.id]
        assert (free.status, len(free.attempts)) == ("acknowledged", 1)
        assert free.attempts[0].at >= refund.attempts[0].at
        assert _place(here, free) > _place(here, refund)


def _is(here: World, shop: Shop, owed: Any, event: str) -> bool:
    return bool(here.simulator.providers[shop.name].words.events.get(owed.event_type) == event)


def _place(here: World, owed: Any) -> int:
    sent = owed.attempts[0].request_body
    return next(place for place, each in enumerate(here.receiver.requests) if each.body == sent)


async def test_a_hold_ends_with_its_timeout_or_its_signal() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.rules(f"{SUCCEEDED}  then: {{notify: {{hold: {{until: {{signal: go}}, timeout: 30m}}}}}}")
        for ref in ("a", "b", "c"):
            await STRIPE.pay(here, ref, key=ref)
        assert await signal(here, "go", "a") == 1
        await advance(here, 29 * MINUTE)
        assert types(here).count("payment_intent.succeeded") == 1
        await advance(here, 2 * MINUTE)
        assert types(here).count("payment_intent.succeeded") == 3


async def test_a_hold_without_a_timeout_does_not_hang_the_clock() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.rules(f"{SUCCEEDED}  then: {{notify: {{hold: {{until: dispute.lost}}}}}}")
        await STRIPE.pay(here, "a")
        await advance(here, 30 * DAY)
        assert "payment_intent.succeeded" not in types(here)


async def test_what_is_born_together_leaves_in_reverse() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        await STRIPE.pay(here, "plain", key="k0")
        await here.settle()
        usual = types(here)
        here.receiver.requests.clear()
        here.rules("- {when: {operation: payment.charge}, then: {notify: {order: reverse}}}")
        await STRIPE.pay(here, "turned", key="k1")
        await here.settle()
        born = [each.event_type for each in await here.notifications() if each.ref == "turned"]
        assert len(born) > 2
        assert types(here) == list(reversed(born))
        assert sorted(types(here)) == sorted(usual)


async def test_a_shuffled_order_is_the_same_with_the_same_seed() -> None:
    async def told() -> list[str]:
        async with world(clock="frozen", id="shop", seed=5) as here:
            await STRIPE.open(here)
            here.rules("- {when: {operation: payment.charge}, then: {notify: {order: shuffle}}}")
            await STRIPE.pay(here, "a")
            await here.settle()
            return types(here)

    first = await told()
    assert first == await told()
    assert len(first) > 2


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_replay_is_the_very_same_bytes(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(f"{SUCCEEDED}  then: {{notify: {{replay: 1d}}}}")
        if shop is WECHATPAY:
            await here.wechat_order("order-1")
            await here.pay("wechatpay", "order-1")
        else:
            await shop.pay(here, "order-1")
        await here.settle()
        told = next(each for each in await here.notifications() if _is(here, shop, each, "payment.succeeded"))
        first = (told.attempts[0].request_headers, told.attempts[0].request_body)

        def came() -> int:
            return [(each.headers.pairs, each.body) for each in here.receiver.requests].count(first)

        await advance(here, DAY - 1)
        assert came() == 1
        await advance(here, 2)
        assert came() == 2
        await advance(here, 30 * DAY)
        assert came() == 2


async def test_five_at_once_and_the_first_again_a_day_later() -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{SUCCEEDED}  then:\n    notify:\n    - duplicate: {{copies: 5, spacing: 0s}}\n    - replay: 1d\n")
        await here.wechat_order("order-1")
        await here.pay("wechatpay", "order-1")
        assert len(here.receiver.requests) == 5
        providers = here.simulator.providers
        for wanted in ({"attempts": 5}, {"count": 6}, {"attempts": 1, "count": 5}):
            expected = Expectation.parse({"notifications": {"event": "payment.succeeded", **wanted}})
            assert await expected.unmet(here.sandbox, providers) == "", "together, or each by itself"
        await advance(here, 25 * HOUR)
        assert len(here.receiver.requests) == 6
        expected = Expectation.parse({"notifications": {"attempts": 6, "acknowledged": 6}})
        assert await expected.unmet(here.sandbox, providers) == ""


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_burst_is_many_events_in_a_short_time(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(f"{SUCCEEDED}  then: {{notify: {{burst: {{count: 20, over: 1s}}}}}}")
        if shop is WECHATPAY:
            await here.wechat_order("order-1")
            await here.pay("wechatpay", "order-1")
        else:
            await shop.pay(here, "order-1")
        await advance(here, 2 * SECOND)
        told = [each for each in await here.notifications() if _is(here, shop, each, "payment.succeeded")]
        assert len(told) == 20
        assert len({each.event for each in told}) == 20
        dues = sorted(each.attempts[0].due for each in told)
        assert dues[-1] - dues[0] == SECOND
        assert all(each.status == "acknowledged" for each in told)


async def test_only_some_events_of_the_payment_are_meant() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.rules(
            "- when: {operation: payment.charge}\n  then:\n    notify:\n"
            "    - {only: refund.succeeded, delay: 1h}\n    - {only: [payment.*], delay: 2h}\n    - {delay: 3h}\n"
        )
        await STRIPE.pay(here, "a")
        await STRIPE.refund(here, "a", amount=Decimal(10))
        begun = here.sandbox.clock.now()
        await advance(here, DAY)
        waits = {each.event_type: (each.attempts[0].at - begun) // HOUR for each in await here.notifications()}
        assert waits["charge.refunded"] == 1
        assert waits["payment_intent.succeeded"] == 2
        assert waits["charge.succeeded"] == 3


async def test_the_answer_is_on_its_way_while_the_notification_arrives() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.rules(f"{SUCCEEDED}  then: {{notify: {{timing: during_response}}}}")
        answer = await STRIPE.pay(here, "a")
        assert isinstance(answer.fault, Break)
        assert answer.fault.fault is NetworkFault.DRIBBLE
        assert -(-len(answer.body) // answer.fault.chunk) == 2, "one half, a pause, the other"
        assert json.loads(answer.body)["status"] == "succeeded"


async def test_a_schedule_of_ones_own_is_kept_to_and_given_up() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.receiver.answer = lambda request: HttpResponse(500)
        here.rules(
            f"{SUCCEEDED}  then: {{notify: {{retry: {{schedule: [15s, 15s, 30s, 3m, 10m], response_timeout: 2s, give_up_after: 2m}}}}}}"
        )
        await STRIPE.pay(here, "a")
        await advance(here, DAY)
        (told,) = [each for each in await here.notifications() if _is(here, STRIPE, each, "payment.succeeded")]
        begun = told.attempts[0].due
        assert [each.due - begun for each in told.attempts] == [0, 15 * SECOND, 30 * SECOND, 60 * SECOND]
        assert told.status == "exhausted"


async def test_a_notification_is_sent_by_hand_and_forged() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        await STRIPE.pay(here, "a")
        await here.settle()
        record = await STRIPE.record(here, "a")
        assert record is not None
        provider = here.simulator.providers["stripe"]
        owed = await here.simulator.player.notify(
            here.sandbox, provider, record, native="payment_intent.succeeded"
        )
        await here.settle()
        assert len(owed) == 1
        assert types(here).count("payment_intent.succeeded") == 2
        sent = [json.loads(request.body)["id"] for request in here.receiver.requests]
        assert len(set(sent)) == len(sent), "it is an event of its own"
