"""The settings of a scenario act on the sandbox in which it is put in force, or are said not to."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from paydouble.client.control import ControlError
from paydouble.client.sandbox import Sandbox
from paydouble.core.effect import EMPTY_PLAN, Outcome, Plan, Result
from paydouble.core.http import Envelope
from paydouble.core.operation import Operation
from paydouble.testing.in_process import InProcessServer, PaydoubleServer
from tests import toy
from tests.toy_shop import Shop

MAGIC_AMOUNT = 4_444
RULE = "rules:\n  - name: idle\n    when: {operation: refund.create}\n    then: {outcome: pending}\n"


@pytest.fixture
def sandbox(paydouble_server: PaydoubleServer) -> Iterator[Sandbox]:
    """A world that exists before any scenario; its clock stands."""
    made = paydouble_server.sandbox(clock="frozen", start="2026-03-01T12:00:00Z")
    yield made
    made.delete()


def activated(sandbox: Sandbox, settings: str, more: str = "rules: []\n") -> dict[str, Any]:
    text = f"schema: 1\nname: own\nsettings: {settings}\n{more}"
    answer: dict[str, Any] = sandbox.control.post(f"{sandbox.path}/scenarios", {"yaml": text})
    return answer


@pytest.fixture(scope="module")
def magic_server() -> Iterator[PaydoubleServer]:
    """The toy provider with a test value: one amount is always declined."""

    def test_values(envelope: Envelope, operation: Operation, params: Mapping[str, Any]) -> Plan:
        is_magic = params.get("amount") == MAGIC_AMOUNT
        return Plan(outcome=Outcome(Result.DECLINED)) if is_magic else EMPTY_PLAN

    provider = replace(toy.build({}), test_values=test_values)
    with InProcessServer(providers=[provider], contracts=toy.CONTRACTS) as running:
        made = PaydoubleServer(running.url)
        yield made
        made.close()


@pytest.fixture
def magic_sandbox(magic_server: PaydoubleServer) -> Iterator[Sandbox]:
    made = magic_server.sandbox()
    yield made
    made.delete()


@pytest.fixture
def shop(magic_sandbox: Sandbox) -> Iterator[Shop]:
    with Shop(magic_sandbox) as shop:
        yield shop


def charged(shop: Shop) -> int:
    """The status of a charge of the magic amount."""
    body = {"ref": "o1", "amount": MAGIC_AMOUNT, "card": {"number": "4242424242424242"}}
    return shop.ask("POST", "/toy/orders", body).status


def test_without_magic_test_values_mean_nothing_while_it_is_active(magic_sandbox: Sandbox, shop: Shop) -> None:
    assert charged(shop) == 402
    activation = activated(magic_sandbox, "{magic: false}")["id"]
    assert charged(shop) == 201
    magic_sandbox.end_scenario(activation)
    assert charged(shop) == 402


@pytest.mark.parametrize(("settings", "more", "status"), [
    ("{magic: true}", "rules: []\n", 402), ("{}", "rules: []\n", 201),
    ("{magic: true}", "providers: wechatpay\nrules: []\n", 201),
], ids=["says otherwise", "says nothing", "is not about this provider"])
def test_of_several_that_say_magic_the_last_about_this_provider_decides(
    magic_sandbox: Sandbox, shop: Shop, settings: str, more: str, status: int
) -> None:
    activated(magic_sandbox, "{magic: false}")
    activated(magic_sandbox, settings, more)
    assert charged(shop) == status


def test_webhooks_are_subscribed_with_the_activation_once(sandbox: Sandbox) -> None:
    for _ in range(2):
        activated(sandbox, '{webhooks: {stripe: "http://127.0.0.1:9/hook"}}')
    key = sandbox.credentials["stripe"]["secret_key"]
    request = urllib.request.Request(
        f"{sandbox.control.url}/v1/webhook_endpoints", headers={"Authorization": f"Bearer {key}"}
    )
    with urllib.request.urlopen(request) as answer:
        assert [each["url"] for each in json.load(answer)["data"]] == ["http://127.0.0.1:9/hook"]


def test_a_webhook_of_a_provider_that_is_not_loaded_is_refused_with_its_scenario(toy_sandbox: Sandbox) -> None:
    with pytest.raises(ControlError) as refused:
        activated(toy_sandbox, '{webhooks: {stripe: "http://127.0.0.1:9/hook"}}')
    assert refused.value.code == "no_provider"
    assert toy_sandbox.control.get(f"{toy_sandbox.path}/scenarios")["data"] == []


@pytest.mark.parametrize(("settings", "warned"), [
    ("{clock: auto}", True), ("{clock: frozen}", False), ("{}", False),
    ('{clock: {mode: frozen, start: "2026-03-01T15:50:00Z"}}', True),
    ('{clock: {mode: frozen, start: "2026-03-01T12:00:00Z"}}', False),
])
def test_a_sandbox_keeps_its_clock_and_the_answer_says_so(sandbox: Sandbox, settings: str, warned: bool) -> None:
    warnings = activated(sandbox, settings)["warnings"]
    assert [each["code"] for each in warnings] == (["other_clock"] if warned else [])
    for each in warnings:
        assert each["severity"] == "warning"
        assert "frozen" in each["message"]
        assert each["help"]
    assert sandbox.control.get(f"{sandbox.path}/clock")["mode"] == "frozen"


def test_scenarios_of_a_new_sandbox_that_want_two_clocks_are_warned_about(paydouble_server: PaydoubleServer) -> None:
    texts = [f"schema: 1\nname: {clock}\nsettings: {{clock: {clock}}}\nrules: []\n" for clock in ("frozen", "auto")]
    made = paydouble_server.control.post("sandboxes", {"scenarios": [{"yaml": text} for text in texts]})
    paydouble_server.control.delete(f"sandboxes/{made['id']}")
    assert made["clock"] == "auto"
    assert [each["message"] for each in made["warnings"]] == [
        "made for the clock frozen; this sandbox keeps its own, auto"]


@pytest.mark.parametrize("ends", [False, True], ids=["in force", "ended"])
def test_an_unused_rule_of_a_strict_scenario_fails_the_report(sandbox: Sandbox, ends: bool) -> None:
    activation = activated(sandbox, "{strict: true}", RULE)["id"]
    activated(sandbox, "{strict: false}", RULE.replace("idle", "may idle"))
    if ends:
        sandbox.end_scenario(activation)
    report = sandbox.report()
    assert (report["ok"], report["unused_strict_rules"]) == (False, ["own, rule 'idle'"])
    assert report["audit"]["ok"], json.dumps(report["audit"])


def test_an_optional_rule_of_a_strict_scenario_may_rest(sandbox: Sandbox) -> None:
    activated(sandbox, "{strict: true}", RULE + "    optional: true\n")
    assert sandbox.report()["ok"]
