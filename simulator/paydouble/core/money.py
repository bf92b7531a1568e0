"""Money: an integer count of minor units and a currency, parsed and printed exactly; never a float."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

MINOR_MAX = 10**18
DEFAULT_EXPONENT = 2

# ISO 4217: only the currencies that do not have two decimals.
ISO_EXPONENTS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
)

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen, cents) of an upper-case ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        assert isinstance(self.minor, int), f"minor units are whole: {self.minor!r}"
        assert abs(self.minor) <= MINOR_MAX, f"out of range: {self.minor}"

    @classmethod
    def parse(cls, text: str, currency: str, exponents: Mapping[str, int] = ISO_EXPONENTS) -> Money:
        """Reads major units, as in "13.01". Raises ValueError for more decimals than the currency has."""
        match = _AMOUNT.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not an amount")
        sign, whole, fraction = match.group(1), match.group(2), match.group(3) or ""
        exponent = exponents.get(currency, DEFAULT_EXPONENT)
        if len(fraction) > exponent or len(whole) > 18:
            raise ValueError(f"{text!r} does not fit {currency}, which has {exponent} decimals")
        minor = int(whole + fraction.ljust(exponent, "0"))
        return cls(-minor if sign else minor, currency)

    def major(self, exponents: Mapping[str, int] = ISO_EXPONENTS) -> str:
        """The amount in major units with all decimals of its currency, as in "13.01"."""
        exponent = exponents.get(self.currency, DEFAULT_EXPONENT)
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        return f"{sign}{digits}" if exponent == 0 else f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"

    def decimal(self, exponents: Mapping[str, int] = ISO_EXPONENTS) -> Decimal:
        """The amount in major units, for comparing with what a scenario file says."""
        return decimal(self.minor, self.currency, exponents)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.minor


def decimal(minor: int, currency: str, exponents: Mapping[str, int] = ISO_EXPONENTS) -> Decimal:
    """As `Money.decimal`."""
    return Decimal(minor).scaleb(-exponents.get(currency, DEFAULT_EXPONENT))
