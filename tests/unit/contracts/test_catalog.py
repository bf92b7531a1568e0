"""The catalogue finds, joins, compiles once, and closes."""

import builtins
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from paydouble.contracts import shipped
from paydouble.contracts.catalog import Catalog, ContractMissing
from paydouble.contracts.engines import compiled


def write(root: Path, path: str, schema: dict[str, Any]) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(schema), encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "common/name.json", {"$id": "https://a.example/name", "title": "n", "type": "string"})
    write(tmp_path, "p/v1/objects/tree.json", {
        "type": "object",
        "properties": {"name": {"$ref": "../../../common/name.json"}, "left": {"$ref": "tree.json"}},
    })
    write(tmp_path, "p/v1/trees.create/request.schema.json", {"$ref": "../objects/tree.json"})
    write(tmp_path, "p/v1/trees.create/response.schema.json", {
        "type": "object",
        "properties": {
            "tree": {"$ref": "../objects/tree.json"},
            "kind": {"x-open": True, "anyOf": [{"enum": ["oak"]}, {"type": "string"}]},
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    })
    return tmp_path


def test_a_request_is_found_by_its_operation(root: Path) -> None:
    contract = Catalog(root).request("p", "v1", "trees.create")
    assert contract is not None
    assert contract.path == "p/v1/trees.create/request.schema.json"


def test_no_request_contract_is_none(root: Path) -> None:
    assert Catalog(root).request("p", "v1", "trees.fell") is None


def test_a_missing_part_is_named(root: Path) -> None:
    with pytest.raises(ContractMissing, match=r"p/v1/ack\.schema\.json"):
        Catalog(root).part("p/v1/ack.schema.json")


def test_a_contract_is_compiled_once(root: Path) -> None:
    catalog = Catalog(root)
    path = "p/v1/trees.create/request.schema.json"
    assert catalog.part(path) is catalog.request("p", "v1", "trees.create")
    assert catalog.producer(path) is catalog.producer(path)


def test_references_in_circles_are_joined(root: Path) -> None:
    contract = Catalog(root).part("p/v1/trees.create/request.schema.json")
    assert contract.check({"left": {"left": {"name": "x"}}}) == ()
    assert [one.pointer for one in contract.check({"left": {"left": {"name": 1}}})] == ["/left/left/name"]


def test_what_a_file_says_about_itself_does_not_travel(root: Path) -> None:
    bundle = Catalog(root).bundle("p/v1/trees.create/request.schema.json")
    assert bundle["$defs"]["common/name.json"] == {"type": "string"}


def test_the_producer_form_closes_objects_and_enumerations_but_not_maps(root: Path) -> None:
    catalog, path = Catalog(root), "p/v1/trees.create/response.schema.json"
    document = {"tree": {"left": {"age": 1}}, "kind": "elm", "tags": {"any": "thing"}}
    assert catalog.part(path).check(document) == ()
    found = [(one.pointer, one.keyword) for one in catalog.producer(path).check(document)]
    assert found == [("/tree/left/age", "additionalProperties"), ("/kind", "enum")]


def test_paths_lists_contracts_and_not_their_fragments(root: Path) -> None:
    assert Catalog(root).paths() == (
        "p/v1/trees.create/request.schema.json",
        "p/v1/trees.create/response.schema.json",
    )


def test_without_the_fast_engine_the_reference_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_fast(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "jsonschema_rs":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_fast)
    judge = compiled({"type": "integer"})
    assert "jsonschema_rs" not in type(judge).__module__
    assert judge(1)
    assert not judge("1")


def test_engines_are_imported_when_they_are_needed() -> None:
    code = (
        "import sys, paydouble.contracts.catalog;"
        "sys.exit(any(name in sys.modules for name in ('jsonschema', 'jsonschema_rs', 'pydantic', 'yaml')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_checkout_reads_its_own_folders() -> None:
    assert (shipped.root("contracts") / "index.json").is_file()


def test_a_wheel_reads_the_copy_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_shipped" / "contracts").mkdir(parents=True)
    monkeypatch.setattr(shipped, "files", lambda _: tmp_path)
    assert shipped.root("contracts") == tmp_path / "_shipped" / "contracts"
