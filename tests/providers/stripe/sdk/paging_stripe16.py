"""Ten thousand objects, page by page, on the newest stripe-python; prints what it saw as one line of JSON."""

from __future__ import annotations

import json
import os

import stripe

client = stripe.StripeClient(
    os.environ["STRIPE_SECRET_KEY"], base_addresses={"api": os.environ["PAYDOUBLE_URL"]}, max_network_retries=0
)
forwards = [each.id for each in client.v1.customers.list({"limit": 100}).auto_paging_iter()]
oldest = forwards[-1]
backwards = [
    each.id for each in client.v1.customers.list({"limit": 100, "ending_before": oldest}).auto_paging_iter()
]
print(json.dumps({
    "forwards": [len(forwards), len(set(forwards))],
    "backwards": [len(backwards), backwards == forwards[-2::-1]],
}))
