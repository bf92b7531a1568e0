"""The events that webhooks tell of: each with the resource as its GET would show it.

https://developer.paypal.com/api/rest/webhooks/event-names/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.providers.paypal.amounts import EXPONENTS
from paydouble.providers.paypal.errors import WEBHOOKS
from paydouble.providers.paypal.models import Authorization, Capture, Order, Refund
from paydouble.providers.paypal.showing import (
    authorization_shown,
    briefly_shown,
    capture_shown,
    present,
    refund_shown,
    times,
)

PROVIDER = "paypal"

# fmt: off
SUMMARIES = {
    "CHECKOUT.ORDER.APPROVED":          "An order has been approved by buyer",
    "CHECKOUT.ORDER.COMPLETED":         "Checkout Order Completed",
    "PAYMENT.AUTHORIZATION.CREATED":    "A payment authorization is created for {amount}",
    "PAYMENT.AUTHORIZATION.VOIDED":     "A payment authorization was voided",
    "PAYMENT.CAPTURE.COMPLETED":        "Payment completed for {amount}",
    "PAYMENT.CAPTURE.PENDING":          "Payment pending for {amount}",
    "PAYMENT.CAPTURE.DECLINED":         "A {amount} capture payment was declined",
    "PAYMENT.CAPTURE.DENIED":           "A {amount} capture payment was denied",
    "PAYMENT.CAPTURE.REFUNDED":         "A {amount} capture payment was refunded",
    "PAYMENT.REFUND.PENDING":           "A {amount} refund is pending",
    "PAYMENT.REFUND.FAILED":            "A {amount} refund failed",
}
"""Free text; `{amount}` as in "$ 5.00 USD"."""
# fmt: on


def event(
    type: str, merchant: str, resource: Mapping[str, Any], *, resource_type: str, base: str,
    subject: str = "", ref: str = "", version: str = "2.0", summary: str = "",
) -> Event:
    """`subject` is the order that it is about; a version of "" is not told."""
    return Event(
        id="", type=type, api=WEBHOOKS, provider=PROVIDER, merchant=merchant, subject=subject, ref=ref,
        body={
            "resource_type": resource_type, "resource_version": version,
            "summary": summary or SUMMARIES.get(type, type), "resource": resource, "base": base,
        },
    )


def _told(minor: int, currency: str) -> str:
    symbol = "$ " if currency == "USD" else ""
    return f"{symbol}{Money(minor, currency).major(EXPONENTS)} {currency}"


def approved(order: Order) -> Event:
    resource = present(
        id=order.id, intent=order.intent, status=order.status, payment_source=dict(order.source),
        purchase_units=[dict(unit) for unit in order.units], payer=dict(order.payer),
    ) | times(order.created, order.updated) | {"links": briefly_shown(order, order.base)["links"]}
    return event(
        "CHECKOUT.ORDER.APPROVED", order.merchant, resource, resource_type="checkout-order", base=order.base,
        subject=order.id, ref=order.ref,
    )


def completed(order: Order, resource: Mapping[str, Any]) -> Event:
    """The resource is the whole order, which takes reading."""
    return event(
        "CHECKOUT.ORDER.COMPLETED", order.merchant, resource, resource_type="checkout-order", base=order.base,
        subject=order.id, ref=order.ref,
    )


def of_authorization(type: str) -> Callable[[Authorization], Event]:
    def make(held: Authorization) -> Event:
        summary = SUMMARIES[type].format(amount=_told(held.amount_minor, held.currency))
        return event(
            type, held.merchant, authorization_shown(held, held.base), resource_type="authorization",
            base=held.base, subject=held.order, ref=held.custom_id or held.invoice_id, summary=summary,
        )

    return make


def of_capture(type: str) -> Callable[[Capture], Event]:
    def make(taken: Capture) -> Event:
        summary = SUMMARIES[type].format(amount=_told(taken.amount_minor, taken.currency))
        return event(
            type, taken.merchant, capture_shown(taken, taken.base), resource_type="capture", base=taken.base,
            subject=taken.order, ref=taken.custom_id or taken.invoice_id, summary=summary,
        )

    return make


def of_refund(type: str) -> Callable[[Refund], Event]:
    def make(refund: Refund) -> Event:
        summary = SUMMARIES[type].format(amount=_told(refund.amount_minor, refund.currency))
        return event(
            type, refund.merchant, refund_shown(refund, refund.base), resource_type="refund",
            base=refund.base, subject=refund.order, ref=refund.custom_id or refund.invoice_id,
            summary=summary,
        )

    return make
