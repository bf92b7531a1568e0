"""An Alipay merchant's side of signatures, cheap enough for a load generator; https://opendocs.alipay.com/common/02kf5q.

Knows neither Locust nor gevent, so that it can be tested by itself.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from loadtests.signing import Headers, Unverifiable, public_key

_PKCS1V15 = PKCS1v15()
_SHA256 = SHA256()
_ENVELOPE = re.compile(rb'^\{"\w+":(\{.*\}),"sign":"([A-Za-z0-9+/=]+)"\}$', re.DOTALL)


def text_of(values: Mapping[str, str], *but: str) -> bytes:
    """What is signed."""
    return "&".join(f"{name}={values[name]}" for name in sorted(values) if name not in but).encode()


@dataclass(frozen=True, slots=True)
class AlipaySigner:
    """Signs requests of one app."""

    app_id: str
    _private: RSAPrivateKey

    @classmethod
    def of(cls, credentials: Mapping[str, str]) -> AlipaySigner:
        pem = credentials["app_private_key_pem"].encode()
        # The simulator made this key; the consistency check would cost 40 ms in every worker.
        key = load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("the app's key is not RSA")
        return cls(credentials["app_id"], key)

    def form(self, method: str, biz_content: str, **common: str) -> bytes:
        """The body of a call; it never goes stale, so it may be made ahead."""
        values = {
            "app_id": self.app_id, "method": method, "charset": "utf-8", "sign_type": "RSA2",
            "version": "1.0", "timestamp": "2026-03-01 12:00:00", "biz_content": biz_content, **common,
        }
        signature = self._private.sign(text_of(values), _PKCS1V15, _SHA256)
        return urlencode({**values, "sign": base64.b64encode(signature).decode("ascii")}).encode()


@dataclass(frozen=True, slots=True)
class AlipayVerifier:
    """Checks answers and notifications by Alipay's key."""

    _public: RSAPublicKey

    @classmethod
    def of(cls, credentials: Mapping[str, str]) -> AlipayVerifier:
        return cls(public_key(credentials["alipay_public_key_pem"]))

    def check(self, headers: Headers, body: bytes) -> None:
        """An answer's envelope. Raises Unverifiable."""
        found = _ENVELOPE.match(body)
        if found is None:
            raise Unverifiable("no signed envelope")
        self._verify(found[1], found[2].decode("ascii"))

    def notification(self, body: bytes) -> dict[str, str]:
        """The form. Raises Unverifiable."""
        values = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        self._verify(text_of(values, "sign", "sign_type"), values.get("sign", ""))
        return values

    def _verify(self, message: bytes, signature: str) -> None:
        try:
            self._public.verify(base64.b64decode(signature, validate=True), message, _PKCS1V15, _SHA256)
        except (InvalidSignature, ValueError):
            raise Unverifiable("the signature does not match") from None
