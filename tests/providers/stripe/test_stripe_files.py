"""Files that are uploaded, read again, and shown to everybody by a link."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.http import Headers, HttpRequest
from paydouble.server.pages import visited
from tests.merchants import Answered
from tests.providers.stripe.checked import Shop, check_answer, shop

PICTURE = b"\x89PNG\r\n\x1a\n\r\n--not a boundary\x00\xff"
BOUNDARY = "----5e4c"


def multipart(fields: dict[str, str], name: str = "receipt.png", type: str = "image/png") -> bytes:
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {type}\r\n\r\n'
    return b"".join([*lines, head.encode(), PICTURE, f"\r\n--{BOUNDARY}--\r\n".encode()])


async def send(it: Shop, body: bytes, type: str = f"multipart/form-data; boundary={BOUNDARY}") -> Answered:
    answered = await it.here.serve("stripe", HttpRequest(
        method="POST", target="/v1/files", body=body, id=it.here.simulator.new_call_id(),
        base_url="http://127.0.0.1:4800",
        headers=Headers((
            ("Authorization", f"Bearer {it.here.merchant('stripe').secrets['secret_key']}"), ("Content-Type", type),
        ))))
    check_answer("POST", "/v1/files", answered.response)
    return answered


async def uploaded(it: Shop, purpose: str = "dispute_evidence", **fields: str) -> Any:
    answered = await send(it, multipart({"purpose": purpose, **fields}))
    assert answered.status == 200, answered.json
    return answered.json


async def test_a_file_comes_back_byte_for_byte() -> None:
    async with shop() as it:
        file = await uploaded(it)
        assert (file["filename"], file["size"], file["type"], file["purpose"]) == (
            "receipt.png", len(PICTURE), "png", "dispute_evidence")
        assert file["links"]["data"] == []
        answer = await it.here.stripe("GET", f"/v1/files/{file['id']}/contents")
        assert answer.response.body == PICTURE
        assert answer.response.header("Content-Type") == "image/png"
        assert (await it.get(f"/v1/files/{file['id']}"))["id"] == file["id"]
        other = await uploaded(it, "identity_document")
        assert [each["id"] for each in (await it.get("/v1/files"))["data"]] == [other["id"], file["id"]]
        assert [each["id"] for each in (await it.get("/v1/files", purpose="identity_document"))["data"]] == [other["id"]]
        assert await it.types() == ["file.created", "file.created"]


async def read(it: Shop, url: str) -> Any:
    request = HttpRequest(method="GET", target=url.removeprefix("http://127.0.0.1:4800"), id="0" * 32)
    return await visited(it.here.simulator.visits, "stripe", request)


async def test_a_link_lets_everybody_read_until_it_expires() -> None:
    async with shop() as it:
        file = await uploaded(it, **{"file_link_data[create]": "true", "file_link_data[metadata][a]": "b"})
        [link] = file["links"]["data"]
        assert (link["metadata"], link["expired"]) == ({"a": "b"}, False)
        assert (await read(it, link["url"])).body == PICTURE
        second = await it.post("/v1/file_links", file=file["id"])
        listed = await it.get("/v1/file_links", file=file["id"], expired=False)
        assert [each["id"] for each in listed["data"]] == [second["id"], link["id"]]
        gone = await it.post(f"/v1/file_links/{link['id']}", expires_at="now", metadata={"c": "d"})
        assert (gone["expired"], gone["url"], gone["metadata"]) == (True, None, {"a": "b", "c": "d"})
        assert (await read(it, link["url"])).status == 404
        again = await it.refused("POST", f"/v1/file_links/{link['id']}", expires_at="")
        assert again["http"] == 400
        shown = await it.get(f"/v1/file_links/{second['id']}", expand=["file"])
        assert shown["file"]["id"] == file["id"]
        past = await it.refused("POST", "/v1/file_links", file=file["id"], expires_at=1)
        assert past["param"] == "expires_at"
        secret = await uploaded(it, "identity_document")
        barred = await it.refused("POST", "/v1/file_links", file=secret["id"])
        assert (barred["http"], barred["param"]) == (400, "file")


@pytest.mark.parametrize(("body", "type", "code"), [
    (multipart({}), f"multipart/form-data; boundary={BOUNDARY}", "parameter_missing"),
    (multipart({"purpose": "fun"}), f"multipart/form-data; boundary={BOUNDARY}", None),
    (multipart({"purpose": "pci_document", "colour": "red"}), f"multipart/form-data; boundary={BOUNDARY}", "parameter_unknown"),
    (b"purpose=pci_document&file=x", "application/x-www-form-urlencoded", None),
    (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", None),
    (b"--x", "multipart/form-data; boundary=x", None),
    (b"", "multipart/form-data", "parameter_missing"),
    (b"junk", "multipart/form-data", None),
])
async def test_what_is_no_upload_is_refused(body: bytes, type: str, code: str | None) -> None:
    async with shop() as it:
        answered = await send(it, body, type)
        assert answered.status == 400
        assert answered.json["error"].get("code") == code


async def test_a_file_of_another_account_is_not_found() -> None:
    async with shop() as it:
        for path in ("/v1/files/file_1x", "/v1/files/file_1x/contents", "/v1/file_links/link_1x"):
            error = await it.refused("GET", path)
            assert (error["http"], error["code"]) == (404, "resource_missing")
        error = await it.refused("POST", "/v1/file_links", file="file_1x")
        assert (error["http"], error["param"]) == (400, "file")
