"""What happens to an invoice: finalized, paid, sent, voided, written off, previewed.

https://docs.stripe.com/api/invoices
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.machine import IllegalTrigger
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import (
    billed_items,
    clocks,
    discounts,
    invoice_drafts,
    invoicing,
    methods,
    subscribing,
)
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.invoice_previews import next_invoice
from paydouble.providers.stripe.invoice_totals import totaled
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.operations.billing_invoices import invoice_of
from paydouble.providers.stripe.owning import referred
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_invoices import InvoiceCreatePreview, InvoiceFinalize, InvoicePay
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call
from paydouble.providers.stripe.staging import Imagined
from paydouble.providers.stripe.subscription_changes import changed

_URL = "/v1/invoices"
_DOCS = "https://docs.stripe.com/api/invoices/"
_CARD_ERRORS = (
    Errors.INSUFFICIENT_FUNDS,
    Errors.GENERIC_DECLINE,
    Errors.EXPIRED_CARD,
    Errors.AUTHENTICATION_REQUIRED,
)


async def _timed(scene: Scene, id: str) -> tuple[Scene, Invoice]:
    """The invoice, and the scene in its customer's time. Raises ProviderError."""
    invoice = await invoice_of(scene, id)
    return await clocks.on_clock(scene, invoice.test_clock), invoice


@operation(
    "invoices.finalize",
    Route("v1", "POST", _URL + "/{id}/finalize"),
    means=("invoice.finalize",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_NOT_EDITABLE, Errors.INVOICE_WITHOUT_LINES),
    docs=_DOCS + "finalize",
)
async def finalize(call: Call[InvoiceFinalize]) -> Reply:
    """Settles the content of a draft; what is due can be paid from then on."""
    scene, invoice = await _timed(of_call(call), call.params["id"])
    invoice = replace(invoice, auto_advance=call.params.get("auto_advance", invoice.auto_advance))
    invoice = await _finalized(scene, invoice)
    if invoice.auto_advance and invoice.status == "open":
        scene.at(scene.now, invoice, "collect")
    return Reply(invoice.shown(), subject=invoice)


async def _finalized(scene: Scene, invoice: Invoice) -> Invoice:
    if invoice.status != "draft":
        raise Errors.INVOICE_NOT_EDITABLE(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice."
        )
    if not invoice.lines:
        raise Errors.INVOICE_WITHOUT_LINES()
    return await invoicing.finalized(scene, invoice)


@operation(
    "invoices.pay",
    Route("v1", "POST", _URL + "/{id}/pay"),
    means=("invoice.pay", "payment.charge"),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING,
        Errors.INVOICE_UNEXPECTED_STATE,
        Errors.REFERENCE_MISSING,
        Errors.CUSTOMER_WITHOUT_METHOD,
        Errors.INVOICE_REQUIRES_ACTION,
        *_CARD_ERRORS,
    ),
    docs=_DOCS + "pay",
)
async def pay(call: Call[InvoicePay]) -> Reply:
    """Charges an invoice, or says that it was paid elsewhere; a draft is finalized first."""
    params = call.params
    scene, invoice = await _timed(of_call(call), params["id"])
    if invoice.status == "draft":
        invoice = await _finalized(scene, invoice)
        if invoice.status == "paid":
            return Reply(invoice.shown(), subject=invoice)
    if invoice.status == "paid":
        raise Errors.INVOICE_UNEXPECTED_STATE("Invoice is already paid")
    if invoice.status == "void":
        raise Errors.INVOICE_UNEXPECTED_STATE("A voided invoice cannot be paid.")
    if params.get("paid_out_of_band"):
        invoice = await invoicing.paid_elsewhere(scene, invoice)
        return Reply(invoice.shown(), subject=invoice)
    id = params.get("payment_method") or await invoicing.default_method(scene, invoice)
    if not id:
        raise Errors.CUSTOMER_WITHOUT_METHOD(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set one, or pass "
            "a `payment_method`."
        )
    method = await methods.resolved(scene, id)
    paid, error = await invoicing.collected(
        scene, invoice, method, off_session=bool(params.get("off_session", True)), outcome=call.outcome
    )
    intent = await invoicing.intent_of(scene, paid)
    if error is None and intent.status == "requires_action":
        error = Errors.INVOICE_REQUIRES_ACTION(payment_intent=intent.shown())
    if error is not None:
        return Reply.refused(error, paid)
    return Reply(paid.shown(), subject=paid)


@operation(
    "invoices.send",
    Route("v1", "POST", _URL + "/{id}/send"),
    means=("invoice.finalize",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_UNEXPECTED_STATE, Errors.INVOICE_WITHOUT_LINES),
    docs=_DOCS + "send",
)
async def send(call: Call[Named]) -> Reply:
    """Finalizes a draft, and tells that it was sent to its customer."""
    scene, invoice = await _timed(of_call(call), call.params["id"])
    if invoice.collection_method != "send_invoice":
        raise Errors.INVOICE_UNEXPECTED_STATE(
            "You can only manually send an invoice if its collection method is 'send_invoice'."
        )
    if invoice.status == "draft":
        invoice = await _finalized(scene, invoice)
    elif invoice.status != "open":
        raise Errors.INVOICE_UNEXPECTED_STATE(
            f"You cannot send an invoice with a status of {invoice.status}."
        )
    scene.tell("invoice.sent", invoice)
    return Reply(invoice.shown(), subject=invoice)


@operation(
    "invoices.void",
    Route("v1", "POST", _URL + "/{id}/void"),
    means=("invoice.cancel",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_UNEXPECTED_STATE),
    docs=_DOCS + "void",
)
async def void(call: Call[Named]) -> Reply:
    """Makes a finalized invoice as if it had never been; it cannot be paid any more."""
    scene, invoice = await _timed(of_call(call), call.params["id"])
    try:
        invoice = await invoicing.voided(scene, invoice)
    except IllegalTrigger as illegal:
        raise Errors.INVOICE_UNEXPECTED_STATE(
            f"You can only pass in open invoices. This invoice isn't open: its status is {illegal.status}."
        ) from None
    return Reply(invoice.shown(), subject=invoice)


@operation(
    "invoices.mark_uncollectible",
    Route("v1", "POST", _URL + "/{id}/mark_uncollectible"),
    means=("invoice.cancel",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_UNEXPECTED_STATE),
    docs=_DOCS + "mark_uncollectible",
)
async def mark_uncollectible(call: Call[Named]) -> Reply:
    """Writes an open invoice off; it can still be paid."""
    scene, invoice = await _timed(of_call(call), call.params["id"])
    try:
        invoice = invoicing.written_off(scene, invoice)
    except IllegalTrigger as illegal:
        raise Errors.INVOICE_UNEXPECTED_STATE(
            f"You can only pass in open invoices. This invoice isn't open: its status is {illegal.status}."
        ) from None
    return Reply(invoice.shown(), subject=invoice)


@operation(
    "invoices.create_preview",
    Route("v1", "POST", _URL + "/create_preview"),
    means=("invoice.query",),
    errors=(Errors.PARAMETER_MISSING, Errors.REFERENCE_MISSING, Errors.INVOICE_WITHOUT_LINES),
    docs=_DOCS + "create_preview",
)
async def create_preview(call: Call[InvoiceCreatePreview]) -> Reply:
    """Shows the invoice that would come next, also after a change that is not made."""
    scene, params = of_call(call), call.params
    scene = replace(scene, work=Imagined(scene.work))
    if params.get("subscription"):
        subscription = await referred(
            scene, Subscription, params["subscription"], "subscription", param="subscription"
        )
        scene = await clocks.on_clock(scene, subscription.test_clock)
        invoice = await _of_change(scene, subscription, params.get("subscription_details") or {})
        return Reply(invoice.shown())
    if not params.get("customer"):
        raise Errors.PARAMETER_MISSING(
            "You must pass one of `customer` or `subscription`.", param="customer"
        )
    customer = await methods.customer_named(scene, params["customer"])
    scene = await clocks.of_customer(scene, customer)
    invoice = await _of_customer(scene, customer, params)
    return Reply(invoice.shown())


async def _of_change(scene: Scene, subscription: Subscription, details: dict[str, Any]) -> Invoice:
    if subscription.ended:
        raise Errors.INVOICE_WITHOUT_LINES("No upcoming invoices for customer")
    if not details.get("items"):
        return await next_invoice(scene, subscription, ())
    change = await changed(scene, subscription, details)
    lines = [invoice_drafts.line_of(scene, item) for item in change.prorations]
    if change.restarts:
        after = change.subscription
        lines += await billed_items.lines_for(scene, after, after.period_start, after.period_end)
    at_once = change.restarts or details.get("proration_behavior") == "always_invoice"
    return await next_invoice(scene, change.subscription, lines, at_once=at_once)


async def _of_customer(scene: Scene, customer: Customer, params: Any) -> Invoice:
    """A subscription that is only thought of, or the pending items."""
    details = params.get("subscription_details") or {}
    if details.get("items"):
        _, currency = await billed_items.items_of(
            scene, details["items"], params.get("currency", ""), param="subscription_details[items]"
        )
        asked = await subscribing.asked_for(
            scene,
            replace(customer, currency=""),
            {**details, "items": details["items"], "currency": currency},
        )
        lines = await billed_items.lines_for(scene, asked, asked.period_start, asked.period_end)
        lines = [replace(line, subscription="", subscription_item="") for line in lines]
    else:
        currency = customer.currency or scene.terms.currency
        pending = await invoice_drafts.pending_items(scene, customer.id, currency)
        if not pending:
            raise Errors.INVOICE_WITHOUT_LINES("No upcoming invoices for customer")
        lines = [invoice_drafts.line_of(scene, item) for item in pending]
    given = await discounts.redeemed(scene, params.get("discounts") or (), customer=customer.id, quiet=True)
    invoice = invoice_drafts.started(
        scene,
        customer,
        currency,
        lines,
        billing_reason="upcoming",
        discounts=tuple(each.id for each in given),
    )
    return await totaled(scene, invoice, customer)


OPERATIONS = (finalize, pay, send, void, mark_uncollectible, create_preview)
