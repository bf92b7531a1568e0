"""Orders of the classic API: captured or authorized in their own time.

https://developer.paypal.com/docs/api/payments/v1/#orders
"""

from __future__ import annotations

from typing import Any, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import classic_showing, paying, replay
from paydouble.providers.paypal.classic_errors import ClassicErrors
from paydouble.providers.paypal.classic_showing import V1 as PATH
from paydouble.providers.paypal.errors import CLASSIC, Errors
from paydouble.providers.paypal.machines import COMPLETED, ORDER, VOIDED
from paydouble.providers.paypal.models import Authorization, Json, Order
from paydouble.providers.paypal.operations.classic_money import (
    CAPTURES,
    CaptureRequest,
    amount_of,
    captured_again,
    check_outcome,
    find,
)
from paydouble.providers.paypal.operations.classic_payments import DOCS, V1
from paydouble.providers.paypal.scene import Scene, of_call


class ByOrder(TypedDict):
    order_id: str


async def _order(call: Call[Any], *, open_: bool = False) -> Order:
    order = await find(call, Order, "order_id")
    if order.intent != "ORDER":
        raise Errors.INVALID_RESOURCE_ID()
    if open_ and (order.voided or order.status == VOIDED or order.captured_minor >= order.total_minor):
        raise ClassicErrors.ORDER_ALREADY_COMPLETED()
    return order


def _shown(order: Order, base: str) -> Json:
    return classic_showing.order_shown(order, base)


@operation(
    "order.get", Route(CLASSIC, "GET", f"{PATH}/orders/{{order_id}}"), means=("payment.query",),
    docs=f"{DOCS}#orders_get", errors=V1,
)
async def show_order(call: Call[ByOrder]) -> Reply:
    """Show the order of a payment with the intent `order`."""
    order = await _order(call)
    return Reply(_shown(order, call.request.base_url), subject=order)


@operation(
    "order.capture", Route(CLASSIC, "POST", f"{PATH}/orders/{{order_id}}/capture"),
    means=("payment.charge", "payment.capture"), idempotency=replay.of_classic(captured_again),
    docs=f"{DOCS}#orders_capture", errors=(ClassicErrors.ORDER_ALREADY_COMPLETED, *CAPTURES),
)
async def capture_order(call: Call[CaptureRequest]) -> Reply:
    """Capture an order, wholly or in part."""
    scene, order = of_call(call), await _order(call, open_=True)
    check_outcome(call)
    left = Money(order.total_minor - order.captured_minor, order.currency)
    amount = amount_of(call, left, left.minor)
    order, taken = paying.take(
        scene, order, 0, amount, outcome=call.outcome, final=call.params.get("is_final_capture", False),
        invoice_id=call.params.get("invoice_number", ""), request_key=scene.request_key,
    )
    _completed(scene, order)
    return Reply(classic_showing.capture_shown(taken, scene.base), 201, subject=taken)


def _completed(scene: Scene, order: Order) -> None:
    if order.status != COMPLETED:
        fire(scene.work, ORDER, order, "complete", scene.now)


@operation(
    "order.authorize", Route(CLASSIC, "POST", f"{PATH}/orders/{{order_id}}/authorize"),
    docs=f"{DOCS}#orders_authorize", errors=(ClassicErrors.ORDER_ALREADY_COMPLETED, *CAPTURES),
)
async def authorize_order(call: Call[CaptureRequest]) -> Reply:
    """Hold the money of an order."""
    scene, order = of_call(call), await _order(call, open_=True)
    check_outcome(call)
    amount = amount_of(call, Money(order.total_minor, order.currency), order.total_minor)
    order = paying.hold(scene, order, amount, call.outcome)
    _completed(scene, order)
    held = await call.work.get(Authorization, order.authorizations[-1])
    assert held is not None, "held, and not there"
    return Reply(classic_showing.authorization_shown(held, scene.base), 201, subject=held)


@operation(
    "order.void", Route(CLASSIC, "POST", f"{PATH}/orders/{{order_id}}/do-void"), means=("payment.cancel",),
    docs=f"{DOCS}#orders_void", errors=(ClassicErrors.ORDER_ALREADY_COMPLETED, *V1),
)
async def void_order(call: Call[ByOrder]) -> Reply:
    """Give up an order that was not captured."""
    scene, order = of_call(call), await _order(call, open_=True)
    if order.status == COMPLETED:
        raise ClassicErrors.ORDER_ALREADY_COMPLETED()
    ended = fire(scene.work, ORDER, order, "void", scene.now, voided=True)
    return Reply(_shown(ended, scene.base), subject=ended)


OPERATIONS: tuple[Operation, ...] = (show_order, capture_order, authorize_order, void_order)
