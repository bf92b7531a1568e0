"""What WeChat Pay takes of a payment, and hands back with its refunds."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from paydouble.core.ledger import Entry, EntryKind, fees, pending, transfer
from paydouble.core.money import Money
from paydouble.core.work import Work
from paydouble.providers.wechatpay.machines import PROVIDER
from paydouble.providers.wechatpay.models import CNY, Transaction


def fee_of(work: Work, amount_minor: int, rate: Decimal) -> int:
    """In fen, rounded half up; by the rate, unless a scenario has another price."""
    named = work.fee(PROVIDER, Money(amount_minor, CNY))
    if named is not None:
        return named
    return int((amount_minor * rate).quantize(Decimal(1), ROUND_HALF_UP))


def charged(paid: Transaction, minor: int, memo: str) -> Entry:
    return _fee(paid, minor, memo, pending(paid.payee), fees(PROVIDER))


def handed_back(paid: Transaction, minor: int, memo: str) -> Entry:
    return _fee(paid, minor, memo, fees(PROVIDER), pending(paid.payee))


def _fee(paid: Transaction, minor: int, memo: str, source: str, target: str) -> Entry:
    return transfer(
        EntryKind.FEE, source=source, target=target, amount=Money(minor, CNY), reference=paid.id, memo=memo
    )
