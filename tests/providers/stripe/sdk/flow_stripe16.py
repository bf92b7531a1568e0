"""The flow of a shop on the newest stripe-python, with StripeClient; prints what it saw as one line of JSON."""

from __future__ import annotations

import json
import os
import time

import stripe
from listener import Listener

SHARED = {"currency": "usd", "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}

client = stripe.StripeClient(
    os.environ["STRIPE_SECRET_KEY"], base_addresses={"api": os.environ["PAYDOUBLE_URL"]}, max_network_retries=0
)
listener = Listener()
seen: dict[str, object] = {"sdk": stripe.VERSION}


def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except stripe.StripeError as error:
        return error
    raise AssertionError("it was not refused")


endpoint = client.v1.webhook_endpoints.create(
    {"url": listener.url, "enabled_events": ["*"], "api_version": stripe.api_version or "2026-10-28.endive"}
)
customer = client.v1.customers.create({"email": "jenny@example.com", "metadata": {"plan": "a"}})
paid = client.v1.payment_intents.create(
    {**SHARED, "amount": 1099, "customer": customer.id, "payment_method": "pm_card_visa", "confirm": True,
     "metadata": {"order_id": "order-1"}},
    {"idempotency_key": "first"},
)
replayed = client.v1.payment_intents.create(
    {**SHARED, "amount": 1099, "customer": customer.id, "payment_method": "pm_card_visa", "confirm": True,
     "metadata": {"order_id": "order-1"}},
    {"idempotency_key": "first"},
)
seen["paid"] = [paid.status, paid.amount_received]
seen["replayed"] = [replayed.id == paid.id, replayed.last_response.headers.get("Idempotent-Replayed")]
other = refused(client.v1.payment_intents.create, {**SHARED, "amount": 5}, {"idempotency_key": "first"})
seen["mismatch"] = [type(other).__name__, other.http_status]

error = refused(client.v1.payment_intents.create, {
    **SHARED, "amount": 2000, "payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds", "confirm": True})
seen["declined"] = [
    type(error).__name__, error.http_status, error.code, error.error.decline_code,
    error.error.payment_intent.status, error.error.payment_intent.last_payment_error.decline_code,
]

action = client.v1.payment_intents.create({
    **SHARED, "amount": 2000, "payment_method": "pm_card_authenticationRequired", "confirm": True,
    "return_url": "https://shop.example/back"})
seen["action"] = [action.status, action.next_action.type, action.next_action.redirect_to_url.return_url]

held = client.v1.payment_intents.create({
    **SHARED, "amount": 5000, "payment_method": "pm_card_visa", "confirm": True, "capture_method": "manual"})
captured = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 3000})
seen["captured"] = [held.status, held.amount_capturable, captured.status, captured.amount_received]

refund = client.v1.refunds.create({"payment_intent": captured.id, "amount": 1000})
too_much = refused(client.v1.refunds.create, {"payment_intent": captured.id, "amount": 2001})
seen["refunded"] = [refund.status, type(too_much).__name__, too_much.http_status, too_much.param]

expanded = client.v1.payment_intents.retrieve(
    captured.id, {"expand": ["latest_charge.balance_transaction", "latest_charge.refunds"]})
seen["expanded"] = [
    expanded.latest_charge.amount_refunded, expanded.latest_charge.balance_transaction.fee,
    len(expanded.latest_charge.refunds.data),
]

for number in range(24):
    client.v1.customers.create({"email": f"c{number}@example.com"})
listed = [each.id for each in client.v1.customers.list({"limit": 10}).auto_paging_iter()]
seen["listed"] = [len(listed), len(set(listed)), listed[-1] == customer.id]
backwards = [each.id for each in client.v1.customers.list(
    {"limit": 10, "ending_before": listed[-1]}).auto_paging_iter()]
seen["backwards"] = len(backwards)

missing = refused(client.v1.payment_intents.retrieve, "pi_none")
seen["missing"] = [type(missing).__name__, missing.http_status, missing.code, missing.param]
deleted = client.v1.customers.delete(customer.id)
seen["deleted"] = [deleted.deleted, client.v1.customers.retrieve(customer.id).deleted]

arrived = listener.wait_for(42)
events = [client.construct_event(body, signature, endpoint.secret) for body, signature in arrived]
order = [event.id for event in client.v1.events.list({"limit": 100})][::-1]
events.sort(key=lambda event: order.index(event.id))
by_payment: dict[str, list[str]] = {paid.id: [], captured.id: [], action.id: []}
for event in events:
    about = event.data.object
    key = about.id if about.id in by_payment else getattr(about, "payment_intent", None)
    if key in by_payment:
        by_payment[key].append(event.type)
seen["events"] = [by_payment[paid.id], by_payment[captured.id], by_payment[action.id]]
first = next(event for event in events if event.type == "payment_intent.succeeded")
seen["event"] = [first.api_version, first.request.idempotency_key, first.request.id.startswith("req_")]
fetched = client.v1.events.retrieve(first.id)
seen["fetched"] = [fetched.type, fetched.data.object.id == first.data.object.id]
try:
    client.construct_event(arrived[0][0], arrived[0][1], "whsec_of_somebody_else")
except stripe.SignatureVerificationError:
    seen["wrong secret"] = "refused"

deadline = time.monotonic() + 10


def until(look, good):
    """What is seen once it is good, or when the deadline is over."""
    found = look()
    while not good(found) and time.monotonic() < deadline:
        found = look()
    return found


def decided(intent, evidence):
    [dispute] = until(
        lambda: client.v1.disputes.list({"payment_intent": intent.id}).data, lambda found: len(found) == 1)
    given = client.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})
    after = until(lambda: client.v1.disputes.retrieve(dispute.id), lambda one: one.status != "under_review")
    return [dispute.status, given.status, after.status, [one.net for one in after.balance_transactions]]


won, lost = [client.v1.payment_intents.create({
    **SHARED, "amount": 4200, "payment_method": "pm_card_createDispute", "confirm": True}) for _ in range(2)]
seen["disputes"] = [decided(won, "winning_evidence"), decided(lost, "losing_evidence")]
listener.close()
print(json.dumps(seen))
