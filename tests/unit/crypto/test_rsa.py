"""Signatures that never raise, keys in every form, and fields that only their addressee reads."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from paydouble.crypto import rsa
from paydouble.engine.keyring import well_known

MESSAGE = "POST\n/v3/pay/transactions/native\n支付\n".encode()


def test_a_signature_verifies_with_its_own_key_message_and_digest_only() -> None:
    ring = well_known()
    signature = rsa.sign_sha256(ring.private("merchant"), MESSAGE)
    assert rsa.verifies_sha256(ring.public("merchant"), MESSAGE, signature)
    assert not rsa.verifies_sha256(ring.public("foreign"), MESSAGE, signature)
    assert not rsa.verifies_sha256(ring.public("merchant"), MESSAGE + b"\n", signature)
    assert not rsa.verifies_sha1(ring.public("merchant"), MESSAGE, signature)


def test_sha1_serves_the_old_sign_type() -> None:
    ring = well_known()
    signature = rsa.sign_sha1(ring.private("merchant"), MESSAGE)
    assert rsa.verifies_sha1(ring.public("merchant"), MESSAGE, signature)
    assert not rsa.verifies_sha256(ring.public("merchant"), MESSAGE, signature)


@pytest.mark.parametrize("mangle", [
    lambda text: "",
    lambda text: text[:-1],
    lambda text: text + "=",
    lambda text: text[:76] + "\r\n" + text[76:],
    lambda text: text.replace("+", " ") + " ",
    lambda text: text.replace("=", "＝"),
    lambda text: text + "\ud800",
    lambda text: base64.b64encode(base64.b64decode(text)[:-1]).decode(),
    lambda text: base64.b64encode(base64.b64decode(text) + b"\0").decode(),
])  # fmt: skip
def test_a_mangled_signature_does_not_verify(mangle: object) -> None:
    ring = well_known()
    assert callable(mangle)
    signature = mangle(rsa.sign_sha256(ring.private("merchant"), MESSAGE))
    assert not rsa.verifies_sha256(ring.public("merchant"), MESSAGE, signature)


@given(st.one_of(st.text(), st.binary(max_size=300).map(lambda raw: base64.b64encode(raw).decode())))
def test_no_text_makes_verification_raise(signature: str) -> None:
    public = well_known().public("merchant")
    assert rsa.verifies_sha256(public, MESSAGE, signature) is False
    assert rsa.verifies_sha1(public, MESSAGE, signature) is False


@given(st.text(max_size=50))
def test_a_sensitive_field_comes_back(text: str) -> None:
    ring = well_known()
    assert rsa.oaep_decrypt(ring.private("platform"), rsa.oaep_encrypt(ring.public("platform"), text)) == text


def test_a_sensitive_field_is_unreadable_to_others() -> None:
    ring = well_known()
    sealed = rsa.oaep_encrypt(ring.public("platform"), "张三")
    with pytest.raises(ValueError, match=r"(?i)decrypt"):
        rsa.oaep_decrypt(ring.private("platform-next"), sealed)


@given(st.text())
def test_decrypting_any_text_raises_nothing_but_value_error(ciphertext: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the library words it)
        rsa.oaep_decrypt(well_known().private("platform"), ciphertext)


def test_a_field_of_214_bytes_is_the_longest() -> None:
    public = well_known().public("platform")
    assert rsa.oaep_encrypt(public, "x" * 214)
    with pytest.raises(ValueError):  # noqa: PT011  (the library words it)
        rsa.oaep_encrypt(public, "x" * 215)


def test_public_keys_load_in_every_form() -> None:
    public = well_known().public("merchant")
    for form in (serialization.PublicFormat.SubjectPublicKeyInfo, serialization.PublicFormat.PKCS1):
        pem = public.public_bytes(serialization.Encoding.PEM, form)
        bare = base64.encodebytes(public.public_bytes(serialization.Encoding.DER, form))
        assert rsa.load_public(pem) == rsa.load_public(bare) == public


def test_pem_texts_load_again() -> None:
    private = well_known().private("merchant")
    pem = rsa.private_pem(private).encode()
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    for again in (rsa.load_private(pem), rsa.load_private(b"a line of warning\n" + pem, ours=True)):
        assert again.private_numbers() == private.private_numbers()
    assert rsa.load_public(rsa.public_pem(private.public_key()).encode()) == private.public_key()


def _elliptic() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_what_is_no_rsa_key_is_a_value_error() -> None:
    private = _elliptic().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = _elliptic().public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    locked = well_known().private("merchant").private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )  # fmt: skip
    for text in (private, public, locked, b"", b"-----BEGIN nonsense", b"AAAA", "密钥".encode()):
        with pytest.raises(ValueError):  # noqa: PT011  (the library words it)
            rsa.load_private(text)
    for text in (public, private, b"", b"-----BEGIN nonsense", b"AAAA", "公钥".encode()):
        with pytest.raises(ValueError):  # noqa: PT011  (the library words it)
            rsa.load_public(text)
