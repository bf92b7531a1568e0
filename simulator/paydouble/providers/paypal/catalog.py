"""Products: what a merchant sells by subscription. https://developer.paypal.com/docs/api/catalog-products/v1/"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.ids import Ids
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.paypal import events
from paydouble.providers.paypal.identifiers import UPPER
from paydouble.providers.paypal.models import Json
from paydouble.providers.paypal.showing import present, times
from paydouble.providers.paypal.vaulting import coded

PRODUCTS_PATH = "/v1/catalogs/products"
OWN_PREFIX = "PROD-"
"""How the ids begin that PayPal makes; those that merchants choose must not."""

_LENGTH = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Record):
    """Status: listed. It cannot be deleted."""

    kind: ClassVar[str] = "paypal.product"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    merchant: str
    name: str
    type: str
    description: str = ""
    category: str = ""
    image_url: str = ""
    home_url: str = ""
    updated: Instant = Instant(0)
    base: str = ""


def product_id(ids: Ids) -> str:
    return f"{OWN_PREFIX}{ids.token(_LENGTH, UPPER)}"


def _links(product: Product, base: str) -> list[Json]:
    itself = f"{base}{PRODUCTS_PATH}/{product.id}"
    return [coded(itself, "self"), coded(itself, "edit", "PATCH")]


def product_shown(product: Product, base: str) -> Json:
    return present(
        id=product.id, name=product.name, description=product.description, type=product.type,
        category=product.category, image_url=product.image_url, home_url=product.home_url,
    ) | times(product.created, product.updated) | {"links": _links(product, base)}


def product_in_list(product: Product, base: str) -> Json:
    """As lists and brief answers show it."""
    return present(id=product.id, name=product.name, description=product.description) | {
        "create_time": times(product.created, product.updated)["create_time"], "links": _links(product, base),
    }


def told(type: str, product: Product) -> Event:
    return events.event(
        type, product.merchant, product_shown(product, product.base), resource_type="product",
        base=product.base,
        summary="A product has been created." if type.endswith("CREATED") else "A product has been updated.",
    )
