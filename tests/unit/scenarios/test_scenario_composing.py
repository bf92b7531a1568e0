"""extends, remove, with, matrix, and whose value a variable has in the end."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from paydouble.scenarios.composing import LEVELS_MAX, Loading
from paydouble.scenarios.library import Library
from paydouble.scenarios.loader import load_file, load_named, load_text
from paydouble.scenarios.messages import ScenarioProblems
from paydouble.scenarios.rule import Scenario

RULE = "{{name: {name}, when: {{operation: payment.create}}, then: {{respond: {{latency: {latency}}}}}}}"


def rule(name: str, latency: str = "1s") -> str:
    return RULE.format(name=name, latency=latency)


class Folder:
    """Files beside each other."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, *lines: str) -> None:
        text = "\n".join(["schema: 1", f"name: {name}", *lines])
        (self.path / f"{name}.yaml").write_text(text, "utf-8")

    def load(self, name: str, **more: Any) -> Scenario:
        return load_file(self.path / f"{name}.yaml", **more)

    def codes(self, name: str) -> list[str]:
        with pytest.raises(ScenarioProblems) as refused:
            self.load(name)
        return [problem.code for problem in refused.value.problems]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def names(scenario: Scenario) -> list[str]:
    return [each.name for each in scenario.rules]


def test_own_rules_come_first_then_each_parents(folder: Folder) -> None:
    folder.write("one", f"rules: [{rule('a')}, {rule('b')}]")
    folder.write("two", f"rules: [{rule('c')}]")
    folder.write("child", "extends: [./one.yaml, ./two.yaml]", f"rules: [{rule('d')}]")
    assert names(folder.load("child")) == ["d", "a", "b", "c"]


def test_a_rule_with_an_inherited_name_takes_its_place(folder: Folder) -> None:
    folder.write("one", f"rules: [{rule('a')}, {rule('b')}, {rule('c')}]")
    folder.write("child", "extends: ./one.yaml", f"rules: [{rule('b', '7s')}]")
    scenario = folder.load("child")
    assert names(scenario) == ["a", "b", "c"]
    assert "7000" in str(scenario.rules[1].effects)


def test_rules_are_numbered_apart(folder: Folder) -> None:
    """Their counters are kept by number."""
    folder.write("one", f"rules: [{rule('a')}, {rule('b')}]")
    folder.write("two", f"rules: [{rule('c')}, {rule('d')}]")
    folder.write("child", "extends: [./one.yaml, ./two.yaml]", f"rules: [{rule('e')}]")
    numbers = [each.number for each in folder.load("child").rules]
    assert len(set(numbers)) == len(numbers)


def test_remove_drops_an_inherited_rule(folder: Folder) -> None:
    folder.write("one", f"rules: [{rule('a')}, {rule('b')}]")
    folder.write("child", "extends: ./one.yaml", "remove: [a]")
    assert names(folder.load("child")) == ["b"]
    folder.write("wrong", "extends: ./one.yaml", "remove: [c]")
    assert folder.codes("wrong") == ["SC040"]


def test_two_parents_may_not_have_a_rule_of_one_name(folder: Folder) -> None:
    folder.write("one", f"rules: [{rule('a')}]")
    folder.write("two", f"rules: [{rule('a')}]")
    folder.write("child", "extends: [./one.yaml, ./two.yaml]")
    assert folder.codes("child") == ["SC040"]
    folder.write("settled", "extends: [./one.yaml, ./two.yaml]", f"rules: [{rule('a', '3s')}]")
    assert names(folder.load("settled")) == ["a"]


def test_the_same_file_by_two_ways_is_one(folder: Folder) -> None:
    folder.write("top", f"rules: [{rule('a')}]")
    folder.write("one", "extends: ./top.yaml", f"rules: [{rule('b')}]")
    folder.write("two", "extends: ./top.yaml", f"rules: [{rule('c')}]")
    folder.write("child", "extends: [./one.yaml, ./two.yaml]")
    assert names(folder.load("child")) == ["b", "a", "c"]


def test_cycles_and_depth_are_refused(folder: Folder) -> None:
    folder.write("a", "extends: ./b.yaml")
    folder.write("b", "extends: ./a.yaml")
    assert folder.codes("a") == ["SC040"]
    for level in range(LEVELS_MAX + 2):
        folder.write(f"n{level}", f"extends: ./n{level + 1}.yaml")
    folder.write(f"n{LEVELS_MAX + 2}", f"rules: [{rule('deep')}]")
    assert folder.codes("n0") == ["SC040"]
    assert names(folder.load("n2")) == ["deep"]


def test_settings_are_merged_and_the_child_wins(folder: Folder) -> None:
    folder.write("one", "settings: {seed: 5, clock: frozen, strict: true}")
    folder.write("child", "extends: ./one.yaml", "settings: {seed: 6}")
    settings = folder.load("child").settings
    assert (settings.seed, settings.clock, settings.strict) == (6, "frozen", True)


def test_expectations_add_up_and_steps_do_not(folder: Folder) -> None:
    folder.write("one", "steps: [{advance: 1h}]", "expect: [{payment: {count: 1}}]")
    folder.write("two", "extends: ./one.yaml", "expect: [{payment: {count: 2}}]")
    inherits = folder.load("two")
    assert [each.data["payment"]["count"] for each in inherits.expect] == [1, 2]
    assert [each.data for each in inherits.steps] == [{"advance": "1h"}]
    folder.write("three", "extends: ./one.yaml", "steps: [{advance: 2h}]")
    assert [each.data for each in folder.load("three").steps] == [{"advance": "2h"}]


def test_problems_of_a_parent_are_told_where_they_are(folder: Folder) -> None:
    folder.write("one", "rules: [{when: {operation: pay}, then: {outcome: approved}}]")
    folder.write("child", "extends: ./one.yaml")
    with pytest.raises(ScenarioProblems) as refused:
        folder.load("child")
    assert [Path(each.file).name for each in refused.value.problems] == ["one.yaml"]


BASE = ("vars: {wait: 1s}", 'rules: [{when: {operation: "*"}, then: {respond: {latency: "${{ vars.wait }}"}}}]')


@pytest.mark.parametrize(("lines", "more", "wanted"), [
    ((),                                                       {},                                "1s"),
    (("vars: {wait: 2s}",),                                    {},                                "2s"),
    (("vars: {wait: 2s}",), {"environment": {"PAYDOUBLE_VAR_wait": "3s"}},                        "3s"),
    (("vars: {wait: 2s}",), {"environment": {"PAYDOUBLE_VAR_WAIT": "3s"}, "vars": {"wait": "4s"}}, "4s"),
])  # fmt: skip
def test_whose_value_wins(
    folder: Folder, lines: tuple[str, ...], more: dict[str, Any], wanted: str
) -> None:
    folder.write("one", *BASE)
    folder.write("child", "extends: ./one.yaml", *lines)
    scenario = folder.load("child", loading=Loading(**more))
    assert scenario.vars["wait"] == wanted
    assert f"{wanted[0]}000" in str(scenario.rules[0].effects)


def test_with_gives_a_parent_its_variables(folder: Folder) -> None:
    folder.write("one", *BASE)
    folder.write("child", "vars: {own: 8s}", 'extends: {use: ./one.yaml, with: {wait: "${{ vars.own }}"}}')
    assert folder.load("child").vars == {"wait": "8s", "own": "8s"}
    folder.write("wrong", "extends: {use: ./one.yaml, with: {weight: 1s}}")
    assert folder.codes("wrong") == ["SC040"]


def test_an_unknown_variable_is_told_of_the_file_alone(folder: Folder) -> None:
    folder.write("one", *BASE)
    folder.write("child", "extends: ./one.yaml", "vars: {own: 1}")
    with pytest.raises(ScenarioProblems) as refused:
        folder.load("child", vars={"weight": 1})
    assert [each.code for each in refused.value.problems] == ["SC035"]


def test_a_text_from_elsewhere_opens_no_file(folder: Folder) -> None:
    folder.write("one", *BASE)
    text = f"schema: 1\nname: x\nextends: {folder.path}/one.yaml\n"
    with pytest.raises(ScenarioProblems):
        load_text(text)
    sent = Loading(library=Library(sent={f"{folder.path}/one.yaml": (folder.path / "one.yaml").read_text()}))
    assert load_text(text, loading=sent).vars == {"wait": "1s"}


def test_shipped_ones_are_found_by_name(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "base.yaml").write_text(f"schema: 1\nname: base\nrules: [{rule('a')}]\n")
    mine = tmp_path / "mine.yaml"
    mine.write_text("schema: 1\nname: mine\nextends: common/base\n")
    assert names(load_named(str(mine), tmp_path)) == ["a"]


def test_a_matrix_gives_its_first_choice_unless_told() -> None:
    text = (
        'schema: 1\nname: x\nmatrix: {n: [10.00, 30.00]}\n'
        'rules: [{when: {operation: "*", amount: "${{ matrix.n }}"}, then: {outcome: approved}}]\n'
    )
    assert load_text(text).matrix == {"n": (Decimal("10.00"), Decimal("30.00"))}
    assert "10" in str(load_text(text).rules[0].condition)
    assert "30" in str(load_text(text, loading=Loading(matrix={"n": Decimal(30)})).rules[0].condition)
