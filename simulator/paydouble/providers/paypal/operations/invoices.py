"""Invoices: drawn up, changed, shown, found. https://developer.paypal.com/docs/api/invoicing/v2/"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Operation, Route, operation
from paydouble.providers.paypal import invoice_search, invoicing
from paydouble.providers.paypal.errors import COMMON, INVOICING
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.invoice_models import INVOICES_PATH, Invoice, invoice_shown
from paydouble.providers.paypal.invoicing import ERRORS
from paydouble.providers.paypal.lists import every, paged
from paydouble.providers.paypal.scene import of_call, wants_whole
from paydouble.providers.paypal.showing import link

DOCS = "https://developer.paypal.com/docs/api/invoicing/v2/"
ITSELF = f"{INVOICES_PATH}/{{invoice_id}}"
SEARCH_PATH = "/v2/invoicing/search-invoices"
PAGE_SIZE = "20"
PAGING = ("page", "page_size", "total_required", "fields")
CHANGEABLE = ("DRAFT", "SCHEDULED", "SENT", "UNPAID")
DELETABLE = ("DRAFT", "SCHEDULED")


class InvoiceRequest(TypedDict):
    detail: Mapping[str, Any]
    invoicer: NotRequired[Mapping[str, Any]]
    primary_recipients: NotRequired[list[Mapping[str, Any]]]
    additional_recipients: NotRequired[list[str]]
    items: NotRequired[list[Mapping[str, Any]]]
    configuration: NotRequired[Mapping[str, Any]]
    amount: NotRequired[Mapping[str, Any]]


class ReplaceRequest(InvoiceRequest):
    invoice_id: str
    send_to_recipient: NotRequired[str]
    send_to_invoicer: NotRequired[str]


class ById(TypedDict):
    invoice_id: str


class ListRequest(TypedDict):
    page: NotRequired[str]
    page_size: NotRequired[str]
    total_required: NotRequired[str]
    fields: NotRequired[str]


class Nothing(TypedDict):
    """An empty body, or none."""


@operation(
    "invoices.create", Route(INVOICING, "POST", INVOICES_PATH), docs=f"{DOCS}#invoices_create",
    errors=(
        InvoiceErrors.NOT_SUPPORTED, InvoiceErrors.CURRENCY_MISMATCH, InvoiceErrors.NEGATIVE_TOTAL,
        InvoiceErrors.DUE_DATE_BEFORE_INVOICE_DATE, InvoiceErrors.DUPLICATE_INVOICE_NUMBER, *ERRORS, *COMMON,
    ),
)
async def create(call: Call[InvoiceRequest]) -> Reply:
    """Draw up a draft. Without `Prefer: return=representation` only its link is told."""
    scene = of_call(call)
    invoice = await invoicing.drawn_up(scene, call.params)
    call.work.save(invoice)
    call.work.announce(invoicing.created(invoice))
    if wants_whole(call):
        return Reply(invoice_shown(invoice, scene.base), 201, subject=invoice)
    return Reply(link(f"{scene.base}{INVOICES_PATH}/{invoice.id}", "self"), 201, subject=invoice)


@operation(
    "invoices.list", Route(INVOICING, "GET", INVOICES_PATH), docs=f"{DOCS}#invoices_list",
    errors=(*ERRORS, *COMMON),
)
async def listed(call: Call[ListRequest]) -> Reply:
    """List invoices, the newest first."""
    scene = of_call(call)
    found = await every(call.work, Invoice, "account", scene.account)
    return Reply(_page(found, call, f"{scene.base}{INVOICES_PATH}"))


def _page(found: list[Invoice], call: Call[Any], href: str) -> dict[str, Any]:
    fields = call.params.get("fields", "all") != "none"
    asked = {name: call.params[name] for name in PAGING if name in call.params}
    params = {"page_size": PAGE_SIZE, **asked}
    base = call.request.base_url
    return paged("items", found, lambda one: invoice_shown(one, base, fields=fields), params, href)


@operation(
    "invoices.search-invoices", Route(INVOICING, "POST", SEARCH_PATH), reads=True,
    docs=f"{DOCS}#invoices_search-invoices", errors=(*ERRORS, *COMMON),
)
async def search(call: Call[ListRequest]) -> Reply:
    """Find invoices by recipient, number, status, amount and dates; all criteria must fit."""
    scene = of_call(call)
    found = await every(call.work, Invoice, "account", scene.account)
    fitting = [one for one in found if invoice_search.fits(one, call.params)]
    return Reply(_page(fitting, call, f"{scene.base}{SEARCH_PATH}"))


@operation(
    "invoices.get", Route(INVOICING, "GET", ITSELF), docs=f"{DOCS}#invoices_get", errors=(*ERRORS, *COMMON),
)
async def show(call: Call[ById]) -> Reply:
    """Show an invoice."""
    invoice = await invoicing.find(call)
    return Reply(invoice_shown(invoice, call.request.base_url), subject=invoice)


@operation(
    "invoices.update", Route(INVOICING, "PUT", ITSELF), docs=f"{DOCS}#invoices_update",
    errors=(
        InvoiceErrors.CANNOT_UPDATE_INVOICE, InvoiceErrors.NOT_SUPPORTED, InvoiceErrors.CURRENCY_MISMATCH,
        InvoiceErrors.NEGATIVE_TOTAL, InvoiceErrors.DUE_DATE_BEFORE_INVOICE_DATE,
        InvoiceErrors.DUPLICATE_INVOICE_NUMBER, *ERRORS, *COMMON,
    ),
)
async def update(call: Call[ReplaceRequest]) -> Reply:
    """Replace all of an invoice that nobody has paid yet."""
    scene, known = of_call(call), await invoicing.find(call)
    if known.status not in CHANGEABLE:
        raise InvoiceErrors.CANNOT_UPDATE_INVOICE()
    invoice = await invoicing.drawn_up(scene, call.params, known)
    call.work.save(invoice)
    call.work.announce(invoicing.updated(invoice))
    return Reply(invoice_shown(invoice, scene.base), subject=invoice)


@operation(
    "invoices.delete", Route(INVOICING, "DELETE", ITSELF), docs=f"{DOCS}#invoices_delete",
    errors=(InvoiceErrors.CANNOT_DELETE_INVOICE, *ERRORS, *COMMON),
)
async def delete(call: Call[ById]) -> Reply:
    """Forget a draft, or an invoice that waits for its date."""
    invoice = await invoicing.find(call)
    if invoice.status not in DELETABLE:
        raise InvoiceErrors.CANNOT_DELETE_INVOICE()
    call.work.remove(invoice)
    return Reply(b"", 204)


@operation(
    "invoicing.generate-next-invoice-number",
    Route(INVOICING, "POST", "/v2/invoicing/generate-next-invoice-number"),
    docs=f"{DOCS}#invoicing_generate-next-invoice-number", errors=COMMON, reads=True,
)
async def generate_number(call: Call[Nothing]) -> Reply:
    """Tell the number that the next invoice would get."""
    scene = of_call(call)
    return Reply({"invoice_number": await invoicing.next_number(call.work, scene.account)})


OPERATIONS: tuple[Operation, ...] = (create, listed, search, show, update, delete, generate_number)
