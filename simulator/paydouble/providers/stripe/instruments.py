"""What can be charged besides cards: which types there are, in which currencies, and how each is confirmed.

https://docs.stripe.com/payments/payment-methods/payment-method-support
"""

from __future__ import annotations

from types import MappingProxyType

from paydouble.core.effect import Outcome, Result
from paydouble.providers.stripe.test_banks import BY_ACCOUNT, SEPA, US
from paydouble.providers.stripe.test_values import BY_NUMBER, Card

CARD = "card"
DEBITS = frozenset({US, SEPA})
"""Take days: they are processed first, and need a mandate."""
QR = "wechat_pay"
REDIRECTS = frozenset(
    "alipay ideal bancontact eps p24 giropay sofort grabpay klarna affirm afterpay_clearpay paypal "
    "amazon_pay "
    "revolut_pay mobilepay twint kakao_pay naver_pay payco samsung_pay satispay alma billie".split()
)
"""The payer is sent to a page of the method, and the result is known at once."""
VOUCHERS = MappingProxyType({"boleto": "brl", "konbini": "jpy", "multibanco": "eur", "oxxo": "mxn"})
"""The payer takes a number to a shop or a bank machine; each has one currency."""
CHARGEABLE = frozenset({CARD, QR, *DEBITS, *REDIRECTS, *VOUCHERS})
NO_MANUAL_CAPTURE = frozenset({"alipay", QR, *DEBITS, *VOUCHERS})

_ALIPAY = frozenset("aud cad cny eur gbp hkd jpy myr nzd sgd usd".split())
_EURO = frozenset({"eur"})
CURRENCIES = MappingProxyType({
    "alipay": _ALIPAY, QR: _ALIPAY | frozenset("chf dkk nok sek".split()), US: frozenset({"usd"}),
    SEPA: _EURO, "ideal": _EURO, "bancontact": _EURO, "eps": _EURO, "giropay": _EURO, "sofort": _EURO,
    "p24": frozenset({"eur", "pln"}),
    **{type: frozenset({currency}) for type, currency in VOUCHERS.items()},
})  # fmt: skip
"""Of the types that do not take every currency."""

NO_CARD = Card("", (), "")
"""Stands where a method that is no card is asked what is special about it."""


def card_numbered(number: str) -> Card:
    """The test card with this number; for an empty one, nothing special."""
    return BY_NUMBER.get(number, NO_CARD)


def first_step(type: str, number: str) -> Outcome | None:
    """What a confirmation of a method that is no card comes to at first."""
    if type in DEBITS:
        account = BY_ACCOUNT.get(number)
        if account is not None and account.blocked:
            return Outcome(Result.DECLINED, native_code=account.failure)
        return Outcome(Result.PENDING)
    return Outcome(Result.REQUIRES_ACTION, action=type)
