"""Authorizations: shown, captured, renewed, given up. https://developer.paypal.com/docs/api/payments/v2/"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import paying, replay
from paydouble.providers.paypal.amounts import EXPONENTS, money_of
from paydouble.providers.paypal.checking import check_amount
from paydouble.providers.paypal.errors import COMMON, PAYMENTS
from paydouble.providers.paypal.machines import AUTHORIZATION
from paydouble.providers.paypal.models import Authorization, Capture, Order
from paydouble.providers.paypal.payment_errors import PaymentErrors
from paydouble.providers.paypal.scene import Scene, of_call, request_key, wants_whole
from paydouble.providers.paypal.showing import PAYMENTS_PATH, authorization_shown, capture_shown
from paydouble.providers.paypal.voiding import given_up

DOCS = "https://developer.paypal.com/docs/api/payments/v2/"
ITSELF = f"{PAYMENTS_PATH}/authorizations/{{authorization_id}}"
BEYOND_PERCENT, BEYOND_MAJOR = Decimal("1.15"), 75
"""How much more than authorized can be captured."""
BRIEF = ("id", "status", "links")

AMOUNTS: tuple[ErrorTable, ...] = (
    PaymentErrors.INVALID_CURRENCY_CODE, PaymentErrors.CANNOT_BE_ZERO_OR_NEGATIVE,
    PaymentErrors.DECIMALS_NOT_SUPPORTED, PaymentErrors.DECIMAL_PRECISION,
)
CAPTURES: tuple[ErrorTable, ...] = (
    PaymentErrors.INVALID_RESOURCE_ID, PaymentErrors.AUTHORIZATION_DENIED,
    PaymentErrors.AUTHORIZATION_ALREADY_CAPTURED, PaymentErrors.AUTHORIZATION_EXPIRED,
    PaymentErrors.AUTHORIZATION_VOIDED, *AMOUNTS,
    PaymentErrors.AUTH_CAPTURE_CURRENCY_MISMATCH, PaymentErrors.MAX_CAPTURE_AMOUNT_EXCEEDED,
    PaymentErrors.DUPLICATE_INVOICE_ID, PaymentErrors.TRANSACTION_REFUSED, PaymentErrors.PAYER_CANNOT_PAY,
    PaymentErrors.PAYER_ACCOUNT_LOCKED_OR_CLOSED, PaymentErrors.INVALID_PLATFORM_FEES_AMOUNT, *COMMON,
)


class ById(TypedDict):
    authorization_id: str


class CaptureRequest(TypedDict):
    authorization_id: str
    amount: NotRequired[Mapping[str, Any]]
    invoice_id: NotRequired[str]
    final_capture: NotRequired[bool]
    note_to_payer: NotRequired[str]
    payment_instruction: NotRequired[Mapping[str, Any]]


class ReauthorizeRequest(TypedDict):
    authorization_id: str
    amount: NotRequired[Mapping[str, Any]]


async def find(call: Call[Any]) -> Authorization:
    held = await call.work.get(Authorization, call.params["authorization_id"])
    if held is None or held.merchant != call.merchant.id:
        raise PaymentErrors.INVALID_RESOURCE_ID(
            field="authorization_id", value=call.params["authorization_id"], location="path"
        )
    return held


async def order_of(call: Call[Any], id: str) -> Order:
    order = await call.work.get(Order, id)
    assert order is not None, f"{id} is gone"
    return order


def preferred(call: Call[Any], body: dict[str, Any]) -> dict[str, Any]:
    """Id, status and links, unless the whole is asked for."""
    return body if wants_whole(call) else {name: body[name] for name in BRIEF}


async def captured(call: Call[Any], order: Order) -> Reply:
    """What the first call with this key captured."""
    taken = await call.work.find(Capture, "request_key", request_key(call))
    assert taken is not None, "kept, and not there"
    return Reply(preferred(call, capture_shown(taken, call.request.base_url)), subject=order)


async def renewed(call: Call[Any], order: Order) -> Reply:
    held = await call.work.find(Authorization, "request_key", request_key(call))
    assert held is not None, "kept, and not there"
    return Reply(preferred(call, authorization_shown(held, call.request.base_url)), subject=order)


async def voided(call: Call[Any], order: Order) -> Reply:
    held = await find(call)
    if not wants_whole(call):
        return Reply(b"", 204, subject=order)
    return Reply(authorization_shown(held, call.request.base_url), subject=order)


@operation(
    "authorizations.get", Route(PAYMENTS, "GET", ITSELF), means=("payment.query",),
    docs=f"{DOCS}#authorizations_get", errors=(PaymentErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show an authorization."""
    held = await find(call)
    return Reply(authorization_shown(held, call.request.base_url), subject=held)


@operation(
    "authorizations.capture", Route(PAYMENTS, "POST", f"{ITSELF}/capture"),
    means=("payment.charge", "payment.capture"), idempotency=replay.of_payments(captured),
    docs=f"{DOCS}#authorizations_capture", errors=CAPTURES,
)
async def capture(call: Call[CaptureRequest]) -> Reply:
    """Capture an authorization, wholly or in part."""
    scene, held = of_call(call), await find(call)
    _check_open(scene, held)
    order = await order_of(call, held.order)
    amount = _amount(call, held)
    invoice_id = call.params.get("invoice_id", "")
    if invoice_id != held.invoice_id and await paying.invoice_is_paid(scene, invoice_id):
        raise PaymentErrors.DUPLICATE_INVOICE_ID()
    share = paying.share_of(call.params)
    if share.minor > amount.minor:
        raise PaymentErrors.INVALID_PLATFORM_FEES_AMOUNT()
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise paying.refusal(call.outcome, CAPTURES, PaymentErrors.TRANSACTION_REFUSED)()
    if call.outcome is not None:
        amount = replace(amount, minor=call.outcome.part_of(amount.minor))
    final = call.params.get("final_capture", False)
    all_of_it = final or held.captured_minor + amount.minor >= held.amount_minor
    reserve = min(held.reserved_minor, amount.minor)
    left = 0 if all_of_it else held.reserved_minor - reserve
    order, taken = paying.take(
        scene, order, held.unit, amount, outcome=call.outcome, share=share, held=held, final=final,
        invoice_id=invoice_id, from_reserve=reserve, request_key=scene.request_key,
        mode=(call.params.get("payment_instruction") or {}).get("disbursement_mode", "INSTANT"),
    )
    paying.release(scene, held, held.reserved_minor - reserve - left)
    fire(
        scene.work, AUTHORIZATION, held, "take_all" if all_of_it else "take", scene.now, reserved_minor=left,
        captured_minor=held.captured_minor + amount.minor, captures_count=held.captures_count + 1,
    )
    return Reply(preferred(call, capture_shown(taken, scene.base)), 201, subject=order)


def _check_open(scene: Scene, held: Authorization) -> None:
    """Whether it can still be captured, in order of precedence."""
    if held.status == "DENIED":
        raise PaymentErrors.AUTHORIZATION_DENIED()
    if held.status == "CAPTURED":
        raise PaymentErrors.AUTHORIZATION_ALREADY_CAPTURED()
    if paying.is_expired(held, scene.now):
        raise PaymentErrors.AUTHORIZATION_EXPIRED()
    if held.status == "VOIDED":
        raise PaymentErrors.AUTHORIZATION_VOIDED()
    if held.status == "PENDING" or held.renewed:
        raise PaymentErrors.TRANSACTION_REFUSED()


def _amount(call: Call[CaptureRequest], held: Authorization) -> Money:
    asked = call.params.get("amount")
    if asked is None:
        return Money(held.amount_minor - held.captured_minor, held.currency)
    check_amount(asked, "/amount", PaymentErrors)
    amount = money_of(asked)
    if amount.currency != held.currency:
        raise PaymentErrors.AUTH_CAPTURE_CURRENCY_MISMATCH(field="/amount/currency_code", location="body")
    if held.captured_minor + amount.minor > beyond(held.amount):
        raise PaymentErrors.MAX_CAPTURE_AMOUNT_EXCEEDED(
            field="/amount/value", value=str(asked["value"]), location="body"
        )
    return amount


def beyond(amount: Money) -> int:
    """The most that can be captured of it: 115 percent, and at most 75 more."""
    by_share = int(amount.minor * BEYOND_PERCENT)
    one_major: int = 10 ** EXPONENTS.get(amount.currency, 2)
    return min(by_share, amount.minor + BEYOND_MAJOR * one_major)


@operation(
    "authorizations.reauthorize", Route(PAYMENTS, "POST", f"{ITSELF}/reauthorize"),
    idempotency=replay.of_payments(renewed), docs=f"{DOCS}#authorizations_reauthorize",
    errors=(
        PaymentErrors.INVALID_RESOURCE_ID, PaymentErrors.AUTHORIZATION_ALREADY_CAPTURED,
        PaymentErrors.AUTHORIZATION_VOIDED, PaymentErrors.AUTHORIZATION_EXPIRED,
        PaymentErrors.REAUTHORIZATION_NOT_SUPPORTED, PaymentErrors.REAUTHORIZATION_TOO_SOON, *AMOUNTS,
        PaymentErrors.AUTH_CURRENCY_MISMATCH, PaymentErrors.AUTH_AMOUNT_EXCEEDED,
        PaymentErrors.TRANSACTION_REFUSED, PaymentErrors.PAYER_CANNOT_PAY, *COMMON,
    ),
)
async def reauthorize(call: Call[ReauthorizeRequest]) -> Reply:
    """Hold the money for three more days, once, after the first three."""
    scene, held = of_call(call), await find(call)
    if held.renewed or not held.renewals_left or held.status in ("DENIED", "PENDING"):
        raise PaymentErrors.REAUTHORIZATION_NOT_SUPPORTED()
    _check_open(scene, held)
    if scene.now < held.honored_until:
        raise PaymentErrors.REAUTHORIZATION_TOO_SOON()
    amount = _renewed_amount(call, held)
    if call.outcome is not None and call.outcome.result in (Result.DECLINED, Result.FAILED):
        raise paying.refusal(call.outcome, CAPTURES, PaymentErrors.TRANSACTION_REFUSED)()
    order, renewal = paying.renew(scene, await order_of(call, held.order), held, amount)
    return Reply(preferred(call, authorization_shown(renewal, scene.base)), 201, subject=order)


def _renewed_amount(call: Call[ReauthorizeRequest], held: Authorization) -> Money:
    asked = call.params.get("amount")
    if asked is None:
        return held.amount
    check_amount(asked, "/amount", PaymentErrors)
    amount = money_of(asked)
    if amount.currency != held.currency:
        raise PaymentErrors.AUTH_CURRENCY_MISMATCH(field="/amount/currency_code", location="body")
    if amount.minor > beyond(held.amount):
        raise PaymentErrors.AUTH_AMOUNT_EXCEEDED(field="/amount/value", location="body")
    return amount


@operation(
    "authorizations.void", Route(PAYMENTS, "POST", f"{ITSELF}/void"), means=("payment.cancel",),
    idempotency=replay.of_payments(voided), docs=f"{DOCS}#authorizations_void",
    errors=(
        PaymentErrors.INVALID_RESOURCE_ID, PaymentErrors.PREVIOUSLY_VOIDED, PaymentErrors.PREVIOUSLY_CAPTURED,
        PaymentErrors.CANNOT_BE_VOIDED, PaymentErrors.PREVIOUS_REQUEST_IN_PROGRESS, *COMMON,
    ),
)
async def void(call: Call[ById]) -> Reply:
    """Give up what is held and not captured."""
    scene, held = of_call(call), await find(call)
    if held.status == "VOIDED":
        raise PaymentErrors.PREVIOUSLY_VOIDED()
    if held.status == "CAPTURED":
        raise PaymentErrors.PREVIOUSLY_CAPTURED()
    if held.parent or held.status == "DENIED":
        raise PaymentErrors.CANNOT_BE_VOIDED()
    order = await given_up(scene, held, "void")
    return await voided(call, order)


OPERATIONS: tuple[Operation, ...] = (show, capture, reauthorize, void)
