"""Catalog products. https://developer.paypal.com/docs/api/catalog-products/v1/"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import replay
from paydouble.providers.paypal.billing_errors import BillingErrors
from paydouble.providers.paypal.catalog import (
    OWN_PREFIX,
    PRODUCTS_PATH,
    Product,
    product_id,
    product_in_list,
    product_shown,
    told,
)
from paydouble.providers.paypal.errors import CATALOG, COMMON
from paydouble.providers.paypal.lists import every, paged
from paydouble.providers.paypal.patching_billing import Field, Patches, patches_of, texts
from paydouble.providers.paypal.scene import of_call, wants_whole

DOCS = "https://developer.paypal.com/docs/api/catalog-products/v1/"
LISTED = "listed"

FIELDS: Mapping[str, Field] = {
    "/description": Field("description", texts(256)),
    "/category":    Field("category", texts(256)),
    "/image_url":   Field("image_url", texts(2_000)),
    "/home_url":    Field("home_url", texts(2_000)),
}  # fmt: skip


class ProductRequest(TypedDict):
    name: str
    type: str
    id: NotRequired[str]
    description: NotRequired[str]
    category: NotRequired[str]
    image_url: NotRequired[str]
    home_url: NotRequired[str]


class Listing(TypedDict):
    page_size: NotRequired[str]
    page: NotRequired[str]
    total_required: NotRequired[str]


class ById(TypedDict):
    product_id: str


class PatchRequest(ById):
    patches: Patches


async def find(call: Call[Any]) -> Product:
    product = await call.work.get(Product, call.params["product_id"])
    if product is None or product.merchant != call.merchant.id:
        raise BillingErrors.INVALID_RESOURCE_ID()
    return product


async def made(call: Call[Any], product: Product) -> Reply:
    show = product_shown if wants_whole(call) else product_in_list
    return Reply(show(product, call.request.base_url), subject=product)


@operation(
    "products.create", Route(CATALOG, "POST", PRODUCTS_PATH), idempotency=replay.of_billing(made),
    docs=f"{DOCS}#products_create",
    errors=(
        BillingErrors.MISSING_REQUIRED_PARAMETER, BillingErrors.INVALID_PARAMETER_VALUE,
        BillingErrors.PRODUCT_ID_IS_THE_SYSTEMS, BillingErrors.DUPLICATE_RESOURCE_IDENTIFIER, *COMMON,
    ),
)
async def create(call: Call[ProductRequest]) -> Reply:
    """Create a product."""
    scene, params = of_call(call), call.params
    id = params.get("id", "")
    if id.startswith(OWN_PREFIX):
        raise BillingErrors.PRODUCT_ID_IS_THE_SYSTEMS(field="/id", value=id, location="body")
    if id and await call.work.get(Product, id) is not None:
        raise BillingErrors.DUPLICATE_RESOURCE_IDENTIFIER(field="/id", value=id, location="body")
    product = Product(
        id=id or product_id(scene.ids), status=LISTED, created=scene.now, updated=scene.now,
        merchant=scene.merchant.id, name=params["name"], type=params["type"],
        description=params.get("description", ""), category=params.get("category", ""),
        image_url=params.get("image_url", ""), home_url=params.get("home_url", ""), base=scene.base,
    )
    call.work.save(product)
    call.work.announce(told("CATALOG.PRODUCT.CREATED", product))
    return replace(await made(call, product), status=201)


@operation("products.list", Route(CATALOG, "GET", PRODUCTS_PATH), docs=f"{DOCS}#products_list", errors=COMMON)
async def list_products(call: Call[Listing]) -> Reply:
    """List products."""
    base = call.request.base_url
    found = await every(call.work, Product, "merchant", call.merchant.id)

    def show(product: Product) -> dict[str, Any]:
        return product_in_list(product, base)

    return Reply(paged("products", found, show, call.params, f"{base}{PRODUCTS_PATH}"))


@operation(
    "products.get", Route(CATALOG, "GET", f"{PRODUCTS_PATH}/{{product_id}}"), docs=f"{DOCS}#products_get",
    errors=(BillingErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show a product."""
    product = await find(call)
    return Reply(product_shown(product, call.request.base_url), subject=product)


@operation(
    "products.patch", Route(CATALOG, "PATCH", f"{PRODUCTS_PATH}/{{product_id}}"),
    docs=f"{DOCS}#products_patch",
    errors=(
        BillingErrors.INVALID_RESOURCE_ID, BillingErrors.INVALID_PATCH_PATH,
        BillingErrors.UNSUPPORTED_PATCH_OPERATION, BillingErrors.INVALID_PARAMETER_VALUE, *COMMON,
    ),
)
async def patch(call: Call[PatchRequest]) -> Reply:
    """Change a product's description, category or addresses."""
    product = await find(call)
    changes: dict[str, Any] = {
        field.name: "" if value is None else value
        for field, value in patches_of(call.params["patches"], FIELDS)
    }
    product = replace(product, updated=call.clock.now(), **changes)
    call.work.save(product)
    call.work.announce(told("CATALOG.PRODUCT.UPDATED", product))
    return Reply(b"", 204, subject=product)


OPERATIONS: tuple[Operation, ...] = (create, list_products, show, patch)
