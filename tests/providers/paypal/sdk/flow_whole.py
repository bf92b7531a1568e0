"""The newest Python SDK, with a real browser between: tells where to approve, waits for a line, then goes on."""

from __future__ import annotations

import json
import os
import sys

from paypalserversdk.configuration import Environment
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.checkout_payment_intent import CheckoutPaymentIntent
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

client = PaypalServersdkClient(
    client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
        o_auth_client_id=os.environ["PAYPAL_CLIENT_ID"], o_auth_client_secret=os.environ["PAYPAL_CLIENT_SECRET"]
    ),
    environment=Environment.SANDBOX,
)
unit = PurchaseUnitRequest(
    amount=AmountWithBreakdown(currency_code="USD", value="100.00"), custom_id="order-7"
)
body = OrderRequest(intent=CheckoutPaymentIntent.CAPTURE, purchase_units=[unit])
made = client.orders.create_order({"body": body, "prefer": "return=representation"}).body
print(made.id, flush=True)
sys.stdin.readline()
done = client.orders.capture_order({"id": made.id, "prefer": "return=representation"}).body
[taken] = done.purchase_units[0].payments.captures
totals = []
for value in ("30.00", "20.00"):
    refund = RefundRequest(amount=Money(currency_code="USD", value=value))
    options = {"capture_id": taken.id, "body": refund, "prefer": "return=representation"}
    answer = client.payments.refund_captured_payment(options).body
    totals.append(answer.seller_payable_breakdown.total_refunded_amount.value)
shown = client.payments.get_captured_payment({"capture_id": taken.id}).body.status
print(json.dumps([done.status, done.payer.email_address, totals, shown]))
