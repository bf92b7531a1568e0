"""Invoices: made, changed and listed (https://docs.stripe.com/api/invoices)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import from_unix, later
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import (
    billed_items,
    clocks,
    discounts,
    invoice_drafts,
    lists,
    methods,
    subscribing,
)
from paydouble.providers.stripe.amounts import known_currency
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.invoice_totals import totaled
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.invoices import Invoice, InvoiceItem, InvoicePayment
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import owned, referred, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_invoices import (
    InvoiceCreate,
    InvoiceLineList,
    InvoiceList,
    InvoicePaymentList,
    InvoiceUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/invoices"
_DOCS = "https://docs.stripe.com/api/invoices/"
_PLAIN = (
    "application_fee_amount",
    "auto_advance",
    "collection_method",
    "days_until_due",
    "default_payment_method",
    "description",
    "footer",
    "statement_descriptor",
    "on_behalf_of",
    "payment_settings",
)
_ALWAYS = frozenset({"id", "metadata", "auto_advance", "expand", "default_payment_method"})
"""What may still be changed of an invoice that is finalized."""


async def invoice_of(scene: Scene, id: str) -> Invoice:
    return await owned(scene, Invoice, id, "invoice")


async def _changes(scene: Scene, params: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, Any]:
    """Raises ProviderError."""
    changes: dict[str, Any] = {name: params[name] for name in _PLAIN if name in params}
    if "custom_fields" in params:
        changes["custom_fields"] = tuple(params["custom_fields"] or ())
    if "default_tax_rates" in params:
        changes["default_tax_rates"] = await billed_items.tax_rates(
            scene, params["default_tax_rates"], "default_tax_rates"
        )
    if "transfer_data" in params:
        changes["transfer_data"] = params["transfer_data"] or None
    if params.get("due_date"):
        changes["due_date"] = from_unix(params["due_date"])
    return {**changes, "metadata": merged(before, params.get("metadata"))}


def _check_collection(params: Mapping[str, Any]) -> None:
    """Only what is sent can be due later. Raises ProviderError."""
    send = params.get("collection_method") == "send_invoice"
    due = [name for name in ("days_until_due", "due_date") if params.get(name) is not None]
    if due and not send:
        raise Errors.PARAMETER_INVALID(
            f"`{due[0]}` can only be set when `collection_method=send_invoice`.", param=due[0]
        )
    if send and not due:
        raise Errors.PARAMETER_MISSING(
            "If `collection_method` is `send_invoice`, `days_until_due` or `due_date` must be set.",
            param="days_until_due",
        )


@operation(
    "invoices.create",
    Route("v1", "POST", _URL),
    means=("invoice.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING,
        Errors.REFERENCE_MISSING,
        Errors.PARAMETER_INVALID,
        Errors.CURRENCY_INVALID,
        Errors.COUPON_SPENT,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[InvoiceCreate]) -> Reply:
    """Creates a draft, with the pending items where that is asked for."""
    scene, params = of_call(call), call.params
    if not params.get("customer"):
        raise Errors.PARAMETER_MISSING("Missing required param: customer.", param="customer")
    _check_collection(params)
    customer = await methods.customer_named(scene, params["customer"])
    scene = await clocks.of_customer(scene, customer)
    subscription = None
    if params.get("subscription"):
        subscription = await referred(
            scene, Subscription, params["subscription"], "subscription", param="subscription"
        )
    pending = await _pending(scene, customer, params)
    currency = known_currency(params["currency"]) if params.get("currency") else customer.currency
    currency = currency or (pending[0].currency if pending else scene.terms.currency)
    invoice = invoice_drafts.started(
        scene,
        customer,
        currency,
        (),
        billing_reason="manual",
        **(subscribing.of_subscription(subscription) if subscription else {})
        | await _changes(scene, params, {}),
    )
    given = await discounts.redeemed(
        scene, params.get("discounts") or (), customer=customer.id, invoice=invoice.id
    )
    lines = invoice_drafts.taken(scene, [item for item in pending if item.currency == currency], invoice.id)
    invoice = replace(
        invoice, lines=tuple(lines), discounts=tuple(each.id for each in given) or invoice.discounts
    )
    invoice = await invoice_drafts.drafted(scene, customer, invoice)
    if invoice.auto_advance:
        due = later(scene.now, scene.terms.invoice_finalizes_after)
        invoice = replace(invoice, automatically_finalizes_at=due)
        scene.work.save(invoice)
        scene.at(due, invoice, "finalize")
    return Reply(invoice.shown(), subject=invoice)


async def _pending(scene: Scene, customer: Customer, params: Mapping[str, Any]) -> list[InvoiceItem]:
    """Since 2022-08-01 only where they are asked for."""
    if params.get("pending_invoice_items_behavior") != "include":
        return []
    wanted = str(params.get("currency", "") or customer.currency).lower()
    found = await invoice_drafts.pending_items(scene, customer.id, wanted, params.get("subscription", ""))
    return found or (
        await invoice_drafts.pending_items(scene, customer.id, scene.terms.currency) if not wanted else []
    )


@operation(
    "invoices.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("invoice.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows an invoice."""
    invoice = await invoice_of(of_call(call), call.params["id"])
    return Reply(invoice.shown(), subject=invoice)


@operation(
    "invoices.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("invoice.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_NOT_EDITABLE, Errors.PARAMETER_INVALID),
    docs=_DOCS + "update",
)
async def update(call: Call[InvoiceUpdate]) -> Reply:
    """Changes a draft; of a finalized invoice little more than its metadata."""
    scene, params = of_call(call), call.params
    before = await invoice_of(scene, params["id"])
    if before.status != "draft" and not params.keys() <= _ALWAYS:
        name = next(iter(params.keys() - _ALWAYS))
        raise Errors.INVOICE_NOT_EDITABLE(
            "Finalized invoices can't be updated in this way. You can only update a finalized invoice's "
            "auto_advance, default payment method and metadata.",
            param=name,
        )
    scene = await clocks.on_clock(scene, before.test_clock)
    after = replace(before, **await _changes(scene, params, before.metadata))
    if before.status == "draft":
        if "discounts" in params:
            given = await discounts.redeemed(
                scene, params["discounts"] or (), customer=before.customer, invoice=before.id
            )
            after = replace(after, discounts=tuple(each.id for each in given))
        after = await totaled(scene, after, await invoice_drafts.customer_of(scene, before))
    told(scene, "invoice.updated", before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "invoices.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("invoice.update",),
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_UNEXPECTED_STATE),
    docs=_DOCS + "delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Deletes a draft; its items are pending again."""
    scene = of_call(call)
    invoice = await invoice_of(scene, call.params["id"])
    if invoice.status != "draft" or invoice.subscription:
        raise Errors.INVOICE_UNEXPECTED_STATE(
            "You can only delete one-off draft invoices. To cancel other invoices, void them."
        )
    for line in invoice.lines:
        item = await scene.work.get(InvoiceItem, line.invoice_item) if line.invoice_item else None
        if item is not None:
            scene.work.save(replace(item, invoice=""))
    scene.work.remove(invoice)
    scene.tell("invoice.deleted", invoice)
    return Reply({"id": invoice.id, "object": "invoice", "deleted": True}, subject=invoice)


@operation(
    "invoices.list",
    Route("v1", "GET", _URL),
    means=("invoice.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_invoices(call: Call[InvoiceList]) -> Reply:
    """Lists invoices, newest first."""
    params = call.params
    customer, subscription = params.get("customer", ""), params.get("subscription", "")
    due = lists.between(params.get("due_date"))
    index = ("merchant", call.account)
    if customer or subscription:
        index = ("subscription", subscription) if subscription else ("customer", customer)

    def wanted(one: Invoice) -> bool:
        return (
            one.merchant == call.account
            and customer in ("", one.customer)
            and params.get("status") in (None, one.status)
            and params.get("collection_method") in (None, one.collection_method)
            and (due is None or (one.due_date is not None and due[0] <= one.due_date <= due[1]))
        )

    found, more = await lists.page(call, Invoice, "invoice", index=index, where=wanted)
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


@operation(
    "invoices.lines.list",
    Route("v1", "GET", _URL + "/{id}/lines"),
    means=("invoice.query",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING),
    docs="https://docs.stripe.com/api/invoice-line-item/invoices",
)
async def list_lines(call: Call[InvoiceLineList]) -> Reply:
    """Lists the lines of an invoice, in its own order."""
    invoice = await invoice_of(of_call(call), call.params["id"])
    lines = [line.shown(invoice.id) for line in invoice.lines]
    data, more = lists.page_of(call, lines, "invoice line item")
    return Reply(lists.shown(f"{_URL}/{invoice.id}/lines", data, has_more=more))


@operation(
    "invoice_payments.retrieve",
    Route("v1", "GET", "/v1/invoice_payments/{id}"),
    means=("invoice.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs="https://docs.stripe.com/api/invoice-payment/retrieve",
)
async def retrieve_payment(call: Call[Named]) -> Reply:
    """Shows what joins an invoice to its PaymentIntent."""
    found = await owned(of_call(call), InvoicePayment, call.params["id"], "invoice_payment")
    return Reply(found.shown(), subject=found)


@operation(
    "invoice_payments.list",
    Route("v1", "GET", "/v1/invoice_payments"),
    means=("invoice.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs="https://docs.stripe.com/api/invoice-payment/list",
)
async def list_payments(call: Call[InvoicePaymentList]) -> Reply:
    """Lists the payments of invoices, newest first."""
    params = call.params
    invoice, payment = params.get("invoice", ""), params.get("payment") or {}
    intent = payment.get("payment_intent", "")
    index = ("merchant", call.account)
    if invoice or intent:
        index = ("invoice", invoice) if invoice else ("payment_intent", intent)
    found, more = await lists.page(
        call,
        InvoicePayment,
        "invoice_payment",
        index=index,
        where=lambda one: (
            one.merchant == call.account
            and params.get("status") in (None, one.status)
            and intent in ("", one.payment_intent)
            and payment.get("type", "payment_intent") == "payment_intent"
        ),
    )
    return Reply(lists.shown("/v1/invoice_payments", [each.shown() for each in found], has_more=more))


OPERATIONS = (
    create,
    retrieve,
    update,
    delete,
    list_invoices,
    list_lines,
    retrieve_payment,
    list_payments,
)
