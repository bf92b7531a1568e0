"""Events, as they were when they happened (https://docs.stripe.com/api/events)."""

from __future__ import annotations

from fnmatch import fnmatchcase

from paydouble.core.call import Call, Reply
from paydouble.core.notification import Event, Notification
from paydouble.core.operation import Route, operation
from paydouble.core.work import Walk, Work
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.events import PROVIDER, event_shown
from paydouble.providers.stripe.params import EventList, Named
from paydouble.providers.stripe.settings import terms_of

_URL = "/v1/events"
_DOCS = "https://docs.stripe.com/api/events/"


async def _unacknowledged(work: Work, event: Event) -> int:
    owed = await work.scan(Notification, Walk(index="event", value=event.id))
    return sum(notification.status != "acknowledged" for notification in owed)


@operation(
    "events.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("event.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows an event in the account's default version, whatever version its endpoints got."""
    event = await call.work.get(Event, call.params["id"])
    if event is None or event.provider_merchant != f"{PROVIDER}/{call.account}":
        raise missing("event", call.params["id"])
    version = terms_of(call.merchant).api_version
    return Reply(event_shown(event, version, await _unacknowledged(call.work, event)))


@operation(
    "events.list",
    Route("v1", "GET", _URL),
    means=("event.list",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_events(call: Call[EventList]) -> Reply:
    """Lists events, newest first; types may end in a star."""
    params = call.params
    if "type" in params and "types" in params:
        raise Errors.PARAMETERS_EXCLUSIVE(
            "You may only specify one of these parameters: type, types.", param="types"
        )
    wanted = params.get("types") or [params.get("type", "*")]
    index = ("provider_merchant", f"{PROVIDER}/{call.account}")
    delivered = params.get("delivery_success")

    async def as_delivered(event: Event) -> bool:
        return (await _unacknowledged(call.work, event) == 0) is delivered

    found, more = await lists.page(
        call,
        Event,
        "event",
        index=index,
        where=lambda event: any(fnmatchcase(event.type, pattern) for pattern in wanted),
        also=None if delivered is None else as_delivered,
    )
    version, data = terms_of(call.merchant).api_version, []
    for event in found:
        data.append(event_shown(event, version, await _unacknowledged(call.work, event)))
    return Reply(lists.shown(_URL, data, has_more=more))


OPERATIONS = (retrieve, list_events)
