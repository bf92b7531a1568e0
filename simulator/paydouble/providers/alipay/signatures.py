"""What is signed, by both protocols and in both directions, and how a signature is spoiled.

https://opendocs.alipay.com/common/02kf5q, https://opendocs.alipay.com/open-v3/053sd1
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from paydouble.core.effect import Damage
from paydouble.core.http import HttpRequest
from paydouble.crypto import rsa
from paydouble.providers.alipay import fields

RSA2, RSA1 = "RSA2", "RSA"
V3_SCHEME = "ALIPAY-SHA256withRSA"
TOKEN_HEADER = "alipay-app-auth-token"


def joined(values: Mapping[str, str], *, but: tuple[str, ...], empty: bool) -> str:
    """`name=value` in the order of their names; values raw."""
    return "&".join(
        f"{name}={values[name]}" for name in sorted(values) if name not in but and (empty or values[name])
    )


def requested(values: Mapping[str, str]) -> list[str]:
    """What a caller may have signed, the documented text first: some SDKs sign empty parameters too."""
    texts = [joined(values, but=("sign",), empty=False), joined(values, but=("sign",), empty=True)]
    return texts[:1] if texts[0] == texts[1] else texts


def told(values: Mapping[str, str]) -> str:
    """Of a notification, and of what a return URL carries."""
    return joined(values, but=("sign", "sign_type"), empty=False)


def sign(private: RSAPrivateKey, message: bytes, sign_type: str, damage: Damage = Damage.NONE) -> str:
    """By `sign_type`, base64; PROBE is WeChat Pay's idea, so here it is as good as CORRUPT."""
    first = (sign_type == RSA2) is not (damage is Damage.WRONG_ALGORITHM)
    signature = rsa.sign_sha256(private, message) if first else rsa.sign_sha1(private, message)
    if damage in (Damage.CORRUPT, Damage.PROBE):
        spoiled = bytearray(base64.b64decode(signature))
        spoiled[-1] ^= 1
        return base64.b64encode(spoiled).decode("ascii")
    return signature


def verifies(public: RSAPublicKey, message: bytes, signature: str, sign_type: str) -> bool:
    check = rsa.verifies_sha256 if sign_type == RSA2 else rsa.verifies_sha1
    return check(public, message, signature)


def v3_message(request: HttpRequest, auth_string: str, verb: str) -> bytes:
    """Four lines, or five where the call is on behalf of another merchant; the target as it was sent."""
    body = fields.data_part(request) if fields.is_multipart(request) else request.body
    head = f"{auth_string}\n{verb}\n{request.target}\n".encode("utf-8", "surrogateescape")
    token = request.headers.get(TOKEN_HEADER)
    tail = f"{token}\n".encode("utf-8", "surrogateescape") if token else b""
    return head + body + b"\n" + tail


def v3_answer(timestamp: str, nonce: str, body: bytes) -> bytes:
    """Three lines; of an empty body too."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
