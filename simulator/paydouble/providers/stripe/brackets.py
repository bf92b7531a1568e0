"""Form bodies with nested keys, as in `metadata[order_id]=6735` (https://docs.stripe.com/api).

What looks like an index stays a key, `{"0": …}`: only the contract knows what is a list and what is metadata.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

PAIRS_MAX = 4_000
DEPTH_MAX = 12
_PATHS_MAX = 4_096
_CACHED_KEY_LENGTH_MAX = 200

Path = tuple[str, ...]
"""The parts of a key; an empty one stands for `[]`, the next element of a list."""

_paths: dict[str, Path] = {}


class Malformed(ValueError):
    """The text is not a form, or two of its keys contradict each other."""


def decode(text: str) -> dict[str, Any]:
    """Nested params with strings at the leaves. Raises Malformed."""
    params: dict[str, Any] = {}
    if not text:
        return params
    pairs = text.split("&", PAIRS_MAX)
    if len(pairs) > PAIRS_MAX:
        raise Malformed(f"more than {PAIRS_MAX} parameters")
    for pair in pairs:
        if not pair:
            continue
        raw_key, _, raw_value = pair.partition("=")
        path = _paths.get(raw_key) or _path(raw_key)
        value = _unescaped(raw_value)
        if len(path) == 1:
            _put(params, path[0], value)
        else:
            _put_nested(params, path, value)
    return params


def _unescaped(raw: str) -> str:
    if "+" in raw:
        raw = raw.replace("+", " ")
    if "%" not in raw:
        return raw
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error


def _path(raw_key: str) -> Path:
    path = _parts(_unescaped(raw_key))
    if len(raw_key) <= _CACHED_KEY_LENGTH_MAX:
        if len(_paths) >= _PATHS_MAX:
            _paths.clear()      # hostile keys must not push memory up; honest ones are back within a call
        _paths[raw_key] = path
    return path


def _parts(key: str) -> Path:
    name, bracket, rest = key.partition("[")
    if not bracket:
        return (name,)
    if not name or not rest.endswith("]"):
        raise Malformed(f"invalid key: {key}")
    parts = (name, *rest[:-1].split("]["))
    if len(parts) > DEPTH_MAX or any("[" in part or "]" in part for part in parts):
        raise Malformed(f"invalid key: {key}")
    return parts


def _put(params: dict[str, Any], name: str, value: str) -> None:
    """A bare key that is repeated makes a list, as older clients write theirs."""
    if name not in params:
        params[name] = value
    elif isinstance(params[name], list):
        params[name].append(value)
    elif isinstance(params[name], str):
        params[name] = [params[name], value]
    else:
        raise Malformed(f"{name} is both a value and a hash")


def _put_nested(params: dict[str, Any], path: Path, value: str) -> None:
    spot: Any = params
    for index, name in enumerate(path[:-1]):
        spot = _next_element(spot, path[index + 1 :]) if name == "" else _member(spot, name, path[index + 1])
    last = path[-1]
    if last == "":
        _as_list(spot).append(value)
    elif isinstance(spot, dict):
        _put(spot, last, value)
    else:
        raise Malformed(f"{last} is both an element and a key")


def _member(spot: Any, name: str, below: str) -> Any:
    if not isinstance(spot, dict):
        raise Malformed(f"{name} is both an element and a key")
    found = spot.get(name)
    if found is None:
        found = spot[name] = [] if below == "" else {}
    elif isinstance(found, str):
        if below != "":
            raise Malformed(f"{name} is both a value and a hash")
        found = spot[name] = [found]
    return found


def _next_element(spot: Any, rest: Path) -> Any:
    """In `items[][price]=a&items[][price]=b` a key that is already there begins the next element."""
    elements = _as_list(spot)
    wanted: Any = [] if rest[0] == "" else {}
    last = elements[-1] if elements else None
    fits = type(last) is type(wanted) and (isinstance(last, list) or not _holds(last, rest))
    if not fits:
        elements.append(wanted)
    return elements[-1]


def _holds(element: Any, rest: Path) -> bool:
    for name in rest:
        if not isinstance(element, dict) or name not in element:
            return False
        element = element[name]
    return True


def _as_list(spot: Any) -> list[Any]:
    if not isinstance(spot, list):
        raise Malformed("a list and a hash share one key")
    return spot
