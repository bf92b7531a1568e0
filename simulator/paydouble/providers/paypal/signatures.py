"""The signature of a webhook: `transmission id|time|webhook id|crc32 of the body`, with RSA and SHA-256.

https://developer.paypal.com/api/rest/webhooks/rest/#verify-a-notification
"""

from __future__ import annotations

import base64
import zlib

from paydouble.core.call import Merchant
from paydouble.core.clock import rfc3339_utc
from paydouble.core.effect import Damage, Seal
from paydouble.crypto import rsa
from paydouble.providers.paypal import certificates
from paydouble.providers.paypal.identifiers import transmission_id

ALGORITHM, WRONG_ALGORITHM = "SHA256withRSA", "SHA1withRSA"
DEFAULT_BASE = "https://api.sandbox.paypal.com"


def signed_text(transmission: str, time: str, webhook: str, body: bytes) -> bytes:
    return f"{transmission}|{time}|{webhook}|{zlib.crc32(body)}".encode()


def signed_headers(
    body: bytes, webhook: str, merchant: Merchant, base: str, with_: Seal
) -> tuple[tuple[str, str], ...]:
    """Without a signature at all where it is to be missing."""
    transmission, time = transmission_id(with_.nonce), rfc3339_utc(with_.now)
    head = (("PAYPAL-TRANSMISSION-ID", transmission), ("PAYPAL-TRANSMISSION-TIME", time))
    if with_.damage is Damage.MISSING:
        return head
    private, certificate = certificates.signing(merchant, with_.key)
    text = signed_text(transmission, time, webhook, body)
    wrong = with_.damage is Damage.WRONG_ALGORITHM
    signature = rsa.sign_sha1(private, text) if wrong else rsa.sign_sha256(private, text)
    if with_.damage in (Damage.CORRUPT, Damage.PROBE):
        signature = _spoiled(signature)
    return (
        *head,
        ("PAYPAL-TRANSMISSION-SIG", signature),
        ("PAYPAL-CERT-URL", f"{base or DEFAULT_BASE}{certificates.PATH}/{certificate}"),
        ("PAYPAL-AUTH-ALGO", WRONG_ALGORITHM if wrong else ALGORITHM),
        ("PAYPAL-AUTH-VERSION", "v2"),
    )


def tampered(body: bytes, damage: Damage) -> bytes:
    """The body as it is sent after it was signed: one space more, and the same JSON."""
    if damage is not Damage.TAMPERED_BODY or not body:
        return body
    return body[:-1] + b" " + body[-1:]


def _spoiled(signature: str) -> str:
    raw = bytearray(base64.b64decode(signature))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode("ascii")
