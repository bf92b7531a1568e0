"""PayPal as the shop uses it: orders that the payer approves and the shop captures, signed webhooks.

https://developer.paypal.com/docs/api/orders/v2/, https://developer.paypal.com/api/rest/webhooks/rest/
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from time import time
from typing import Any

from paydouble.testing.sample_shop.calling import Answer, call
from paydouble.testing.sample_shop.flaws import Flaw
from paydouble.testing.sample_shop.signing import certified_key, verifies
from paydouble.testing.sample_shop.values import (
    Done,
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
CERTIFICATES = "/v1/notifications/certs/"
CAPTURES = {
    "COMPLETED": State.PAID, "PARTIALLY_REFUNDED": State.PAID, "REFUNDED": State.PAID,
    "PENDING": State.PENDING, "DECLINED": State.FAILED, "FAILED": State.FAILED,
}  # fmt: skip
IN_USE = "PREVIOUS_REQUEST_IN_PROGRESS"


@dataclass(slots=True)
class PaypalTill:
    terms: Terms
    currency: str = "USD"
    _token: str = ""
    _certificates: dict[str, str] = field(default_factory=dict)

    def create(self, order: Order, key: str) -> Found:
        unit = {
            "custom_id": order.id, "description": order.metadata.get("note", "Sample order"),
            "amount": {"currency_code": order.currency, "value": str(order.amount)},
        }
        made = self._ask("POST", "/v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": [unit]}, key)
        return _found(made)

    def capture(self, order: Order, key: str) -> Found:
        return _found(self._ask("POST", f"/v2/checkout/orders/{order.native}/capture", {}, key))

    def query(self, order: Order) -> Found:
        """There is no search by the merchant's number: without an id, nothing is known."""
        if not order.native:
            return Found(State.ABSENT)
        return _found(self._ask("GET", f"/v2/checkout/orders/{order.native}"))

    def cancel(self, order: Order) -> None:
        """An order that nobody captures lapses by itself."""

    def refund(self, order: Order, refund: Refund) -> str:
        amount = {"currency_code": order.currency, "value": str(refund.amount)}
        body = {"amount": amount, "note_to_payer": refund.number}
        made = self._ask("POST", f"/v2/payments/captures/{order.charge}/refund", body, refund.number)
        refund.native = made["id"]
        return _refund_status(made["status"])

    def refund_state(self, order: Order, refund: Refund) -> str:
        if not refund.native:
            return "absent"
        return _refund_status(self._ask("GET", f"/v2/payments/refunds/{refund.native}")["status"])

    def fee(self, order: Order) -> Decimal:
        capture = self._ask("GET", f"/v2/payments/captures/{order.charge}")
        return Decimal(capture["seller_receivable_breakdown"]["paypal_fee"]["value"])

    def statement(self, day: str) -> list[Line]:
        """Transaction search is not used by this shop."""
        return []

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        if Flaw.NO_VERIFICATION not in self.terms.flaws:
            self._verify(headers, body)
        try:
            event = json.loads(body)
            return _told(event, event["resource"])
        except (ValueError, KeyError, TypeError) as error:
            raise Forged(f"no event: {error!r}") from None

    def acknowledgement(self) -> tuple[int, str, bytes]:
        return 200, "text/plain", b""

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        stamp, sent = headers.get("paypal-transmission-time", ""), headers.get("paypal-transmission-id", "")
        text = f"{sent}|{stamp}|{self.terms.credentials['webhook_id']}|{zlib.crc32(body)}"
        key = certified_key(self._certificate(headers.get("paypal-cert-url", "")))
        if not verifies(key, text.encode(), headers.get("paypal-transmission-sig", "")):
            raise Forged("the signature does not fit")
        try:
            age = time() - datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
        except ValueError:
            raise Forged("no time of transmission") from None
        if abs(age) > FRESH_S and Flaw.NO_FRESHNESS not in self.terms.flaws:
            raise Forged(f"sent {age:.0f} seconds ago")

    def _certificate(self, url: str) -> str:
        """From PayPal's own host only: whoever names another one has made his own certificate."""
        if not url.startswith(self.terms.credentials["api_base"] + CERTIFICATES):
            raise Forged(f"a certificate from elsewhere: {url}")
        if url not in self._certificates:
            try:
                answer = call(url, "GET", timeout_s=self.terms.timeout_s)
            except Unheard as error:
                raise Forged(f"its certificate cannot be had: {error}") from None
            if not answer.ok:
                raise Forged("PayPal has no such certificate")
            self._certificates[url] = answer.body.decode("ascii", "replace")
        return self._certificates[url]

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str = ""
    ) -> dict[str, Any]:
        """With a fresh token where the old one is refused."""
        answer = self._send(method, path, body, key)
        if answer.status == 401 and Flaw.TOKEN_FOREVER not in self.terms.flaws:
            self._token = ""
            answer = self._send(method, path, body, key)
        return _read(answer)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, key: str) -> Answer:
        headers = {"Authorization": f"Bearer {self._signed_in()}", "Content-Type": "application/json",
                   "Prefer": "return=representation"}
        if key:
            headers["PayPal-Request-Id"] = key
        content = b"" if body is None else json.dumps(body).encode()
        url = self.terms.credentials["api_base"] + path
        return call(url, method, content, headers, timeout_s=self.terms.timeout_s)

    def _signed_in(self) -> str:
        if not self._token:
            known = self.terms.credentials
            basic = base64.b64encode(f"{known['client_id']}:{known['client_secret']}".encode()).decode()
            headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
            answer = call(f"{known['api_base']}/v1/oauth2/token", "POST", b"grant_type=client_credentials",
                          headers, timeout_s=self.terms.timeout_s)
            self._token = _read(answer)["access_token"]
        return self._token


def _read(answer: Answer) -> dict[str, Any]:
    document: dict[str, Any] = answer.json
    if answer.ok:
        return document
    issues = [each.get("issue", "") for each in document.get("details", ())]
    issue = next(iter(issues), "") or document.get("name", f"HTTP {answer.status}")
    if issue == "ORDER_ALREADY_CAPTURED":
        raise Done(issue)
    if answer.status == 409 or issue == IN_USE:
        raise Unheard(f"{issue}: our first request is still at work")
    raise Refused(issue)


def _found(order: Mapping[str, Any]) -> Found:
    try:
        unit = order["purchase_units"][0]
        native, amount = str(order["id"]), Decimal(unit["amount"]["value"])
        captures = (unit.get("payments") or {}).get("captures") or ()
        if captures:
            last = captures[-1]
            return Found(CAPTURES[last["status"]], native, amount, charge=last["id"])
        links = {each["rel"]: each["href"] for each in order.get("links", ())}
        closed = order["status"] == "VOIDED"
        pay_url = links.get("approve") or links.get("payer-action", "")
        return Found(State.CLOSED if closed else State.OPEN, native, amount, pay_url)
    except (KeyError, IndexError, TypeError, ArithmeticError) as error:
        raise Unheard(f"not an order: {error!r}") from None


def _told(event: Mapping[str, Any], about: Mapping[str, Any]) -> Told:
    kind, id = event["event_type"], event["id"]
    amount = about.get("amount") or {}
    value = Decimal(amount["value"]) if "value" in amount else None
    currency, order = amount.get("currency_code", ""), about.get("custom_id", "")
    related = ((about.get("supplementary_data") or {}).get("related_ids") or {}).get("order_id", "")
    if kind == "CHECKOUT.ORDER.APPROVED":
        unit = about["purchase_units"][0]
        return Told(id, "approval", unit.get("custom_id", ""), native=about["id"])
    if kind in ("PAYMENT.CAPTURE.REFUNDED", "PAYMENT.REFUND.PENDING", "PAYMENT.REFUND.FAILED"):
        return Told(id, "refund", "", amount=value, currency=currency, native=_capture_of(about),
                    refund=about["id"], status=_refund_status(about["status"]))
    if kind.startswith("PAYMENT.CAPTURE.") and about["status"] in CAPTURES:
        return Told(id, "payment", order, CAPTURES[about["status"]], value, currency, related, about["id"])
    if kind.startswith("CUSTOMER.DISPUTE."):
        bought = about["disputed_transactions"][0]
        return Told(id, "dispute", bought.get("custom", ""), native=bought.get("seller_transaction_id", ""),
                    status=about["status"])
    return Told(id, "", order)


def _capture_of(refund: Mapping[str, Any]) -> str:
    links = {each["rel"]: each["href"] for each in refund.get("links", ())}
    return str(links.get("up", "")).rpartition("/")[2]


def _refund_status(status: str) -> str:
    return {"COMPLETED": "done", "FAILED": "failed", "CANCELLED": "failed"}.get(status, "pending")
