"""PayPal in neutral words: what a call is about, what its events mean, how an order is summed up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from paydouble.core.http import Envelope
from paydouble.core.machine import Phase
from paydouble.core.money import Money
from paydouble.core.operation import Operation
from paydouble.core.words import Facts, PaymentView, Words
from paydouble.core.work import Work
from paydouble.providers.paypal.amounts import EXPONENTS, decimal_of
from paydouble.providers.paypal.machines import COMPLETED, ORDER
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund
from paydouble.providers.paypal.scene import REQUEST_ID

# fmt: off
EVENTS: Mapping[str, str] = {
    "PAYMENT.CAPTURE.COMPLETED":    "payment.succeeded",
    "PAYMENT.CAPTURE.PENDING":      "payment.pending",
    "PAYMENT.CAPTURE.DECLINED":     "payment.failed",
    "PAYMENT.CAPTURE.DENIED":       "payment.failed",
    "PAYMENT.AUTHORIZATION.VOIDED": "payment.canceled",
    "PAYMENT.CAPTURE.REFUNDED":     "refund.succeeded",
    "PAYMENT.REFUND.FAILED":        "refund.failed",
}
# fmt: on


async def facts(work: Work, operation: Operation, envelope: Envelope, params: Mapping[str, Any]) -> Facts:
    """Of the params, and where they do not say it, of the order that they are about."""
    order = await _order(work, params)
    units = params.get("purchase_units") or ()
    unit: Mapping[str, Any] = units[0] if units else {}
    amount = params.get("amount") or unit.get("amount") or {}
    currency = str(amount.get("currency_code") or (order.currency if order else ""))
    return Facts(
        ref=order.ref if order else str(unit.get("custom_id") or unit.get("invoice_id") or ""),
        amount=_decimal(units, amount, order),
        currency=currency,
        method=next(iter(params.get("payment_source") or (order.source if order else {})), ""),
        idempotency_key=envelope.request.headers.get(REQUEST_ID),
        payment=order.id if order else "",
        phase=phase(order).value if order else "",
    )


def _decimal(units: Any, amount: Mapping[str, Any], order: Order | None) -> Decimal | None:
    if units:
        parts = [decimal_of(unit["amount"]["value"]) for unit in units]
        return sum((part for part in parts if part is not None), Decimal(0))
    if amount:
        return decimal_of(amount["value"])
    return Money(order.total_minor, order.currency).decimal(EXPONENTS) if order else None


async def _order(work: Work, params: Mapping[str, Any]) -> Order | None:
    id = str(params.get("id", ""))
    if "authorization_id" in params:
        held = await work.get(Authorization, str(params["authorization_id"]))
        id = held.order if held else ""
    elif "capture_id" in params:
        taken = await work.get(Capture, str(params["capture_id"]))
        id = taken.order if taken else ""
    elif "refund_id" in params:
        refund = await work.get(Refund, str(params["refund_id"]))
        id = refund.order if refund else ""
    return await work.get(Order, id) if id else None


def phase(order: Order) -> Phase:
    """COMPLETED says of the order only that its call was made; the money tells the rest."""
    if order.status != COMPLETED:
        return ORDER.phases[order.status]
    if order.captured_count:
        return Phase.PAID
    if order.pending_count:
        return Phase.PENDING
    if order.authorized_minor:
        return Phase.AUTHORIZED
    return Phase.CLOSED if order.voided else Phase.FAILED


def view(order: Order) -> PaymentView:
    def money(minor: int) -> Money:
        return Money(minor, order.currency)

    return PaymentView(
        id=order.id,
        ref=order.ref,
        phase=phase(order),
        status=order.status,
        amount=money(order.total_minor),
        captured=money(order.captured_minor),
        refunded=money(order.refunded_minor),
        disputed=money(0),
        fee=money(order.fee_minor),
        merchant=order.merchant,
        captures=order.captured_count,
    )


WORDS = Words(events=EVENTS, facts=facts, payments=(Order,), view=view, exponents=EXPONENTS)
