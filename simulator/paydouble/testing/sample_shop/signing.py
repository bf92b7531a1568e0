"""RSA with SHA-256, as three of the providers sign; in cryptography's own words, to be copied."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


def sign(key_pem: str, text: bytes) -> str:
    return base64.b64encode(_private(key_pem).sign(text, PKCS1v15(), SHA256())).decode("ascii")


def verifies(key: RSAPublicKey, text: bytes, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def public_key(pem: str) -> RSAPublicKey:
    return _rsa(load_pem_public_key(pem.encode()))


@lru_cache(maxsize=64)
def certified_key(certificate_pem: str) -> RSAPublicKey:
    from cryptography.x509 import load_pem_x509_certificate

    return _rsa(load_pem_x509_certificate(certificate_pem.encode()).public_key())


@lru_cache(maxsize=64)
def _private(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key


def _rsa(key: object) -> RSAPublicKey:
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")
    return key
