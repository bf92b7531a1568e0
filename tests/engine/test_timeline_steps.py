"""What a timeline can do to a payment, step by step: fees, refunds, disputes, events; and what it cannot."""

from __future__ import annotations

import pytest

from paydouble.core.clock import DAY, HOUR
from paydouble.scenarios.loader import load_text
from tests.engine.test_timelines import CHARGE, advance, nothing_failed, timelines
from tests.merchants import world
from tests.shops import AMOUNT, PAYPAL, SHOPS, STRIPE, WECHATPAY, Shop


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_fee_settles_at_another_figure_and_the_books_agree(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{CHARGE}  then: {{outcome: approved, timeline: [{{wait: 2d}}, {{settle: {{fee: 4.71}}}}]}}")
        await shop.pay(here, "order-1")
        before = await shop.view(here, "order-1")
        assert before is not None
        assert before.fee.minor != 471
        await advance(here, 3 * DAY)
        after = await shop.view(here, "order-1")
        assert after is not None
        assert after.fee.minor == 471
        await nothing_failed(here)


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_fee_is_what_the_outcome_says(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{CHARGE}  then: {{outcome: {{result: approved, fee: 1.23}}}}")
        await shop.pay(here, "order-1")
        view = await shop.view(here, "order-1")
        assert view is not None
        assert view.fee.minor == 123


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_refund_comes_that_nobody_asked_for(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(
            f"{CHARGE}  then:\n    timeline:\n    - wait: 1h\n    - refund: {{amount: 5.00}}\n"
            "      notify: {duplicate: {copies: 2, spacing: 30s}}\n"
        )
        await shop.pay(here, "order-1")
        await advance(here, 3 * HOUR)
        view = await shop.view(here, "order-1")
        assert view is not None
        assert view.refunded.minor == 500
        assert await shop.told(here, "refund.succeeded") == 2
        await nothing_failed(here)


async def test_a_dispute_is_opened_and_lost() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.rules(
            f"{CHARGE}  then:\n    timeline:\n    - wait: 8d\n    - dispute: {{reason: fraudulent, fee: 20.00}}\n"
            "      notify: {duplicate: {copies: 2, spacing: 30s}}\n"
            "    - wait: 50d\n    - dispute: {result: lost}\n"
        )
        await STRIPE.pay(here, "order-1")
        await advance(here, 9 * DAY)
        view = await STRIPE.view(here, "order-1")
        assert view is not None
        assert view.disputed.minor == int(AMOUNT * 100)
        assert await STRIPE.told(here, "dispute.opened") == 2
        fees = (await here.sandbox.store.balances(here.sandbox.id))["provider:stripe:fees"]["USD"]
        assert fees == view.fee.minor + 2_000
        await advance(here, 60 * DAY)
        assert (await STRIPE.told(here, "dispute.lost"), await STRIPE.told(here, "dispute.won")) == (1, 0)
        await nothing_failed(here)


async def test_evidence_after_the_deadline_is_refused() -> None:
    async with world(clock="frozen") as here:
        here.sandbox.rules.activate(load_text("""
schema: 1
name: dispute-lifecycle
providers: [stripe]
rules:
  - name: long afterlife
    when: {operation: payment.charge, metadata: {journey: dispute}}
    then:
      outcome: approved
      timeline:
        - wait: 2d
        - settle: {fee: 4.71}
        - wait: 8d
        - dispute: {reason: fraudulent, fee: 15.00}
        - wait: 5d
        - set: {evidence_due: expired}
  - name: evidence after the deadline
    when: {operation: dispute.respond, vars: {evidence_due: expired}}
    then: {respond: {error: validation}}
"""))
        await STRIPE.charge(here, "d-1", journey="dispute")
        await advance(here, 11 * DAY)
        (dispute,) = (await here.stripe("GET", "/v1/disputes")).json["data"]
        answer = {"evidence": {"uncategorized_text": "It was delivered."}}
        url = f"/v1/disputes/{dispute['id']}"
        assert (await here.stripe("POST", url, **answer, submit=False)).status == 200
        await advance(here, 5 * DAY)
        assert (await here.stripe("POST", url, **answer)).status == 400
        await nothing_failed(here)


@pytest.mark.parametrize("reason", ["fraudulent", "product_not_received"])
@pytest.mark.parametrize(("ends", "stays"), [("won", 0), ("lost", 3_000)])
@pytest.mark.parametrize("shop", [STRIPE, PAYPAL], ids=str)
async def test_a_dispute_is_opened_and_decided(shop: Shop, ends: str, stays: int, reason: str) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(
            f"{CHARGE}  then:\n    timeline:\n    - wait: 1d\n    - dispute: {{reason: {reason}, fee: 15.00}}\n"
            f"    - wait: 1d\n    - dispute: {{result: {ends}}}\n"
        )
        await shop.pay(here, "order-1")
        await advance(here, DAY)
        view = await shop.view(here, "order-1")
        assert view is not None
        assert view.disputed.minor == 3_000
        assert [await shop.told(here, f"dispute.{each}") for each in ("opened", "won", "lost")] == [1, 0, 0]
        await advance(here, DAY)
        view = await shop.view(here, "order-1")
        assert view is not None
        assert view.disputed.minor == stays
        told = {each: await shop.told(here, f"dispute.{each}") for each in ("opened", "won", "lost")}
        assert told == {"opened": 1, "won": 0, "lost": 0, ends: 1}
        await nothing_failed(here)


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_an_event_that_the_receiver_does_not_know_is_sent(shop: Shop) -> None:
    native = {
        "stripe": "payment_intent.future_event", "paypal": "PAYMENT.CAPTURE.FUTURE",
        "alipay": "trade_status_sync.TRADE_FUTURE", "wechatpay": "TRANSACTION.FUTURE",
    }[shop.name]
    async with world(clock="frozen") as here:
        await shop.open(here)
        await shop.pay(here, "order-1")
        here.rules(
            f"- {{when: {{operation: payment.query}}, then: {{timeline: [{{emit: {{native: {native}}}}}]}}}}"
        )
        await shop.query(here, "order-1")
        await here.settle()
        types = [each.event_type for each in await here.notifications()]
        assert types[-1] == native
        await nothing_failed(here)


async def test_steps_that_cannot_be_done_are_noted_and_passed_over() -> None:
    async with world(clock="frozen") as here:
        here.rules(f"{CHARGE}  then: {{timeline: [{{wait: 1h}}, {{dispute: {{reason: fraudulent}}}}, {{refund: {{amount: 1.00}}}}]}}")
        await WECHATPAY.pay(here, "order-1")
        await advance(here, 2 * HOUR)
        (played,) = await timelines(here)
        assert [failure.partition(":")[0] for failure in played.failures] == ["step 2"]
        view = await WECHATPAY.view(here, "order-1")
        assert view is not None
        assert view.refunded.minor == 100
