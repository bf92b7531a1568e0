"""What a subscription bills: its items with their prices, and the lines they make for a period.

https://docs.stripe.com/billing/subscriptions/multiple-products
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from paydouble.core.clock import Instant
from paydouble.providers.stripe.amounts import display
from paydouble.providers.stripe.catalog import priced
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import Price, Product, TaxRate
from paydouble.providers.stripe.models.invoices import Line
from paydouble.providers.stripe.models.shapes import EMPTY, Json
from paydouble.providers.stripe.models.subscriptions import Item, Subscription
from paydouble.providers.stripe.owning import referred
from paydouble.providers.stripe.pricing import cost, decimal_text, rounded
from paydouble.providers.stripe.scene import Scene

ITEMS_MAX = 20
Params = Mapping[str, Any]


async def items_of(
    scene: Scene, given: Sequence[Params], currency: str = "", *, param: str = "items"
) -> tuple[tuple[Item, ...], str]:
    """The items asked for, and their currency. Raises ProviderError where they do not fit together."""
    if not 0 < len(given) <= ITEMS_MAX:
        raise Errors.PARAMETER_INVALID(f"A subscription has 1 to {ITEMS_MAX} items.", param=param)
    made: list[Item] = []
    for index, each in enumerate(given):
        price = await price_of(scene, each, f"{param}[{index}]")
        if price.recurring is None:
            raise Errors.PARAMETER_INVALID(
                "The price specified is set to `type=one_time` but this field only accepts prices with "
                "`type=recurring`.",
                param=f"{param}[{index}][price]",
            )
        rates = await tax_rates(scene, each.get("tax_rates") or (), f"{param}[{index}][tax_rates]")
        made.append(item_made(scene, price, each, rates))
    return tuple(made), one_currency(made, currency, param)


def item_made(scene: Scene, price: Price, given: Params, rates: tuple[Json, ...]) -> Item:
    return Item(
        id=scene.id("si_", 14),
        created=scene.now,
        price=price.shown(),
        plan=price.as_plan(),
        quantity=given.get("quantity", 1),
        metadata=merged({}, given.get("metadata")),
        tax_rates=rates,
    )


def one_currency(items: Sequence[Item], currency: str, param: str = "items") -> str:
    """Raises ProviderError where prices differ in currency or interval, or come twice."""
    first = items[0].price
    wanted = currency or str(first["currency"])
    for index, item in enumerate(items):
        recurring, like = item.price["recurring"], first["recurring"]
        where = f"{param}[{index}][price]"
        if item.price["currency"] != wanted:
            raise Errors.PARAMETER_INVALID(
                "The price specified supports a different currency from the one of this subscription.",
                param=where,
            )
        if any(recurring[name] != like[name] for name in ("interval", "interval_count")):
            raise Errors.PARAMETER_INVALID(
                "All prices on a subscription must have the same `recurring.interval` and "
                "`recurring.interval_count`.",
                param=where,
            )
        if any(item.price_id == other.price_id for other in items[:index]):
            raise Errors.PARAMETER_INVALID(
                "Cannot add multiple subscription items with the same price.", param=where
            )
    return wanted


async def price_of(scene: Scene, given: Params, where: str) -> Price:
    """By its id, or made from `price_data`. Raises ProviderError."""
    if given.get("price_data"):
        return await priced(scene, given["price_data"])
    id = given.get("price") or given.get("plan")
    if not id:
        raise Errors.PARAMETER_MISSING(f"Missing required param: {where}[price].", param=f"{where}[price]")
    price = await referred(scene, Price, id, "price", param=f"{where}[price]")
    if not price.active:
        raise Errors.PARAMETER_INVALID(
            "The price specified is inactive. This field only accepts active prices.",
            param=f"{where}[price]",
        )
    return price


async def tax_rates(scene: Scene, ids: Sequence[str] | str, param: str) -> tuple[Json, ...]:
    """As they are shown. Raises ProviderError."""
    return tuple(
        [
            (await referred(scene, TaxRate, id, "tax rate", param=f"{param}[{index}]")).shown()
            for index, id in enumerate(ids or ())
        ]
    )


async def price_behind(scene: Scene, item: Item) -> Price:
    price = await scene.work.get(Price, item.price_id)
    assert price is not None, f"{item.id} has no price"
    return price


async def lines_for(
    scene: Scene, subscription: Subscription, start: Instant, end: Instant, share: Decimal = Decimal(1)
) -> list[Line]:
    """One line an item; `share` is the part of a whole period that is billed."""
    lines = []
    for item in subscription.items:
        price = await price_behind(scene, item)
        whole = cost(price, item.quantity, subscription.currency)
        lines.append(
            Line(
                id=scene.id("il_1"),
                amount=rounded(whole * share),
                currency=subscription.currency,
                description=await described(scene, price, item.quantity),
                period_start=start,
                period_end=end,
                price=price.id,
                product=price.product,
                quantity=item.quantity,
                subscription=subscription.id,
                subscription_item=item.id,
                tax_rates=item.tax_rates,
                discounts=item.discounts,
                metadata=subscription.metadata,
                unit_amount_decimal=price.unit_amount_decimal or decimal_text(Decimal(whole)),
                proration=share != 1,
            )
        )
    return lines


async def described(scene: Scene, price: Price, quantity: int) -> str:
    """As in "1 × T-shirt (at $20.00 / month)"."""
    product = await scene.work.get(Product, price.product)
    name = product.name if product is not None else price.product
    recurring = price.recurring or EMPTY
    per = f" / {recurring['interval']}" if recurring else ""
    if recurring and recurring["interval_count"] != 1:
        per = f" every {recurring['interval_count']} {recurring['interval']}s"
    at = display(price.unit_amount, price.currency) if price.unit_amount is not None else "tiers"
    return f"{quantity} × {name} (at {at}{per})"
