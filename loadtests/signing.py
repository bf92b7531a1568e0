"""The merchant's side of signatures, cheap enough for a load generator: keys are parsed once.

https://pay.weixin.qq.com/doc/v3/merchant/4012365336, https://docs.stripe.com/webhooks#verify-manually
Knows neither Locust nor gevent, so that it can be tested by itself.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

SCHEME = "WECHATPAY2-SHA256-RSA2048"
TOLERANCE_S = 300
"""Both providers tell merchants to refuse what is older."""

_PKCS1V15 = PKCS1v15()
_SHA256 = SHA256()


class Unverifiable(Exception):
    """What came cannot have been sent by the provider, or not just now; the text says why."""


class Headers(Protocol):
    """Looked up by lower-case names."""

    def get(self, name: str, /) -> str | None: ...


@dataclass(frozen=True, slots=True)
class WechatpaySigner:
    """Signs requests of one merchant."""

    mchid: str
    serial_no: str
    answer_serial: str
    """Names the key that answers are to be signed with: the id of WeChat Pay's public key."""
    _private: RSAPrivateKey

    @classmethod
    def of(cls, credentials: Mapping[str, str]) -> WechatpaySigner:
        pem = credentials["private_key_pem"].encode()
        # The simulator made this key; the consistency check would cost 40 ms in every worker.
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("the merchant's key is not RSA")
        return cls(credentials["mchid"], credentials["serial_no"], credentials["public_key_id"], key)

    def headers(self, method: str, target: str, body: bytes = b"") -> dict[str, str]:
        """All that a signed call carries; good for five minutes, so it may be made ahead of the call."""
        signed = self.authorization(method, target, body, str(int(time.time())), secrets.token_hex(16))
        plain = {
            "Authorization": signed, "Wechatpay-Serial": self.answer_serial, "Accept": "application/json",
            "User-Agent": "paydouble-loadtest",
        }
        return {**plain, "Content-Type": "application/json"} if body else plain

    def authorization(self, method: str, target: str, body: bytes, timestamp: str, nonce: str) -> str:
        message = f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(self._private.sign(message, _PKCS1V15, _SHA256)).decode("ascii")
        return (
            f'{SCHEME} mchid="{self.mchid}",nonce_str="{nonce}",timestamp="{timestamp}",'
            f'serial_no="{self.serial_no}",signature="{signature}"'
        )


class WechatpayVerifier:
    """Checks answers and notifications of WeChat Pay by the key that they name."""

    def __init__(self, keys: Mapping[str, RSAPublicKey], apiv3_key: str) -> None:
        self._keys = dict(keys)
        self._box = AESGCM(apiv3_key.encode())

    @classmethod
    def of(cls, credentials: Mapping[str, str]) -> WechatpayVerifier:
        keys = {
            credentials["platform_serial_no"]: certified_key(credentials["platform_certificate_pem"]),
            credentials["public_key_id"]: public_key(credentials["public_key_pem"]),
        }
        return cls(keys, credentials["apiv3_key"])

    def check(self, headers: Headers, body: bytes, now: float | None = None) -> None:
        """Raises Unverifiable. An empty body is signed too."""
        timestamp = headers.get("wechatpay-timestamp") or ""
        key = self._keys.get(headers.get("wechatpay-serial") or "")
        if key is None:
            raise Unverifiable(f"signed by an unknown key: {headers.get('wechatpay-serial')}")
        _check_age(timestamp, time.time() if now is None else now)
        message = f"{timestamp}\n{headers.get('wechatpay-nonce') or ''}\n".encode() + body + b"\n"
        try:
            signature = base64.b64decode(headers.get("wechatpay-signature") or "", validate=True)
            key.verify(signature, message, _PKCS1V15, _SHA256)
        except (InvalidSignature, ValueError):
            raise Unverifiable("the signature does not match") from None

    def notification(self, headers: Headers, body: bytes, now: float | None = None) -> dict[str, Any]:
        """The event, its decrypted resource under "plain". Raises Unverifiable."""
        self.check(headers, body, now)
        try:
            event: dict[str, Any] = json.loads(body)
            resource = event["resource"]
            sealed = base64.b64decode(resource["ciphertext"], validate=True)
            nonce, extra = resource["nonce"].encode(), (resource.get("associated_data") or "").encode()
            return {**event, "plain": json.loads(self._box.decrypt(nonce, sealed, extra))}
        except InvalidTag:
            raise Unverifiable("the resource cannot be decrypted with the APIv3 key") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unverifiable(f"not a notification: {error!r}") from None


@dataclass(frozen=True, slots=True)
class StripeVerifier:
    """Checks webhooks of one endpoint."""

    secret: str

    def event(self, headers: Headers, body: bytes, now: float | None = None) -> dict[str, Any]:
        """Raises Unverifiable."""
        items = [item.partition("=") for item in (headers.get("stripe-signature") or "").split(",")]
        timestamp = next((value for name, _, value in items if name == "t"), "")
        _check_age(timestamp, time.time() if now is None else now)
        wanted = hmac.digest(self.secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()
        if not any(name == "v1" and hmac.compare_digest(value, wanted) for name, _, value in items):
            raise Unverifiable("no v1 signature matches")
        try:
            event: dict[str, Any] = json.loads(body)
        except ValueError as error:
            raise Unverifiable(f"not an event: {error}") from None
        return event


def public_key(pem: str) -> RSAPublicKey:
    return _rsa(load_pem_public_key(pem.encode()))


def certified_key(certificate_pem: str) -> RSAPublicKey:
    return _rsa(load_pem_x509_certificate(certificate_pem.encode()).public_key())


def _rsa(key: object) -> RSAPublicKey:
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the provider's key is not RSA")
    return key


def _check_age(timestamp: str, now: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit()):
        raise Unverifiable(f"no time that can be read: '{timestamp}'")
    if abs(now - int(timestamp)) > TOLERANCE_S:
        raise Unverifiable(f"signed {now - int(timestamp):+.0f} s away from now")
