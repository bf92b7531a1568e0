"""PayPal in neutral words: what a call is about, what its events mean, how an order is summed up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from paydouble.core.http import Envelope
from paydouble.core.machine import Phase
from paydouble.core.money import Money, decimal
from paydouble.core.operation import Operation
from paydouble.core.words import Details, Facts, PaymentView, Words
from paydouble.core.work import Work
from paydouble.providers.paypal.amounts import EXPONENTS, decimal_of
from paydouble.providers.paypal.later import OUTCOMES, WAYS, emits
from paydouble.providers.paypal.machines import COMPLETED, ORDER
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund, ref_of_unit
from paydouble.providers.paypal.scene import REQUEST_ID
from paydouble.providers.paypal.subscription_models import SUBSCRIPTION, Subscription

# fmt: off
EVENTS: Mapping[str, str] = {
    "PAYMENT.CAPTURE.COMPLETED":    "payment.succeeded",
    "PAYMENT.CAPTURE.PENDING":      "payment.pending",
    "PAYMENT.CAPTURE.DECLINED":     "payment.failed",
    "PAYMENT.CAPTURE.DENIED":       "payment.failed",
    "PAYMENT.AUTHORIZATION.VOIDED": "payment.canceled",
    "PAYMENT.CAPTURE.REFUNDED":     "refund.succeeded",
    "PAYMENT.REFUND.FAILED":        "refund.failed",
    "CUSTOMER.DISPUTE.CREATED":     "dispute.opened",
    "PAYMENT.CAPTURE.REVERSED":     "dispute.lost",
    "CUSTOMER.DISPUTE.RESOLVED":    "dispute.won",
    "PAYMENT.SALE.COMPLETED":       "payment.succeeded",
    "PAYMENT.SALE.PENDING":         "payment.pending",
    "PAYMENT.SALE.DENIED":          "payment.failed",
    "PAYMENT.SALE.REFUNDED":        "refund.succeeded",
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": "payment.failed",
    "BILLING.SUBSCRIPTION.CANCELLED":      "payment.canceled",
}
# fmt: on


async def facts(work: Work, operation: Operation, envelope: Envelope, params: Mapping[str, Any]) -> Facts:
    """Of the params, and where they do not say it, of the order that they are about."""
    if "plan_id" in params or operation.id.startswith("subscriptions."):
        return await _subscription_facts(work, envelope, params)
    order = await _order(work, params)
    units = params.get("purchase_units") or _classic_units(params)
    unit: Mapping[str, Any] = units[0] if units else {}

    def details() -> Details:
        amount = params.get("amount") or unit.get("amount") or {}
        currency = amount.get("currency_code") or amount.get("currency") or (order.currency if order else "")
        return Details(
            amount=_decimal(units, amount, order),
            currency=str(currency),
            method=next(iter(params.get("payment_source") or (order.source if order else {})), ""),
            phase=phase(order).value if order else "",
            idempotency_key=envelope.request.headers.get(REQUEST_ID),
            metadata=_metadata(unit or (order.units[0] if order else {})),
        )

    if order is None:
        return Facts(ref=ref_of_unit(unit), details=details)
    return Facts(ref=order.ref, payment=order.id, details=details)


def _metadata(unit: Mapping[str, Any]) -> Mapping[str, str]:
    """The fields of an order that carry what the merchant likes."""
    return {name: str(unit[name]) for name in ("custom_id", "invoice_id") if unit.get(name)}


async def _subscription_facts(work: Work, envelope: Envelope, params: Mapping[str, Any]) -> Facts:
    known = await work.get(Subscription, str(params["id"])) if "id" in params else None
    key = envelope.request.headers.get(REQUEST_ID)
    if known is None:
        return Facts(ref=str(params.get("custom_id", "")), details=Details(idempotency_key=key))
    seen = subscription_view(known)
    amount = params.get("amount")
    details = Details(
        amount=decimal_of(amount["value"]) if amount else seen.amount.decimal(EXPONENTS),
        currency=known.currency, idempotency_key=key, phase=seen.phase.value,
        method="card" if known.card else "paypal",
    )
    return Facts(ref=known.ref, payment=known.id, details=details)


def _decimal(units: Any, amount: Mapping[str, Any], order: Order | None) -> Decimal | None:
    if units:
        parts = [decimal_of(unit["amount"]["value"]) for unit in units]
        return sum((part for part in parts if part is not None), Decimal(0))
    if amount:
        return decimal_of(amount.get("value") or amount.get("total", ""))
    return decimal(order.total_minor, order.currency, EXPONENTS) if order else None


async def _order(work: Work, params: Mapping[str, Any]) -> Order | None:
    id = str(params.get("id", ""))
    if "authorization_id" in params:
        held = await work.get(Authorization, str(params["authorization_id"]))
        id = held.order if held else ""
    elif "capture_id" in params or "sale_id" in params:
        taken = await work.get(Capture, str(params.get("capture_id") or params["sale_id"]))
        id = taken.order if taken else ""
    elif "refund_id" in params:
        refund = await work.get(Refund, str(params["refund_id"]))
        id = refund.order if refund else ""
    elif "payment_id" in params:
        return await work.find(Order, "payment", str(params["payment_id"]))
    id = id or str(params.get("order_id", ""))
    return await work.get(Order, id) if id else None


def _classic_units(params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of the classic API's transactions, what is looked at."""
    if not isinstance(params.get("transactions"), list):
        return []
    return [
        {
            "amount": {"value": one["amount"]["total"], "currency_code": one["amount"]["currency"]},
            "custom_id": one.get("custom", ""), "invoice_id": one.get("invoice_number", ""),
        }
        for one in params["transactions"] if "amount" in one
    ]


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


def view(payment: Order | Subscription) -> PaymentView:
    return order_view(payment) if isinstance(payment, Order) else subscription_view(payment)


def subscription_view(subscription: Subscription) -> PaymentView:
    """All that a subscription brings is one payment, in as many captures as it has sales."""

    def money(minor: int) -> Money:
        return Money(minor, subscription.currency)

    paid = Phase.PAID if subscription.captured_count else SUBSCRIPTION.phases[subscription.status]
    return PaymentView(
        id=subscription.id,
        ref=subscription.ref,
        phase=paid,
        status=subscription.status,
        amount=money(subscription.total_minor),
        captured=money(subscription.captured_minor),
        refunded=money(subscription.refunded_minor),
        disputed=money(0),
        fee=money(subscription.fee_minor),
        merchant=subscription.merchant,
        captures=subscription.captured_count,
    )


def order_view(order: Order) -> PaymentView:
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
        disputed=money(order.disputed_minor),
        fee=money(order.fee_minor),
        merchant=order.merchant,
        captures=order.captured_count,
        metadata=_metadata(order.units[0]),
    )


WORDS = Words(
    events=EVENTS, facts=facts, payments=(Order, Subscription), view=view, ways=WAYS,
    outcomes=OUTCOMES, emits=emits,
    exponents=EXPONENTS,
)
