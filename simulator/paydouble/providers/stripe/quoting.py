"""Quotes: made, put to a customer, and turned into a subscription or an invoice when they are accepted.

https://docs.stripe.com/quotes/overview
"""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.errors import ProviderError
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.providers.stripe import invoice_drafts, methods, subscribing
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.machines_agreements import QUOTE
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.agreements import Quote
from paydouble.providers.stripe.models.checkout import SoldItem
from paydouble.providers.stripe.models.invoices import InvoiceItem
from paydouble.providers.stripe.scene import Scene


def refusal(illegal: IllegalTrigger, verb: str) -> ProviderError:
    return Errors.QUOTE_UNEXPECTED_STATE(
        f"This quote cannot be {verb} because it has a status of {illegal.status}."
    )


async def accepted(scene: Scene, quote: Quote) -> Quote:
    """Recurring items become a subscription, others an invoice. Raises IllegalTrigger or ProviderError."""
    QUOTE.row(quote.status, "accept")
    customer = await methods.customer_named(scene, quote.customer)
    if any(item.recurring for item in quote.items):
        quote = await _subscribed(scene, customer, quote)
    else:
        quote = await _invoiced(scene, customer, quote)
    return fire(scene.work, QUOTE, quote, "accept", scene.now)


async def _subscribed(scene: Scene, customer: Customer, quote: Quote) -> Quote:
    send = quote.collection_method == "send_invoice"
    data = quote.subscription_data
    asked = await subscribing.asked_for(scene, customer, {
        "items": [_item(item) for item in quote.items if item.recurring], "currency": quote.currency,
        "collection_method": quote.collection_method, "metadata": dict(data.get("metadata") or {}),
        "description": data.get("description") or "",
        **({"days_until_due": quote.days_until_due or 30} if send else {}),
        **({"trial_period_days": data["trial_period_days"]} if data.get("trial_period_days") else {}),
    })
    has_method = bool(customer.invoice_settings.get("default_payment_method"))
    begun = await subscribing.begun(scene, asked, {
        "payment_behavior": "allow_incomplete" if has_method else "default_incomplete",
        "discounts": [{"discount": id} for id in quote.discounts],
        "add_invoice_items": [_item(item) for item in quote.items if not item.recurring],
    })
    return replace(quote, subscription=begun.id, invoice=begun.latest_invoice)


def _item(item: SoldItem) -> dict[str, object]:
    return {
        "price": item.price["id"], "quantity": item.quantity,
        "tax_rates": [rate["id"] for rate in item.tax_rates],
    }


async def _invoiced(scene: Scene, customer: Customer, quote: Quote) -> Quote:
    """A draft, which is left to its merchant."""
    items = [
        InvoiceItem(
            id=scene.id("ii_1"), created=scene.now, merchant=scene.account, customer=customer.id,
            amount=item.amount_subtotal, currency=quote.currency, description=item.description,
            period_start=scene.now, period_end=scene.now, price=str(item.price["id"]), product=item.product,
            quantity=item.quantity, tax_rates=item.tax_rates, test_clock=customer.test_clock,
            unit_amount_decimal=str(item.price["unit_amount_decimal"] or ""),
        )
        for item in quote.items
    ]
    invoice = invoice_drafts.started(
        scene, customer, quote.currency, (), billing_reason="quote_accept", discounts=quote.discounts,
        collection_method=quote.collection_method,
        days_until_due=(quote.days_until_due or 30) if quote.collection_method == "send_invoice" else None,
    )
    lines = invoice_drafts.taken(scene, items, invoice.id)
    invoice = await invoice_drafts.drafted(scene, customer, replace(invoice, lines=tuple(lines)))
    return replace(quote, invoice=invoice.id)
