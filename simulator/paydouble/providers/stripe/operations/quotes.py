"""Quotes (https://docs.stripe.com/api/quotes)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, Instant, from_unix, later
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import clocks, discounts, lists, methods, quoting
from paydouble.providers.stripe.checkout_items import sold, totaled
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.machines_agreements import QUOTE
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.agreements import Quote
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.owning import owned
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_agreements import (
    QuoteCreate,
    QuoteFinalize,
    QuoteLineList,
    QuoteList,
    QuoteUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/quotes"
_DOCS = "https://docs.stripe.com/api/quotes/"
_TEXTS = ("collection_method", "description", "footer", "header")
LASTS = 30 * DAY


async def _changes(scene: Scene, params: Mapping[str, Any], customer: str) -> dict[str, Any]:
    """Raises ProviderError."""
    changes: dict[str, Any] = {name: params[name] for name in _TEXTS if name in params}
    if "discounts" in params:
        given = await discounts.redeemed(scene, params["discounts"] or (), customer=customer, quiet=True)
        changes["discounts"] = tuple(each.id for each in given)
    if "line_items" in params:
        items = await sold(scene, params["line_items"], "any")
        held = await discounts.loaded(scene, changes.get("discounts", ()))
        changes["items"] = totaled(scene, items, held)
        changes["currency"] = items[0].currency
    if "invoice_settings" in params:
        changes["days_until_due"] = (params["invoice_settings"] or EMPTY).get("days_until_due")
    if "subscription_data" in params:
        changes["subscription_data"] = params["subscription_data"] or {}
    if "expires_at" in params:
        changes["expires_at"] = _expires(scene, params["expires_at"])
    return changes


def _expires(scene: Scene, seconds: int) -> Instant:
    at = from_unix(seconds)
    if at <= scene.now:
        raise Errors.PARAMETER_INVALID("`expires_at` must be in the future.", param="expires_at")
    return at


async def _timed(scene: Scene, id: str) -> tuple[Scene, Quote]:
    quote = await owned(scene, Quote, id, "quote", param="quote")
    return await clocks.on_clock(scene, quote.test_clock), quote


@operation(
    "quotes.create",
    Route("v1", "POST", _URL),
    means=("quote.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING,
        Errors.REFERENCE_MISSING,
        Errors.PARAMETER_INVALID,
        Errors.COUPON_SPENT,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[QuoteCreate]) -> Reply:
    """Drafts a quote."""
    scene, params = of_call(call), call.params
    customer: Customer | None = None
    if params.get("customer"):
        customer = await methods.customer_named(scene, params["customer"])
    scene = await clocks.of_customer(scene, customer)
    if not params.get("line_items"):
        raise Errors.PARAMETER_MISSING("Missing required param: line_items.", param="line_items")
    fields = {
        "expires_at": later(scene.now, LASTS),
        **await _changes(scene, params, params.get("customer", "")),
    }
    quote = Quote(
        id=scene.id("qt_1"),
        created=scene.now,
        merchant=scene.account,
        customer=params.get("customer", ""),
        test_clock=scene.timeline,
        metadata=merged({}, params.get("metadata")),
        **fields,
    )
    scene.work.save(quote)
    scene.tell("quote.created", quote)
    return Reply(quote.shown(), subject=quote)


@operation(
    "quotes.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("quote.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a quote."""
    _, quote = await _timed(of_call(call), call.params["id"])
    return Reply(quote.shown(), subject=quote)


@operation(
    "quotes.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("quote.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.QUOTE_UNEXPECTED_STATE, Errors.PARAMETER_INVALID),
    docs=_DOCS + "update",
)
async def update(call: Call[QuoteUpdate]) -> Reply:
    """Changes a draft; of others only the metadata."""
    params = call.params
    scene, before = await _timed(of_call(call), params["id"])
    if before.status != "draft" and params.keys() - {"id", "metadata", "expand"}:
        raise Errors.QUOTE_UNEXPECTED_STATE(
            f"This quote cannot be updated because it has a status of {before.status}."
        )
    customer = params.get("customer", before.customer)
    if params.get("customer"):
        await methods.customer_named(scene, customer)
    after = replace(
        before,
        customer=customer,
        metadata=merged(before.metadata, params.get("metadata")),
        **await _changes(scene, params, customer),
    )
    if after != before:
        scene.work.save(after)
    return Reply(after.shown(), subject=after)


@operation(
    "quotes.finalize",
    Route("v1", "POST", _URL + "/{id}/finalize"),
    means=("quote.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.QUOTE_UNEXPECTED_STATE, Errors.PARAMETER_MISSING),
    docs=_DOCS + "finalize",
)
async def finalize(call: Call[QuoteFinalize]) -> Reply:
    """Puts a draft to its customer: it has a number, and can be accepted."""
    params = call.params
    scene, quote = await _timed(of_call(call), params["id"])
    if not quote.customer:
        raise Errors.PARAMETER_MISSING("A quote needs a customer before it is finalized.", param="customer")
    customer = await methods.customer_named(scene, quote.customer)
    if "expires_at" in params:
        quote = replace(quote, expires_at=_expires(scene, params["expires_at"]))
    try:
        number = f"QT-{customer.invoice_prefix}-{quote.id[-4:].upper()}-1"
        quote = fire(scene.work, QUOTE, quote, "finalize", scene.now, number=number)
    except IllegalTrigger as illegal:
        raise quoting.refusal(illegal, "finalized") from None
    scene.at(quote.expires_at, quote, "lapse")
    return Reply(quote.shown(), subject=quote)


@operation(
    "quotes.accept",
    Route("v1", "POST", _URL + "/{id}/accept"),
    means=("quote.accept", "subscription.create"),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.QUOTE_UNEXPECTED_STATE, Errors.REFERENCE_MISSING),
    docs=_DOCS + "accept",
)
async def accept(call: Call[Named]) -> Reply:
    """The customer agrees: a subscription or an invoice is made of it."""
    scene, quote = await _timed(of_call(call), call.params["id"])
    try:
        quote = await quoting.accepted(scene, quote)
    except IllegalTrigger as illegal:
        raise quoting.refusal(illegal, "accepted") from None
    return Reply(quote.shown(), subject=quote)


@operation(
    "quotes.cancel",
    Route("v1", "POST", _URL + "/{id}/cancel"),
    means=("quote.cancel",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.QUOTE_UNEXPECTED_STATE),
    docs=_DOCS + "cancel",
)
async def cancel(call: Call[Named]) -> Reply:
    """Takes a quote back."""
    scene, quote = await _timed(of_call(call), call.params["id"])
    try:
        quote = fire(scene.work, QUOTE, quote, "cancel", scene.now)
    except IllegalTrigger as illegal:
        raise quoting.refusal(illegal, "canceled") from None
    return Reply(quote.shown(), subject=quote)


@operation(
    "quotes.list",
    Route("v1", "GET", _URL),
    means=("quote.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_quotes(call: Call[QuoteList]) -> Reply:
    """Lists quotes, newest first."""
    params = call.params
    customer = params.get("customer", "")
    index = ("customer", customer) if customer else ("merchant", call.account)
    found, more = await lists.page(
        call,
        Quote,
        "quote",
        index=index,
        where=lambda one: (
            one.merchant == call.account
            and params.get("status") in (None, one.status)
            and params.get("test_clock") in (None, one.test_clock)
        ),
    )
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


@operation(
    "quotes.line_items.list",
    Route("v1", "GET", _URL + "/{id}/line_items"),
    means=("quote.query",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "line_items/list",
)
async def list_line_items(call: Call[QuoteLineList]) -> Reply:
    """Lists what a quote offers, in its own order."""
    _, quote = await _timed(of_call(call), call.params["id"])
    data, more = lists.page_of(call, [item.shown() for item in quote.items], "line_item")
    return Reply(lists.shown(f"{_URL}/{quote.id}/line_items", data, has_more=more))


OPERATIONS = (create, retrieve, update, finalize, accept, cancel, list_quotes, list_line_items)
