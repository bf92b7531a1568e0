"""PayPal's currencies and their decimals, and money as its APIs write it.

https://developer.paypal.com/api/rest/reference/currency-codes/
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from paydouble.core.money import Money

CURRENCIES = frozenset((
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS INR JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD"
).split())
EXPONENTS: Mapping[str, int] = MappingProxyType(dict.fromkeys(("HUF", "JPY", "TWD"), 0))
VALUE_MAX = Decimal("999999999999999.99")

Json = dict[str, Any]


def decimal_of(value: object) -> Decimal | None:
    """Of a `value`, which orders take as a number too; None for what is no number."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def money_of(amount: Mapping[str, Any]) -> Money:
    """Of an amount that was checked before."""
    currency = str(amount["currency_code"])
    number = decimal_of(amount["value"])
    assert number is not None, f"{amount} was never checked"
    scaled = number.scaleb(EXPONENTS.get(currency, 2))
    assert scaled == scaled.to_integral_value(), f"{amount} was never checked"
    return Money(int(scaled), currency)


def shown(money: Money) -> Json:
    return {"currency_code": money.currency, "value": money.major(EXPONENTS)}


def shown_minor(minor: int, currency: str) -> Json:
    return shown(Money(minor, currency))
