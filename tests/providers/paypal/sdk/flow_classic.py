"""A shop of 2015 with the classic Python SDK: a payment, its approval, refunds, an authorization."""

from __future__ import annotations

import json
import os
from urllib.parse import parse_qs, urlsplit

import paypalrestsdk
from buyer import visit

SHOP = "http://127.0.0.1:9"
paypalrestsdk.configure({
    "mode": "sandbox", "client_id": os.environ["PAYPAL_CLIENT_ID"],
    "client_secret": os.environ["PAYPAL_CLIENT_SECRET"],
    "endpoint": os.environ["PAYDOUBLE_URL"], "token_endpoint": os.environ["PAYDOUBLE_URL"],
})


def payment(intent: str, total: str) -> paypalrestsdk.Payment:
    made = paypalrestsdk.Payment({
        "intent": intent, "payer": {"payment_method": "paypal"},
        "redirect_urls": {"return_url": f"{SHOP}/back", "cancel_url": f"{SHOP}/no"},
        "transactions": [{"amount": {"total": total, "currency": "USD"}, "custom": "order-7"}],
    })
    assert made.create(), made.error
    return made


def executed(intent: str, total: str) -> paypalrestsdk.Payment:
    made = payment(intent, total)
    approval = urlsplit(next(link.href for link in made.links if link.method == "REDIRECT"))
    [token] = parse_qs(approval.query)["token"]
    back = parse_qs(urlsplit(visit(token.removeprefix("EC-"), "approve")).query)
    assert back["paymentId"] == [made.id]
    assert made.execute({"payer_id": back["PayerID"][0]}), made.error
    return made


saw = {}
early = payment("sale", "30.00")
assert not early.execute({"payer_id": "NOBODY"})
saw["early"] = early.error["name"]

done = executed("sale", "30.00")
sale = paypalrestsdk.Sale.find(done.transactions[0].related_resources[0].sale.id)
saw["sale"] = [done.state, sale.state, sale.transaction_fee["value"]]
refund = sale.refund({"amount": {"total": "10.00", "currency": "USD"}})
saw["refund"] = [refund.success(), refund.state, paypalrestsdk.Refund.find(refund.id).amount["total"]]
too_much = sale.refund({"amount": {"total": "20.01", "currency": "USD"}})
saw["too much"] = [too_much.success(), too_much.error["name"]]
saw["state"] = paypalrestsdk.Sale.find(sale.id).state

held = executed("authorize", "50.00").transactions[0].related_resources[0].authorization
capture = paypalrestsdk.Authorization.find(held.id).capture({
    "amount": {"total": "20.00", "currency": "USD"}, "is_final_capture": True,
})
saw["captured"] = [capture.success(), capture.state, paypalrestsdk.Authorization.find(held.id).state]
voided = paypalrestsdk.Authorization.find(
    executed("authorize", "5.00").transactions[0].related_resources[0].authorization.id
)
saw["voided"] = [voided.void(), voided.state]
order = paypalrestsdk.Order.find(
    executed("order", "8.00").transactions[0].related_resources[0].order.id
)
taken = order.capture({"amount": {"total": "8.00", "currency": "USD"}, "is_final_capture": True})
saw["order"] = [taken.state, paypalrestsdk.Order.find(order.id).state]
history = paypalrestsdk.Payment.all({"count": 2})
saw["listed"] = [history.count, bool(history.next_id)]
print(json.dumps(saw))
