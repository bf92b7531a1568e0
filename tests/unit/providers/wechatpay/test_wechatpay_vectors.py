"""The wire against vectors that three independent SDKs have checked, byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from paydouble.core.call import Merchant
from paydouble.core.clock import Instant, from_unix
from paydouble.core.effect import Seal
from paydouble.core.errors import ProviderError
from paydouble.core.http import Headers, HttpRequest
from paydouble.crypto import rsa
from paydouble.providers.wechatpay import build, signatures, signatures_v2, xml
from paydouble.providers.wechatpay.keys import Signer, gcm_box

FILE = Path(__file__).parents[4].parent / "shared" / "vectors" / "wechatpay.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
KEYS = VECTORS.get("keys", {})

pytestmark = pytest.mark.skipif(not VECTORS, reason="needs ../shared/vectors/wechatpay.json")


def cases(group: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in VECTORS.get(group, [])]


class VectorKeys:
    """The merchant of the vectors has but its own key pair."""

    def public(self, name: str) -> Any:
        assert name == "merchant"
        return rsa.load_private(KEYS["merchant"]["private_key_pem"].encode(), ours=True).public_key()


def merchant() -> Merchant:
    secrets = {"serial_no": KEYS["merchant"]["serial_no"], "apiv3_key": KEYS["apiv3_key"]}
    return Merchant(
        provider="wechatpay", id=KEYS["mchid"], sandbox="vectors", handles=(KEYS["mchid"],), secrets=secrets,
        keys=VectorKeys(),  # type: ignore[arg-type]
    )


def platform(serial: str) -> Signer:
    for name in ("platform_cert_a", "platform_cert_b", "wechatpay_public_key"):
        pair = KEYS[name]
        if serial in (pair.get("serial_no"), pair.get("key_id")):
            return Signer(rsa.load_private(pair["private_key_pem"].encode(), ours=True), serial)
    pytest.fail(f"no key {serial}")


@pytest.mark.parametrize(
    "case", [case for case in cases("request_signatures") if "upload" not in case.id]
)
def test_requests_of_sdks_verify(case: dict[str, Any]) -> None:
    body = case["body"].encode()
    assert signatures.request_message(
        case["method"], case["url"], str(case["timestamp"]), case["nonce_str"], body
    ) == case["message"].encode()
    request = HttpRequest(
        method=case["method"], target=case["url"], body=body,
        headers=Headers((("Authorization", case["authorization"]),)),
    )
    wire = build().apis[0].wire
    envelope = wire.open(request)
    assert envelope.fields["nonce_str"] == case["nonce_str"]
    wire.verify(envelope, merchant(), from_unix(int(case["timestamp"])))
    with pytest.raises(ProviderError, match="SIGN_ERROR"):
        tampered = HttpRequest(method=case["method"], target=case["url"] + "x", body=body, headers=request.headers)
        wire.verify(wire.open(tampered), merchant(), from_unix(int(case["timestamp"])))


@pytest.mark.parametrize("case", cases("request_signature_negatives"))
def test_requests_that_must_not_verify(case: dict[str, Any]) -> None:
    method, target, timestamp, nonce, body = case["message"].split("\n")[:5]
    header = (
        f'{signatures.SCHEME} mchid="{KEYS["mchid"]}",nonce_str="{nonce}",timestamp="{timestamp}",'
        f'serial_no="{KEYS["merchant"]["serial_no"]}",signature="{case["signature"]}"'
    )
    headers = Headers((("Authorization", header),))
    request = HttpRequest(method=method, target=target, body=body.encode(), headers=headers)
    wire = build().apis[0].wire
    with pytest.raises(ProviderError, match="SIGN_ERROR"):
        wire.verify(wire.open(request), merchant(), from_unix(int(timestamp)))


@pytest.mark.parametrize("case", [*cases("response_signatures"), *cases("notifications")])
def test_answers_and_notifications_are_signed_to_the_byte(case: dict[str, Any]) -> None:
    headers = {name: value for name, value in case["headers"].items() if name.startswith("Wechatpay-")}
    seal = Seal(Instant(int(headers["Wechatpay-Timestamp"]) * 1000), headers["Wechatpay-Nonce"])
    signer = platform(headers["Wechatpay-Serial"])
    assert dict(signatures.signed_headers(case["body"].encode(), signer, seal)) == headers


@pytest.mark.parametrize("case", cases("notifications"))
def test_resources_are_encrypted_to_the_byte(case: dict[str, Any]) -> None:
    resource = json.loads(case["body"])["resource"]
    box = gcm_box(KEYS["apiv3_key"])
    sealed = box.encrypt(case["decrypted"].encode(), resource["nonce"], resource["associated_data"])
    assert sealed == resource["ciphertext"]


@pytest.mark.parametrize("case", cases("v2_signatures"))
def test_signatures_of_api_v2(case: dict[str, Any]) -> None:
    key, params = KEYS["apiv2_key"], case["params"]
    assert signatures_v2.string_to_sign(params, key) == case["string_to_sign"]
    assert signatures_v2.sign(params, key, case["algorithm"]) == case["sign"]
    assert signatures_v2.verifies({**params, "sign": case["sign"]}, key, case["algorithm"])
    assert not signatures_v2.verifies({**params, "sign": case["sign"][::-1]}, key, case["algorithm"])


def test_what_a_refund_of_api_v2_hides() -> None:
    case = VECTORS["v2_refund_req_info"]
    assert signatures_v2.req_info(case["plaintext"].encode(), KEYS["apiv2_key"]) == case["req_info"]
    told = xml.read(case["plaintext"].encode())
    assert xml.write(told, "root").decode() == case["plaintext"]


def test_how_payscore_is_invoked() -> None:
    case = VECTORS["payscore_invoke"]
    assert signatures_v2.sign(case["params"], KEYS["apiv2_key"], "HMAC-SHA256") == case["sign"]


@pytest.mark.parametrize("case", cases("request_signatures"))
def test_an_upload_is_verified_over_its_meta(case: dict[str, Any]) -> None:
    meta = case["body"].encode()
    messages = signatures.candidates(
        HttpRequest(method=case["method"], target=case["url"], body=b"--whatever"), case, meta, lenient=False
    )
    assert messages == [case["message"].encode()]


@pytest.mark.parametrize("case", cases("rsa_oaep"))
def test_secrets_open(case: dict[str, Any]) -> None:
    serial = case["key_serial_or_id"]
    pairs = (KEYS[name] for name in ("merchant", "platform_cert_a", "platform_cert_b", "wechatpay_public_key"))
    pair = next(each for each in pairs if serial in (each.get("serial_no"), each.get("key_id")))
    private = rsa.load_private(pair["private_key_pem"].encode(), ours=True)
    assert rsa.oaep_decrypt(private, case["ciphertext"]) == case["plaintext"]
