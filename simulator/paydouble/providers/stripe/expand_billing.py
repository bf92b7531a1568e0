"""What can be expanded in the objects of billing (https://docs.stripe.com/api/expanding_objects)."""

from __future__ import annotations

from typing import Any

from paydouble.core.call import Call
from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.expandable import Only, Shape
from paydouble.providers.stripe.models import Charge, Customer, PaymentIntent, PaymentMethod, SetupIntent
from paydouble.providers.stripe.models.accounts_receivable import (
    CustomerBalanceTransaction,
    Discount,
    TestClock,
)
from paydouble.providers.stripe.models.agreements import Quote, SubscriptionSchedule
from paydouble.providers.stripe.models.catalog import Coupon, Price, Product, PromotionCode
from paydouble.providers.stripe.models.checkout import CheckoutSession, PaymentLink
from paydouble.providers.stripe.models.credit_notes import CreditNote
from paydouble.providers.stripe.models.invoices import Invoice, InvoicePayment
from paydouble.providers.stripe.models.subscriptions import Subscription


async def _tiers(call: Call[Any], shape: Shape) -> object:
    price = await call.work.get(Price, shape["id"])
    return list(price.tiers) if price is not None else []


async def _currency_options(call: Call[Any], shape: Shape) -> object:
    """All of them, with the price's own currency."""
    price = await call.work.get(Price, shape["id"])
    assert price is not None, f"{shape['id']} is gone"
    own = {
        "custom_unit_amount": price.custom_unit_amount,
        "tax_behavior": price.tax_behavior,
        "unit_amount": price.unit_amount,
        "unit_amount_decimal": price.unit_amount_decimal or None,
    }
    return {price.currency: own, **price.currency_options}


async def _applies_to(call: Call[Any], shape: Shape) -> object:
    coupon = await call.work.get(Coupon, shape["id"])
    return {"products": list(coupon.applies_to) if coupon is not None else []}


async def _coupon_currencies(call: Call[Any], shape: Shape) -> object:
    coupon = await call.work.get(Coupon, shape["id"])
    return dict(coupon.currency_options) if coupon is not None else {}


async def _payments(call: Call[Any], shape: Shape) -> object:
    """Each of its payments."""
    found = await call.work.scan(InvoicePayment, Walk(index="invoice", value=shape["id"], limit=PAGE_MAX))
    now = [await call.work.get(InvoicePayment, each.id) or each for each in found]
    made = await call.work.find(InvoicePayment, "invoice", shape["id"])
    now += [made] if made is not None and made.id not in {each.id for each in now} else []
    return {
        "object": "list",
        "data": [each.shown() for each in now],
        "has_more": False,
        "url": "/v1/invoice_payments",
    }


async def _secret(call: Call[Any], shape: Shape) -> object:
    """With what a client confirms the payment of an open invoice."""
    invoice = await call.work.get(Invoice, shape["id"])
    intent = await call.work.get(PaymentIntent, invoice.payment_intent) if invoice else None
    if intent is None:
        return None
    return {"client_secret": intent.client_secret, "type": "payment_intent"}


_SELLING: dict[str, type[Record]] = {
    "checkout.session": CheckoutSession,
    "payment_link": PaymentLink,
    "quote": Quote,
}


async def _line_items(call: Call[Any], shape: Shape) -> object:
    """The first of what a session or a link sells."""
    kind = _SELLING[shape["object"]]
    found = await call.work.get(kind, shape["id"])
    sold = getattr(found, "items", ())
    items = [item.shown() for item in sold]
    path = shape["object"].replace(".", "/") + "s"
    return lists.shown(f"/v1/{path}/{shape['id']}/line_items", items[:10], has_more=len(items) > 10)


NOTHING: tuple[type[Record], ...] = ()

# fmt: off
BILLING: dict[tuple[str, str], tuple[type[Record], ...] | Only] = {
    ("product", "default_price"):                      (Price,),
    ("product", "tax_code"):                           NOTHING,
    ("price", "product"):                              (Product,),
    ("price", "tiers"):                                Only(_tiers),
    ("price", "currency_options"):                     Only(_currency_options),
    ("plan", "product"):                               (Product,),
    ("coupon", "applies_to"):                          Only(_applies_to),
    ("coupon", "currency_options"):                    Only(_coupon_currencies),
    ("promotion_code", "customer"):                    (Customer,),
    ("promotion", "coupon"):                           (Coupon,),
    ("discount", "customer"):                          (Customer,),
    ("discount", "promotion_code"):                    (PromotionCode,),
    ("discount_source", "coupon"):                     (Coupon,),
    ("customer_balance_transaction", "customer"):      (Customer,),
    ("customer_balance_transaction", "invoice"):       (Invoice,),
    ("customer_balance_transaction", "credit_note"):   (CreditNote,),
    ("invoice", "charge"):                             (Charge,),
    ("invoice", "confirmation_secret"):                Only(_secret),
    ("invoice", "customer"):                           (Customer,),
    ("invoice", "default_payment_method"):             (PaymentMethod,),
    ("invoice", "default_source"):                     NOTHING,
    ("invoice", "discounts"):                          (Discount,),
    ("invoice", "latest_revision"):                    NOTHING,
    ("invoice", "on_behalf_of"):                       NOTHING,
    ("invoice", "payment_intent"):                     (PaymentIntent,),
    ("invoice", "payments"):                           Only(_payments),
    ("invoice", "subscription"):                       (Subscription,),
    ("invoice", "test_clock"):                         (TestClock,),
    ("line_item", "discounts"):                        (Discount,),
    ("line_item", "subscription"):                     (Subscription,),
    ("charge", "invoice"):                             (Invoice,),
    ("payment_intent", "invoice"):                     (Invoice,),
    ("invoice_payment", "invoice"):                    (Invoice,),
    ("invoice_payment_source", "payment_intent"):      (PaymentIntent,),
    ("invoiceitem", "customer"):                       (Customer,),
    ("invoiceitem", "discounts"):                      (Discount,),
    ("invoiceitem", "invoice"):                        (Invoice,),
    ("invoiceitem", "test_clock"):                     (TestClock,),
    ("checkout.session", "customer"):                  (Customer,),
    ("checkout.session", "invoice"):                   (Invoice,),
    ("checkout.session", "line_items"):                Only(_line_items),
    ("checkout.session", "payment_intent"):            (PaymentIntent,),
    ("checkout.session", "payment_link"):              (PaymentLink,),
    ("checkout.session", "setup_intent"):              (SetupIntent,),
    ("checkout.session", "subscription"):              (Subscription,),
    ("payment_link", "line_items"):                    Only(_line_items),
    ("credit_note", "customer"):                       (Customer,),
    ("credit_note", "customer_balance_transaction"):   (CustomerBalanceTransaction,),
    ("credit_note", "invoice"):                        (Invoice,),
    ("quote", "customer"):                             (Customer,),
    ("quote", "discounts"):                            (Discount,),
    ("quote", "invoice"):                              (Invoice,),
    ("quote", "line_items"):                           Only(_line_items),
    ("quote", "subscription"):                         (Subscription,),
    ("quote", "test_clock"):                           (TestClock,),
    ("subscription_schedule", "customer"):             (Customer,),
    ("subscription_schedule", "subscription"):         (Subscription,),
    ("subscription_schedule", "test_clock"):           (TestClock,),
    ("subscription", "customer"):                      (Customer,),
    ("subscription", "default_payment_method"):        (PaymentMethod,),
    ("subscription", "default_source"):                NOTHING,
    ("subscription", "discounts"):                     (Discount,),
    ("subscription", "latest_invoice"):                (Invoice,),
    ("subscription", "on_behalf_of"):                  NOTHING,
    ("subscription", "pending_setup_intent"):          (SetupIntent,),
    ("subscription", "schedule"):                      (SubscriptionSchedule,),
    ("subscription", "test_clock"):                    (TestClock,),
    ("subscription_item", "discounts"):                (Discount,),
}
INSIDE: dict[tuple[str, str], str] = {
    ("promotion_code", "promotion"):                   "promotion",
    ("discount", "source"):                            "discount_source",
    ("invoice_payment", "payment"):                    "invoice_payment_source",
}
# fmt: on
THROUGH = frozenset(
    {
        ("invoice", "lines"),
        ("subscription", "items"),
        ("subscription_item", "price"),
        ("subscription_item", "plan"),
    }
)
"""Members that are there in full, through which a path may lead."""
