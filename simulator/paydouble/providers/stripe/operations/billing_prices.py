"""Prices (https://docs.stripe.com/api/prices)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.catalog import options_of, priced, take_lookup_key
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import Price
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.owning import owned, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_catalog import PriceCreate, PriceList, PriceUpdate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import of_call

_URL = "/v1/prices"
_DOCS = "https://docs.stripe.com/api/prices/"
@operation(
    "prices.create",
    Route("v1", "POST", _URL),
    means=("price.create",),
    idempotency=ONCE,
    errors=(
        Errors.CURRENCY_INVALID, Errors.PARAMETERS_EXCLUSIVE, Errors.PARAMETER_MISSING,
        Errors.PARAMETER_INVALID, Errors.REFERENCE_MISSING, Errors.RESOURCE_EXISTS,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[PriceCreate]) -> Reply:
    """Creates a price of a product; its amount can never be changed."""
    price = await priced(of_call(call), call.params)
    return Reply(price.shown(), subject=price)


@operation(
    "prices.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("price.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a price."""
    price = await owned(of_call(call), Price, call.params["id"], "price", param="price")
    return Reply(price.shown(), subject=price)


@operation(
    "prices.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("price.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "update",
)
async def update(call: Call[PriceUpdate]) -> Reply:
    """Changes what is not about money: active, nickname, lookup key, metadata."""
    scene, params = of_call(call), call.params
    before = await owned(scene, Price, params["id"], "price", param="price")
    key = params.get("lookup_key", "")
    if key and key != before.lookup_key:
        await take_lookup_key(scene, key, transfer=params.get("transfer_lookup_key", False))
    changes: dict[str, Any] = {
        name: params[name] for name in ("active", "lookup_key", "nickname", "tax_behavior") if name in params
    }
    if "currency_options" in params:
        changes["currency_options"] = {**before.currency_options, **options_of(params)}
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")), **changes)
    told(scene, "price.updated", before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "prices.list",
    Route("v1", "GET", _URL),
    means=("price.list",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_prices(call: Call[PriceList]) -> Reply:
    """Lists prices, newest first."""
    params = call.params
    product, keys = params.get("product", ""), params.get("lookup_keys")
    asked = params.get("recurring") or EMPTY

    def wanted(price: Price) -> bool:
        return (
            price.merchant == call.account
            and params.get("active") in (None, price.active)
            and params.get("currency", price.currency).lower() == price.currency
            and params.get("type") in (None, price.type)
            and (keys is None or price.lookup_key in keys)
            and all((price.recurring or EMPTY).get(name) == value for name, value in asked.items())
        )

    index = ("product", product) if product else ("merchant", call.account)
    found, more = await lists.page(call, Price, "price", index=index, where=wanted)
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, update, list_prices)
