"""Uploads of pictures and films; what they are for is not looked at.

https://pay.weixin.qq.com/doc/v3/merchant/4012761009
"""

from __future__ import annotations

from typing import TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.wechatpay import identifiers, uploads
from paydouble.providers.wechatpay.errors import COMMON, Errors
from paydouble.providers.wechatpay.machines import API
from paydouble.providers.wechatpay.models_more import MediaFile

DOCS = "https://pay.weixin.qq.com/doc/v3/merchant/4012761009"
ERRORS = (Errors.UPLOAD_UNREADABLE, Errors.UPLOAD_DIFFERS, *COMMON)
PICTURE_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "bmp": "image/bmp"}


class Meta(TypedDict):
    filename: str
    sha256: str


class SentFile(TypedDict):
    """As it was received."""

    sha256: str
    size: int


class Upload(TypedDict):
    meta: Meta
    file: SentFile


class ByMediaId(TypedDict):
    media_id: str


@operation("media.upload", Route(API, "POST", "/v3/merchant/media/upload"), errors=ERRORS, docs=DOCS)
async def upload(call: Call[Upload]) -> Reply:
    """Upload a picture."""
    return _kept(call)


@operation(
    "media.video_upload", Route(API, "POST", "/v3/merchant/media/video_upload"), errors=ERRORS, docs=DOCS
)
async def video_upload(call: Call[Upload]) -> Reply:
    """Upload a film."""
    return _kept(call)


@operation(
    "images.upload", Route(API, "POST", "/v3/merchant-service/images/upload"), errors=ERRORS,
    docs="https://pay.weixin.qq.com/doc/v3/merchant/4012467250",
)
async def images_upload(call: Call[Upload]) -> Reply:
    """Upload a picture for the answer to a complaint."""
    return _kept(call)


@operation(
    "favor.image_upload", Route(API, "POST", "/v3/marketing/favor/media/image-upload"), errors=ERRORS,
    docs="https://pay.weixin.qq.com/doc/v3/merchant/4012284500",
)
async def favor_image_upload(call: Call[Upload]) -> Reply:
    """Upload a picture for a coupon."""
    kept = _kept(call)
    assert isinstance(kept.subject, MediaFile)
    return Reply({"media_url": f"https://wx.gtimg.com/pay/{kept.subject.id}"}, subject=kept.subject)


@operation(
    "images.download", Route(API, "GET", "/v3/merchant-service/images/{media_id}"),
    errors=(Errors.MEDIA_UNKNOWN, *COMMON), docs="https://pay.weixin.qq.com/doc/v3/merchant/4012467250",
)
async def images_download(call: Call[ByMediaId]) -> Reply:
    """Download a picture of a complaint; not signed."""
    found = await call.work.get(MediaFile, call.params["media_id"])
    if found is None or found.mchid != call.merchant.id:
        raise Errors.MEDIA_UNKNOWN()
    _, _, extension = found.filename.rpartition(".")
    content_type = PICTURE_TYPES.get(extension.lower(), "application/octet-stream")
    return Reply(found.content, headers=(("Content-Type", content_type),), subject=found)


def _kept(call: Call[Upload]) -> Reply:
    sent, meta = uploads.read(call.request), call.params["meta"]
    if sent is None:
        # JSON of the same shape is no upload.
        raise Errors.UPLOAD_UNREADABLE()
    if meta["sha256"].lower() != call.params["file"]["sha256"]:
        raise Errors.UPLOAD_DIFFERS()
    kept = MediaFile(
        id=identifiers.media_id(call.ids), created=call.clock.now(), mchid=call.merchant.id,
        filename=meta["filename"], content=sent.file,
    )
    call.work.save(kept)
    return Reply({"media_id": kept.id}, subject=kept)


OPERATIONS: tuple[Operation, ...] = (upload, video_upload, images_upload, favor_image_upload, images_download)
