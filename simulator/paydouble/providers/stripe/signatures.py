"""`Stripe-Signature` (https://docs.stripe.com/webhooks#verify-manually), honest and spoiled."""

from __future__ import annotations

import hashlib
import re

from paydouble.core.clock import unix
from paydouble.core.effect import Damage, KeyChoice, Seal
from paydouble.crypto.hmacs import hmac_sha256_hex

_AMOUNT = re.compile(rb'("amount[a-z_]*": )(\d)')


def signed(body: bytes, secret: str, with_: Seal) -> tuple[bytes, str]:
    """The body as it is sent, and the header; empty where the signature is missing.

    The `v0` item is for Stripe's own use: clients skip it, and one who takes it for a signature is wrong.
    """
    stamp = str(unix(with_.now))
    message = b"%b.%b" % (stamp.encode(), body)
    values = [hmac_sha256_hex(key.encode(), message) for key in _keys(secret, with_.key)]
    unused = hmac_sha256_hex(_other(secret, "v0").encode(), message)
    match with_.damage:
        case Damage.MISSING:
            return body, ""
        case Damage.CORRUPT | Damage.PROBE:
            values = [_spoiled(value) for value in values]
        case Damage.WRONG_ALGORITHM:
            return body, f"t={stamp},v0={values[0]}"
        case Damage.TAMPERED_BODY:
            body = _tampered(body)
    return body, ",".join([f"t={stamp}", *(f"v1={value}" for value in values), f"v0={unused}"])


def _keys(secret: str, choice: KeyChoice) -> tuple[str, ...]:
    match choice:
        case KeyChoice.CURRENT:
            return (secret,)
        case KeyChoice.NEXT:
            return _other(secret, "next"), secret  # while a secret is rolled, both sign
        case KeyChoice.FOREIGN | KeyChoice.UNKNOWN | KeyChoice.OTHER_MERCHANT:
            return (_other(secret, choice.value),)


def _other(secret: str, purpose: str) -> str:
    return f"whsec_{hashlib.sha256(f'{purpose}/{secret}'.encode()).hexdigest()[:32]}"


def _spoiled(value: str) -> str:
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def _tampered(body: bytes) -> bytes:
    """Another amount, or at least another byte."""
    changed, count = _AMOUNT.subn(
        lambda found: found[1] + (b"9" if found[2] != b"9" else b"8"), body, count=1
    )
    return changed if count else body + b" "
