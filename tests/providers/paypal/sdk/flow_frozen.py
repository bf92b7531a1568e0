"""The newest Python SDK where time stands still: a second card, a reauthorization, renewals, a dispute, reports."""

from __future__ import annotations

import json
import os
from typing import Any

from clockwork import act, advance, api
from paypalserversdk.configuration import Environment
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient

client = PaypalServersdkClient(
    client_credentials_auth_credentials=ClientCredentialsAuthCredentials(
        o_auth_client_id=os.environ["PAYPAL_CLIENT_ID"], o_auth_client_secret=os.environ["PAYPAL_CLIENT_SECRET"]
    ),
    environment=Environment.SANDBOX,
)
saw: dict[str, Any] = {}


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


def approved(intent: str, custom: str) -> str:
    units = [{"amount": usd("100.00"), "custom_id": custom}]
    made = client.orders.create_order({"body": {"intent": intent, "purchase_units": units}}).body
    act(made.id, "approve")
    return str(made.id)


# The scenario of the test declines the first charge of "declined".
order = approved("CAPTURE", "declined")
try:
    client.orders.capture_order({"id": order})
except ErrorException as error:
    saw["declined"] = [error.response_code, error.details[0].issue, error.links[-1].rel]
act(order, "approve")
taken = client.orders.capture_order({"id": order}).body
saw["approved again"] = [taken.status, taken.purchase_units[0].payments.captures[0].status]

order = approved("AUTHORIZE", "authorized")
held = client.orders.authorize_order({"id": order}).body.purchase_units[0].payments.authorizations[0]
try:
    client.payments.reauthorize_payment({"authorization_id": held.id, "body": {"amount": usd("100.00")}})
except ErrorException as error:
    saw["too soon"] = [error.response_code, error.details[0].issue]
advance("4d")
renewed = client.payments.reauthorize_payment({"authorization_id": held.id, "body": {"amount": usd("100.00")}})
saw["renewed"] = [renewed.status_code, renewed.body.status, renewed.body.id != held.id]
captured = client.payments.capture_authorized_payment({"authorization_id": renewed.body.id, "body": {}})
saw["captured"] = [captured.status_code, captured.body.status]

product = api("POST", "/v1/catalogs/products", {"name": "Milk", "type": "PHYSICAL"})["id"]
cycle = {
    "frequency": {"interval_unit": "MONTH", "interval_count": 1}, "tenure_type": "REGULAR", "sequence": 1,
    "total_cycles": 0, "pricing_scheme": {"fixed_price": usd("10.00")},
}
plan = client.subscriptions.create_billing_plan({"body": {
    "product_id": product, "name": "Fresh milk", "billing_cycles": [cycle],
    "payment_preferences": {"payment_failure_threshold": 1},
}})
saw["plan"] = [plan.status_code, plan.body.status]
made = client.subscriptions.create_subscription({"body": {"plan_id": plan.body.id, "custom_id": "milk"}})
saw["subscription"] = [made.status_code, made.body.status, made.body.links[0].rel]
act(made.body.id, "approve")
active = client.subscriptions.get_subscription({"id": made.body.id}).body
saw["active"] = [active.status, active.billing_info.last_payment.amount.value]
act(made.body.id, "fund", funds="insufficient_funds")
advance("45d")
broke = client.subscriptions.get_subscription({"id": made.body.id, "fields": "last_failed_payment"}).body
saw["broke"] = [
    broke.status, broke.billing_info.failed_payments_count, broke.billing_info.outstanding_balance.value,
    broke.billing_info.last_failed_payment.reason_code,
]
act(made.body.id, "fund")
body = {"note": "Please", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("10.00")}
collected = client.subscriptions.capture_subscription({"id": made.body.id, "body": body})
saw["collected"] = [collected.status_code, collected.body.amount_with_breakdown.gross_amount.value]
client.subscriptions.activate_subscription({"id": made.body.id, "body": {"reason": "Paid"}})
saw["again"] = client.subscriptions.get_subscription({"id": made.body.id}).body.status
window = {"id": made.body.id, "start_time": "2000-01-01T00:00:00Z", "end_time": "2100-01-01T00:00:00Z"}
saw["payments"] = len(client.subscriptions.list_subscription_transactions(window).body.transactions)

order = approved("CAPTURE", "disputed")
taken = client.orders.capture_order({"id": order}).body.purchase_units[0].payments.captures[0]
act(order, "dispute", reason="UNAUTHORISED")
dispute = api("GET", f"/v1/customer/disputes?disputed_transaction_id={taken.id}")["items"][0]
saw["dispute"] = dispute["status"]
try:
    client.payments.refund_captured_payment({"capture_id": taken.id, "body": {"amount": usd("1.00")}})
except ErrorException as error:
    saw["in dispute"] = error.details[0].issue
client.payments.refund_captured_payment({"capture_id": taken.id})
ended = api("GET", f"/v1/customer/disputes/{dispute['dispute_id']}")
saw["resolved"] = [ended["status"], ended["dispute_outcome"]["outcome_code"]]

balance = client.transaction_search.search_balances({}).body
saw["balance"] = [balance.balances[0].currency, balance.balances[0].total_balance.value]
print(json.dumps(saw))
