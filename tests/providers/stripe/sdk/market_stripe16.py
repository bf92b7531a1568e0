"""The flow of a marketplace on the newest stripe-python, with StripeClient; prints what it saw as one line of JSON."""

from __future__ import annotations

import io
import json
import os

import stripe
from listener import Listener

URL = os.environ["PAYDOUBLE_URL"]
SHARED = {"currency": "usd", "confirm": True, "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
COMPLETE = {
    "type": "custom", "country": "US", "business_type": "individual",
    "business_profile": {"mcc": "5734", "url": "https://shop.example"},
    "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
    "individual": {"first_name": "Jenny", "last_name": "Rosen", "dob": {"day": 1, "month": 1, "year": 1901}},
    "tos_acceptance": {"date": 1_700_000_000, "ip": "127.0.0.1"},
    "external_account": {"object": "bank_account", "country": "US", "currency": "usd", "account_number": "000123456789",
                         "routing_number": "110000000"},
}

client = stripe.StripeClient(
    os.environ["STRIPE_SECRET_KEY"], base_addresses={"api": URL, "files": URL}, max_network_retries=0)
listener = Listener()
seen: dict[str, object] = {}


def refused(call, *arguments, **named):
    try:
        call(*arguments, **named)
    except stripe.StripeError as error:
        return error
    raise AssertionError("it was not refused")


destination = client.v2.core.event_destinations.create({
    "name": "thin", "type": "webhook_endpoint", "event_payload": "thin", "enabled_events": ["v1.transfer.created"],
    "webhook_endpoint": {"url": listener.url}, "include": ["webhook_endpoint.signing_secret"]})
account = client.v1.accounts.create(COMPLETE)
seen["account"] = [account.charges_enabled, account.capabilities.transfers]

paid = client.v1.payment_intents.create({
    **SHARED, "amount": 10_000, "payment_method": "pm_card_visa", "capture_method": "automatic",
    "application_fee_amount": 1_230, "transfer_data": {"destination": account.id}, "metadata": {"order_id": "order-1"},
    "expand": ["latest_charge.transfer", "latest_charge.application_fee"]})
charge = paid.latest_charge
seen["destination"] = [paid.status, charge.transfer.amount, charge.application_fee.amount]

direct = client.v1.payment_intents.create(
    {**SHARED, "amount": 5_000, "payment_method": "pm_card_visa", "capture_method": "automatic", "application_fee_amount": 500},
    {"stripe_account": account.id})
seen["direct"] = [direct.status, direct.application[:3]]
elsewhere = refused(client.v1.payment_intents.retrieve, direct.id)
seen["apart"] = [type(elsewhere).__name__, elsewhere.code]
stranger = refused(client.v1.customers.list, {}, {"stripe_account": "acct_1nobody"})
seen["stranger"] = [type(stranger).__name__, stranger.http_status, stranger.error.code]
balance = client.v1.balance.retrieve({}, {"stripe_account": account.id})
seen["balance"] = [balance.pending[0].amount]

refund = client.v1.refunds.create({
    "payment_intent": paid.id, "amount": 5_000, "reverse_transfer": True, "refund_application_fee": True,
    "expand": ["transfer_reversal"]})
seen["refund"] = [refund.transfer_reversal.amount, client.v1.application_fees.retrieve(charge.application_fee.id).amount_refunded]
link = client.v1.account_links.create({
    "account": account.id, "refresh_url": "https://shop.example/a", "return_url": "https://shop.example/b",
    "type": "account_onboarding"})
seen["link"] = link.object

for number in range(25):
    client.v1.customers.create({"name": f"c{number}", "metadata": {"odd": str(number % 2)}})
page = client.v1.customers.search({"query": "metadata['odd']:'1'", "limit": 5})
seen["searched"] = len([each.id for each in page.auto_paging_iter()])
bad = refused(client.v1.customers.search, {"query": "nonsense"})
seen["bad query"] = [type(bad).__name__, bad.param]

file = client.v1.files.create({"purpose": "dispute_evidence", "file": io.BytesIO(b"%PDF-1.4 receipt"),
                               "file_link_data": {"create": True}})
seen["file"] = [file.size, file.purpose, len(file.links.data)]

body, signature = listener.wait_for(1)[0]
secret = destination.webhook_endpoint.signing_secret
notification = client.parse_event_notification(body, signature, secret)
seen["thin"] = [notification.type, notification.fetch_event().type, notification.fetch_related_object().id == charge.transfer.id]
listener.close()
print(json.dumps(seen))
