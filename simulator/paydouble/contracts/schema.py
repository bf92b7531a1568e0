"""How schemas of the portable subset are taken apart and put together: files joined, objects closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import dirname, join, normpath
from typing import Any

Schema = dict[str, Any]

ONE_SCHEMA = frozenset({"additionalProperties", "contentSchema", "else", "if", "items", "not", "then"})
MANY_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf"})
NAMED_SCHEMAS = frozenset({"$defs", "properties"})

# What a file says about itself; the title of a file is not the label of the fields that refer to it.
_ABOUT_THE_FILE = frozenset({"$schema", "$id", "title", "x-evidence", "x-inner"})


def subschemas(schema: Schema) -> Iterator[Schema]:
    """The schemas directly under this one; `true` and `false` are left out."""
    for keyword, value in schema.items():
        if keyword in ONE_SCHEMA and isinstance(value, dict):
            yield value
        elif keyword in MANY_SCHEMAS:
            yield from value
        elif keyword in NAMED_SCHEMAS:
            yield from value.values()


def remade(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """A copy whose direct subschemas are `change`d."""
    copy: Schema = {}
    for keyword, value in schema.items():
        if keyword in ONE_SCHEMA and isinstance(value, dict):
            copy[keyword] = change(value)
        elif keyword in MANY_SCHEMAS:
            copy[keyword] = [change(one) for one in value]
        elif keyword in NAMED_SCHEMAS:
            copy[keyword] = {name: change(one) for name, one in value.items()}
        else:
            copy[keyword] = value
    return copy


def target(path: str, ref: str) -> str:
    """The file that a relative `$ref` in `path` names, both relative to the contracts folder."""
    return normpath(join(dirname(path), ref))


def bundled(path: str, read: Callable[[str], Schema]) -> Schema:
    """One schema without outside references: each file that it needs is once under `$defs`, by its path."""
    definitions: dict[str, Schema] = {}

    def load(file: str) -> Schema:
        kept = {keyword: value for keyword, value in read(file).items() if keyword not in _ABOUT_THE_FILE}
        return embed(file, kept)

    def embed(file: str, schema: Schema) -> Schema:
        copy = remade(schema, lambda inner: embed(file, inner))
        if "$ref" in copy:
            wanted = target(file, copy["$ref"])
            copy["$ref"] = "#/$defs/" + wanted.replace("~", "~0").replace("/", "~1")
            if wanted not in definitions:
                definitions[wanted] = {}    # under way: charge and intent refer to each other
                definitions[wanted] = load(wanted)
        return copy

    bundle = load(path)
    return {**bundle, "$defs": definitions} if definitions else bundle


def definition(bundle: Schema, ref: str) -> Schema:
    """The schema that a `$ref` of a bundle points to."""
    name = ref.removeprefix("#/$defs/").replace("~1", "/").replace("~0", "~")
    found: Schema = bundle["$defs"][name]
    return found


def closed(schema: Schema) -> Schema:
    """The producer form: no field beyond those described, open enumerations shut.

    An object that says something about `additionalProperties` (a map, or open on purpose) is left as it is.
    So is a branch without `type: object`: it only narrows what its neighbour describes.
    """
    if schema.get("x-open") is True:
        return closed(schema["anyOf"][0])
    copy = remade(schema, closed)
    if "object" in types_of(schema) and "properties" in schema and "additionalProperties" not in schema:
        copy["unevaluatedProperties"] = False
    return copy


def types_of(schema: Schema) -> tuple[str, ...]:
    """The `type` of a schema as a tuple; empty where it does not say."""
    stated = schema.get("type", ())
    return (stated,) if isinstance(stated, str) else tuple(stated)
