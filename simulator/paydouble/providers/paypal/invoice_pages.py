"""What the recipient of an invoice sees: its amount, and a button to pay it.

https://developer.paypal.com/docs/invoicing/
"""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.money import Money
from paydouble.core.page import Next, Page, Pull, Show, Visit, page
from paydouble.providers.paypal.amounts import EXPONENTS
from paydouble.providers.paypal.invoice_models import OPEN, Invoice, merchant_of
from paydouble.providers.paypal.sources import buyer

FOLDER = "paydouble.providers.paypal"


def _of_invoice(fields: Mapping[str, str]) -> tuple[str, str]:
    return merchant_of(fields["invoice"]), fields["invoice"]


@page("/invoice/p/{invoice}", Invoice, folder=FOLDER, names=_of_invoice)
async def invoice_page(visit: Visit) -> Next:
    """The page on which the recipient of an invoice logs in and pays what is due."""
    invoice = visit.record
    if not isinstance(invoice, Invoice) or invoice.status in ("DRAFT", "SCHEDULED"):
        return _done("This invoice is not known")
    if invoice.status not in OPEN:
        return _done("Thank you" if invoice.paid_minor else "This invoice was cancelled", invoice)
    step = visit.fields.get("step", "") if visit.submitted else ""
    if step == "cancel":
        return _done("Not paid yet", invoice)
    if step == "approve" and not visit.pulled:
        return Pull("pay")
    email = visit.fields.get("email") or str(buyer(visit.merchant.sandbox, {})["email_address"])
    refused = visit.refused.message if visit.refused else ""
    return Show("login.html" if not step else "review.html", {
        "heading": f"Invoice {invoice.number}", "amount": _amount(invoice), "number": invoice.number,
        "email": email, "refused": refused, "code": False, "button": "Pay now",
    })


def _amount(invoice: Invoice) -> str:
    due = Money(invoice.due_minor or invoice.total_minor, invoice.currency)
    return f"{due.major(EXPONENTS)} {due.currency}"


def _done(heading: str, invoice: Invoice | None = None) -> Show:
    amount = _amount(invoice) if invoice else ""
    return Show("done.html", {"heading": heading, "amount": amount, "refused": ""})


PAGES: tuple[Page, ...] = (invoice_page,)
