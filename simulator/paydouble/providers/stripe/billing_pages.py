"""What customers see of their bills: the page of an invoice, and the portal.

https://docs.stripe.com/invoicing/hosted-invoice-page, https://docs.stripe.com/customer-management
"""

from __future__ import annotations

from collections.abc import Mapping

from paydouble.core.http import HttpResponse
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit, page
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe import invoice_pdf
from paydouble.providers.stripe.amounts import display
from paydouble.providers.stripe.challenges import FOLDER
from paydouble.providers.stripe.checkout_page import acted_on, typed
from paydouble.providers.stripe.invoicing import HOSTED_PATH
from paydouble.providers.stripe.models import Customer, PaymentIntent
from paydouble.providers.stripe.models.credit_notes import PortalSession
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.operations.billing_portal import PORTAL_PATH

_SAID = {
    "draft": "This invoice is not ready yet.",
    "paid": "Invoice paid. Thank you.",
    "void": "This invoice was voided.",
    "uncollectible": "Payment is due.",
    "open": "Payment is due.",
}
_PAYABLE = ("open", "uncollectible")


def _names(fields: Mapping[str, str]) -> tuple[str, str]:
    return fields.get("key", ""), fields.get("token", "")


@page(HOSTED_PATH, Invoice, folder=FOLDER, names=_names, index="token")
async def invoice(visit: Visit) -> Next:
    """A customer sees an invoice, and pays it."""
    found = visit.record
    if not isinstance(found, Invoice):
        return Show("over.html", {"text": "There is no such invoice."}, 404)
    intent = await visit.work.get(PaymentIntent, found.payment_intent) if found.payment_intent else None
    if visit.pulled == "pay" and intent is not None and found.status in _PAYABLE:
        url = acted_on(intent.next_action)
        if url:
            return Go(url)
    if visit.submitted and not visit.pulled and found.status in _PAYABLE:
        return Pull("pay", typed(visit.fields))
    said = visit.refused.message if visit.refused is not None else ""
    if visit.pulled and not said and intent is not None and intent.last_payment_error:
        said = str(intent.last_payment_error["message"])
    return Show(
        "invoice.html",
        {
            "number": found.number,
            "state": _SAID[found.status],
            "said": said,
            "payable": found.status in _PAYABLE and found.amount_remaining > 0,
            "total": display(found.total, found.currency),
            "due": display(found.amount_remaining, found.currency),
            "lines": [
                {"name": line.description or "Item", "amount": display(line.amount, found.currency)}
                for line in found.lines
            ],
            "pdf": f"{found.hosted_url}/pdf",
        },
    )


@page(HOSTED_PATH + "/pdf", Invoice, folder=FOLDER, names=_names, index="token")
async def pdf(visit: Visit) -> Next:
    """An invoice as a file."""
    found = visit.record
    if not isinstance(found, Invoice):
        return Show("over.html", {"text": "There is no such invoice."}, 404)
    lines = [
        f"Invoice {found.number}",
        f"{found.payer.get('name') or ''} {found.payer.get('email') or ''}".strip(),
        *(f"{line.description or 'Item'}: {display(line.amount, found.currency)}" for line in found.lines),
        f"Total: {display(found.total, found.currency)} {found.currency.upper()}",
        f"Status: {found.status}",
    ]
    headers = (
        ("Content-Type", "application/pdf"),
        ("Content-Disposition", f'inline; filename="Invoice-{found.number}.pdf"'),
    )
    return HttpResponse(200, headers, invoice_pdf.written(lines))


@page(PORTAL_PATH, PortalSession, folder=FOLDER, names=_names, index="token")
async def portal(visit: Visit) -> Next:
    """A customer sees subscriptions and invoices, and can cancel."""
    session = visit.record
    if not isinstance(session, PortalSession) or visit.now >= session.expires:
        return Show("over.html", {"text": "This session of the customer portal is over."}, 404)
    if visit.submitted and not visit.pulled:
        return Pull("cancel_subscription", {"subscription": visit.fields.get("subscription", "")})
    customer = await visit.work.get(Customer, session.customer)
    walk = Walk(index="customer", value=session.customer, limit=PAGE_MAX)
    subscriptions = await visit.work.scan(Subscription, walk)
    invoices = await visit.work.scan(Invoice, walk)
    return Show(
        "portal.html",
        {
            "name": (customer.name or customer.email or customer.id) if customer is not None else "",
            "subscriptions": [
                {
                    "id": each.id,
                    "status": each.status,
                    "leaving": each.cancel_at_period_end,
                    "amount": ", ".join(
                        str(item.price["nickname"] or item.price["id"]) for item in each.items
                    ),
                }
                for each in subscriptions
                if not each.ended
            ],
            "invoices": [
                {
                    "number": each.number,
                    "status": each.status,
                    "url": each.hosted_url,
                    "amount": display(each.total, each.currency),
                }
                for each in invoices
                if each.number
            ],
            "back": session.return_url,
            "said": visit.refused.message if visit.refused is not None else "",
        },
    )


BILLING_PAGES: tuple[Page, ...] = (invoice, pdf, portal)
