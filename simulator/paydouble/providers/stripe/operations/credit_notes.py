"""Credit notes (https://docs.stripe.com/api/credit_notes)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.call import Call, Reply
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import clocks, crediting, lists
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.credit_notes import CreditNote
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.owning import owned, referred, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_credits import (
    CreditNoteCreate,
    CreditNoteLineList,
    CreditNoteList,
    CreditNoteUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/credit_notes"
_DOCS = "https://docs.stripe.com/api/credit_notes/"


async def _note(scene: Scene, id: str) -> CreditNote:
    return await owned(scene, CreditNote, id, "credit_note")


@operation(
    "credit_notes.create",
    Route("v1", "POST", _URL),
    means=("invoice.credit", "refund.create"),
    idempotency=ONCE,
    errors=(
        Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE, Errors.PARAMETER_INVALID,
        Errors.INVOICE_UNEXPECTED_STATE, Errors.CHARGE_ALREADY_REFUNDED,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[CreditNoteCreate]) -> Reply:
    """Takes back an invoice or a part of it: less is owed, or money goes back."""
    scene, params = of_call(call), call.params
    invoice = await referred(scene, Invoice, params["invoice"], "invoice", param="invoice")
    scene = await clocks.on_clock(scene, invoice.test_clock)
    note = await crediting.issued(scene, invoice, params, call.outcome)
    return Reply(note.shown(), subject=note)


@operation(
    "credit_notes.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("invoice.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a credit note."""
    note = await _note(of_call(call), call.params["id"])
    return Reply(note.shown(), subject=note)


@operation(
    "credit_notes.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("invoice.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "update",
)
async def update(call: Call[CreditNoteUpdate]) -> Reply:
    """Changes memo and metadata; the money stays."""
    scene, params = of_call(call), call.params
    before = await _note(scene, params["id"])
    after = replace(
        before, memo=params.get("memo", before.memo), metadata=merged(before.metadata, params.get("metadata"))
    )
    told(scene, "credit_note.updated", before, after)
    return Reply(after.shown(), subject=after)


@operation(
    "credit_notes.void",
    Route("v1", "POST", _URL + "/{id}/void"),
    means=("invoice.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.INVOICE_UNEXPECTED_STATE),
    docs=_DOCS + "void",
)
async def void(call: Call[Named]) -> Reply:
    """Makes a credit note of an open invoice as if it had never been."""
    scene = of_call(call)
    note = await crediting.voided(scene, await _note(scene, call.params["id"]))
    return Reply(note.shown(), subject=note)


@operation(
    "credit_notes.list",
    Route("v1", "GET", _URL),
    means=("invoice.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_notes(call: Call[CreditNoteList]) -> Reply:
    """Lists credit notes, newest first."""
    customer, invoice = call.params.get("customer", ""), call.params.get("invoice", "")
    index = ("merchant", call.account)
    if customer or invoice:
        index = ("invoice", invoice) if invoice else ("customer", customer)
    found, more = await lists.page(
        call, CreditNote, "credit_note", index=index,
        where=lambda one: one.merchant == call.account and customer in ("", one.customer),
    )
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


@operation(
    "credit_notes.lines.list",
    Route("v1", "GET", _URL + "/{id}/lines"),
    means=("invoice.query",),
    errors=(Errors.RESOURCE_MISSING, Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "lines",
)
async def list_lines(call: Call[CreditNoteLineList]) -> Reply:
    """Lists the lines of a credit note, in its own order."""
    note = await _note(of_call(call), call.params["id"])
    data, more = lists.page_of(call, [line.shown() for line in note.lines], "credit_note_line_item")
    return Reply(lists.shown(f"{_URL}/{note.id}/lines", data, has_more=more))


OPERATIONS = (create, retrieve, update, void, list_notes, list_lines)
