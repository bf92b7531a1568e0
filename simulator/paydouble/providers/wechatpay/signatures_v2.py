"""The signatures of API v2: sorted pairs with the APIv2 key at the end, MD5 or HMAC-SHA256.

https://pay.weixin.qq.com/doc/v2/merchant/4011985891
"""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.effect import Damage, KeyChoice, Seal
from paydouble.crypto import hmacs
from paydouble.crypto.aes import ecb_encrypt

MD5, HMAC = "MD5", "HMAC-SHA256"
TYPES = (MD5, HMAC)
FOREIGN_KEY = "0" * 32


def string_to_sign(fields: Mapping[str, str], key: str) -> str:
    """Without `sign` and what is empty."""
    pairs = (f"{name}={value}" for name, value in sorted(fields.items()) if value and name != "sign")
    return "&".join((*pairs, f"key={key}"))


def sign(fields: Mapping[str, str], key: str, sign_type: str) -> str:
    """Upper-case hex."""
    message = string_to_sign(fields, key).encode("utf-8", "surrogatepass")
    if sign_type == HMAC:
        return hmacs.hmac_sha256_hex(key.encode(), message).upper()
    return hmacs.md5_hex(message).upper()


def verifies(fields: Mapping[str, str], key: str, sign_type: str) -> bool:
    return hmacs.same(sign(fields, key, sign_type), fields.get("sign", ""))


def signed(fields: Mapping[str, str], key: str, sign_type: str, with_: Seal) -> dict[str, str]:
    """With its `sign`, as honest as the seal is."""
    if with_.damage is Damage.MISSING:
        return dict(fields)
    used = key if with_.key in (KeyChoice.CURRENT, KeyChoice.OTHER_MERCHANT, KeyChoice.NEXT) else FOREIGN_KEY
    if with_.damage is Damage.WRONG_ALGORITHM:
        sign_type = MD5 if sign_type == HMAC else HMAC
    made = sign(fields, used, sign_type)
    if with_.damage in (Damage.CORRUPT, Damage.PROBE):
        made = made[:-1] + ("0" if made[-1] != "0" else "1")
    whole = {**fields, "sign": made}
    if with_.damage is Damage.TAMPERED_BODY:
        whole["nonce_str"] = whole.get("nonce_str", "")[::-1] + "0"
    return whole


def req_info(plain: bytes, key: str) -> str:
    """What a refund's notification hides: AES-256-ECB under the MD5 of the key."""
    return ecb_encrypt(hmacs.md5_hex(key.encode()).encode(), plain)
