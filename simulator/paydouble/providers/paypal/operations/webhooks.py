"""Webhooks: registered, changed, forgotten. https://developer.paypal.com/docs/api/webhooks/v1/"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict
from urllib.parse import urlsplit

from paydouble.core.call import Call, Reply
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import certificates
from paydouble.providers.paypal.errors import COMMON, WEBHOOKS, Errors
from paydouble.providers.paypal.event_types import EVENT_TYPES
from paydouble.providers.paypal.identifiers import resource_id
from paydouble.providers.paypal.merchants import WEBHOOKS_MAX, webhooks_of
from paydouble.providers.paypal.models import Json, Webhook
from paydouble.providers.paypal.settings import WebhookUrls, terms_of

DOCS = "https://developer.paypal.com/docs/api/webhooks/v1/"
PATH = "/v1/notifications/webhooks"
ITSELF = f"{PATH}/{{webhook_id}}"
EVERYTHING = "*"
HTTPS_PORT = 443
V1: tuple[ErrorTable, ...] = (Errors.VALIDATION_ERROR, Errors.MALFORMED_REQUEST, *COMMON)


class EventName(TypedDict):
    name: str


class WebhookRequest(TypedDict):
    url: str
    event_types: list[EventName]


class ById(TypedDict):
    webhook_id: str


class PatchRequest(TypedDict):
    webhook_id: str
    patches: list[Mapping[str, Any]]


class Nothing(TypedDict):
    anchor_type: NotRequired[str]


def invalid(field: str, issue: str) -> Exception:
    return Errors.VALIDATION_ERROR(details=[{"field": field, "location": "body", "issue": issue}])


def shown(hook: Webhook, base: str) -> Json:
    itself = f"{base}{PATH}/{hook.id}"
    ways = (("self", "GET"), ("update", "PATCH"), ("delete", "DELETE"))
    return {
        "id": hook.id, "url": hook.url, "event_types": [type_shown(name) for name in hook.event_types],
        "links": [
            {"href": itself, "rel": rel, "method": method, "encType": "application/json"}
            for rel, method in ways
        ],
    }


def type_shown(name: str) -> Json:
    """Real descriptions are sentences, which differ between listings; here they follow from the name."""
    if name == EVERYTHING:
        return {"name": name, "description": "ALL", "status": "ENABLED"}
    words = name.replace(".", " ").replace("-", " ").replace("_", " ").lower()
    version = EVENT_TYPES[name].version
    versions = {"resource_versions": [version]} if version else {}
    return {"name": name, "description": f"The event {words}.", "status": "ENABLED", **versions}


def names_of(event_types: Any) -> tuple[str, ...]:
    """Raises VALIDATION_ERROR for what is no list of known events."""
    if not isinstance(event_types, list) or not event_types:
        raise invalid("event_types", "Required field is missing")
    names = []
    for number, one in enumerate(event_types):
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or (name != EVERYTHING and name not in EVENT_TYPES):
            raise invalid(f"event_types[{number}].name", "Not a valid event name")
        names.append(name)
    return tuple(dict.fromkeys(names))


def check_url(call: Call[Any], url: Any) -> str:
    """Raises VALIDATION_ERROR for an address that is never called."""
    bad = invalid("url", "Not a valid webhook URL")
    if not isinstance(url, str) or not url.isascii():
        raise bad
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad
    strict = terms_of(call.merchant).webhook_urls is WebhookUrls.STRICT
    if strict and (parts.scheme != "https" or port not in (None, HTTPS_PORT)):
        raise bad
    return url


async def find(call: Call[Any]) -> Webhook:
    hook = await call.work.get(Webhook, call.params["webhook_id"])
    if hook is None or hook.merchant != call.merchant.id:
        raise Errors.INVALID_RESOURCE_ID()
    return hook


@operation(
    "webhooks.create", Route(WEBHOOKS, "POST", PATH), means=("webhook.register",),
    docs=f"{DOCS}#webhooks_post",
    errors=(Errors.WEBHOOK_NUMBER_LIMIT_EXCEEDED, Errors.WEBHOOK_URL_ALREADY_EXISTS, *V1),
)
async def create(call: Call[WebhookRequest]) -> Reply:
    """Register a webhook."""
    url, names = check_url(call, call.params["url"]), names_of(call.params["event_types"])
    known = await webhooks_of(call.work, call.merchant.id)
    if any(hook.url == url for hook in known):
        raise Errors.WEBHOOK_URL_ALREADY_EXISTS()
    if len(known) >= WEBHOOKS_MAX:
        raise Errors.WEBHOOK_NUMBER_LIMIT_EXCEEDED()
    base = call.request.base_url
    hook = Webhook(
        id=resource_id(call.ids), created=call.clock.now(), merchant=call.merchant.id, url=url,
        event_types=names, base=base,
    )
    call.work.save(hook)
    return Reply(shown(hook, base), 201, subject=hook)


@operation(
    "webhooks.list", Route(WEBHOOKS, "GET", PATH), docs=f"{DOCS}#webhooks_list", errors=V1,
)
async def listed(call: Call[Nothing]) -> Reply:
    """List webhooks."""
    known = await webhooks_of(call.work, call.merchant.id)
    return Reply({"webhooks": [shown(hook, call.request.base_url) for hook in known]})


@operation(
    "webhooks.get", Route(WEBHOOKS, "GET", ITSELF), docs=f"{DOCS}#webhooks_get",
    errors=(Errors.INVALID_RESOURCE_ID, *V1),
)
async def show(call: Call[ById]) -> Reply:
    """Show a webhook."""
    return Reply(shown(await find(call), call.request.base_url))


@operation(
    "webhooks.update", Route(WEBHOOKS, "PATCH", ITSELF), docs=f"{DOCS}#webhooks_update",
    errors=(Errors.INVALID_RESOURCE_ID, Errors.WEBHOOK_URL_ALREADY_EXISTS, *V1),
)
async def update(call: Call[PatchRequest]) -> Reply:
    """Change a webhook's address or events."""
    hook = await find(call)
    for patch in call.params["patches"]:
        match patch.get("path"):
            case "/url":
                hook = replace(hook, url=check_url(call, patch.get("value")))
            case "/event_types":
                hook = replace(hook, event_types=names_of(patch.get("value")))
            case _:
                raise invalid("path", "Not a valid patch path")
    others = await webhooks_of(call.work, call.merchant.id)
    if any(other.url == hook.url and other.id != hook.id for other in others):
        raise Errors.WEBHOOK_URL_ALREADY_EXISTS()
    call.work.save(hook)
    return Reply(shown(hook, call.request.base_url), subject=hook)


@operation(
    "webhooks.delete", Route(WEBHOOKS, "DELETE", ITSELF), docs=f"{DOCS}#webhooks_delete",
    errors=(Errors.INVALID_RESOURCE_ID, *V1),
)
async def delete(call: Call[ById]) -> Reply:
    """Forget a webhook."""
    call.work.remove(await find(call))
    return Reply(b"", 204)


@operation(
    "webhooks.event_types", Route(WEBHOOKS, "GET", f"{ITSELF}/event-types"), docs=f"{DOCS}#event-types_list",
    errors=(Errors.INVALID_RESOURCE_ID, *V1),
)
async def types_of(call: Call[ById]) -> Reply:
    """List the events of a webhook."""
    hook = await find(call)
    return Reply({"event_types": [type_shown(name) for name in hook.event_types]})


@operation(
    "event_types.list", Route(WEBHOOKS, "GET", "/v1/notifications/webhooks-event-types"),
    docs=f"{DOCS}#webhooks-event-types_list", errors=V1,
)
async def types(call: Call[Nothing]) -> Reply:
    """List all events that there are."""
    return Reply({"event_types": [type_shown(name) for name in EVENT_TYPES]})


@operation(
    "certificates.get", Route(WEBHOOKS, "GET", f"{certificates.PATH}/{{name}}"), means=("certificate.list",),
    docs="https://developer.paypal.com/api/rest/webhooks/rest/", errors=(Errors.RESOURCE_NOT_FOUND,),
)
async def certificate(call: Call[Any]) -> Reply:
    """Download a certificate under which webhooks are signed; anybody may."""
    key = certificates.key_of(call.merchant, call.params["name"])
    if not key:
        raise Errors.RESOURCE_NOT_FOUND()
    pem = certificates.pem(call.keys, key).encode("ascii")
    return Reply(pem, headers=(("Content-Type", "application/octet-stream"),))


OPERATIONS: tuple[Operation, ...] = (create, listed, show, update, delete, types_of, types, certificate)
