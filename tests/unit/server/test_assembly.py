"""Settings become a running server, or one error that says which setting it was."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from paydouble.core.work import Walk
from paydouble.scenarios.loader import load_text
from paydouble.scenarios.messages import ScenarioProblems
from paydouble.server.assembly import BadSetting, is_loopback, open_server, settled
from paydouble.server.settings import ListenAt, Settings


def some(home: Path, **settings: Any) -> Settings:
    return Settings(**{"port": 0, "tls_port": None, "home": home, **settings})


# fmt: off
@pytest.mark.parametrize(("host", "loopback"), [
    ("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True),
    ("0.0.0.0", False), ("::", False), ("192.168.0.1", False), ("", False), ("pay.example.com", False),
])
# fmt: on
def test_loopback_is_told_from_elsewhere(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    assert (settled(Settings(host=host)).control_token == "") is loopback


def test_what_was_set_is_kept() -> None:
    chosen = settled(Settings(host="0.0.0.0", control_token="mine", seed=7))
    assert (chosen.control_token, chosen.seed) == ("mine", 7)


def test_a_seed_is_drawn_where_none_is_set() -> None:
    assert len({settled(Settings()).seed for _ in range(8)}) > 1


@pytest.mark.parametrize(("settings", "said"), [
    ({"workers": 2}, "--workers"),
    ({"clock": "fast"}, "--clock"),
    ({"store": "redis"}, "--store"),
    ({"webhooks": (("paypol", "http://localhost"),)}, "--webhook"),
    ({"listen": (ListenAt("paypol", 0),)}, "--listen"),
])
async def test_a_bad_setting_is_named_and_leaves_nothing_open(
    home: Path, settings: dict[str, Any], said: str
) -> None:
    before = asyncio.all_tasks()
    with pytest.raises(BadSetting, match=said):
        await open_server(some(home, **settings))
    assert asyncio.all_tasks() == before


async def test_a_providers_bad_setting_is_told(home: Path) -> None:
    with pytest.raises(BadSetting, match="wechatpay"):
        await open_server(some(home, provider_settings={"wechatpay": {"colour": "green"}}))


async def test_an_unknown_scenario_is_told(home: Path) -> None:
    with pytest.raises(ScenarioProblems, match="lost-response"):
        await open_server(some(home, scenarios=("lost-respons",)))


async def test_a_taken_port_is_told(home: Path) -> None:
    opened = await open_server(some(home))
    try:
        with pytest.raises(OSError, match="in use"):
            await open_server(some(home, port=opened.server.port))
    finally:
        await opened.close()


async def test_the_default_sandbox_is_furnished(home: Path) -> None:
    opened = await open_server(some(
        home, seed=7, clock="frozen", scenarios=("slow-answers", "lost-response"),
        webhooks=(("stripe", "http://localhost:9/hook"),), no_magic=True, no_marks=True, strict=True,
    ))
    try:
        head = opened.sandbox.head
        assert (head.seed, head.clock, dict(head.webhooks)) == (7, "frozen", {"stripe": "http://localhost:9/hook"})
        names = [each.scenario.name for each in opened.sandbox.rules.in_force]
        assert names == ["lost-response", "slow-answers"]
        switches = opened.simulator.switches
        assert (switches.magic, switches.marks, switches.strict) == (False, False, True)
    finally:
        await opened.close()


async def test_a_restart_does_not_subscribe_twice(home: Path, tmp_path: Path) -> None:
    settings = some(
        home, store=f"sqlite:{tmp_path / 'records.db'}", webhooks=(("stripe", "http://localhost:9/hook"),)
    )
    counts = []
    for _ in range(2):
        opened = await open_server(settings)
        try:
            stripe = opened.simulator.providers["stripe"]
            kind = next(record for record in stripe.records if "endpoint" in record.kind)
            counts.append(len(await opened.simulator.store.scan("default", kind, Walk())))
        finally:
            await opened.close()
    assert counts == [1, 1]


SCENARIO = "schema: 1\nname: busy\nrules: [{when: {operation: payment.query}, then: {respond: {error: rate_limited}}}]\n"
HOOKED = "schema: 1\nname: hooked\nrules: [{when: {operation: '*'}, then: {python: 'hooks.py:decide'}}]\n"


async def test_a_default_scenario_is_in_force_in_every_sandbox_and_after_a_reset(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "busy.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    opened = await open_server(some(home, scenarios=(str(file),)))
    try:
        sandboxes = opened.simulator.sandboxes
        made = await sandboxes.create(id="shop")
        reset = await sandboxes.reset("default")
        for sandbox in (made, reset):
            assert [each.scenario.name for each in sandbox.rules.defaults] == ["busy"]
            assert sandbox.rules.activations == []
    finally:
        await opened.close()


async def test_a_default_of_before_is_no_default_any_more(home: Path, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'records.db'}"
    opened = await open_server(some(home, store=store, scenarios=("slow-answers",)))
    await opened.close()
    again = await open_server(some(home, store=store))
    try:
        assert again.sandbox.rules.in_force == ()
    finally:
        await again.close()


async def test_a_default_scenario_may_ask_for_a_port(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "port.yaml"
    file.write_text("schema: 1\nname: port\nsettings: {listener: dedicated}\n", encoding="utf-8")
    opened = await open_server(some(home, scenarios=(str(file),)))
    try:
        assert opened.server.own_ports.of("default") is not None
    finally:
        await opened.close()


async def test_hooks_are_run_only_where_that_is_allowed(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "hooked.yaml"
    file.write_text(HOOKED, encoding="utf-8")
    (tmp_path / "hooks.py").write_text("def decide(seen):\n    return {'outcome': 'failed'}\n", encoding="utf-8")
    with pytest.raises(ScenarioProblems, match="SC041"):
        await open_server(some(home, scenarios=(str(file),)))
    opened = await open_server(some(home, scenarios=(str(file),), allow_python=True))
    try:
        (activation,) = opened.sandbox.rules.defaults
        assert activation.scenario.name == "hooked"
    finally:
        await opened.close()


async def test_what_was_to_end_by_itself_ends_after_a_restart_too(home: Path, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'records.db'}"
    opened = await open_server(some(home, store=store))
    rules = opened.sandbox.rules
    over, lasting = rules.activate(load_text(SCENARIO)), rules.activate(load_text(SCENARIO))
    over.expires = opened.sandbox.clock.wire_now()
    await rules.keep(over, lasting)
    await opened.close()
    again = await open_server(some(home, store=store))
    try:
        async with asyncio.timeout(5):
            while len(again.sandbox.rules.activations) > 1:
                await asyncio.sleep(0)
        assert [each.id for each in again.sandbox.rules.activations] == [lasting.id]
    finally:
        await again.close()
