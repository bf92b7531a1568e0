"""Invoice items: what waits for the next invoice (https://docs.stripe.com/api/invoiceitems)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant, from_unix
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import billed_items, clocks, discounts, invoice_drafts, lists, methods
from paydouble.providers.stripe.amounts import known_currency
from paydouble.providers.stripe.catalog import priced
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.invoice_totals import totaled
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.catalog import Price
from paydouble.providers.stripe.models.invoices import Invoice, InvoiceItem
from paydouble.providers.stripe.owning import owned, referred, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_invoices import InvoiceItemCreate, InvoiceItemList, InvoiceItemUpdate
from paydouble.providers.stripe.pricing import cost, rounded, unit_amounts
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/invoiceitems"
_DOCS = "https://docs.stripe.com/api/invoiceitems/"
_WORTH = ("amount", "price_data", "pricing", "unit_amount_decimal")
_LINE_MAX = 10**14


async def _worth(scene: Scene, params: Mapping[str, Any]) -> dict[str, Any]:
    """Amount, currency and price. Raises ProviderError."""
    named = [name for name in _WORTH if params.get(name) is not None]
    if len(named) > 1:
        raise Errors.PARAMETERS_EXCLUSIVE(
            f"You may only specify one of these parameters: {', '.join(named)}.", param=named[0]
        )
    quantity = params.get("quantity", 1)
    match named:
        case ["amount"]:
            unit = unit_amounts({"unit_amount": params["amount"]})[1]
            return {"amount": params["amount"], "currency": _currency(params), "unit_amount_decimal": unit}
        case ["unit_amount_decimal"]:
            unit = unit_amounts({"unit_amount_decimal": params["unit_amount_decimal"]})[1]
            amount = rounded(Decimal(unit) * quantity)
            return {
                "amount": amount,
                "currency": _currency(params),
                "quantity": quantity,
                "unit_amount_decimal": unit,
            }
        case []:
            raise Errors.PARAMETER_MISSING("Missing required param: amount.", param="amount")
    price = await _price(scene, params)
    return {
        "amount": cost(price, quantity),
        "currency": price.currency,
        "quantity": quantity,
        "price": price.id,
        "product": price.product,
        "unit_amount_decimal": price.unit_amount_decimal,
    }


def _currency(params: Mapping[str, Any]) -> str:
    if not params.get("currency"):
        raise Errors.PARAMETER_MISSING("Missing required param: currency.", param="currency")
    return known_currency(params["currency"])


async def _price(scene: Scene, params: Mapping[str, Any]) -> Price:
    if params.get("price_data"):
        return await priced(scene, params["price_data"])
    id = params["pricing"].get("price")
    if not id:
        raise Errors.PARAMETER_MISSING("Missing required param: pricing[price].", param="pricing[price]")
    price = await referred(scene, Price, id, "price", param="pricing[price]")
    if price.recurring is not None:
        raise Errors.PARAMETER_INVALID(
            "The price specified is set to `type=recurring` but this field only accepts prices with "
            "`type=one_time`.",
            param="pricing[price]",
        )
    return price


def _period(scene: Scene, given: Mapping[str, int] | None) -> tuple[Instant, Instant]:
    if not given:
        return scene.now, scene.now
    start, end = from_unix(given["start"]), from_unix(given["end"])
    if end < start:
        raise Errors.PARAMETER_INVALID("The period must not end before it starts.", param="period[end]")
    return start, end


@operation(
    "invoiceitems.create",
    Route("v1", "POST", _URL),
    means=("invoice.create",),
    idempotency=ONCE,
    errors=(
        Errors.PARAMETER_MISSING,
        Errors.PARAMETERS_EXCLUSIVE,
        Errors.REFERENCE_MISSING,
        Errors.PARAMETER_INVALID,
        Errors.INVOICE_NOT_EDITABLE,
        Errors.CURRENCY_INVALID,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[InvoiceItemCreate]) -> Reply:
    """Adds something to a draft, or to whatever invoice comes next."""
    scene, params = of_call(call), call.params
    if not params.get("customer"):
        raise Errors.PARAMETER_MISSING("Missing required param: customer.", param="customer")
    customer = await methods.customer_named(scene, params["customer"])
    scene = await clocks.of_customer(scene, customer)
    start, end = _period(scene, params.get("period"))
    item = InvoiceItem(
        id=scene.id("ii_1"),
        created=scene.now,
        merchant=scene.account,
        customer=customer.id,
        description=params.get("description", ""),
        discountable=params.get("discountable", True),
        metadata=merged({}, params.get("metadata")),
        period_start=start,
        period_end=end,
        subscription=params.get("subscription", ""),
        test_clock=customer.test_clock,
        tax_rates=await billed_items.tax_rates(scene, params.get("tax_rates") or (), "tax_rates"),
        **await _worth(scene, params),
    )
    if abs(item.amount) > _LINE_MAX:
        raise Errors.AMOUNT_TOO_LARGE(param="amount")
    if item.price and not item.description:
        price = await scene.work.get(Price, item.price)
        assert price is not None, f"{item.price} is gone"
        item = replace(item, description=(await billed_items.described(scene, price, item.quantity))[4:])
    if params.get("discounts"):
        given = await discounts.redeemed(
            scene, params["discounts"] or (), customer=customer.id, invoice="pending"
        )
        item = replace(item, discounts=tuple(each.id for each in given))
    if params.get("invoice"):
        item = await _added(scene, item, params["invoice"])
    scene.work.save(item)
    scene.tell("invoiceitem.created", item)
    return Reply(item.shown(), subject=item)


async def _added(scene: Scene, item: InvoiceItem, id: str) -> InvoiceItem:
    """Becomes a line of the draft. Raises ProviderError."""
    before = await referred(scene, Invoice, id, "invoice", param="invoice")
    if before.status != "draft":
        raise Errors.INVOICE_NOT_EDITABLE(param="invoice")
    if before.customer != item.customer or before.currency != item.currency:
        raise Errors.PARAMETER_INVALID(
            "The invoice is for another customer, or in another currency.", param="invoice"
        )
    customer = await invoice_drafts.customer_of(scene, before)
    item = replace(item, invoice=before.id)
    after = replace(before, lines=(*before.lines, invoice_drafts.line_of(scene, item)))
    told(scene, "invoice.updated", before, await totaled(scene, after, customer))
    return item


@operation(
    "invoiceitems.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("invoice.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows an invoice item."""
    item = await owned(of_call(call), InvoiceItem, call.params["id"], "invoiceitem")
    return Reply(item.shown(), subject=item)


async def _draft_of(scene: Scene, item: InvoiceItem) -> Invoice | None:
    """Raises ProviderError where its invoice is a draft no longer."""
    invoice = await scene.work.get(Invoice, item.invoice) if item.invoice else None
    if invoice is not None and invoice.status != "draft":
        raise Errors.INVOICE_NOT_EDITABLE(
            "This invoice item cannot be changed, since its invoice is no longer a draft.", param="invoice"
        )
    return invoice


@operation(
    "invoiceitems.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("invoice.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_NOT_EDITABLE, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "update",
)
async def update(call: Call[InvoiceItemUpdate]) -> Reply:
    """Changes an item while no invoice with it is finalized."""
    scene, params = of_call(call), call.params
    before = await owned(scene, InvoiceItem, params["id"], "invoiceitem")
    invoice = await _draft_of(scene, before)
    changes: dict[str, Any] = {
        name: params[name] for name in ("description", "discountable") if name in params
    }
    if any(params.get(name) is not None for name in _WORTH) or "quantity" in params:
        given = {"currency": before.currency, **params}
        if before.price and not any(params.get(name) for name in _WORTH):
            given["pricing"] = {"price": before.price}
        elif not any(params.get(name) is not None for name in _WORTH):
            given["unit_amount_decimal"] = before.unit_amount_decimal
        changes |= await _worth(scene, given)
    if "tax_rates" in params:
        changes["tax_rates"] = await billed_items.tax_rates(scene, params["tax_rates"], "tax_rates")
    if "period" in params:
        changes["period_start"], changes["period_end"] = _period(scene, params["period"])
    after = replace(before, metadata=merged(before.metadata, params.get("metadata")), **changes)
    if abs(after.amount) > _LINE_MAX or after.currency != before.currency:
        raise Errors.PARAMETER_INVALID("The amount is too large, or in another currency.", param="amount")
    scene.work.save(after)
    if invoice is not None:
        await _replaced(scene, invoice, after)
    return Reply(after.shown(), subject=after)


async def _replaced(scene: Scene, before: Invoice, item: InvoiceItem | None, gone: str = "") -> None:
    """Its line changes with it, or goes."""
    lines = []
    for line in before.lines:
        if item is not None and line.invoice_item == item.id:
            lines.append(replace(invoice_drafts.line_of(scene, item), id=line.id))
        elif line.invoice_item != gone or not gone:
            lines.append(line)
    customer = await invoice_drafts.customer_of(scene, before)
    after = await totaled(scene, replace(before, lines=tuple(lines)), customer)
    told(scene, "invoice.updated", before, after)


@operation(
    "invoiceitems.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("invoice.update",),
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_NOT_EDITABLE),
    docs=_DOCS + "delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Deletes an item that is pending, or in a draft."""
    scene = of_call(call)
    item = await owned(scene, InvoiceItem, call.params["id"], "invoiceitem")
    invoice = await _draft_of(scene, item)
    if invoice is not None:
        await _replaced(scene, invoice, None, gone=item.id)
    scene.work.remove(item)
    scene.tell("invoiceitem.deleted", item)
    return Reply({"id": item.id, "object": "invoiceitem", "deleted": True}, subject=item)


@operation(
    "invoiceitems.list",
    Route("v1", "GET", _URL),
    means=("invoice.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_items(call: Call[InvoiceItemList]) -> Reply:
    """Lists invoice items, newest first."""
    params = call.params
    customer, invoice = params.get("customer", ""), params.get("invoice", "")
    index = ("merchant", call.account)
    if customer or invoice:
        index = ("invoice", invoice) if invoice else ("customer", customer)
    found, more = await lists.page(
        call,
        InvoiceItem,
        "invoiceitem",
        index=index,
        where=lambda one: (
            one.merchant == call.account
            and customer in ("", one.customer)
            and params.get("pending") in (None, not one.invoice)
        ),
    )
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, update, delete, list_items)
