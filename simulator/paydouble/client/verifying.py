"""A merchant's check of what arrives: signature, freshness, decryption, as the providers tell merchants.

Written from the merchant's side, apart from the code that signs: a mistake there is not repeated here.
https://pay.weixin.qq.com/doc/v3/merchant/4013053249, https://docs.stripe.com/webhooks/signature
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from paydouble.core.http import Headers
from paydouble.crypto.aes import GcmBox
from paydouble.crypto.hmacs import hmac_sha256_hex, same
from paydouble.crypto.rsa import load_public, verifies_sha256

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

TOLERANCE_S: Final = 300


class Forged(Exception):
    """Not what the provider sent, or not now; the text says why."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a merchant learns from a genuine notification."""

    id: str
    type: str
    content: Mapping[str, Any]
    """The object that the event is about, decrypted where it travels encrypted."""


Credentials = Mapping[str, Any]
Verify = Callable[[Headers, bytes, Credentials, float], Verified]
"""(headers, body, the provider's credentials, seconds since the epoch) → event. Raises Forged."""


def stripe(headers: Headers, body: bytes, credentials: Credentials, now: float) -> Verified:
    """One of the `v1` signatures over "timestamp.body" must be ours."""
    parts = [item.partition("=") for item in headers.get("Stripe-Signature").split(",")]
    stamp = next((value for name, _, value in parts if name.strip() == "t"), "")
    signatures = [value for name, _, value in parts if name.strip() == "v1"]
    if not stamp.isdigit() or not signatures:
        raise Forged("Stripe-Signature is missing or has no t= and v1=")
    expected = hmac_sha256_hex(str(credentials["webhook_secret"]).encode(), stamp.encode() + b"." + body)
    if not any(same(expected, signature) for signature in signatures):
        raise Forged("no v1 signature of Stripe-Signature was made with this endpoint's secret")
    _check_fresh(stamp, now)
    event = _json(body)
    content = event.get("data", {})
    return Verified(str(event.get("id", "")), str(event.get("type", "")), content.get("object", content))


def wechatpay(headers: Headers, body: bytes, credentials: Credentials, now: float) -> Verified:
    """By the platform certificate, or the public key, that `Wechatpay-Serial` names."""
    names = ("Timestamp", "Nonce", "Signature", "Serial")
    stamp, nonce, signature, serial = (headers.get(f"Wechatpay-{name}") for name in names)
    if not (stamp.isdigit() and nonce and signature and serial):
        raise Forged("a Wechatpay-* header is missing")
    message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
    if not verifies_sha256(_platform_key(serial, credentials), message, signature):
        raise Forged(f"the signature does not verify under {serial}")
    _check_fresh(stamp, now)
    event = _json(body)
    return Verified(str(event.get("id", "")), str(event.get("event_type", "")), _opened(event, credentials))


def _platform_key(serial: str, credentials: Credentials) -> RSAPublicKey:
    if serial == credentials.get("public_key_id"):
        return load_public(str(credentials["public_key_pem"]).encode())
    if serial == credentials.get("platform_serial_no"):
        return _certified(str(credentials["platform_certificate_pem"]))
    raise Forged(f"Wechatpay-Serial {serial} is neither the platform certificate nor the public key")


def _certified(certificate_pem: str) -> RSAPublicKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    key = load_pem_x509_certificate(certificate_pem.encode()).public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def _opened(event: Mapping[str, Any], credentials: Credentials) -> Mapping[str, Any]:
    """The `resource`, sealed with AEAD_AES_256_GCM under the APIv3 key."""
    resource = event.get("resource") or {}
    box = GcmBox(str(credentials["apiv3_key"]).encode())
    try:
        return _json(
            box.decrypt(resource["ciphertext"], resource["nonce"], resource.get("associated_data") or "")
        )
    except (KeyError, ValueError) as error:
        raise Forged(f"the resource does not open with the APIv3 key: {error}") from None


def _check_fresh(stamp: str, now: float) -> None:
    age = now - int(stamp)
    if abs(age) > TOLERANCE_S:
        raise Forged(f"it is stamped {abs(age):.0f} seconds {'ago' if age > 0 else 'in the future'}")


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except ValueError as error:
        raise Forged(f"the body is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise Forged("the body is not a JSON object")
    return data


VERIFIERS: Final[Mapping[str, Verify]] = MappingProxyType({"stripe": stripe, "wechatpay": wechatpay})
ACKNOWLEDGEMENTS: Final[Mapping[str, tuple[int, bytes]]] = MappingProxyType(
    {"stripe": (200, b""), "wechatpay": (204, b"")}
)
"""How a merchant says that it has understood; 200 where none is listed."""


def sender(headers: Headers) -> str:
    """Whose notification it claims to be, by the headers that only one provider sends."""
    if "Stripe-Signature" in headers:
        return "stripe"
    return "wechatpay" if any(name.lower().startswith("wechatpay-") for name, _ in headers) else ""
