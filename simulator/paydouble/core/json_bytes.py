"""JSON to bytes and back: the one place that knows which library does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

_PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


def _plain(value: object) -> object:
    """What the library does not know by itself: mappings that are no dicts."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def dumps(value: object) -> bytes:
    """Compact UTF-8, keys in their own order."""
    return orjson.dumps(value, _plain)


def dumps_sorted(value: object) -> bytes:
    """Compact UTF-8, keys sorted: equal values have equal bytes."""
    return orjson.dumps(value, _plain, orjson.OPT_SORT_KEYS)


def dumps_pretty(value: object) -> bytes:
    """Indented by two spaces, with a newline at the end."""
    return orjson.dumps(value, _plain, _PRETTY)


def loads(body: bytes | str) -> Any:
    """Raises ValueError for anything that is not JSON."""
    return orjson.loads(body)
