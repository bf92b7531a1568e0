"""Search over what an account has (https://docs.stripe.com/search).

Every record of the kind is looked at, newest first: a test double has no index that lags behind.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.models import Charge, Customer, PaymentIntent
from paydouble.providers.stripe.models.catalog import Price, Product
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.shapes import intent_shown
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.scene import of_call
from paydouble.providers.stripe.search_language import Kind, Query, parsed

LIMIT_DEFAULT = 10
TOTAL_COUNT = "total_count"
_DOCS = "https://docs.stripe.com/api/"
_T, _S, _N = Kind.TOKEN, Kind.STRING, Kind.NUMBER
_CARD = "payment_method_details.card."

# fmt: off
_CHARGE = {
    "amount": _N, "billing_details.address.postal_code": _T, "created": _N, "currency": _T, "customer": _T,
    "disputed": _T, "metadata": _T, "refunded": _T, "status": _T,
    _CARD + "brand": _T, _CARD + "exp_month": _N, _CARD + "exp_year": _N, _CARD + "fingerprint": _T,
    _CARD + "last4": _T,
}
_CUSTOMER = {"created": _N, "email": _S, "metadata": _T, "name": _S, "phone": _S}
_INVOICE = {
    "created": _N, "currency": _T, "customer": _T, "last_finalization_error_code": _T,
    "last_finalization_error_type": _T, "metadata": _T, "number": _S, "receipt_number": _T, "status": _T,
    "subscription": _T, "total": _N,
}
_INTENT = {"amount": _N, "created": _N, "currency": _T, "customer": _T, "metadata": _T, "status": _T}
_PRICE = {"active": _T, "currency": _T, "lookup_key": _T, "metadata": _T, "product": _T, "type": _T}
_PRODUCT = {"active": _T, "description": _S, "metadata": _T, "name": _S, "shippable": _T, "url": _S}
_SUBSCRIPTION = {"canceled_at": _N, "created": _N, "metadata": _T, "status": _T}
# fmt: on


class SearchParams(TypedDict, total=False):
    query: str
    limit: int
    page: str
    expand: list[str]


class Found(Protocol):
    """What can be searched."""

    @property
    def id(self) -> str: ...

    @property
    def merchant(self) -> str: ...

    def shown(self) -> dict[str, object]: ...


def _searching(resource: str, kind: type[Record], fields: Mapping[str, Kind]) -> Operation:
    url = f"/v1/{resource}/search"

    @operation(
        f"{resource}.search",
        Route("v1", "GET", url),
        means=(f"{resource.removesuffix('s')}.search",),
        errors=(Errors.PARAMETER_INVALID,),
        docs=f"{_DOCS}{resource}/search",
    )
    async def search(call: Call[SearchParams]) -> Reply:
        """Finds what a query in the search language describes, newest first."""
        params = call.params
        query = parsed(params["query"], fields)
        limit, after = params.get("limit", LIMIT_DEFAULT), _cursor(params.get("page", ""))
        if after and await call.work.get(kind, after) is None:
            raise Errors.PARAMETER_INVALID(f"Invalid page: {params['page']}", param="page")
        counting = TOTAL_COUNT in params.get("expand", ())
        found, total = await _matching(call, kind, query, after, None if counting else limit + 1)
        page = found[:limit]
        more = len(found) > limit
        body: dict[str, object] = {
            "object": "search_result",
            "data": [one.shown() for one in page],
            "has_more": more,
            "next_page": _page_after(page[-1].id) if more else None,
            "url": url,
        }
        if counting:
            body[TOTAL_COUNT] = total
        return Reply(body)

    return search


async def _matching(
    call: Call[Any], kind: type[Record], query: Query, after: str, wanted: int | None
) -> tuple[list[Found], int]:
    """Those after the cursor, and how many there are in all; `wanted` are enough."""
    found: list[Found] = []
    total, cursor, passed = 0, "" if wanted is None else after, wanted is not None or not after
    indexed_before = of_call(call).wall - of_call(call).terms.search_lag
    while True:
        stretch = await call.work.scan(
            kind, Walk(index="merchant", value=call.account, after=cursor, limit=PAGE_MAX)
        )
        for one in _searchable(stretch):
            if _of(one).created <= indexed_before and query.matches(_flat(one.shown())):
                total += 1
                if passed:
                    found.append(one)
            passed = passed or one.id == after
        if len(stretch) < PAGE_MAX or (wanted is not None and len(found) >= wanted):
            return found, total
        cursor = stretch[-1].id


def _of(one: Any) -> Record:
    assert isinstance(one, Record)
    return one


def _searchable(stretch: Any) -> Iterator[Found]:
    """Without what is deleted, and without what stands behind a charge in the old way."""
    for one in stretch:
        if getattr(one, "deleted", False):
            continue
        if not isinstance(one, PaymentIntent) or intent_shown(one.id) is not None:
            yield one


def _flat(shape: dict[str, object]) -> dict[str, object]:
    """With the names by which invoices are searched."""
    error = shape.get("last_finalization_error")
    if isinstance(error, Mapping):
        shape["last_finalization_error_code"] = error.get("code")
        shape["last_finalization_error_type"] = error.get("type")
    parent = shape.get("parent")
    if isinstance(parent, Mapping) and isinstance(parent.get("subscription_details"), Mapping):
        shape["subscription"] = parent["subscription_details"].get("subscription")
    return shape


def _page_after(id: str) -> str:
    return urlsafe_b64encode(id.encode()).decode().rstrip("=")


def _cursor(page: str) -> str:
    """The id that a page begins after. Raises ProviderError for what is no page of ours."""
    if not page:
        return ""
    try:
        return urlsafe_b64decode(page + "=" * (-len(page) % 4)).decode()
    except (binascii.Error, ValueError):
        raise Errors.PARAMETER_INVALID(f"Invalid page: {page}", param="page") from None


OPERATIONS = (
    _searching("charges", Charge, _CHARGE),
    _searching("customers", Customer, _CUSTOMER),
    _searching("invoices", Invoice, _INVOICE),
    _searching("payment_intents", PaymentIntent, _INTENT),
    _searching("prices", Price, _PRICE),
    _searching("products", Product, _PRODUCT),
    _searching("subscriptions", Subscription, _SUBSCRIPTION),
)
