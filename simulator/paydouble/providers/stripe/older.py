"""What only older versions show of an object, and only the store knows: put in before it is rendered.

https://docs.stripe.com/changelog/basil, https://docs.stripe.com/changelog/clover
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.call import Call
from paydouble.providers.stripe.models import Charge, PaymentIntent
from paydouble.providers.stripe.models.accounts_receivable import Discount
from paydouble.providers.stripe.models.catalog import Coupon, Price
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.versions import BASIL, since
from paydouble.providers.stripe.versions_billing import CLOVER

Shape = dict[str, Any]

ONLY_BEFORE_BASIL = frozenset({
    ("invoice", "charge"), ("invoice", "payment_intent"), ("invoice", "subscription"),
    ("payment_intent", "invoice"), ("charge", "invoice"),
})  # fmt: skip
"""Members that newer versions neither show nor expand."""


async def filled(call: Call[Any], shape: Mapping[str, Any]) -> Shape:
    """The object as it is, or with what the version of the call had inside it before clover."""
    if since(call.envelope.version, CLOVER):
        return dict(shape)
    return {name: await _inner(call, value) for name, value in (await _with_older(call, dict(shape))).items()}


async def _inner(call: Call[Any], value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [await _inner(call, each) for each in value]
    return await filled(call, value) if isinstance(value, Mapping) else value


async def _with_older(call: Call[Any], shape: Shape) -> Shape:
    basil = since(call.envelope.version, BASIL)
    match shape.get("object"):
        case "discount":
            await _with_coupon(call, shape, shape.get("source"))
        case "promotion_code":
            await _with_coupon(call, shape, shape.get("promotion"))
        case "invoice" if not basil:
            await _with_payment(call, shape)
            await _with_discount(call, shape)
        case "subscription" if not basil:
            await _with_discount(call, shape)
        case "payment_intent" | "charge" if not basil:
            await _with_invoice(call, shape)
        case "line_item" | "invoiceitem" if not basil:
            await _with_price(call, shape)
    return shape


async def _with_coupon(call: Call[Any], shape: Shape, source: Any) -> None:
    id = source.get("coupon") if isinstance(source, Mapping) else None
    coupon = await call.work.get(Coupon, id) if isinstance(id, str) else None
    if coupon is not None:
        shape["coupon"] = coupon.shown()


async def _with_discount(call: Call[Any], shape: Shape) -> None:
    """Its only one."""
    ids = list(shape.get("discounts") or ())
    only = ids[0] if len(ids) == 1 else None
    found = await call.work.get(Discount, only) if isinstance(only, str) else None
    if found is not None:
        shape["discount"] = found.shown()


async def _with_invoice(call: Call[Any], shape: Shape) -> None:
    id = str(shape.get("id"))
    if shape["object"] == "charge":
        charge = await call.work.get(Charge, id)
        id = charge.payment_intent if charge is not None else ""
    intent = await call.work.get(PaymentIntent, id) if id else None
    shape["invoice"] = intent.invoice or None if intent is not None else None


async def _with_payment(call: Call[Any], shape: Shape) -> None:
    invoice = await call.work.get(Invoice, str(shape.get("id")))
    shape["subscription"] = (invoice.subscription or None) if invoice is not None else None
    if invoice is None or not invoice.payment_intent:
        return
    shape["payment_intent"] = invoice.payment_intent
    intent = await call.work.get(PaymentIntent, invoice.payment_intent)
    shape["charge"] = intent.latest_charge or None if intent is not None else None


async def _with_price(call: Call[Any], shape: Shape) -> None:
    details = (shape.get("pricing") or {}).get("price_details") or {}
    id = details.get("price")
    price = await call.work.get(Price, id) if isinstance(id, str) else None
    if price is not None:
        shape["price"] = price.shown()
