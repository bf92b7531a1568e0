"""The published schemas are those of the models, and take and refuse what the loader does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from paydouble.scenarios import json_schemas
from paydouble.scenarios.positions import Source
from paydouble.scenarios.yaml12 import plain, read
from tests.scenarios.library import SHIPPED

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"
MADE: dict[str, Callable[[], dict[str, Any]]] = {
    json_schemas.STRICT_NAME: json_schemas.strict, json_schemas.EDITOR_NAME: json_schemas.editor,
}
RULE = {"when": {"operation": "payment.charge"}, "then": {"outcome": "declined"}}
FILE = {"schema": 1, "name": "x"}


@pytest.fixture(scope="module", params=MADE)
def validator(request: pytest.FixtureRequest) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(MADE[request.param]())


@pytest.mark.parametrize("name", MADE)
def test_what_is_published_is_up_to_date(name: str) -> None:
    wanted = json.dumps(MADE[name](), indent=2, ensure_ascii=False) + "\n"
    stale = f"run: paydouble scenario schema{' --editor' if 'editor' in name else ''} > docs/schemas/{name}"
    assert (PUBLISHED / name).read_text("utf-8") == wanted, stale


def test_every_shipped_file_is_valid(validator: jsonschema.Draft202012Validator) -> None:
    for file in sorted(SHIPPED.glob("*/*.yaml")):
        found = list(validator.iter_errors(plain(read(Source(file.name, file.read_text("utf-8"))))))
        assert [f"{file.name}: {each.message}" for each in found] == []


def test_every_shipped_file_names_the_schema_for_editors() -> None:
    for file in SHIPPED.glob("*/*.yaml"):
        first = file.read_text("utf-8").partition("\n")[0]
        assert first.startswith("# yaml-language-server: $schema=")
        assert (file.parent / first.partition("=")[2]).resolve() == PUBLISHED / json_schemas.EDITOR_NAME


@pytest.mark.parametrize(("more", "taken"), [
    ({"rules": [RULE], "x-note": 1}, True),
    ({"rulez": [RULE]}, False),
    ({"rules": [{**RULE, "when": {"operation": "pay"}}]}, False),
    ({"rules": [{**RULE, "when": {"operation": "${{ vars.what }}"}}]}, True),
    ({"steps": [{"payer": {"ref": "a"}}]}, True),
    ({"steps": [{"payers": {"ref": "a"}}]}, False),
    ({"expect": [{"payment": {"count": {"gte": "${{ vars.n }}"}}}]}, True),
    ({"expect": [{"payment": {"phase": "payed"}}]}, False),
    ({"matrix": {"n": [1, 2]}, "extends": ["a", {"use": "./b.yaml", "with": {"c": 1}}]}, True),
])  # fmt: skip
def test_both_take_what_the_loader_takes(
    more: dict[str, Any], taken: bool, validator: jsonschema.Draft202012Validator
) -> None:
    assert validator.is_valid({**FILE, **more}) is taken


def test_only_the_strict_one_counts_verbs() -> None:
    two = {**FILE, "steps": [{"advance": "1h", "signal": "go"}]}
    assert not jsonschema.Draft202012Validator(json_schemas.strict()).is_valid(two)
    assert jsonschema.Draft202012Validator(json_schemas.editor()).is_valid(two)


def test_editors_are_offered_every_verb_of_a_step() -> None:
    step = json_schemas.editor()["$defs"]["Step"]
    assert {"request", "payer", "advance", "wait_for", "expect"} <= set(step["properties"])
    assert step["minProperties"] == 1
    assert "oneOf" not in json.dumps(json_schemas.editor())
