"""Money is exact: what is printed is read back, what does not fit is refused, currencies do not mix."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paydouble.core.money import ISO_EXPONENTS, MINOR_MAX, Money

CURRENCIES = st.sampled_from(["CNY", "USD", "JPY", "KWD", "XXX"])
MONEY = st.builds(Money, st.integers(-MINOR_MAX + 1, MINOR_MAX - 1), CURRENCIES)


@given(MONEY)
def test_what_is_printed_is_read_back(money: Money) -> None:
    assert Money.parse(money.major(), money.currency) == money


@given(MONEY)
def test_the_decimal_is_the_amount_in_major_units(money: Money) -> None:
    exponent = ISO_EXPONENTS.get(money.currency, 2)
    assert money.decimal() * 10**exponent == money.minor


@given(MONEY, st.integers(0, 4))
def test_a_provider_s_own_exponents_win(money: Money, exponent: int) -> None:
    exponents = {money.currency: exponent}
    printed = money.major(exponents)
    assert len(printed.partition(".")[2]) == exponent
    assert Decimal(printed).scaleb(exponent) == money.minor


@pytest.mark.parametrize(("minor", "currency", "printed"), [
    (1301, "CNY", "13.01"), (1, "CNY", "0.01"), (0, "CNY", "0.00"), (-5, "USD", "-0.05"),
    (500, "JPY", "500"), (1, "KWD", "0.001"),
])
def test_all_decimals_are_printed(minor: int, currency: str, printed: str) -> None:
    assert Money(minor, currency).major() == printed


@pytest.mark.parametrize(("text", "minor"), [("13", 1300), ("13.1", 1310), ("0.01", 1), ("-2.50", -250)])
def test_fewer_decimals_are_read_too(text: str, minor: int) -> None:
    assert Money.parse(text, "CNY") == Money(minor, "CNY")


@pytest.mark.parametrize("text", [
    "", "1.", ".5", "01", "1e3", "+1", " 1", "1\n", "1,00", "NaN", "١", "1.001", "--1", "1" * 19,
])
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|fit"):
        Money.parse(text, "CNY")


def test_yen_has_no_decimals() -> None:
    with pytest.raises(ValueError, match="0 decimals"):
        Money.parse("1.0", "JPY")


@given(st.integers(-10**9, 10**9), st.integers(-10**9, 10**9))
def test_arithmetic_and_order_are_those_of_minor_units(left: int, right: int) -> None:
    one, other = Money(left, "CNY"), Money(right, "CNY")
    assert one + other == Money(left + right, "CNY")
    assert one - other == Money(left - right, "CNY")
    assert -one == Money(-left, "CNY")
    assert (one < other, one <= other, one > other, one >= other) == (
        left < right, left <= right, left > right, left >= right
    )


def test_two_currencies_do_not_mix() -> None:
    yuan, dollar = Money(1, "CNY"), Money(1, "USD")
    for mixed in (yuan.__add__, yuan.__sub__, yuan.__lt__, yuan.__le__, yuan.__gt__, yuan.__ge__):
        with pytest.raises(ValueError, match="CNY and USD"):
            mixed(dollar)
    assert yuan != dollar


def test_minor_units_are_whole_and_bounded() -> None:
    with pytest.raises(AssertionError):
        Money(1.5, "CNY")  # type: ignore[arg-type]
    with pytest.raises(AssertionError):
        Money(MINOR_MAX + 1, "CNY")
