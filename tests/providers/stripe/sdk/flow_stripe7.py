"""The flow of an older shop on stripe-python 7, with module-level calls; prints what it saw as JSON."""

from __future__ import annotations

import json
import os
import time
from importlib.metadata import version

import stripe
from listener import Listener

stripe.api_key = os.environ["STRIPE_SECRET_KEY"]
stripe.api_base = os.environ["PAYDOUBLE_URL"]
listener = Listener()
seen: dict[str, object] = {"sdk": version("stripe")}


def refused(call, **named):
    try:
        call(**named)
    except stripe.error.StripeError as error:
        return error
    raise AssertionError("it was not refused")


endpoint = stripe.WebhookEndpoint.create(url=listener.url, enabled_events=["*"], api_version="2023-10-16")
customer = stripe.Customer.create(email="jenny@example.com")
shared = {"currency": "usd", "payment_method_types": ["card"]}
paid = stripe.PaymentIntent.create(
    amount=1099, payment_method="pm_card_visa", confirm=True, customer=customer.id, idempotency_key="first", **shared)
replayed = stripe.PaymentIntent.create(
    amount=1099, payment_method="pm_card_visa", confirm=True, customer=customer.id, idempotency_key="first", **shared)
seen["paid"] = [paid.status, paid.amount_received, paid.capture_method, "invoice" in paid]
seen["replayed"] = replayed.id == paid.id

error = refused(
    stripe.PaymentIntent.create, amount=2000, confirm=True,
    payment_method="pm_card_visa_chargeDeclinedInsufficientFunds", **shared)
seen["declined"] = [type(error).__name__, error.http_status, error.code, error.error.decline_code]

action = stripe.PaymentIntent.create(
    amount=2000, confirm=True, payment_method="pm_card_authenticationRequired", return_url="https://shop.example/back",
    **shared)
seen["action"] = [action.status, action.next_action.type]

held = stripe.PaymentIntent.create(
    amount=5000, confirm=True, payment_method="pm_card_visa", capture_method="manual", **shared)
captured = stripe.PaymentIntent.capture(held.id, amount_to_capture=3000)
seen["captured"] = [held.status, captured.status, captured.amount_received]
refund = stripe.Refund.create(payment_intent=captured.id, amount=1000)
too_much = refused(stripe.Refund.create, payment_intent=captured.id, amount=2001)
seen["refunded"] = [refund.status, type(too_much).__name__, too_much.param]

charge = stripe.Charge.retrieve(captured.latest_charge, expand=["balance_transaction"])
seen["charge"] = [charge.amount_captured, charge.amount_refunded, charge.balance_transaction.fee, charge.invoice]

for number in range(24):
    stripe.Customer.create(email=f"c{number}@example.com")
listed = [each.id for each in stripe.Customer.list(limit=10).auto_paging_iter()]
seen["listed"] = [len(listed), len(set(listed))]

arrived = listener.wait_for(40)
events = [stripe.Webhook.construct_event(body, signature, endpoint.secret) for body, signature in arrived]
order = [event.id for event in stripe.Event.list(limit=100)][::-1]
events.sort(key=lambda event: order.index(event.id))
seen["versions"] = sorted({event.api_version for event in events})
seen["events"] = [event.type for event in events if paid.id in (
    event.data.object.id, event.data.object.get("payment_intent"))]
try:
    stripe.Webhook.construct_event(arrived[0][0], arrived[0][1], "whsec_of_somebody_else")
except stripe.error.SignatureVerificationError:
    seen["wrong secret"] = "refused"

deadline = time.monotonic() + 10


def until(look, good):
    """What is seen once it is good, or when the deadline is over."""
    found = look()
    while not good(found) and time.monotonic() < deadline:
        found = look()
    return found


def decided(intent, evidence):
    [dispute] = until(lambda: stripe.Dispute.list(payment_intent=intent.id).data, lambda found: len(found) == 1)
    given = stripe.Dispute.modify(dispute.id, evidence={"uncategorized_text": evidence})
    after = until(lambda: stripe.Dispute.retrieve(dispute.id), lambda one: one.status != "under_review")
    return [dispute.status, given.status, after.status, [one.net for one in after.balance_transactions]]


won, lost = [stripe.PaymentIntent.create(
    amount=4200, confirm=True, payment_method="pm_card_createDispute", **shared) for _ in range(2)]
seen["disputes"] = [decided(won, "winning_evidence"), decided(lost, "losing_evidence")]
listener.close()
print(json.dumps(seen))
