"""The fields of a gateway call: query and form merged, percent-decoded in the charset that they name.

https://opendocs.alipay.com/common/02kf5q
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from paydouble.core.http import HttpRequest

DEFAULT_CHARSET = "utf-8"
PARTS_MAX = 100

# fmt: off
CODECS = {
    "utf-8":   "utf-8",
    "utf8":    "utf-8",
    "gbk":     "gbk",
    "gb2312":  "gbk",
    "gb18030": "gb18030",
}
# fmt: on

_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,200})', re.ASCII | re.IGNORECASE)
_NAME = re.compile(rb'[;\s]name="([^"]*)"')
_FILE = re.compile(rb'filename\*?="?([^";]*)')


class Upload(NamedTuple):
    """A file part of a multipart body: never signed."""

    name: str
    filename: str
    content: bytes


class Parsed(NamedTuple):
    """`readable` is false where the charset is unknown or the bytes are none of it."""

    values: dict[str, str]
    readable: bool


def parse(request: HttpRequest) -> Parsed:
    """Every parameter of query and body; a name that comes twice has its first value."""
    raw = dict(reversed([*_pairs(request.query.encode("latin-1", "replace")), *_body(request)]))
    codec = CODECS.get(raw.get(b"charset", b"").decode("latin-1").lower() or DEFAULT_CHARSET)
    try:
        chosen = codec or "utf-8"
        values = {name.decode(chosen): value.decode(chosen) for name, value in raw.items()}
    except UnicodeDecodeError:
        return Parsed(_legible(raw), readable=False)
    return Parsed(values, readable=codec is not None)


def codec_of(charset: str) -> str:
    """The codec of a charset's name; UTF-8 for what is no charset of ours."""
    return CODECS.get(charset.lower(), "utf-8")


def uploads(request: HttpRequest) -> tuple[Upload, ...]:
    """The file parts of the body."""
    found = []
    for head, content in _parts(request):
        name, file = _NAME.search(head), _FILE.search(head)
        if name and file:
            found.append(Upload(
                name[1].decode("utf-8", "replace"), file[1].decode("utf-8", "replace"), content
            ))
    return tuple(found)


def data_part(request: HttpRequest) -> bytes:
    """The text of the part `data`: what a multipart call of v3 signs."""
    for head, content in _parts(request):
        name = _NAME.search(head)
        if name and name[1] == b"data":
            return content
    return b""


def is_multipart(request: HttpRequest) -> bool:
    return request.headers.get("Content-Type").lower().startswith("multipart/form-data")


def _legible(raw: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in raw.items()}


def _body(request: HttpRequest) -> Iterator[tuple[bytes, bytes]]:
    if not is_multipart(request):
        yield from _pairs(request.body)
        return
    for head, content in _parts(request):
        name = _NAME.search(head)
        if name and not _FILE.search(head):
            yield name[1], content


def _pairs(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    for pair in text.split(b"&"):
        name, equals, value = pair.partition(b"=")
        if name and equals:
            yield _decoded(name), _decoded(value)


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _parts(request: HttpRequest) -> Iterator[tuple[bytes, bytes]]:
    """Head and content of each part; the line end before a boundary belongs to the boundary."""
    boundary = _BOUNDARY.search(request.headers.get("Content-Type"))
    if boundary is None or not is_multipart(request):
        return
    for piece in request.body.split(b"--" + boundary[1].encode())[1 : PARTS_MAX + 1]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        if blank:
            yield b" " + head, content.removesuffix(b"\r\n")
