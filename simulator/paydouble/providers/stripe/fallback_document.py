"""Stripe's own OpenAPI document, as a user downloads it: its operations, what each takes and answers.

https://github.com/stripe/openapi. Nothing of it is part of PayDouble; `fallback_spec` names the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]

_VARIABLE = re.compile(r"\{(\w+)\}")
_KEPT = (
    "type", "enum", "required", "maxLength", "minimum", "maximum", "minItems", "maxItems",
)  # fmt: skip
_PREFIX = "/v1/"


class Plays(Enum):
    """What an operation is for its resource."""

    CREATE = "create"
    RETRIEVE = "retrieve"
    UPDATE = "update"
    DELETE = "delete"
    LIST = "list"
    ACTION = "action"
    """Anything else: of one object, or of none."""


@dataclass(frozen=True, slots=True)
class Described:
    """One operation of the document."""

    method: str
    path: str
    id: str
    summary: str
    plays: Plays
    resource: str
    """What its answer is called: "issuing.card"; empty where it has no name."""
    answer: Schema
    source: Schema
    """The operation as the document has it."""

    @property
    def collection(self) -> str:
        """The path without the object's own id, where its path ends with that."""
        head, _, last = self.path.rpartition("/")
        return head if _VARIABLE.fullmatch(last) else self.path

    @property
    def own_variable(self) -> str:
        """The name of the last variable of the path; empty where there is none."""
        names = _VARIABLE.findall(self.path)
        return names[-1] if names else ""

    def request(self) -> dict[str, Any]:
        """Its params as a JSON Schema that refuses what the document does not know."""
        names = _VARIABLE.findall(self.path)
        properties: dict[str, Any] = {name: {"type": "string", "minLength": 1} for name in names}
        required = list(names)
        for one in self.source.get("parameters", ()):
            if one["in"] == "query":
                properties[one["name"]] = _closed(one.get("schema", {}))
                required += [one["name"]] if one.get("required") else []
        for content in self.source.get("requestBody", {}).get("content", {}).values():
            schema = content["schema"]
            properties |= {name: _closed(each) for name, each in schema.get("properties", {}).items()}
            required += [name for name in schema.get("required", ()) if name not in required]
        properties.setdefault("expand", {"type": "array", "items": {"type": "string"}})
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "properties": properties, "required": required, "additionalProperties": False,
        }  # fmt: skip


def _closed(schema: Schema) -> dict[str, Any]:
    """As a parameter: an object takes the members that it names, and no others."""
    result: dict[str, Any] = {name: schema[name] for name in _KEPT if name in schema}
    for name in ("anyOf", "oneOf"):
        if name in schema:
            result["anyOf"] = [_closed(each) for each in schema[name]]
    if "items" in schema:
        result["items"] = _closed(schema["items"])
    if schema.get("properties"):
        result["properties"] = {name: _closed(each) for name, each in schema["properties"].items()}
        result["additionalProperties"] = False
    return result


class Document:
    """Reads each schema when it is asked for. Raises ValueError for a file that is no such document."""

    def __init__(self, text: bytes, *, name: str) -> None:
        try:
            read = json.loads(text)
            self._paths: Schema = read["paths"]
            self._schemas: Schema = read["components"]["schemas"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{name} is no OpenAPI document of Stripe's: {error!r}") from None

    @classmethod
    def of(cls, path: Path) -> Document:
        try:
            return cls(path.read_bytes(), name=str(path))
        except OSError as error:
            raise ValueError(f"fallback_spec {path}: {error.strerror}") from None

    def operations(self) -> Iterator[Described]:
        """Those of API v1."""
        for path, methods in self._paths.items():
            if not path.startswith(_PREFIX):
                continue
            for method, source in methods.items():
                if method in ("get", "post", "delete"):
                    yield self._described(method.upper(), path, source)

    def _described(self, method: str, path: str, source: Schema) -> Described:
        contents = source.get("responses", {}).get("200", {}).get("content", {})
        answer: Schema = next((each.get("schema", {}) for each in contents.values()), {})
        resolved = self.resolved(answer)
        return Described(
            method=method,
            path=path,
            id=f"fallback.{source.get('operationId', f'{method}{path}')}",
            summary=str(source.get("summary") or path),
            plays=_played(method, path, resolved),
            resource=self.resource(resolved),
            answer=resolved,
            source=source,
        )

    def resolved(self, schema: Schema) -> Schema:
        """Without a reference at its top; of several forms the first that is no deleted one."""
        while True:
            if "$ref" in schema:
                schema = self._schemas.get(str(schema["$ref"]).rpartition("/")[2], {})
            elif "anyOf" in schema:
                schema = schema["anyOf"][0] if schema["anyOf"] else {}
            else:
                return schema

    def resource(self, schema: Schema) -> str:
        """The `object` of what is described; of a list that of its elements."""
        if "data" in schema.get("properties", {}):
            return self.resource(self.resolved(schema["properties"]["data"].get("items", {})))
        names = schema.get("properties", {}).get("object", {}).get("enum") or [""]
        return str(names[0])


def _played(method: str, path: str, answer: Schema) -> Plays:
    on_one = bool(_VARIABLE.fullmatch(path.rpartition("/")[2]))
    if method == "DELETE":
        return Plays.DELETE
    if method == "GET":
        if "data" in answer.get("properties", {}):
            return Plays.LIST
        return Plays.RETRIEVE if on_one else Plays.ACTION
    if on_one:
        return Plays.UPDATE
    nested = _VARIABLE.search(path) is not None
    return Plays.ACTION if nested and not _is_plural(path) else Plays.CREATE


def _is_plural(path: str) -> bool:
    """POST /v1/accounts/{account}/persons makes one; POST /v1/issuing/cards/{card}/ship does not."""
    return path.endswith("s")
