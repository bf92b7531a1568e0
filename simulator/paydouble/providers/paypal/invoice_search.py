"""Which invoices fit the criteria of a search. https://developer.paypal.com/docs/api/invoicing/v2/#invoices_search-invoices"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.clock import Instant, parse_rfc3339
from paydouble.providers.paypal.invoice_amounts import minor_of, refused
from paydouble.providers.paypal.invoice_errors import InvoiceErrors
from paydouble.providers.paypal.invoice_models import Invoice


def fits(invoice: Invoice, asked: Mapping[str, Any]) -> bool:
    """Texts fit where they begin alike, whatever their case (unverified: the manual does not say how)."""
    return (
        all(_begins(_of_recipient(invoice, *path), asked.get(name)) for name, path in _RECIPIENT.items())
        and _begins([invoice.number], asked.get("invoice_number"))
        and _begins([str(invoice.detail.get("reference", ""))], asked.get("reference"))
        and _begins([str(invoice.detail.get("memo", ""))], asked.get("memo"))
        and asked.get("currency_code", invoice.currency) == invoice.currency
        and (not asked.get("status") or invoice.status in asked["status"])
        and not asked.get("archived", False)
        and _amount(invoice, asked.get("total_amount_range"))
        and _dates(invoice, asked)
    )


_RECIPIENT: Mapping[str, tuple[str, ...]] = {
    "recipient_email": ("email_address",),
    "recipient_first_name": ("name", "given_name"),
    "recipient_last_name": ("name", "surname"),
    "recipient_business_name": ("business_name",),
}


def _of_recipient(invoice: Invoice, *path: str) -> list[str]:
    found = []
    for row in invoice.parties.get("primary_recipients", ()):
        value: Any = row.get("billing_info") or {}
        for name in path:
            value = value.get(name) or {}
        found.append(value if isinstance(value, str) else "")
    return found


def _begins(values: list[str], wanted: str | None) -> bool:
    return not wanted or any(value.lower().startswith(wanted.lower()) for value in values)


def _amount(invoice: Invoice, between: Mapping[str, Any] | None) -> bool:
    if not between:
        return True
    low, high = between["lower_amount"], between["upper_amount"]
    if {low["currency_code"], high["currency_code"]} != {invoice.currency}:
        return False
    at = "/total_amount_range"
    lowest = minor_of(low, invoice.currency, f"{at}/lower_amount")
    return lowest <= invoice.total_minor <= minor_of(high, invoice.currency, f"{at}/upper_amount")


def _dates(invoice: Invoice, asked: Mapping[str, Any]) -> bool:
    due = str((invoice.detail.get("payment_term") or {}).get("due_date", ""))
    paid = [str(row.get("payment_date", "")) for row in invoice.payments]
    return (
        _within(asked.get("invoice_date_range"), [str(invoice.detail["invoice_date"])])
        and _within(asked.get("due_date_range"), [due])
        and _within(asked.get("payment_date_range"), paid, days=10)
        and _created_within(asked.get("creation_date_range"), invoice.created)
    )


def _within(between: Mapping[str, str] | None, days_told: list[str], days: int | None = None) -> bool:
    """Days compare as they are written; of an instant only its day counts."""
    if not between:
        return True
    return any(day and between["start"][:days] <= day <= between["end"][:days] for day in days_told)


def _created_within(between: Mapping[str, str] | None, created: Instant) -> bool:
    if not between:
        return True
    try:
        return parse_rfc3339(between["start"]) <= created <= parse_rfc3339(between["end"])
    except ValueError:
        row = InvoiceErrors.INVALID_PARAMETER_SYNTAX
        raise refused(row, "/creation_date_range", between["start"]) from None
