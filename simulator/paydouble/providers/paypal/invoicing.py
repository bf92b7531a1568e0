"""Drawing up an invoice, and what becomes of it when money is recorded, paid or handed back.

https://developer.paypal.com/docs/invoicing/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from paydouble.core.call import Call
from paydouble.core.errors import ErrorTable
from paydouble.core.machine import fire
from paydouble.core.work import Walk, Work
from paydouble.providers.paypal.amounts import shown_minor
from paydouble.providers.paypal.invoice_amounts import check_currency, minor_of, refused, summed
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.invoice_models import (
    EXTERNAL,
    INVOICE,
    PAYPAL,
    Invoice,
    day_of,
    invoice_id,
    told,
)
from paydouble.providers.paypal.known import INVOICE_DETAIL, INVOICE_ITEM, PARTIES, kept
from paydouble.providers.paypal.models import Json
from paydouble.providers.paypal.scene import Scene, of_call

FIRST_NUMBER = "0001"
_LAST_DIGITS = re.compile(r"(.*?)([0-9]+)([^0-9]*)", re.ASCII | re.DOTALL)
_DAYS = {"NET_10": 10, "NET_15": 15, "NET_30": 30, "NET_45": 45, "NET_60": 60, "NET_90": 90}
_CONFIGURATION: Mapping[str, Any] = {
    "tax_calculated_after_discount": True, "tax_inclusive": False, "allow_tip": False,
}

created, updated = told("INVOICING.INVOICE.CREATED"), told("INVOICING.INVOICE.UPDATED")


async def find(call: Call[Any]) -> Invoice:
    """Raises INVALID_RESOURCE_ID, also for somebody else's."""
    scene = of_call(call)
    found = await call.work.get(Invoice, call.params["invoice_id"])
    if found is None or found.account != scene.account:
        raise InvoiceErrors.INVALID_RESOURCE_ID(
            field="invoice_id", value=call.params["invoice_id"], location="path"
        )
    return found


async def next_number(work: Work, account: str) -> str:
    """The last number with its last digits one higher; numbers that are taken are passed over."""
    newest = await work.scan(Invoice, Walk(index="account", value=account, limit=1))
    number = _after(newest[0].number) if newest else FIRST_NUMBER
    while await work.find(Invoice, "number_key", f"{account}/{number}") is not None:
        number = _after(number)
    return number


def _after(number: str) -> str:
    match = _LAST_DIGITS.fullmatch(number)
    if match is None:
        return f"{number}-1"
    before, digits, rest = match.groups()
    return f"{before}{str(int(digits) + 1).rjust(len(digits), '0')}{rest}"


async def drawn_up(scene: Scene, params: Mapping[str, Any], known: Invoice | None = None) -> Invoice:
    """A new invoice, or a known one with all its parts replaced. Raises for what does not add up."""
    detail = kept(dict(params["detail"]), INVOICE_DETAIL)
    currency = detail["currency_code"]
    check_currency(currency, "/detail/currency_code")
    detail["invoice_number"] = await _number(scene, detail.get("invoice_number", ""), known)
    _dated(detail, day_of(scene.now))
    configuration = {**_CONFIGURATION, **params.get("configuration", {})}
    _minimum(configuration, currency)
    asked = (params.get("amount") or {}).get("breakdown") or {}
    items = tuple(kept(dict(item), INVOICE_ITEM) for item in params.get("items", ()))
    sums = summed(items, asked, configuration, currency)
    fresh = known or Invoice(
        id=invoice_id(scene.ids, scene.merchant.sandbox), status=INVOICE.initial, created=scene.now,
        merchant=scene.merchant.id, account=scene.account, detail={}, parties={}, configuration={}, items=(),
        breakdown={}, currency="", total_minor=0, base=scene.base,
    )
    return replace(
        fresh, updated=scene.now, detail=detail, parties=_parties(params), configuration=configuration,
        items=tuple({"id": f"ITEM-{number}", **item} for number, item in enumerate(sums.items, 1)),
        breakdown=sums.breakdown, currency=currency, total_minor=sums.total_minor,
    )


def _parties(params: Mapping[str, Any]) -> Json:
    names = ("invoicer", "primary_recipients", "additional_recipients")
    return {name: kept(params[name], PARTIES.get(name)) for name in names if params.get(name)}


async def _number(scene: Scene, asked: str, known: Invoice | None) -> str:
    if not asked:
        return known.number if known else await next_number(scene.work, scene.account)
    taken = await scene.work.find(Invoice, "number_key", f"{scene.account}/{asked}")
    if taken is not None and (known is None or taken.id != known.id):
        raise refused(InvoiceErrors.DUPLICATE_INVOICE_NUMBER, "/detail/invoice_number", asked)
    return asked


def _dated(detail: Json, today: str) -> None:
    """Fills in the invoice date and, where the term says it, the due date."""
    try:
        issued = date.fromisoformat(detail.setdefault("invoice_date", today))
    except ValueError:
        raise refused(
            InvoiceErrors.INVALID_PARAMETER_SYNTAX, "/detail/invoice_date", detail["invoice_date"]
        ) from None
    term = dict(detail.get("payment_term") or {})
    if term.get("term_type") in _DAYS:
        term.setdefault("due_date", (issued + timedelta(days=_DAYS[term["term_type"]])).isoformat())
    if "due_date" in term:
        term.setdefault("term_type", "DUE_ON_DATE_SPECIFIED")
        if term["due_date"] < detail["invoice_date"]:
            raise refused(
                InvoiceErrors.DUE_DATE_BEFORE_INVOICE_DATE, "/detail/payment_term/due_date", term["due_date"]
            )
    if term:
        detail["payment_term"] = term


def _minimum(configuration: Mapping[str, Any], currency: str) -> None:
    least = (configuration.get("partial_payment") or {}).get("minimum_amount_due")
    if least:
        minor_of(least, currency, "/configuration/partial_payment/minimum_amount_due")


def recipients(invoice: Invoice) -> list[str]:
    """The addresses that it is mailed to."""
    rows = invoice.parties.get("primary_recipients", ())
    addresses = [str((row.get("billing_info") or {}).get("email_address", "")) for row in rows]
    return [address for address in addresses if address]


def paid(scene: Scene, invoice: Invoice, row: Json, amount: int) -> Invoice:
    """With one more payment. Raises where its state takes none, or it is more than what is due."""
    if "marked" not in INVOICE.triggers(invoice.status):
        raise refused(InvoiceErrors.CANNOT_PROCESS_PAYMENTS, "/amount")
    if amount <= 0:
        raise refused(InvoiceErrors.INVALID_PARAMETER_VALUE, "/amount/value", row["amount"]["value"])
    if amount > invoice.due_minor:
        raise refused(
            InvoiceErrors.PAYMENT_AMOUNT_GREATER_THAN_AMOUNT_DUE, "/amount/value", row["amount"]["value"]
        )
    rows, total = (*invoice.payments, row), invoice.paid_minor + amount
    wallet = any(each["type"] == PAYPAL for each in rows)
    trigger = "part_paid" if total < invoice.total_minor else "paid" if wallet else "marked"
    changed = replace(invoice, payments=rows, paid_minor=total)
    return fire(scene.work, INVOICE, changed, trigger, scene.now)


def unpaid(scene: Scene, invoice: Invoice, id: str) -> None:
    """Without a payment that was recorded. Raises where there is none, or it was handed back already."""
    row = _recorded(invoice.payments, "payment_id", id)
    rest = tuple(each for each in invoice.payments if each is not row)
    total = invoice.paid_minor - _minor(row, invoice)
    if total < invoice.refunded_minor or "unmarked" not in INVOICE.triggers(invoice.status):
        raise refused(InvoiceErrors.CANNOT_DELETE_EXTERNAL_PAYMENT, "transaction_id", id)
    changed = replace(invoice, payments=rest, paid_minor=total)
    fire(scene.work, INVOICE, changed, "partly_unmarked" if rest else "unmarked", scene.now)


def handed_back(scene: Scene, invoice: Invoice, row: Json, amount: int) -> None:
    """With one more refund. Raises where its state takes none, or it is more than was paid."""
    if "part_refunded" not in INVOICE.triggers(invoice.status):
        raise refused(InvoiceErrors.CANNOT_PROCESS_REFUNDS, "/amount")
    total = invoice.refunded_minor + amount
    if amount <= 0 or total > invoice.paid_minor:
        raise refused(InvoiceErrors.INVALID_REFUND_AMOUNT, "/amount/value", row["amount"]["value"])
    wallet = any(each["type"] == PAYPAL for each in invoice.payments)
    trigger = "part_refunded" if total < invoice.paid_minor else "refunded" if wallet else "refund_marked"
    changed = replace(invoice, refunds=(*invoice.refunds, row), refunded_minor=total)
    fire(scene.work, INVOICE, changed, trigger, scene.now)


def not_handed_back(scene: Scene, invoice: Invoice, id: str) -> None:
    """Without a refund that was recorded."""
    row = _recorded(invoice.refunds, "refund_id", id)
    rest = tuple(each for each in invoice.refunds if each is not row)
    total = invoice.refunded_minor - _minor(row, invoice)
    changed = replace(invoice, refunds=rest, refunded_minor=total)
    fire(scene.work, INVOICE, changed, "partly_refund_unmarked" if rest else "refund_unmarked", scene.now)


def _recorded(rows: tuple[Mapping[str, Any], ...], name: str, id: str) -> Mapping[str, Any]:
    """Only what was recorded by hand can be taken away again."""
    for row in rows:
        if row[name] == id and row["type"] == EXTERNAL:
            return row
    raise InvoiceErrors.INVALID_RESOURCE_ID(field="transaction_id", value=id, location="path")


def _minor(row: Mapping[str, Any], invoice: Invoice) -> int:
    return minor_of(row["amount"], invoice.currency, "/amount")


def amount_of(params: Mapping[str, Any], invoice: Invoice, whole: int) -> tuple[int, Json]:
    """(minor units, as it is shown) of a payment or refund; nothing said means all of it."""
    asked = params.get("amount")
    minor = minor_of(asked, invoice.currency, "/amount") if asked else whole
    return minor, shown_minor(minor, invoice.currency)


ERRORS: tuple[ErrorTable, ...] = (
    InvoiceErrors.MISSING_REQUIRED_PARAMETER, InvoiceErrors.INVALID_PARAMETER_SYNTAX,
    InvoiceErrors.INVALID_PARAMETER_VALUE, InvoiceErrors.INVALID_STRING_MAX_LENGTH,
    InvoiceErrors.INVALID_STRING_LENGTH, InvoiceErrors.INVALID_ARRAY_MAX_ITEMS,
    InvoiceErrors.INVALID_RESOURCE_ID,
)
"""Of nearly every operation on an invoice."""
