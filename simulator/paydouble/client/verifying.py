"""A merchant's check of what arrives: signature, freshness, decryption, as the providers tell merchants.

Written from the merchant's side, apart from the code that signs: a mistake there is not repeated here.
https://pay.weixin.qq.com/doc/v3/merchant/4013053249, https://docs.stripe.com/webhooks/signature,
https://developer.paypal.com/api/rest/webhooks/rest/, https://opendocs.alipay.com/open/204/105301
"""

from __future__ import annotations

import json
from codecs import lookup
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, parse_qsl, urlsplit
from zlib import crc32

from paydouble.core.http import Headers
from paydouble.crypto.aes import GcmBox
from paydouble.crypto.hmacs import hmac_sha256_hex, same
from paydouble.crypto.rsa import load_public, verifies_sha256

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

TOLERANCE_S: Final = 300
CERTIFICATE_S: Final = 5.0
CERTIFICATE_BYTES_MAX: Final = 65_536


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


def alipay(headers: Headers, body: bytes, credentials: Credentials, now: float) -> Verified:
    """By Alipay's public key, over all fields but `sign` and `sign_type`; there is no time to be checked."""
    fields = dict(parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, encoding=_charset(body)))
    sign, kind = fields.pop("sign", ""), fields.pop("sign_type", "")
    if not sign or kind != "RSA2":
        raise Forged("sign is missing, or sign_type is not RSA2")
    message = "&".join(f"{name}={value}" for name, value in sorted(fields.items()) if value)
    key = load_public(str(credentials["alipay_public_key_pem"]).encode())
    if not verifies_sha256(key, message.encode(fields.get("charset", "utf-8")), sign):
        raise Forged("the sign does not verify under Alipay's public key")
    return Verified(fields.get("notify_id", ""), fields.get("notify_type", ""), fields)


def _charset(body: bytes) -> str:
    """As the form itself says; what is no charset counts as UTF-8."""
    named = parse_qs(body.decode("ascii", "replace")).get("charset", ["utf-8"])[0]
    try:
        return lookup(named).name
    except LookupError:
        return "utf-8"


def paypal(headers: Headers, body: bytes, credentials: Credentials, now: float) -> Verified:
    """By the certificate that the header names, over transmission id, time, webhook id and checksum."""
    transmission, time, sign, url = (
        headers.get(f"PAYPAL-{name}")
        for name in ("TRANSMISSION-ID", "TRANSMISSION-TIME", "TRANSMISSION-SIG", "CERT-URL")
    )
    if not (transmission and time and sign and url):
        raise Forged("a PAYPAL-* header is missing")
    message = f"{transmission}|{time}|{credentials['webhook_id']}|{crc32(body)}".encode()
    if not verifies_sha256(_downloaded(str(credentials["api_base"]), url), message, sign):
        raise Forged("the signature does not verify for this webhook")
    try:
        stamp = datetime.fromisoformat(time).timestamp()
    except ValueError:
        raise Forged("PAYPAL-TRANSMISSION-TIME is no time") from None
    _check_fresh(f"{stamp:.0f}", now)
    event = _json(body)
    return Verified(str(event.get("id", "")), str(event.get("event_type", "")), event.get("resource") or {})


def _downloaded(api_base: str, url: str) -> RSAPublicKey:
    """The certificate's key; it is fetched of the API only, whatever host the header names."""
    from urllib.request import ProxyHandler, build_opener

    try:
        address = f"{api_base}{urlsplit(url).path}"
        with build_opener(ProxyHandler({})).open(address, timeout=CERTIFICATE_S) as answer:
            pem = answer.read(CERTIFICATE_BYTES_MAX)
        return _certified(pem.decode("ascii"))
    except (OSError, ValueError) as error:
        raise Forged(f"there is no certificate at {url}: {error}") from None


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


VERIFIERS: Final[Mapping[str, Verify]] = MappingProxyType(
    {"stripe": stripe, "wechatpay": wechatpay, "paypal": paypal, "alipay": alipay}
)
ACKNOWLEDGEMENTS: Final[Mapping[str, tuple[int, bytes]]] = MappingProxyType(
    {"stripe": (200, b""), "wechatpay": (204, b""), "paypal": (200, b""), "alipay": (200, b"success")}
)
"""How a merchant says that it has understood; 200 where none is listed."""


def sender(headers: Headers) -> str:
    """Whose notification it claims to be, by the headers that only one provider sends; Alipay sends none."""
    if "Stripe-Signature" in headers:
        return "stripe"
    if "PAYPAL-TRANSMISSION-SIG" in headers:
        return "paypal"
    return "wechatpay" if any(name.lower().startswith("wechatpay-") for name, _ in headers) else ""
