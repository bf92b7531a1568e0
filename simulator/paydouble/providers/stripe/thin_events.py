"""Events as API v2 tells them: what happened to which object, without the object (https://docs.stripe.com/event-destinations)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from paydouble.core.notification import Event
from paydouble.providers.stripe.events import request_id
from paydouble.providers.stripe.models.event_destinations import THIN_PREFIX, iso

THIN = "v2"
"""The version of an endpoint that is told so."""
PING = "v2.core.event_destination.ping"
_SNAPSHOT_ID, _THIN_ID = "evt_", "evt_test_"

# fmt: off
_PATHS: Mapping[str, str] = MappingProxyType({
    "account": "/v1/accounts", "application_fee": "/v1/application_fees", "charge": "/v1/charges",
    "checkout.session": "/v1/checkout/sessions", "coupon": "/v1/coupons", "customer": "/v1/customers",
    "dispute": "/v1/disputes", "file": "/v1/files", "invoice": "/v1/invoices",
    "invoiceitem": "/v1/invoiceitems", "mandate": "/v1/mandates", "payment_intent": "/v1/payment_intents",
    "payment_link": "/v1/payment_links", "payment_method": "/v1/payment_methods", "payout": "/v1/payouts",
    "price": "/v1/prices", "product": "/v1/products", "promotion_code": "/v1/promotion_codes",
    "radar.early_fraud_warning": "/v1/radar/early_fraud_warnings", "refund": "/v1/refunds",
    "review": "/v1/reviews", "setup_intent": "/v1/setup_intents", "source": "/v1/sources",
    "subscription": "/v1/subscriptions", "subscription_schedule": "/v1/subscription_schedules",
    "tax_rate": "/v1/tax_rates", "test_helpers.test_clock": "/v1/test_helpers/test_clocks",
    "transfer": "/v1/transfers", "v2.core.event_destination": "/v2/core/event_destinations",
})
# fmt: on


def thin_id(snapshot: str) -> str:
    """Each event has one id in each of the two APIs."""
    return _THIN_ID + snapshot.removeprefix(_SNAPSHOT_ID)


def snapshot_id(thin: str) -> str:
    return _SNAPSHOT_ID + thin.removeprefix(_THIN_ID)


def thin_type(event: Event) -> str:
    return event.type if event.type.startswith("v2.") else THIN_PREFIX + event.type


def thin_shown(event: Event) -> dict[str, object]:
    """As it is sent, and as it is fetched."""
    shape: dict[str, object] = {
        "id": thin_id(event.id),
        "object": "v2.core.event",
        "created": iso(event.created),
        "livemode": False,
        "reason": _reason(event),
        "type": thin_type(event),
    }
    if event.account:
        shape["context"] = event.account
    if not event.type.startswith("v2."):
        shape["snapshot_event"] = event.id
    kind, id = str(event.body.get("object", "")), event.body.get("id")
    if kind in _PATHS and id:
        shape["related_object"] = {"id": id, "type": kind, "url": f"{_PATHS[kind]}/{id}"}
    return {name: value for name, value in shape.items() if value is not None}


def _reason(event: Event) -> dict[str, object] | None:
    """None where no call was the cause."""
    cause = event.cause
    if not cause.get("request"):
        return None
    request = {"id": request_id(cause["request"]), "idempotency_key": cause.get("idempotency_key") or ""}
    return {"type": "request", "request": request}
