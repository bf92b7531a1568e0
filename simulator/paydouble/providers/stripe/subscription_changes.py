"""A subscription is changed: other items, other quantities, and what the rest of its period costs then.

https://docs.stripe.com/billing/subscriptions/prorations
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from paydouble.core.clock import Instant, from_unix
from paydouble.providers.stripe import billed_items, periods
from paydouble.providers.stripe.errors import Errors, missing_reference
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import Price, Product
from paydouble.providers.stripe.models.invoices import InvoiceItem
from paydouble.providers.stripe.models.subscriptions import Item, Subscription
from paydouble.providers.stripe.pricing import cost, rounded
from paydouble.providers.stripe.scene import Scene

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The subscription as it will be, and the prorations that come with it, not yet saved."""

    subscription: Subscription
    prorations: tuple[InvoiceItem, ...]
    restarts: bool
    """Its cycle begins anew, and is billed at once."""


async def changed(scene: Scene, before: Subscription, params: Params) -> Changed:
    """What `items` make of it. Raises ProviderError."""
    items = await _items(scene, before, params.get("items") or ())
    billed_items.one_currency(items, before.currency)
    after = replace(before, items=items)
    other_cycle = after.interval != before.interval
    restarts = (other_cycle or params.get("billing_cycle_anchor") == "now") and before.status != "trialing"
    if restarts:
        after = replace(
            after,
            billing_cycle_anchor=scene.now,
            period_start=scene.now,
            period_end=periods.plus(scene.now, *after.interval),
        )
    if params.get("proration_behavior") == "none" or before.status in ("trialing", "incomplete"):
        return Changed(subscription=after, prorations=(), restarts=restarts)
    at = _at(scene, before, params)
    prorations = await _prorations(scene, before, after, at, only_credit=restarts)
    return Changed(subscription=after, prorations=tuple(prorations), restarts=restarts)


def _at(scene: Scene, subscription: Subscription, params: Params) -> Instant:
    if "proration_date" not in params:
        return scene.now
    at = from_unix(params["proration_date"])
    if not subscription.period_start <= at <= subscription.period_end:
        raise Errors.PARAMETER_INVALID(
            "Cannot specify `proration_date` outside of the current period.", param="proration_date"
        )
    return at


async def _items(scene: Scene, before: Subscription, given: Sequence[Params]) -> tuple[Item, ...]:
    items = {item.id: item for item in before.items}
    for index, each in enumerate(given):
        id, where = each.get("id", ""), f"items[{index}]"
        if not id:
            made, _ = await billed_items.items_of(scene, [each], before.currency)
            items[made[0].id] = made[0]
        elif id not in items:
            raise missing_reference("subscription item", id, param=f"{where}[id]")
        elif each.get("deleted"):
            del items[id]
        else:
            items[id] = await changed_item(scene, items[id], each, where)
    if not items:
        raise Errors.PARAMETER_INVALID(
            "A subscription must have at least one active plan. In order to cancel it, cancel the "
            "subscription itself.",
            param="items",
        )
    if len(items) > billed_items.ITEMS_MAX:
        raise Errors.PARAMETER_INVALID(
            f"A subscription has at most {billed_items.ITEMS_MAX} items.", param="items"
        )
    return tuple(items.values())


async def changed_item(scene: Scene, item: Item, given: Params, where: str) -> Item:
    """Raises ProviderError."""
    changes: dict[str, Any] = {"metadata": merged(item.metadata, given.get("metadata"))}
    if given.get("price") or given.get("price_data") or given.get("plan"):
        price = await billed_items.price_of(scene, given, where)
        if price.recurring is None:
            raise Errors.PARAMETER_INVALID(
                "The price specified is set to `type=one_time` but this field only accepts prices with "
                "`type=recurring`.",
                param=f"{where}[price]",
            )
        changes |= {"price": price.shown(), "plan": price.as_plan()}
    if "quantity" in given:
        changes["quantity"] = given["quantity"]
    if "tax_rates" in given:
        changes["tax_rates"] = await billed_items.tax_rates(
            scene, given["tax_rates"], f"{where}[tax_rates]"
        )
    return replace(item, **changes)


async def _prorations(
    scene: Scene, before: Subscription, after: Subscription, at: Instant, *, only_credit: bool
) -> list[InvoiceItem]:
    """A credit for the unused rest of what was, a debit for the rest of what will be; to the second."""
    share = Decimal(before.period_end // 1_000 - at // 1_000) / Decimal(
        before.period_end // 1_000 - before.period_start // 1_000
    )
    was, will = {item.id: item for item in before.items}, {item.id: item for item in after.items}
    made: list[InvoiceItem] = []
    for id, item in was.items():
        new = will.get(id)
        if new is None or only_credit or (new.price_id, new.quantity) != (item.price_id, item.quantity):
            made.append(await _proration(scene, before, item, at, -share, "Unused time on"))
    if only_credit:
        return made
    for id, item in will.items():
        old = was.get(id)
        if old is None or (old.price_id, old.quantity) != (item.price_id, item.quantity):
            made.append(await _proration(scene, before, item, at, share, "Remaining time on"))
    return made


async def _proration(
    scene: Scene, subscription: Subscription, item: Item, at: Instant, share: Decimal, words: str
) -> InvoiceItem:
    price = await billed_items.price_behind(scene, item)
    day = datetime.fromtimestamp(at // 1_000, UTC).strftime("%d %b %Y")
    named = await _named(scene, price)
    times = f"{item.quantity} × " if item.quantity != 1 else ""
    return InvoiceItem(
        id=scene.id("ii_1"),
        created=scene.now,
        merchant=scene.account,
        customer=subscription.customer,
        amount=rounded(cost(price, item.quantity, subscription.currency) * share),
        currency=subscription.currency,
        description=f"{words} {times}{named} after {day}",
        discountable=False,
        period_start=at,
        period_end=subscription.period_end,
        price=price.id,
        product=price.product,
        proration=True,
        quantity=item.quantity,
        subscription=subscription.id,
        subscription_item=item.id,
        tax_rates=item.tax_rates,
        test_clock=subscription.test_clock,
        unit_amount_decimal=price.unit_amount_decimal,
    )


async def _named(scene: Scene, price: Price) -> str:
    product = await scene.work.get(Product, price.product)
    return product.name if product is not None else price.product


def kept(scene: Scene, prorations: Sequence[InvoiceItem]) -> None:
    """Pending until the next invoice."""
    for item in prorations:
        scene.work.save(item)
        scene.tell("invoiceitem.created", item)


def unused(before: Subscription, now: Instant) -> bool:
    return before.status in ("active", "past_due") and before.period_end > now


async def canceled_early(scene: Scene, before: Subscription) -> list[InvoiceItem]:
    """The credit for what is left of the period."""
    if not unused(before, scene.now):
        return []
    return await _prorations(scene, before, before, scene.now, only_credit=True)
