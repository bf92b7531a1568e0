"""The certificates under which webhooks are signed: their names, and what can be downloaded under each.

https://developer.paypal.com/api/rest/webhooks/rest/#verify-a-notification
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from paydouble.core.call import Merchant, PlatformKeys
from paydouble.core.effect import KeyChoice
from paydouble.crypto import certificates

CURRENT, NEXT, FOREIGN, ISSUER = "platform", "platform-next", "foreign", "issuer"
PATH = "/v1/notifications/certs"
SUBJECT = certificates.Subject(
    "PayDouble", "Webhook signing", "messageverificationcerts.sandbox.paypal.com", country="US"
)
UNKNOWN_NAME = "CERT-00000000-00000000"

_SERIAL_DIGITS = 40


def names(sandbox: str) -> Mapping[str, str]:
    """Key → name of its certificate; each sandbox has names of its own, so that one finds its merchant."""
    return {key: _name(sandbox, key) for key in (CURRENT, NEXT)}


def _name(sandbox: str, key: str) -> str:
    digest = hashlib.sha256(f"paypal certificate/{sandbox}/{key}".encode()).hexdigest()
    return f"CERT-{digest[:8]}-{digest[8:16]}"


def key_of(merchant: Merchant, certificate: str) -> str:
    """The name of the key that this merchant's certificate of that name certifies, or nothing."""
    return next((key for key, name in names(merchant.sandbox).items() if name == certificate), "")


def signing(merchant: Merchant, choice: KeyChoice) -> tuple[RSAPrivateKey, str]:
    """(key, name of the certificate that a notification points to)."""
    known = names(merchant.sandbox)
    match choice:
        case KeyChoice.NEXT:
            return merchant.keys.private(NEXT), known[NEXT]
        case KeyChoice.FOREIGN:
            return merchant.keys.private(FOREIGN), known[CURRENT]
        case KeyChoice.UNKNOWN:
            return merchant.keys.private(FOREIGN), UNKNOWN_NAME
        case _:
            return merchant.keys.private(CURRENT), known[CURRENT]


def pem(keys: PlatformKeys, key: str) -> str:
    """Leaf first, then its issuer."""
    return _issued(keys, key) + keys.certificate_pem(ISSUER)


def _issued(keys: PlatformKeys, key: str) -> str:
    issuer = certificates.Authority(keys.certificate_pem(ISSUER), keys.private(ISSUER))
    digest = hashlib.sha256(f"paypal/{keys.serial(key)}".encode()).hexdigest().upper()
    serial = f"{int(digest[0], 16) % 7 + 1}{digest[1:_SERIAL_DIGITS]}"
    return certificates.issue_platform(issuer, keys.public(key), serial=serial, subject=SUBJECT, named=True)
