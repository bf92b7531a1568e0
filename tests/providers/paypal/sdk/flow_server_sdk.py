"""The newest Python SDK through the proxy: order, approve, capture, partial refunds, and what is refused."""

from __future__ import annotations

import json
import os

from buyer import visit
from paypalserversdk.configuration import Environment
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.capture_request import CaptureRequest
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


def request(intent: str) -> OrderRequest:
    unit = PurchaseUnitRequest(amount=AmountWithBreakdown(currency_code="USD", value="100.00"))
    return OrderRequest(intent=intent, purchase_units=[unit])


def refund(capture: str, value: str) -> str:
    body = RefundRequest(amount=Money(currency_code="USD", value=value))
    options = {"capture_id": capture, "body": body, "prefer": "return=representation"}
    answer = client.payments.refund_captured_payment(options).body
    return str(answer.seller_payable_breakdown.total_refunded_amount.value)


saw: dict[str, object] = {}
made = client.orders.create_order({"body": request(CheckoutPaymentIntent.CAPTURE), "paypal_request_id": "order"})
saw["created"] = [made.status_code, made.body.status, [link.rel for link in made.body.links]]
again = client.orders.create_order({"body": request(CheckoutPaymentIntent.CAPTURE), "paypal_request_id": "order"})
saw["replayed"] = [again.status_code, again.body.id == made.body.id]
try:
    client.orders.capture_order({"id": made.body.id})
except ErrorException as error:
    saw["early"] = [error.response_code, error.name, error.details[0].issue]
saw["page"] = "Approved" in visit(made.body.id, "approve")
done = client.orders.capture_order({"id": made.body.id, "prefer": "return=representation"})
[taken] = done.body.purchase_units[0].payments.captures
saw["captured"] = [done.status_code, done.body.status, taken.status, taken.seller_receivable_breakdown.net_amount.value]
saw["refunded"] = [refund(taken.id, "30.00"), refund(taken.id, "20.00")]
try:
    refund(taken.id, "50.01")
except ErrorException as error:
    saw["too much"] = [error.response_code, error.details[0].issue]
saw["shown"] = client.payments.get_captured_payment({"capture_id": taken.id}).body.status

held = client.orders.create_order({"body": request(CheckoutPaymentIntent.AUTHORIZE)}).body
visit(held.id, "approve")
authorized = client.orders.authorize_order({"id": held.id}).body.purchase_units[0].payments.authorizations[0]
part = CaptureRequest(amount=Money(currency_code="USD", value="60.00"), final_capture=False)
client.payments.capture_authorized_payment({"authorization_id": authorized.id, "body": part})
shown = client.payments.get_authorized_payment({"authorization_id": authorized.id}).body
saw["authorized"] = [authorized.status, shown.status]
saw["voided"] = client.payments.void_payment({"authorization_id": authorized.id}).status_code
print(json.dumps(saw))
