"""The signatures of API v3 in both directions: what is signed, and the headers that carry it.

https://pay.weixin.qq.com/doc/v3/merchant/4012365336, https://pay.weixin.qq.com/doc/v3/merchant/4012365345
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from paydouble.core.clock import unix
from paydouble.core.effect import Damage, Seal
from paydouble.core.http import HttpRequest
from paydouble.crypto import rsa
from paydouble.providers.wechatpay.keys import SERIAL_HEADER, Signer
from paydouble.providers.wechatpay.settings import Probe

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WRONG_SCHEME = "WECHATPAY2-SHA1-RSA2048"
PROBE = "WECHATPAY/SIGNTEST/"
NONCE_MAX = 32
PARAMETERS = ("mchid", "nonce_str", "timestamp", "serial_no", "signature")
SHOWN_BODY_MAX = 100
_EVEN = "02468ace"

_PARAMETER = re.compile(r'(\w+)="([^"]*)"', re.ASCII)
_PARAMETERS = re.compile(r'(?:\s*\w+="[^"]*"\s*(?:,|$))+', re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class Authorization(NamedTuple):
    """The request's header, read; `fields` is empty where its parameters are not as they must be."""

    scheme: str
    fields: dict[str, str]


def read_authorization(header: str) -> Authorization:
    """Parameters may come in any order; a header that is but one word has no scheme."""
    scheme, _, rest = header.strip().partition(" ")
    if not rest:
        return Authorization("", {})
    if _PARAMETERS.fullmatch(rest) is None:
        return Authorization(scheme, {})
    fields = dict(_PARAMETER.findall(rest))
    return Authorization(scheme, fields if _complete(fields) else {})


def _complete(fields: dict[str, str]) -> bool:
    if not all(fields.get(name) for name in PARAMETERS):
        return False
    return len(fields["nonce_str"]) <= NONCE_MAX and bool(_TIMESTAMP.fullmatch(fields["timestamp"]))


def request_message(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Five lines, each with its end; the target as it was sent, still percent-encoded."""
    head = f"{method}\n{target}\n{timestamp}\n{nonce}\n"
    return head.encode("utf-8", "surrogateescape") + body + b"\n"


def answer_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """Three lines; of an empty body too."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def candidates(
    request: HttpRequest, fields: Mapping[str, str], signed: bytes, *, lenient: bool
) -> list[bytes]:
    """The texts that the merchant may have signed, the right one first; of uploads `signed` is the meta."""
    targets = [request.target]
    if lenient and "%" in request.target:
        targets.append(unquote(request.target))
    return [
        request_message(request.method, target, fields["timestamp"], fields["nonce_str"], signed)
        for target in targets
    ]


def sign_information(request: HttpRequest, message: bytes, signed: bytes) -> dict[str, object]:
    """What the service tells a developer whose signature is wrong: the text that it expected, shortened."""
    head = message[: len(message) - len(signed) - 1]
    shown = head + signed[:SHOWN_BODY_MAX] + (b"\n" if len(signed) <= SHOWN_BODY_MAX else b"")
    return {
        "method": request.method,
        "sign_message_length": len(message),
        "truncated_sign_message": shown.decode("utf-8", "replace"),
        "url": request.target.encode("utf-8", "replace").decode(),
    }


def signed_headers(
    body: bytes, signer: Signer, with_: Seal, probe: Probe = Probe.DECODABLE
) -> tuple[tuple[str, str], ...]:
    """In this very spelling: one SDK reads them with regard to case. Empty where the signature is to miss."""
    if with_.damage is Damage.MISSING:
        return ()
    timestamp, scheme = str(unix(with_.now)), SCHEME
    message = answer_message(timestamp, with_.nonce, body)
    if with_.damage is Damage.WRONG_ALGORITHM:
        scheme, signature = WRONG_SCHEME, rsa.sign_sha1(signer.private, message)
    else:
        signature = rsa.sign_sha256(signer.private, message)
    return (
        ("Wechatpay-Nonce", with_.nonce),
        ("Wechatpay-Timestamp", timestamp),
        (SERIAL_HEADER, signer.serial),
        ("Wechatpay-Signature", _damaged(signature, with_, probe)),
        ("Wechatpay-Signature-Type", scheme),
    )


def tampered(body: bytes, damage: Damage) -> bytes:
    """The body as it is sent after it was signed: JSON with one space more still reads the same."""
    if damage is not Damage.TAMPERED_BODY or not body:
        return body
    return body[:-1] + b" " + body[-1:]


def _damaged(signature: str, with_: Seal, probe: Probe) -> str:
    if with_.damage is Damage.PROBE:
        undecodable = with_.nonce[-1:] in _EVEN if probe is Probe.ALTERNATING else probe is Probe.UNDECODABLE
        probing = PROBE + signature[len(PROBE):]
        # One character that stands alone after whole groups of four is no base64 in any decoder.
        return probing.rstrip("=")[: len(probing) // 4 * 4 - 3] if undecodable else probing
    if with_.damage is Damage.CORRUPT:
        spoiled = bytearray(base64.b64decode(signature))
        spoiled[-1] ^= 1
        return base64.b64encode(spoiled).decode("ascii")
    return signature
