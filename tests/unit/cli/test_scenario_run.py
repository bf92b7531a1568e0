"""`paydouble scenario run`, `new` and `schema`, as a shell sees them."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from paydouble.cli.scenario import scenario

STORY = """
schema: 1
name: mine
title: a story
providers: [stripe]
vars: {app: http://localhost:9000, amount: 7}
matrix: {times: [1, 2]}
rules:
  - {name: unheard, when: {operation: payment.charge, nth: 1, per: ref}, then: {respond: {fault: reset, committed: true}}}
steps:
  - request: {post: "${{ vars.app }}/orders", json: {id: "order-${{ matrix.times }}", amount: "${{ vars.amount }}"}}
expect:
  - payment: {count: 1, captured: "${{ vars.amount }}", provider: "${{ provider }}"}
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(scenario, arguments)


@pytest.fixture
def story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(STORY)
    return "mine.yaml"


def test_both_variants_of_the_shop_are_played(story: str) -> None:
    ended = run("run", story, "--junit", "j.xml", "--json", "j.json", "-v")
    assert ended.exit_code == 1, ended.output
    told = json.loads(Path("j.json").read_text())
    verdicts = {each["name"]: each["verdict"] for each in told["stories"]}
    assert verdicts == {
        "mine[stripe,times=1,careful]": "passed", "mine[stripe,times=2,careful]": "passed",
        "mine[stripe,times=1,careless]": "failed", "mine[stripe,times=2,careless]": "failed",
    }
    assert len(ElementTree.parse("j.xml").findall(".//testcase")) == 4
    assert "mine.yaml:13: payment: 2 payments" in ended.output
    assert "POST http://127.0.0.1:" in ended.output


def test_the_careful_one_passes(story: str) -> None:
    ended = run("run", story, "--shop", "careful", "--var", "amount=9.50")
    assert ended.exit_code == 0, ended.output


def test_one_flaw_is_enough(story: str) -> None:
    assert run("run", story, "--shop", "new-key").exit_code == 1
    assert run("run", story, "--shop", "no-dedupe").exit_code == 0


def test_an_application_that_is_not_there_is_no_finding(story: str) -> None:
    ended = run("run", story, "--app", "http://127.0.0.1:9")
    assert ended.exit_code == 3
    assert "cannot be played" in ended.output


def test_a_story_calls_nobody_far_away(story: str) -> None:
    assert run("run", story, "--app", "http://8.8.8.8").exit_code == 3


def test_nothing_to_play(story: str) -> None:
    assert run("run", story, "--shop", "careful", "--provider", "alipay").exit_code == 5


@pytest.mark.parametrize("arguments", [
    ("nowhere.yaml",), ("no-such-scenario",), ("mine.yaml", "--var", "amuont=1"), ("mine.yaml", "--shop", "lazy"),
    ("mine.yaml", "--shop", "careful", "--app", "http://127.0.0.1:1"), ("mine.yaml", "--var", "amount"),
])  # fmt: skip
def test_wrong_usage(arguments: tuple[str, ...], story: str) -> None:
    assert run("run", *arguments).exit_code == 2


def test_a_new_scenario_is_valid_and_can_be_completed(story: str) -> None:
    assert run("new", "stories/lost.yaml").exit_code == 0
    text = Path("stories/lost.yaml").read_text()
    modeline = text.partition("\n")[0]
    schema = Path("stories") / modeline.partition("$schema=")[2]
    assert json.loads(schema.read_text())["title"] == "PayDouble scenario"
    assert run("validate", "stories/lost.yaml").exit_code == 0
    assert run("new", "stories/lost.yaml").exit_code == 2
    assert run("new", "Stories.yaml").exit_code == 2
    assert run("new", "lost.txt").exit_code == 2


@pytest.mark.parametrize("option", [(), ("--editor",)])
def test_the_schema_is_printed(option: tuple[str, ...]) -> None:
    assert json.loads(run("schema", *option).output)["$schema"]


def test_findings_are_shown_in_a_pull_request(story: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "\n::error file=mine.yaml,line=13::payment: 2" in run("run", story, "--shop", "new-key").output


def test_shipped_ones_are_listed_by_tag() -> None:
    listed = run("list", "--tag", "disputes").output
    assert "stripe/dispute-won" in listed
    assert "lost-response" not in listed
