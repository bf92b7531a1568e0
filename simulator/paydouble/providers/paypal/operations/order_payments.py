"""Orders: captured and authorized. https://developer.paypal.com/docs/api/orders/v2/"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.errors import ErrorTable
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import paying, replay
from paydouble.providers.paypal.errors import COMMON, ORDERS
from paydouble.providers.paypal.machines import APPROVED, COMPLETED
from paydouble.providers.paypal.models import Order
from paydouble.providers.paypal.operations.orders import (
    DECLINES,
    DOCS,
    ITSELF,
    SOURCED,
    already,
    find,
    pay,
    source_of,
)
from paydouble.providers.paypal.order_errors import OrderErrors
from paydouble.providers.paypal.scene import Scene, of_call, wants_whole
from paydouble.providers.paypal.showing import order_shown, paid_shown
from paydouble.providers.paypal.sources import Source

REFUSALS: tuple[ErrorTable, ...] = (
    OrderErrors.INVALID_RESOURCE_ID, OrderErrors.ACTION_DOES_NOT_MATCH_INTENT,
    OrderErrors.ORDER_ALREADY_CAPTURED, OrderErrors.ORDER_ALREADY_AUTHORIZED,
    OrderErrors.ORDER_NOT_APPROVED, *SOURCED, *DECLINES, *COMMON,
)


class PayRequest(TypedDict):
    id: str
    payment_source: NotRequired[Mapping[str, Any]]


async def paid(call: Call[Any], order: Order) -> Reply:
    base = call.request.base_url
    body = order_shown(call.work, order, base) if wants_whole(call) else paid_shown(call.work, order, base)
    return Reply(await body, subject=order)


@operation(
    "orders.capture", Route(ORDERS, "POST", f"{ITSELF}/capture"), means=("payment.charge", "payment.capture"),
    idempotency=replay.of_orders(paid), docs=f"{DOCS}#orders_capture", errors=REFUSALS,
)
async def capture(call: Call[PayRequest]) -> Reply:
    """Capture an order that its payer approved."""
    return await _pay(call, "CAPTURE")


@operation(
    "orders.authorize", Route(ORDERS, "POST", f"{ITSELF}/authorize"), means=("payment.charge",),
    idempotency=replay.of_orders(paid), docs=f"{DOCS}#orders_authorize", errors=REFUSALS,
)
async def authorize(call: Call[PayRequest]) -> Reply:
    """Authorize an order that its payer approved."""
    return await _pay(call, "AUTHORIZE")


async def _pay(call: Call[PayRequest], intent: str) -> Reply:
    scene, order = of_call(call), await find(call)
    if order.intent != intent:
        raise OrderErrors.ACTION_DOES_NOT_MATCH_INTENT()
    if order.status == COMPLETED:
        raise already(order)
    order = _with_source(scene, order, await source_of(call, scene))
    if order.attempts >= scene.terms.attempts_max:
        raise OrderErrors.MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED()
    row = paying.wallet_refusal(order, call.outcome, DECLINES)
    if row is not None:
        failed = replace(order, attempts=order.attempts + 1, updated=scene.now)
        call.work.save(failed)
        return Reply.refused(paying.sent_back(failed, row, scene.base), failed)
    order = await pay(scene, order, call)
    return replace(await paid(call, order), status=201)


def _with_source(scene: Scene, order: Order, source: Source | None) -> Order:
    """A card in the body, or a source of the vault, needs no approval; all else does."""
    if source is None or not (source.pays or source.asks):
        if order.status != APPROVED:
            raise OrderErrors.ORDER_NOT_APPROVED()
        return order
    if not source.pays:
        if order.status == APPROVED and source.kind in order.source:
            return order
        raise paying.sent_back(order, OrderErrors.PAYER_ACTION_REQUIRED, scene.base)
    return replace(order, source=source.shown, card=source.card)


OPERATIONS: tuple[Operation, ...] = (authorize, capture)
