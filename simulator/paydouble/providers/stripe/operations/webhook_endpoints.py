"""Webhook endpoints (https://docs.stripe.com/api/webhook_endpoints)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.core.work import Walk
from paydouble.providers.stripe import connect, lists
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import WebhookEndpoint
from paydouble.providers.stripe.params import Named, Paged, WebhookEndpointCreate, WebhookEndpointUpdate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import of_call
from paydouble.providers.stripe.versions import nearest

ENDPOINTS_MAX = 16

_URL = "/v1/webhook_endpoints"
_DOCS = "https://docs.stripe.com/api/webhook_endpoints/"
_SECRET_LENGTH = 32


@operation(
    "webhook_endpoints.create",
    Route("v1", "POST", _URL),
    means=("webhook.register",),
    idempotency=ONCE,
    errors=(Errors.PARAMETER_INVALID,),
    docs=_DOCS + "create",
)
async def create(call: Call[WebhookEndpointCreate]) -> Reply:
    """Registers an endpoint; its secret is shown this once."""
    scene, params = of_call(call), call.params
    _check_url(params["url"])
    _check_version(params.get("api_version", ""))
    known = await scene.work.scan(
        WebhookEndpoint, Walk(index="merchant", value=scene.account, limit=ENDPOINTS_MAX)
    )
    if len(known) >= ENDPOINTS_MAX:
        raise Errors.PARAMETER_INVALID(
            f"You have reached the maximum of {ENDPOINTS_MAX} test webhook endpoints."
        )
    endpoint = WebhookEndpoint(
        id=scene.id("we_1"),
        created=scene.now,
        merchant=scene.account,
        url=params["url"],
        secret=f"whsec_{scene.ids.token(_SECRET_LENGTH)}",
        enabled_events=tuple(params["enabled_events"]),
        own=not params.get("connect", False),
        connect=params.get("connect", False),
        application=connect.application(scene),
        api_version=params.get("api_version", ""),
        description=params.get("description", ""),
        metadata=merged({}, params.get("metadata")),
    )
    scene.work.save(endpoint)
    return Reply({**endpoint.shown(), "secret": endpoint.secret}, subject=endpoint)


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise Errors.PARAMETER_INVALID(
            "Invalid URL: An explicit scheme (such as https) must be provided.", param="url"
        )


def _check_version(version: str) -> None:
    if version and nearest(version) is None:
        raise Errors.PARAMETER_INVALID(f"Invalid Stripe API version: {version}", param="api_version")


async def _endpoint(call: Call[Any]) -> WebhookEndpoint:
    found = await call.work.get(WebhookEndpoint, call.params["id"])
    if found is None or found.merchant != call.account:
        raise missing("webhook endpoint", call.params["id"])
    return found


@operation(
    "webhook_endpoints.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("webhook.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows an endpoint, without its secret."""
    endpoint = await _endpoint(call)
    return Reply(endpoint.shown(), subject=endpoint)


@operation(
    "webhook_endpoints.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("webhook.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "update",
)
async def update(call: Call[WebhookEndpointUpdate]) -> Reply:
    """Changes where and what is told; a disabled endpoint misses what happens meanwhile."""
    endpoint, params = await _endpoint(call), call.params
    changes: dict[str, Any] = {"metadata": merged(endpoint.metadata, params.get("metadata"))}
    if "url" in params:
        _check_url(params["url"])
        changes["url"] = params["url"]
    if "description" in params:
        changes["description"] = params["description"]
    if "enabled_events" in params:
        changes["enabled_events"] = tuple(params["enabled_events"])
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint = replace(endpoint, **changes)
    call.work.save(endpoint)
    return Reply(endpoint.shown(), subject=endpoint)


@operation(
    "webhook_endpoints.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("webhook.delete",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Forgets an endpoint."""
    endpoint = await _endpoint(call)
    call.work.remove(endpoint)
    return Reply({"id": endpoint.id, "object": "webhook_endpoint", "deleted": True})


@operation(
    "webhook_endpoints.list",
    Route("v1", "GET", _URL),
    means=("webhook.list",),
    errors=(Errors.REFERENCE_MISSING,),
    docs=_DOCS + "list",
)
async def list_endpoints(call: Call[Paged]) -> Reply:
    """Lists the endpoints of the account."""
    found, more = await lists.page(
        call, WebhookEndpoint, "webhook endpoint", index=("merchant", call.account)
    )
    return Reply(lists.shown(_URL, [endpoint.shown() for endpoint in found], has_more=more))


OPERATIONS = (create, retrieve, update, delete, list_endpoints)
