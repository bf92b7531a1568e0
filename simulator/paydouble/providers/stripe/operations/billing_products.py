"""Products (https://docs.stripe.com/api/products)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.catalog import priced
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import Price, Product
from paydouble.providers.stripe.owning import owned, referred, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_catalog import ProductCreate, ProductList, ProductUpdate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import of_call

_URL = "/v1/products"
_DOCS = "https://docs.stripe.com/api/products/"
_PLAIN = ("active", "default_price", "description", "name", "package_dimensions", "shippable",
          "statement_descriptor", "tax_code", "unit_label", "url")
_LISTS = ("images", "marketing_features")


def _changes(params: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, Any]:
    changes: dict[str, Any] = {name: params[name] for name in _PLAIN if name in params}
    changes |= {name: tuple(params[name] or ()) for name in _LISTS if name in params}
    if "package_dimensions" in changes:
        changes["package_dimensions"] = changes["package_dimensions"] or None
    changes["metadata"] = merged(before, params.get("metadata"))
    return changes


@operation(
    "products.create",
    Route("v1", "POST", _URL),
    means=("product.create",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_EXISTS, Errors.PARAMETER_INVALID),
    docs=_DOCS + "create",
)
async def create(call: Call[ProductCreate]) -> Reply:
    """Creates a product, with a first price if one is described."""
    scene, params = of_call(call), call.params
    id = params.get("id") or scene.id("prod_", 14)
    if await scene.work.get(Product, id) is not None:
        raise Errors.RESOURCE_EXISTS("Product already exists.", param="id")
    product = Product(
        id=id, created=scene.now, updated=scene.now, merchant=scene.account, **_changes(params, {})
    )
    if "default_price_data" in params:
        price = await priced(scene, {**params["default_price_data"], "product": id}, named=product)
        product = replace(product, default_price=price.id)
    scene.work.save(product)
    scene.tell("product.created", product)
    return Reply(product.shown(), subject=product)


@operation(
    "products.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("product.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a product."""
    product = await owned(of_call(call), Product, call.params["id"], "product")
    return Reply(product.shown(), subject=product)


@operation(
    "products.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("product.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING),
    docs=_DOCS + "update",
)
async def update(call: Call[ProductUpdate]) -> Reply:
    """Changes what is sent, and leaves the rest."""
    scene, params = of_call(call), call.params
    before = await owned(scene, Product, params["id"], "product")
    if params.get("default_price"):
        price = await referred(scene, Price, params["default_price"], "price", param="default_price")
        if price.product != before.id:
            raise Errors.PARAMETER_INVALID(
                f"The price specified is not a price of the product {before.id}.", param="default_price"
            )
    after = replace(before, **_changes(params, before.metadata))
    if after != before:
        after = replace(after, updated=scene.now)
    told(scene, "product.updated", before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "products.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("product.delete",),
    errors=(Errors.RESOURCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Deletes a product that has no prices."""
    scene = of_call(call)
    product = await owned(scene, Product, call.params["id"], "product")
    if await scene.work.find(Price, "product", product.id) is not None:
        raise Errors.PARAMETER_INVALID(
            "This product cannot be deleted because it has one or more user-created prices.", param="id"
        )
    scene.work.remove(product)
    scene.tell("product.deleted", product)
    return Reply({"id": product.id, "object": "product", "deleted": True}, subject=product)


@operation(
    "products.list",
    Route("v1", "GET", _URL),
    means=("product.list",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_products(call: Call[ProductList]) -> Reply:
    """Lists products, newest first."""
    params = call.params

    def wanted(product: Product) -> bool:
        return (
            params.get("active") in (None, product.active)
            and params.get("shippable") in (None, product.shippable)
            and params.get("url") in (None, product.url)
            and ("ids" not in params or product.id in params["ids"])
        )

    found, more = await lists.page(
        call, Product, "product", index=("merchant", call.account), where=wanted
    )
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, update, delete, list_products)
