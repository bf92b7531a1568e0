"""Uploads: the two parts of a multipart body, of which only `meta` is signed.

https://pay.weixin.qq.com/doc/v3/merchant/4012761009. SDKs leave the boundary out of the header, so that the
body's own first line is what counts.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from paydouble.core.http import HttpRequest

_NAME = re.compile(rb'name="?([^";\r\n]*)"?', re.IGNORECASE)
_MULTIPART = "multipart/form-data"


class Upload(NamedTuple):
    """The exact text of `meta`, and the file."""

    meta: bytes
    file: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.file).hexdigest()


def is_upload(request: HttpRequest) -> bool:
    return request.headers.get("Content-Type").lower().startswith(_MULTIPART)


def read(request: HttpRequest) -> Upload | None:
    """None where it is no upload, or cannot be read as one."""
    if not is_upload(request):
        return None
    boundary, line, _ = request.body.partition(b"\r\n")
    if not line or not boundary.startswith(b"--"):
        return None
    parts: dict[str, bytes] = {}
    for chunk in request.body.split(boundary)[1:]:
        head, separator, content = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        disposition = next(
            (line for line in head.split(b"\r\n") if line.lower().startswith(b"content-disposition:")), b""
        )
        found = _NAME.search(disposition)
        if separator and found is not None:
            # The file's name is a parameter too: the part's own name stands first.
            parts.setdefault(found[1].decode("utf-8", "replace"), content.removesuffix(b"\r\n"))
    if "meta" not in parts or "file" not in parts:
        return None
    return Upload(parts["meta"], parts["file"])
