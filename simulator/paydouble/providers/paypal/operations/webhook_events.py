"""Events: listed, sent again, made up, and their signatures checked. https://developer.paypal.com/docs/api/webhooks/v1/"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from paydouble.core import json_bytes
from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant, parse_rfc3339, rfc3339_utc
from paydouble.core.ids import Ids
from paydouble.core.notification import Endpoint, Event, Notification
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.crypto import rsa
from paydouble.providers.paypal import certificates, events
from paydouble.providers.paypal.errors import WEBHOOKS, Errors
from paydouble.providers.paypal.event_types import EVENT_TYPES
from paydouble.providers.paypal.identifiers import transmission_id
from paydouble.providers.paypal.merchants import webhooks_of
from paydouble.providers.paypal.models import Json, Webhook
from paydouble.providers.paypal.operations.webhooks import DOCS, V1, check_url, invalid
from paydouble.providers.paypal.samples import SIMULATED, sample
from paydouble.providers.paypal.signatures import ALGORITHM, signed_text
from paydouble.providers.paypal.wire import event_shown

PATH = "/v1/notifications/webhooks-events"
PAGE_SIZE, PAGE_SIZE_MAX = 10, 300
UNREGISTERED = "WEBHOOK_ID"
DELIVER = "deliver"
"""What the courier's timers are called."""

_KEY = '"webhook_event"'


class Listing(TypedDict):
    page_size: NotRequired[str]
    start_time: NotRequired[str]
    end_time: NotRequired[str]
    transaction_id: NotRequired[str]
    event_type: NotRequired[str]


class ByEvent(TypedDict):
    event_id: str


class Resend(TypedDict):
    event_id: str
    webhook_ids: NotRequired[list[str]]


class Simulate(TypedDict):
    event_type: str
    webhook_id: NotRequired[str]
    url: NotRequired[str]
    resource_version: NotRequired[str]


class Verify(TypedDict):
    auth_algo: str
    cert_url: str
    transmission_id: str
    transmission_sig: str
    transmission_time: str
    webhook_id: str
    webhook_event: Mapping[str, Any]


@operation(
    "webhooks.verify_signature", Route(WEBHOOKS, "POST", "/v1/notifications/verify-webhook-signature"),
    docs=f"{DOCS}#verify-webhook-signature_post", errors=V1, reads=True,
)
async def verify(call: Call[Verify]) -> Reply:
    """Check the signature of a webhook; a wrong one is an answer, not an error."""
    genuine = await _is_genuine(call)
    return Reply({"verification_status": "SUCCESS" if genuine else "FAILURE"})


async def _is_genuine(call: Call[Verify]) -> bool:
    params = call.params
    key = certificates.key_of(call.merchant, params["cert_url"].rpartition("/")[2])
    hook = await call.work.get(Webhook, params["webhook_id"])
    if not key or hook is None or hook.merchant != call.merchant.id or params["auth_algo"] != ALGORITHM:
        return False
    public, signature = call.keys.public(key), params["transmission_sig"]
    texts = (
        signed_text(params["transmission_id"], params["transmission_time"], hook.id, body)
        for body in await _bodies(call)
    )
    return any(rsa.verifies_sha256(public, text, signature) for text in texts)


async def _bodies(call: Call[Verify]) -> Sequence[bytes]:
    """What may have been signed: the event's bytes as they stand in the request, or as they were sent."""
    event = call.params["webhook_event"]
    bodies = list(slices(call.request.body, event))
    stored = await _payload(call.work, str(event.get("id", "")), call.params["webhook_id"])
    if stored and json_bytes.loads(stored) == event:
        bodies.append(stored)
    return bodies


def slices(body: bytes, event: Mapping[str, Any]) -> Iterator[bytes]:
    """The bytes of `webhook_event` in the request, untouched by any parser."""
    text, decoder, at = body.decode("utf-8", "surrogateescape"), json.JSONDecoder(), 0
    while (at := text.find(_KEY, at)) >= 0:
        at += len(_KEY)
        begin = at
        while begin < len(text) and text[begin] in " \t\r\n:":
            begin += 1
        try:
            value, end = decoder.raw_decode(text, begin)
        except ValueError:
            continue
        if value == event:
            yield text[begin:end].encode("utf-8", "surrogateescape")


async def _payload(work: Work, event: str, webhook: str) -> bytes:
    for owed in await _owed(work, event):
        if owed.endpoint.id == webhook:
            return owed.payload
    return b""


async def _owed(work: Work, event: str) -> Sequence[Notification]:
    return await work.scan(Notification, Walk(index="event", value=event, limit=PAGE_MAX)) if event else ()


@operation(
    "webhooks_events.list", Route(WEBHOOKS, "GET", PATH), docs=f"{DOCS}#webhooks-events_list", errors=V1,
)
async def listed(call: Call[Listing]) -> Reply:
    """List events, the newest first."""
    params = call.params
    size = int(params.get("page_size", str(PAGE_SIZE)))
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise invalid("page_size", "Value is invalid")
    begin, end = _instant(params.get("start_time"), 0), _instant(params.get("end_time"), call.clock.now())
    feed = f"{events.PROVIDER}/{call.merchant.id}"
    walk = Walk(index="provider_merchant", value=feed, between=(begin, end), limit=PAGE_MAX)
    wanted = [event for event in await call.work.scan(Event, walk) if _is_wanted(event, params)][:size]
    base = call.request.base_url
    return Reply({
        "events": [event_shown(event, base) for event in wanted], "count": len(wanted),
        "links": [{"href": f"{base}{PATH}?page_size={size}", "rel": "self", "method": "GET"}],
    })


def _instant(text: str | None, default: int) -> Instant:
    if text is None:
        return Instant(default)
    try:
        return parse_rfc3339(text)
    except (ValueError, OverflowError):
        raise invalid("start_time", "Not a valid time") from None


def _is_wanted(event: Event, params: Listing) -> bool:
    if event.subject == SIMULATED:
        return False
    type, transaction = params.get("event_type", event.type), params.get("transaction_id", "")
    resource = event.body["resource"]
    assert isinstance(resource, Mapping), f"{event.id} is about nothing"
    return event.type == type and (not transaction or resource.get("id") == transaction)


@operation(
    "webhooks_events.get", Route(WEBHOOKS, "GET", f"{PATH}/{{event_id}}"), docs=f"{DOCS}#webhooks-events_get",
    errors=(Errors.INVALID_RESOURCE_ID, *V1),
)
async def show(call: Call[ByEvent]) -> Reply:
    """Show an event, with what became of telling it."""
    event = await _find(call)
    owed = await _owed(call.work, event.id)
    return Reply(event_shown(event, call.request.base_url) | _transmissions(owed))


def _transmissions(owed: Sequence[Notification]) -> Json:
    words = {"acknowledged": "SUCCESS", "due": "PENDING"}
    shown = [
        {
            "webhook_url": each.endpoint.url, "transmission_id": transmission_id(each.id.encode().hex()),
            "status": words.get(each.status, "FAILURE"), "timestamp": rfc3339_utc(each.created),
            **({"http_status": str(each.attempts[-1].status)} if each.attempts else {}),
        }
        for each in owed
    ]
    status = next((one["status"] for one in shown if one["status"] != "SUCCESS"), "SUCCESS")
    return {"status": status, "transmissions": shown}


async def _find(call: Call[Any]) -> Event:
    event = await call.work.get(Event, call.params["event_id"])
    if event is None or event.merchant != call.merchant.id or event.subject == SIMULATED:
        raise Errors.INVALID_RESOURCE_ID()
    return event


@operation(
    "webhooks_events.resend", Route(WEBHOOKS, "POST", f"{PATH}/{{event_id}}/resend"),
    docs=f"{DOCS}#webhooks-events_resend", errors=(Errors.INVALID_RESOURCE_ID, *V1),
)
async def resend(call: Call[Resend]) -> Reply:
    """Send an event again, to all webhooks that want it or to some; what is still pending is not."""
    event = await _find(call)
    wanted, known = call.params.get("webhook_ids"), await webhooks_of(call.work, call.merchant.id)
    unknown = set(wanted or ()) - {hook.id for hook in known}
    if unknown:
        raise invalid("webhook_ids", "Not a valid webhook id")
    waiting = {owed.endpoint.id for owed in await _owed(call.work, event.id) if owed.status == "due"}
    for hook in known:
        chosen = hook.id in wanted if wanted else hook.wants(event.type)
        if chosen and hook.id not in waiting:
            _send(call.work, call.ids, call.clock.now(), event, hook)
    return Reply(event_shown(event, call.request.base_url), 202)


def _send(work: Work, ids: Ids, now: Instant, event: Event, hook: Webhook) -> None:
    base = hook.base or str(event.body.get("base", ""))
    owed = Notification(
        id=f"ntf_{ids.token(20)}", status="due", created=now, event=event.id, event_type=event.type,
        provider=event.provider, merchant=event.merchant, subject=event.subject, ref=event.ref, due_at=now,
        endpoint=Endpoint(id=hook.id, url=hook.url, version=base),
        payload=json_bytes.dumps(event_shown(event, base)),
    )
    work.save(owed)
    work.at(now, owed, DELIVER)


@operation(
    "webhooks.simulate_event", Route(WEBHOOKS, "POST", "/v1/notifications/simulate-event"),
    docs=f"{DOCS}#simulate-event_post", errors=(Errors.INVALID_RESOURCE_ID, *V1),
)
async def simulate(call: Call[Simulate]) -> Reply:
    """Send an event that never happened; unlike the real service's, it can be verified."""
    params, base, now = call.params, call.request.base_url, call.clock.now()
    type = params["event_type"]
    if type not in EVENT_TYPES:
        raise invalid("event_type", "Not a valid event name")
    hook = await _addressee(call, base)
    made = sample(call.ids, type, call.merchant.id, now, base)
    call.work.save(made)
    _send(call.work, call.ids, now, made, hook)
    return Reply(event_shown(made, base), 202)


async def _addressee(call: Call[Simulate], base: str) -> Webhook:
    """A webhook, or an address that none has; its signature is for no webhook then."""
    id = call.params.get("webhook_id", "")
    if id:
        hook = await call.work.get(Webhook, id)
        if hook is None or hook.merchant != call.merchant.id:
            raise Errors.INVALID_RESOURCE_ID()
        return hook
    url = check_url(call, call.params.get("url"))
    return Webhook(id=UNREGISTERED, merchant=call.merchant.id, url=url, event_types=("*",), base=base)


OPERATIONS: tuple[Operation, ...] = (verify, listed, show, resend, simulate)
