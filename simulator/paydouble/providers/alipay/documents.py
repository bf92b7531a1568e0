"""JSON as Alipay reads and writes it: numbers are their spelling, and no brace stands inside a string."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from paydouble.core import json_bytes

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')


def read(text: str) -> dict[str, Any]:
    """An object whose numbers are the texts that they were written as: either will do. Raises ValueError."""
    try:
        document = json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict):
        raise ValueError("no object")
    if "\\u" in text:
        # Half a pair of surrogates is JSON, and no text: UnicodeEncodeError is a ValueError.
        json.dumps(document, ensure_ascii=False).encode()
    return document


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def written(body: Mapping[str, object]) -> bytes:
    """`code` and `msg` first, then by name; braces in strings as escapes, which one SDK counts blindly."""
    first = [name for name in ("code", "msg", "sub_code", "sub_msg") if name in body]
    ordered = {name: body[name] for name in (*first, *sorted(body.keys() - set(first)))}
    text = json_bytes.dumps(ordered)
    return _STRING.sub(_escaped, text) if text.count(b"{") > 1 or text.count(b"}") > 1 else text


def _escaped(found: re.Match[bytes]) -> bytes:
    text = found[0]
    if b"{" not in text and b"}" not in text:
        return text
    return text.replace(b"{", b"\\u007b").replace(b"}", b"\\u007d")
