"""Instant Payment Notification, older than webhooks: a form, posted back by its listener to be told VERIFIED.

https://developer.paypal.com/api/nvp-soap/ipn/IPNandPDTVariables/
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode

from paydouble.core.call import Merchant
from paydouble.core.clock import DAY, HOUR, MINUTE, SECOND, Duration
from paydouble.core.effect import Damage, KeyChoice, Seal
from paydouble.core.http import Headers, HttpRequest
from paydouble.core.notification import Endpoint, Event, Notification, RetrySchedule
from paydouble.core.work import Work
from paydouble.crypto.hmacs import same
from paydouble.providers.paypal.identifiers import transmission_id
from paydouble.providers.paypal.models import Order

IPN = "ipn"
SIGN, TRACK = "verify_sign", "ipn_track_id"
VALIDATE = "_notify-validate"
RETRIES = RetrySchedule(
    delays=(
        *(Duration(minutes * MINUTE) for minutes in (1, 2, 4, 8, 16, 32)),
        *(Duration(hours * HOUR) for hours in (1, 2, 4, 8)),
        *(Duration(12 * HOUR) for _ in range(4)),
        Duration(DAY),
    ),
    timeout=Duration(30 * SECOND),
)
"""Up to sixteen messages over some four days; the spacing is not published (unverified)."""

# fmt: off
STATUSES: Mapping[str, str] = {
    "PAYMENT.CAPTURE.COMPLETED":     "Completed",
    "PAYMENT.SALE.COMPLETED":        "Completed",
    "PAYMENT.CAPTURE.PENDING":       "Pending",
    "PAYMENT.SALE.PENDING":          "Pending",
    "PAYMENT.CAPTURE.DENIED":        "Denied",
    "PAYMENT.CAPTURE.DECLINED":      "Denied",
    "PAYMENT.SALE.DENIED":           "Denied",
    "PAYMENT.CAPTURE.REFUNDED":      "Refunded",
    "PAYMENT.SALE.REFUNDED":         "Refunded",
    "PAYMENT.AUTHORIZATION.CREATED": "Pending",
    "PAYMENT.AUTHORIZATION.VOIDED":  "Voided",
}
"""The events that are told this way too → `payment_status`."""
# fmt: on

_PACIFIC = timezone(timedelta(hours=-8))


async def endpoints(work: Work, event: Event, account_url: str) -> Sequence[Endpoint]:
    """Of the payment itself, as `notify_url`, else of the account."""
    if event.type not in STATUSES:
        return ()
    order = await work.get(Order, event.subject)
    asked = order.classic["transactions"][0] if order is not None and order.classic else {}
    url = str(asked.get("notify_url") or account_url)
    return [Endpoint(id=IPN, url=url, api=IPN)] if url else ()


def message(event: Event) -> bytes:
    """The form, yet without its signature."""
    resource: Mapping[str, Any] = event.body["resource"]  # type: ignore[assignment]
    amount = resource["amount"]
    back = STATUSES[event.type] == "Refunded"
    gross = str(amount.get("value") or amount["total"])
    fields = {
        "mc_gross": f"-{gross}" if back else gross,
        "mc_currency": str(amount.get("currency_code") or amount["currency"]),
        "payment_status": STATUSES[event.type],
        "payment_date": _pacific(event.created),
        "payment_type": "instant",
        "txn_id": str(resource["id"]),
        "txn_type": "" if back else _kind(resource),
        "parent_txn_id": _parent(resource) if back else "",
        "reason_code": "refund" if back else "",
        "pending_reason": _pending(event, resource),
        "mc_fee": _fee(resource),
        "custom": str(resource.get("custom_id") or resource.get("custom") or ""),
        "invoice": str(resource.get("invoice_id") or resource.get("invoice_number") or ""),
        "protection_eligibility": "Eligible",
        **{name: str(value) for name, value in _people(event).items()},
        "notify_version": "3.9", "charset": "UTF-8", "test_ipn": "1",
        TRACK: hashlib.sha256(event.id.encode()).hexdigest()[:13],
    }
    return urlencode({name: value for name, value in fields.items() if value}).encode()


def _kind(resource: Mapping[str, Any]) -> str:
    return "recurring_payment" if "billing_agreement_id" in resource else "express_checkout"


def _people(event: Event) -> Mapping[str, Any]:
    told = event.body.get("people")
    return told if isinstance(told, dict) else {}


def _parent(resource: Mapping[str, Any]) -> str:
    own = resource.get("sale_id") or resource.get("capture_id")
    ups = (link["href"].rpartition("/")[2] for link in resource.get("links", ()) if link["rel"] == "up")
    return str(own or next(ups, ""))


def _pending(event: Event, resource: Mapping[str, Any]) -> str:
    if event.type == "PAYMENT.AUTHORIZATION.CREATED":
        return "authorization"
    reason = resource.get("reason_code") or (resource.get("status_details") or {}).get("reason", "")
    return str(reason).lower() if STATUSES[event.type] == "Pending" else ""


def _fee(resource: Mapping[str, Any]) -> str:
    breakdown = resource.get("seller_receivable_breakdown") or {}
    fee = breakdown.get("paypal_fee") or resource.get("transaction_fee") or {}
    return str(fee.get("value", ""))


def _pacific(instant: int) -> str:
    """As in 08:00:00 Mar 01, 2026 PST."""
    return datetime.fromtimestamp(instant // 1_000, _PACIFIC).strftime("%H:%M:%S %b %d, %Y PST")


def request(owed: Notification, merchant: Merchant, with_: Seal) -> HttpRequest:
    """The form with its signature, which only PayPal can check: `is_genuine`."""
    foreign = with_.key is not KeyChoice.CURRENT or with_.damage in (Damage.CORRUPT, Damage.PROBE)
    sign = _sign(owed.payload, "somebody else" if foreign else merchant.secrets["client_secret"])
    signed = {} if with_.damage is Damage.MISSING else {SIGN: sign}
    fields = parse_qsl(owed.payload.decode(), keep_blank_values=True)
    if with_.damage is Damage.TAMPERED_BODY:
        fields = [(name, f"1{value}" if name == "mc_gross" else value) for name, value in fields]
    headers = (
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("User-Agent", "PayPal IPN ( https://www.paypal.com/ipn )"),
    )
    body = urlencode([*fields, *signed.items()]).encode()
    return HttpRequest(
        method="POST", target=owed.endpoint.url, headers=Headers(headers), body=body,
        id=transmission_id(with_.nonce),
    )


def is_genuine(fields: Mapping[str, str], merchant: Merchant) -> bool:
    """Whether a listener was told just this: every field, in its order."""
    told = urlencode([(name, value) for name, value in fields.items() if name not in ("cmd", SIGN)])
    return same(fields.get(SIGN, ""), _sign(told.encode(), merchant.secrets["client_secret"]))


def _sign(payload: bytes, secret: str) -> str:
    return "A" + hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()[:55]
