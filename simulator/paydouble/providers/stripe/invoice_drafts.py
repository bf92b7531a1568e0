"""Invoices before they are finalized: begun, filled with what is pending, totaled.

https://docs.stripe.com/invoicing/integration
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe.invoice_totals import totaled
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.invoices import Invoice, InvoiceItem, Line
from paydouble.providers.stripe.scene import Scene

_TOKEN_LENGTH = 40


async def customer_of(scene: Scene, invoice: Invoice) -> Customer:
    customer = await scene.work.get(Customer, invoice.customer)
    assert customer is not None, f"{invoice.id} has no customer"
    return customer


def started(
    scene: Scene, customer: Customer, currency: str, lines: Sequence[Line], **fields: Any
) -> Invoice:
    """A new draft, not yet saved and without totals."""
    fields.setdefault("period_start", scene.now)
    fields.setdefault("period_end", scene.now)
    fields.setdefault("id", scene.id("in_1"))
    return Invoice(
        created=scene.now,
        merchant=scene.account,
        customer=customer.id,
        currency=currency,
        lines=tuple(lines),
        token=scene.ids.token(_TOKEN_LENGTH),
        account_country=scene.terms.country,
        base_url=scene.base_url,
        payer=payer(customer),
        test_clock=customer.test_clock,
        **fields,
    )


def payer(customer: Customer) -> dict[str, object]:
    return {
        "address": customer.address,
        "email": customer.email or None,
        "name": customer.name or None,
        "phone": customer.phone or None,
        "shipping": customer.shipping,
        "tax_exempt": customer.tax_exempt,
    }


async def drafted(scene: Scene, customer: Customer, invoice: Invoice) -> Invoice:
    """Totaled, saved and told."""
    invoice = await totaled(scene, invoice, customer)
    scene.work.save(invoice)
    scene.tell("invoice.created", invoice)
    return invoice


def line_of(scene: Scene, item: InvoiceItem) -> Line:
    """An invoice item as a line."""
    return Line(
        id=scene.id("il_1"),
        amount=item.amount,
        currency=item.currency,
        description=item.description,
        discountable=item.discountable,
        discounts=item.discounts,
        invoice_item=item.id,
        metadata=item.metadata,
        period_end=item.period_end,
        period_start=item.period_start,
        price=item.price,
        product=item.product,
        proration=item.proration,
        quantity=item.quantity,
        subscription=item.subscription,
        tax_rates=item.tax_rates,
        unit_amount_decimal=item.unit_amount_decimal,
    )


async def pending_items(
    scene: Scene, customer: str, currency: str, subscription: str = ""
) -> list[InvoiceItem]:
    """Oldest first: those of the subscription, and those of none."""
    walk = Walk(index="pending_of", value=customer, newest_first=False, limit=PAGE_MAX)
    return [
        item
        for item in await scene.work.scan(InvoiceItem, walk)
        if item.currency == currency and item.subscription in ("", subscription)
    ]


def taken(scene: Scene, items: Sequence[InvoiceItem], invoice: str) -> list[Line]:
    """The pending items as lines of this invoice, which has them from now on."""
    for item in items:
        scene.work.save(replace(item, invoice=invoice))
    return [line_of(scene, item) for item in items]
