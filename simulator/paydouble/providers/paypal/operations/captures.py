"""Captures and refunds. https://developer.paypal.com/docs/api/payments/v2/"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, later
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.money import Money
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import disputing, paying, refunding, replay
from paydouble.providers.paypal.amounts import money_of
from paydouble.providers.paypal.checking import check_amount
from paydouble.providers.paypal.errors import COMMON, PAYMENTS
from paydouble.providers.paypal.models import Capture, Order, Refund
from paydouble.providers.paypal.operations.authorizations import AMOUNTS, DOCS, order_of, preferred
from paydouble.providers.paypal.payment_errors import PaymentErrors
from paydouble.providers.paypal.scene import Scene, of_call, request_key
from paydouble.providers.paypal.showing import PAYMENTS_PATH, capture_shown, refund_shown

ITSELF = f"{PAYMENTS_PATH}/captures/{{capture_id}}"
REFUND_DAYS = 180

REFUNDS: tuple[ErrorTable, ...] = (
    PaymentErrors.INVALID_RESOURCE_ID, PaymentErrors.PENDING_CAPTURE,
    PaymentErrors.REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK, PaymentErrors.CAPTURE_FULLY_REFUNDED,
    PaymentErrors.TRANSACTION_DISPUTED,
    PaymentErrors.REFUND_NOT_ALLOWED, PaymentErrors.REFUND_TIME_LIMIT_EXCEEDED, *AMOUNTS,
    PaymentErrors.REFUND_CAPTURE_CURRENCY_MISMATCH, PaymentErrors.REFUND_AMOUNT_EXCEEDED,
    PaymentErrors.DUPLICATE_INVOICE_ID, PaymentErrors.PLATFORM_FEE_EXCEEDED,
    PaymentErrors.REFUND_FAILED_INSUFFICIENT_FUNDS, PaymentErrors.PAYER_ACCOUNT_LOCKED_OR_CLOSED,
    PaymentErrors.REFUND_IS_RESTRICTED, PaymentErrors.PREVIOUS_REQUEST_IN_PROGRESS, *COMMON,
)


class ByCapture(TypedDict):
    capture_id: str


class ByRefund(TypedDict):
    refund_id: str


class RefundRequest(TypedDict):
    capture_id: str
    amount: NotRequired[Mapping[str, Any]]
    invoice_id: NotRequired[str]
    custom_id: NotRequired[str]
    note_to_payer: NotRequired[str]
    payment_instruction: NotRequired[Mapping[str, Any]]


async def find(call: Call[Any]) -> Capture:
    taken = await call.work.get(Capture, call.params["capture_id"])
    if taken is None or taken.merchant != call.merchant.id:
        raise PaymentErrors.INVALID_RESOURCE_ID(
            field="capture_id", value=call.params["capture_id"], location="path"
        )
    return taken


async def refunded(call: Call[Any], order: Order) -> Reply:
    """What the first call with this key refunded."""
    made = await call.work.find(Refund, "request_key", request_key(call))
    assert made is not None, "kept, and not there"
    return Reply(preferred(call, refund_shown(made, call.request.base_url)), subject=order)


@operation(
    "captures.get", Route(PAYMENTS, "GET", ITSELF), means=("payment.query",), docs=f"{DOCS}#captures_get",
    errors=(PaymentErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show(call: Call[ByCapture]) -> Reply:
    """Show a capture."""
    taken = await find(call)
    return Reply(capture_shown(taken, call.request.base_url), subject=taken)


@operation(
    "captures.refund", Route(PAYMENTS, "POST", f"{ITSELF}/refund"), means=("refund.create",),
    idempotency=replay.of_payments(refunded), docs=f"{DOCS}#captures_refund", errors=REFUNDS,
)
async def refund(call: Call[RefundRequest]) -> Reply:
    """Refund a capture, wholly or in part."""
    scene, taken = of_call(call), await find(call)
    _check_refundable(scene, taken)
    amount = _amount(call, taken)
    if taken.dispute and amount.minor < taken.refundable_minor:
        raise PaymentErrors.TRANSACTION_DISPUTED()
    invoice_id = call.params.get("invoice_id", "")
    if invoice_id and scene.terms.unique_invoices:
        known = await call.work.find(Refund, "invoice_key", f"{taken.merchant}/{invoice_id}")
        if known is not None:
            raise PaymentErrors.DUPLICATE_INVOICE_ID()
    share = paying.share_of(call.params)
    if share.minor > taken.platform_fee_minor - taken.platform_fee_refunded_minor:
        raise PaymentErrors.PLATFORM_FEE_EXCEEDED()
    outcome = call.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED):
        raise paying.refusal(outcome, REFUNDS, PaymentErrors.REFUND_NOT_ALLOWED)()
    waits = outcome is not None and outcome.result in paying.WAITS
    taken = await disputing.let_go(scene, taken)
    order = await order_of(call, taken.order)
    order, made = refunding.refund(scene, order, taken, amount, call.params, share, waits=waits)
    return Reply(preferred(call, refund_shown(made, scene.base)), 201, subject=order)


def _check_refundable(scene: Scene, taken: Capture) -> None:
    """In order of precedence."""
    if taken.status == "PENDING":
        raise PaymentErrors.PENDING_CAPTURE()
    if taken.reversed_minor:
        raise PaymentErrors.REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK()
    if taken.status == "REFUNDED":
        raise PaymentErrors.CAPTURE_FULLY_REFUNDED()
    if taken.status not in ("COMPLETED", "PARTIALLY_REFUNDED"):
        raise PaymentErrors.REFUND_NOT_ALLOWED()
    if scene.now > later(taken.created, REFUND_DAYS * DAY):
        raise PaymentErrors.REFUND_TIME_LIMIT_EXCEEDED()


def _amount(call: Call[RefundRequest], taken: Capture) -> Money:
    asked = call.params.get("amount")
    if asked is None:
        return Money(taken.refundable_minor, taken.currency)
    check_amount(asked, "/amount", PaymentErrors)
    amount = money_of(asked)
    if amount.currency != taken.currency:
        raise PaymentErrors.REFUND_CAPTURE_CURRENCY_MISMATCH(field="/amount/currency_code", location="body")
    if amount.minor > taken.refundable_minor:
        raise PaymentErrors.REFUND_AMOUNT_EXCEEDED(
            field="/amount/value", value=str(asked["value"]), location="body"
        )
    return amount


@operation(
    "refunds.get", Route(PAYMENTS, "GET", f"{PAYMENTS_PATH}/refunds/{{refund_id}}"), means=("refund.query",),
    docs=f"{DOCS}#refunds_get", errors=(PaymentErrors.INVALID_RESOURCE_ID, *COMMON),
)
async def show_refund(call: Call[ByRefund]) -> Reply:
    """Show a refund."""
    made = await call.work.get(Refund, call.params["refund_id"])
    if made is None or made.merchant != call.merchant.id:
        raise PaymentErrors.INVALID_RESOURCE_ID(
            field="refund_id", value=call.params["refund_id"], location="path"
        )
    return Reply(refund_shown(made, call.request.base_url), subject=made)


OPERATIONS: tuple[Operation, ...] = (show, refund, show_refund)
