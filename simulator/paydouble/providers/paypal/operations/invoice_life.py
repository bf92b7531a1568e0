"""What is done with an invoice: sent, cancelled, paid, handed back. https://developer.paypal.com/docs/api/invoicing/v2/"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant, parse_rfc3339
from paydouble.core.effect import Result
from paydouble.core.errors import ErrorTable
from paydouble.core.ledger import PAYER, EntryKind, fees, pending, transfer
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.core.operation import Operation, Route, operation
from paydouble.core.record import Record
from paydouble.providers.paypal import invoice_qr, invoicing
from paydouble.providers.paypal.amounts import shown_minor
from paydouble.providers.paypal.errors import COMMON, INVOICING
from paydouble.providers.paypal.events import PROVIDER
from paydouble.providers.paypal.identifiers import UPPER, resource_id
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.invoice_models import (
    EXTERNAL,
    INVOICE,
    OPEN,
    PAYPAL,
    Invoice,
    day_of,
    view_url,
)
from paydouble.providers.paypal.invoicing import ERRORS
from paydouble.providers.paypal.operations.invoices import DOCS, ITSELF
from paydouble.providers.paypal.scene import Scene, of_act, of_call
from paydouble.providers.paypal.showing import link

QR_DEFAULT = 500
METHODS = ("BANK_TRANSFER", "CASH", "CHECK", "CREDIT_CARD", "DEBIT_CARD", "PAYPAL", "WIRE_TRANSFER", "OTHER")


class MailRequest(TypedDict):
    """Mails are not sent; who would get one is checked all the same."""

    invoice_id: str
    subject: NotRequired[str]
    note: NotRequired[str]
    send_to_invoicer: NotRequired[bool]
    send_to_recipient: NotRequired[bool]
    additional_recipients: NotRequired[list[str]]


class PaymentRequest(TypedDict):
    invoice_id: str
    method: str
    amount: NotRequired[Mapping[str, Any]]
    payment_id: NotRequired[str]
    payment_date: NotRequired[str]
    note: NotRequired[str]
    shipping_info: NotRequired[Mapping[str, Any]]


class RefundRequest(TypedDict):
    invoice_id: str
    method: str
    amount: NotRequired[Mapping[str, Any]]
    refund_date: NotRequired[str]


class ByTransaction(TypedDict):
    invoice_id: str
    transaction_id: str


class QrRequest(TypedDict):
    invoice_id: str
    width: NotRequired[int]
    height: NotRequired[int]
    action: NotRequired[str]


@operation(
    "invoices.send", Route(INVOICING, "POST", f"{ITSELF}/send"), docs=f"{DOCS}#invoices_send",
    errors=(InvoiceErrors.INVOICE_ALREADY_SENT, InvoiceErrors.CANT_SEND_INVOICE, *ERRORS, *COMMON),
)
async def send(call: Call[MailRequest]) -> Reply:
    """Send an invoice, share it by its link, or have it wait for its date."""
    scene, invoice = of_call(call), await invoicing.find(call)
    if invoice.status in OPEN:
        raise InvoiceErrors.INVOICE_ALREADY_SENT()
    if invoice.status != INVOICE.initial:
        raise InvoiceErrors.CANT_SEND_INVOICE()
    shown = link(view_url(invoice, scene.base), "payer-view")
    if str(invoice.detail["invoice_date"]) > day_of(scene.now):
        waiting = fire(scene.work, INVOICE, invoice, "schedule", scene.now, updated=scene.now)
        scene.work.at(_midnight(waiting), waiting, "send")
        return Reply(shown, 202, subject=waiting)
    mailed = call.params.get("send_to_recipient", True) and invoicing.recipients(invoice)
    changes = {"first_sent": scene.now, "last_sent": scene.now} if mailed else {}
    sent = fire(
        scene.work, INVOICE, invoice, "send" if mailed else "share", scene.now, updated=scene.now, **changes
    )
    return Reply(shown, 200, subject=sent)


def _midnight(invoice: Invoice) -> Instant:
    return parse_rfc3339(f"{invoice.detail['invoice_date']}T00:00:00+00:00")


@act(Invoice, "send")
async def sent_on_its_date(doing: Doing[Invoice]) -> Record:
    """The date of a scheduled invoice has come."""
    changes = {"first_sent": doing.now, "updated": doing.now}
    return fire(doing.work, INVOICE, doing.record, "send", doing.now, **changes)


@operation(
    "invoices.remind", Route(INVOICING, "POST", f"{ITSELF}/remind"), docs=f"{DOCS}#invoices_remind",
    errors=(InvoiceErrors.CANNOT_REMIND_INVOICE, *ERRORS, *COMMON),
)
async def remind(call: Call[MailRequest]) -> Reply:
    """Remind the recipient of an invoice that is due."""
    invoice = await invoicing.find(call)
    if invoice.status not in OPEN:
        raise InvoiceErrors.CANNOT_REMIND_INVOICE()
    reminded = replace(invoice, last_sent=call.clock.now())
    call.work.save(reminded)
    return Reply(b"", 204, subject=reminded)


_NOT_CANCELLED: Mapping[str, ErrorTable] = {
    "DRAFT": InvoiceErrors.CANNOT_CANCEL_DRAFT_INVOICE,
    "SCHEDULED": InvoiceErrors.CANNOT_CANCEL_SCHEDULED_INVOICE,
    "CANCELLED": InvoiceErrors.INVOICE_CANCELED_ALREADY,
    **dict.fromkeys(("PAID", "MARKED_AS_PAID", "PARTIALLY_PAID"), InvoiceErrors.CANNOT_CANCEL_PAID_INVOICE),
    **dict.fromkeys(
        ("REFUNDED", "MARKED_AS_REFUNDED", "PARTIALLY_REFUNDED"), InvoiceErrors.CANNOT_CANCEL_REFUNDED_INVOICE
    ),
}


@operation(
    "invoices.cancel", Route(INVOICING, "POST", f"{ITSELF}/cancel"), docs=f"{DOCS}#invoices_cancel",
    errors=(*dict.fromkeys(_NOT_CANCELLED.values()), *ERRORS, *COMMON),
)
async def cancel(call: Call[MailRequest]) -> Reply:
    """Cancel an invoice that was sent and not paid."""
    scene, invoice = of_call(call), await invoicing.find(call)
    if invoice.status in _NOT_CANCELLED:
        raise _NOT_CANCELLED[invoice.status]()
    cancelled = fire(scene.work, INVOICE, invoice, "cancel", scene.now, updated=scene.now)
    return Reply(b"", 204, subject=cancelled)


@operation(
    "invoices.payments", Route(INVOICING, "POST", f"{ITSELF}/payments"), docs=f"{DOCS}#invoices_payments",
    errors=(
        InvoiceErrors.CANNOT_PROCESS_PAYMENTS, InvoiceErrors.PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE,
        InvoiceErrors.CURRENCY_MISMATCH, InvoiceErrors.INVALID_PAYMENT_METHOD, *ERRORS, *COMMON,
    ),
)
async def record_payment(call: Call[PaymentRequest]) -> Reply:
    """Record a payment that came another way; without an amount, all that is due."""
    scene, invoice, params = of_call(call), await invoicing.find(call), call.params
    if params["method"] not in METHODS:
        raise InvoiceErrors.INVALID_PAYMENT_METHOD(field="/method", value=params["method"], location="body")
    minor, amount = invoicing.amount_of(params, invoice, invoice.due_minor)
    id = params.get("payment_id") or f"EXTR-{scene.ids.token(17, UPPER)}"
    row = {
        "type": EXTERNAL, "payment_id": id, "method": params["method"], "amount": amount,
        "payment_date": params.get("payment_date") or day_of(scene.now),
        **({"note": params["note"]} if "note" in params else {}),
    }
    paid = invoicing.paid(scene, invoice, row, minor)
    return Reply({"payment_id": id}, subject=paid)


@operation(
    "invoices.payments-delete", Route(INVOICING, "DELETE", f"{ITSELF}/payments/{{transaction_id}}"),
    docs=f"{DOCS}#invoices_payments-delete",
    errors=(InvoiceErrors.CANNOT_DELETE_EXTERNAL_PAYMENT, *ERRORS, *COMMON),
)
async def forget_payment(call: Call[ByTransaction]) -> Reply:
    """Take a recorded payment away again."""
    invoicing.unpaid(of_call(call), await invoicing.find(call), call.params["transaction_id"])
    return Reply(b"", 204)


@operation(
    "invoices.refunds", Route(INVOICING, "POST", f"{ITSELF}/refunds"), docs=f"{DOCS}#invoices_refunds",
    errors=(
        InvoiceErrors.CANNOT_PROCESS_REFUNDS, InvoiceErrors.INVALID_REFUND_AMOUNT,
        InvoiceErrors.CURRENCY_MISMATCH, InvoiceErrors.INVALID_REFUND_METHOD, *ERRORS, *COMMON,
    ),
)
async def record_refund(call: Call[RefundRequest]) -> Reply:
    """Record a refund that went another way; without an amount, all that was paid."""
    scene, invoice, params = of_call(call), await invoicing.find(call), call.params
    if params["method"] not in METHODS:
        raise InvoiceErrors.INVALID_REFUND_METHOD(field="/method", value=params["method"], location="body")
    minor, amount = invoicing.amount_of(params, invoice, invoice.paid_minor - invoice.refunded_minor)
    id = f"EXTR-{scene.ids.token(17, UPPER)}"
    row = {
        "type": EXTERNAL, "refund_id": id, "method": params["method"], "amount": amount,
        "refund_date": params.get("refund_date") or day_of(scene.now),
    }
    invoicing.handed_back(scene, invoice, row, minor)
    return Reply({"refund_id": id})


@operation(
    "invoices.refunds-delete", Route(INVOICING, "DELETE", f"{ITSELF}/refunds/{{transaction_id}}"),
    docs=f"{DOCS}#invoices_refunds-delete", errors=(*ERRORS, *COMMON),
)
async def forget_refund(call: Call[ByTransaction]) -> Reply:
    """Take a recorded refund away again."""
    invoicing.not_handed_back(of_call(call), await invoicing.find(call), call.params["transaction_id"])
    return Reply(b"", 204)


@operation(
    "invoices.generate-qr-code", Route(INVOICING, "POST", f"{ITSELF}/generate-qr-code"), reads=True,
    docs=f"{DOCS}#invoices_generate-qr-code",
    errors=(
        InvoiceErrors.INVALID_INTEGER_MAX_VALUE, InvoiceErrors.INVALID_INTEGER_MIN_VALUE, *ERRORS, *COMMON,
    ),
)
async def qr_code(call: Call[QrRequest]) -> Reply:
    """Draw the QR code that leads to an invoice: a PNG in base64, as a part of a form."""
    invoice = await invoicing.find(call)
    size = min(call.params.get("width", QR_DEFAULT), call.params.get("height", QR_DEFAULT))
    body, content_type = invoice_qr.form(view_url(invoice, call.request.base_url), size, call.request.id)
    return Reply(body, headers=(("Content-Type", content_type),), subject=invoice)


@act(Invoice, "pay")
async def pay(doing: Doing[Invoice]) -> Record:
    """The recipient pays what is due from a wallet."""
    scene, invoice = of_act(doing), doing.record
    if doing.outcome is not None and doing.outcome.result in (Result.DECLINED, Result.FAILED):
        raise Declined("INSTRUMENT_DECLINED", "The instrument presented was declined.")
    if invoice.status not in OPEN:
        INVOICE.row(invoice.status, "paid")
    return _from_wallet(scene, invoice)


def _from_wallet(scene: Scene, invoice: Invoice) -> Invoice:
    amount, id = Money(invoice.due_minor, invoice.currency), resource_id(scene.ids)
    row = {
        "type": PAYPAL, "payment_id": id, "method": "PAYPAL", "payment_date": day_of(scene.now),
        "amount": shown_minor(amount.minor, invoice.currency),
    }
    paid = invoicing.paid(scene, invoice, row, amount.minor)
    mine = pending(invoice.account)
    fee = Money(scene.fee(amount, card=False), invoice.currency)
    scene.work.post(transfer(
        EntryKind.CAPTURE, source=PAYER, target=mine, amount=amount, reference=invoice.id, memo=id
    ))
    scene.work.post(transfer(
        EntryKind.FEE, source=mine, target=fees(PROVIDER), amount=fee, reference=invoice.id, memo=id
    ))
    return paid


OPERATIONS: tuple[Operation, ...] = (
    send, remind, cancel, record_payment, forget_payment, record_refund, forget_refund, qr_code,
)
ACTS: tuple[Act[Any], ...] = (*sent_on_its_date, *pay)
