"""Products and prices as they are made: one way of pricing each, and a lookup key that only one price has.

https://docs.stripe.com/products-prices/how-products-and-prices-work
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.providers.stripe.amounts import known_currency
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.events import event
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import Price, Product
from paydouble.providers.stripe.models.shapes import EMPTY, Json
from paydouble.providers.stripe.owning import referred, told
from paydouble.providers.stripe.pricing import tier, unit_amounts
from paydouble.providers.stripe.scene import Scene

_WAYS = ("unit_amount", "unit_amount_decimal", "custom_unit_amount", "tiers")
_YEARS_MAX = {"day": 1_095, "week": 156, "month": 36, "year": 3}
"""The longest interval is three years."""


async def priced(scene: Scene, params: Mapping[str, Any], *, named: Product | None = None) -> Price:
    """A new price, saved and told. `named` is a product that is being made with it. Raises ProviderError."""
    _check_way(params)
    product = named or await _product(scene, params)
    unit, exact = unit_amounts(params)
    lookup_key = params.get("lookup_key", "")
    if lookup_key:
        await take_lookup_key(scene, lookup_key, transfer=params.get("transfer_lookup_key", False))
    price = Price(
        id=scene.id("price_1"),
        created=scene.now,
        merchant=scene.account,
        product=product.id,
        active=params.get("active", True),
        currency=known_currency(params["currency"]),
        billing_scheme=params.get("billing_scheme", "per_unit"),
        currency_options=options_of(params),
        custom_unit_amount=_custom(params.get("custom_unit_amount")),
        lookup_key=lookup_key,
        metadata=merged({}, params.get("metadata")),
        nickname=params.get("nickname", ""),
        recurring=_recurring(params.get("recurring")),
        tax_behavior=params.get("tax_behavior", "unspecified"),
        tiers=tuple(tier(each) for each in params.get("tiers") or ()),
        tiers_mode=params.get("tiers_mode", ""),
        transform_quantity=params.get("transform_quantity"),
        unit_amount=unit,
        unit_amount_decimal=exact,
    )
    scene.work.save(price)
    scene.tell("price.created", price)
    if price.recurring:
        _tell_plan(scene, "plan.created", price)
    return price


def _tell_plan(scene: Scene, type: str, price: Price) -> None:
    """A recurring price is a plan of the same id, too."""
    made = event(type, price)
    scene.work.announce(replace(made, body=price.as_plan()))


def _check_way(params: Mapping[str, Any]) -> None:
    """One way of pricing. Raises ProviderError."""
    ways = [name for name in _WAYS if params.get(name) is not None]
    if len(ways) > 1:
        raise Errors.PARAMETERS_EXCLUSIVE(
            f"You may only specify one of these parameters: {', '.join(ways)}.", param=ways[0]
        )
    if not ways:
        raise Errors.PARAMETER_MISSING("Missing required param: unit_amount.", param="unit_amount")
    tiered = params.get("billing_scheme") == "tiered"
    if tiered != (ways == ["tiers"]):
        name = "tiers" if tiered else "billing_scheme"
        raise Errors.PARAMETER_INVALID(
            "`tiers` must be set exactly when `billing_scheme=tiered`.", param=name
        )
    if tiered:
        _check_tiers(params)
    elif params.get("tiers_mode"):
        raise Errors.PARAMETER_INVALID(
            "`tiers_mode` can only be set when `billing_scheme=tiered`.", param="tiers_mode"
        )
    if tiered and params.get("transform_quantity"):
        raise Errors.PARAMETER_INVALID(
            "`transform_quantity` cannot be combined with `tiers`.", param="transform_quantity"
        )


def _check_tiers(params: Mapping[str, Any]) -> None:
    if not params.get("tiers_mode"):
        raise Errors.PARAMETER_MISSING("Missing required param: tiers_mode.", param="tiers_mode")
    tops = [each["up_to"] for each in params["tiers"]]
    rising = tops[:-1] == sorted({top for top in tops[:-1] if top != "inf"})
    if not tops or tops[-1] != "inf" or not rising:
        raise Errors.PARAMETER_INVALID(
            "Tiers must rise by `up_to`, and the last one must have `up_to=inf`.", param="tiers"
        )
    for index, each in enumerate(params["tiers"]):
        if not any(
            name in each
            for name in ("unit_amount", "unit_amount_decimal", "flat_amount", "flat_amount_decimal")
        ):
            raise Errors.PARAMETER_MISSING(
                "Each tier must have a `unit_amount` or a `flat_amount`.",
                param=f"tiers[{index}][unit_amount]",
            )


async def _product(scene: Scene, params: Mapping[str, Any]) -> Product:
    """The one that is named, or made from `product_data`. Raises ProviderError."""
    id, data = params.get("product"), params.get("product_data")
    if (id is None) == (data is None):
        row = Errors.PARAMETERS_EXCLUSIVE if id else Errors.PARAMETER_MISSING
        raise row(
            "You must specify either `product` or `product_data` when creating a price.", param="product"
        )
    if id is not None:
        return await referred(scene, Product, id, "product", param="product")
    assert data is not None
    return await product_made(scene, data)


async def product_made(scene: Scene, data: Json) -> Product:
    """From `product_data`, saved and told. Raises ProviderError where its id is taken."""
    id = data.get("id") or scene.id("prod_", 14)
    if await scene.work.get(Product, id) is not None:
        raise Errors.RESOURCE_EXISTS("Product already exists.", param="product_data[id]")
    product = Product(
        id=id,
        created=scene.now,
        updated=scene.now,
        merchant=scene.account,
        name=data["name"],
        active=data.get("active", True),
        description=data.get("description", ""),
        images=tuple(data.get("images") or ()),
        metadata=merged({}, data.get("metadata")),
        statement_descriptor=data.get("statement_descriptor", ""),
        tax_code=data.get("tax_code", ""),
        unit_label=data.get("unit_label", ""),
    )
    scene.work.save(product)
    scene.tell("product.created", product)
    return product


def _recurring(given: Json | None) -> Json | None:
    if given is None:
        return None
    interval, count = given["interval"], given.get("interval_count", 1)
    if count > _YEARS_MAX[interval]:
        raise Errors.PARAMETER_INVALID(
            "You cannot set a recurring interval of more than three years.",
            param="recurring[interval_count]",
        )
    return {
        "interval": interval,
        "interval_count": count,
        "meter": given.get("meter") or None,
        "trial_period_days": None,
        "usage_type": given.get("usage_type", "licensed"),
    }


def _custom(given: Json | None) -> Json | None:
    if not given or not given["enabled"]:
        return None
    return {name: given.get(name) for name in ("maximum", "minimum", "preset")}


def options_of(params: Mapping[str, Any]) -> Mapping[str, Json]:
    """Raises ProviderError for a currency that is not known."""
    options: dict[str, Json] = {}
    for currency, given in (params.get("currency_options") or EMPTY).items():
        unit, exact = unit_amounts(given)
        options[known_currency(currency)] = {
            "custom_unit_amount": _custom(given.get("custom_unit_amount")),
            "tax_behavior": given.get("tax_behavior", "unspecified"),
            **({"tiers": [tier(each) for each in given["tiers"]]} if given.get("tiers") else {}),
            "unit_amount": unit,
            "unit_amount_decimal": exact or None,
        }
    return options


async def take_lookup_key(scene: Scene, key: str, *, transfer: bool) -> None:
    """Only one price has it. Raises ProviderError where another has it and shall keep it."""
    holder = await scene.work.find(Price, "lookup", f"{scene.account}/{key}")
    if holder is None:
        return
    if not transfer:
        raise Errors.PARAMETER_INVALID(
            f"A price ({holder.id}) already uses that lookup key.", param="lookup_key"
        )
    told(scene, "price.updated", holder, replace(holder, lookup_key=""))
