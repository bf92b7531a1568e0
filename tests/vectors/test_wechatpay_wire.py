"""The wires of WeChat Pay against vectors that three independent SDKs have checked: bytes in, bytes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from paydouble.core.call import Merchant
from paydouble.core.clock import Instant, from_unix, parse_rfc3339
from paydouble.core.effect import Damage, Seal
from paydouble.core.errors import ProviderError
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.crypto import rsa
from paydouble.providers.wechatpay import invocations, signatures, signatures_v2, xml
from paydouble.providers.wechatpay.keys import Signer, gcm_box
from paydouble.providers.wechatpay.models import Transaction
from paydouble.providers.wechatpay.settings import Probe, WechatpaySettings
from paydouble.providers.wechatpay.wire import PUBLIC_KEY, WireV3
from paydouble.providers.wechatpay.wire_v2 import WireV2

_FILE = Path(__file__).parents[2].parent / "shared" / "vectors" / "wechatpay.json"
_VECTORS: dict[str, Any] = json.loads(_FILE.read_text("utf-8")) if _FILE.exists() else {}
_NAMES = {
    "merchant": "merchant", "platform": "platform_cert_a", "platform-next": "platform_cert_b",
    "wechatpay-public-key": "wechatpay_public_key",
}

pytestmark = pytest.mark.skipif(not _VECTORS, reason="needs ../shared/vectors/wechatpay.json")


def _cases(group: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in _VECTORS.get(group, [])]


class VectorKeys:
    """The keys of the vectors, by the names that the provider uses."""

    def _of(self, name: str) -> Mapping[str, str]:
        found: Mapping[str, str] = _VECTORS["keys"][_NAMES[name]]
        return found

    def private(self, name: str) -> RSAPrivateKey:
        return rsa.load_private(self.private_pem(name).encode(), ours=True)

    def public(self, name: str) -> RSAPublicKey:
        if "public_key_pem" in self._of(name):
            return rsa.load_public(self.public_pem(name).encode())
        key = x509.load_pem_x509_certificate(self.certificate_pem(name).encode()).public_key()
        assert isinstance(key, RSAPublicKey)
        return key

    def private_pem(self, name: str) -> str:
        return self._of(name)["private_key_pem"]

    def public_pem(self, name: str) -> str:
        return self._of(name)["public_key_pem"]

    def certificate_pem(self, name: str) -> str:
        return self._of(name)["certificate_pem"]

    def serial(self, name: str) -> str:
        pair = self._of(name)
        return pair.get("serial_no") or pair["key_id"]


KEYS = VectorKeys()


def merchant() -> Merchant:
    keys = _VECTORS["keys"]
    return Merchant(
        provider="wechatpay", id=keys["mchid"], sandbox="vectors", handles=(keys["mchid"],), keys=KEYS, secrets={
            "appid": keys["appid"], "serial_no": keys["merchant"]["serial_no"], "apiv3_key": keys["apiv3_key"],
            "apiv2_key": keys["apiv2_key"],
        },
    )


def signer(serial: str) -> Signer:
    name = next(each for each in _NAMES if KEYS.serial(each) == serial)
    return Signer(KEYS.private(name), serial)


def seal(headers: Mapping[str, str], damage: Damage = Damage.NONE) -> Seal:
    at = from_unix(int(headers["Wechatpay-Timestamp"]))
    return Seal(at, headers["Wechatpay-Nonce"], damage=damage)


def request_of(case: Mapping[str, Any]) -> HttpRequest:
    body, pairs = case["body"].encode(), [("Authorization", case["authorization"]), ("Accept", "*/*"), ("User-Agent", "x")]
    if case["name"].startswith("upload"):
        # Only the part `meta` is signed.
        pairs.append(("Content-Type", "multipart/form-data; boundary=b"))
        body = b'--b\r\nContent-Disposition: form-data; name="meta"\r\n\r\n' + body + b"\r\n--b\r\n"
        body += b'Content-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx\r\n--b--\r\n'
    return HttpRequest(method=case["method"], target=case["url"], headers=Headers(tuple(pairs)), body=body, id="0" * 32)


def checked(request: HttpRequest, now: Instant) -> None:
    wire = WireV3(WechatpaySettings())
    envelope = wire.open(request)
    wire.verify(envelope, wire.identify(envelope, lambda mchid: merchant() if mchid == merchant().id else None), now)


@pytest.mark.parametrize("case", _cases("request_signatures"))
def test_a_request_is_let_in(case: dict[str, Any]) -> None:
    checked(request_of(case), from_unix(int(case["timestamp"])))


@pytest.mark.parametrize("case", _cases("request_signature_negatives"))
def test_a_wrongly_signed_request_is_refused_with_its_code(case: dict[str, Any]) -> None:
    method, url, timestamp, nonce, body = case["message"].splitlines()
    authorization = (
        f'{signatures.SCHEME} mchid="{merchant().id}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{KEYS.serial("merchant")}",signature="{case["signature"]}"'
    )
    request = request_of({
        "name": case["name"], "method": method, "url": url, "body": body, "authorization": authorization,
    })
    with pytest.raises(ProviderError) as refused:
        checked(request, from_unix(int(timestamp)))
    answer = WireV3(WechatpaySettings()).encode_error(WireV3(WechatpaySettings()).open(request), refused.value)
    told = json.loads(answer.body)
    assert (answer.status, told["code"], told["message"]) == (401, "SIGN_ERROR", "错误的签名，验签失败")
    shown = told["detail"]["sign_information"]
    assert (shown["truncated_sign_message"], shown["sign_message_length"]) == (case["message"], len(case["message"]))


@pytest.mark.parametrize("case", _cases("response_signatures") + _cases("notifications"))
def test_an_answer_has_these_very_headers(case: dict[str, Any]) -> None:
    headers = {name: text for name, text in case["headers"].items() if name != "Content-Type"}
    made = signatures.signed_headers(case["body"].encode(), signer(headers["Wechatpay-Serial"]), seal(headers))
    assert dict(made) == headers


def test_a_probe_is_made_as_the_service_makes_it() -> None:
    decodable = next(
        case for case in _VECTORS["response_signature_negatives"] if case["name"] == "signtest_probe_decodable"
    )
    headers, body = decodable["headers"], decodable["body"].encode()
    who = signer(headers["Wechatpay-Serial"])
    made = dict(signatures.signed_headers(body, who, seal(headers, Damage.PROBE), Probe.DECODABLE))
    assert made == headers
    other = dict(signatures.signed_headers(body, who, seal(headers, Damage.PROBE), Probe.UNDECODABLE))
    assert len(other["Wechatpay-Signature"]) % 4 == 1


def test_the_list_of_certificates_is_sealed_and_signed_to_the_byte() -> None:
    case = _VECTORS["certificates_response"]
    box = gcm_box(merchant().secrets["apiv3_key"])
    for listed in json.loads(case["body"])["data"]:
        name = next(each for each in _NAMES if KEYS.serial(each) == listed["serial_no"])
        sealed, pem = listed["encrypt_certificate"], KEYS.certificate_pem(name).encode()
        made = box.encrypt(pem, sealed["nonce"], sealed["associated_data"])
        assert made == sealed["ciphertext"]
    wire = WireV3(WechatpaySettings())
    envelope = wire.open(HttpRequest(method="GET", target=case["path"]))
    answer = wire.seal(envelope, HttpResponse(200, (), case["body"].encode()), merchant(), seal(case["headers"]))
    assert dict(answer.headers) == case["headers"]


@pytest.mark.parametrize("case", _cases("notifications"))
def test_a_notification_is_sealed_to_the_byte(case: dict[str, Any]) -> None:
    told = json.loads(case["body"])
    event = Event(
        id=told["id"], type=told["event_type"], api="v3", provider="wechatpay", merchant=merchant().id,
        body={}, created=parse_rfc3339(told["create_time"]),
    )
    by = PUBLIC_KEY if case["headers"]["Wechatpay-Serial"].startswith("PUB_KEY_ID_") else ""
    endpoint = Endpoint(id="notify_url", url="http://127.0.0.1:9/n", version=by)
    owed = Notification(
        id="n", event=event.id, event_type=event.type, provider="wechatpay", merchant=merchant().id,
        endpoint=endpoint, payload=case["decrypted"].encode(),
    )
    # The nonce of the box is the head of the signature's.
    made = WireV3(WechatpaySettings()).notification(
        owed, event, merchant(), Seal(from_unix(0), told["resource"]["nonce"] + "0" * 20)
    )
    assert made.body.decode() == case["body"]
    assert made.headers.get("Wechatpay-Serial") == case["headers"]["Wechatpay-Serial"]


@pytest.mark.parametrize("case", _cases("v2_signatures"))
def test_a_message_of_v2_is_let_in_and_a_spoiled_one_is_not(case: dict[str, Any]) -> None:
    key = merchant().secrets["apiv2_key"]
    assert signatures_v2.sign(case["params"], key, case["algorithm"]) == case["sign"]
    assert signatures_v2.string_to_sign(case["params"], key) == case["string_to_sign"]
    if "mch_id" not in case["params"]:
        return
    for sign, refused in ((case["sign"], ""), (case["sign"][::-1], "签名错误"), ("", "签名错误")):
        wire = WireV2(WechatpaySettings())
        body = xml.write({**case["params"], "sign": sign})
        envelope = wire.open(HttpRequest(method="POST", target="/pay/unifiedorder", body=body, id="0" * 32))
        try:
            wire.verify(envelope, wire.identify(envelope, lambda mchid: merchant()), from_unix(0))
            told = ""
        except ProviderError as error:
            told = xml.read(wire.encode_error(envelope, error).body)["return_msg"]
        assert told == refused


def test_what_a_refund_hides_is_written_and_sealed_to_the_byte() -> None:
    case = _VECTORS["v2_refund_req_info"]
    plain = case["plaintext"].encode()
    assert xml.write(xml.read(plain), "root") == plain
    assert signatures_v2.req_info(plain, merchant().secrets["apiv2_key"]) == case["req_info"]


@pytest.mark.parametrize("case", _cases("client_invocation"))
def test_what_a_page_or_an_app_hands_over_is_checked(case: dict[str, Any]) -> None:
    by_app = case["name"] == "app"
    if by_app:
        handed = {
            "appid": case["appid"], "partnerid": case["partnerId"], "prepayid": case["prepayId"],
            "package": case["package"], "noncestr": case["nonceStr"], "timestamp": case["timeStamp"],
            "sign": case["sign"],
        }
    else:
        handed = {name: case[name] for name in ("timeStamp", "nonceStr", "package", "signType", "paySign")}
        handed["appId"] = case["appid"]
    order = Transaction(
        id="4200000001202501010000000001", mchid=merchant().id, appid=case["appid"], out_trade_no="ORDER-000001",
        trade_type="APP" if by_app else "JSAPI", notify_url="", total_minor=1, expires=Instant(0), asked="",
    )
    assert invocations.well_signed(order, merchant(), handed)
    for name in handed.keys() - {"signType"}:
        assert not invocations.well_signed(order, merchant(), {**handed, name: handed[name][::-1]}), name


def test_an_order_on_trust_is_handed_over_with_an_hmac() -> None:
    case = _VECTORS["payscore_invoke"]
    handed = {**case["params"], "sign": case["sign"]}
    assert invocations.score_well_signed(merchant(), handed, ("step",))
    assert not invocations.score_well_signed(merchant(), {**handed, "timestamp": "1735689901"}, ("step",))
