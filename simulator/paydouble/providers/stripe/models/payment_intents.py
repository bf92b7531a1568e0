"""PaymentIntent (https://docs.stripe.com/api/payment_intents/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import EMPTY, Json, order_ref

_CARD_OPTIONS: Json = {
    "installments": None,
    "mandate_options": None,
    "network": None,
    "request_three_d_secure": "automatic",
}
_NO_TIP: Json = {"tip": EMPTY}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentIntent(Record):
    """Amounts in minor units; status as the API shows it."""

    kind: ClassVar[str] = "stripe.payment_intent"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer", "ref")

    status: str = "requires_payment_method"
    merchant: str
    amount: int
    currency: str
    client_secret: str
    capture_method: str
    confirmation_method: str = "automatic"
    amount_capturable: int = 0
    amount_received: int = 0
    refunded: int = 0
    """What refunds took back: here, so that two refunds at once meet at this record."""
    disputed: int = 0
    """What chargebacks have taken, and not given back."""
    fee: int = 0
    application_fee_amount: int | None = None
    automatic_payment_methods: Json | None = None
    allowed_payment_method_types: tuple[str, ...] = ()
    excluded_payment_method_types: tuple[str, ...] = ()
    payment_method_types: tuple[str, ...] = ("card",)
    payment_method_options: Json = field(default_factory=dict)
    canceled_at: Instant | None = None
    cancellation_reason: str = ""
    customer: str = ""
    description: str = ""
    checkout: str = ""
    """The Checkout Session in which it was made."""
    invoice: str = ""
    """The invoice that it pays."""
    last_payment_error: Json | None = None
    latest_charge: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    next_action: Json | None = None
    action_expires: Instant | None = None
    """When the authentication that is asked for counts as failed."""
    return_url: str = ""
    """Where the payer comes back to after it."""
    payment_method: str = ""
    receipt_email: str = ""
    setup_future_usage: str = ""
    shipping: Json | None = None
    statement_descriptor: str = ""
    statement_descriptor_suffix: str = ""
    transfer_group: str = ""
    transfer_data: Json | None = None
    """Which connected account gets the money, and how much of it where that is not all."""
    on_behalf_of: str = ""
    review: str = ""
    application: str = ""
    """The platform's, where this belongs to a connected account."""

    @property
    def ref(self) -> str:
        return order_ref(self.metadata)

    @property
    def manual_capture(self) -> bool:
        card = self.payment_method_options.get("card") or EMPTY
        return self.capture_method == "manual" or card.get("capture_method") == "manual"

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "payment_intent",
            "allowed_payment_method_types": list(self.allowed_payment_method_types) or None,
            "amount": self.amount,
            "amount_capturable": self.amount_capturable,
            "amount_details": _NO_TIP,
            "amount_received": self.amount_received,
            "application": self.application or None,
            "application_fee_amount": self.application_fee_amount,
            "automatic_payment_methods": self.automatic_payment_methods,
            "canceled_at": None if self.canceled_at is None else self.canceled_at // 1_000,
            "cancellation_reason": self.cancellation_reason or None,
            "capture_method": self.capture_method,
            "client_secret": self.client_secret,
            "confirmation_method": self.confirmation_method,
            "created": self.created // 1_000,
            "currency": self.currency,
            "customer": self.customer or None,
            "customer_account": None,
            "description": self.description or None,
            "excluded_payment_method_types": list(self.excluded_payment_method_types) or None,
            "last_payment_error": self.last_payment_error,
            "latest_charge": self.latest_charge or None,
            "livemode": False,
            "managed_payments": None,
            "metadata": self.metadata,
            "next_action": self.next_action,
            "on_behalf_of": self.on_behalf_of or None,
            "payment_method": self.payment_method or None,
            "payment_method_configuration_details": None,
            "payment_method_options": self._options(),
            "payment_method_types": list(self.payment_method_types),
            "payment_record": None,
            "processing": {"type": "card"} if self.status == "processing" else None,
            "receipt_email": self.receipt_email or None,
            "review": self.review or None,
            "setup_future_usage": self.setup_future_usage or None,
            "shipping": self.shipping,
            "source": None,
            "statement_descriptor": self.statement_descriptor or None,
            "statement_descriptor_suffix": self.statement_descriptor_suffix or None,
            "status": self.status,
            "transfer_data": self.transfer_data,
            "transfer_group": self.transfer_group or None,
        }

    def _options(self) -> Json:
        """An option is shown only for the types of this PaymentIntent."""
        asked = self.payment_method_options
        options: dict[str, object] = {}
        if "card" in self.payment_method_types:
            given = asked.get("card")
            options["card"] = {**_CARD_OPTIONS, **given} if given else _CARD_OPTIONS
        if "link" in self.payment_method_types:
            options["link"] = {"persistent_token": None, **(asked.get("link") or EMPTY)}
        return options
