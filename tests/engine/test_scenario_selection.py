"""How requests and payments choose scenarios, what goes before what, and what stays with a payment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from paydouble.core.clock import MINUTE
from paydouble.core.effect import Break, NetworkFault
from paydouble.core.http import Headers, HttpRequest
from paydouble.engine.activations import Level
from paydouble.scenarios.loader import load_text
from tests.merchants import CARDS, Answered, World, world

QUERY_FAILS = "- {when: {operation: payment.query}, then: {respond: {error: rate_limited}}}"


async def charged(here: World, *headers: tuple[str, str], amount: int = 1301, **more: Any) -> Answered:
    return await here.stripe(
        "POST", "/v1/payment_intents", headers=headers, amount=amount, currency="usd", confirm=True,
        payment_method="pm_card_visa", automatic_payment_methods=CARDS, **more,
    )


async def shown(here: World, created: Answered, *headers: tuple[str, str]) -> Answered:
    return await here.stripe("GET", f"/v1/payment_intents/{created.json['id']}", headers=headers)


def broken(answer: Answered) -> bool:
    return isinstance(answer.response.fault, Break)


async def test_a_header_chooses_a_scenario_for_its_request_alone() -> None:
    async with world() as here:
        lost = await charged(here, ("Paydouble-Scenario", "lost-response; magic=13.01"), metadata={"order_id": "a"})
        assert isinstance(lost.response.fault, Break)
        assert lost.response.fault.fault is NetworkFault.TIMEOUT
        assert not broken(await charged(here, metadata={"order_id": "b"}))
        other = ("Paydouble-Scenario", "lost-response; magic=20.00")
        assert not broken(await charged(here, other, metadata={"order_id": "c"}))


async def test_its_counters_last_from_request_to_request() -> None:
    async with world() as here:
        chosen = ("Paydouble-Scenario", "lost-response; magic=13.01")
        assert broken(await charged(here, chosen, metadata={"order_id": "a"}))
        assert not broken(await charged(here, chosen, metadata={"order_id": "a"}))
        assert broken(await charged(here, chosen, metadata={"order_id": "b"}))


async def test_one_effect_needs_no_file() -> None:
    async with world() as here:
        created = await charged(here)
        answer = await shown(here, created, ("Paydouble-Do", "respond.error=rate_limited, respond.retry_after=2s"))
        assert answer.status == 429
        assert (await shown(here, created)).status == 200


async def test_one_effect_reaches_the_payer_of_the_payment_that_the_request_creates() -> None:
    from paydouble.core.act import Declined

    async with world() as here:
        merchant = here.merchant("wechatpay")
        body = {"appid": merchant.secrets["appid"], "mchid": merchant.id, "description": "A thing",
                "out_trade_no": "order-1", "notify_url": "http://127.0.0.1:9/wechatpay",
                "amount": {"total": 100, "currency": "CNY"}}  # fmt: skip
        signed = here.signed("POST", "/v3/pay/transactions/native", json.dumps(body).encode())
        pairs = (*signed.headers.pairs, ("Paydouble-Do", "outcome.result=declined, outcome.reason=insufficient_funds"))
        await here.serve("wechatpay", HttpRequest(
            method=signed.method, target=signed.target, body=signed.body, id=signed.id, headers=Headers(pairs),
        ))
        with pytest.raises(Declined):
            await here.pay("wechatpay", "order-1")
        await here.wechat_order("order-2")
        await here.pay("wechatpay", "order-2")


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (("Paydouble-Scenario", "no-such-thing"), "no shipped scenario"),
        (("Paydouble-Scenario", "../../etc/passwd"), "no shipped scenario"),
        (("Paydouble-Scenario", "lost-response; majic=1"), "no variable 'majic'"),
        (("Paydouble-Scenario", "lost-response; magic"), "not name=value"),
        (("Paydouble-Do", "respond.fault=timeout"), "say whether the provider did the work"),
        (("Paydouble-Do", "respond.fault=timeuot, respond.committed=true"), "'timeuot' is not allowed"),
        (("Paydouble-Do", "respond=1, respond.fault=reset"), "has a value already"),
    ],
)
async def test_a_choice_that_cannot_be_is_refused_with_the_reason(header: tuple[str, str], why: str) -> None:
    async with world() as here:
        refused = await charged(here, header)
        assert (refused.status, refused.json["error"]["code"]) == (400, "bad_scenario")
        assert why in refused.json["error"]["message"]


async def wechat_ordered(here: World, attach: str) -> Answered:
    merchant = here.merchant("wechatpay")
    return await here.wechatpay("POST", "/v3/pay/transactions/native", {
        "appid": merchant.secrets["appid"], "mchid": merchant.id, "description": "A thing",
        "out_trade_no": "order-1", "notify_url": "http://127.0.0.1:9/wechatpay", "attach": attach,
        "amount": {"total": 1301, "currency": "CNY"},
    })


@pytest.mark.parametrize(
    "attach",
    ["paydouble:lost-response; magic=13.01", '{"paydouble_scenario": "lost-response;magic=13.01"}', "paydouble:lost-response"],
)
async def test_a_field_that_travels_with_the_payment_chooses_too(attach: str) -> None:
    async with world() as here:
        assert broken(await wechat_ordered(here, attach))


async def test_metadata_chooses_for_the_payments_whole_life(monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(clock="frozen") as here:
        await here.stripe("POST", "/v1/webhook_endpoints", url="http://127.0.0.1:9/h", enabled_events=["payment_intent.succeeded"])
        created = await charged(here, amount=500, metadata={"paydouble_scenario": "duplicate-callbacks"})
        assert created.status == 200
        await here.settle()
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + 5 * MINUTE)
        assert len(here.receiver.requests) > 1
        here.receiver.requests.clear()
        await charged(here, amount=500)
        await here.settle()
        await here.sandbox.timers.run_until(here.sandbox.clock.now() + 5 * MINUTE)
        assert len(here.receiver.requests) == 1


async def test_what_was_in_force_when_a_payment_was_created_stays_with_it() -> None:
    async with world() as here:
        before = await charged(here)
        activation = here.rules(QUERY_FAILS)
        under = await charged(here)
        here.sandbox.rules.deactivate(activation.id)
        after = await charged(here)
        statuses = [(await shown(here, each)).status for each in (before, under, after)]
        assert statuses == [200, 429, 200]


async def test_payments_are_let_go_where_that_is_asked_for() -> None:
    async with world() as here:
        activation = here.rules(QUERY_FAILS)
        under = await charged(here)
        here.sandbox.rules.deactivate(activation.id, release=True)
        assert (await shown(here, under)).status == 200


async def test_a_new_activation_is_about_older_payments_as_well() -> None:
    async with world() as here:
        before = await charged(here)
        here.rules(QUERY_FAILS)
        assert (await shown(here, before)).status == 429


async def test_notifications_of_a_payment_obey_what_it_was_born_under() -> None:
    async with world(clock="frozen") as here:
        activation = here.rules("- {when: {notification: payment.succeeded}, then: {notify: {duplicate: {copies: 3}}}}")
        await here.wechat_order("order-1")
        here.sandbox.rules.deactivate(activation.id)
        await here.wechat_order("order-2")
        await here.pay("wechatpay", "order-1")
        assert len(here.receiver.requests) == 3
        await here.pay("wechatpay", "order-2")
        assert len(here.receiver.requests) == 4


async def test_request_before_payment_before_sandbox_before_test_values_before_default() -> None:
    async with world() as here:
        rules = here.sandbox.rules
        default = "schema: 1\nname: default\nrules: [{when: {operation: payment.charge}, then: {outcome: {result: declined, reason: expired}}}]"
        rules.activate(load_text(default), level=Level.DEFAULT)
        refused = await here.stripe(
            "POST", "/v1/payment_intents", amount=1301, currency="usd", confirm=True,
            payment_method="pm_card_chargeDeclinedInsufficientFunds", automatic_payment_methods=CARDS,
        )
        assert refused.json["error"]["decline_code"] == "insufficient_funds", "a test value goes before a default"
        assert (await charged(here)).status == 402
        here.rules("- {when: {operation: payment.charge}, then: {outcome: approved}}")
        assert (await charged(here)).status == 200, "the sandbox goes before the default"
        field = {"paydouble_scenario": "declines-by-amount"}
        assert (await charged(here, amount=1051, metadata=field)).status == 402, "the payment goes before the sandbox"
        header = ("Paydouble-Do", "outcome=approved")
        assert (await charged(here, header, amount=1051, metadata=field)).status == 200, "the request goes first"


async def test_activations_outlive_the_process(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path}/world.db"
    async with world(store=store, id="shop") as here:
        text = (
            "schema: 1\nname: second-fails\nvars: {which: 2}\nrules:\n"
            '- {when: {operation: payment.charge, nth: "${{ vars.which }}"}, then: {respond: {error: rate_limited}}}'
        )
        rules = here.sandbox.rules
        kept = rules.activate(load_text(text, vars={"which": 3}))
        await rules.keep(kept)
        ended = here.rules(QUERY_FAILS)
        await rules.keep(ended)
        under = await charged(here)
        assert await rules.end(ended.id) == 1
        await charged(here, metadata={"paydouble_scenario": "slow-answers"})
    async with world(store=store) as again:
        revived = World(again.simulator, again.simulator.sandboxes.named("shop"), again.receiver)
        (activation,) = revived.sandbox.rules.activations
        assert (activation.id, activation.scenario.name, activation.scenario.vars["which"]) == (kept.id, "second-fails", 3)
        assert (await charged(revived)).status == 429, "and its counters with it"
        assert (await shown(revived, under)).status == 429, "payments stay under what has ended"
        assert revived.sandbox.rules.activate(load_text("schema: 1\nname: x")).number > ended.number


async def test_activations_are_in_snapshots() -> None:
    async with world(id="shop") as here:
        kept = here.rules(QUERY_FAILS)
        await here.sandbox.rules.keep(kept)
        await here.simulator.sandboxes.snapshot("shop", "one")
        await here.sandbox.rules.end(kept.id, release=True)
        restored = await here.simulator.sandboxes.restore("shop", "one")
        assert [each.id for each in restored.rules.activations] == [kept.id]
        fresh = await here.simulator.sandboxes.reset("shop")
        assert fresh.rules.activations == []
