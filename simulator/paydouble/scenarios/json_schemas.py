"""The language as JSON Schema: a strict one for programs, and one that editors complete well with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from paydouble.scenarios import story
from paydouble.scenarios.checks import TRIGGERS

Json = dict[str, Any]

BASE: Final = "https://paydouble.dev/schemas"
STRICT_NAME: Final = "scenario.v1.json"
EDITOR_NAME: Final = "scenario.v1.editor.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_EXPRESSION: Final = {"$ref": "#/$defs/Expression"}
_SCALARS: Final = frozenset({"string", "number", "integer", "boolean", "array"})
_LITERAL: Final = ("schema", "name")
"""Keys at the top in which no expression can stand."""

VERBS: Final[Mapping[str, Sequence[str]]] = {
    "Step": story.STEP_VERBS,
    "Expect": story.EXPECT_VERBS,
    "Request": story.METHODS,
    "When": TRIGGERS,
    "StepSpec": ("wait", "outcome", "settle", "dispute", "refund", "emit", "set", "state"),
    "LeaveSpec": ("signal", "after", "polls", "acknowledged", "phase"),
    "Spread": ("uniform", "lognormal"),
}
"""Models of which exactly one of these keys is written."""


def strict() -> Json:
    """Refuses what the loader refuses, as far as a schema can say it."""
    schema = _schema(STRICT_NAME)
    for name, verbs in VERBS.items():
        schema["$defs"][name]["oneOf"] = [{"required": [verb]} for verb in verbs]
    return schema


def editor() -> Json:
    """Every verb an optional property: at a `oneOf`, editors complain about a branch of their own choice."""
    schema = _schema(EDITOR_NAME)
    for name in VERBS:
        schema["$defs"][name]["minProperties"] = 1
    flattened: Json = _flattened(schema)
    return flattened


def _schema(name: str) -> Json:
    from pydantic import TypeAdapter

    from paydouble.scenarios.document import Document

    made = TypeAdapter(Document).json_schema(mode="validation")
    properties = {
        key: each if key in _LITERAL else _lenient(each) for key, each in made["properties"].items()
    }
    schema = {
        "$schema": DIALECT, "$id": f"{BASE}/{name}", **made, "title": "PayDouble scenario",
        "properties": properties, "patternProperties": {"^x-": True},
    }
    definitions = {key: _lenient(each) for key, each in made["$defs"].items()}
    schema["$defs"] = {**definitions, "Expression": {"type": "string", "pattern": r"\$\{\{.*\}\}"}}
    return schema


def _lenient(node: Any) -> Any:
    """Wherever a value stands, an expression may stand that becomes one."""
    if isinstance(node, list):
        return [_lenient(each) for each in node]
    if not isinstance(node, dict):
        return node
    if _is_leaf(node):
        kept = {key: node[key] for key in ("title", "description", "default") if key in node}
        leaf = {key: value for key, value in node.items() if key not in kept}
        return {**kept, "anyOf": [leaf, _EXPRESSION]}
    return {key: each if key in ("default", "required", "examples") else _below(key, each)
            for key, each in node.items()}


def _below(key: str, value: Any) -> Any:
    if key in ("properties", "patternProperties"):
        return {name: _lenient(each) for name, each in value.items()}
    return _lenient(value) if isinstance(value, dict | list) and key != "enum" else value


def _is_leaf(node: Json) -> bool:
    if "properties" in node or "items" in node or "prefixItems" in node or "$ref" in node:
        return False
    kinds = node.get("type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return "enum" in node or "const" in node or bool(_SCALARS & set(named))


def _flattened(node: Any) -> Any:
    """Without nulls and defaults, which editors offer though nobody writes them."""
    if isinstance(node, list):
        return [_flattened(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {"anyOf" if key == "oneOf" else key: _flattened(each)
            for key, each in node.items() if key != "default"}
    choices = [each for each in made.get("anyOf", ()) if each != {"type": "null"}]
    if "anyOf" in made:
        made["anyOf"] = choices
        if len(choices) == 1 and isinstance(choices[0], dict):
            del made["anyOf"]
            made |= choices[0]
    return made
