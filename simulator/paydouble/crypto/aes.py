"""AES in the three shapes the providers use: GCM boxes (WeChat Pay v3), CBC (Alipay) and ECB (WeChat Pay v2).

Plain text is bytes, since Alipay encrypts in the request's charset; what travels is base64.
"""

from __future__ import annotations

import base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

_BLOCK_BITS = 128
_PKCS7 = PKCS7(_BLOCK_BITS)
# Alipay's protocol fixes the vector to sixteen zero bytes.
_ZERO_VECTOR = modes.CBC(bytes(_BLOCK_BITS // 8))
# WeChat Pay v2 prescribes ECB for `req_info`; nothing else may use it.
_NO_CHAINING = modes.ECB()


class GcmBox:
    """AEAD_AES_256_GCM under one APIv3 key; base64 of ciphertext and tag. One per key, kept."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def encrypt(self, plaintext: bytes, nonce: str, associated_data: str) -> str:
        sealed = self._aead.encrypt(nonce.encode("utf-8"), plaintext, associated_data.encode("utf-8"))
        return base64.b64encode(sealed).decode("ascii")

    def decrypt(self, ciphertext_b64: str, nonce: str, associated_data: str) -> bytes:
        """ValueError if key, nonce, associated data or a single bit is not that of the sender."""
        sealed = base64.b64decode(ciphertext_b64, validate=True)
        try:
            return self._aead.decrypt(nonce.encode("utf-8"), sealed, associated_data.encode("utf-8"))
        except InvalidTag as error:
            raise ValueError("the authentication tag does not match") from error


def cbc_encrypt(key: bytes, plaintext: bytes) -> str:
    """Alipay's `encrypt_type=AES`: PKCS#7 padding, a vector of zeros. ValueError for a key of wrong size."""
    return _encrypt(Cipher(algorithms.AES(key), _ZERO_VECTOR), plaintext)


def cbc_decrypt(key: bytes, ciphertext_b64: str) -> bytes:
    """ValueError if it is not base64, not whole blocks, or not padded; a wrong key may go unnoticed."""
    return _decrypt(Cipher(algorithms.AES(key), _ZERO_VECTOR), ciphertext_b64)


def ecb_encrypt(key: bytes, plaintext: bytes) -> str:
    """WeChat Pay v2's `req_info`; the key is the MD5 of the APIv2 key, as 32 lower-case hex characters."""
    return _encrypt(Cipher(algorithms.AES(key), _NO_CHAINING), plaintext)


def ecb_decrypt(key: bytes, ciphertext_b64: str) -> bytes:
    """ValueError as in `cbc_decrypt`."""
    return _decrypt(Cipher(algorithms.AES(key), _NO_CHAINING), ciphertext_b64)


def _encrypt(cipher: Cipher[modes.CBC] | Cipher[modes.ECB], plaintext: bytes) -> str:
    padder = _PKCS7.padder()
    encryptor = cipher.encryptor()
    padded = padder.update(plaintext) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode("ascii")


def _decrypt(cipher: Cipher[modes.CBC] | Cipher[modes.ECB], ciphertext_b64: str) -> bytes:
    decryptor = cipher.decryptor()
    unpadder = _PKCS7.unpadder()
    padded = decryptor.update(base64.b64decode(ciphertext_b64, validate=True)) + decryptor.finalize()
    return unpadder.update(padded) + unpadder.finalize()
