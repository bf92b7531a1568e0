"""SetupIntent, SetupAttempt and Mandate (https://docs.stripe.com/api/setup_intents/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import EMPTY, Json

_CARD_OPTIONS: Json = {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupIntent(Record):
    """Status as the API shows it."""

    kind: ClassVar[str] = "stripe.setup_intent"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer", "payment_method")

    status: str = "requires_payment_method"
    merchant: str
    client_secret: str
    checkout: str = ""
    """The Checkout Session in which it was made."""
    attach_to_self: bool | None = None
    automatic_payment_methods: Json | None = None
    allowed_payment_method_types: tuple[str, ...] = ()
    excluded_payment_method_types: tuple[str, ...] = ()
    payment_method_types: tuple[str, ...] = ("card",)
    payment_method_options: Json = field(default_factory=dict)
    cancellation_reason: str = ""
    customer: str = ""
    description: str = ""
    flow_directions: tuple[str, ...] = ()
    last_setup_error: Json | None = None
    latest_attempt: str = ""
    mandate: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    next_action: Json | None = None
    action_expires: Instant | None = None
    """When the authentication that is asked for counts as failed."""
    return_url: str = ""
    """Where the payer comes back to after it."""
    on_behalf_of: str = ""
    payment_method: str = ""
    single_use_mandate: str = ""
    usage: str = "off_session"

    def shown(self) -> dict[str, object]:
        shape: dict[str, object] = {
            "id": self.id,
            "object": "setup_intent",
            "allowed_payment_method_types": list(self.allowed_payment_method_types) or None,
            "application": None,
            "automatic_payment_methods": self.automatic_payment_methods,
            "cancellation_reason": self.cancellation_reason or None,
            "client_secret": self.client_secret,
            "created": self.created // 1_000,
            "customer": self.customer or None,
            "customer_account": None,
            "description": self.description or None,
            "excluded_payment_method_types": list(self.excluded_payment_method_types) or None,
            "flow_directions": list(self.flow_directions) or None,
            "last_setup_error": self.last_setup_error,
            "latest_attempt": self.latest_attempt or None,
            "livemode": False,
            "managed_payments": None,
            "mandate": self.mandate or None,
            "metadata": self.metadata,
            "next_action": self.next_action,
            "on_behalf_of": self.on_behalf_of or None,
            "payment_method": self.payment_method or None,
            "payment_method_configuration_details": None,
            "payment_method_options": self._options(),
            "payment_method_types": list(self.payment_method_types),
            "single_use_mandate": self.single_use_mandate or None,
            "status": self.status,
            "usage": self.usage,
        }
        if self.attach_to_self is not None:
            shape["attach_to_self"] = self.attach_to_self
        return shape

    def _options(self) -> Json:
        if "card" not in self.payment_method_types:
            return EMPTY
        return {"card": {**_CARD_OPTIONS, **(self.payment_method_options.get("card") or EMPTY)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupAttempt(Record):
    """One confirmation of a SetupIntent. Status: requires_action, succeeded, failed, abandoned."""

    kind: ClassVar[str] = "stripe.setup_attempt"
    indexes: ClassVar[tuple[str, ...]] = ("setup_intent",)

    merchant: str
    setup_intent: str
    payment_method: str
    payment_method_details: Json
    customer: str = ""
    flow_directions: tuple[str, ...] = ()
    on_behalf_of: str = ""
    setup_error: Json | None = None
    usage: str = "off_session"

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "setup_attempt",
            "application": None,
            "created": self.created // 1_000,
            "customer": self.customer or None,
            "customer_account": None,
            "flow_directions": list(self.flow_directions) or None,
            "livemode": False,
            "on_behalf_of": self.on_behalf_of or None,
            "payment_method": self.payment_method,
            "payment_method_details": self.payment_method_details,
            "setup_error": self.setup_error,
            "setup_intent": self.setup_intent,
            "status": self.status,
            "usage": self.usage,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate(Record):
    """The payer's permission to debit. Status: active, inactive, pending."""

    kind: ClassVar[str] = "stripe.mandate"
    indexes: ClassVar[tuple[str, ...]] = ("payment_method",)

    status: str = "active"
    merchant: str
    payment_method: str
    method_type: str
    acceptance: Json
    single_use: Json | None = None
    """Amount and currency, of a mandate for one payment only."""
    reference: str = ""

    def shown(self) -> dict[str, object]:
        type = "single_use" if self.single_use else "multi_use"
        return {
            "id": self.id,
            "object": "mandate",
            "customer_acceptance": self.acceptance,
            "livemode": False,
            "payment_method": self.payment_method,
            "payment_method_details": {self.method_type: self._details(), "type": self.method_type},
            "status": self.status,
            "type": type,
            type: self.single_use or EMPTY,
        }

    def _details(self) -> Json:
        if self.method_type != "sepa_debit":
            return EMPTY
        return {"reference": self.reference, "url": f"https://hooks.stripe.com/adapter/sepa_debit/file/{self.id}"}
