"""Scenarios with states: rules of a state, ways out of it, what it does on entering; variables of payments."""

from __future__ import annotations

from pathlib import Path

import pytest

from paydouble.core.clock import DAY, HOUR, MINUTE
from paydouble.core.http import HttpResponse
from paydouble.core.work import Walk
from paydouble.engine.sequels import ScenarioMemory
from paydouble.scenarios.loader import load_text
from tests.engine.test_timelines import advance, nothing_failed, signal
from tests.merchants import World, world
from tests.shops import PAYPAL, SHOPS, STRIPE, Shop

REVIEW = """
schema: 1
name: review
scope: payment
initial: open
states:
  open:
    rules:
      - name: to review
        when: {operation: payment.charge}
        then: {outcome: {result: held, reason: risk_review}, state: in_review}
  in_review:
    leave:
      - {signal: approve, to: cleared}
      - {signal: deny, to: denied}
      - {after: 3d, to: denied}
    rules:
      - name: too eager
        when: {operation: payment.query, nth: ">=3", per: payment}
        then: {respond: {error: rate_limited}}
  cleared:
    enter: [{outcome: approved}]
  denied:
    enter: [{outcome: {result: declined, reason: fraud_suspected}}]
    rules:
      - when: {operation: payment.query}
        then: {respond: {error: conflict}}
rules:
  - name: in every state
    optional: true
    when: {operation: payment.query}
    then: {respond: {latency: 1ms}}
"""


def activate(here: World, text: str) -> None:
    here.sandbox.rules.activate(load_text(text, providers=list(here.simulator.providers.values())))


async def state_of(here: World, ref: str = "") -> str:
    found = await here.sandbox.store.scan(here.sandbox.id, ScenarioMemory, Walk(limit=100))
    (memory,) = [each.record for each in found if each.record.about.ref == ref]
    return memory.state


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_each_payment_has_a_machine_of_its_own(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        activate(here, REVIEW)
        for number in ("order-1", "order-2", "order-3"):
            await shop.pay(here, number, key=number)
            assert await state_of(here, number) == "in_review"
        assert await signal(here, "approve", "order-1") == 1
        assert await signal(here, "deny", "order-2") == 1
        assert [await state_of(here, f"order-{n}") for n in (1, 2, 3)] == ["cleared", "denied", "in_review"]
        assert await shop.phase(here, "order-1") == "paid"
        assert await shop.captures(here, "order-2") == []
        await advance(here, 4 * DAY)
        assert await state_of(here, "order-3") == "denied", "nobody decided"
        assert await shop.captures(here, "order-3") == []
        await nothing_failed(here)


async def test_rules_of_a_state_act_in_that_state_only() -> None:
    async with world(clock="frozen") as here:
        activate(here, REVIEW)
        await STRIPE.pay(here, "order-1")
        record = await STRIPE.record(here, "order-1")
        assert record is not None
        url = f"/v1/payment_intents/{record.id}"
        assert [(await here.stripe("GET", url)).status for _ in range(4)] == [200, 200, 429, 429]
        await signal(here, "deny")
        assert (await here.stripe("GET", url)).status in (400, 409)
        told = [str(look) for look in here.sandbox.log.calls[-1].looks]
        assert any("state: wanted in_review, got denied" in each for each in told)


async def test_the_initial_state_begins_with_its_payment() -> None:
    async with world(clock="frozen") as here:
        activate(here, """
schema: 1
name: slow
states:
  fresh:
    leave: [{after: 1h, to: stale}]
  stale:
    enter: [{refund: {}}]
""")
        await STRIPE.pay(here, "order-1")
        await advance(here, 30 * MINUTE)
        await STRIPE.pay(here, "order-2", key="k2")
        await advance(here, 40 * MINUTE)
        assert (await state_of(here, "order-1"), await state_of(here, "order-2")) == ("stale", "fresh")
        view = await STRIPE.view(here, "order-1")
        assert view is not None
        assert view.refunded == view.captured
        await nothing_failed(here)


async def test_a_machine_of_the_sandbox_goes_by_its_clock() -> None:
    async with world(clock="frozen") as here:
        activate(here, """
schema: 1
name: outage
scope: sandbox
initial: fine
states:
  fine:
    leave: [{after: 5m, to: down}, {signal: break, to: down}]
  down:
    leave: [{after: 5m, to: fine}]
    rules:
      - when: {operation: payment.charge}
        then: {respond: {error: unavailable, committed: false}}
""")
        await here.simulator.player.begin(here.sandbox)
        assert (await STRIPE.charge(here, "a", key="a")).status == 200
        await advance(here, 6 * MINUTE)
        assert (await STRIPE.charge(here, "b", key="b")).status >= 500
        await advance(here, 5 * MINUTE)
        assert (await STRIPE.charge(here, "c", key="c")).status == 200
        assert await signal(here, "break") == 1
        assert (await STRIPE.charge(here, "d", key="d")).status >= 500


@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_state_is_left_after_so_many_queries(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        activate(here, """
schema: 1
name: polled
initial: waiting
states:
  waiting:
    leave: [{polls: 2, to: done}]
    rules:
      - when: {operation: payment.charge}
        then: {outcome: pending}
  done:
    enter: [{outcome: approved}]
""")
        await shop.pay(here, "order-1")
        seen = [await shop.query(here, "order-1") for _ in range(3)]
        assert seen == ["waiting", "paid", "paid"]
        await nothing_failed(here)


async def test_a_state_is_left_by_a_phase_and_by_an_acknowledgement() -> None:
    async with world(clock="frozen") as here:
        await STRIPE.open(here)
        here.receiver.answer = lambda request: HttpResponse(200 if len(here.receiver.requests) > 4 else 500)
        activate(here, """
schema: 1
name: watched
initial: open
states:
  open:  {leave: [{phase: paid, to: paid}]}
  paid:  {leave: [{acknowledged: payment.succeeded, to: told}]}
  told:  {}
""")
        await STRIPE.pay(here, "order-1")
        await here.settle()
        assert await state_of(here, "order-1") == "paid"
        await advance(here, 3 * DAY)
        assert await state_of(here, "order-1") == "told"


async def test_variables_are_kept_for_each_payment() -> None:
    async with world(clock="frozen") as here:
        here.sandbox.rules.activate(load_text("""
schema: 1
name: remembers
vars: {late: no}
rules:
  - name: becomes late
    when: {operation: payment.charge}
    then: {timeline: [{wait: 1h}, {set: {late: yes}}]}
  - name: refused when late
    when: {operation: refund.create, vars: {late: yes}}
    then: {respond: {error: validation}}
"""))
        await STRIPE.pay(here, "order-1")
        await advance(here, 2 * HOUR)
        await STRIPE.pay(here, "order-2", key="k2")
        from decimal import Decimal

        assert (await STRIPE.refund(here, "order-1", amount=Decimal(1), key="r1")).status == 400
        assert (await STRIPE.refund(here, "order-2", amount=Decimal(1), key="r2")).status == 200


async def test_what_a_refusing_rule_says_of_its_state_stands() -> None:
    async with world(clock="frozen") as here:
        activate(here, """
schema: 1
name: once
scope: sandbox
initial: first
states:
  first:
    rules:
      - name: refuses
        when: {operation: payment.charge}
        then: {respond: {error: rate_limited}, state: second, set: {refused: 1}}
      - name: void
        optional: true
        when: {operation: payment.charge}
        then: {set: {done: 1}}
  second:
    rules:
      - when: {operation: payment.charge, vars: {done: {absent: true}, refused: "1"}}
        then: {outcome: declined}
""")
        assert (await STRIPE.charge(here, "a", key="a")).status == 429
        assert (await STRIPE.charge(here, "a", key="b")).status == 402


async def test_the_first_rule_decides_a_state_and_each_variable() -> None:
    async with world(clock="frozen") as here:
        activation = here.sandbox.rules.activate(load_text("""
schema: 1
name: firsts
scope: sandbox
states: {a: {}, b: {}, c: {}}
rules:
  - {name: one, when: {operation: payment.charge}, then: {state: b, set: {x: 1}}}
  - {name: two, when: {operation: payment.charge}, then: {state: c, set: {x: 2, y: 2}}}
  - {name: three, when: {operation: payment.charge}, then: {state: c, set: {y: 3}}}
"""))
        other = here.sandbox.rules.activate(load_text("""
schema: 1
name: another
scope: sandbox
states: {a: {}, b: {}}
rules:
  - {when: {operation: payment.charge}, then: {state: b}}
"""))
        await STRIPE.pay(here, "order-1")
        found = await here.sandbox.store.scan(here.sandbox.id, ScenarioMemory, Walk())
        kept = {each.record.owner.scenario: (each.record.state, dict(each.record.vars)) for each in found}
        assert kept == {"firsts": ("b", {"x": 1, "y": 2}), "another": ("b", {})}
        assert activation.fired == {"rule 'one'": 1, "rule 'two'": 1}, "of the third, nothing took place"
        assert other.fired == {"rule 1": 1}


async def test_states_survive_a_restart_and_a_snapshot(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path}/world.db"
    async with world(clock="frozen", store=store, id="shop") as here:
        activation = here.sandbox.rules.activate(load_text(REVIEW))
        await here.sandbox.rules.keep(activation)
        await PAYPAL.pay(here, "order-1")
        await here.simulator.sandboxes.snapshot("shop", "held")
    PAYPAL.tokens.clear()
    async with world(store=store) as again:
        revived = World(again.simulator, again.simulator.sandboxes.named("shop"), again.receiver)
        assert await state_of(revived, "order-1") == "in_review"
        assert await signal(revived, "approve") == 1
        assert await PAYPAL.phase(revived, "order-1") == "paid"
        restored = await again.simulator.sandboxes.restore("shop", "held")
        back = World(again.simulator, restored, again.receiver)
        assert await state_of(back, "order-1") == "in_review"
        await advance(back, 4 * DAY)
        assert await state_of(back, "order-1") == "denied"
        assert await PAYPAL.captures(back, "order-1") == []


async def test_a_machine_is_moved_by_hand() -> None:
    async with world(clock="frozen") as here:
        activate(here, REVIEW)
        await STRIPE.pay(here, "order-1")
        assert await here.simulator.player.go(here.sandbox, "cleared") == 0, "this machine is a payment's"
        assert await here.simulator.player.go(here.sandbox, "cleared", "order-1") == 1
        await here.settle()
        assert await STRIPE.phase(here, "order-1") == "paid"


async def test_a_machine_of_the_sandbox_ends_with_its_scenario() -> None:
    async with world(clock="frozen") as here:
        activation = here.sandbox.rules.activate(load_text("""
schema: 1
name: back-and-forth
scope: sandbox
states:
  a: {leave: [{after: 5m, to: b}]}
  b: {leave: [{after: 5m, to: a}]}
"""))
        await here.simulator.player.begin(here.sandbox)
        await advance(here, DAY)
        (memory,) = await here.sandbox.store.scan(here.sandbox.id, ScenarioMemory, Walk())
        assert memory.record.visit == 1 + DAY // (5 * MINUTE), "it never tires"
        await here.sandbox.rules.end(activation.id)
        await advance(here, DAY)
        assert await here.sandbox.store.next_due(here.sandbox.id, "") is None


async def test_a_circle_of_states_comes_to_an_end() -> None:
    async with world(clock="frozen") as here:
        activate(here, """
schema: 1
name: circle
initial: a
states:
  a: {leave: [{phase: paid, to: b}]}
  b: {leave: [{phase: paid, to: a}]}
""")
        await STRIPE.pay(here, "order-1")
        await here.settle()
        assert await state_of(here, "order-1") in ("a", "b")
