"""Payment links (https://docs.stripe.com/api/payment-link)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.checkout_items import sold, totaled
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.checkout import PaymentLink
from paydouble.providers.stripe.models.shapes import EMPTY, Json
from paydouble.providers.stripe.owning import owned, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_checkout import (
    PaymentLinkCreate,
    PaymentLinkLineList,
    PaymentLinkList,
    PaymentLinkUpdate,
)
from paydouble.providers.stripe.payment_links import LINK_PATH
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/payment_links"
_DOCS = "https://docs.stripe.com/api/payment-link/"
_TEMPLATE = (
    "allow_promotion_codes",
    "billing_address_collection",
    "customer_creation",
    "payment_intent_data",
    "payment_method_collection",
    "payment_method_types",
    "submit_type",
    "subscription_data",
)


def _changes(params: Mapping[str, Any], before: Json) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "template": {**before, **{name: params[name] for name in _TEMPLATE if name in params}}
    }
    if "after_completion" in params:
        changes["after_completion"] = _completion(params["after_completion"])
    if "inactive_message" in params:
        changes["inactive_message"] = params["inactive_message"]
    if "restrictions" in params:
        limits = (params["restrictions"] or EMPTY) if isinstance(params["restrictions"], Mapping) else EMPTY
        changes["limit"] = (limits.get("completed_sessions") or EMPTY).get("limit")
    return changes


def _completion(given: Json) -> dict[str, object]:
    if given["type"] == "redirect":
        url = (given.get("redirect") or EMPTY).get("url")
        if not url:
            raise Errors.PARAMETER_MISSING(
                "Missing required param: after_completion[redirect][url].",
                param="after_completion[redirect][url]",
            )
        return {"redirect": {"url": url}, "type": "redirect"}
    message = (given.get("hosted_confirmation") or EMPTY).get("custom_message")
    return {"hosted_confirmation": {"custom_message": message}, "type": "hosted_confirmation"}


async def _link(scene: Scene, id: str) -> PaymentLink:
    return await owned(scene, PaymentLink, id, "payment link", param="payment_link")


@operation(
    "payment_links.create",
    Route("v1", "POST", _URL),
    means=("checkout.create",),
    idempotency=ONCE,
    errors=(Errors.PARAMETER_MISSING, Errors.PARAMETER_INVALID, Errors.REFERENCE_MISSING),
    docs=_DOCS + "create",
)
async def create(call: Call[PaymentLinkCreate]) -> Reply:
    """Creates a link at which anybody can pay, as often as it is allowed."""
    scene, params = of_call(call), call.params
    mode = "any"
    items = totaled(
        scene, await sold(scene, params["line_items"], mode, params.get("currency", "").lower()), ()
    )
    id = scene.id("plink_1")
    link = PaymentLink(
        id=id,
        created=scene.now,
        merchant=scene.account,
        currency=items[0].currency,
        items=items,
        url=f"{scene.base_url}{LINK_PATH.replace('{id}', id)}?key={scene.publishable_key}",
        metadata=merged({}, params.get("metadata")),
        **{"after_completion": _completion({"type": "hosted_confirmation"}), **_changes(params, {})},
    )
    scene.work.save(link)
    scene.tell("payment_link.created", link)
    return Reply(link.shown(), subject=link)


@operation(
    "payment_links.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("checkout.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a payment link."""
    link = await _link(of_call(call), call.params["id"])
    return Reply(link.shown(), subject=link)


@operation(
    "payment_links.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("checkout.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.PARAMETER_MISSING),
    docs=_DOCS + "update",
)
async def update(call: Call[PaymentLinkUpdate]) -> Reply:
    """Switches a link on or off, and changes what its sessions are made from."""
    scene, params = of_call(call), call.params
    before = await _link(scene, params["id"])
    after = replace(
        before,
        metadata=merged(before.metadata, params.get("metadata")),
        **_changes(params, before.template),
    )
    if "active" in params:
        after = replace(after, status="active" if params["active"] else "inactive")
    told(scene, "payment_link.updated", before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "payment_links.list",
    Route("v1", "GET", _URL),
    means=("checkout.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_links(call: Call[PaymentLinkList]) -> Reply:
    """Lists payment links, newest first."""
    active = call.params.get("active")
    found, more = await lists.page(
        call,
        PaymentLink,
        "payment link",
        index=("merchant", call.account),
        where=lambda one: active in (None, one.active),
    )
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


@operation(
    "payment_links.line_items.list",
    Route("v1", "GET", _URL + "/{id}/line_items"),
    means=("checkout.query",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "retrieve-line-items",
)
async def list_line_items(call: Call[PaymentLinkLineList]) -> Reply:
    """Lists what a link sells, in its own order."""
    link = await _link(of_call(call), call.params["id"])
    data, more = lists.page_of(call, [item.shown() for item in link.items], "line_item")
    return Reply(lists.shown(f"{_URL}/{link.id}/line_items", data, has_more=more))


OPERATIONS = (create, retrieve, update, list_links, list_line_items)
