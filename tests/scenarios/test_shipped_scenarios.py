"""Every shipped scenario loads, is called what its place says, and is described."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest

from paydouble.scenarios.document import json_schema
from paydouble.scenarios.loader import load_shipped, shipped_names
from paydouble.scenarios.positions import Source
from paydouble.scenarios.vocabulary import PROVIDERS
from paydouble.scenarios.yaml12 import plain, read

SHIPPED = Path(__file__).parents[2] / "scenarios"
NAMES = list(shipped_names(SHIPPED))


def test_there_are_scenarios_for_everyone() -> None:
    assert {"lost-response", "declines-by-amount", "flaky-gateway", "forged-callbacks"} <= set(NAMES)
    assert {name.partition("/")[0] for name in NAMES if "/" in name} == set(PROVIDERS)


@pytest.mark.parametrize("name", NAMES)
def test_it_loads_and_says_what_it_is(name: str) -> None:
    scenario = load_shipped(name, SHIPPED)
    assert scenario.name == name
    assert scenario.warnings == ()
    assert scenario.title
    assert len(scenario.description) > len(scenario.title)
    assert all(rule.name for rule in scenario.rules)
    assert "/" not in name or scenario.providers == (name.partition("/")[0],)


def test_the_readme_lists_them_all() -> None:
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([^`]+)` \|", readme, re.MULTILINE)) == set(NAMES)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*/*.yaml")), ids=lambda file: file.stem)
def test_the_editors_schema_accepts_it(file: Path) -> None:
    """Variables stand where numbers and words belong, so their values are put there."""
    text = file.read_text(encoding="utf-8")
    data = plain(read(Source(file.name, text)))
    for name, value in data.get("vars", {}).items():
        text = text.replace(f'"${{{{ vars.{name} }}}}"', str(value))
    jsonschema.Draft202012Validator(json_schema()).validate(plain(read(Source(file.name, text))))


def test_the_editors_schema_refuses_what_the_loader_refuses() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    rule = {"when": {"operation": "payment.charge"}, "then": {"outcome": "declined"}}
    assert validator.is_valid({"schema": 1, "name": "x", "rules": [rule], "x-note": 1})
    assert not validator.is_valid({"schema": 1, "name": "x", "rulez": [rule]})
    assert not validator.is_valid(
        {"schema": 1, "name": "x", "rules": [{**rule, "when": {"operation": "pay"}}]}
    )
