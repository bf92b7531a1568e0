"""Amounts: yuan with two decimals on the wire, fen inside."""

from __future__ import annotations

import re

from paydouble.core.errors import ErrorTable
from paydouble.core.money import Money

CNY = "CNY"
MINOR_MIN, MINOR_MAX = 1, 10_000_000_000

_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,2})?", re.ASCII)


def minor(value: object, row: ErrorTable, least: int = MINOR_MIN) -> int:
    """Fen; raises the row for what is no amount, or too little, or too much."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise row()
    amount = Money.parse(value, CNY).minor
    if not least <= amount <= MINOR_MAX:
        raise row()
    return amount


def yuan(fen: int) -> str:
    """As in 88.88."""
    return Money(fen, CNY).major()
