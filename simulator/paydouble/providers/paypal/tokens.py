"""Access tokens that say themselves whose they are and until when, under an HMAC of the client's secret.

https://developer.paypal.com/api/rest/authentication/
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from paydouble.core import json_bytes
from paydouble.core.clock import Instant, unix
from paydouble.crypto.hmacs import hmac_sha256, same

ACCESS, REFRESH = "A21AA", "R23AA"
SHORT_LENGTH = 16
"""Of the handle by which a token names its client."""

_EXPIRY_BYTES, _NONCE_LENGTH, _MAC_BYTES = 6, 15, 32
_BYTES = SHORT_LENGTH + _EXPIRY_BYTES + _NONCE_LENGTH + _MAC_BYTES
_NEVER = (1 << 8 * _EXPIRY_BYTES) - 1


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says; whether it is genuine only its client's secret tells."""

    kind: str
    handle: str
    expires: Instant
    payload: bytes
    mac: bytes

    def is_genuine(self, secret: str) -> bool:
        made = _mac(self.kind, self.payload, secret)
        return same(made.hex(), self.mac.hex())


def short_handle(client_id: str) -> str:
    return hashlib.sha256(f"paypal token of {client_id}".encode()).hexdigest()[:SHORT_LENGTH]


def issue(client_id: str, secret: str, nonce: str, expires: Instant | None = None, kind: str = ACCESS) -> str:
    """Ninety-seven characters; without `expires` it is good for ever."""
    until = _NEVER if expires is None else int(expires)
    payload = (
        short_handle(client_id).encode() + until.to_bytes(_EXPIRY_BYTES, "big")
        + nonce[:_NONCE_LENGTH].ljust(_NONCE_LENGTH, "0").encode()
    )
    return kind + base64.urlsafe_b64encode(payload + _mac(kind, payload, secret)).decode()


def read(text: str) -> Token | None:
    """None for what none of ours can be."""
    kind, encoded = text[: len(ACCESS)], text[len(ACCESS):]
    if kind not in (ACCESS, REFRESH) or not encoded.isascii():
        return None
    try:
        raw = base64.b64decode(encoded.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != _BYTES:
        return None
    handle, rest = raw[:SHORT_LENGTH], raw[SHORT_LENGTH:]
    if not handle.isalnum():
        return None
    expires = Instant(int.from_bytes(rest[:_EXPIRY_BYTES], "big"))
    return Token(kind, handle.decode(), expires, raw[:-_MAC_BYTES], raw[-_MAC_BYTES:])


def id_token(client_id: str, secret: str, customer: str, now: Instant, expires: Instant) -> str:
    """A JWT (HS256) that a browser's SDK passes on; nobody but the issuer reads it."""
    head = _part({"alg": "HS256", "typ": "JWT"})
    claims: dict[str, object] = {
        "iss": "https://api-m.sandbox.paypal.com", "sub": client_id, "aud": client_id,
        "iat": unix(now), "exp": unix(expires),
    }
    if customer:
        claims["customer_id"] = customer
    body = _part(claims)
    signature = hmac_sha256(secret.encode(), f"{head}.{body}".encode())
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def _part(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json_bytes.dumps(claims)).decode().rstrip("=")


def _mac(kind: str, payload: bytes, secret: str) -> bytes:
    return hmac_sha256(secret.encode(), kind.encode() + payload)
