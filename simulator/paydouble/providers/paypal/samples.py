"""The resources of events that never happened, as `simulate-event` tells them.

https://developer.paypal.com/api/rest/webhooks/simulator/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from paydouble.core.clock import DAY, Instant, later, rfc3339_utc
from paydouble.core.ids import Ids
from paydouble.core.machine import Machine
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.paypal import events, samples_billing
from paydouble.providers.paypal.event_types import EVENT_TYPES
from paydouble.providers.paypal.identifiers import event_id, resource_id
from paydouble.providers.paypal.machines import AUTHORIZATION, CAPTURE, REFUND
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund
from paydouble.providers.paypal.showing import order_links, present, times

SIMULATED = "simulated"
"""The subject of such an event."""

R = TypeVar("R", bound=Record)

_VALUE_MINOR, _CURRENCY = 3_000, "USD"


def sample(ids: Ids, type: str, merchant: str, now: Instant, base: str) -> Event:
    """An event of this type with a made-up resource of the right form."""
    told = (ids, merchant, now, base)
    made = (
        _told(AUTHORIZATION, _authorization(*told), type) or _told(CAPTURE, _capture(*told), type)
        or _told(REFUND, _refund(*told), type) or samples_billing.sample(ids, type, merchant, now, base)
    )
    if made is None:
        kind = EVENT_TYPES[type]
        resource: Mapping[str, object] = {
            "id": resource_id(ids), "create_time": rfc3339_utc(now), "links": [],
        }
        if kind.resource == "checkout-order":
            resource = _order(ids, merchant, now, base)
        made = events.event(
            type, merchant, resource, resource_type=kind.resource, version=kind.version, base=base
        )
    return replace(made, id=event_id(ids), created=now, subject=SIMULATED, ref="")


def _told(machine: Machine[R], record: R, type: str) -> Event | None:
    """By the row that announces this event, with the record as it is after that row."""
    for row in machine.rows:
        if row.event is not None:
            told = row.event(replace(record, status=row.target))
            if told.type == type:
                return told
    return None


def _authorization(ids: Ids, merchant: str, now: Instant, base: str) -> Authorization:
    return Authorization(
        id=resource_id(ids), created=now, updated=now, merchant=merchant, order=resource_id(ids), unit=0,
        amount_minor=_VALUE_MINOR, currency=_CURRENCY, expires=later(now, 29 * DAY),
        honored_until=later(now, 3 * DAY), base=base,
    )


def _capture(ids: Ids, merchant: str, now: Instant, base: str) -> Capture:
    return Capture(
        id=resource_id(ids), created=now, updated=now, merchant=merchant, order=resource_id(ids), unit=0,
        amount_minor=_VALUE_MINOR, currency=_CURRENCY, fee_minor=154, base=base,
    )


def _refund(ids: Ids, merchant: str, now: Instant, base: str) -> Refund:
    return Refund(
        id=resource_id(ids), created=now, updated=now, merchant=merchant, order=resource_id(ids),
        capture=resource_id(ids), unit=0, amount_minor=_VALUE_MINOR, currency=_CURRENCY,
        total_minor=_VALUE_MINOR, base=base,
    )


def _order(ids: Ids, merchant: str, now: Instant, base: str) -> Mapping[str, object]:
    unit = {"reference_id": "default", "amount": {"currency_code": _CURRENCY, "value": "30.00"}}
    order = Order(
        id=resource_id(ids), status="APPROVED", created=now, updated=now, merchant=merchant, account=merchant,
        intent="CAPTURE", units=(unit,), currency=_CURRENCY, total_minor=_VALUE_MINOR, base=base,
    )
    return present(
        id=order.id, intent=order.intent, status=order.status, purchase_units=[unit]
    ) | times(now, now) | {"links": order_links(order, base)}
