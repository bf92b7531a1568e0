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

# Path, or how it ends → where its body holds what is encrypted: a field, or a list and a field of each entry.
# fmt: off
FIELDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "/v3/security/echo":                           (("encrypted_echo_message",),),
    "/v3/profitsharing/orders":                    (("receivers", "name"),),
    "/v3/profitsharing/receivers/add":             (("name",),),
    "/v3/fund-app/mch-transfer/transfer-bills":    (("user_name",),),
    "/v3/transfer/batches":                        (("transfer_detail_list", "user_name"),
                                                    ("transfer_detail_list", "user_id_card")),
    "/apply-abnormal-refund":                      (("bank_account",), ("real_name",)),
}
# fmt: on


def holds_secrets(path: str, body: Mapping[str, Any]) -> bool:
    """Whether a field is there that only a named key can open; whatever else is wrong with the body."""
    fields = FIELDS.get(path) or FIELDS.get(path[path.rfind("/"):], ())
    return any(_is_there(body, where) for where in fields)


def _is_there(body: Mapping[str, Any], where: tuple[str, ...]) -> bool:
    if len(where) == 1:
        return bool(body.get(where[0]))
    entries = body.get(where[0])
    return isinstance(entries, list) and any(
        isinstance(each, Mapping) and bool(each.get(where[1])) for each in entries
    )


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
