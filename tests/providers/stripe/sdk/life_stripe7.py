"""Billing on stripe-python 7.14, whose version has older shapes; prints what it saw as one line of JSON."""

from __future__ import annotations

import json
import os
import time

import stripe

stripe.api_key = os.environ["STRIPE_SECRET_KEY"]
stripe.api_base = os.environ["PAYDOUBLE_URL"]
seen: dict[str, object] = {"sdk": stripe.VERSION if hasattr(stripe, "VERSION") else stripe.version.VERSION}

product = stripe.Product.create(name="Plan")
price = stripe.Price.create(product=product.id, currency="usd", unit_amount=2000, recurring={"interval": "month"})
customer = stripe.Customer.create(email="jenny@shop.example")
subscription = stripe.Subscription.create(
    customer=customer.id, items=[{"price": price.id}], payment_behavior="default_incomplete",
    expand=["latest_invoice.payment_intent"],
)
invoice = subscription.latest_invoice
seen["waiting"] = [subscription.status, invoice.payment_intent.status, invoice.subscription == subscription.id]
stripe.PaymentIntent.confirm(invoice.payment_intent.id, payment_method="pm_card_visa")
active = stripe.Subscription.retrieve(subscription.id)
seen["active"] = [active.status, active.current_period_end > active.current_period_start]
paid = stripe.Invoice.retrieve(invoice.id)
seen["paid"] = [paid.paid, isinstance(paid.payment_intent, str), paid.lines.data[0].price.id == price.id,
                paid.lines.data[0].type]
seen["intent"] = stripe.PaymentIntent.retrieve(paid.payment_intent).invoice == invoice.id
session = stripe.checkout.Session.create(
    mode="payment", success_url="https://shop.example/done", ui_mode="hosted",
    line_items=[{"price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Mug"}}, "quantity": 1}],
)
seen["session"] = [session.ui_mode, session.amount_total]

START, DAY, DEADLINE_S = 1_772_366_400, 86_400, 30
clock = stripe.test_helpers.TestClock.create(frozen_time=START)
clocked = stripe.Customer.create(test_clock=clock.id)


def pay_with(card):
    method = stripe.PaymentMethod.attach(card, customer=clocked.id)
    stripe.Customer.modify(clocked.id, invoice_settings={"default_payment_method": method.id})


def advance(days, seconds=0):
    stripe.test_helpers.TestClock.advance(clock.id, frozen_time=START + days * DAY + seconds)
    deadline = time.monotonic() + DEADLINE_S
    while stripe.test_helpers.TestClock.retrieve(clock.id).status != "ready":
        assert time.monotonic() < deadline, "the clock never arrived"


pay_with("pm_card_visa")
yearly = stripe.Subscription.create(customer=clocked.id, items=[{"price": price.id}])
pay_with("pm_card_chargeCustomerFail")
advance(31, 7_200)
failed = stripe.Subscription.retrieve(yearly.id, expand=["latest_invoice.charge"])
seen["failed"] = [failed.status, failed.latest_invoice.paid, failed.latest_invoice.charge.failure_code]
pay_with("pm_card_visa")
for day in range(35, 384, 58):
    advance(day)
paid = [one.paid for one in stripe.Invoice.list(subscription=yearly.id, limit=5).auto_paging_iter()]
seen["a year"] = [stripe.Subscription.retrieve(yearly.id).status, len(paid), all(paid)]
print(json.dumps(seen))
