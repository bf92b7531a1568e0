"""What Stripe knows of currencies: how many decimals, and how little or much one may charge.

https://docs.stripe.com/currencies; the minima change over time, so the table is but a starting point.
"""

from __future__ import annotations

from types import MappingProxyType

from paydouble.core.money import Money
from paydouble.providers.stripe.errors import Errors

AMOUNT_MAX = 99_999_999

_ZERO_DECIMAL = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()
_THREE_DECIMAL = "BHD JOD KWD OMR TND".split()

EXPONENTS = MappingProxyType(dict.fromkeys(_ZERO_DECIMAL, 0) | dict.fromkeys(_THREE_DECIMAL, 3))
"""ISK and UGX have no decimals any more, but go on being written with two."""

_WHOLE_ONLY = frozenset({"isk", "ugx"})

# fmt: off
_CURRENCIES = frozenset(
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd "
    "cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd "
    "hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad "
    "mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln "
    "pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs "
    "uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw"
    .split()
)
_MINIMA = MappingProxyType({
    "usd": 50, "eur": 50, "gbp": 30, "hkd": 400, "jpy": 50, "aud": 50, "cad": 50, "chf": 50,
    "sgd": 50, "mxn": 1000, "inr": 50, "dkk": 250, "nok": 300, "sek": 300, "pln": 200, "czk": 1500,
    "huf": 17500, "ron": 200, "bgn": 100, "brl": 50, "aed": 200, "nzd": 50, "myr": 200, "thb": 1000,
})
_SIGNS = MappingProxyType({"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "aud": "A$", "cad": "CA$"})
# fmt: on


def money(minor: int, currency: str) -> Money:
    """From Stripe's lower-case currency."""
    return Money(minor, currency.upper())


def display(minor: int, currency: str) -> str:
    """As Stripe's messages show an amount: "$0.50", or "12.00 sek" where no sign is known."""
    major = money(minor, currency).major(EXPONENTS)
    sign = _SIGNS.get(currency)
    return f"{sign}{major}" if sign else f"{major} {currency}"


def known_currency(text: str, param: str = "currency") -> str:
    """In lower case. Raises ProviderError for what Stripe does not support."""
    currency = text.lower()
    if currency not in _CURRENCIES:
        raise Errors.CURRENCY_INVALID(f"Invalid currency: {currency}", param=param)
    return currency


def least(currency: str) -> int:
    """The smallest amount that Stripe charges."""
    return _MINIMA.get(currency, 1)


def check_charge(amount: int, currency: str, param: str = "amount") -> None:
    """Raises ProviderError for an amount that Stripe would not charge."""
    smallest = least(currency)
    if amount < smallest:
        raise Errors.AMOUNT_TOO_SMALL(
            f"Amount must be at least {display(smallest, currency)} {currency}", param=param
        )
    if amount > AMOUNT_MAX:
        raise Errors.AMOUNT_TOO_LARGE(
            f"Amount must be no more than {display(AMOUNT_MAX, currency)}", param=param
        )
    if EXPONENTS.get(currency.upper()) == 3 and amount % 10:
        raise Errors.PARAMETER_INVALID_INTEGER(
            f"Amounts in {currency} must be rounded to the nearest ten: the last digit must be 0.",
            param=param,
        )
    if currency in _WHOLE_ONLY and amount % 100:
        raise Errors.PARAMETER_INVALID_INTEGER(
            f"Amounts in {currency} must be evenly divisible by 100.", param=param
        )
