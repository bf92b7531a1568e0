"""The contracts use only what validators of every language agree on; a test is one API of a provider."""

import json
import re
from collections.abc import Iterator
from functools import cache
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


def api_of(path: str) -> str:
    """As "stripe/v1", or "common"."""
    return "/".join(path.split("/")[:-1][:2])


APIS = sorted({api_of(path) for path in FILES})


@cache
def read(path: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((CONTRACTS / path).read_text(encoding="utf-8"))
    return schema


def all_schemas(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for inner in subschemas(schema):
        yield from all_schemas(inner)


def files_in(api: str) -> list[str]:
    return [path for path in FILES if api_of(path) == api]


def schemas_in(api: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of every file of the API, with its file."""
    return ((path, schema) for path in files_in(api) for schema in all_schemas(read(path)))


def bundled(path: str) -> Iterator[dict[str, Any]]:
    """Every schema of a contract and of all that it refers to."""
    bundle = catalog().bundle(path)
    return (one for file in (bundle, *bundle.get("$defs", {}).values()) for one in all_schemas(file))


@pytest.mark.parametrize("api", APIS)
def test_files_say_what_they_are(api: str) -> None:
    for path in files_in(api):
        schema = read(path)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", path
        assert schema["$id"] == ID_BASE + path, path
        assert schema["title"], path
        assert schema.get("x-evidence") in (EVIDENCE if path.endswith(".schema.json") else {None}), path


@pytest.mark.parametrize("api", APIS)
def test_only_portable_keywords(api: str) -> None:
    for path, schema in schemas_in(api):
        assert {one for one in schema if not one.startswith("x-")} <= ASSERTIONS | ANNOTATIONS, path


@pytest.mark.parametrize("api", APIS)
def test_patterns_mean_the_same_everywhere(api: str) -> None:
    for path, schema in schemas_in(api):
        pattern = schema.get("pattern")
        if pattern is None or path == SINGLE_LINE:
            continue
        assert pattern.startswith("^"), path
        assert pattern.endswith("$"), path
        assert not re.search(r"\\[a-zA-Z]|\(\?", pattern), f"{path}: explicit classes, no look-around"
        assert target(path, schema["$ref"]) == SINGLE_LINE, f"{path}: a pattern stands beside single-line.json"


@pytest.mark.parametrize("api", APIS)
def test_references_are_relative_files_that_exist(api: str) -> None:
    for path, schema in schemas_in(api):
        if "$ref" in schema:
            assert not re.search(r"[#:]|^/", schema["$ref"]), path
            assert (CONTRACTS / target(path, schema["$ref"])).is_file(), path


@pytest.mark.parametrize("api", APIS)
def test_no_properties_beside_another_object(api: str) -> None:
    for path, schema in schemas_in(api):
        assert "properties" not in schema or not {"$ref", "allOf"} & schema.keys(), path


@pytest.mark.parametrize("api", APIS)
def test_a_narrowing_branch_names_only_known_properties(api: str) -> None:
    for path, schema in schemas_in(api):
        for branch in schema.get("allOf", ()):
            if "properties" in branch:
                [other] = [read(target(path, one["$ref"])) for one in schema["allOf"] if "$ref" in one]
                assert "type" not in branch, f"{path}: closing it would refuse what the other describes"
                assert branch["properties"].keys() <= other["properties"].keys(), path


@pytest.mark.parametrize("api", APIS)
def test_open_enumerations_can_be_closed(api: str) -> None:
    for path, schema in schemas_in(api):
        if "x-open" in schema:
            closed, rest = schema["anyOf"]
            assert closed.keys() == {"enum"}, path
            assert "string" in rest["type"], path


REFUSE_UNKNOWN = ("stripe", "wechatpay")
"""The providers that refuse a parameter they do not know; the others ignore it."""


@pytest.mark.parametrize("provider", REFUSE_UNKNOWN)
def test_requests_are_closed(provider: str) -> None:
    for path in contracts("request"):
        if path.startswith(provider):
            for schema in bundled(path):
                if schema.get("type") == "object" and "properties" in schema:
                    assert schema["additionalProperties"] is False, path


@pytest.mark.parametrize("part", ["response", "notification", "resource", "error"])
def test_what_a_shop_receives_is_open(part: str) -> None:
    for path in contracts(part):
        for schema in bundled(path):
            assert schema.get("additionalProperties") is not False, path


def test_every_fragment_is_used() -> None:
    used = {target(path, one["$ref"]) for path in FILES for one in all_schemas(read(path)) if "$ref" in one}
    fragments = {path for path in FILES if part_of(path).endswith(".json") and "/versions/" not in path}
    assert fragments == used
