"""What an order is refused for before it exists: checks of amounts and parties, in order of precedence.

https://developer.paypal.com/api/rest/reference/orders/v2/errors/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.providers.paypal.amounts import (
    CURRENCIES,
    EXPONENTS,
    VALUE_MAX,
    Json,
    decimal_of,
    money_of,
    shown,
)
from paydouble.providers.paypal.known import UNIT, kept
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.payment_errors import PaymentErrors

Unit = Mapping[str, Any]
Check = Callable[[str, Sequence[Unit]], None]
Table = type[OrderErrors] | type[PaymentErrors]

_ADDED = ("item_total", "tax_total", "shipping", "handling", "insurance")
_TAKEN_OFF = ("shipping_discount", "discount")
_CITIES_REQUIRED = ("US", "CA", "GB", "DE", "FR")


def check_order(intent: str, units: Sequence[Unit]) -> None:
    """Raises the first of the table that does not hold."""
    for check in CHECKS:
        check(intent, units)


def check_amount(amount: Mapping[str, Any], at: str, table: Table, *, zero: bool = False) -> None:
    """One amount: currency, sign, decimals, size. With `zero`, a part that may be nothing."""
    currency = str(amount["currency_code"])
    if currency not in CURRENCIES:
        raise _wrong(table.INVALID_CURRENCY_CODE, f"{at}/currency_code", currency)
    number = decimal_of(amount["value"])
    if number is None:
        raise _wrong(table.INVALID_PARAMETER_SYNTAX, f"{at}/value", amount["value"])
    if zero and number < 0:
        raise _wrong(OrderErrors.CANNOT_BE_NEGATIVE, f"{at}/value", amount["value"])
    if not zero and number <= 0:
        raise _wrong(table.CANNOT_BE_ZERO_OR_NEGATIVE, f"{at}/value", amount["value"])
    decimals = -int(number.normalize().as_tuple().exponent)
    written = len(str(amount["value"]).partition(".")[2])
    if EXPONENTS.get(currency, 2) == 0 and (decimals > 0 or written):
        raise _wrong(table.DECIMALS_NOT_SUPPORTED, f"{at}/value", amount["value"])
    if max(decimals, written) > EXPONENTS.get(currency, 2):
        raise _wrong(table.DECIMAL_PRECISION, f"{at}/value", amount["value"])
    if number > VALUE_MAX:
        raise _wrong(OrderErrors.MAX_VALUE_EXCEEDED, f"{at}/value", amount["value"])


def _wrong(row: ErrorTable, field: str, value: object) -> ProviderError:
    return row(field=field, value=str(value), location="body")


def _mismatch(row: ErrorTable, at: str, amount: Mapping[str, Any]) -> ProviderError:
    return _wrong(row, f"{at}/value", amount["value"])


def _amounts(unit: Unit) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All parts of a unit that may be zero, with their places."""
    for name, part in (unit["amount"].get("breakdown") or {}).items():
        yield f"amount/breakdown/{name}", part
    for number, item in enumerate(unit.get("items") or ()):
        yield f"items/{number}/unit_amount", item["unit_amount"]
        if "tax" in item:
            yield f"items/{number}/tax", item["tax"]
    for number, option in enumerate((unit.get("shipping") or {}).get("options") or ()):
        if "amount" in option:
            yield f"shipping/options/{number}/amount", option["amount"]
    for number, fee in enumerate((unit.get("payment_instruction") or {}).get("platform_fees") or ()):
        yield f"payment_instruction/platform_fees/{number}/amount", fee["amount"]


def _amounts_are_sound(intent: str, units: Sequence[Unit]) -> None:
    for number, unit in enumerate(units):
        check_amount(unit["amount"], f"/purchase_units/{number}/amount", OrderErrors)
        for place, amount in _amounts(unit):
            check_amount(amount, f"/purchase_units/{number}/{place}", OrderErrors, zero=True)


def _one_currency(intent: str, units: Sequence[Unit]) -> None:
    currencies = {unit["amount"]["currency_code"] for unit in units}
    currencies |= {amount["currency_code"] for unit in units for _, amount in _amounts(unit)}
    if len(currencies) > 1:
        raise OrderErrors.MULTI_CURRENCY_ORDER(field="/purchase_units", location="body")


def _references(intent: str, units: Sequence[Unit]) -> None:
    names = [unit.get("reference_id") for unit in units]
    if len(units) > 1:
        for number, name in enumerate(names):
            if not name:
                field = f"/purchase_units/{number}/reference_id"
                raise OrderErrors.REFERENCE_ID_REQUIRED(field=field, value="", location="body")
    if len(set(names)) < len(names):
        raise OrderErrors.DUPLICATE_REFERENCE_ID(field="/purchase_units/1/reference_id", location="body")


def _intent_fits(intent: str, units: Sequence[Unit]) -> None:
    if intent == "AUTHORIZE" and len(units) > 1:
        raise OrderErrors.UNSUPPORTED_INTENT(field="/intent", value=intent, location="body")


def _items_add_up(intent: str, units: Sequence[Unit]) -> None:
    for number, unit in enumerate(units):
        items = unit.get("items") or ()
        breakdown = unit["amount"].get("breakdown") or {}
        at = f"/purchase_units/{number}/amount/breakdown"
        if items and "item_total" not in breakdown:
            raise OrderErrors.ITEM_TOTAL_REQUIRED(field=f"{at}/item_total", location="body")
        total = sum((_of(item["unit_amount"]) * int(item["quantity"]) for item in items), Decimal(0))
        if items and total != _of(breakdown["item_total"]):
            raise _mismatch(OrderErrors.ITEM_TOTAL_MISMATCH, f"{at}/item_total", breakdown["item_total"])
        taxed = [item for item in items if "tax" in item]
        if taxed and "tax_total" not in breakdown:
            raise OrderErrors.TAX_TOTAL_REQUIRED(field=f"{at}/tax_total", location="body")
        tax = sum((_of(item["tax"]) * int(item["quantity"]) for item in taxed), Decimal(0))
        if taxed and tax != _of(breakdown["tax_total"]):
            raise _mismatch(OrderErrors.TAX_TOTAL_MISMATCH, f"{at}/tax_total", breakdown["tax_total"])


def _breakdown_adds_up(intent: str, units: Sequence[Unit]) -> None:
    for number, unit in enumerate(units):
        amount = unit["amount"]
        breakdown = amount.get("breakdown") or {}
        if not breakdown:
            continue
        total = sum((_of(breakdown[name]) for name in _ADDED if name in breakdown), Decimal(0))
        total -= sum((_of(breakdown[name]) for name in _TAKEN_OFF if name in breakdown), Decimal(0))
        if total != _of(amount):
            raise _mismatch(OrderErrors.AMOUNT_MISMATCH, f"/purchase_units/{number}/amount", amount)


def _shipping_is_whole(intent: str, units: Sequence[Unit]) -> None:
    for number, unit in enumerate(units):
        shipping = unit.get("shipping") or {}
        at = f"/purchase_units/{number}/shipping"
        address = shipping.get("address") or {}
        if address.get("country_code") in _CITIES_REQUIRED:
            if not address.get("admin_area_2"):
                raise OrderErrors.CITY_REQUIRED(field=f"{at}/address/admin_area_2", location="body")
            if not address.get("postal_code"):
                raise OrderErrors.POSTAL_CODE_REQUIRED(field=f"{at}/address/postal_code", location="body")
        options = shipping.get("options") or ()
        selected = sum(bool(option["selected"]) for option in options)
        if options and not selected:
            raise OrderErrors.SHIPPING_OPTION_NOT_SELECTED(field=f"{at}/options", location="body")
        if selected > 1:
            raise OrderErrors.MULTIPLE_SHIPPING_OPTION_SELECTED(field=f"{at}/options", location="body")


def _platform_fees(intent: str, units: Sequence[Unit]) -> None:
    for number, unit in enumerate(units):
        instruction = unit.get("payment_instruction") or {}
        at = f"/purchase_units/{number}/payment_instruction"
        if intent == "AUTHORIZE" and instruction.get("platform_fees"):
            raise OrderErrors.UNSUPPORTED_PAYMENT_INSTRUCTION(field=at, location="body")
        for fee in instruction.get("platform_fees") or ():
            if _of(fee["amount"]) > _of(unit["amount"]):
                raise _wrong(
                    OrderErrors.INVALID_PLATFORM_FEES_AMOUNT, f"{at}/platform_fees/0/amount/value",
                    fee["amount"]["value"],
                )


CHECKS: tuple[Check, ...] = (
    _amounts_are_sound, _one_currency, _references, _intent_fits, _items_add_up, _breakdown_adds_up,
    _shipping_is_whole, _platform_fees,
)


def _of(amount: Mapping[str, Any]) -> Decimal:
    number = decimal_of(amount["value"])
    assert number is not None, f"{amount} was checked before"
    return number


def normal(unit: Unit, seller: Mapping[str, str]) -> Json:
    """As answers show it: every amount with its decimals, and the payee always named."""
    known = kept(dict(unit), UNIT)
    copied: Json = {"reference_id": unit.get("reference_id") or "default", **_with_decimals(known)}
    copied["payee"] = dict(unit.get("payee") or seller)
    return copied


def _with_decimals(value: Any) -> Any:
    match value:
        case {"currency_code": _, "value": _}:
            rest = {name: _with_decimals(inner) for name, inner in value.items()}
            return rest | shown(money_of(value))
        case dict():
            return {name: _with_decimals(inner) for name, inner in value.items() if inner is not None}
        case list():
            return [_with_decimals(inner) for inner in value]
        case _:
            return value
