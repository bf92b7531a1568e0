"""The events that webhooks tell of: each with the resource as its GET would show it.

https://developer.paypal.com/api/rest/webhooks/event-names/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from paydouble.core.money import Money
from paydouble.core.notification import Event
from paydouble.providers.paypal import classic_showing
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
    people: Mapping[str, str] | None = None,
) -> Event:
    """`subject` is the order that it is about; a version of "" is not told; `people` only IPN tells."""
    return Event(
        id="", type=type, api=WEBHOOKS, provider=PROVIDER, merchant=merchant, subject=subject, ref=ref,
        body={
            "resource_type": resource_type, "resource_version": version,
            "summary": summary or SUMMARIES.get(type, type), "resource": resource, "base": base,
            **({"people": people} if people else {}),
        },
    )


_SALES = {
    "PAYMENT.CAPTURE.COMPLETED": "PAYMENT.SALE.COMPLETED",
    "PAYMENT.CAPTURE.PENDING": "PAYMENT.SALE.PENDING",
    "PAYMENT.CAPTURE.DECLINED": "PAYMENT.SALE.DENIED",
    "PAYMENT.CAPTURE.DENIED": "PAYMENT.SALE.DENIED",
    "PAYMENT.CAPTURE.REFUNDED": "PAYMENT.SALE.REFUNDED",
}
"""What the classic API calls them where the capture is a sale."""


def _told(minor: int, currency: str) -> str:
    symbol = "$ " if currency == "USD" else ""
    return f"{symbol}{Money(minor, currency).major(EXPONENTS)} {currency}"


def approved(order: Order) -> Event:
    if order.payment:
        return event(
            "PAYMENTS.PAYMENT.CREATED", order.merchant, classic_showing.payment_with([], order, order.base),
            resource_type="payment", version="", base=order.base, subject=order.id, ref=order.ref,
        )
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


def _version(payment: str) -> str:
    """Resources of the classic API have none."""
    return "" if payment else "2.0"


def of_authorization(type: str) -> Callable[[Authorization], Event]:
    def make(held: Authorization) -> Event:
        show = classic_showing.authorization_shown if held.payment else authorization_shown
        return event(
            type, held.merchant, show(held, held.base), resource_type="authorization",
            version=_version(held.payment), base=held.base, subject=held.order,
            ref=held.custom_id or held.invoice_id, summary=_summary(type, held.amount_minor, held.currency),
            people=people_of(held.payee, held.payer),
        )

    return make


def of_capture(type: str) -> Callable[[Capture], Event]:
    def make(taken: Capture) -> Event:
        return event(
            _SALES[type] if taken.sale else type, taken.merchant, _capture(taken),
            resource_type="sale" if taken.sale else "capture", version=_version(taken.payment),
            base=taken.base, subject=taken.order, ref=taken.custom_id or taken.invoice_id,
            summary=_summary(type, taken.amount_minor, taken.currency),
            people=people_of(taken.payee, taken.payer),
        )

    return make


def people_of(payee: Mapping[str, str], payer: Mapping[str, Any]) -> Mapping[str, str]:
    """Who pays whom, in the words of IPN."""
    name = payer.get("name") or {}
    return present(
        business=payee.get("email_address"), receiver_email=payee.get("email_address"),
        receiver_id=payee.get("merchant_id"), payer_email=payer.get("email_address"),
        payer_id=payer.get("payer_id"), first_name=name.get("given_name"), last_name=name.get("surname"),
        payer_status="verified" if payer else "",
    )


def _capture(taken: Capture) -> Mapping[str, Any]:
    if taken.sale:
        return classic_showing.sale_shown(taken, taken.base)
    show = classic_showing.capture_shown if taken.payment else capture_shown
    return show(taken, taken.base)


def of_refund(type: str) -> Callable[[Refund], Event]:
    def make(refund: Refund) -> Event:
        show = classic_showing.refund_shown if refund.payment else refund_shown
        return event(
            _SALES.get(type, type) if refund.of_sale else type, refund.merchant, show(refund, refund.base),
            resource_type="refund", version=_version(refund.payment), base=refund.base, subject=refund.order,
            ref=refund.custom_id or refund.invoice_id,
            summary=_summary(type, refund.amount_minor, refund.currency),
            people=people_of(refund.payee, refund.payer),
        )

    return make


def _summary(type: str, minor: int, currency: str) -> str:
    return SUMMARIES[type].format(amount=_told(minor, currency))
