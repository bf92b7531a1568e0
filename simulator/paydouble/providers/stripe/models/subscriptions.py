"""Subscription and its items (https://docs.stripe.com/api/subscriptions/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import EMPTY, Json

ENDED = ("canceled", "incomplete_expired")


def _seconds(instant: Instant | None) -> int | None:
    return None if instant is None else instant // 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of the things that are subscribed to, with its price and plan as they are shown."""

    id: str
    created: Instant
    price: Json
    plan: Json
    quantity: int = 1
    discounts: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    tax_rates: tuple[Json, ...] = ()

    @property
    def price_id(self) -> str:
        return str(self.price["id"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPlace(Record):
    """By an item's id: the subscription it is in."""

    kind: ClassVar[str] = "stripe.subscription_item"

    merchant: str
    subscription: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Record):
    """Status as the API shows it. All items renew together."""

    kind: ClassVar[str] = "stripe.subscription"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer", "test_clock", "schedule")

    status: str = "incomplete"
    merchant: str
    customer: str
    currency: str
    items: tuple[Item, ...]
    billing_cycle_anchor: Instant
    period_end: Instant
    period_start: Instant
    start_date: Instant
    application_fee_percent: float | None = None
    base_url: str = ""
    """Of the simulator, as its merchant called it: for the pages of its invoices."""
    billing_mode: str = "flexible"
    cancel_at: Instant | None = None
    cancel_at_period_end: bool = False
    canceled_at: Instant | None = None
    cancellation_comment: str = ""
    cancellation_feedback: str = ""
    cancellation_reason: str = ""
    collection_method: str = "charge_automatically"
    days_until_due: int | None = None
    default_payment_method: str = ""
    default_tax_rates: tuple[Json, ...] = ()
    description: str = ""
    discounts: tuple[str, ...] = ()
    ended_at: Instant | None = None
    latest_invoice: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    missing_payment_method: str = "create_invoice"
    """What the end of a trial does where there is nothing to charge."""
    on_behalf_of: str = ""
    pause_collection: Json | None = None
    payment_settings: Json = field(default_factory=dict)
    pending_setup_intent: str = ""
    schedule: str = ""
    test_clock: str = ""
    transfer_data: Json | None = None
    trial_end: Instant | None = None
    trial_start: Instant | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def interval(self) -> tuple[str, int]:
        recurring = self.items[0].price["recurring"]
        return str(recurring["interval"]), int(recurring["interval_count"])

    def item_shown(self, item: Item) -> dict[str, object]:
        return {
            "id": item.id,
            "object": "subscription_item",
            "billing_thresholds": None,
            "created": item.created // 1_000,
            "current_period_end": self.period_end // 1_000,
            "current_period_start": self.period_start // 1_000,
            "current_trial": None,
            "discounts": list(item.discounts),
            "metadata": item.metadata,
            "plan": item.plan,
            "price": item.price,
            "quantity": item.quantity,
            "subscription": self.id,
            "tax_rates": list(item.tax_rates),
        }

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "subscription",
            "application": None,
            "application_fee_percent": self.application_fee_percent,
            "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
            "billing_cycle_anchor": self.billing_cycle_anchor // 1_000,
            "billing_cycle_anchor_config": None,
            "billing_mode": {
                "flexible": {"proration_discounts": "included"} if self.billing_mode == "flexible" else None,
                "type": self.billing_mode,
            },
            "billing_schedules": [],
            "billing_thresholds": None,
            "cancel_at": _seconds(self.cancel_at),
            "cancel_at_period_end": self.cancel_at_period_end,
            "canceled_at": _seconds(self.canceled_at),
            "cancellation_details": {
                "comment": self.cancellation_comment or None,
                "feedback": self.cancellation_feedback or None,
                "reason": self.cancellation_reason or None,
            },
            "collection_method": self.collection_method,
            "created": self.created // 1_000,
            "currency": self.currency,
            "customer": self.customer,
            "customer_account": None,
            "days_until_due": self.days_until_due,
            "default_payment_method": self.default_payment_method or None,
            "default_source": None,
            "default_tax_rates": list(self.default_tax_rates),
            "description": self.description or None,
            "discounts": list(self.discounts),
            "ended_at": _seconds(self.ended_at),
            "invoice_settings": {
                "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
                "issuer": {"type": "self"},
            },
            "items": self._items(),
            "latest_invoice": self.latest_invoice or None,
            "livemode": False,
            "managed_payments": None,
            "metadata": self.metadata,
            "next_pending_invoice_item_invoice": None,
            "on_behalf_of": self.on_behalf_of or None,
            "pause_collection": self.pause_collection,
            **self._payment(),
        }

    def _items(self) -> Json:
        return {
            "object": "list",
            "data": [self.item_shown(item) for item in self.items],
            "has_more": False,
            "total_count": len(self.items),
            "url": f"/v1/subscription_items?subscription={self.id}",
        }

    def _payment(self) -> Json:
        settings = self.payment_settings or EMPTY
        return {
            "payment_settings": {
                "payment_method_options": settings.get("payment_method_options") or None,
                "payment_method_types": settings.get("payment_method_types") or None,
                "save_default_payment_method": settings.get("save_default_payment_method") or "off",
            },
            "pending_invoice_item_interval": None,
            "pending_setup_intent": self.pending_setup_intent or None,
            "pending_update": None,
            "schedule": self.schedule or None,
            "start_date": self.start_date // 1_000,
            "status": self.status,
            "test_clock": self.test_clock or None,
            "transfer_data": self.transfer_data,
            "trial_end": _seconds(self.trial_end),
            "trial_settings": {"end_behavior": {"missing_payment_method": self.missing_payment_method}},
            "trial_start": _seconds(self.trial_start),
        }
