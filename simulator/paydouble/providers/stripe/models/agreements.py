"""Quote and SubscriptionSchedule.

https://docs.stripe.com/api/quotes/object, …/api/subscription_schedules/object
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.checkout import SoldItem
from paydouble.providers.stripe.models.shapes import Json


def _seconds(instant: Instant | None) -> int | None:
    return None if instant is None else instant // 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote(Record):
    """Status: draft, open, accepted, canceled."""

    kind: ClassVar[str] = "stripe.quote"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer")

    status: str = "draft"
    merchant: str
    currency: str
    expires_at: Instant
    items: tuple[SoldItem, ...]
    customer: str = ""
    collection_method: str = "charge_automatically"
    days_until_due: int | None = None
    description: str = ""
    discounts: tuple[str, ...] = ()
    footer: str = ""
    header: str = ""
    invoice: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    number: str = ""
    subscription: str = ""
    subscription_data: Json = field(default_factory=dict)
    test_clock: str = ""
    accepted_at: Instant | None = None
    canceled_at: Instant | None = None
    finalized_at: Instant | None = None

    def shown(self) -> dict[str, object]:
        """Without `line_items`, which are there only when they are expanded."""
        items = self.items
        totals = {
            "amount_discount": sum(item.amount_discount for item in items),
            "amount_shipping": 0,
            "amount_tax": sum(item.amount_tax for item in items),
        }
        return {
            "id": self.id,
            "object": "quote",
            "amount_subtotal": sum(item.amount_subtotal for item in items),
            "amount_total": sum(item.amount_total for item in items),
            "application": None,
            "application_fee_amount": None,
            "application_fee_percent": None,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "collection_method": self.collection_method,
            "computed": {
                "recurring": self._recurring(),
                "upfront": {
                    "amount_subtotal": sum(item.amount_subtotal for item in items),
                    "amount_total": sum(item.amount_total for item in items),
                    "total_details": totals,
                },
            },
            "created": self.created // 1_000,
            "currency": self.currency,
            "customer": self.customer or None,
            "customer_account": None,
            "default_tax_rates": [],
            "description": self.description or None,
            "discounts": list(self.discounts),
            "expires_at": self.expires_at // 1_000,
            "footer": self.footer or None,
            "from_quote": None,
            "header": self.header or None,
            "invoice": self.invoice or None,
            "invoice_settings": {
                "custom_fields": None,
                "days_until_due": self.days_until_due,
                "description": None,
                "footer": None,
                "issuer": {"type": "self"},
            },
            "livemode": False,
            **self._course(),
            "total_details": totals,
            "transfer_data": None,
        }

    def _course(self) -> Json:
        return {
            "metadata": self.metadata,
            "number": self.number or None,
            "on_behalf_of": None,
            "status": self.status,
            "status_transitions": {
                "accepted_at": _seconds(self.accepted_at),
                "canceled_at": _seconds(self.canceled_at),
                "finalized_at": _seconds(self.finalized_at),
            },
            "subscription": self.subscription or None,
            "subscription_data": {
                "billing_mode": {"type": "flexible"},
                "description": self.subscription_data.get("description"),
                "effective_date": None,
                "metadata": self.subscription_data.get("metadata"),
                "trial_period_days": self.subscription_data.get("trial_period_days"),
            },
            "subscription_schedule": None,
            "test_clock": self.test_clock or None,
        }

    def _recurring(self) -> Json | None:
        items = [item for item in self.items if item.recurring]
        if not items:
            return None
        recurring = items[0].price["recurring"]
        return {
            "amount_subtotal": sum(item.amount_subtotal for item in items),
            "amount_total": sum(item.amount_total for item in items),
            "interval": recurring["interval"],
            "interval_count": recurring["interval_count"],
            "total_details": {
                "amount_discount": sum(item.amount_discount for item in items),
                "amount_shipping": 0,
                "amount_tax": sum(item.amount_tax for item in items),
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What holds from one instant to another."""

    start: Instant
    end: Instant
    items: tuple[Json, ...]
    """Each with price, quantity and metadata."""
    currency: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    proration_behavior: str = "create_prorations"

    def shown(self) -> dict[str, object]:
        return {
            "add_invoice_items": [],
            "application_fee_percent": None,
            "billing_cycle_anchor": None,
            "billing_thresholds": None,
            "collection_method": None,
            "currency": self.currency,
            "default_payment_method": None,
            "default_tax_rates": [],
            "description": None,
            "discounts": [],
            "end_date": self.end // 1_000,
            "invoice_settings": None,
            "items": [
                {
                    "billing_thresholds": None,
                    "discounts": [],
                    "metadata": each.get("metadata") or {},
                    "plan": each["price"],
                    "price": each["price"],
                    "quantity": each.get("quantity", 1),
                    "tax_rates": [],
                }
                for each in self.items
            ],
            "metadata": self.metadata,
            "on_behalf_of": None,
            "proration_behavior": self.proration_behavior,
            "start_date": self.start // 1_000,
            "transfer_data": None,
            "trial_end": None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSchedule(Record):
    """Status: not_started, active, completed, released, canceled."""

    kind: ClassVar[str] = "stripe.subscription_schedule"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer")

    status: str = "not_started"
    merchant: str
    customer: str
    phases: tuple[Phase, ...]
    current: int = 0
    end_behavior: str = "release"
    metadata: Mapping[str, str] = field(default_factory=dict)
    subscription: str = ""
    released_subscription: str = ""
    test_clock: str = ""
    canceled_at: Instant | None = None
    completed_at: Instant | None = None
    released_at: Instant | None = None

    @property
    def phase(self) -> Phase:
        return self.phases[self.current]

    def shown(self) -> dict[str, object]:
        active = self.status == "active"
        return {
            "id": self.id,
            "object": "subscription_schedule",
            "application": None,
            "billing_mode": {"type": "flexible"},
            "canceled_at": _seconds(self.canceled_at),
            "completed_at": _seconds(self.completed_at),
            "created": self.created // 1_000,
            "current_phase": {"end_date": self.phase.end // 1_000, "start_date": self.phase.start // 1_000}
            if active
            else None,
            "customer": self.customer,
            "customer_account": None,
            "default_settings": {
                "application_fee_percent": None,
                "billing_cycle_anchor": "automatic",
                "billing_thresholds": None,
                "collection_method": "charge_automatically",
                "default_payment_method": None,
                "description": None,
                "invoice_settings": {
                    "account_tax_ids": None,
                    "custom_fields": None,
                    "days_until_due": None,
                    "description": None,
                    "footer": None,
                    "issuer": {"type": "self"},
                },
                "on_behalf_of": None,
                "transfer_data": None,
            },
            "end_behavior": self.end_behavior,
            "livemode": False,
            "metadata": self.metadata,
            "pause_schedules": [],
            "phases": [each.shown() for each in self.phases],
            "released_at": _seconds(self.released_at),
            "released_subscription": self.released_subscription or None,
            "status": self.status,
            "subscription": self.subscription or None,
            "test_clock": self.test_clock or None,
        }
