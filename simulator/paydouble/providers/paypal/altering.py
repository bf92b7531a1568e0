"""Transaction searches that do not agree with the books, where a scenario wants it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from paydouble.core.clock import Instant
from paydouble.core.money import DEFAULT_EXPONENT
from paydouble.core.statement import PAYMENT, REFUND, Line, RowOf, StatementEffect, rewritten
from paydouble.providers.paypal.amounts import EXPONENTS
from paydouble.providers.paypal.reporting import CHECKOUT, PRIMARY, Row
from paydouble.providers.paypal.reporting import REFUND as REFUNDED

UNKNOWN_TRANSACTION = "0UNKNOWN000000000"
"""The id of a transaction that is in no book."""


def altered(rows: Sequence[Row], at: Instant, effect: StatementEffect) -> list[Row]:
    """`at`: when a transaction that is added is said to have been."""
    currency = rows[0].currency if rows else PRIMARY

    def make(line: Line) -> Row:
        back = line.whose.kind == REFUND
        made = Row(
            id=UNKNOWN_TRANSACTION, code=REFUNDED if back else CHECKOUT, at=at, minor=-1 if back else 1,
            currency=currency, custom=line.whose.ref,
        )
        return _with(made, replace(line, amount=line.amount or Decimal(0)))

    return rewritten(rows, effect, about=_about, alter=_with, make=make)


def _about(row: Row) -> RowOf:
    return RowOf(row.custom or row.invoice_id, REFUND if row.minor < 0 else PAYMENT)


def _with(row: Row, line: Line) -> Row:
    minor = row.minor if line.amount is None else _signed(line.amount, row.minor, row.currency)
    fee = row.fee_minor if line.fee is None else _signed(line.fee, row.fee_minor or -row.minor, row.currency)
    return replace(row, minor=minor, fee_minor=fee)


def _signed(amount: Decimal, like: int, currency: str) -> int:
    minor = int(amount.scaleb(EXPONENTS.get(currency, DEFAULT_EXPONENT)))
    return -minor if like < 0 else minor
