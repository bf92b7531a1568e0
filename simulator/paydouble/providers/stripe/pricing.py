"""What a quantity of something costs: per unit, in tiers, in packs, and in another currency.

https://docs.stripe.com/products-prices/pricing-models
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from paydouble.providers.stripe.models.catalog import Price
from paydouble.providers.stripe.models.shapes import Json

_WHOLE = Decimal(1)


def rounded(amount: Decimal) -> int:
    """Half away from zero, to the minor unit."""
    return int(amount.quantize(_WHOLE, ROUND_HALF_UP))


def decimal_text(amount: Decimal) -> str:
    """Without zeros at its end, and never with an exponent."""
    text = format(amount.normalize(), "f")
    return "0" if text in ("-0", "0") else text


def unit_amounts(given: Mapping[str, Any]) -> tuple[int | None, str]:
    """`unit_amount` and `unit_amount_decimal`, of which one was sent; the first only where it is whole."""
    if "unit_amount_decimal" in given:
        exact = Decimal(given["unit_amount_decimal"])
    elif "unit_amount" in given:
        exact = Decimal(given["unit_amount"])
    else:
        return None, ""
    return (int(exact) if exact == exact.to_integral_value() else None), decimal_text(exact)


def tier(given: Mapping[str, Any]) -> Json:
    """One tier with all its members."""
    unit, unit_decimal = unit_amounts(given)
    flat, flat_decimal = unit_amounts(
        {name.replace("flat", "unit"): value for name, value in given.items() if name.startswith("flat")}
    )
    return {
        "flat_amount": flat,
        "flat_amount_decimal": flat_decimal or None,
        "unit_amount": unit,
        "unit_amount_decimal": unit_decimal or None,
        "up_to": None if given["up_to"] == "inf" else given["up_to"],
    }


def cost(price: Price, quantity: int, currency: str = "") -> int:
    """In minor units of the price's currency, or of another that its `currency_options` have."""
    option = price.currency_options.get(currency) if currency not in ("", price.currency) else None
    unit = Decimal((option or {}).get("unit_amount_decimal") or price.unit_amount_decimal or 0)
    tiers: Sequence[Json] = (option or {}).get("tiers") or price.tiers
    if price.billing_scheme == "tiered":
        return rounded(_tiered(tiers, quantity, price.tiers_mode))
    return rounded(unit * _packs(price, quantity))


def _packs(price: Price, quantity: int) -> int:
    transform = price.transform_quantity
    if transform is None:
        return quantity
    size = int(transform["divide_by"])
    return quantity // size if transform["round"] == "down" else -(-quantity // size)


def _tiered(tiers: Sequence[Json], quantity: int, mode: str) -> Decimal:
    total, below = Decimal(0), 0
    for each in tiers:
        top = each["up_to"]
        inside = quantity if top is None else min(quantity, int(top))
        last = top is None or quantity <= int(top)
        flat = Decimal(each["flat_amount_decimal"] or 0)
        unit = Decimal(each["unit_amount_decimal"] or 0)
        if mode == "volume" and last:
            return flat + unit * quantity
        if mode == "graduated" and inside > below:
            total += flat + unit * (inside - below)
        if last:
            break
        below = int(top)
    return total
