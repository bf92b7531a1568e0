"""Webhook lookups: which of an account's apps may look up its webhooks.

https://developer.paypal.com/docs/api/webhooks/v1/#webhooks-lookup
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.paypal.amounts import Json
from paydouble.providers.paypal.errors import COMMON, WEBHOOKS, Errors
from paydouble.providers.paypal.lists import every
from paydouble.providers.paypal.scene import of_call
from paydouble.providers.paypal.showing import link

DOCS = "https://developer.paypal.com/docs/api/webhooks/v1/"
LOOKUPS_PATH = "/v1/notifications/webhooks-lookup"
ITSELF = f"{LOOKUPS_PATH}/{{webhook_lookup_id}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookLookup(Record):
    """An app that subscribed to lookups."""

    kind: ClassVar[str] = "paypal.webhook_lookup"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    merchant: str


class ByLookup(TypedDict):
    webhook_lookup_id: str


class Nothing(TypedDict):
    """No parameters."""


def shown(lookup: WebhookLookup, base: str) -> Json:
    itself = f"{base}{LOOKUPS_PATH}/{lookup.id}"
    return {
        "id": lookup.id, "client_id": lookup.merchant,
        "links": [link(itself, "self"), link(itself, "delete", "DELETE")],
    }


async def find(call: Call[Any]) -> WebhookLookup:
    lookup = await call.work.get(WebhookLookup, call.params["webhook_lookup_id"])
    if lookup is None or lookup.merchant != call.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    return lookup


@operation(
    "webhooks-lookup.post", Route(WEBHOOKS, "POST", LOOKUPS_PATH), docs=f"{DOCS}#webhooks-lookup_post",
    errors=COMMON,
)
async def create(call: Call[Nothing]) -> Reply:
    """Subscribe the app to lookups."""
    scene = of_call(call)
    lookup = WebhookLookup(id=scene.id(), created=scene.now, merchant=scene.merchant.id)
    call.work.save(lookup)
    return Reply(shown(lookup, scene.base), 201)


@operation(
    "webhooks-lookup.list", Route(WEBHOOKS, "GET", LOOKUPS_PATH), docs=f"{DOCS}#webhooks-lookup_list",
    errors=COMMON,
)
async def list_lookups(call: Call[Nothing]) -> Reply:
    """List the app's lookups."""
    found = await every(call.work, WebhookLookup, "merchant", call.merchant.id, newest_first=False)
    return Reply({"webhooks_lookups": [shown(one, call.request.base_url) for one in found]})


@operation(
    "webhooks-lookup.get", Route(WEBHOOKS, "GET", ITSELF), docs=f"{DOCS}#webhooks-lookup_get",
    errors=(Errors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ByLookup]) -> Reply:
    """Show a lookup."""
    return Reply(shown(await find(call), call.request.base_url))


@operation(
    "webhooks-lookup.delete", Route(WEBHOOKS, "DELETE", ITSELF), docs=f"{DOCS}#webhooks-lookup_delete",
    errors=(Errors.INVALID_RESOURCE_ID, *COMMON),
)
async def delete(call: Call[ByLookup]) -> Reply:
    """Take the app's subscription to lookups back."""
    call.work.remove(await find(call))
    return Reply(b"", 204)


OPERATIONS: tuple[Operation, ...] = (create, list_lookups, show, delete)
