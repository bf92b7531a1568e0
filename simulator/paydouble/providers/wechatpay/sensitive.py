"""Fields that travel encrypted (RSAES-OAEP): names, identity numbers, bank accounts, in both directions.

https://pay.weixin.qq.com/doc/v3/merchant/4013053257
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.call import Call
from paydouble.crypto import rsa
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.keys import SERIAL_HEADER, key_named

OAEP_BYTES_MAX = 214


def opened(call: Call[Any], params: Mapping[str, Any], name: str, pointer: str = "") -> str:
    """The plain text of an encrypted field; empty where it was not sent. Raises ProviderError."""
    sealed = params.get(name, "")
    if not sealed:
        return ""
    serial = call.request.headers.get(SERIAL_HEADER)
    if not serial:
        raise Errors.WECHATPAY_SERIAL_MISSING()
    key = key_named(serial, call.keys)
    if key is None:
        raise Errors.WECHATPAY_SERIAL_UNKNOWN()
    try:
        return rsa.oaep_decrypt(call.keys.private(key), str(sealed))
    except ValueError:
        raise Errors.FIELD_UNDECIPHERABLE(
            detail={"field": pointer or f"/{name}", "location": "body", "issue": "decryption failed"}
        ) from None


def sealed(call: Call[Any], text: str) -> str:
    """To the merchant's certificate, so that only the merchant reads it."""
    return rsa.oaep_encrypt(call.keys.public("merchant"), text) if text else ""
