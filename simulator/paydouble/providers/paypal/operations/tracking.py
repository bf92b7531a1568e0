"""Shipments of what an order bought. https://developer.paypal.com/docs/api/orders/v2/#orders_track_create"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import rfc3339_utc
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import replay
from paydouble.providers.paypal.errors import COMMON, ORDERS
from paydouble.providers.paypal.models import Capture, Json, Order
from paydouble.providers.paypal.operations.orders import DOCS, ITSELF, find
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.patching import PATCH_REFUSALS, tracker_patched
from paydouble.providers.paypal.scene import of_call
from paydouble.providers.paypal.showing import ORDERS_PATH, link, order_shown


class TrackRequest(TypedDict):
    id: str
    capture_id: str
    tracking_number: NotRequired[str]
    carrier: NotRequired[str]
    carrier_name_other: NotRequired[str]
    notify_payer: NotRequired[bool]
    items: NotRequired[list[Mapping[str, Any]]]


class PatchRequest(TypedDict):
    id: str
    tracker_id: str
    patches: list[Mapping[str, Any]]


async def tracked(call: Call[Any], order: Order) -> Reply:
    return Reply(await order_shown(call.work, order, call.request.base_url), subject=order)


@operation(
    "orders.track.create", Route(ORDERS, "POST", f"{ITSELF}/track"), docs=f"{DOCS}#orders_track_create",
    idempotency=replay.of_orders(tracked),
    errors=(
        OrderErrors.INVALID_RESOURCE_ID, OrderErrors.CAPTURE_ID_NOT_FOUND,
        OrderErrors.CAPTURE_STATUS_NOT_VALID, *COMMON,
    ),
)
async def track(call: Call[TrackRequest]) -> Reply:
    """Tell that what was captured was shipped."""
    scene, order, params = of_call(call), await find(call), call.params
    taken = await call.work.get(Capture, params["capture_id"])
    if taken is None or taken.order != order.id:
        raise OrderErrors.CAPTURE_ID_NOT_FOUND(
            field="/capture_id", value=params["capture_id"], location="body"
        )
    if taken.status not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise OrderErrors.CAPTURE_STATUS_NOT_VALID()
    id = f"{taken.id}-{params.get('tracking_number', 'NOTRACKER')}"
    itself = f"{scene.base}{ORDERS_PATH}/{order.id}"
    tracker: Json = {
        "id": id, "status": "SHIPPED", "items": list(params.get("items") or ()),
        "links": [link(itself, "up"), link(f"{itself}/trackers/{id}", "update", "PATCH")],
        "create_time": rfc3339_utc(scene.now), "update_time": rfc3339_utc(scene.now),
    }
    others = [one for one in trackers_of(order, taken.unit) if one["id"] != id]
    order = _with(order, taken.unit, [*others, tracker])
    call.work.save(replace(order, updated=scene.now))
    return replace(await tracked(call, order), status=201)


@operation(
    "orders.trackers.patch", Route(ORDERS, "PATCH", f"{ITSELF}/trackers/{{tracker_id}}"),
    docs=f"{DOCS}#orders_trackers_patch",
    errors=(OrderErrors.INVALID_RESOURCE_ID, OrderErrors.TRACKER_ID_NOT_FOUND, *PATCH_REFUSALS, *COMMON),
)
async def patch(call: Call[PatchRequest]) -> Reply:
    """Change or cancel a shipment."""
    scene, order = of_call(call), await find(call)
    for number in range(len(order.units)):
        known = trackers_of(order, number)
        if any(one["id"] == call.params["tracker_id"] for one in known):
            changed = [
                tracker_patched(one, call.params["patches"], rfc3339_utc(scene.now))
                if one["id"] == call.params["tracker_id"] else one
                for one in known
            ]
            call.work.save(replace(_with(order, number, changed), updated=scene.now))
            return Reply(b"", 204, subject=order)
    raise OrderErrors.TRACKER_ID_NOT_FOUND()


def trackers_of(order: Order, unit: int) -> list[Json]:
    return [dict(one) for one in (order.units[unit].get("shipping") or {}).get("trackers", ())]


def _with(order: Order, unit: int, trackers: list[Json]) -> Order:
    units = [copy.deepcopy(dict(one)) for one in order.units]
    units[unit].setdefault("shipping", {})["trackers"] = trackers
    return replace(order, units=tuple(units))


OPERATIONS: tuple[Operation, ...] = (track, patch)
