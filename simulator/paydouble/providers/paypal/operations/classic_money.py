"""Sales, authorizations, orders, captures and refunds of the classic API.

https://developer.paypal.com/docs/api/payments/v1/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, TypeVar

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.paypal import (
    billing_showing,
    classic,
    classic_showing,
    paying,
    refunding,
    replay,
    selling,
)
from paydouble.providers.paypal.classic_errors import ClassicErrors
from paydouble.providers.paypal.classic_showing import V1 as PATH
from paydouble.providers.paypal.errors import CLASSIC, Errors
from paydouble.providers.paypal.machines import AUTHORIZATION
from paydouble.providers.paypal.models import Authorization, Capture, Refund
from paydouble.providers.paypal.operations.authorizations import beyond, order_of
from paydouble.providers.paypal.operations.captures import REFUND_DAYS
from paydouble.providers.paypal.operations.classic_payments import DECLINES, DOCS, V1
from paydouble.providers.paypal.scene import Scene, of_call
from paydouble.providers.paypal.subscription_models import Sale, SaleRefund, Subscription
from paydouble.providers.paypal.voiding import given_up

R = TypeVar("R", bound=Record)

REFUNDS: tuple[ErrorTable, ...] = (
    ClassicErrors.TRANSACTION_ALREADY_REFUNDED, ClassicErrors.REFUND_EXCEEDED_TRANSACTION_AMOUNT,
    ClassicErrors.REFUND_TIME_LIMIT_EXCEEDED, ClassicErrors.TRANSACTION_REFUSED,
    ClassicErrors.REFUND_FAILED_INSUFFICIENT_FUNDS, ClassicErrors.CURRENCY_MISMATCH,
    ClassicErrors.CURRENCY_NOT_ALLOWED, *V1,
)
CAPTURES: tuple[ErrorTable, ...] = (
    ClassicErrors.AUTHORIZATION_ALREADY_COMPLETED, ClassicErrors.AUTHORIZATION_EXPIRED,
    ClassicErrors.AUTHORIZATION_VOIDED, ClassicErrors.CAPTURE_AMOUNT_LIMIT_EXCEEDED,
    ClassicErrors.CURRENCY_MISMATCH, ClassicErrors.CURRENCY_NOT_ALLOWED, *DECLINES, *V1,
)


class BySale(TypedDict):
    sale_id: str


class ByCapture(TypedDict):
    capture_id: str


class ByRefund(TypedDict):
    refund_id: str


class ByAuthorization(TypedDict):
    authorization_id: str


class RefundRequest(TypedDict):
    amount: NotRequired[Mapping[str, Any]]
    description: NotRequired[str]
    reason: NotRequired[str]
    invoice_number: NotRequired[str]


class CaptureRequest(TypedDict):
    amount: NotRequired[Mapping[str, Any]]
    is_final_capture: NotRequired[bool]
    invoice_number: NotRequired[str]


async def find(call: Call[Any], kind: type[R], name: str) -> R:
    """Raises INVALID_RESOURCE_ID for what is not there, somebody else's, or not of the classic API."""
    found = await call.work.get(kind, call.params[name])
    if found is None or found.merchant != call.merchant.id or not found.payment:  # type: ignore[attr-defined]
        raise Errors.INVALID_RESOURCE_ID()
    return found


async def _sale(call: Call[Any]) -> Capture:
    taken = await find(call, Capture, "sale_id")
    if not taken.sale:
        raise Errors.INVALID_RESOURCE_ID()
    return taken


async def _subscribed(call: Call[Any]) -> Sale | None:
    """A sale of a subscription has the same address."""
    found = await call.work.get(Sale, call.params["sale_id"])
    return found if found is not None and found.merchant == call.merchant.id else None


@operation(
    "sale.get", Route(CLASSIC, "GET", f"{PATH}/sale/{{sale_id}}"), means=("payment.query",),
    docs=f"{DOCS}#sale_get", errors=V1,
)
async def show_sale(call: Call[BySale]) -> Reply:
    """Show a sale, of a payment or of a subscription."""
    subscribed = await _subscribed(call)
    if subscribed is not None:
        return Reply(billing_showing.sale_shown(subscribed, call.request.base_url), subject=subscribed)
    taken = await _sale(call)
    return Reply(classic_showing.sale_shown(taken, call.request.base_url), subject=taken)


async def _refund_again(call: Call[Any], subject: Record) -> Reply:
    """What the first call with this key handed back."""
    base = call.request.base_url
    if isinstance(subject, SaleRefund):
        return Reply(billing_showing.refund_shown(subject, base), subject=subject)
    assert isinstance(subject, Refund), f"{subject.id} is no refund"
    return Reply(classic_showing.refund_shown(subject, base), subject=subject)


@operation(
    "sale.refund", Route(CLASSIC, "POST", f"{PATH}/sale/{{sale_id}}/refund"), means=("refund.create",),
    idempotency=replay.of_classic(_refund_again), docs=f"{DOCS}#sale_refund", errors=REFUNDS,
)
async def refund_sale(call: Call[RefundRequest]) -> Reply:
    """Refund a sale, wholly or in part."""
    subscribed = await _subscribed(call)
    if subscribed is not None:
        return await _refund_subscribed(call, subscribed)
    return await _refunded(call, await _sale(call))


async def _refund_subscribed(call: Call[Any], sale: Sale) -> Reply:
    scene = of_call(call)
    left = sale.amount_minor - sale.refunded_minor
    minor = _refundable(scene, call, left, sale.currency, sale.created)
    subscription = await call.work.get(Subscription, sale.subscription)
    assert subscription is not None, f"{sale.id} has no subscription"
    _, made = selling.refund(scene, subscription, sale, minor, reason=call.params.get("description", ""))
    return Reply(billing_showing.refund_shown(made, scene.base), 201, subject=made)


async def _refunded(call: Call[Any], taken: Capture) -> Reply:
    scene, params = of_call(call), call.params
    if taken.status not in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
        raise ClassicErrors.TRANSACTION_REFUSED()
    minor = _refundable(scene, call, taken.refundable_minor, taken.currency, taken.created)
    told = {"invoice_id": params.get("invoice_number", ""), "note_to_payer": params.get("description", "")}
    waits = call.outcome is not None and call.outcome.result in paying.WAITS
    order = await order_of(call, taken.order)
    _, made = refunding.refund(
        scene, order, taken, Money(minor, taken.currency), told, paying.NO_SHARE, waits=waits
    )
    return Reply(classic_showing.refund_shown(made, scene.base), 201, subject=made)


def _refundable(scene: Scene, call: Call[Any], left: int, currency: str, created: int) -> int:
    """Minor units to hand back, in order of precedence of what forbids it."""
    outcome = call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED):
        raise paying.refusal(outcome, REFUNDS, ClassicErrors.TRANSACTION_REFUSED)()
    if left == 0:
        raise ClassicErrors.TRANSACTION_ALREADY_REFUNDED()
    if scene.now > created + REFUND_DAYS * DAY:
        raise ClassicErrors.REFUND_TIME_LIMIT_EXCEEDED()
    asked = call.params.get("amount")
    if not asked:
        return left
    amount = classic.money_of(asked, "amount")
    if amount.currency != currency:
        raise ClassicErrors.CURRENCY_MISMATCH()
    if amount.minor > left:
        raise ClassicErrors.REFUND_EXCEEDED_TRANSACTION_AMOUNT()
    return amount.minor


@operation(
    "capture.get", Route(CLASSIC, "GET", f"{PATH}/capture/{{capture_id}}"), means=("payment.query",),
    docs=f"{DOCS}#capture_get", errors=V1,
)
async def show_capture(call: Call[ByCapture]) -> Reply:
    """Show a capture of an authorization or an order."""
    taken = await find(call, Capture, "capture_id")
    return Reply(classic_showing.capture_shown(taken, call.request.base_url), subject=taken)


@operation(
    "capture.refund", Route(CLASSIC, "POST", f"{PATH}/capture/{{capture_id}}/refund"),
    means=("refund.create",), idempotency=replay.of_classic(_refund_again),
    docs=f"{DOCS}#capture_refund", errors=REFUNDS,
)
async def refund_capture(call: Call[RefundRequest]) -> Reply:
    """Refund a capture, wholly or in part."""
    return await _refunded(call, await find(call, Capture, "capture_id"))


@operation(
    "refund.get", Route(CLASSIC, "GET", f"{PATH}/refund/{{refund_id}}"), means=("refund.query",),
    docs=f"{DOCS}#refund_get", errors=V1,
)
async def show_refund(call: Call[ByRefund]) -> Reply:
    """Show a refund of a sale or a capture."""
    base = call.request.base_url
    made = await call.work.get(SaleRefund, call.params["refund_id"])
    if made is not None and made.merchant == call.merchant.id:
        return Reply(billing_showing.refund_shown(made, base), subject=made)
    found = await find(call, Refund, "refund_id")
    return Reply(classic_showing.refund_shown(found, base), subject=found)


@operation(
    "authorization.get", Route(CLASSIC, "GET", f"{PATH}/authorization/{{authorization_id}}"),
    means=("payment.query",), docs=f"{DOCS}#authorization_get", errors=V1,
)
async def show_authorization(call: Call[ByAuthorization]) -> Reply:
    """Show an authorization."""
    held = await find(call, Authorization, "authorization_id")
    return Reply(classic_showing.authorization_shown(held, call.request.base_url), subject=held)


def _check_open(scene: Scene, held: Authorization) -> None:
    """In order of precedence."""
    if held.status == "CAPTURED":
        raise ClassicErrors.AUTHORIZATION_ALREADY_COMPLETED()
    if paying.is_expired(held, scene.now):
        raise ClassicErrors.AUTHORIZATION_EXPIRED()
    if held.status == "VOIDED":
        raise ClassicErrors.AUTHORIZATION_VOIDED()
    if held.status in ("DENIED", "PENDING") or held.renewed:
        raise ClassicErrors.TRANSACTION_REFUSED()


def amount_of(call: Call[Any], whole: Money, most: int) -> Money:
    """Nothing said means all that is left; `most` in minor units."""
    asked = call.params.get("amount")
    amount = classic.money_of(asked, "amount") if asked else whole
    if amount.currency != whole.currency:
        raise ClassicErrors.CURRENCY_MISMATCH()
    if amount.minor > most:
        raise ClassicErrors.CAPTURE_AMOUNT_LIMIT_EXCEEDED()
    return amount


async def captured_again(call: Call[Any], taken: Capture) -> Reply:
    return Reply(classic_showing.capture_shown(taken, call.request.base_url), subject=taken)


@operation(
    "authorization.capture", Route(CLASSIC, "POST", f"{PATH}/authorization/{{authorization_id}}/capture"),
    means=("payment.charge", "payment.capture"), idempotency=replay.of_classic(captured_again),
    docs=f"{DOCS}#authorization_capture", errors=CAPTURES,
)
async def capture(call: Call[CaptureRequest]) -> Reply:
    """Capture an authorization, wholly or in part."""
    scene, held = of_call(call), await find(call, Authorization, "authorization_id")
    _check_open(scene, held)
    check_outcome(call)
    left = Money(held.amount_minor - held.captured_minor, held.currency)
    amount = amount_of(call, left, beyond(held.amount) - held.captured_minor)
    final = call.params.get("is_final_capture", False)
    done = final or held.captured_minor + amount.minor >= held.amount_minor
    reserve = min(held.reserved_minor, amount.minor)
    kept = 0 if done else held.reserved_minor - reserve
    _, taken = paying.take(
        scene, await order_of(call, held.order), held.unit, amount, outcome=call.outcome, held=held,
        final=final, invoice_id=call.params.get("invoice_number", ""), from_reserve=reserve,
        request_key=scene.request_key,
    )
    paying.release(scene, held, held.reserved_minor - reserve - kept)
    fire(
        scene.work, AUTHORIZATION, held, "take_all" if done else "take", scene.now, reserved_minor=kept,
        captured_minor=held.captured_minor + amount.minor, captures_count=held.captures_count + 1,
    )
    return Reply(classic_showing.capture_shown(taken, scene.base), 201, subject=taken)


def check_outcome(call: Call[Any]) -> None:
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise paying.refusal(call.outcome, DECLINES, ClassicErrors.TRANSACTION_REFUSED)()


@operation(
    "authorization.void", Route(CLASSIC, "POST", f"{PATH}/authorization/{{authorization_id}}/void"),
    means=("payment.cancel",), docs=f"{DOCS}#authorization_void", errors=CAPTURES,
)
async def void(call: Call[ByAuthorization]) -> Reply:
    """Give up what is held and not captured."""
    scene, held = of_call(call), await find(call, Authorization, "authorization_id")
    _check_open(scene, held)
    await given_up(scene, held, "void")
    ended = await find(call, Authorization, "authorization_id")
    return Reply(classic_showing.authorization_shown(ended, scene.base), subject=ended)


@operation(
    "authorization.reauthorize",
    Route(CLASSIC, "POST", f"{PATH}/authorization/{{authorization_id}}/reauthorize"),
    docs=f"{DOCS}#authorization_reauthorize",
    errors=(
        ClassicErrors.CANNOT_REAUTH_CHILD_AUTHORIZATION, ClassicErrors.REAUTHORIZATION_TOO_SOON,
        ClassicErrors.AUTHORIZATION_AMOUNT_LIMIT_EXCEEDED, *CAPTURES,
    ),
)
async def reauthorize(call: Call[CaptureRequest]) -> Reply:
    """Hold the money for three more days, once, after the first three."""
    scene, held = of_call(call), await find(call, Authorization, "authorization_id")
    if held.renewed or not held.renewals_left:
        raise ClassicErrors.CANNOT_REAUTH_CHILD_AUTHORIZATION()
    _check_open(scene, held)
    if scene.now < held.honored_until:
        raise ClassicErrors.REAUTHORIZATION_TOO_SOON()
    amount = classic.money_of(call.params["amount"], "amount") if call.params.get("amount") else held.amount
    if amount.currency != held.currency:
        raise ClassicErrors.CURRENCY_MISMATCH()
    if amount.minor > beyond(held.amount):
        raise ClassicErrors.AUTHORIZATION_AMOUNT_LIMIT_EXCEEDED()
    _, renewal = paying.renew(scene, await order_of(call, held.order), held, amount)
    return Reply(classic_showing.authorization_shown(renewal, scene.base), 201, subject=renewal)


OPERATIONS: tuple[Operation, ...] = (
    show_sale, refund_sale, show_capture, refund_capture, show_refund,
    show_authorization, capture, void, reauthorize,
)
