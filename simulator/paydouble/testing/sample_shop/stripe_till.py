"""Stripe as the shop uses it: cards charged by the request, webhooks with an HMAC.

https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/webhooks#verify-manually
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from paydouble.testing.sample_shop.calling import Answer, call
from paydouble.testing.sample_shop.flaws import Flaw
from paydouble.testing.sample_shop.values import (
    Busy,
    Forged,
    Found,
    Line,
    Order,
    Refund,
    Refused,
    State,
    Terms,
    Told,
    Unheard,
)

FRESH_S = 300
ZERO_DECIMAL = frozenset({"JPY", "KRW", "VND"})
STATES = {
    "succeeded": State.PAID, "processing": State.PENDING, "requires_action": State.PENDING,
    "requires_capture": State.PENDING, "canceled": State.CLOSED, "requires_payment_method": State.FAILED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StripeTill:
    terms: Terms
    currency: str = "USD"

    def create(self, order: Order, key: str) -> Found:
        card = order.metadata.get("card", "pm_card_visa")
        params = {
            "amount": _minor(order.amount, order.currency), "currency": order.currency.lower(),
            "confirm": "true", "payment_method": card,
            "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
            **{f"metadata[{name}]": value for name, value in order.metadata.items()},
            "metadata[order_id]": order.id,
        }
        return _found(self._ask("POST", "/v1/payment_intents", params, key))

    def capture(self, order: Order, key: str) -> Found:
        return _found(self._ask("POST", f"/v1/payment_intents/{order.native}/capture", {}, key))

    def query(self, order: Order) -> Found:
        """By id; without one, the newest of the last hundred that names the order."""
        if order.native:
            return _found(self._ask("GET", f"/v1/payment_intents/{order.native}"))
        listed = self._ask("GET", "/v1/payment_intents?limit=100")
        mine = (each for each in listed["data"] if each["metadata"].get("order_id") == order.id)
        newest = next(mine, None)
        return _found(newest) if newest else Found(State.ABSENT)

    def cancel(self, order: Order) -> None:
        if order.native:
            self._ask("POST", f"/v1/payment_intents/{order.native}/cancel", {}, f"cancel-{order.id}")

    def refund(self, order: Order, refund: Refund) -> str:
        params = {
            "payment_intent": order.native, "amount": _minor(refund.amount, order.currency),
            "metadata[refund_id]": refund.number,
        }
        made = self._ask("POST", "/v1/refunds", params, refund.number)
        refund.native = made["id"]
        return _refund_status(made["status"])

    def refund_state(self, order: Order, refund: Refund) -> str:
        if refund.native:
            return _refund_status(self._ask("GET", f"/v1/refunds/{refund.native}")["status"])
        listed = self._ask("GET", f"/v1/refunds?payment_intent={order.native}&limit=100")
        for each in listed["data"]:
            if each["metadata"].get("refund_id") == refund.number:
                refund.native = each["id"]
                return _refund_status(each["status"])
        return "absent"

    def fee(self, order: Order) -> Decimal:
        intent = self._ask("GET", f"/v1/payment_intents/{order.native}?expand[]=latest_charge")
        transaction = intent["latest_charge"]["balance_transaction"]
        return _major(self._ask("GET", f"/v1/balance_transactions/{transaction}")["fee"], order.currency)

    def statement(self, day: str) -> list[Line]:
        """Of the newest hundred balance transactions, whatever the day."""
        listed = self._ask("GET", "/v1/balance_transactions?limit=100&expand[]=data.source")
        return list(_lines(listed["data"]))

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        if Flaw.NO_VERIFICATION not in self.terms.flaws:
            self._verify(headers.get("stripe-signature", ""), body)
        try:
            event = json.loads(body)
            return _told(event, event["data"]["object"])
        except (ValueError, KeyError, TypeError) as error:
            raise Forged(f"no event: {error!r}") from None

    def acknowledgement(self) -> tuple[int, str, bytes]:
        return 200, "application/json", b'{"received": true}'

    def _verify(self, header: str, body: bytes) -> None:
        parts = [item.partition("=")[::2] for item in header.split(",")]
        stamp = dict(parts).get("t", "")
        secret = self.terms.credentials["webhook_secret"].encode()
        wanted = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not any(name == "v1" and hmac.compare_digest(value, wanted) for name, value in parts):
            raise Forged("no signature was made with our secret")
        age = time.time() - int(stamp)
        if abs(age) > FRESH_S and Flaw.NO_FRESHNESS not in self.terms.flaws:
            raise Forged(f"signed {age:.0f} seconds ago")

    def _ask(
        self, method: str, path: str, params: Mapping[str, Any] | None = None, key: str = ""
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.terms.credentials['secret_key']}"}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if key:
            headers["Idempotency-Key"] = key
        body = urlencode(params).encode() if params else b""
        url = self.terms.credentials["api_base"] + path
        return _read(call(url, method, body, headers, timeout_s=self.terms.timeout_s))


def _read(answer: Answer) -> dict[str, Any]:
    document: dict[str, Any] = answer.json
    if answer.ok:
        if "object" not in document:
            raise Unheard("an answer without its object")
        return document
    error = document.get("error", {})
    if answer.status == 409 and error.get("code") == "idempotency_key_in_use":
        raise Busy("our first request is still at work")
    raise Refused(error.get("code") or error.get("message") or f"HTTP {answer.status}")


def _found(intent: Mapping[str, Any]) -> Found:
    try:
        state = STATES.get(intent["status"], State.OPEN)
        amount = _major(int(intent["amount"]), str(intent["currency"]).upper())
        return Found(state, str(intent["id"]), amount, charge=str(intent.get("latest_charge") or ""))
    except (KeyError, ValueError, TypeError) as error:
        raise Unheard(f"not a PaymentIntent: {error!r}") from None


def _told(event: Mapping[str, Any], about: Mapping[str, Any]) -> Told:
    kind = event["type"]
    currency = str(about.get("currency", "")).upper()
    order = (about.get("metadata") or {}).get("order_id", "")
    if kind == "payment_intent.created":
        return Told(event["id"], "", order)
    if kind.startswith("payment_intent."):
        found = _found(about)
        return Told(event["id"], "payment", order, found.state, found.amount, currency, found.native)
    if kind.startswith("charge.dispute."):
        return Told(event["id"], "dispute", order, native=about["payment_intent"], status=about["status"])
    if kind.startswith("refund."):
        number = (about.get("metadata") or {}).get("refund_id", "")
        status = _refund_status(about["status"])
        return Told(event["id"], "refund", order, native=about["payment_intent"] or "", refund=number,
                    status=status)
    return Told(event["id"], "", order)


def _refund_status(status: str) -> str:
    return {"succeeded": "done", "failed": "failed", "canceled": "failed"}.get(status, "pending")


def _lines(transactions: list[dict[str, Any]]) -> Iterator[Line]:
    for each in transactions:
        source, currency = each["source"], each["currency"].upper()
        if each["type"] in ("charge", "payment", "refund"):
            order = (source.get("metadata") or {}).get("order_id", "")
            yield Line(order, abs(_major(each["amount"], currency)), _major(each["fee"], currency),
                       each["type"] == "refund")


def _minor(amount: Decimal, currency: str) -> int:
    return int(amount if currency in ZERO_DECIMAL else amount * 100)


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(minor) if currency in ZERO_DECIMAL else Decimal(minor) / 100
