"""Two small deposits, or one with a code, by which a bank account is verified (https://docs.stripe.com/payments/ach-direct-debit#test-microdeposits)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from paydouble.core.clock import Instant
from paydouble.core.errors import ProviderError
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.models.shapes import Json
from paydouble.providers.stripe.test_banks import US

GOOD_AMOUNTS, GOOD_CODE = (32, 45), "SM11AA"
_ENDINGS: Mapping[tuple[int, ...] | str, Errors] = {
    (10, 11): Errors.VERIFICATION_EXCEEDED, "SM33CC": Errors.VERIFICATION_EXCEEDED,
    (40, 41): Errors.VERIFICATION_TIMEOUT, "SM44DD": Errors.VERIFICATION_TIMEOUT,
}  # fmt: skip
"""Documented amounts and codes that end the verification."""


def are_asked_for(options: Json, type: str) -> bool:
    """Only where the merchant wants them: every test account counts as verified otherwise."""
    if type != US:
        return False
    return (options.get(US) or {}).get("verification_method") == "microdeposits"


def action(now: Instant, url: str) -> Json:
    """`next_action`: the deposits arrive in a business day or two."""
    day = datetime.fromtimestamp(now // 1_000, UTC).replace(hour=0, minute=0, second=0) + timedelta(days=2)
    return {
        "type": "verify_with_microdeposits",
        "verify_with_microdeposits": {
            "arrival_date": int(day.timestamp()),
            "hosted_verification_url": url,
            "microdeposit_type": "descriptor_code",
        },
    }


def wrong(amounts: Sequence[int] | None, code: str) -> ProviderError | None:
    """The error for what is said of the deposits; None where it is right. Raises for nothing said."""
    if (amounts is None) == (not code):
        row = Errors.PARAMETERS_EXCLUSIVE if amounts else Errors.PARAMETER_MISSING
        raise row("You must provide either `amounts` or `descriptor_code`.", param="amounts")
    said: tuple[int, ...] | str = tuple(sorted(amounts)) if amounts is not None else code.upper()
    if said in (GOOD_AMOUNTS, GOOD_CODE):
        return None
    if said in _ENDINGS:
        return _ENDINGS[said]()
    return Errors.AMOUNTS_MISMATCH() if amounts is not None else Errors.DESCRIPTOR_MISMATCH()


def final(error: ProviderError) -> bool:
    """There is no further try."""
    return error.row in (Errors.VERIFICATION_EXCEEDED, Errors.VERIFICATION_TIMEOUT)
