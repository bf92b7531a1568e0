"""Files that merchants send, and what is no file."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from paydouble.core.http import Headers, HttpRequest
from paydouble.providers.alipay.operations import uploads
from tests.providers.alipay.shop import BASE, Answered, Shop

METHODS = {
    "merchant.image.upload": ("image_content", "image_id"),
    "ant.merchant.expand.indirect.image.upload": ("image_content", "image_id"),
    "security.risk.complaint.file.upload": ("file_content", "file_key"),
    "open.file.upload": ("file_content", "file_id"),
}
PNG = b"\x89PNG\r\n\r\n--"


async def sent(shop: Shop, id: str, name: str, content: bytes) -> Answered:
    """The file in a multipart body, all else in the query, as SDKs have it."""
    method = id if id.startswith("ant.") else f"alipay.{id}"
    values = shop.signed(shop.values(method, None, image_type="png", biz_code="x"))
    part = f'Content-Disposition: form-data; name="{METHODS[id][0]}"; filename="{name}"'.encode()
    body = b"--B\r\n" + part + b"\r\nContent-Type: image/png\r\n\r\n" + content + b"\r\n--B--\r\n"
    response = await shop.raw(HttpRequest(
        method="POST", target=f"/gateway.do?{urlencode(values)}", body=body, base_url=BASE,
        headers=Headers((("Content-Type", "multipart/form-data; boundary=B"),)), id=shop.simulator.new_call_id(),
    ))
    return shop.read(response, values)


@pytest.mark.parametrize("id", METHODS)
async def test_a_file_is_kept_under_an_id(shop: Shop, id: str) -> None:
    answered = await sent(shop, id, "图片.png", PNG)
    assert (answered.code, answered.signed) == ("10000", True)
    kept = await shop.sandbox.work().get(uploads.StoredFile, answered[METHODS[id][1]])
    assert kept is not None
    assert (kept.name, kept.size) == ("图片.png", len(PNG))


@pytest.mark.parametrize(("name", "content", "sub_code"), [
    ("a.exe", PNG, "isv.invalid-file-extension"), ("png", PNG, "isv.invalid-file-extension"),
    ("a.png", b"", "isv.upload-fail"),
])
@pytest.mark.parametrize("id", METHODS)
async def test_what_is_no_picture_is_refused(shop: Shop, id: str, name: str, content: bytes, sub_code: str) -> None:
    wrong = name if name != "png" else "png."
    assert (await sent(shop, id, wrong, content)).sub_code == sub_code


async def test_a_file_may_be_too_large(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SIZE_MAX", 10)
    assert (await sent(shop, "open.file.upload", "a.png", b"x" * 11)).sub_code == "isv.invalid-file-size"


async def test_a_name_without_a_file_is_no_upload(shop: Shop) -> None:
    named: dict[str, Any] = {"image_type": "png", "image_content": "a.png"}
    assert (await shop.call("merchant.image.upload", named)).sub_code == "isv.upload-fail"
