"""The items of a subscription, one by one (https://docs.stripe.com/api/subscription_items)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import clocks, lists, subscribing
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.models.subscriptions import ItemPlace, Subscription
from paydouble.providers.stripe.owning import owned, referred, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_subscriptions import (
    SubscriptionItemCreate,
    SubscriptionItemDelete,
    SubscriptionItemList,
    SubscriptionItemUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call
from paydouble.providers.stripe.subscription_changes import changed, kept

_URL = "/v1/subscription_items"
_DOCS = "https://docs.stripe.com/api/subscription_items/"
_ERRORS = (
    Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING, Errors.PARAMETER_INVALID,
    Errors.SUBSCRIPTION_UNEXPECTED_STATE,
)


async def _place(scene: Scene, id: str) -> Subscription:
    """The subscription in which the item is. Raises ProviderError."""
    place = await owned(scene, ItemPlace, id, "subscription_item", param="item")
    subscription = await scene.work.get(Subscription, place.subscription)
    if subscription is None or not any(item.id == id for item in subscription.items):
        raise missing("subscription_item", id, param="item")
    return subscription


async def _altered(
    scene: Scene, before: Subscription, item: Mapping[str, Any], params: Mapping[str, Any]
) -> Subscription:
    """Raises ProviderError where the subscription has ended, or does not take it."""
    if before.ended:
        raise Errors.SUBSCRIPTION_UNEXPECTED_STATE("A canceled subscription cannot be changed.")
    scene = await clocks.on_clock(scene, before.test_clock)
    change = await changed(scene, before, {**params, "items": [item]})
    kept(scene, change.prorations)
    told(scene, "customer.subscription.updated", before, change.subscription)
    await subscribing.placed(scene, change.subscription)
    if change.restarts:
        subscribing.expects(scene, change.subscription)
    return change.subscription


@operation(
    "subscription_items.create",
    Route("v1", "POST", _URL),
    means=("subscription.update",),
    idempotency=ONCE,
    errors=_ERRORS,
    docs=_DOCS + "create",
)
async def create(call: Call[SubscriptionItemCreate]) -> Reply:
    """Adds an item to a subscription, with a proration for the rest of the period."""
    scene, params = of_call(call), call.params
    before = await referred(
        scene, Subscription, params["subscription"], "subscription", param="subscription"
    )
    given = {name: value for name, value in params.items() if name not in ("subscription", "expand")}
    after = await _altered(scene, before, given, params)
    return Reply(after.item_shown(after.items[-1]), subject=after)


@operation(
    "subscription_items.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("subscription.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows an item of a subscription."""
    subscription = await _place(of_call(call), call.params["id"])
    return Reply(_shown(subscription, call.params["id"]), subject=subscription)


def _shown(subscription: Subscription, id: str) -> dict[str, object]:
    return next(subscription.item_shown(item) for item in subscription.items if item.id == id)


@operation(
    "subscription_items.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("subscription.update",),
    idempotency=ONCE,
    errors=_ERRORS,
    docs=_DOCS + "update",
)
async def update(call: Call[SubscriptionItemUpdate]) -> Reply:
    """Changes price or quantity of an item, with prorations."""
    scene, params = of_call(call), call.params
    before = await _place(scene, params["id"])
    after = await _altered(scene, before, params, params)
    return Reply(_shown(after, params["id"]), subject=after)


@operation(
    "subscription_items.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("subscription.update",),
    errors=_ERRORS,
    docs=_DOCS + "delete",
)
async def delete(call: Call[SubscriptionItemDelete]) -> Reply:
    """Takes an item out of a subscription, with a credit for the rest of the period."""
    scene, params = of_call(call), call.params
    before = await _place(scene, params["id"])
    after = await _altered(scene, before, {"id": params["id"], "deleted": True}, params)
    return Reply({"id": params["id"], "object": "subscription_item", "deleted": True}, subject=after)


@operation(
    "subscription_items.list",
    Route("v1", "GET", _URL),
    means=("subscription.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_items(call: Call[SubscriptionItemList]) -> Reply:
    """Lists the items of a subscription."""
    scene, params = of_call(call), call.params
    subscription = await referred(
        scene, Subscription, params["subscription"], "subscription", param="subscription"
    )
    items = [subscription.item_shown(item) for item in subscription.items]
    data, more = lists.page_of(call, items, "subscription_item")
    return Reply(lists.shown(_URL, data, has_more=more))


OPERATIONS = (create, retrieve, update, delete, list_items)
