"""What happens to a payment later: steps of a timeline, what they wait for, and that nothing forgets them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from paydouble.core.clock import DAY, HOUR, MINUTE
from paydouble.core.http import HttpResponse
from paydouble.core.work import Walk
from paydouble.engine.audit import audit
from paydouble.engine.sequels import Timeline
from tests.merchants import World, world
from tests.shops import PAYPAL, SHOPS, STRIPE, WECHATPAY, Shop

CHARGE = "- name: r\n  when: {operation: payment.charge}\n"
REFUND = "- name: r\n  when: {operation: refund.create}\n"
BY_NAME = {shop.name: shop for shop in SHOPS}
WITH_REFUNDS_IN_TIME = (STRIPE, PAYPAL, WECHATPAY)
"""Alipay refunds at once: its refunds have nothing to wait for."""


async def advance(here: World, by: int) -> None:
    await here.sandbox.timers.run_until(here.sandbox.clock.now() + by)


async def timelines(here: World) -> list[Timeline]:
    found = await here.sandbox.store.scan(here.sandbox.id, Timeline, Walk(limit=100))
    return [each.record for each in found]


async def nothing_failed(here: World) -> None:
    assert [failure for each in await timelines(here) for failure in each.failures] == []
    laws = await audit(here.sandbox, here.simulator.providers)
    assert [each.detail for each in laws if not each.ok] == []


async def signal(here: World, name: str, ref: str = "") -> int:
    count = await here.simulator.player.signal(here.sandbox, name, ref)
    await here.settle()
    return count


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_payment_that_is_held_is_approved_later(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{CHARGE}  then: {{outcome: held, timeline: [{{wait: 1h}}, {{outcome: approved}}]}}")
        await shop.pay(here, "order-1")
        await advance(here, 59 * MINUTE)
        assert await shop.phase(here, "order-1") in ("open", "pending")
        await advance(here, 2 * MINUTE)
        assert await shop.phase(here, "order-1") == "paid"
        assert len(await shop.captures(here, "order-1")) == 1
        await nothing_failed(here)


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_payment_that_is_held_is_refused_later(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        here.rules(
            f"{CHARGE}  then:\n    outcome: pending\n"
            "    timeline: [{wait: 3d}, {outcome: {result: declined, reason: insufficient_funds}}]"
        )
        await shop.pay(here, "order-1")
        await advance(here, 4 * DAY)
        assert await shop.phase(here, "order-1") in ("failed", "open")
        assert await shop.captures(here, "order-1") == []
        await nothing_failed(here)


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_the_third_query_sees_what_it_was_waited_for(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{CHARGE}  then: {{outcome: pending, timeline: [{{wait: {{polls: 3}}}}, {{outcome: approved}}]}}")
        await shop.pay(here, "order-1")
        seen = [await shop.query(here, "order-1") for _ in range(4)]
        assert seen == ["waiting", "waiting", "paid", "paid"]
        await nothing_failed(here)


@pytest.mark.parametrize("shop", WITH_REFUNDS_IN_TIME, ids=str)
@pytest.mark.parametrize(("outcome", "ends"), [("approved", "succe|complete"), ("failed", "fail|abnormal")])
async def test_a_refund_is_decided_by_the_third_query(shop: Shop, outcome: str, ends: str) -> None:
    async with world(clock="frozen") as here:
        await shop.pay(here, "order-1")
        here.rules(
            f"{REFUND}  then: {{outcome: pending, timeline: [{{wait: {{polls: 3}}}}, {{outcome: {outcome}}}]}}"
        )
        await shop.refund(here, "order-1", amount=Decimal(10))
        seen = [(await shop.query_refund(here, "order-1")).lower() for _ in range(4)]
        assert seen[0] == seen[1] != seen[2] == seen[3]
        assert seen[2].startswith(tuple(ends.split("|")))
        await nothing_failed(here)


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_signal_for_one_order_leaves_the_other_waiting(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        here.rules(
            f"{CHARGE}  then: {{outcome: held, timeline: [{{wait: {{signal: go, timeout: 1h}}}}, {{outcome: approved}}]}}"
        )
        await shop.pay(here, "order-1", key="k1")
        await shop.pay(here, "order-2", key="k2")
        assert await signal(here, "stop") == 0
        assert await signal(here, "go", "order-1") == 1
        assert await shop.phase(here, "order-1") == "paid"
        assert await shop.phase(here, "order-2") != "paid"
        await advance(here, HOUR)
        assert await shop.phase(here, "order-2") == "paid", "the timeout ends the wait as well"
        await nothing_failed(here)


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_timeline_waits_for_a_phase_and_for_an_acknowledgement(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.receiver.answer = lambda request: HttpResponse(500)
        here.rules(
            f"{CHARGE}  then:\n    outcome: held\n"
            "    timeline: [{wait: {signal: go}}, {outcome: approved}]\n"
            "- name: told\n  when: {operation: payment.charge}\n  then:\n    set: {seen: charge}\n"
            "- name: watch\n  when: {operation: payment.query, nth: 1}\n"
            "  then:\n    timeline: [{wait: {phase: paid}}, {set: {phase: reached}}, {wait: {phase: paid}}, {set: {again: at once}}]\n"
        )
        await shop.pay(here, "order-1")
        await shop.query(here, "order-1")
        (watching,) = [each for each in await timelines(here) if each.position == 0 and each.waits.startswith("phase/")]
        await signal(here, "go")
        (over,) = [each for each in await timelines(here) if each.id == watching.id]
        assert over.status == "done"
        await nothing_failed(here)


async def test_what_waits_for_an_acknowledgement_goes_on_with_it() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        answers = [500, 200]
        here.receiver.answer = lambda request: HttpResponse(answers.pop(0) if answers else 200)
        here.rules(
            f"{CHARGE}  then: {{timeline: [{{wait: {{acknowledged: payment.succeeded}}}}, {{refund: {{amount: 5.00}}}}]}}"
        )
        here.rules("- {when: {notification: payment.succeeded, nth: 1}, then: {notify: {drop: true}}}")
        await STRIPE.pay(here, "order-1")
        await here.settle()
        view = await STRIPE.view(here, "order-1")
        assert view is not None
        assert view.refunded.minor == 0
        await advance(here, DAY)
        view = await STRIPE.view(here, "order-1")
        assert view is not None
        assert view.refunded.minor == 500
        await nothing_failed(here)


async def test_a_timeline_survives_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path}/world.db"
    async with world(clock="frozen", store=store, id="shop") as here:
        here.rules(
            f"{CHARGE}  then: {{outcome: held, timeline: [{{wait: 1h}}, {{outcome: approved}}, {{wait: {{signal: on}}}}, {{refund: {{}}}}]}}"
        )
        await STRIPE.pay(here, "order-1")
    async with world(store=store) as again:
        revived = World(again.simulator, again.simulator.sandboxes.named("shop"), again.receiver)
        await advance(revived, 2 * HOUR)
        assert await STRIPE.phase(revived, "order-1") == "paid"
        assert await signal(revived, "on") == 1
        view = await STRIPE.view(revived, "order-1")
        assert view is not None
        assert view.refunded == view.captured


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_a_snapshot_brings_back_where_a_timeline_stood(store: str, tmp_path: Path) -> None:
    async with world(clock="frozen", store="memory" if store == "memory" else f"sqlite:{tmp_path}/w.db") as here:
        here.rules(f"{CHARGE}  then: {{outcome: held, timeline: [{{wait: 1h}}, {{outcome: approved}}]}}")
        await STRIPE.pay(here, "order-1")
        await here.simulator.sandboxes.snapshot(here.sandbox.id, "held")
        await advance(here, 2 * HOUR)
        assert await STRIPE.phase(here, "order-1") == "paid"
        restored = await here.simulator.sandboxes.restore(here.sandbox.id, "held")
        back = World(here.simulator, restored, here.receiver)
        assert await STRIPE.phase(back, "order-1") == "pending"
        await advance(back, 2 * HOUR)
        assert await STRIPE.phase(back, "order-1") == "paid"


async def test_a_reset_ends_all_timelines() -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{CHARGE}  then: {{outcome: held, timeline: [{{wait: 1h}}, {{outcome: approved}}]}}")
        await STRIPE.pay(here, "order-1")
        sandbox = await here.simulator.sandboxes.reset(here.sandbox.id)
        again = World(here.simulator, sandbox, here.receiver)
        assert await sandbox.store.next_due(sandbox.id, "") is None
        assert await timelines(again) == []


async def test_the_zero_of_a_timeline_is_the_commit_and_steps_follow_each_other_exactly() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.rules(
            f"{CHARGE}  then: {{respond: {{fault: timeout, committed: 10m}}, timeline: [{{wait: 1h}}, {{refund: {{amount: 1.00}}}}, {{wait: 1h}}, {{refund: {{amount: 1.00}}}}]}}"
        )
        begun = here.sandbox.clock.now()
        await STRIPE.pay(here, "order-1")
        await advance(here, 5 * HOUR)
        refunds = [each.created - begun for each in await here.notifications() if each.event_type == "refund.created"]
        assert refunds == [70 * MINUTE, 130 * MINUTE]


async def test_what_hangs_on_work_that_was_not_done_is_void() -> None:
    async with world(clock="frozen") as here:
        here.rules(
            f"{CHARGE}  then: {{timeline: [{{wait: 1h}}, {{refund: {{}}}}]}}\n"
            "- {when: {operation: payment.charge, nth: 1}, then: {respond: {fault: reset, committed: false}}}"
        )
        await STRIPE.pay(here, "order-1")
        assert await timelines(here) == []
        await STRIPE.pay(here, "order-1")
        assert len(await timelines(here)) == 1


async def test_a_replayed_call_begins_no_second_timeline() -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{CHARGE}  then: {{timeline: [{{wait: 1h}}, {{refund: {{amount: 1.00}}}}]}}")
        await STRIPE.pay(here, "order-1", key="same")
        await STRIPE.pay(here, "order-1", key="same")
        assert len(await timelines(here)) == 1


async def test_the_payer_moves_the_money_and_the_timeline_goes_with_it() -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{CHARGE}  then: {{outcome: held, timeline: [{{wait: 30m}}, {{outcome: approved}}]}}")
        await here.wechat_order("order-1")
        await here.pay("wechatpay", "order-1")
        assert await WECHATPAY.query(here, "order-1") == "waiting"
        await advance(here, HOUR)
        assert await WECHATPAY.query(here, "order-1") == "paid"
        await nothing_failed(here)


@pytest.mark.parametrize("provider", ["stripe", "paypal", "wechatpay"])
async def test_the_payer_closes_the_cashier_page(provider: str) -> None:
    async with world(clock="frozen") as here:
        here.rules(
            "- when: {operation: payment.create}\n  then:\n    outcome: pending\n"
            "    timeline: [{wait: 2m}, {outcome: {result: canceled, reason: payer_closed}}]"
        )
        match provider:
            case "stripe":
                made = {"amount": 3000, "currency": "usd", "metadata": {"order_id": "order-1"}}
                await here.stripe("POST", "/v1/payment_intents", **made)
            case "paypal":
                await PAYPAL.prepare(here, "order-1")
            case _:
                await here.wechat_order("order-1")
        await advance(here, 3 * MINUTE)
        await nothing_failed(here)
        assert await BY_NAME[provider].phase(here, "order-1") == ("closed" if provider == "stripe" else "open")


async def test_a_refusal_of_the_payers_bank_is_a_decision_that_a_timeline_hangs_on() -> None:
    from paydouble.core.act import Declined

    async with world(clock="frozen") as here:
        here.rules(
            f"{CHARGE}  then:\n    outcome: {{result: declined, reason: insufficient_funds}}\n"
            "    timeline: [{wait: 30m}, {outcome: approved}]"
        )
        await here.wechat_order("order-1")
        with pytest.raises(Declined):
            await here.pay("wechatpay", "order-1")
        await advance(here, HOUR)
        assert await WECHATPAY.query(here, "order-1") == "paid"
