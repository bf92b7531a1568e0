"""Describes the control API from its table of routes and its body models."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from paydouble import __version__
from paydouble.server import control_models
from paydouble.server.app import CONTROL_PREFIX
from paydouble.server.control import ROUTES, Route

Json = dict[str, Any]
_VARIABLE = re.compile(r"\{(\w+)\*?\}")
_REF = "#/components/schemas/{model}"
_ERROR: Json = {
    "type": "object", "required": ["error"],
    "properties": {
        "error": {
            "type": "object", "required": ["code", "message", "help"],
            "properties": {
                "code": {"type": "string"}, "message": {"type": "string"}, "help": {"type": "string"},
                "problems": {"type": "array", "items": {"type": "object"}},
            },
        }
    },
}


@cache
def described() -> Json:
    """OpenAPI 3.1."""
    paths: dict[str, Json] = {}
    for route in ROUTES:
        paths.setdefault(f"/{route.path.replace('*', '')}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "PayDouble control API", "version": __version__},
        "servers": [{"url": CONTROL_PREFIX}],
        "security": [{}, {"token": []}],
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR, **_models()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route) -> Json:
    place = _VARIABLE.sub(r"by_\1", route.path).replace("/", ".")
    operation: Json = {
        "operationId": f"{route.method.lower()}.{place}",
        "summary": route.summary,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _VARIABLE.findall(route.path)
        ] + [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query],
        "responses": {
            "2XX": {"description": route.summary},
            "default": {"description": "Refused", "content": _content(_REF.format(model="Error"))},
        },
    }  # fmt: skip
    if route.body:
        operation["requestBody"] = {"content": _content(_REF.format(model=route.body))}
    return operation


def _content(ref: str) -> Json:
    return {"application/json": {"schema": {"$ref": ref}}}


def _models() -> dict[str, Json]:
    schemas: dict[str, Json] = {}
    for name in {route.body for route in ROUTES if route.body}:
        schema = getattr(control_models, name).model_json_schema(ref_template=_REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    return dict(sorted(schemas.items()))
