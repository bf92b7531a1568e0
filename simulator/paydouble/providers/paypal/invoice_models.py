"""Records of invoicing: an invoice and a template, with the table of an invoice's life.

https://developer.paypal.com/docs/api/invoicing/v2/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from paydouble.core.clock import Instant, rfc3339_utc
from paydouble.core.ids import Ids
from paydouble.core.machine import Machine, Phase, Transition
from paydouble.core.notification import Event
from paydouble.core.record import Record
from paydouble.providers.paypal import events
from paydouble.providers.paypal.amounts import shown_minor
from paydouble.providers.paypal.identifiers import UPPER, code_of, merchant_code
from paydouble.providers.paypal.models import Json
from paydouble.providers.paypal.showing import link, page_base, present

INVOICES_PATH, TEMPLATES_PATH = "/v2/invoicing/invoices", "/v2/invoicing/templates"
PAYPAL, EXTERNAL = "PAYPAL", "EXTERNAL"
_PREFIX, _GROUP, _LENGTH = "INV2", 4, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice(Record):
    """What a merchant asks of somebody, and what was paid and handed back of it."""

    kind: ClassVar[str] = "paypal.invoice"
    indexes: ClassVar[tuple[str, ...]] = ("account",)
    unique: ClassVar[tuple[str, ...]] = ("number_key",)

    merchant: str
    account: str
    """The seller."""
    detail: Mapping[str, Any]
    """As asked for, with the number and dates that it got."""
    parties: Mapping[str, Any]
    """Invoicer and recipients, as asked for."""
    configuration: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]
    """With the taxes and discounts that were worked out."""
    breakdown: Mapping[str, Any]
    currency: str
    total_minor: int
    updated: Instant = Instant(0)
    first_sent: Instant = Instant(0)
    last_sent: Instant = Instant(0)
    cancelled: Instant = Instant(0)
    payments: tuple[Mapping[str, Any], ...] = ()
    refunds: tuple[Mapping[str, Any], ...] = ()
    paid_minor: int = 0
    refunded_minor: int = 0
    base: str = ""

    @property
    def number(self) -> str:
        return str(self.detail["invoice_number"])

    @property
    def number_key(self) -> str:
        return f"{self.account}/{self.number}"

    @property
    def due_minor(self) -> int:
        return 0 if self.status in _NOTHING_DUE else max(0, self.total_minor - self.paid_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceTemplate(Record):
    """What new invoices begin with."""

    kind: ClassVar[str] = "paypal.invoice_template"
    indexes: ClassVar[tuple[str, ...]] = ("account",)
    unique: ClassVar[tuple[str, ...]] = ("name_key",)

    merchant: str
    account: str
    name: str
    asked: Mapping[str, Any]
    default: bool = False
    updated: Instant = Instant(0)

    @property
    def name_key(self) -> str:
        return f"{self.account}/{self.name}"


_NOTHING_DUE = ("CANCELLED", "PAID", "MARKED_AS_PAID", "REFUNDED", "MARKED_AS_REFUNDED", "PARTIALLY_REFUNDED")


def invoice_id(ids: Ids, sandbox: str) -> str:
    """INV2 and four groups of four, which end with the code of the merchant, so that its page is found."""
    code = code_of(sandbox)
    text = ids.token(_LENGTH - len(code), UPPER) + code
    return "-".join((_PREFIX, *(text[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))))


def merchant_of(id: str) -> str:
    """A merchant's handle, out of the id of one of its invoices."""
    return merchant_code(id.replace("-", ""))


def template_id(ids: Ids) -> str:
    return f"TEMP-{ids.token(17, UPPER)}"


def day_of(instant: Instant) -> str:
    """As in 2026-03-01, UTC."""
    return datetime.fromtimestamp(instant // 1_000, UTC).strftime("%Y-%m-%d")


def view_url(invoice: Invoice, base: str) -> str:
    """Where the payer sees it. The real address keeps the id behind a #, which no server is told."""
    return f"{page_base(base)}/invoice/p/{invoice.id}"


def invoice_shown(invoice: Invoice, base: str, *, fields: bool = True) -> Json:
    """`fields`: with items and parties, as everywhere but in a list that asks for none."""
    currency = invoice.currency
    shown = present(id=invoice.id, status=invoice.status, detail=_detail(invoice, base))
    shown |= invoice.parties
    if fields:
        shown |= present(items=[dict(item) for item in invoice.items])
    shown |= {
        "configuration": dict(invoice.configuration),
        "amount": shown_minor(invoice.total_minor, currency) | {"breakdown": dict(invoice.breakdown)},
        "due_amount": shown_minor(invoice.due_minor, currency),
    }
    for name, amount, rows, minor in (
        ("payments", "paid_amount", invoice.payments, invoice.paid_minor),
        ("refunds", "refund_amount", invoice.refunds, invoice.refunded_minor),
    ):
        if rows:
            shown[name] = {amount: shown_minor(minor, currency), "transactions": [dict(row) for row in rows]}
    return shown | {"links": invoice_links(invoice, base)}


def _detail(invoice: Invoice, base: str) -> Json:
    metadata = present(
        create_time=rfc3339_utc(invoice.created), last_update_time=rfc3339_utc(invoice.updated),
        cancel_time=rfc3339_utc(invoice.cancelled) if invoice.cancelled else "",
        first_sent_time=rfc3339_utc(invoice.first_sent) if invoice.first_sent else "",
        last_sent_time=rfc3339_utc(invoice.last_sent) if invoice.last_sent else "",
        created_by_flow="REGULAR_SINGLE", recipient_view_url=view_url(invoice, base),
        invoicer_view_url=f"{page_base(base)}/invoice/details/{invoice.id}",
    )
    return {**invoice.detail, "metadata": metadata}


def invoice_links(invoice: Invoice, base: str) -> list[Json]:
    """What can be done next."""
    itself = f"{base}{INVOICES_PATH}/{invoice.id}"
    links = [link(itself, "self")]
    match invoice.status:
        case "DRAFT":
            links += [
                link(f"{itself}/send", "send", "POST"), link(itself, "replace", "PUT"),
                link(itself, "delete", "DELETE"), link(f"{itself}/payments", "record-payment", "POST"),
            ]
        case "SENT" | "UNPAID" | "PARTIALLY_PAID":
            links += [
                link(itself, "replace", "PUT"), link(f"{itself}/cancel", "cancel", "POST"),
                link(f"{itself}/remind", "remind", "POST"),
                link(f"{itself}/payments", "record-payment", "POST"),
                link(f"{itself}/generate-qr-code", "qr-code", "POST"),
            ]
        case "PAID" | "MARKED_AS_PAID" | "PARTIALLY_REFUNDED":
            links.append(link(f"{itself}/refunds", "record-refund", "POST"))
    return links


def template_shown(template: InvoiceTemplate, base: str, *, fields: bool = True) -> Json:
    asked = dict(template.asked)
    if not fields:
        asked.pop("template_info", None)
    return {"id": template.id, "name": template.name, **asked, "default_template": template.default} | {
        "standard_template": False, "links": template_links(template, base),
    }


def template_links(template: InvoiceTemplate, base: str) -> list[Json]:
    itself = f"{base}{TEMPLATES_PATH}/{template.id}"
    return [link(itself, "self"), link(itself, "delete", "DELETE"), link(itself, "replace", "PUT")]


def told(type: str) -> Callable[[Invoice], Event]:
    """The invoice nests under `resource.invoice`."""

    def make(invoice: Invoice) -> Event:
        return events.event(
            type, invoice.merchant, {"invoice": invoice_shown(invoice, invoice.base)},
            resource_type="invoices", version="", base=invoice.base, subject=invoice.id, ref=invoice.number,
        )

    return make


_SCHEDULED, _PAID, _CANCELLED, _REFUNDED = (
    told(f"INVOICING.INVOICE.{what}") for what in ("SCHEDULED", "PAID", "CANCELLED", "REFUNDED")
)
OPEN = ("SENT", "UNPAID", "PARTIALLY_PAID")
"""Can be paid, reminded of, and but for the last cancelled."""



def _rows(
    sources: tuple[str, ...], trigger: str, target: str, stamp: str,
    event: Callable[[Invoice], Event] | None = None,
) -> tuple[Transition[Invoice], ...]:
    return tuple(Transition(source, trigger, target, stamp, event=event) for source in sources)


# fmt: off
INVOICE: Machine[Invoice] = Machine(
    "paypal.invoice",
    record=Invoice,
    initial="DRAFT",
    phases={"DRAFT": Phase.OPEN, "SCHEDULED": Phase.OPEN, "SENT": Phase.PENDING, "UNPAID": Phase.PENDING,
            "PARTIALLY_PAID": Phase.PENDING, "PAID": Phase.PAID, "MARKED_AS_PAID": Phase.PAID,
            "PARTIALLY_REFUNDED": Phase.PAID, "REFUNDED": Phase.CLOSED, "MARKED_AS_REFUNDED": Phase.CLOSED,
            "CANCELLED": Phase.CLOSED},
    rows=(
        Transition("DRAFT",     "send",     "SENT",      stamp="last_sent"),
        Transition("DRAFT",     "share",    "UNPAID"),
        Transition("DRAFT",     "schedule", "SCHEDULED", event=_SCHEDULED),
        Transition("SCHEDULED", "send",     "SENT",      stamp="last_sent"),
        *_rows(("SENT", "UNPAID"), "cancel",    "CANCELLED",      "cancelled", _CANCELLED),
        *_rows(("DRAFT", *OPEN),   "part_paid", "PARTIALLY_PAID", "updated",   _PAID),
        *_rows(OPEN,               "paid",      "PAID",           "updated",   _PAID),
        *_rows(("DRAFT", *OPEN),   "marked",    "MARKED_AS_PAID", "updated",   _PAID),
        *_rows(("PARTIALLY_PAID", "MARKED_AS_PAID"), "unmarked",        "SENT",           "updated"),
        *_rows(("PARTIALLY_PAID", "MARKED_AS_PAID"), "partly_unmarked", "PARTIALLY_PAID", "updated"),
        *_rows(("PAID", "MARKED_AS_PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED"),
               "part_refunded", "PARTIALLY_REFUNDED", "updated", _REFUNDED),
        *_rows(("PAID", "PARTIALLY_REFUNDED"), "refunded", "REFUNDED", "updated", _REFUNDED),
        *_rows(("MARKED_AS_PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED"),
               "refund_marked", "MARKED_AS_REFUNDED", "updated", _REFUNDED),
        *_rows(("PARTIALLY_REFUNDED", "MARKED_AS_REFUNDED"),
               "partly_refund_unmarked", "PARTIALLY_REFUNDED", "updated"),
        *_rows(("PARTIALLY_REFUNDED", "MARKED_AS_REFUNDED"), "refund_unmarked", "MARKED_AS_PAID", "updated"),
    ),
)
# fmt: on
