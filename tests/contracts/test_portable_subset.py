"""The contracts use only what validators of every language agree on."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from paydouble.contracts.catalog import ID_BASE
from paydouble.contracts.schema import subschemas, target
from tests.contracts.samples import CONTRACTS, catalog, contracts, part_of

ASSERTIONS = {
    "type", "enum", "const", "properties", "required", "additionalProperties", "items", "minItems",
    "maxItems", "pattern", "minimum", "maximum", "minLength", "maxLength", "allOf", "anyOf", "oneOf", "not",
    "if", "then", "else", "$ref", "$defs",
}
ANNOTATIONS = {
    "$schema", "$id", "$comment", "title", "description", "examples", "default", "deprecated", "format",
    "contentMediaType", "contentSchema",
}
EVIDENCE = {"spec", "sdk", "sample"}
SINGLE_LINE = "common/single-line.json"

FILES = sorted(
    path.relative_to(CONTRACTS).as_posix()
    for path in CONTRACTS.rglob("*.json")
    if path.parent.name not in ("examples", "broken") and path.name != "index.json"
)


def read(path: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((CONTRACTS / path).read_text(encoding="utf-8"))
    return schema


def all_schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for inner in subschemas(schema):
        yield from all_schemas(inner)


@pytest.mark.parametrize("path", FILES)
def test_file_says_what_it_is(path: str) -> None:
    schema = read(path)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == ID_BASE + path
    assert schema["title"]
    assert schema.get("x-evidence") in (EVIDENCE if path.endswith(".schema.json") else {None})


@pytest.mark.parametrize("path", FILES)
def test_only_portable_keywords(path: str) -> None:
    for schema in all_schemas(read(path)):
        assert {one for one in schema if not one.startswith("x-")} <= ASSERTIONS | ANNOTATIONS


@pytest.mark.parametrize("path", FILES)
def test_patterns_mean_the_same_everywhere(path: str) -> None:
    for schema in all_schemas(read(path)):
        pattern = schema.get("pattern")
        if pattern is None or path == SINGLE_LINE:
            continue
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        assert not re.search(r"\\[a-zA-Z]|\(\?", pattern), "explicit classes, no look-around"
        assert target(path, schema["$ref"]) == SINGLE_LINE, "a pattern stands beside single-line.json"


@pytest.mark.parametrize("path", FILES)
def test_references_are_relative_files_that_exist(path: str) -> None:
    for schema in all_schemas(read(path)):
        if "$ref" in schema:
            assert not re.search(r"[#:]|^/", schema["$ref"])
            assert (CONTRACTS / target(path, schema["$ref"])).is_file()


@pytest.mark.parametrize("path", FILES)
def test_no_properties_beside_another_object(path: str) -> None:
    for schema in all_schemas(read(path)):
        assert "properties" not in schema or not {"$ref", "allOf"} & schema.keys()


@pytest.mark.parametrize("path", FILES)
def test_a_narrowing_branch_names_only_known_properties(path: str) -> None:
    for schema in all_schemas(read(path)):
        for branch in schema.get("allOf", ()):
            if "properties" in branch:
                [other] = [read(target(path, one["$ref"])) for one in schema["allOf"] if "$ref" in one]
                assert "type" not in branch, "closing it would refuse what the other describes"
                assert branch["properties"].keys() <= other["properties"].keys()


@pytest.mark.parametrize("path", FILES)
def test_open_enumerations_can_be_closed(path: str) -> None:
    for schema in all_schemas(read(path)):
        if "x-open" in schema:
            closed, rest = schema["anyOf"]
            assert closed.keys() == {"enum"}
            assert "string" in rest["type"]


REFUSE_UNKNOWN = ("stripe", "wechatpay")
"""The providers that refuse a parameter they do not know; the others ignore it."""


@pytest.mark.parametrize("path", [each for each in contracts("request") if each.startswith(REFUSE_UNKNOWN)])
def test_requests_are_closed(path: str) -> None:
    bundle = catalog().bundle(path)
    for schema in [one for file in (bundle, *bundle.get("$defs", {}).values()) for one in all_schemas(file)]:
        if schema.get("type") == "object" and "properties" in schema:
            assert schema["additionalProperties"] is False


@pytest.mark.parametrize("path", contracts("response", "notification", "resource", "error"))
def test_what_a_shop_receives_is_open(path: str) -> None:
    bundle = catalog().bundle(path)
    for schema in [one for file in (bundle, *bundle.get("$defs", {}).values()) for one in all_schemas(file)]:
        assert schema.get("additionalProperties") is not False


def test_every_fragment_is_used() -> None:
    used = {target(path, one["$ref"]) for path in FILES for one in all_schemas(read(path)) if "$ref" in one}
    assert {path for path in FILES if part_of(path).endswith(".json")} == used
