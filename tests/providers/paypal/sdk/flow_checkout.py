"""The retired Python checkout SDK with a base URL: order, approve, capture, refund."""

from __future__ import annotations

import json
import os

from buyer import visit
from paypalcheckoutsdk.core import PayPalEnvironment, PayPalHttpClient
from paypalcheckoutsdk.orders import OrdersCaptureRequest, OrdersCreateRequest, OrdersGetRequest
from paypalcheckoutsdk.payments import CapturesRefundRequest
from paypalhttp.http_error import HttpError

base = os.environ["PAYDOUBLE_URL"]
client = PayPalHttpClient(PayPalEnvironment(
    os.environ["PAYPAL_CLIENT_ID"], os.environ["PAYPAL_CLIENT_SECRET"], base, base
))
saw: dict[str, object] = {}
create = OrdersCreateRequest()
create.prefer("return=representation")
create.request_body({
    "intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": "JPY", "value": "1000"}}],
})
made = client.execute(create)
saw["created"] = [made.status_code, made.result.status, made.result.purchase_units[0].amount.value]
try:
    client.execute(OrdersCaptureRequest(made.result.id))
except HttpError as error:
    saw["early"] = [error.status_code, json.loads(error.message)["details"][0]["issue"]]
saw["page"] = "Approved" in visit(made.result.id, "approve")
done = client.execute(OrdersCaptureRequest(made.result.id))
taken = done.result.purchase_units[0].payments.captures[0]
saw["captured"] = [done.status_code, done.result.status, taken.seller_receivable_breakdown.net_amount.value]
refund = CapturesRefundRequest(taken.id)
refund.prefer("return=representation")
refund.request_body({"amount": {"currency_code": "JPY", "value": "400"}})
saw["refunded"] = client.execute(refund).result.status
shown = client.execute(OrdersGetRequest(made.result.id)).result.purchase_units[0].payments
saw["shown"] = [shown.captures[0].status, shown.refunds[0].amount.value]
print(json.dumps(saw))
