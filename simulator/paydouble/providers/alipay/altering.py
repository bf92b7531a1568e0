"""Bills that do not agree with the books, where a scenario wants it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from paydouble.core.ledger import PAYER, Entry, EntryKind, pending, transfer
from paydouble.core.money import Money
from paydouble.core.statement import PAYMENT, REFUND, Line, RowOf, StatementEffect, rewritten
from paydouble.providers.alipay.amounts import CNY
from paydouble.providers.alipay.models import Trade
from paydouble.providers.alipay.statements import Period, Row

UNKNOWN_TRADE = "2000000000000000000000000000"
"""The number of a trade that is in no book."""


def altered(rows: Sequence[Row], seller_id: str, period: Period, effect: StatementEffect) -> list[Row]:
    def make(line: Line) -> Row:
        return _unknown(line, seller_id, period)

    return rewritten(rows, effect, about=_about, alter=_with, make=make)


def _about(row: Row) -> RowOf:
    back = row.entry.what is EntryKind.REFUND or row.entry.memo != row.entry.reference
    ref = row.trade.out_trade_no if row.trade else ""
    return RowOf(ref, REFUND if back and row.entry.what is not EntryKind.CAPTURE else PAYMENT)


def _with(row: Row, line: Line) -> Row:
    """A fee stands beside its payment in one bill, and in a row of its own in the other."""
    if row.entry.what is EntryKind.FEE:
        return row if line.fee is None else replace(row, minor=_signed(line.fee, row.minor))
    minor = row.minor if line.amount is None else _signed(line.amount, row.minor)
    fee = row.fee_minor if line.fee is None else _signed(line.fee, row.fee_minor or -row.minor)
    return replace(row, minor=minor, fee_minor=fee)


def _signed(amount: Decimal, like: int) -> int:
    minor = int(amount * 100)
    return -minor if like < 0 else minor


def _unknown(line: Line, seller_id: str, period: Period) -> Row:
    back = line.whose.kind == REFUND
    minor = Money(int((line.amount or Decimal(0)) * 100), CNY)
    trade = Trade(
        id=UNKNOWN_TRADE, created=period.start, app_id="", seller_id=seller_id, out_trade_no=line.whose.ref,
        channel="", subject="", total_minor=minor.minor, asked="", expires=period.end,
    )
    source, target = (pending(seller_id), PAYER) if back else (PAYER, pending(seller_id))
    entry: Entry = transfer(
        EntryKind.REFUND if back else EntryKind.CAPTURE, source=source, target=target, amount=minor,
        reference=trade.id, memo=trade.id,
    )
    entry = replace(entry, id=f"{trade.id}0", created=period.start)
    fee = int((line.fee or Decimal(0)) * 100)
    return Row(
        entry=entry, minor=-minor.minor if back else minor.minor, trade=trade, refund=None,
        fee_minor=fee if back else -fee,
    )
