"""Sandboxes over the control API: their life, credentials, scenarios, clock and gates."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from paydouble.client.control import ControlError
from paydouble.client.sandbox import Sandbox
from paydouble.engine import acts
from paydouble.server.app import BODY_BYTES_MAX
from paydouble.testing.in_process import PaydoubleServer
from tests.toy_shop import Shop
from tests.unit.server.asking import DECLINE, START, raw, refused


@pytest.mark.parametrize("path", [
    "", "/reset", "/credentials", "/clock", "/calls", "/payments/x", "/ledger", "/report", "/live",
])
def test_an_unknown_sandbox_is_not_found_anywhere(toy_server: PaydoubleServer, path: str) -> None:
    method = "post" if path == "/reset" else "get"
    answer = refused(toy_server.control, method, f"sandboxes/nobody{path}")
    assert (answer.status, answer.code) == (404, "no_sandbox")


# fmt: off
@pytest.mark.parametrize(("body", "status", "code"), [
    (b"{",                                  400, "bad_json"),
    (b'{"clok": "auto"}',                   422, "bad_body"),
    (b'{"clock": "sundial"}',               422, "bad_sandbox"),
    (b'{"id": "default"}',                  422, "bad_sandbox"),
    (b'{"id": "../x"}',                     422, "bad_body"),
    (b'{"start": "yesterday"}',             422, "bad_start"),
    (b'{"webhooks": {"nopal": "http://x"}}', 404, "no_provider"),
    (b'{"scenarios": ["lost-respons"]}',    422, "bad_scenario"),
    (b" " * (BODY_BYTES_MAX + 1),           413, "too_large"),
])
# fmt: on
def test_a_bad_sandbox_isrefused(toy_server: PaydoubleServer, body: bytes, status: int, code: str) -> None:
    got, _, answer = raw(toy_server.url, "POST", "/sandboxes", body)
    assert (got, answer["error"]["code"]) == (status, code)
    assert answer["error"]["message"]


def test_a_new_sandbox_comes_with_credentials_and_addresses(toy_server: PaydoubleServer) -> None:
    made = toy_server.control.post("sandboxes", {"clock": "frozen", "start": START, "seed": 7})
    assert made["credentials"]["toy"]["secret_key"] == f"toy_secret_{made['id']}"
    assert made["credentials"]["toy"]["api_base"] == toy_server.url == made["urls"]["toy"]
    assert made["credentials"]["proxy"] == toy_server.url
    assert "BEGIN CERTIFICATE" in made["credentials"]["ca_certificate_pem"]
    shown = toy_server.control.get(f"sandboxes/{made['id']}")
    assert (shown["seed"], shown["clock"], shown["now"]) == (7, "frozen", START)
    toy_server.control.delete(f"sandboxes/{made['id']}")
    assert refused(toy_server.control, "get", f"sandboxes/{made['id']}").code == "no_sandbox"


def test_the_default_sandbox_stays(toy_server: PaydoubleServer) -> None:
    assert refused(toy_server.control, "delete", "sandboxes/default").status == 409


def test_what_a_scenario_settles_wins_over_the_body(toy_server: PaydoubleServer) -> None:
    text = "schema: 1\nname: quick\nsettings: {clock: frozen, seed: 9}\nrules: []\n"
    made = toy_server.control.post("sandboxes", {"clock": "auto", "scenarios": [{"yaml": text}]})
    assert (made["clock"], made["seed"], made["scenarios"]) == ("frozen", 9, ["quick"])
    toy_server.control.delete(f"sandboxes/{made['id']}")


def test_credentials_as_environment_and_as_files(toy_sandbox: Sandbox) -> None:
    text = toy_sandbox.control.get(f"{toy_sandbox.path}/credentials", format="env")
    assert f"TOY_SECRET_KEY=toy_secret_{toy_sandbox.id}\n" in text
    files = toy_sandbox.control.get(f"{toy_sandbox.path}/credentials", format="files")
    assert files["paths"] == {"TOY_PUBLIC_KEY_PATH": "toy_public_key.pem"}
    assert files["files"]["toy_public_key.pem"].startswith("-----BEGIN PUBLIC KEY")
    answer = refused(toy_sandbox.control, "get", f"{toy_sandbox.path}/credentials?format=xml")
    assert answer.code == "bad_format"


def test_merchants_of_a_sandbox(toy_sandbox: Sandbox) -> None:
    data = toy_sandbox.control.get(f"{toy_sandbox.path}/merchants")["data"]
    assert data == [{"id": f"shop-{toy_sandbox.id}", "provider": "toy"}]


def test_reset_forgets_payments_and_keeps_credentials(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    toy_sandbox.clock.advance("1d")
    toy_sandbox.reset()
    assert toy_sandbox.payments() == []
    assert toy_sandbox.clock.text == START
    assert toy_shop.order("o1")["status"] == "open"


def test_restore_goes_back_to_a_snapshot(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    toy_sandbox.snapshot("before")
    toy_sandbox.pay(ref="o1")
    toy_sandbox.restore("before")
    assert toy_sandbox.payment(ref="o1").phase == "open"
    assert refused(
        toy_sandbox.control, "post", f"{toy_sandbox.path}/restore", {"name": "never"}
    ).code == "no_snapshot"


def test_scenarios_come_and_go(toy_sandbox: Sandbox) -> None:
    path = f"{toy_sandbox.path}/scenarios"
    first = toy_sandbox.scenario("lost-response", magic=12.5)
    second = toy_sandbox.scenario([DECLINE])
    shown = toy_sandbox.control.get(path)["data"]
    assert [each["id"] for each in shown] == [second, first], "the last activated is looked at first"
    assert float(shown[1]["vars"]["magic"]) == 12.5
    toy_sandbox.end_scenario(first)
    assert refused(toy_sandbox.control, "delete", f"{path}/{first}").code == "no_activation"
    assert toy_sandbox.control.delete(path) == {"ended": 1}
    assert toy_sandbox.control.get(path)["data"] == []


def test_a_bad_scenario_is_told_mistake_by_mistake(toy_sandbox: Sandbox) -> None:
    text = "schema: 1\nname: bad\nrules:\n  - when: {operation: payment.chrage}\n    then: {}\n"
    answer = refused(toy_sandbox.control, "post", f"{toy_sandbox.path}/scenarios", {"yaml": text})
    assert (answer.status, answer.code) == (422, "bad_scenario")
    problem = answer.problems[0]
    assert problem.keys() >= {"code", "file", "line", "column", "message", "help"}
    assert problem["line"] == 4


@pytest.mark.parametrize("name", ["/etc/passwd", "../../pyproject", "x.yaml", "lost-respons"])
def test_a_name_opens_shipped_files_only(toy_sandbox: Sandbox, name: str) -> None:
    answer = refused(toy_sandbox.control, "post", f"{toy_sandbox.path}/scenarios", {"name": name})
    assert answer.code == "bad_scenario"
    assert answer.problems[0]["code"] == "SC040"


@pytest.mark.parametrize("body", [{}, {"name": "lost-response", "rules": []}, {"rules": [], "ttl": "soon"}])
def test_an_activation_has_one_source(toy_sandbox: Sandbox, body: dict[str, Any]) -> None:
    assert refused(toy_sandbox.control, "post", f"{toy_sandbox.path}/scenarios", body).code == "bad_body"


def test_an_activation_ends_by_itself(toy_sandbox: Sandbox) -> None:
    body = {"rules": [DECLINE], "ttl": "1ms"}
    assert toy_sandbox.control.post(f"{toy_sandbox.path}/scenarios", body)["expires"]
    with pytest.raises(AssertionError):
        toy_sandbox.wait_for(payment={"ref": "none"}, within="50ms")
    assert toy_sandbox.control.get(f"{toy_sandbox.path}/scenarios")["data"] == []


def test_advance_tells_what_ran(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    order = toy_shop.order("o1")
    assert toy_sandbox.clock.advance("119m") == []
    assert toy_sandbox.clock.advance("2m") == [
        {"at": "2026-03-01T14:00:00Z", "what": "expire", "subject": order["id"]}
    ]
    assert toy_sandbox.clock.text == "2026-03-01T14:01:00Z"
    assert toy_sandbox.payment(ref="o1").phase == "closed"


def test_a_clock_that_runs_cannot_be_moved(toy_server: PaydoubleServer) -> None:
    answer = refused(toy_server.control, "post", "sandboxes/default/clock/advance", {"by": "1h"})
    assert (answer.status, answer.code) == (409, "clock_runs")


def test_a_frozen_clock_waits_for_nothing_that_is_not_due(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_shop.order("o1")
    wanted = {"for": {"payment": {"ref": "o1", "phase": "closed"}}, "within": "10ms"}
    answer = toy_sandbox.control.post(f"{toy_sandbox.path}/clock/wait", wanted)
    assert answer["met"] is False
    assert answer["missing"] == "0 payments with ref o1, phase closed; the nearest has phase open"
    assert answer["now"] == START


def test_an_auto_clock_jumps_no_further_than_the_wait_needs(toy_server: PaydoubleServer) -> None:
    sandbox = toy_server.sandbox(clock="auto", start=START)
    with Shop(sandbox) as shop:
        shop.order("o1")
        sandbox.wait_for(payment={"ref": "o1", "phase": "closed"})
    assert sandbox.clock.text == "2026-03-01T14:00:00Z"
    sandbox.delete()


def test_a_gate_holds_a_call_until_it_is_released(toy_sandbox: Sandbox, toy_shop: Shop) -> None:
    toy_sandbox.scenario([
        {"when": {"operation": "payment.create"}, "then": {"gate": {"at": "before_commit", "signal": "go"}}}
    ])
    caller = Thread(target=toy_shop.order, args=("o1",))
    caller.start()
    path = f"{toy_sandbox.path}/gates"
    held = next(found for _ in range(10_000) if (found := toy_sandbox.control.get(path)["data"]))
    assert (held[0]["at"], held[0]["signal"]) == ("before_commit", "go")
    assert toy_sandbox.payments() == []
    toy_sandbox.control.post(f"{path}/{held[0]['id']}/release")
    caller.join()
    assert toy_sandbox.payment(ref="o1").phase == "open"
    assert refused(toy_sandbox.control, "post", f"{path}/gate_9/release").code == "no_gate"
    assert toy_sandbox.signal("go") == 0


def test_a_webhook_needs_an_address(toy_sandbox: Sandbox) -> None:
    body = {"provider": "toy", "url": "ftp://x"}
    assert refused(toy_sandbox.control, "post", f"{toy_sandbox.path}/webhooks", body).code == "bad_url"


def test_the_snapshots_of_a_deleted_sandbox_go_with_it(toy_server: PaydoubleServer) -> None:
    sandbox = toy_server.sandbox(id="short-lived")
    sandbox.snapshot("kept")
    sandbox.delete()
    again = toy_server.sandbox(id="short-lived")
    with pytest.raises(ControlError, match="no_snapshot"):
        again.restore("kept")
    again.delete()


def test_a_timer_that_fails_is_told_to_the_audit(
    toy_sandbox: Sandbox, toy_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(work: object, event: object) -> None:
        raise ZeroDivisionError("of our own")

    toy_shop.order("o1")
    monkeypatch.setattr(acts, "fire", broken)
    assert toy_sandbox.clock.advance("3h") == []
    law = toy_sandbox.audit()["laws"][-1]
    assert not law["ok"]
    assert law["detail"].startswith("expire of toy_")
