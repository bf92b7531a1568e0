"""Events and event destinations of API v2.

https://docs.stripe.com/api/v2/core/events, …/event-destinations
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.notification import Event
from paydouble.core.operation import Route, operation
from paydouble.core.record import Record
from paydouble.core.work import Walk
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.events import API, PROVIDER
from paydouble.providers.stripe.models import EventDestination
from paydouble.providers.stripe.models.event_destinations import SELF
from paydouble.providers.stripe.params_v2 import (
    DestinationCreate,
    DestinationList,
    DestinationUpdate,
    EventList,
    Included,
    Named,
)
from paydouble.providers.stripe.replay import ONCE_V2
from paydouble.providers.stripe.scene import of_call
from paydouble.providers.stripe.thin_events import PING, snapshot_id, thin_shown, thin_type
from paydouble.providers.stripe.versions import nearest

R = TypeVar("R", bound=Record)

LIMIT_DEFAULT = 20
_SCAN = 100
_EVENTS = "/v2/core/events"
_DESTINATIONS = "/v2/core/event_destinations"
_ONE = _DESTINATIONS + "/{id}"
_DOCS = "https://docs.stripe.com/api/v2/core/"
_SECRET_LENGTH = 32


async def _page(
    call: Call[Any], kind: type[R], index: tuple[str, str], where: Callable[[R], bool], url: str
) -> tuple[list[R], str | None]:
    """One page, newest first, and where the next one is. The pages are named by the last id of each."""
    params = call.params
    limit, cursor = params.get("limit", LIMIT_DEFAULT), params.get("page", "")
    if cursor and await call.work.get(kind, cursor) is None:
        raise Errors.PARAMETER_INVALID("The page token is invalid.", param="page")
    found: list[R] = []
    while len(found) <= limit:
        stretch = await call.work.scan(
            kind, Walk(index=index[0], value=index[1], after=cursor, limit=_SCAN)
        )
        found.extend(one for one in stretch if where(one))
        if len(stretch) < _SCAN:
            break
        cursor = stretch[-1].id
    if len(found) <= limit:
        return found, None
    query = {"limit": limit, "page": found[limit - 1].id}
    others = [
        (f"{name}[{index}]", value)
        for name in ("types", "include")
        for index, value in enumerate(params.get(name, ()))
    ]
    if params.get("object_id"):
        others.append(("object_id", params["object_id"]))
    return found[:limit], f"{url}?{urlencode([*query.items(), *others])}"


def _listed(data: list[dict[str, object]], following: str | None) -> Reply:
    return Reply({"data": data, "next_page_url": following, "previous_page_url": None})


@operation(
    "v2.core.events.retrieve",
    Route("v2", "GET", _EVENTS + "/{id}"),
    means=("event.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "events/retrieve",
)
async def retrieve_event(call: Call[Named]) -> Reply:
    """Shows a thin event."""
    event = await call.work.get(Event, snapshot_id(call.params["id"]))
    if event is None or event.provider_merchant != f"{PROVIDER}/{call.account}":
        raise missing("event", call.params["id"])
    return Reply(thin_shown(event))


@operation(
    "v2.core.events.list",
    Route("v2", "GET", _EVENTS),
    means=("event.list",),
    errors=(Errors.PARAMETER_INVALID,),
    docs=_DOCS + "events/list",
)
async def list_events(call: Call[EventList]) -> Reply:
    """Lists thin events, newest first: of an object, of some types, of a time."""
    params = call.params
    object_id, types = params.get("object_id", ""), params.get("types", ())
    low, high = _window(params.get("created") or {})

    def wanted(event: Event) -> bool:
        return (
            object_id in ("", event.body.get("id"))
            and (not types or thin_type(event) in types)
            and low <= event.created <= high
        )

    index = ("provider_merchant", f"{PROVIDER}/{call.account}")
    found, following = await _page(call, Event, index, wanted, _EVENTS)
    return _listed([thin_shown(event) for event in found], following)


_LATEST = Instant(253_402_300_799_999)


def _window(created: dict[str, str]) -> tuple[int, int]:
    """Both bounds inclusive, in milliseconds. Raises ProviderError."""
    low, high = 0, int(_LATEST)
    for name, text in created.items():
        try:
            at = int(datetime.fromisoformat(text).timestamp() * 1_000)
        except (ValueError, OverflowError, OSError):
            raise Errors.PARAMETER_INVALID(
                f"created.{name} is not a time: {text[:40]}", param="created"
            ) from None
        match name:
            case "gt" | "gte":
                low = at + (name == "gt")
            case _:
                high = at - (name == "lt")
    return low, high


@operation(
    "v2.core.event_destinations.create",
    Route("v2", "POST", _DESTINATIONS),
    means=("webhook.register",),
    idempotency=ONCE_V2,
    errors=(Errors.PARAMETER_INVALID, Errors.PARAMETER_MISSING),
    docs=_DOCS + "event-destinations/create",
)
async def create(call: Call[DestinationCreate]) -> Reply:
    """Registers a webhook endpoint for thin events, or for snapshots."""
    scene, params = of_call(call), call.params
    if params["type"] != "webhook_endpoint":
        raise Errors.PARAMETER_INVALID(
            f"PayDouble does not send events to {params['type']}, only to webhook endpoints.", param="type"
        )
    url = _url(params.get("webhook_endpoint") or {})
    version = params.get("snapshot_api_version", "")
    if version and nearest(version) is None:
        raise Errors.PARAMETER_INVALID(
            f"Invalid Stripe API version: {version[:40]}", param="snapshot_api_version"
        )
    made = EventDestination(
        id=scene.id("ed_test_1"),
        created=scene.wall,
        updated=scene.wall,
        merchant=scene.account,
        name=params["name"],
        payload=params["event_payload"],
        enabled_events=tuple(params["enabled_events"]),
        url=url,
        secret=f"whsec_{scene.ids.token(_SECRET_LENGTH)}",
        events_from=tuple(params.get("events_from") or (SELF,)),
        snapshot_api_version=version,
        description=params.get("description", ""),
        metadata=params.get("metadata") or {},
    )
    scene.work.save(made)
    return Reply(made.shown(tuple(params.get("include", ()))), status=201, subject=made)


def _url(given: dict[str, Any]) -> str:
    url = str(given.get("url", ""))
    if not url.startswith(("http://", "https://")):
        raise Errors.PARAMETER_INVALID(
            "webhook_endpoint.url must be an address.", param="webhook_endpoint.url"
        )
    return url


async def _destination(call: Call[Any]) -> EventDestination:
    found = await call.work.get(EventDestination, call.params["id"])
    if found is None or found.merchant != call.account:
        raise missing("event destination", call.params["id"])
    return found


@operation(
    "v2.core.event_destinations.retrieve",
    Route("v2", "GET", _ONE),
    means=("webhook.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "event-destinations/retrieve",
)
async def retrieve(call: Call[Included]) -> Reply:
    """Shows a destination; its URL and its secret for who includes them."""
    found = await _destination(call)
    return Reply(found.shown(tuple(call.params.get("include", ()))), subject=found)


@operation(
    "v2.core.event_destinations.update",
    Route("v2", "POST", _ONE),
    means=("webhook.update",),
    idempotency=ONCE_V2,
    errors=(Errors.RESOURCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "event-destinations/update",
)
async def update(call: Call[DestinationUpdate]) -> Reply:
    """Changes where and what is told."""
    found, params = await _destination(call), call.params
    changes: dict[str, Any] = {"updated": of_call(call).wall}
    for name in ("name", "description"):
        if name in params:
            changes[name] = params[name]
    if "enabled_events" in params:
        changes["enabled_events"] = tuple(params["enabled_events"])
    if "webhook_endpoint" in params:
        changes["url"] = _url(params["webhook_endpoint"])
    if "metadata" in params:
        merged = {**found.metadata, **params["metadata"]}
        changes["metadata"] = {name: value for name, value in merged.items() if value is not None}
    found = replace(found, **changes)
    call.work.save(found)
    return Reply(found.shown(tuple(params.get("include", ()))), subject=found)


@operation(
    "v2.core.event_destinations.delete",
    Route("v2", "DELETE", _ONE),
    means=("webhook.delete",),
    idempotency=ONCE_V2,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "event-destinations/delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Forgets a destination."""
    found = await _destination(call)
    call.work.remove(found)
    return Reply({"id": found.id, "object": "v2.core.event_destination"})


@operation(
    "v2.core.event_destinations.disable",
    Route("v2", "POST", _ONE + "/disable"),
    means=("webhook.update",),
    idempotency=ONCE_V2,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "event-destinations/disable",
)
async def disable(call: Call[Included]) -> Reply:
    """Tells it nothing for the time being."""
    return await _switched(call, "disabled")


@operation(
    "v2.core.event_destinations.enable",
    Route("v2", "POST", _ONE + "/enable"),
    means=("webhook.update",),
    idempotency=ONCE_V2,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "event-destinations/enable",
)
async def enable(call: Call[Included]) -> Reply:
    """Tells it again; what happened meanwhile it misses."""
    return await _switched(call, "enabled")


async def _switched(call: Call[Included], status: str) -> Reply:
    found = await _destination(call)
    found = replace(found, status=status, updated=of_call(call).wall)
    call.work.save(found)
    return Reply(found.shown(tuple(call.params.get("include", ()))), subject=found)


@operation(
    "v2.core.event_destinations.ping",
    Route("v2", "POST", _ONE + "/ping"),
    means=("webhook.update",),
    idempotency=ONCE_V2,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "event-destinations/ping",
)
async def ping(call: Call[Named]) -> Reply:
    """Sends the destination an event about itself, and shows that event."""
    found = await _destination(call)
    event = of_call(call).work.announce(Event(
        id="", type=PING, api=API, provider=PROVIDER, merchant=found.merchant, body=found.shown(),
        subject=found.id,
    ))
    return Reply(thin_shown(event))


@operation(
    "v2.core.event_destinations.list",
    Route("v2", "GET", _DESTINATIONS),
    means=("webhook.list",),
    errors=(Errors.PARAMETER_INVALID,),
    docs=_DOCS + "event-destinations/list",
)
async def list_destinations(call: Call[DestinationList]) -> Reply:
    """Lists the destinations of the account, newest first."""
    include = tuple(call.params.get("include", ()))
    index = ("merchant", call.account)
    found, following = await _page(call, EventDestination, index, lambda one: True, _DESTINATIONS)
    return _listed([one.shown(include) for one in found], following)


OPERATIONS = (
    retrieve_event, list_events, create, retrieve, update, delete, disable, enable, ping, list_destinations,
)  # fmt: skip
