"""Digests of the wires (Stripe, PayPal's tokens, WeChat Pay v2), and the one way to compare them."""

from __future__ import annotations

import hashlib
import hmac


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    # `hmac.digest` is one call into OpenSSL; `hmac.new` builds an object that costs twice as much.
    return hmac.digest(key, message, "sha256")


def hmac_sha256_hex(key: bytes, message: bytes) -> str:
    """Lower-case hex; WeChat Pay v2 prints it in upper case."""
    return hmac.digest(key, message, "sha256").hex()


def md5_hex(message: bytes) -> str:
    """Lower-case hex. WeChat Pay v2 signs with it (upper case) and derives the key of `req_info` from it."""
    return hashlib.md5(message, usedforsecurity=False).hexdigest()


def same(left: str, right: str) -> bool:
    """In constant time, of any two texts: also those not in ASCII, which `hmac.compare_digest` refuses."""
    return hmac.compare_digest(left.encode("utf-8", "surrogatepass"), right.encode("utf-8", "surrogatepass"))
