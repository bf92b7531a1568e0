"""RSA as the providers use it: PKCS#1 v1.5 signatures in base64, and OAEP for single sensitive fields."""

from __future__ import annotations

import base64
import binascii

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

# Stateless, so one of each serves every call: making them would cost more than an HMAC does.
_PKCS1V15 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()
_SHA1 = hashes.SHA1()
_OAEP_SHA1 = padding.OAEP(mgf=padding.MGF1(algorithm=hashes.SHA1()), algorithm=hashes.SHA1(), label=None)

_PEM_MARK = b"-----BEGIN "


def sign_sha256(private: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(private.sign(message, _PKCS1V15, _SHA256)).decode("ascii")


def sign_sha1(private: RSAPrivateKey, message: bytes) -> str:
    """For Alipay's `sign_type=RSA` only."""
    return base64.b64encode(private.sign(message, _PKCS1V15, _SHA1)).decode("ascii")


def verifies_sha256(public: RSAPublicKey, message: bytes, signature_b64: str) -> bool:
    """Never raises: whatever the signature's text is, it either verifies or does not."""
    return _verifies(public, message, signature_b64, _SHA256)


def verifies_sha1(public: RSAPublicKey, message: bytes, signature_b64: str) -> bool:
    """Never raises; see `verifies_sha256`."""
    return _verifies(public, message, signature_b64, _SHA1)


def _verifies(public: RSAPublicKey, message: bytes, signature_b64: str, digest: hashes.HashAlgorithm) -> bool:
    # Strict base64: a wrapped or wrongly padded signature is a bug that a lenient decoder would hide.
    try:
        public.verify(base64.b64decode(signature_b64, validate=True), message, _PKCS1V15, digest)
    except (InvalidSignature, ValueError):
        return False
    return True


def oaep_encrypt(public: RSAPublicKey, text: str) -> str:
    """OAEP with SHA-1 and MGF1-SHA-1, base64. ValueError above 214 bytes of UTF-8 (for a 2048-bit key)."""
    return base64.b64encode(public.encrypt(text.encode("utf-8"), _OAEP_SHA1)).decode("ascii")


def oaep_decrypt(private: RSAPrivateKey, ciphertext_b64: str) -> str:
    """ValueError if it is not base64, not made for this key, or not UTF-8."""
    return private.decrypt(base64.b64decode(ciphertext_b64, validate=True), _OAEP_SHA1).decode("utf-8")


def load_private(pem: bytes, *, ours: bool = False) -> RSAPrivateKey:
    """PKCS#8 or PKCS#1, as PEM (text before it is skipped) or as bare base64, as Alipay's tools hand it out.

    `ours` skips the key's consistency checks, some 40 ms: for keys that we ship or made, and no other.
    ValueError if it is no RSA private key.
    """
    try:
        if _PEM_MARK in pem:
            key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=ours)
        else:
            key = serialization.load_der_private_key(_der(pem), None, unsafe_skip_rsa_key_validation=ours)
    except (UnsupportedAlgorithm, TypeError) as error:
        raise ValueError(f"not an RSA private key without a password: {error}") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError(f"not an RSA private key: {type(key).__name__}")
    return key


def load_public(pem: bytes) -> RSAPublicKey:
    """SPKI or PKCS#1, as PEM or as bare base64. ValueError if it is no RSA public key."""
    try:
        if _PEM_MARK in pem:
            key = serialization.load_pem_public_key(pem)
        else:
            key = serialization.load_der_public_key(_der(pem))
    except UnsupportedAlgorithm as error:
        raise ValueError(f"not an RSA public key: {error}") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError(f"not an RSA public key: {type(key).__name__}")
    return key


def public_pem(public: RSAPublicKey) -> str:
    """SPKI."""
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, spki).decode("ascii")


def private_pem(private: RSAPrivateKey) -> str:
    """PKCS#8, unencrypted."""
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode("ascii")


def _der(bare: bytes) -> bytes:
    return binascii.a2b_base64(b"".join(bare.split()), strict_mode=True)
