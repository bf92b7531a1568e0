"""The primitives against WeChat Pay vectors that three independent SDKs have checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from paydouble.crypto import aes, certificates, hmacs, rsa

_FILE = Path(__file__).parents[2].parent / "shared" / "vectors" / "wechatpay.json"
_VECTORS: dict[str, Any] = json.loads(_FILE.read_text("utf-8")) if _FILE.exists() else {}

pytestmark = pytest.mark.skipif(not _VECTORS, reason="needs ../shared/vectors/wechatpay.json")


def _cases(group: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in _VECTORS.get(group, [])]


def _pair(serial_or_id: str) -> dict[str, str]:
    keys = _VECTORS["keys"]
    for name in ("merchant", "platform_cert_a", "platform_cert_b"):
        if keys[name]["serial_no"] == serial_or_id:
            return dict(keys[name])
    assert keys["wechatpay_public_key"]["key_id"] == serial_or_id
    return dict(keys["wechatpay_public_key"])


def _private(serial_or_id: str) -> RSAPrivateKey:
    return rsa.load_private(_pair(serial_or_id)["private_key_pem"].encode(), ours=True)


def _public(serial_or_id: str) -> RSAPublicKey:
    pair = _pair(serial_or_id)
    if "public_key_pem" in pair:
        return rsa.load_public(pair["public_key_pem"].encode())
    key = x509.load_pem_x509_certificate(pair["certificate_pem"].encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def _merchant_serial() -> str:
    return str(_VECTORS["keys"]["merchant"]["serial_no"])


def _answer(case: dict[str, Any]) -> tuple[str, bytes, str]:
    headers = case["headers"]
    message = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n{case['body']}\n"
    return headers["Wechatpay-Serial"], message.encode(), headers["Wechatpay-Signature"]


@pytest.mark.parametrize("case", _cases("request_signatures"))
def test_a_request_is_signed_to_the_byte(case: dict[str, Any]) -> None:
    message = case["message"].encode()
    assert len(message) == case["message_byte_length"]
    assert rsa.sign_sha256(_private(_merchant_serial()), message) == case["signature"]
    assert rsa.verifies_sha256(_public(_merchant_serial()), message, case["signature"])


@pytest.mark.parametrize("case", _cases("request_signature_negatives"))
def test_a_wrongly_signed_request_does_not_verify(case: dict[str, Any]) -> None:
    assert not rsa.verifies_sha256(_public(_merchant_serial()), case["message"].encode(), case["signature"])


@pytest.mark.parametrize("case", _cases("response_signatures") + _cases("notifications"))
def test_an_answer_is_signed_to_the_byte(case: dict[str, Any]) -> None:
    serial, message, signature = _answer(case)
    assert rsa.sign_sha256(_private(serial), message) == signature
    assert rsa.verifies_sha256(_public(serial), message, signature)


@pytest.mark.parametrize("case", _cases("response_signature_negatives"))
def test_a_probe_or_a_tampered_answer_does_not_verify(case: dict[str, Any]) -> None:
    serial, message, signature = _answer(case)
    assert not rsa.verifies_sha256(_public(serial), message, signature)


@pytest.mark.parametrize("case", _cases("aead_aes_256_gcm"))
def test_a_gcm_box_is_sealed_and_opened_to_the_byte(case: dict[str, Any]) -> None:
    box = aes.GcmBox(case["key"].encode())
    sealed = box.encrypt(case["plaintext"].encode(), case["nonce"], case["associated_data"])
    assert sealed == case["ciphertext"]
    assert box.decrypt(sealed, case["nonce"], case["associated_data"]).decode() == case["plaintext"]


@pytest.mark.parametrize("case", _cases("aead_aes_256_gcm_negatives"))
def test_a_tampered_gcm_box_stays_shut(case: dict[str, Any]) -> None:
    box = aes.GcmBox(case.get("key", _VECTORS["keys"]["apiv3_key"]).encode())
    with pytest.raises(ValueError, match="tag"):
        box.decrypt(case["ciphertext"], case["nonce"], case["associated_data"])


@pytest.mark.parametrize("case", _cases("rsa_oaep"))
def test_a_sensitive_field_is_read_with_the_key_it_was_made_for(case: dict[str, Any]) -> None:
    private = _private(case["key_serial_or_id"])
    assert rsa.oaep_decrypt(private, case["ciphertext"]) == case["plaintext"]
    again = rsa.oaep_encrypt(_public(case["key_serial_or_id"]), case["plaintext"])
    assert again != case["ciphertext"]
    assert rsa.oaep_decrypt(private, again) == case["plaintext"]


@pytest.mark.parametrize("case", _cases("client_invocation"))
def test_the_invocation_of_a_client_is_signed_to_the_byte(case: dict[str, Any]) -> None:
    expected = case.get("paySign") or case["sign"]
    assert rsa.sign_sha256(_private(_merchant_serial()), case["message"].encode()) == expected


@pytest.mark.parametrize("case", _cases("v2_signatures"))
def test_a_v2_message_is_signed_to_the_byte(case: dict[str, Any]) -> None:
    message = case["string_to_sign"].encode()
    if case["algorithm"] == "MD5":
        digest = hmacs.md5_hex(message)
    else:
        digest = hmacs.hmac_sha256_hex(_VECTORS["keys"]["apiv2_key"].encode(), message)
    assert hmacs.same(digest.upper(), case["sign"])


def test_pay_score_is_invoked_with_an_hmac() -> None:
    case = _VECTORS["payscore_invoke"]
    key = _VECTORS["keys"]["apiv2_key"].encode()
    assert hmacs.hmac_sha256_hex(key, case["string_to_sign"].encode()).upper() == case["sign"]


def test_the_v2_refund_notification_is_encrypted_to_the_byte() -> None:
    case = _VECTORS["v2_refund_req_info"]
    key = hmacs.md5_hex(_VECTORS["keys"]["apiv2_key"].encode())
    assert key == case["md5_key"]
    assert aes.ecb_encrypt(key.encode(), case["plaintext"].encode()) == case["req_info"]
    assert aes.ecb_decrypt(key.encode(), case["req_info"]).decode() == case["plaintext"]


@pytest.mark.parametrize("name", ["merchant", "platform_cert_a", "platform_cert_b"])
def test_a_serial_number_keeps_its_leading_zero(name: str) -> None:
    pair = _VECTORS["keys"][name]
    assert certificates.serial_hex(pair["certificate_pem"]) == pair["serial_no"]
