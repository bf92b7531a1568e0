"""Messages that are not what they say: the provider's own error, never a 500, and nothing is written."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.providers.wechatpay import xml
from tests.laws.test_bad_input import Watched
from tests.merchants import world
from tests.providers.wechatpay.checked import shop
from tests.providers.wechatpay.shop import Shop, control
from tests.providers.wechatpay.shop_v2 import ShopV2, as_xml, sign

UPLOAD = "/v3/merchant/media/upload"
NATIVE = "/v3/pay/transactions/native"
NONCE = "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"
BOMB = "".join(
    f'<!ENTITY l{depth} "{f"&l{depth - 1};" * 10}">' if depth else '<!ENTITY l0 "ha">' for depth in range(10)
)


# fmt: off
MESSAGES = {
    "external entity":  '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><body>&e;</body></xml>',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/x"> %e;]><xml><body>1</body></xml>',
    "billion laughs":   f"<!DOCTYPE x [{BOMB}]><xml><body>&l9;</body></xml>",
    "quadratic":        f'<!DOCTYPE x [<!ENTITY a "{"a" * 10_000}">]><xml><body>{"&a;" * 1_000}</body></xml>',
    "dtd alone":        '<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml><body>1</body></xml>',
    "nested":           "<xml><sign><a>1</a></sign></xml>",
    "sign twice":       "<xml><sign>1</sign><sign>2</sign></xml>",
    "many fields":      f"<xml>{''.join(f'<f{n}>1</f{n}>' for n in range(1_000))}</xml>",
    "deep":             "<xml>" + "<a>" * 10_000 + "</a>" * 10_000 + "</xml>",
    "other encoding":   '<?xml version="1.0" encoding="UTF-32"?><xml><a>1</a></xml>',
    "no such encoding": '<?xml version="1.0" encoding="nothing"?><xml><a>1</a></xml>',
    "json":             '{"sign": ["1", "2"]}',
    "two roots":        "<xml></xml><xml></xml>",
    "cut":              "<xml><body>1</bo",
    "nul":              "<xml><body>\x00</body></xml>",
}
# fmt: on


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("path", ["/pay/unifiedorder", "/secapi/pay/refund", "/papay/deletecontract"])
async def test_xml_that_is_none(name: str, path: str) -> None:
    async with world() as here:
        merchant, watched = ShopV2(here), Watched(here)
        started = time.process_time()
        answered = await here.serve("wechatpay", merchant.raw(path, MESSAGES[name].encode()))
        assert time.process_time() - started < 2
        told = merchant.read(answered.response)
        assert told == {"return_code": "FAIL", "return_msg": "XML格式错误"}
        assert watched.written == []


@pytest.mark.parametrize("sign_type", ["MD5", "HMAC-SHA256", "RSA", "[]", "md5"])
@pytest.mark.parametrize("made", ["", "[]", '["A","B"]', "0" * 32, "0" * 64, "签名", "a" * 5_000])
async def test_signs_of_every_shape(sign_type: str, made: str) -> None:
    async with world() as here:
        merchant, watched = ShopV2(here), Watched(here)
        fields = {"appid": merchant.appid, "mch_id": merchant.mchid, "nonce_str": NONCE, "sign_type": sign_type}
        fields |= {name: str(value) for name, value in merchant.order().items()}
        answered = await here.serve("wechatpay", merchant.raw("/pay/unifiedorder", as_xml({**fields, "sign": made})))
        assert merchant.read(answered.response) == {"return_code": "FAIL", "return_msg": "签名错误"}
        assert watched.written == []


# fmt: off
BODIES = {
    "null":         b"null",
    "list":         b"[]",
    "text":         b'"x"',
    "cut":          b'{"appid":',
    "twice":        b'{"appid": NaN}',
    "deep":         b"[" * 100_000 + b"]" * 100_000,
    "latin":        '{"description": "é"}'.encode("latin-1"),
    "utf-16":       '{"description": "x"}'.encode("utf-16"),
    "lone":         b'{"description": "\\ud800"}',
    "four bytes":   '{"description": "😀"}'.encode(),
    "xml":          b"<xml></xml>",
}
# fmt: on


@pytest.mark.parametrize("name", BODIES)
async def test_json_that_is_none(name: str) -> None:
    async with shop() as here:
        watched = Watched(here.here)
        answered = await here.send("POST", NATIVE, BODIES[name])
        assert (answered.status, answered.json["code"]) == (400, "PARAM_ERROR")
        assert watched.written == []


# fmt: off
FORMS = {
    "nothing":        b"",
    "no boundary":    b"x",
    "one line":       b"--b\r\n",
    "only meta":      b'--b\r\nContent-Disposition: form-data; name="meta"\r\n\r\n{}\r\n--b--\r\n',
    "only file":      b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
    "no names":       b"--b\r\nContent-Disposition: form-data\r\n\r\n{}\r\n--b\r\n\r\n\r\nx\r\n--b--\r\n",
    "no disposition": b"--b\r\n\r\n{}\r\n--b--\r\n",
    "cut":            b'--b\r\nContent-Disposition: form-data; name="meta"\r\n\r\n{',
    "json":           b'{"meta": {"filename": "a.png", "sha256": "0"}, "file": {"sha256": "0", "size": 1}}',
}
# fmt: on


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=b", "application/json"])
async def test_an_upload_that_is_none(name: str, kind: str) -> None:
    async with shop() as here:
        watched = Watched(here.here)
        request = here.here.signed("POST", UPLOAD, FORMS[name])
        pairs = tuple(pair for pair in request.headers if pair[0] != "Content-Type")
        sent = replace(request, headers=Headers((*pairs, ("Content-Type", kind))))
        answered = await here.here.serve("wechatpay", sent)
        assert (answered.status, answered.json["code"]) in ((400, "PARAM_ERROR"), (401, "SIGN_ERROR"))
        assert watched.written == []


def spoken(url: str, head: str, body: bytes) -> bytes:
    """What a server says to these very bytes, until it closes."""
    at = urlsplit(url)
    assert at.hostname is not None
    with socket.create_connection((at.hostname, at.port or 80), timeout=20) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        while more := connection.recv(65_536):
            said += more
    return said


def headers_of(shop: Shop, raw: bytes, length: str) -> str:
    now, nonce = str(int(time.time())), secrets.token_hex(16)
    text = f"POST\n{NATIVE}\n{now}\n{nonce}\n".encode() + raw + b"\n"
    key = load_pem_private_key(shop.credentials["private_key_pem"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    made = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    return (
        f"POST {NATIVE} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nUser-Agent: x\r\nAccept: */*\r\n"
        f'Authorization: WECHATPAY2-SHA256-RSA2048 mchid="{shop.credentials["mchid"]}",nonce_str="{nonce}",'
        f'timestamp="{now}",serial_no="{shop.credentials["serial_no"]}",signature="{made}"\r\n'
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )


@pytest.mark.parametrize("off", ["1", "+10", "-10", "x", "-1", "0"])
def test_a_length_that_is_not_that_of_the_body(server: Any, off: str) -> None:
    sandbox = control(server, "sandboxes", {})
    shop = Shop(server.url, sandbox["credentials"]["wechatpay"])
    order: Mapping[str, Any] = {
        "appid": shop.credentials["appid"], "mchid": shop.credentials["mchid"], "description": "x",
        "out_trade_no": "ORDER-000001", "notify_url": "http://127.0.0.1:9/n", "amount": {"total": 1},
    }
    raw = json.dumps(order).encode()
    length = str(len(raw) + int(off)) if off in ("+10", "-10") else off
    said = spoken(server.url, headers_of(shop, raw, length), raw)
    status = said[9:12].decode()
    # Without a length that can be read nobody knows which request this is; else the provider refuses it.
    assert status in ("", "400", "401"), said[:200]
    assert control(server, f"sandboxes/{sandbox['id']}/payments")["data"] == []


async def test_a_body_on_a_query_and_none_on_an_order() -> None:
    async with shop() as here:
        watched = Watched(here.here)
        at = f"/v3/pay/transactions/out-trade-no/ORDER-NEVER?mchid={here.mchid}"
        assert (await here.send("GET", at, b'{"mchid": "1"}')).status in (400, 404)
        assert (await here.refused("POST", NATIVE))[:2] == (400, "PARAM_ERROR")
        assert watched.written == []
        await here.post(NATIVE, **here.order())
        assert watched.written != []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"<xml/>", b'{"code":"FAIL"}', b"x" * 100_000])
async def test_whatever_a_merchant_says_with_204_is_thanks(body: bytes) -> None:
    async with shop() as here:
        here.here.receiver.answer = lambda request: HttpResponse(204, (), body)
        await here.paid()
        await here.advance(25 * 3_600_000)
        assert len(here.here.receiver.requests) == 1


async def test_what_a_merchant_of_v2_says_must_be_read() -> None:
    for body in (b"", b"\xff", b"<xml>", b"<!DOCTYPE x [<!ENTITY a 'SUCCESS'>]><xml><return_code>&a;</return_code></xml>"):
        async with world() as here:
            here.receiver.answer = lambda request, body=body: HttpResponse(200, (), body)  # type: ignore[misc]
            merchant = ShopV2(here)
            await merchant.call("/pay/unifiedorder", "pay.unifiedorder", **merchant.order())
            await here.pay("wechatpay", "ORDER-000001")
            sandbox = here.sandbox
            await sandbox.timers.run_until(type(sandbox.clock.now())(sandbox.clock.now() + 60_000))
            assert len(here.receiver.requests) > 1
            assert sign(xml.read(here.receiver.requests[-1].body), merchant.key) == xml.read(
                here.receiver.requests[-1].body
            )["sign"]


def test_an_envelope_is_read_once_for_all() -> None:
    request = HttpRequest(method="POST", target="/pay/unifiedorder", body=as_xml({"sign": "x", "a": "]]>"}))
    assert xml.read(request.body) == {"sign": "x", "a": "]]>"}
    assert xml.read(xml.write({"a": "]]>]]>"})) == {"a": "]]>]]>"}
