"""A year of a subscription on the newest stripe-python, driven by a test clock; prints what it saw as one line."""

from __future__ import annotations

import json
import os
import time

import stripe
from listener import Listener

START, DAY = 1_772_366_400, 86_400
DEADLINE_S = 30

client = stripe.StripeClient(
    os.environ["STRIPE_SECRET_KEY"], base_addresses={"api": os.environ["PAYDOUBLE_URL"]}, max_network_retries=0
)
listener = Listener()
seen: dict[str, object] = {}


def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except stripe.StripeError as error:
        return error
    raise AssertionError("it was not refused")


def default_card(card):
    method = client.v1.payment_methods.attach(card, {"customer": customer.id})
    client.v1.customers.update(customer.id, {"invoice_settings": {"default_payment_method": method.id}})


def advance(to):
    """Polls, as the manual says."""
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": to})
    deadline = time.monotonic() + DEADLINE_S
    while client.v1.test_helpers.test_clocks.retrieve(clock.id).status != "ready":
        assert time.monotonic() < deadline, "the clock never arrived"


def now():
    found = client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    return [found.status, found.latest_invoice.status, found.latest_invoice.amount_paid]


endpoint = client.v1.webhook_endpoints.create({"url": listener.url, "enabled_events": [
    "invoice.paid", "invoice.payment_failed", "customer.subscription.updated", "test_helpers.test_clock.ready"]})
product = client.v1.products.create({"name": "Plan"})
price = client.v1.prices.create({
    "product": product.id, "currency": "usd", "unit_amount": 2000, "recurring": {"interval": "month"},
    "lookup_key": "standard"})
seen["found"] = client.v1.prices.list({"lookup_keys": ["standard"]}).data[0].id == price.id
clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
customer = client.v1.customers.create({"email": "jenny@shop.example", "test_clock": clock.id})
default_card("pm_card_visa")
client.v1.coupons.create({"id": "QUARTER", "percent_off": 25.5, "duration": "once"})
subscription = client.v1.subscriptions.create({
    "customer": customer.id, "items": [{"price": price.id}], "discounts": [{"coupon": "QUARTER"}]})
seen["begun"] = now()
item = subscription["items"].data[0]
seen["period"] = [item.current_period_start - START, item.current_period_end - START]

advance(START + 10 * DAY)
default_card("pm_card_chargeCustomerFail")
advance(START + 31 * DAY + 7_200)
seen["failed"] = now()
error = refused(client.v1.invoices.pay, client.v1.subscriptions.retrieve(subscription.id).latest_invoice)
seen["paid by hand"] = [type(error).__name__, error.http_status, error.code]
default_card("pm_card_visa")
advance(START + 34 * DAY)
seen["recovered"] = now()

dear = client.v1.prices.create({
    "product": product.id, "currency": "usd", "unit_amount": 5000, "recurring": {"interval": "month"}})
client.v1.subscriptions.update(subscription.id, {
    "items": [{"id": item.id, "price": dear.id}], "proration_behavior": "always_invoice"})
seen["upgraded"] = [now()[:2], client.v1.invoice_items.list({"customer": customer.id}).data[0].proration]
at = START + 34 * DAY
for _ in range(5):
    at += 58 * DAY
    advance(at)
seen["a year"] = [now(), len(list(client.v1.invoices.list(
    {"subscription": subscription.id, "limit": 5, "status": "paid"}).auto_paging_iter()))]
gone = client.v1.subscriptions.cancel(subscription.id)
seen["canceled"] = [gone.status, gone.cancellation_details.reason]

client.v1.invoice_items.create({"customer": customer.id, "amount": 1500, "currency": "usd"})
invoice = client.v1.invoices.create({"customer": customer.id, "pending_invoice_items_behavior": "include"})
paid = client.v1.invoices.pay(invoice.id, {"expand": ["payments.data.payment.payment_intent"]})
seen["invoice"] = [paid.status, paid.payments.data[0].payment.payment_intent.amount_received]

told = [client.construct_event(body, signature, endpoint.secret) for body, signature in listener.wait_for(30)]
seen["failures told"] = sum(event.type == "invoice.payment_failed" for event in told)
seen["verified"] = len(told) >= 30
listener.close()
print(json.dumps(seen))
