"""multipart/form-data, in which files arrive, and nothing else (https://docs.stripe.com/file-upload)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote_plus

from paydouble.core.http import HttpRequest

MULTIPART = "multipart/form-data"
PATH = "/v1/files"
_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,200})"?', re.IGNORECASE)
_NAME = re.compile(rb'[;\s]name="([^"\r\n]*)"', re.IGNORECASE)
_FILENAME = re.compile(rb'[;\s]filename="([^"\r\n]*)"', re.IGNORECASE)
_TYPE = re.compile(rb"^content-type:\s*([^\s;]+)", re.IGNORECASE | re.MULTILINE)


class Malformed(Exception):
    """No body of that kind."""


@dataclass(frozen=True, slots=True)
class Part:
    """One field, or the file; then it has a name of its own."""

    name: str
    content: bytes
    filename: str = ""
    type: str = ""
    is_file: bool = False


def parts(request: HttpRequest) -> tuple[Part, ...]:
    """Raises Malformed."""
    return _parts(request.headers.get("Content-Type"), request.body)


@lru_cache(maxsize=8)
def _parts(content_type: str, body: bytes) -> tuple[Part, ...]:
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise Malformed("no boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + found[1].encode("latin-1", "replace"))
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise Malformed("it does not end")
    return tuple(_part(piece) for piece in pieces[1:-1])


def _part(piece: bytes) -> Part:
    head, blank, content = piece.partition(b"\r\n\r\n")
    name, filename, type = _NAME.search(head), _FILENAME.search(head), _TYPE.search(head)
    if not blank or name is None:
        raise Malformed("a part without a name")
    return Part(
        name=name[1].decode("utf-8", "replace"),
        content=content,
        filename=filename[1].decode("utf-8", "replace") if filename else "",
        type=type[1].decode("latin-1").lower() if type else "",
        is_file=filename is not None,
    )


def as_form(request: HttpRequest) -> str:
    """The same as a form, in which the file is only its name. Raises Malformed, UnicodeDecodeError."""
    pairs = []
    for part in parts(request):
        text = part.filename or "upload" if part.is_file else part.content.decode()
        pairs.append(f"{quote_plus(part.name, safe='[]')}={quote_plus(text)}")
    return "&".join(pairs)


def uploaded(request: HttpRequest) -> Part | None:
    """The file itself."""
    return next((part for part in parts(request) if part.is_file and part.name == "file"), None)
