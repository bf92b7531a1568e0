"""The sandbox's cards: brands, numbers that 3-D Secure knows, names that make a card be refused.

https://developer.paypal.com/tools/sandbox/card-testing/, https://developer.paypal.com/docs/checkout/advanced/customize/3d-secure/test/
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from paydouble.core.clock import Instant
from paydouble.core.effect import Outcome, Result

Json = dict[str, Any]
BRANDS = (
    ("4", "VISA"), ("34", "AMEX"), ("37", "AMEX"), ("36", "DINERS"), ("30", "DINERS"), ("38", "DINERS"),
    ("6011", "DISCOVER"), ("65", "DISCOVER"), ("35", "JCB"), ("2", "MASTERCARD"), ("51", "MASTERCARD"),
    ("52", "MASTERCARD"), ("53", "MASTERCARD"), ("54", "MASTERCARD"), ("55", "MASTERCARD"),
    ("50", "MAESTRO"), ("63", "MAESTRO"), ("62", "CHINA_UNION_PAY"),
)


class Authentication(NamedTuple):
    """What 3-D Secure finds: liability shift, enrolment, authentication; empty: not told."""

    shift: str
    enrolled: str
    authenticated: str
    asks: bool = False
    """The cardholder is sent to the bank."""


# fmt: off
SECURE: Mapping[str, Authentication] = {number: row for numbers, row in (
    (("4868719196829038", "5329879707824603"), Authentication("POSSIBLE", "Y", "Y")),
    (("4868719158130060", "5329879769571910"), Authentication("NO",       "Y", "N")),
    (("4868719581920723", "5329879715396727"), Authentication("POSSIBLE", "Y", "A")),
    (("4868719033482561", "5329879705777613"), Authentication("NO",       "Y", "U")),
    (("4868719081564153", "5319541865518409"), Authentication("NO",       "Y", "R")),
    (("4868719166101368", "5329879735316929"), Authentication("POSSIBLE", "Y", "Y", asks=True)),
    (("4868719181895556", "5329879768013724"), Authentication("NO",       "Y", "N", asks=True)),
    (("4868719557718580", "5329879734808405"), Authentication("NO",       "Y", "U", asks=True)),
    (("4868719460707704", "5329879786234393"), Authentication("POSSIBLE", "Y", "Y")),
    (("4868719115514992", "5329879785160250"), Authentication("UNKNOWN",  "Y", "U")),
    (("4868719796782421", "5329879743856650"), Authentication("NO",       "Y", "N")),
    (("4868719041085422", "5329879703852350"), Authentication("POSSIBLE", "Y", "A")),
    (("4868719494697210", "5329879747163939"), Authentication("NO",       "",  "")),
    (("4868719632978803", "5329879761823947"), Authentication("NO",       "U", "")),
) for number in numbers}

REJECTED: Mapping[str, str] = {
    "CCREJECT-REFUSED":    "0500",
    "CCREJECT-SF":         "9500",
    "CCREJECT-EC":         "5400",
    "CCREJECT-IRC":        "5180",
    "CCREJECT-IF":         "5120",
    "CCREJECT-LS":         "9520",
    "CCREJECT-IA":         "1330",
    "CCREJECT-BANK_ERROR": "5100",
    "CCREJECT-CVV_F":      "00N7",
}
"""Cardholder's name → response code of the processor."""

CODES: Mapping[str, str] = {
    "insufficient_funds": "5120", "card_expired": "5400", "wrong_cvc": "00N7", "lost_or_stolen": "9520",
    "do_not_honor": "0500", "fraud_suspected": "9500", "account_frozen": "1330", "payer_closed": "1330",
    "not_permitted": "5180", "limit_exceeded": "5930",
}
"""Neutral reason → response code of the processor."""
# fmt: on

GENERIC_DECLINE = "5100"
ALWAYS_ASKS = ("SCA_ALWAYS", "3D_SECURE")


def brand(number: str) -> str:
    """The longest known beginning decides."""
    known = (name for start, name in sorted(BRANDS, key=lambda row: -len(row[0])) if number.startswith(start))
    return next(known, "UNKNOWN")


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(digit * 2, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_expired(expiry: str, now: Instant) -> bool:
    """`YYYY-MM`, good to the end of its month."""
    today = datetime.fromtimestamp(now // 1_000, UTC)
    return expiry < f"{today.year:04}-{today.month:02}"


def authentication(number: str, method: str, *, magic: bool = True) -> Authentication | None:
    """What 3-D Secure will find of this card, where it is asked at all; all are alike without magic."""
    known = SECURE.get(number) if magic else None
    if known is None and method in ALWAYS_ASKS:
        return Authentication("POSSIBLE", "Y", "Y", asks=True)
    return known


def authentication_result(found: Authentication) -> Json:
    result: Json = {"liability_shift": found.shift}
    secure = {"enrollment_status": found.enrolled, "authentication_status": found.authenticated}
    secure = {name: value for name, value in secure.items() if value}
    return result | ({"three_d_secure": secure} if secure else {})


def response(outcome: Outcome | None, name: str) -> Mapping[str, str]:
    """What the processor says of a charge."""
    code = declined_code(outcome, name)
    if code:
        return {"avs_code": "G", "cvv_code": "P", "response_code": code}
    return {"avs_code": "A", "cvv_code": "M", "response_code": "0000"}


def declined_code(outcome: Outcome | None, name: str) -> str:
    """Empty where the card is good: a scenario decides before a test name."""
    if outcome is not None:
        if outcome.result not in (Result.DECLINED, Result.FAILED):
            return ""
        return outcome.native_code or CODES.get(outcome.reason, GENERIC_DECLINE)
    return REJECTED.get(name, "")
