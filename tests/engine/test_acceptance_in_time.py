"""Time as a whole: full retry schedules, worlds beside each other, forged notices, and clocks that never hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

import pytest

from paydouble.client.verifying import VERIFIERS, Forged
from paydouble.core.clock import DAY, HOUR, MINUTE
from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.core.notification import Notification
from paydouble.crypto import rsa
from paydouble.engine.conduct import no_unsigned_accept
from tests.engine.test_timelines import advance, signal
from tests.merchants import World, world
from tests.shops import ALIPAY, SHOPS, STRIPE, WECHATPAY, Shop

FOREVER = 400 * DAY


async def pay(here: World, shop: Shop, ref: str = "order-1") -> None:
    """In a way that is told of."""
    if shop is WECHATPAY:
        await here.wechat_order(ref)
        await here.pay("wechatpay", ref)
    else:
        await shop.pay(here, ref)
        await here.settle()


async def successes(here: World, shop: Shop) -> list[Notification]:
    events = here.simulator.providers[shop.name].words.events
    return [each for each in await here.notifications() if events.get(each.event_type) == "payment.succeeded"]


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_whole_retry_schedule_is_delivered_in_order_once_each_and_ends(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.receiver.answer = lambda request: HttpResponse(500)
        await pay(here, shop)
        ran = await here.sandbox.timers.run_until(here.sandbox.clock.now() + FOREVER)
        (told,) = await successes(here, shop)
        schedule = here.simulator.providers[shop.name].retries.delays
        assert [b.due - a.due for a, b in pairwise(told.attempts)] == list(schedule)
        assert told.status == "exhausted"
        assert [each.at for each in ran] == sorted(each.at for each in ran)
        bodies = [request.body for request in here.receiver.requests]
        assert len(bodies) == sum(len(each.attempts) for each in await here.notifications())
        end = here.sandbox.clock.now() + FOREVER
        left = await here.sandbox.store.due(here.sandbox.id, "", end, 100)
        assert [timer for timer in left if timer.subject_kind == Notification.kind] == []


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_worlds_with_the_same_orders_and_other_clocks_know_nothing_of_each_other(shop: Shop) -> None:
    rule = "- when: {operation: payment.charge}\n  then: {outcome: held, timeline: [{wait: 1h}, {outcome: approved}]}"
    async with world(clock="frozen") as here:
        there = World(here.simulator, await here.simulator.sandboxes.create(clock="frozen"), here.receiver)
        for each in (here, there):
            each.rules(rule)
            await shop.pay(each, "order-1")
        await advance(here, 2 * HOUR)
        assert (await shop.phase(here, "order-1"), await shop.phase(there, "order-1") == "paid") == ("paid", False)
        assert await signal(there, "anything") == 0
        begun = there.sandbox.clock.now()
        await advance(there, 2 * HOUR)
        assert await shop.phase(there, "order-1") == "paid"
        assert there.sandbox.clock.now() - begun == 2 * HOUR
        assert [len(await shop.captures(each, "order-1")) for each in (here, there)] == [1, 1]


async def test_the_clock_does_not_wait_for_what_a_gate_keeps_back() -> None:
    """The receiver asks us about the payment before it answers, and that call is held."""
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.rules("- {when: {operation: payment.query}, then: {gate: {at: before_answer, signal: go, timeout: 60s}}}")
        asked: list[asyncio.Task[str]] = []
        freed = asyncio.Event()

        class Asking:
            async def send(self, request: HttpRequest, timeout_ms: int, *, disconnect: Any = None) -> HttpResponse:
                asked.append(asyncio.create_task(STRIPE.query(here, "order-1")))
                await freed.wait()
                return HttpResponse(200)

        here.simulator.courier._transport = Asking()
        await STRIPE.pay(here, "order-1")
        while not here.sandbox.gates.held:
            await asyncio.sleep(0)
        await asyncio.wait_for(advance(here, DAY), 5)
        here.sandbox.gates.signal("go")
        freed.set()
        assert [await task for task in asked][:1] == ["paid"]
        await here.settle()


def careful(here: World, shop: Shop) -> Callable[[HttpRequest], HttpResponse]:
    """Acknowledges what is genuine."""
    provider = here.simulator.providers[shop.name]
    merchant = here.merchant(shop.name)
    credentials = provider.credentials(merchant, "http://127.0.0.1:4800").fields

    def answer(request: HttpRequest) -> HttpResponse:
        try:
            if shop is ALIPAY:
                _alipay(request, credentials["alipay_public_key_pem"], credentials["app_id"])
            else:
                VERIFIERS[shop.name](request.headers, request.body, credentials, time.time())
        except Forged:
            return HttpResponse(401, (), b"fail")
        return HttpResponse(200, (), b"success")

    return answer


def _alipay(request: HttpRequest, public_key: str, app_id: str) -> None:
    """https://opendocs.alipay.com/open/270/105902: all but sign and sign_type, sorted."""
    fields = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    signature = fields.pop("sign", "")
    fields.pop("sign_type", "")
    if fields.get("app_id") != app_id:
        raise Forged("it is about somebody else's app")
    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name])
    key = rsa.load_public(public_key.encode())
    if not rsa.verifies_sha256(key, text.encode(), signature):
        raise Forged("it is not Alipay's signature")


FORGERIES = ("signature: wrong_key", "signature: corrupt", "signature: missing", "signature: tampered_body",
             "signature: other_merchant")


@pytest.mark.parametrize("how", FORGERIES)
@pytest.mark.parametrize("shop", [STRIPE, ALIPAY, WECHATPAY], ids=str)
async def test_a_careful_receiver_acknowledges_nothing_that_is_forged(shop: Shop, how: str) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.receiver.answer = careful(here, shop)
        here.rules(f"- when: {{notification: payment.succeeded, nth: 1}}\n  then: {{notify: {{{how}}}}}")
        await pay(here, shop)
        await advance(here, 2 * DAY)
        (told,) = await successes(here, shop)
        assert [attempt.outcome for attempt in told.attempts[:2]] == ["rejected", "acknowledged"]
        assert list(await no_unsigned_accept(here.sandbox, here.simulator.providers)) == []


@pytest.mark.parametrize("how", FORGERIES)
@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_careless_receiver_is_caught(shop: Shop, how: str) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(f"- when: {{notification: payment.succeeded, nth: 1}}\n  then: {{notify: {{{how}}}}}")
        await pay(here, shop)
        await here.settle()
        found = list(await no_unsigned_accept(here.sandbox, here.simulator.providers))
        assert len(found) == 1


@pytest.mark.parametrize("committed", ["true", "false", "2s"])
async def test_where_the_payer_moves_the_money_the_order_is_what_can_be_lost(committed: str) -> None:
    async with world(clock="frozen") as here:
        here.rules(
            "- when: {operation: payment.create, nth: 1, per: ref}\n"
            f"  then: {{respond: {{fault: timeout, committed: {committed}}}}}"
        )
        assert (await here.wechat_order("order-1")).response.fault is not None
        stands = committed == "true"
        assert await WECHATPAY.query(here, "order-1") == ("waiting" if stands else "none")
        await advance(here, MINUTE)
        assert await WECHATPAY.query(here, "order-1") == ("none" if committed == "false" else "waiting")
        assert (await here.wechat_order("order-1")).status == 200, "ordering again under the same number is allowed"
        await here.pay("wechatpay", "order-1")
        assert len(await WECHATPAY.captures(here, "order-1")) == 1
        assert len(await successes(here, WECHATPAY)) == 1


