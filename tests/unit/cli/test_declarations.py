"""list, scenario, contracts: what ships and what is declared, without a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paydouble.cli.listing import KINDS
from paydouble.providers import load
from tests.unit.cli.conftest import Invoke

INTENT = "stripe/v1/payment_intents.create/request"
BAD_SCENARIO = "schema: 1\nname: bad\nrules:\n  - when: {operation: payment.charg}\n    then: {respond: {fault: timeout}}\n"


@pytest.mark.parametrize("kind", [*KINDS, "scenarios"])
def test_every_listing_is_text_and_json(invoke: Invoke, kind: str) -> None:
    text, document = invoke("list", kind), invoke("list", kind, "--format", "json")
    assert text.exit_code == document.exit_code == 0
    rows = json.loads(document.stdout)
    assert rows
    assert len(text.stdout.splitlines()) >= len(rows)


def test_operations_are_those_of_all_providers(invoke: Invoke) -> None:
    rows = json.loads(invoke("list", "operations", "--format", "json").stdout)
    declared = {(provider.name, each.id) for provider in load() for each in provider.operations}
    assert {(row["provider"], row["id"]) for row in rows} == declared


def test_a_provider_can_be_chosen(invoke: Invoke) -> None:
    shown = invoke("list", "machines", "--provider", "wechatpay").stdout
    assert shown
    assert all(line.startswith("wechatpay ") for line in shown.splitlines())


@pytest.mark.parametrize("command", [
    ("list", "errors"), ("list", "scenarios"), ("scenario", "list"), ("contracts", "list"),
])
def test_an_unknown_provider_is_wrong_usage(invoke: Invoke, command: tuple[str, ...]) -> None:
    result = invoke(*command, "--provider", "paypol")
    assert result.exit_code == 2
    assert "; loaded: alipay, " in result.stderr


def test_test_values_tell_what_is_unusual(invoke: Invoke) -> None:
    rows = json.loads(invoke("list", "test-values", "--format", "json").stdout)
    by_number = {row["number"]: row for row in rows}
    assert by_number["4242424242424242"]["differs"] == []
    assert "decline=insufficient_funds" in by_number["4000000000009995"]["differs"]


def test_scenarios_of_other_providers_are_left_out(invoke: Invoke) -> None:
    shown = invoke("scenario", "list", "--provider", "wechatpay").stdout
    assert "lost-response" in shown
    assert "stripe/lost-confirmation" not in shown


def test_shipped_scenarios_are_valid(invoke: Invoke) -> None:
    result = invoke("scenario", "validate", "lost-response", "stripe/lost-confirmation")
    assert (result.exit_code, result.stdout) == (0, "2 scenarios can be loaded\n")


def test_a_bad_scenario_is_told_with_its_place(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD_SCENARIO)
    result = invoke("scenario", "validate", "bad.yaml")
    assert result.exit_code == 1
    assert "bad.yaml:4:" in result.stdout
    assert "payment.charge" in result.stdout


def test_problems_are_told_to_programs_and_to_github(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD_SCENARIO)
    lines = invoke("scenario", "validate", "bad.yaml", "--format", "json").stdout.splitlines()
    assert {(each["file"], each["severity"]) for each in map(json.loads, lines)} == {("bad.yaml", "error")}
    assert invoke("scenario", "validate", "bad.yaml", "--format", "github").stdout.startswith("::error file=bad.yaml")


def test_a_scenario_that_is_not_there_fails(invoke: Invoke) -> None:
    result = invoke("scenario", "validate", "lost-respons")
    assert result.exit_code == 1
    assert "lost-response" in result.stdout


def test_contracts_are_listed_by_path(invoke: Invoke) -> None:
    paths = invoke("contracts", "list", "--provider", "stripe").stdout.splitlines()
    assert f"{INTENT}.schema.json" in paths
    assert all(path.startswith("stripe/") for path in paths)


@pytest.mark.parametrize(("document", "code"), [({"amount": 100, "currency": "usd"}, 0), ({"amount": 100}, 1)])
def test_a_document_is_held_against_a_contract(
    invoke: Invoke, tmp_path: Path, document: dict[str, object], code: int
) -> None:
    (tmp_path / "body.json").write_text(json.dumps(document))
    result = invoke("contracts", "check", "body.json", "--contract", INTENT)
    assert result.exit_code == code
    assert ("/currency" in result.stdout) == (code == 1)
    piped = invoke("contracts", "check", "-", "--contract", INTENT, "--format", "json", input=json.dumps(document))
    assert piped.exit_code == code
    assert bool(json.loads(piped.stdout)) == (code == 1)


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["nowhere.json", "--contract", INTENT], 3, "No such file"),
    (["broken.json", "--contract", INTENT], 2, "is not JSON"),
    (["broken.json", "--contract", "stripe/v1/payment_intent.create/request"], 2, f"near it: {INTENT}"),
    (["broken.json", "--contract", "../../etc/passwd"], 2, "there is no contract"),
])
def test_what_cannot_be_checked_is_told(
    invoke: Invoke, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    (tmp_path / "broken.json").write_text("{")
    result = invoke("contracts", "check", *arguments)
    assert result.exit_code == code
    assert said in result.stderr
