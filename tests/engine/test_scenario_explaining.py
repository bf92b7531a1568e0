"""Why a call was answered as it was: near misses, what decided, and the built-in behaviour."""

from __future__ import annotations

from click.testing import CliRunner

from paydouble.cli.main import commands
from paydouble.engine.explaining import explanation
from paydouble.testing.in_process import PaydoubleServer
from tests.merchants import CARDS, World, world

LOST = (
    "- {name: first answer is lost, when: {operation: payment.charge, ref: order-7, amount: 13.01, nth: 1, per: ref},"
    " then: {respond: {fault: timeout, committed: true}}}\n"
    "- {name: second, when: {operation: payment.charge, nth: 2}, then: {respond: {error: rate_limited}}}\n"
    "- {name: seldom, when: {operation: payment.charge, rate: {over: 5, per: 1h}}, then: {outcome: declined}}\n"
    "- {name: late, when: {operation: payment.charge, window: {from: 5m}}, then: {outcome: declined}}\n"
    "- {name: slow, when: {operation: payment.charge}, then: {respond: {latency: 1ms}}}"
)


async def charged(here: World, amount: int) -> None:
    await here.stripe("POST", "/v1/webhook_endpoints", url="http://127.0.0.1:9/hook", enabled_events=["payment_intent.succeeded"])
    await here.stripe(
        "POST", "/v1/payment_intents", key="0b1c2d3e4f5a6b7c8d", amount=amount, currency="usd", confirm=True,
        payment_method="pm_card_visa", automatic_payment_methods=CARDS, metadata={"order_id": "order-7"},
    )
    await here.settle()


async def told(here: World) -> str:
    return (await explanation(here.sandbox, here.simulator.providers, here.sandbox.log.calls[-1])).text()


async def test_near_misses_are_told_with_what_was_wanted_and_what_came() -> None:
    async with world(id="shop") as here:
        here.rules(LOST)
        await charged(here, 1302)
        head, facts, scenario, *rules, built_in = (await told(here)).splitlines()
        assert head.startswith("POST /v1/payment_intents -> 200 in ")
        assert head.endswith("   sandbox shop")
        assert "13.02 USD   ref order-7   idempotency key 0b1c2d3e4f5a…" in facts
        assert "payment.charge" in facts
        assert scenario == "scenario test (chosen by: sandbox)"
        assert rules == [
            "  not taken: rule 'first answer is lost'   amount: wanted 13.01, got 13.02      (operation ok)",
            "  not taken: rule 'second'   nth: wanted 2, got 1 per scenario      (operation ok)",
            "  not taken: rule 'seldom'   rate: wanted over 5 per 1h, got 1 in this one      (operation ok)",
            "  not taken: rule 'late'   window: wanted from 5m, got 0s after the activation      (operation ok)",
            "  taken: rule 'slow'   decides latency",
        ]
        assert built_in == (
            "built-in behaviour: approved, answered, payment.succeeded sent to http://127.0.0.1:9/hook -> 200"
        )


async def test_what_held_before_the_miss_is_told_too() -> None:
    async with world() as here:
        here.rules(LOST)
        await charged(here, 1301)
        await charged(here, 1301)
        explained = await explanation(here.sandbox, here.simulator.providers, here.sandbox.log.calls[-1])
        first = explained.looks[0]
        assert (str(first.miss), first.passed) == ("nth: wanted 1, got 2 per ref", ("operation", "amount", "ref"))


async def test_without_a_scenario_the_built_in_behaviour_is_all_there_is() -> None:
    async with world() as here:
        await charged(here, 1301)
        text = await told(here)
        assert "no scenario has a rule for this call" in text
        await here.stripe("GET", "/v1/payment_intents/pi_nothing")
        assert "refused with RESOURCE_MISSING" in await told(here)


async def test_a_choice_of_the_request_is_told_as_such() -> None:
    async with world() as here:
        await here.stripe("GET", "/v1/balance", headers=(("Paydouble-Do", "respond.error=rate_limited"),))
        text = await told(here)
        assert "scenario paydouble-do (chosen by: request)" in text
        assert "taken: rule 'Paydouble-Do'   decides answer" in text


def test_the_command_asks_the_server(server: PaydoubleServer) -> None:
    sandbox = server.sandbox(clock="frozen")
    try:
        sandbox.scenario([{"name": "busy", "when": {"operation": "*", "nth": 2}, "then": {"respond": {"error": "busy", "committed": False}}}])
        import urllib.request

        asked = urllib.request.Request(
            f"{server.url}/v1/balance", headers={"Authorization": f"Bearer {sandbox.stripe.secret_key}"}
        )
        with urllib.request.urlopen(asked, timeout=5) as answer:
            call = answer.headers["Paydouble-Call"]
        arguments = ["scenario", "explain", call, "--url", server.url, "--sandbox", sandbox.id]
        shown = CliRunner().invoke(commands, arguments)
        assert shown.exit_code == 0, shown.output
        assert "not taken: rule 'busy'   nth: wanted 2, got 1 per scenario" in shown.output
        assert '"miss":' in CliRunner().invoke(commands, [*arguments, "--format", "json"]).output
        missing = CliRunner().invoke(commands, ["scenario", "explain", "call_0", "--url", server.url])
        assert missing.exit_code == 1
        assert "there is no call call_0" in missing.output
    finally:
        sandbox.delete()


def test_the_command_explains_an_error_code() -> None:
    shown = CliRunner().invoke(commands, ["scenario", "explain", "sc032"])
    assert shown.exit_code == 0
    assert "Bad:" in shown.output
    assert CliRunner().invoke(commands, ["scenario", "explain", "SC999"]).exit_code == 1
