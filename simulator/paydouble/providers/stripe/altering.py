"""Lists of balance transactions that do not agree with the books, where a scenario wants it so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from paydouble.core.call import Call
from paydouble.core.statement import HONEST_STATEMENT, PAYMENT, REFUND, Line, RowOf, rewritten
from paydouble.core.work import Work
from paydouble.providers.stripe.amounts import EXPONENTS
from paydouble.providers.stripe.models import BalanceTransaction, Charge, PaymentIntent, Refund
from paydouble.providers.stripe.params import BalanceTransactionList
from paydouble.providers.stripe.settings import terms_of

UNKNOWN_TRANSACTION = "txn_3UNKNOWN00000000"
"""The id of a movement that is in no book."""
_TWO_DECIMALS = 2


async def altered(
    call: Call[BalanceTransactionList], found: Sequence[BalanceTransaction]
) -> list[BalanceTransaction]:
    """What is added stands at the end of the first page."""
    effect = call.statement
    if effect is HONEST_STATEMENT:
        return list(found)
    if "starting_after" in call.params or "ending_before" in call.params:
        effect = replace(effect, add=())
    refs = {each.id: await _ref(call.work, each.source) for each in found}

    def make(line: Line) -> BalanceTransaction:
        return _unknown(call, line)

    def about(row: BalanceTransaction) -> RowOf:
        return RowOf(refs[row.id], REFUND if row.type.startswith("refund") else PAYMENT)

    return rewritten(found, effect, about=about, alter=_with, make=make)


async def _ref(work: Work, source: str) -> str:
    refund = await work.get(Refund, source)
    charge = await work.get(Charge, refund.charge if refund else source)
    intent = await work.get(PaymentIntent, charge.payment_intent) if charge else None
    return intent.ref if intent else ""


def _with(row: BalanceTransaction, line: Line) -> BalanceTransaction:
    amount = row.amount if line.amount is None else _minor(line.amount, row.currency)
    if row.amount < 0 and line.amount is not None:
        amount = -amount
    return replace(row, amount=amount, fee=row.fee if line.fee is None else _minor(line.fee, row.currency))


def _minor(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(EXPONENTS.get(currency.upper(), _TWO_DECIMALS)))


def _unknown(call: Call[BalanceTransactionList], line: Line) -> BalanceTransaction:
    back, now, currency = line.whose.kind == REFUND, call.clock.now(), terms_of(call.merchant).currency
    made = BalanceTransaction(
        id=UNKNOWN_TRANSACTION, created=now, merchant=call.account, amount=-1 if back else 1, fee=0,
        currency=currency, source=line.whose.ref, type="refund" if back else "charge",
        reporting_category="refund" if back else "charge", available_on=now, description=line.whose.ref,
    )
    return _with(made, replace(line, amount=line.amount or Decimal(0)))
