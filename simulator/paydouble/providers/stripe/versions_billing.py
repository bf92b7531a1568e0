"""What versions did to the objects of billing and Checkout, told backwards (https://docs.stripe.com/changelog)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Shape = dict[str, Any]
Undo = Callable[[Shape], None]

CLOVER = "2025-09-30"
DAHLIA = "2026-03-25"
BASIL = "2025-03-31"
FEATURES_RENAMED = "2024-04-10"
_ENDIVE = "2026-09-30"

_UI_MODES = {"hosted_page": "hosted", "embedded_page": "embedded", "elements": "custom"}


def _without(*names: str) -> Undo:
    def undo(shape: Shape) -> None:
        for name in names:
            shape.pop(name, None)

    return undo


def _inside(shape: Mapping[str, Any], *path: str) -> Any:
    value: Any = shape
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _session_before_dahlia(session: Shape) -> None:
    session.pop("integration_identifier", None)
    session["ui_mode"] = _UI_MODES.get(session.get("ui_mode", ""), session.get("ui_mode"))


def _session_before_clover(session: Shape) -> None:
    for name in ("branding_settings", "excluded_payment_method_types", "name_collection"):
        session.pop(name, None)


def _session_before_basil(session: Shape) -> None:
    collected = session.pop("collected_information", None)
    session["shipping_details"] = _inside(collected or {}, "shipping_details")


def _discount_before_clover(discount: Shape) -> None:
    """Where the coupon was a whole object, an id stands if nobody has put the object there."""
    source = discount.pop("source", None)
    discount.setdefault("coupon", _inside(source or {}, "coupon"))


def _code_before_clover(code: Shape) -> None:
    promotion = code.pop("promotion", None)
    code.setdefault("coupon", _inside(promotion or {}, "coupon"))


def _subscription_before_basil(subscription: Shape) -> None:
    items = _inside(subscription, "items", "data") or []
    for name, chosen in (("current_period_start", max), ("current_period_end", min)):
        known = [item[name] for item in items if name in item]
        subscription[name] = chosen(known) if known else subscription.get("start_date")
    subscription.setdefault("discount", None)


def _invoice_before_basil(invoice: Shape) -> None:
    parent, taxes = invoice.pop("parent", None) or {}, invoice.pop("total_taxes", None) or []
    for name in ("amount_overpaid", "confirmation_secret", "payments"):
        invoice.pop(name, None)
    details = parent.get("subscription_details") or {}
    invoice.setdefault("payment_intent", None)
    invoice.setdefault("charge", None)
    invoice.setdefault("discount", None)
    invoice.setdefault("subscription", details.get("subscription"))
    invoice |= {
        "application_fee_amount": None,
        "paid": invoice.get("status") == "paid",
        "paid_out_of_band": bool(invoice.get("amount_paid_off_stripe")),
        "quote": _inside(parent, "quote_details", "quote"),
        "subscription_details": {"metadata": details.get("metadata")},
        "tax": sum(tax["amount"] for tax in taxes) if taxes else None,
        "total_tax_amounts": [_tax_amount(tax) for tax in taxes],
        "transfer_data": None,
    }


def _tax_amount(tax: Mapping[str, Any]) -> Shape:
    return {
        "amount": tax["amount"],
        "inclusive": tax.get("tax_behavior") == "inclusive",
        "tax_rate": _inside(tax, "tax_rate_details", "tax_rate"),
        "taxability_reason": tax.get("taxability_reason"),
        "taxable_amount": tax.get("taxable_amount"),
    }


def _line_before_basil(line: Shape) -> None:
    parent, pricing = line.pop("parent", None) or {}, line.pop("pricing", None) or {}
    taxes = line.pop("taxes", None) or []
    of_subscription = parent.get("subscription_item_details")
    about = of_subscription or parent.get("invoice_item_details") or {}
    line.setdefault("price", _inside(pricing, "price_details", "price"))
    line |= {
        "amount_excluding_tax": line.get("amount"),
        "invoice_item": about.get("invoice_item"),
        "plan": None,
        "proration": bool(about.get("proration")),
        "proration_details": {"credited_items": None},
        "subscription_item": about.get("subscription_item"),
        "tax_amounts": [_tax_amount(tax) for tax in taxes],
        "tax_rates": [],
        "type": "subscription" if of_subscription else "invoiceitem",
        "unit_amount_excluding_tax": pricing.get("unit_amount_decimal"),
    }


def _item_before_basil(item: Shape) -> None:
    parent, pricing = item.pop("parent", None) or {}, item.pop("pricing", None) or {}
    details, unit = parent.get("subscription_details") or {}, pricing.get("unit_amount_decimal")
    item.setdefault("price", _inside(pricing, "price_details", "price"))
    item |= {
        "plan": None,
        "subscription": details.get("subscription"),
        "subscription_item": details.get("subscription_item"),
        "unit_amount": int(unit) if isinstance(unit, str) and unit.isdigit() else None,
        "unit_amount_decimal": unit,
    }


def _note_before_basil(note: Shape) -> None:
    taxes, refunds = note.pop("total_taxes", None) or [], note.pop("refunds", None) or []
    note["tax_amounts"] = [_tax_amount(tax) for tax in taxes]
    note["refund"] = next((each.get("refund") for each in refunds), None)


def _features(product: Shape) -> None:
    product["features"] = product.pop("marketing_features", [])


# fmt: off
BILLING_CHANGES: tuple[tuple[str, str, Undo], ...] = (
    (_ENDIVE,          "checkout.session",  _without("allowed_payment_method_types")),
    (_ENDIVE,          "invoice",           _without("status_details")),
    (_ENDIVE,          "subscription",      _without("status_details")),
    (_ENDIVE,          "subscription_item", _without("current_trial")),
    (_ENDIVE,          "product",           _without("tax_details")),
    (_ENDIVE,          "invoiceitem",       _without("frozen_fields", "invoicing_rules")),
    (DAHLIA,           "checkout.session",  _session_before_dahlia),
    (DAHLIA,           "invoiceitem",       _without("quantity_decimal")),
    (DAHLIA,           "line_item",         _without("quantity_decimal")),
    (CLOVER,           "checkout.session",  _session_before_clover),
    (CLOVER,           "discount",          _discount_before_clover),
    (CLOVER,           "promotion_code",    _code_before_clover),
    (CLOVER,           "invoiceitem",       _without("net_amount")),
    (BASIL,            "checkout.session",  _session_before_basil),
    (BASIL,            "subscription",      _subscription_before_basil),
    (BASIL,            "subscription_item", _without("current_period_end", "current_period_start")),
    (BASIL,            "invoice",           _invoice_before_basil),
    (BASIL,            "line_item",         _line_before_basil),
    (BASIL,            "invoiceitem",       _item_before_basil),
    (BASIL,            "credit_note",       _note_before_basil),
    (FEATURES_RENAMED, "product",           _features),
)
"""Newest first: the version that made the change, the object, and how to take it back."""
# fmt: on
