"""What a checkout sells: its line items, priced, discounted and taxed as an invoice's lines are.

https://docs.stripe.com/payments/checkout/how-checkout-works
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from paydouble.providers.stripe import billed_items, discounts
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.invoice_totals import taxed
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.accounts_receivable import Discount
from paydouble.providers.stripe.models.catalog import Product
from paydouble.providers.stripe.models.checkout import SoldItem
from paydouble.providers.stripe.models.invoices import Line
from paydouble.providers.stripe.pricing import cost
from paydouble.providers.stripe.scene import Scene

RECURRING_MAX = 20
Params = Mapping[str, Any]


async def sold(scene: Scene, given: Sequence[Params], mode: str, wanted: str = "") -> tuple[SoldItem, ...]:
    """The items that are asked for. Raises ProviderError where they do not fit the mode, or together."""
    if not given:
        raise Errors.PARAMETER_MISSING(
            f"You must provide `line_items` in `{mode}` mode.", param="line_items"
        )
    items = []
    for index, each in enumerate(given):
        where = f"line_items[{index}]"
        price = await billed_items.price_of(scene, each, where)
        if price.custom_unit_amount is not None:
            raise Errors.PARAMETER_INVALID(
                "PayDouble does not sell at prices that customers choose.", param=f"{where}[price]"
            )
        quantity = each.get("quantity", 1 if price.billing_scheme == "per_unit" else 0)
        if "quantity" not in each:
            raise Errors.PARAMETER_MISSING("Quantity is required. Add `quantity` to the line item.",
                                           param=f"{where}[quantity]")
        product = await scene.work.get(Product, price.product)
        currency = wanted if wanted in price.currency_options else price.currency
        amount = cost(price, quantity, currency)
        items.append(SoldItem(
            id=scene.id("li_1"), price=price.shown(), product=price.product, quantity=quantity,
            description=product.name if product is not None else price.product, currency=currency,
            amount_subtotal=amount, amount_total=amount, metadata=merged({}, each.get("metadata")),
            adjustable_quantity=each.get("adjustable_quantity"),
            tax_rates=await billed_items.tax_rates(scene, each.get("tax_rates") or (), f"{where}[tax_rates]"),
        ))
    _check(items, mode)
    return tuple(items)


def _check(items: Sequence[SoldItem], mode: str) -> None:
    recurring = [item for item in items if item.recurring]
    if mode == "payment" and recurring:
        raise Errors.PARAMETER_INVALID(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode "
            "or use only one-time prices.", param="line_items[0][price]",
        )
    if mode == "subscription" and not recurring:
        raise Errors.PARAMETER_INVALID(
            "You must provide at least one recurring price in `subscription` mode when using prices.",
            param="line_items[0][price]",
        )
    if len(recurring) > RECURRING_MAX:
        raise Errors.PARAMETER_INVALID(f"At most {RECURRING_MAX} recurring prices.", param="line_items")
    if len({item.currency for item in items}) > 1:
        raise Errors.PARAMETER_INVALID(
            "All prices of a Checkout Session must have the same currency.", param="line_items"
        )
    cycles = {(item.price["recurring"]["interval"], item.price["recurring"]["interval_count"])
              for item in recurring}
    if len(cycles) > 1:
        raise Errors.PARAMETER_INVALID(
            "Checkout does not support multiple prices with different billing intervals.", param="line_items"
        )


def totaled(
    scene: Scene, items: Sequence[SoldItem], held: Sequence[Discount], *, trial: bool = False
) -> tuple[SoldItem, ...]:
    """With what is taken off and added; recurring items cost nothing in a trial."""
    lines = [
        Line(
            id=item.id, amount=0 if trial and item.recurring else item.amount_subtotal,
            currency=item.currency, product=item.product, period_start=scene.now, period_end=scene.now,
            tax_rates=item.tax_rates,
        )
        for item in items
    ]
    lines = discounts.taken_off(lines, held, items[0].currency if items else "")
    priced = [taxed(line, (), "none") for line in lines]
    return tuple(
        replace(
            item, amount_subtotal=line.amount, amount_discount=line.discounted,
            amount_tax=sum(int(tax["amount"]) for tax in line.taxes), taxes=line.taxes,
            discount_amounts=line.discount_amounts,
            amount_total=line.amount - line.discounted + line.exclusive_tax,
        )
        for item, line in zip(items, priced, strict=True)
    )
