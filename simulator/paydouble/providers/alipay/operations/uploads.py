"""Files that merchants send: pictures of complaints and of merchants, and whatever else (multipart).

https://opendocs.alipay.com/open-v3/5aa91070_alipay.open.file.upload
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar

from paydouble.core.call import Call, Reply
from paydouble.core.errors import ErrorTable
from paydouble.core.ids import BASE62
from paydouble.core.operation import Operation, operation
from paydouble.core.record import Record
from paydouble.providers.alipay import fields
from paydouble.providers.alipay.errors import COMMON, Gateway
from paydouble.providers.alipay.operations.routes import documented, routes

ROWS: tuple[ErrorTable, ...] = (
    Gateway.UPLOAD_FAIL, Gateway.INVALID_FILE_EXTENSION, Gateway.INVALID_FILE_SIZE, *COMMON,
)
PICTURES = ("bmp", "gif", "jpeg", "jpg", "png")
FILES = (*PICTURES, "csv", "doc", "docx", "mp4", "pdf", "ppt", "pptx", "txt", "xls", "xlsx", "zip")
SIZE_MAX = 50 * 1_024 * 1_024
IMAGE_PART, FILE_PART = "image_content", "file_content"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile(Record):
    """A file that was sent: what it was, not what was in it. `id` is what the answer calls it."""

    kind: ClassVar[str] = "alipay.file"

    seller_id: str
    name: str
    size: int
    sha256: str


def operations() -> tuple[Operation, ...]:
    return image, merchant_image, evidence, upload


@operation(
    "merchant.image.upload", *routes("merchant.image.upload", ""), errors=ROWS,
    docs=documented("merchant.image.upload"),
)
async def image(call: Call[Any]) -> Reply:
    """Send a picture that answers to complaints may show."""
    return Reply({"image_id": _kept(call, IMAGE_PART, PICTURES).id})


@operation(
    "ant.merchant.expand.indirect.image.upload", *routes("ant.merchant.expand.indirect.image.upload", ""),
    errors=ROWS, docs=documented("ant.merchant.expand.indirect.image.upload"),
)
async def merchant_image(call: Call[Any]) -> Reply:
    """Send a picture of a merchant's papers."""
    return Reply({"image_id": _kept(call, IMAGE_PART, PICTURES).id})


@operation(
    "security.risk.complaint.file.upload", *routes("security.risk.complaint.file.upload", ""), errors=ROWS,
    docs=documented("security.risk.complaint.file.upload"),
)
async def evidence(call: Call[Any]) -> Reply:
    """Send a file that an answer to a complaint may show."""
    kept = _kept(call, FILE_PART, FILES)
    url = f"https://mdn.alipayobjects.com/paydouble/{kept.id}"
    return Reply({"file_key": kept.id, "file_name": kept.name, "file_url": url})


@operation("open.file.upload", *routes("open.file.upload"), errors=ROWS, docs=documented("open.file.upload"))
async def upload(call: Call[Any]) -> Reply:
    """Send a file for whatever `biz_code` says."""
    return Reply({"file_id": _kept(call, FILE_PART, FILES).id})


def _kept(call: Call[Any], part: str, extensions: tuple[str, ...]) -> StoredFile:
    """Of the file in this part of the form. Raises where there is none, or none that is taken."""
    sent = next((each for each in fields.uploads(call.request) if each.name == part), None)
    if sent is None or not sent.content:
        raise Gateway.UPLOAD_FAIL()
    if sent.filename.rpartition(".")[2].lower() not in extensions:
        raise Gateway.INVALID_FILE_EXTENSION()
    if len(sent.content) > SIZE_MAX:
        raise Gateway.INVALID_FILE_SIZE()
    kept = StoredFile(
        id=f"A*{call.ids.token(22, BASE62)}", status="STORED", created=call.clock.now(),
        seller_id=call.merchant.secrets["seller_id"], name=sent.filename, size=len(sent.content),
        sha256=hashlib.sha256(sent.content).hexdigest(),
    )
    call.work.save(kept)
    return kept
