"""The shapes of PayPal's identifiers."""

from __future__ import annotations

import hashlib

from paydouble.core.ids import DIGITS, HEX, Ids

UPPER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PAYER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

_LENGTH = 17
_CODE_LENGTH = 7


def resource_id(ids: Ids) -> str:
    """Of an order, authorization, capture, refund, webhook: a digit, then letters and digits in capitals."""
    return ids.token(1, DIGITS[1:]) + ids.token(_LENGTH - 1, UPPER)


def order_id(ids: Ids, sandbox: str) -> str:
    """Ends with the code of its merchant, so that the page of a buyer, who has no token, finds it."""
    code = code_of(sandbox)
    return ids.token(1, DIGITS[1:]) + ids.token(_LENGTH - 1 - len(code), UPPER) + code


def code_of(sandbox: str) -> str:
    digest = hashlib.shake_256(f"paypal merchant/{sandbox}".encode()).digest(_CODE_LENGTH)
    return "".join(UPPER[byte % len(UPPER)] for byte in digest)


def merchant_code(order: str) -> str:
    """A merchant's handle, out of one of its orders."""
    return order[-_CODE_LENGTH:]


def event_id(ids: Ids) -> str:
    return f"WH-{ids.token(_LENGTH, UPPER)}-{ids.token(_LENGTH, UPPER)}"


def payer_id(ids: Ids) -> str:
    return ids.token(13, PAYER_ALPHABET)


def transmission_id(nonce: str) -> str:
    """A UUID of version 1 in looks, made of thirty-two hex digits."""
    digits = (nonce + "0" * 32)[:32]
    return f"{digits[:8]}-{digits[8:12]}-1{digits[13:16]}-9{digits[17:20]}-{digits[20:32]}"


def debug_id(call_id: str) -> str:
    return (call_id + "0" * 13)[:13]


def vault_id(ids: Ids) -> str:
    return ids.token(16, HEX)
