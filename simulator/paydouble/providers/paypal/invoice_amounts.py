"""What an invoice comes to: items, discounts, taxes, shipping; rounded half up, line by line.

https://developer.paypal.com/docs/api/invoicing/v2/#definition-amount_summary_detail
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from paydouble.core.errors import ProviderError
from paydouble.providers.paypal.amounts import CURRENCIES, EXPONENTS, VALUE_MAX, Json, decimal_of, shown_minor
from paydouble.providers.paypal.invoice_errors import InvoiceErrors

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Summed:
    """The items as answers show them, what they come to, and how."""

    items: tuple[Json, ...]
    total_minor: int
    breakdown: Json


def check_currency(currency: str, at: str) -> None:
    """Raises NOT_SUPPORTED."""
    if currency not in CURRENCIES:
        raise refused(InvoiceErrors.NOT_SUPPORTED, at, currency)


def refused(row: InvoiceErrors, field: str, value: object = "") -> ProviderError:
    return row(field=field, value=str(value), location="body")


def minor_of(money: Mapping[str, Any], currency: str, at: str) -> int:
    """Minor units. Raises where it is another currency's, negative, or has too many decimals."""
    if money["currency_code"] != currency:
        raise refused(InvoiceErrors.CURRENCY_MISMATCH, f"{at}/currency_code", money["currency_code"])
    number = decimal_of(money.get("value", ""))
    scaled = number.scaleb(EXPONENTS.get(currency, 2)) if number is not None else Decimal(-1)
    if scaled < 0 or scaled > VALUE_MAX or scaled != scaled.to_integral_value():
        raise refused(InvoiceErrors.INVALID_PARAMETER_SYNTAX, f"{at}/value", money.get("value", ""))
    return int(scaled)


def summed(
    items: tuple[Mapping[str, Any], ...], asked: Mapping[str, Any], configuration: Mapping[str, Any],
    currency: str,
) -> Summed:
    """`asked`: the `amount.breakdown` of the request: discount, shipping and a custom amount."""
    lines = [_Line.of(item, currency, f"/items/{number}") for number, item in enumerate(items)]
    after_discount = configuration.get("tax_calculated_after_discount", True)
    inclusive = configuration.get("tax_inclusive", False)
    item_total = sum(line.gross for line in lines)
    item_discount = sum(line.discount for line in lines)
    rest = item_total - item_discount
    off = (asked.get("discount") or {}).get("invoice_discount") or {}
    invoice_discount = _part(off, rest, currency, "/amount/breakdown/discount/invoice_discount")
    share = Decimal(invoice_discount) / rest if rest and after_discount else Decimal(0)
    taxes = [line.taxed(share, after_discount=after_discount, inclusive=inclusive) for line in lines]
    shipping, shipping_tax = _shipping(asked.get("shipping") or {}, currency)
    custom = asked.get("custom") or {}
    extra = _extra(custom, currency)
    added = 0 if inclusive else sum(taxes)
    total = rest - invoice_discount + added + shipping + shipping_tax + extra
    if total < 0:
        raise refused(InvoiceErrors.NEGATIVE_TOTAL, "/amount/breakdown/discount")
    if total > VALUE_MAX:
        raise refused(InvoiceErrors.INVALID_PARAMETER_VALUE, "/items")

    def money(minor: int) -> Json:
        return shown_minor(minor, currency)

    breakdown: Json = {"item_total": money(item_total)}
    if item_discount or invoice_discount:
        percent = {"percent": off["percent"]} if "percent" in off and "amount" not in off else {}
        breakdown["discount"] = {
            "invoice_discount": {**percent, "amount": money(-invoice_discount)},
            "item_discount": money(-item_discount),
        }
    breakdown["tax_total"] = money(sum(taxes) + shipping_tax)
    if "shipping" in asked:
        tax = (asked["shipping"] or {}).get("tax")
        told = {"tax": {**tax, "amount": money(shipping_tax)}} if tax else {}
        breakdown["shipping"] = {"amount": money(shipping), **told}
    if custom:
        breakdown["custom"] = {"label": custom["label"], "amount": money(extra)}
    shown = tuple(line.shown(tax, currency) for line, tax in zip(lines, taxes, strict=True))
    return Summed(shown, total, breakdown)


@dataclass(frozen=True, slots=True)
class _Line:
    """One item; amounts in minor units."""

    item: Mapping[str, Any]
    gross: int
    discount: int

    @classmethod
    def of(cls, item: Mapping[str, Any], currency: str, at: str) -> _Line:
        quantity = decimal_of(item["quantity"])
        if quantity is None or quantity < 0:
            raise refused(InvoiceErrors.INVALID_PARAMETER_SYNTAX, f"{at}/quantity", item["quantity"])
        gross = _rounded(quantity * minor_of(item["unit_amount"], currency, f"{at}/unit_amount"))
        if gross > VALUE_MAX:
            raise refused(InvoiceErrors.INVALID_PARAMETER_VALUE, f"{at}/quantity", item["quantity"])
        return cls(item, gross, _part(item.get("discount") or {}, gross, currency, f"{at}/discount"))

    def taxed(self, share: Decimal, *, after_discount: bool, inclusive: bool) -> int:
        """The tax on this line; `share` of it is taken off by the discount on the whole invoice."""
        tax = self.item.get("tax")
        if not tax:
            return 0
        net = self.gross - self.discount if after_discount else self.gross
        base, percent = net * (1 - share), _percent(tax["percent"], "/items/tax")
        return _rounded(base * percent / (_HUNDRED + percent) if inclusive else base * percent / _HUNDRED)

    def shown(self, tax: int, currency: str) -> Json:
        told = dict(self.item)
        if self.item.get("tax"):
            told["tax"] = {**self.item["tax"], "amount": shown_minor(tax, currency)}
        if self.discount:
            told["discount"] = {**self.item["discount"], "amount": shown_minor(-self.discount, currency)}
        return told


def _extra(custom: Mapping[str, Any], currency: str) -> int:
    if "amount" not in custom:
        return 0
    return minor_of(custom["amount"], currency, "/amount/breakdown/custom/amount")


def _rounded(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), ROUND_HALF_UP))


def _part(discount: Mapping[str, Any], whole: int, currency: str, at: str) -> int:
    """An amount goes before a percentage; no more is taken off than there is."""
    if "amount" in discount:
        return min(whole, minor_of(discount["amount"], currency, f"{at}/amount"))
    return _rounded(whole * _percent(discount.get("percent", "0"), at) / _HUNDRED)


def _percent(written: str, at: str) -> Decimal:
    percent = decimal_of(written)
    if percent is None or not 0 <= percent <= _HUNDRED:
        raise refused(InvoiceErrors.INVALID_PARAMETER_VALUE, f"{at}/percent", written)
    return percent


def _shipping(shipping: Mapping[str, Any], currency: str) -> tuple[int, int]:
    """(amount, tax on it)"""
    if "amount" not in shipping:
        return 0, 0
    amount = minor_of(shipping["amount"], currency, "/amount/breakdown/shipping/amount")
    percent = _percent((shipping.get("tax") or {}).get("percent", "0"), "/amount/breakdown/shipping/tax")
    return amount, _rounded(amount * percent / _HUNDRED)
