"""The primitives against Alipay vectors captured from unmodified SDKs."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from paydouble.crypto import aes, certificates, rsa

_FILE = Path(__file__).parents[2].parent / "shared" / "vectors" / "alipay.json"
_VECTORS: dict[str, Any] = json.loads(_FILE.read_text("utf-8")) if _FILE.exists() else {}

pytestmark = pytest.mark.skipif(not _VECTORS, reason="needs ../shared/vectors/alipay.json")


def _signed(group: str, text: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in _VECTORS.get(group, []) if case.get(text)]


def _key(name: str) -> bytes:
    return str(_VECTORS["keys"][name]).encode()


def _check(sign_type: str, whose: str, message: bytes, signature: str) -> None:
    private = rsa.load_private(_key(f"{whose}_private_key_pkcs8_pem"), ours=True)
    public = rsa.load_public(_key(f"{whose}_public_key_pem"))
    sign, verifies, verifies_other = rsa.sign_sha256, rsa.verifies_sha256, rsa.verifies_sha1
    if sign_type == "RSA":
        sign, verifies, verifies_other = rsa.sign_sha1, rsa.verifies_sha1, rsa.verifies_sha256
    assert sign(private, message) == signature
    assert verifies(public, message, signature)
    assert not verifies(public, message + b"x", signature)
    assert not verifies_other(public, message, signature)


@pytest.mark.parametrize("case", _signed("request_signing", "sign"))
def test_a_request_is_signed_to_the_byte(case: dict[str, Any]) -> None:
    message = case["string_to_sign"].encode(case["charset"])
    _check(case["decoded_params"]["sign_type"], "app", message, case["sign"])


@pytest.mark.parametrize("case", _signed("v3_request_signing", "sign"))
def test_a_v3_request_is_signed_to_the_byte(case: dict[str, Any]) -> None:
    _check("RSA2", "app", case["string_to_sign"].encode(), case["sign"])


@pytest.mark.parametrize("case", _signed("response_signing", "signed_text"))
def test_an_answer_verifies_over_the_text_that_was_signed(case: dict[str, Any]) -> None:
    public = rsa.load_public(_key("alipay_public_key_pem"))
    verifies = rsa.verifies_sha1 if case["name"] == "rsa_sha1" else rsa.verifies_sha256
    message = case["signed_text"].encode(case["charset"])
    assert verifies(public, message, case["sign"])
    assert (case["signed_text"] in case["body_text"]) is case["cryptographically_valid"]


@pytest.mark.parametrize("case", _signed("v3_responses", "string_to_sign"))
def test_a_v3_answer_verifies_as_it_should(case: dict[str, Any]) -> None:
    public = rsa.load_public(_key("alipay_public_key_pem"))
    signature = case["headers"]["alipay-signature"]
    message = case["string_to_sign"].encode()
    assert rsa.verifies_sha256(public, message, signature) is case["cryptographically_valid"]


@pytest.mark.parametrize("case", _signed("notifications", "sign"))
def test_a_notification_is_signed_to_the_byte(case: dict[str, Any]) -> None:
    message = case["string_to_sign"].encode(case["charset"])
    _check(case["params"]["sign_type"], "alipay", message, case["sign"])


def test_a_return_and_an_app_result_are_signed_to_the_byte() -> None:
    back, app = _VECTORS["return_url"], _VECTORS["app_pay_result"]
    _check("RSA2", "alipay", back["string_to_sign"].encode(), back["sign"])
    _check("RSA2", "alipay", app["signed_text"].encode(), app["sign"])


@pytest.mark.parametrize("case", [*_VECTORS.get("aes", {}).get("vectors", [])], ids=lambda case: case["name"])
def test_content_is_encrypted_to_the_byte(case: dict[str, Any]) -> None:
    key = base64.b64decode(_VECTORS["aes"]["key_base64"])
    assert aes.cbc_encrypt(key, case["plaintext"].encode()) == case["ciphertext"]
    assert aes.cbc_decrypt(key, case["ciphertext"]).decode() == case["plaintext"]


def test_a_key_of_32_bytes_means_aes_256() -> None:
    case = _VECTORS["aes"]["aes_256"]
    key = base64.b64decode(case["key_base64"])
    assert aes.cbc_encrypt(key, case["plaintext"].encode()) == case["ciphertext"]


@pytest.mark.parametrize(
    ("file", "expected"), [("app_cert_pem", "app_cert"), ("alipay_cert_chain_pem", "alipay_cert")]
)
def test_the_sn_of_a_file_is_that_of_its_first_certificate(file: str, expected: str) -> None:
    assert certificates.alipay_sn(_VECTORS["certificates"][file]) == _VECTORS["cert_sn"][expected]["sn"]


@pytest.mark.parametrize("file", ["alipay_root_bundle_pem", "alipay_root_bundle_without_blank_lines_pem"])
def test_only_rsa_roots_count_in_the_root_sn(file: str) -> None:
    root_sn = certificates.alipay_root_sn(_VECTORS["certificates"][file])
    assert root_sn == _VECTORS["cert_sn"]["alipay_root_cert_sn"]


@pytest.mark.parametrize("whose", ["app", "alipay"])
def test_private_keys_load_in_every_form_that_users_have(whose: str) -> None:
    pkcs1, pkcs8 = _key(f"{whose}_private_key_pkcs1_pem"), _key(f"{whose}_private_key_pkcs8_pem")
    bare = b"".join(line for line in pkcs8.splitlines() if not line.startswith(b"-----"))
    numbers = {rsa.load_private(text, ours=True).private_numbers() for text in (pkcs1, pkcs8, bare)}
    assert len(numbers) == 1
