"""`PayPal-Auth-Assertion`: for which account a call is made, and whether it may be.

https://developer.paypal.com/api/rest/requests/#paypal-auth-assertion
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from paydouble.core import json_bytes
from paydouble.core.call import Call
from paydouble.providers.paypal.errors import Errors
from paydouble.providers.paypal.settings import Assertions, terms_of
from paydouble.providers.paypal.sources import buyer

HEADER = "PayPal-Auth-Assertion"
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Assertion:
    """The claims of an unsigned JWT; a signature is not looked at."""

    issuer: str
    account: str
    """`payer_id`, else `email`."""


def read(header: str) -> Assertion | None:
    """None for what is no assertion."""
    parts = header.strip().split(".")
    if len(parts) != _PARTS:
        return None
    claims = _document(parts[1])
    if claims is None or _document(parts[0]) is None:
        return None
    account = str(claims.get("payer_id") or claims.get("email") or "")
    return Assertion(str(claims.get("iss", "")), account) if account else None


def _document(part: str) -> dict[str, Any] | None:
    try:
        document = json_bytes.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return None
    return document if isinstance(document, dict) else None


async def permit(call: Call[Any]) -> None:
    """With the setting `assertions` on `known`, only for accounts of the sandbox."""
    merchant = call.merchant
    if call.account in ("", merchant.id) or terms_of(merchant).assertions is Assertions.ANY:
        return
    known = (merchant.secrets["merchant_id"], merchant.secrets["email"])
    payer = buyer(merchant.sandbox, {})
    if call.account not in (*known, payer["payer_id"], payer["email_address"]):
        raise Errors.NOT_AUTHORIZED()
