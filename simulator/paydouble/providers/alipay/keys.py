"""Keys and certificates: which of Alipay's signs, and the serial numbers (SN) by which both sides are known.

https://opendocs.alipay.com/common/02kipl
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from paydouble.core.call import Merchant, PlatformKeys
from paydouble.core.effect import KeyChoice
from paydouble.crypto import certificates

CURRENT, NEXT, FOREIGN, APP, ROOT = "platform", "platform-next", "foreign", "merchant", "issuer"
AES_SIZES = (16, 24, 32)

_NAMES = {
    KeyChoice.CURRENT: CURRENT,
    KeyChoice.NEXT: NEXT,
    KeyChoice.FOREIGN: FOREIGN,
    KeyChoice.UNKNOWN: FOREIGN,
    # Alipay signs for all merchants with one key: for another one only what is told differs.
    KeyChoice.OTHER_MERCHANT: CURRENT,
}
_CERTIFICATES_KEPT = 256


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, and the name of the certificate under which it is used."""

    private: RSAPrivateKey
    certificate: str


def signer(keys: PlatformKeys, choice: KeyChoice) -> Signer:
    name = _NAMES[choice]
    return Signer(keys.private(name), CURRENT if choice is KeyChoice.FOREIGN else name)


def alipay_cert_sn(keys: PlatformKeys, name: str) -> str:
    return _sn(keys.certificate_pem(name))


def root_cert_sn(keys: PlatformKeys) -> str:
    return _root_sn(keys.certificate_pem(ROOT))


def app_subject(app_id: str) -> certificates.Subject:
    return certificates.Subject("PayDouble merchants", "Merchant", app_id)


def app_certificate(merchant: Merchant) -> str:
    """Self-signed, since no client follows the chain of its own certificate."""
    private, serial = merchant.keys.private(APP), merchant.secrets["serial_no"]
    return certificates.issue_impostor(private, serial=serial, subject=app_subject(merchant.id))


def app_cert_sn(merchant: Merchant) -> str:
    """What `certificates.alipay_sn` finds in the certificate, without making it first."""
    subject = app_subject(merchant.id)
    issuer = f"CN={subject.common_name},OU={subject.unit},O={subject.organization},C={subject.country}"
    serial = int(merchant.secrets["serial_no"], 16)
    return hashlib.md5(f"{issuer}{serial}".encode(), usedforsecurity=False).hexdigest()


def certificate_by_sn(keys: PlatformKeys, sn: str) -> str:
    """The certificate of Alipay with this SN, or nothing."""
    return next(
        (keys.certificate_pem(name) for name in (CURRENT, NEXT) if alipay_cert_sn(keys, name) == sn), ""
    )


def aes_key(merchant: Merchant) -> bytes:
    """ValueError where the merchant's key is not base64 of a key of AES."""
    try:
        key = base64.b64decode(merchant.secrets["encrypt_key"], validate=True)
    except binascii.Error as error:
        raise ValueError("the AES key is not base64") from error
    if len(key) not in AES_SIZES:
        raise ValueError(f"an AES key of {len(key)} bytes")
    return key


@lru_cache(maxsize=_CERTIFICATES_KEPT)
def _sn(pem: str) -> str:
    return certificates.alipay_sn(pem)


@lru_cache(maxsize=_CERTIFICATES_KEPT)
def _root_sn(pem: str) -> str:
    return certificates.alipay_root_sn(pem)
