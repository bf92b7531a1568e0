"""Secrets, probes, uploads and the change of certificates, through the engine."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from paydouble.core.effect import Damage, Seal
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.crypto import rsa
from tests.merchants import Answered
from tests.providers.wechatpay.checked import HOOK, Shop, shop

ECHO, UPLOAD = "/v3/security/echo", "/v3/merchant/media/upload"
NAME = "诸葛亮"


def serial_of(here: Shop, key: str) -> str:
    return here.here.merchant("wechatpay").keys.serial(key)


async def with_serial(here: Shop, body: Mapping[str, Any], serial: str) -> Answered:
    request = here.here.signed("POST", ECHO, json.dumps(body).encode())
    named = Headers((*request.headers.pairs, ("Wechatpay-Serial", serial)))
    return await here.here.serve("wechatpay", replace(request, headers=named))


def sealed(here: Shop, key: str, text: str = NAME) -> str:
    return rsa.oaep_encrypt(here.here.merchant("wechatpay").keys.public(key), text)


@pytest.mark.parametrize("key", ["platform", "platform-next", "wechatpay-public-key"])
async def test_a_secret_is_opened_with_the_named_key_and_comes_back_for_the_merchant_alone(key: str) -> None:
    async with shop() as here:
        body = {"echo_message": "hi", "encrypted_echo_message": sealed(here, key), "notify_url": HOOK}
        answered = await with_serial(here, body, serial_of(here, key))
        private = here.here.merchant("wechatpay").keys.private("merchant")
        assert rsa.oaep_decrypt(private, answered.json["encrypted_echo_message"]) == NAME
        [(event, plain)] = await here.events()
        assert (event, plain) == ("SECURITY_ECHO.SUCCESS", answered.json)


@pytest.mark.parametrize("key", ["platform", "wechatpay-public-key"])
async def test_an_echo_is_told_under_the_key_of_the_callers_mode(key: str) -> None:
    async with shop() as here:
        await with_serial(here, {"echo_message": "hi", "notify_url": HOOK}, serial_of(here, key))
        await here.events()
        [told] = here.here.receiver.requests
        assert told.headers.get("Wechatpay-Serial") == serial_of(here, key)


async def test_a_secret_for_another_key_is_refused() -> None:
    async with shop() as here:
        body = {"echo_message": "hi", "encrypted_echo_message": sealed(here, "platform")}
        wrong = await with_serial(here, body, serial_of(here, "platform-next"))
        assert (wrong.status, wrong.json["code"]) == (400, "PARAM_ERROR")
        assert wrong.json["detail"]["field"] == "/encrypted_echo_message"
        unnamed = await here.refused("POST", ECHO, **body)
        assert unnamed[2] == "HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)"
        unknown = await with_serial(here, body, "A" * 40)
        assert unknown.json["message"] == "平台证书序列号Wechatpay-Serial错误"


def decodes(signature: str) -> bool:
    try:
        base64.b64decode(signature)
    except binascii.Error:
        return False
    return True


async def test_probes_come_in_two_shapes_and_neither_verifies() -> None:
    async with shop() as here:
        api = here.here.simulator.providers["wechatpay"].apis[0]
        envelope = api.wire.open(here.here.signed("GET", "/v3/certificates", b""))
        shapes = set()
        for nonce in ("0123456789abcdef" * 2, "0123456789abcdee" * 2):
            seal = Seal(here.here.sandbox.clock.wire_now(), nonce, damage=Damage.PROBE)


            merchant = here.here.merchant("wechatpay")
            answer = api.wire.seal(envelope, HttpResponse(200, (), b"{}"), merchant, seal)
            signature = answer.header("Wechatpay-Signature")
            assert signature.startswith("WECHATPAY/SIGNTEST/")
            shapes.add(decodes(signature))
        assert shapes == {True, False}


async def test_a_probe_on_the_first_callback_is_followed_by_an_honest_one() -> None:
    async with shop() as here:
        rule = "{when: {notification: payment.succeeded, nth: 1}, then: {notify: {signature: probe}}}"
        here.here.rules(f"  - {rule}")
        here.here.receiver.answer = lambda request: _unless_probe(request)
        await here.paid()
        await here.advance(60_000)
        told = [each.headers.get("Wechatpay-Signature") for each in here.here.receiver.requests]
        assert [text.startswith("WECHATPAY/SIGNTEST/") for text in told] == [True, False]


def _unless_probe(request: HttpRequest) -> Any:


    probe = request.headers.get("Wechatpay-Signature").startswith("WECHATPAY/SIGNTEST/")
    return HttpResponse(401 if probe else 204)


async def test_after_the_change_of_certificates_both_can_be_fetched_and_the_new_one_signs() -> None:
    async with shop() as here:
        here.here.rules('  - {when: {operation: "*"}, then: {respond: {signature: rotated_key}}}')
        answered = await here.send("GET", "/v3/certificates")
        listed = [each["serial_no"] for each in answered.json["data"]]
        assert listed == [serial_of(here, "platform"), serial_of(here, "platform-next")]
        assert answered.response.header("Wechatpay-Serial") == serial_of(here, "platform-next")
        public = here.here.merchant("wechatpay").keys.public("platform-next")
        told = answered.response
        text = f"{told.header('Wechatpay-Timestamp')}\n{told.header('Wechatpay-Nonce')}\n".encode()
        assert rsa.verifies_sha256(public, text + told.body + b"\n", told.header("Wechatpay-Signature"))


def upload(here: Shop, file: bytes, meta: bytes, *, boundary: bool = True, more: bytes = b"") -> HttpRequest:
    """As SDKs send it: the signature covers `meta` alone."""
    line = b"b0undary"
    body = (
        b"--" + line + b'\r\nContent-Disposition: form-data; name="meta"\r\n' + more + b"\r\n" + meta
        + b"\r\n--" + line + b'\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + file + b"\r\n--" + line + b"--\r\n"
    )
    signed = here.here.signed("POST", UPLOAD, meta)
    kept = tuple(pair for pair in signed.headers if pair[0] != "Content-Type")
    kind = "multipart/form-data" + ("; boundary=b0undary" if boundary else "")
    return replace(signed, body=body, headers=Headers((*kept, ("Content-Type", kind))))


def meta_of(file: bytes, name: str = "a.png") -> bytes:
    return json.dumps({"filename": name, "sha256": hashlib.sha256(file).hexdigest()}).encode()


@pytest.mark.parametrize("boundary", [True, False])
@pytest.mark.parametrize("more", [b"", b"Content-Type: application/json\r\nContent-Length: 91\r\n"])
async def test_an_upload_is_signed_over_its_meta(boundary: bool, more: bytes) -> None:
    async with shop() as here:
        file = b"\x89PNG\r\n\r\n--not the end"
        request = upload(here, file, meta_of(file), boundary=boundary, more=more)
        taken = await here.here.serve("wechatpay", request)
        assert taken.status == 200, taken.json
        download = await here.here.wechatpay("GET", f"/v3/merchant-service/images/{taken.json['media_id']}")
        assert download.response.body == file
        assert download.response.header("Content-Type") == "image/png"
        assert not download.response.header("Wechatpay-Signature")


async def test_an_upload_whose_file_or_form_is_not_what_was_signed() -> None:
    async with shop() as here:
        other = await here.here.serve("wechatpay", upload(here, b"one", meta_of(b"two")))
        assert (other.status, other.json["code"]) == (400, "PARAM_ERROR")
        good = upload(here, b"one", meta_of(b"one"))
        tampered = replace(good, body=good.body.replace(b"a.png", b"b.png", 1))
        assert (await here.here.serve("wechatpay", tampered)).json["code"] == "SIGN_ERROR"
        shapeless = here.here.signed("POST", UPLOAD, b"nothing of the kind")
        kind = Headers((*shapeless.headers.pairs[:-1], ("Content-Type", "multipart/form-data")))
        refused = await here.here.serve("wechatpay", replace(shapeless, headers=kind))
        assert (refused.status, refused.json["code"]) == (400, "PARAM_ERROR")
