"""Classic payments: an order of today under the fields, rules and words of the Payments API v1.

Both APIs work on the same records, as at PayPal: money, ledger and statements know one kind of payment.
https://developer.paypal.com/docs/api/payments/v1/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.money import Money
from paydouble.providers.paypal import cards
from paydouble.providers.paypal.amounts import CURRENCIES, EXPONENTS, Json, decimal_of, shown
from paydouble.providers.paypal.classic_errors import ClassicErrors
from paydouble.providers.paypal.errors import Errors

INTENTS = {"sale": "CAPTURE", "authorize": "AUTHORIZE", "order": "ORDER"}
WALLET, CARD = "paypal", "credit_card"
NOT_AN_AMOUNT = (
    "Currency amount must be non-negative number, may optionally contain exactly 2 decimal places"
    " separated by '.'"
)
DETAILS_DIFFER = "Transaction amount details (subtotal, tax, shipping) must add up to specified amount total"
ITEMS_DIFFER = (
    "Item amount must add up to specified amount subtotal (or total if amount details not specified)"
)
_EXPIRY = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_TOTAL = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,2})?", re.ASCII)
_PARTS = ("subtotal", "tax", "shipping", "handling_fee", "insurance", "gift_wrap", "shipping_discount")
_TAKEN_OFF = "shipping_discount"
_REFUSALS: Mapping[str, ErrorTable] = {
    "00N7": ClassicErrors.CREDIT_CARD_CVV_CHECK_FAILED, "5400": ClassicErrors.EXPIRED_CREDIT_CARD,
    "9500": ClassicErrors.TRANSACTION_REFUSED,
}


def invalid(field: str, issue: str) -> ProviderError:
    return Errors.VALIDATION_ERROR(details=[{"field": field, "issue": issue}])


def money_of(amount: Mapping[str, Any], at: str, name: str = "total") -> Money:
    """Of {currency, total}. Raises VALIDATION_ERROR or CURRENCY_NOT_ALLOWED."""
    currency, text = str(amount["currency"]), str(amount[name])
    if currency not in CURRENCIES:
        raise ClassicErrors.CURRENCY_NOT_ALLOWED()
    if not _TOTAL.fullmatch(text):
        raise invalid(f"{at}.{name}", NOT_AN_AMOUNT)
    number = Decimal(text)
    if number <= 0:
        raise invalid(f"{at}.{name}", "Amount cannot be zero or negative")
    scaled = number.scaleb(EXPONENTS.get(currency, 2))
    if scaled != scaled.to_integral_value():
        raise invalid(f"{at}.{name}", "Amount has too many decimals for its currency")
    return Money(int(scaled), currency)


def written(money: Money, name: str = "total") -> Json:
    """As the classic API writes money."""
    return {name: money.major(EXPONENTS), "currency": money.currency}


def unit_of(transaction: Mapping[str, Any], number: int, seller: Mapping[str, str]) -> Json:
    """The purchase unit that a transaction stands for. Raises where its parts do not add up."""
    at = f"transactions[{number}]"
    amount = transaction["amount"]
    total = money_of(amount, f"{at}.amount")
    unit: Json = {"reference_id": "default" if number == 0 else f"unit-{number}", "amount": shown(total)}
    details = amount.get("details") or {}
    if details:
        _check_details(details, total, at)
    items = (transaction.get("item_list") or {}).get("items") or ()
    _check_items(items, details.get("subtotal", amount["total"]), total.currency, at)
    names = {"custom": "custom_id", "invoice_number": "invoice_id", "description": "description"}
    unit |= {ours: transaction[theirs] for theirs, ours in names.items() if transaction.get(theirs)}
    payee = transaction.get("payee") or {}
    known = {"email": "email_address", "merchant_id": "merchant_id"}
    unit["payee"] = {known[name]: payee[name] for name in known if payee.get(name)} or dict(seller)
    return unit


def _check_details(details: Mapping[str, Any], total: Money, at: str) -> None:
    added = Decimal(0)
    for name in _PARTS:
        if name not in details:
            continue
        number = decimal_of(details[name])
        if number is None or not _TOTAL.fullmatch(str(details[name])):
            raise invalid(f"{at}.amount.details.{name}", NOT_AN_AMOUNT)
        added += -abs(number) if name == _TAKEN_OFF else number
    if added != total.decimal(EXPONENTS):
        raise invalid(f"{at}.amount", DETAILS_DIFFER)


def _check_items(
    items: Sequence[Mapping[str, Any]], subtotal: str, currency: str, at: str
) -> None:
    if not items:
        return
    total = Decimal(0)
    for number, item in enumerate(items):
        price, quantity = decimal_of(item["price"]), decimal_of(item["quantity"])
        if price is None or quantity is None:
            raise invalid(f"{at}.item_list.items[{number}].price", NOT_AN_AMOUNT)
        if item["currency"] != currency:
            raise ClassicErrors.CURRENCY_MISMATCH()
        total += price * quantity
    if total != decimal_of(subtotal):
        raise invalid(f"{at}.item_list.items", ITEMS_DIFFER)


def card_of(payer: Mapping[str, Any]) -> Json:
    """The first card among its funding instruments, as a payment source of today. Raises VALIDATION_ERROR."""
    instruments = payer.get("funding_instruments") or ()
    card = (instruments[0] if instruments else {}).get("credit_card") or {}
    at = "payer.funding_instruments[0].credit_card"
    number, year = str(card.get("number", "")), str(card.get("expire_year", ""))
    month = str(card.get("expire_month", "")).rjust(2, "0")
    if not number or not number.isdecimal() or not cards.passes_luhn(number):
        raise invalid(f"{at}.number", "Must be numeric and a valid card number")
    if not _EXPIRY.fullmatch(f"{year}-{month}"):
        raise invalid(f"{at}.expire_month", "Must be between 1 and 12")
    name = " ".join(filter(None, (card.get("first_name", ""), card.get("last_name", ""))))
    source = {"number": number, "expiry": f"{year}-{month}", "name": name}
    return {"card": source | ({"security_code": card["cvv2"]} if card.get("cvv2") else {})}


def refusal_of_card(code: str) -> ErrorTable:
    """The row for a processor's response code."""
    return _REFUSALS.get(code, ClassicErrors.CREDIT_CARD_REFUSED)
