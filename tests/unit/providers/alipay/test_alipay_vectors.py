"""Both wires against what unmodified SDKs sent, accepted and refused, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from paydouble.core.call import Merchant, Reply
from paydouble.core.clock import Instant
from paydouble.core.effect import Seal
from paydouble.core.errors import ProviderError
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Attempt, Endpoint, Event, Notification
from paydouble.crypto import certificates, rsa
from paydouble.providers.alipay import documents, keys, notices, signatures
from paydouble.providers.alipay.settings import AlipaySettings
from paydouble.providers.alipay.times import parse
from paydouble.providers.alipay.wire import Wire
from paydouble.providers.alipay.wire_v3 import WireV3

_FILE = Path(__file__).parents[4].parent / "shared" / "vectors" / "alipay.json"
VECTORS: dict[str, Any] = json.loads(_FILE.read_text("utf-8")) if _FILE.exists() else {}

pytestmark = pytest.mark.skipif(not VECTORS, reason="needs ../shared/vectors/alipay.json")


class Ring:
    """The throw-away keys of the vectors."""

    def private(self, name: str) -> RSAPrivateKey:
        who = "app" if name == keys.APP else "alipay"
        return rsa.load_private(VECTORS["keys"][f"{who}_private_key_pkcs8_pem"].encode(), ours=True)

    def public(self, name: str) -> RSAPublicKey:
        return self.private(name).public_key()

    def private_pem(self, name: str) -> str:
        return rsa.private_pem(self.private(name))

    def public_pem(self, name: str) -> str:
        return rsa.public_pem(self.public(name))

    def certificate_pem(self, name: str) -> str:
        files = {keys.ROOT: "alipay_root_bundle_pem", keys.APP: "app_cert_pem"}
        pem: str = VECTORS["certificates"][files.get(name, "alipay_cert_chain_pem")]
        return pem

    def serial(self, name: str) -> str:
        return certificates.serial_hex(self.certificate_pem(name))


MERCHANT = Merchant(
    provider="alipay", id=VECTORS.get("keys", {}).get("app_id", ""), sandbox="s", handles=(), keys=Ring(),
    secrets={"seller_id": "2088", "encrypt_key": VECTORS.get("keys", {}).get("aes_key_base64", ""),
             "serial_no": "00"},
)
NOW = Instant(0)
METHODS = frozenset({
    "alipay.trade.query", "alipay.trade.pay", "alipay.system.oauth.token",
    "alipay.open.app.alipaycert.download",
})


def wire() -> Wire:
    return Wire(METHODS)


def cases(group: str, text: str = "name") -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in VECTORS.get(group, ()) if case.get(text) is not None]


def request_of(case: Mapping[str, Any]) -> HttpRequest:
    """As the front door hands it on: without scheme and host."""
    if case["kind"] == "http":
        parts = urlsplit(case["request_target"])
        target = f"{parts.path}?{parts.query}"
        headers = Headers(tuple((case["headers"] or {}).items()))
        return HttpRequest(
            method=case["http_method"], target=target, headers=headers, body=case["body"].encode()
        )
    if case["kind"] == "form_html":
        parts = urlsplit(case["form_action"])
        body = urlencode(case["form_fields"]).encode()
        return HttpRequest(method="POST", target=f"{parts.path}?{parts.query}", body=body)
    if case["kind"] == "redirect_url":
        parts = urlsplit(case["generated"])
        return HttpRequest(method="GET", target=f"{parts.path}?{parts.query}")
    return HttpRequest(method="POST", target="/gateway.do", body=case["generated"].encode())


@pytest.mark.parametrize("case", cases("request_signing", "sign"))
def test_requests_of_sdks_verify(case: dict[str, Any]) -> None:
    envelope = wire().open(request_of(case))
    assert dict(envelope.fields) == case["decoded_params"]
    assert case["string_to_sign"] in signatures.requested(envelope.fields)
    wire().verify(envelope, MERCHANT, NOW)


def test_an_encrypted_request_is_read() -> None:
    [case] = [each for each in VECTORS["request_signing"] if each["name"] == "node_aes_query"]
    params = wire().decode(wire().open(request_of(case)), MERCHANT, {})
    assert params == json.loads(case["decrypted_biz_content"])


@pytest.mark.parametrize("case", [*cases("request_signing_negative"), *cases("request_signing")[6:7]])
def test_what_is_signed_wrongly_is_refused_with_the_stated_code(case: dict[str, Any]) -> None:
    body = case.get("http_body", "").encode()
    request = request_of(case) if "kind" in case else HttpRequest(
        method="POST", target="/gateway.do", body=body
    )
    envelope = wire().open(request)
    with pytest.raises(ProviderError) as caught:
        wire().verify(envelope, MERCHANT, NOW)
    code, sub_code = case["expected"].split() if " " in case["expected"] else ("40001", case["expected"])
    row = caught.value.row
    assert (row.columns["code"], row.code) == (code, sub_code)
    answer = wire().seal(envelope, wire().encode_error(envelope, caught.value), MERCHANT, Seal(NOW, "0" * 32))
    name = "alipay_trade_query_response" if envelope.selector in METHODS else "error_response"
    assert (answer.status, answer.body.startswith(f'{{"{name}":{{"code":"'.encode())) == (200, True)
    if sub_code == "isv.invalid-signature":
        assert "网关生成的验签字符串为：" in caught.value.message
        assert "&amp;biz_content=" in caught.value.message


def answered(case: Mapping[str, Any], node: bytes, **more: str) -> HttpResponse:
    """The answer that carries this value, sealed as the case asks."""
    method = next(each for each in METHODS if each.replace(".", "_") + "_response" == case["response_key"])
    fields = {"method": method, "charset": case["charset"], "sign_type": "RSA2", **more}
    envelope = wire().open(HttpRequest(method="GET", target=f"/gateway.do?{urlencode(fields)}", id="0" * 32))
    response = HttpResponse(200, (("trace_id", "0" * 32),), node)
    return wire().seal(envelope, response, MERCHANT, Seal(NOW, "0" * 32))


# fmt: off
LIKE_OURS = ["compact_utf8", "slash_escaped", "brace_written_as_escape", "escaped_quote_in_string",
             "nested_array_object", "business_error_signed", "pay_10003_signed", "gbk", "unicode_escaped"]
# fmt: on


@pytest.mark.parametrize("name", LIKE_OURS)
def test_an_answer_is_wrapped_and_signed_to_the_byte(name: str) -> None:
    [case] = [each for each in VECTORS["response_signing"] if each["name"] == name]
    assert case["cryptographically_valid"]
    sealed = answered(case, case["signed_text"].encode())
    assert sealed.body == case["body_text"].encode(case["charset"])


def test_an_answer_to_sha1_is_signed_with_sha1() -> None:
    [case] = [each for each in VECTORS["response_signing"] if each["name"] == "rsa_sha1"]
    sealed = answered(case, case["signed_text"].encode(), sign_type="RSA")
    assert sealed.body == case["body_text"].encode()


def test_an_answer_in_certificate_mode_names_the_certificate_before_the_signature() -> None:
    [case] = [each for each in VECTORS["response_signing"] if each["name"] == "cert_sn_between_value_and_sign"]
    sealed = answered(case, case["signed_text"].encode(), app_cert_sn="x")
    assert sealed.body == case["body_text"].encode()


def test_an_encrypted_answer_is_signed_with_its_quotes() -> None:
    [case] = [each for each in VECTORS["response_signing"] if each["name"] == "aes_encrypted"]
    plain = case.get("plaintext") or _decrypted(case)
    assert answered(case, plain.encode(), encrypt_type="AES").body == case["body_text"].encode()


def _decrypted(case: Mapping[str, Any]) -> str:
    from paydouble.crypto import aes

    return aes.cbc_decrypt(keys.aes_key(MERCHANT), case["signed_text"].strip('"')).decode()


def test_the_downloaded_certificate_is_signed_to_the_byte() -> None:
    case = VECTORS["cert_download_response"]
    named = {"response_key": "alipay_open_app_alipaycert_download_response", "charset": "utf-8"}
    assert answered(named, case["signed_text"].encode(), app_cert_sn="x").body == case["body_text"].encode()


def test_braces_inside_strings_are_written_as_escapes() -> None:
    [case] = [each for each in VECTORS["response_signing"] if each["name"] == "brace_written_as_escape"]
    assert documents.written(json.loads(case["signed_text"])) == case["signed_text"].encode()


@pytest.mark.parametrize("case", cases("v3_request_signing"))
def test_v3_requests_of_the_sdk_verify(case: dict[str, Any]) -> None:
    v3 = WireV3(AlipaySettings())
    headers = Headers(tuple(case["headers"].items()))
    request = HttpRequest(
        method=case["http_method"], target=case["request_target"], headers=headers, body=case["body"].encode()
    )
    envelope = v3.open(request)
    assert envelope.fields["auth_string"] == case["auth_string"]
    assert signatures.v3_message(request, case["auth_string"], request.method) == case["string_to_sign"].encode()
    now = Instant(int(envelope.fields["timestamp"]))
    v3.verify(envelope, MERCHANT, now)
    with pytest.raises(ProviderError) as caught:
        v3.verify(envelope, MERCHANT, Instant(now + 600_001))
    assert caught.value.row.code == "isv.invalid-timestamp"


@pytest.mark.parametrize("name", ["v3_ok", "v3_aes"])
def test_a_v3_answer_is_signed_to_the_byte(name: str) -> None:
    [case] = [each for each in VECTORS["v3_responses"] if each["name"] == name]
    v3 = WireV3(AlipaySettings())
    headers = (("alipay-encrypt-type", "AES"),) if name == "v3_aes" else ()
    envelope = v3.open(HttpRequest(method="POST", target="/v3/alipay/trade/query", headers=Headers(headers)))
    told = case["headers"]
    plain = VECTORS["v3_responses"][0]["body_text"] if name == "v3_ok" else _plain(case)
    seal = Seal(Instant(int(told["alipay-timestamp"])), told["alipay-nonce"])
    sealed = v3.seal(envelope, v3.encode(envelope, Reply(json.loads(plain))), MERCHANT, seal)
    assert sealed.body == case["body_text"].encode()
    for header in ("alipay-timestamp", "alipay-nonce", "alipay-signature", "alipay-sn"):
        assert sealed.header(header) == told[header]


def _plain(case: Mapping[str, Any]) -> str:
    from paydouble.crypto import aes

    return aes.cbc_decrypt(keys.aes_key(MERCHANT), case["body_text"]).decode()


# fmt: off
TOLD_AS_WE_TELL = ["trade_success", "passback_urlencoded", "percent_raw", "json_voucher", "refund_partial", "gbk",
                   "rsa1"]
# fmt: on


@pytest.mark.parametrize("name", TOLD_AS_WE_TELL)
def test_a_notification_is_signed_to_the_byte(name: str) -> None:
    [case] = [each for each in VECTORS["notifications"] if each["name"] == name]
    told = {key: value for key, value in case["params"].items()
            if key not in ("sign", "notify_id", "notify_time")}
    at = parse(case["params"]["notify_time"])
    event = Event(
        id=case["params"]["notify_id"], type="x", api="v2", provider="alipay", merchant=MERCHANT.id,
        body=told,
    )
    owed = Notification(
        id="n", event=event.id, event_type="x", provider="alipay", merchant=MERCHANT.id,
        endpoint=Endpoint("notify_url", "http://127.0.0.1:9/"), payload=notices.announcement(event),
        attempts=(Attempt(at, at, "started"),),
    )
    request = notices.notification(owed, event, MERCHANT, Seal(at, "0" * 32))
    sent = dict(parse_qsl(request.body.decode(), encoding=case["charset"], strict_parsing=True))
    assert sent == case["params"]


def test_a_return_url_is_signed_to_the_byte() -> None:
    case = VECTORS["return_url"]
    told = {name: value for name, value in case["params"].items() if name not in ("sign", "sign_type")}
    url = wire().return_to("http://127.0.0.1:9000/return", told, MERCHANT, Seal(NOW, ""))
    assert dict(parse_qsl(urlsplit(url).query)) == case["params"]


@pytest.mark.parametrize("kept", ["http://shop/return?a=1", "http://shop/return?a=1#top"])
def test_a_return_url_keeps_its_own_query(kept: str) -> None:
    url = wire().return_to(kept, {"out_trade_no": "1"}, MERCHANT, Seal(NOW, ""))
    assert urlsplit(url).query.startswith("a=1&out_trade_no=1")
    assert urlsplit(url).fragment == ("top" if "#" in kept else "")


def test_serial_numbers_of_certificates() -> None:
    assert keys.alipay_cert_sn(Ring(), keys.CURRENT) == VECTORS["cert_sn"]["alipay_cert"]["sn"]
    assert keys.root_cert_sn(Ring()) == VECTORS["cert_sn"]["alipay_root_cert_sn"]
