"""The classic Python SDK with a base URL: webhooks verified in both ways, and a payout that nobody claims.

Its class keeps a list of the certificates that it trusts, and has no setting for it: that list is replaced.
Ids after a path that ends in a slash are sent twice, so what is found by id is asked for without the SDK.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import paypalrestsdk
from clockwork import BASE, advance, api

told: list[tuple[dict[str, str], bytes]] = []
arrived = threading.Event()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(200)
        self.end_headers()
        if b"PAYMENT.PAYOUTSBATCH.SUCCESS" in body:
            arrived.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


paypalrestsdk.configure({
    "mode": "sandbox", "endpoint": BASE, "token_endpoint": BASE,
    "client_id": os.environ["PAYPAL_CLIENT_ID"], "client_secret": os.environ["PAYPAL_CLIENT_SECRET"],
})
server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

saw: dict[str, Any] = {}
webhook = paypalrestsdk.Webhook({
    "url": f"http://127.0.0.1:{server.server_port}/hook", "event_types": [{"name": "*"}],
})
saw["webhook"] = webhook.create()
saw["listed"] = [each.id for each in paypalrestsdk.Webhook.all().webhooks] == [webhook.id]
saw["types"] = len(paypalrestsdk.WebhookEventType.all().event_types) > 60

items = [
    {"recipient_type": "EMAIL", "amount": {"value": "5.00", "currency": "USD"}, "receiver": receiver}
    for receiver in ("ann@example.com", "bob@unregistered.example.com")
]
payout = paypalrestsdk.Payout({
    "sender_batch_header": {"sender_batch_id": "batch-1", "email_subject": "Money"}, "items": items,
})
saw["payout"] = [payout.create(), payout.batch_header.batch_status]
again = paypalrestsdk.Payout({"sender_batch_header": {"sender_batch_id": "batch-1"}, "items": items})
saw["again"] = [again.create(), again.error["name"]]
advance("1m")
batch = api("GET", f"/v1/payments/payouts/{payout.batch_header.payout_batch_id}")
saw["items"] = [batch["batch_header"]["batch_status"], *(item["transaction_status"] for item in batch["items"])]
unclaimed = batch["items"][1]["payout_item_id"]
saw["cancelled"] = api("POST", f"/v1/payments/payouts-item/{unclaimed}/cancel")["transaction_status"]

saw["arrived"] = arrived.wait(30)
headers, body = told[0]
signed = {
    "transmission_id": headers["paypal-transmission-id"], "timestamp": headers["paypal-transmission-time"],
    "cert_url": headers["paypal-cert-url"], "actual_sig": headers["paypal-transmission-sig"],
    "auth_algo": headers["paypal-auth-algo"],
}
with urllib.request.urlopen(signed["cert_url"]) as answer:
    leaf, end, issuer = answer.read().decode().partition("-----END CERTIFICATE-----\n")
with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as authority:
    authority.write(issuer)
paypalrestsdk.WebhookEvent._WebhookEvent__cert_chain_path = [authority.name]
verify = paypalrestsdk.WebhookEvent.verify
saw["by certificate"] = verify(webhook_id=webhook.id, event_body=body.decode(), **signed)
saw["tampered"] = verify(webhook_id=webhook.id, event_body=body.decode().replace("USD", "EUR"), **signed)
saw["another webhook"] = verify(webhook_id="8PT597110X687430LKGECATA", event_body=body.decode(), **signed)


def posted_back(event: Any) -> Any:
    return api("POST", "/v1/notifications/verify-webhook-signature", {
        "auth_algo": signed["auth_algo"], "cert_url": signed["cert_url"],
        "transmission_id": signed["transmission_id"], "transmission_sig": signed["actual_sig"],
        "transmission_time": signed["timestamp"], "webhook_id": webhook.id, "webhook_event": event,
    })["verification_status"]


saw["by call"] = [posted_back(json.loads(body)), posted_back({**json.loads(body), "id": "WH-1"})]
print(json.dumps(saw))
