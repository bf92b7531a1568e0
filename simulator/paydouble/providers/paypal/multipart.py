"""Bodies of several parts, as the calls about disputes send them: JSON in one part, files in the others.

https://developer.paypal.com/docs/disputes/integrate/upload-evidence/
"""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from paydouble.core import json_bytes

KINDS = ("multipart/form-data", "multipart/related", "multipart/mixed")
INPUT, DOCUMENTS = "input", "documents"
"""The part that holds the JSON, and the name under which params tell of the files."""
PARTS_MAX = 100


def read(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of the JSON part, other texts by their part's name, and what is known of each file.

    Raises ValueError for what is no such body.
    """
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body
    )
    if not message.is_multipart():
        raise ValueError("there are no parts")
    fields: dict[str, Any] = {}
    files: list[dict[str, Any]] = []
    for part in list(message.iter_parts())[:PARTS_MAX]:
        content = part.get_payload(decode=True)
        raw = content if isinstance(content, bytes) else b""
        name, filename = str(part.get_param("name", "", "content-disposition")), part.get_filename()
        if filename is not None and name != INPUT:
            files.append({"name": filename, "type": part.get_content_type(), "size": len(raw)})
        elif name == INPUT or part.get_content_type() == "application/json":
            fields |= _document(raw)
        elif name:
            fields[name] = raw.decode("utf-8", "replace")
    return fields | ({DOCUMENTS: files} if files else {})


def _document(raw: bytes) -> dict[str, Any]:
    document = json_bytes.loads(raw)
    if not isinstance(document, dict):
        raise ValueError("the input is no object")
    return document
