"""Events of the Stripe simulator: how one is made, what changed, and how it looks on the wire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from paydouble.core.notification import Event
from paydouble.providers.stripe.models import Charge, Dispute, Json, PaymentIntent, Refund
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.versions import rendered

PROVIDER = "stripe"
API = "v1"


class Shown(Protocol):
    """A record of an account that can be shown, and so can be told of."""

    @property
    def merchant(self) -> str: ...

    def shown(self) -> dict[str, object]: ...


def event(type: str, record: Shown, *, previous: Json = EMPTY) -> Event:
    """With the object as it is now."""
    return Event(
        id="", type=type, api=API, provider=PROVIDER, merchant=record.merchant, body=record.shown(),
        previous=previous, subject=_payment(record), ref=_ref(record), meaning=_meaning(type, record),
    )


def _meaning(type: str, record: Shown) -> str:
    """Both ends of a dispute are told alike; of one that is won, another event tells as well."""
    won = type == "charge.dispute.closed" and isinstance(record, Dispute) and record.status != "lost"
    return "dispute.closed" if won else ""


def announces(type: str) -> Callable[[Shown], Event]:
    """What a row of a machine announces."""
    return lambda record: event(type, record)


def changed(before: Json, after: Json) -> dict[str, object]:
    """`previous_attributes`: what the changed members were, hashes in part and lists as a whole."""
    previous: dict[str, object] = {}
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            previous[name] = changed(old, new)
        else:
            previous[name] = old
    return dict(sorted(previous.items()))


def event_shown(told: Event, version: str, pending_webhooks: int) -> dict[str, object]:
    """In that version of the API; `request` is empty where no call was the cause."""
    data: dict[str, object] = {"object": rendered(told.body, version)}
    if told.previous:
        data["previous_attributes"] = told.previous
    cause = told.cause
    shape: dict[str, object] = {"id": told.id, "object": "event"}
    if told.account:
        shape["account"] = told.account
    return shape | {
        "api_version": version,
        "created": told.created // 1_000,
        "data": data,
        "livemode": False,
        "pending_webhooks": pending_webhooks,
        "request": {
            "id": request_id(cause["request"]) if cause.get("request") else None,
            "idempotency_key": cause.get("idempotency_key") or None,
        },
        "type": told.type,
    }


def request_id(id: str) -> str:
    """Ours has thirty-two digits, Stripe's fourteen."""
    return f"req_{id[:14]}"


def _payment(record: Shown) -> str:
    if isinstance(record, Charge | Refund | Dispute):
        return record.payment_intent
    return record.id if isinstance(record, PaymentIntent) else ""


def _ref(record: Shown) -> str:
    return record.ref if isinstance(record, PaymentIntent | Charge | Refund | Dispute) else ""
