"""CheckoutSession and PaymentLink, with the items that are sold (https://docs.stripe.com/api/checkout/sessions/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldItem:
    """One line of a checkout; amounts in minor units."""

    id: str
    price: Json
    product: str
    description: str
    quantity: int
    currency: str
    amount_subtotal: int
    amount_discount: int = 0
    amount_tax: int = 0
    amount_total: int = 0
    adjustable_quantity: Json | None = None
    discount_amounts: tuple[Json, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    taxes: tuple[Json, ...] = ()
    tax_rates: tuple[Json, ...] = ()

    @property
    def recurring(self) -> bool:
        return self.price["recurring"] is not None

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "item",
            "adjustable_quantity": self.adjustable_quantity,
            "amount_discount": self.amount_discount,
            "amount_subtotal": self.amount_subtotal,
            "amount_tax": self.amount_tax,
            "amount_total": self.amount_total,
            "currency": self.currency,
            "description": self.description,
            "metadata": self.metadata,
            "price": self.price,
            "quantity": self.quantity,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutSession(Record):
    """Status: open, complete, expired."""

    kind: ClassVar[str] = "stripe.checkout_session"
    indexes: ClassVar[tuple[str, ...]] = (
        "merchant", "customer", "payment_intent", "subscription", "payment_link",
    )

    status: str = "open"
    merchant: str
    mode: str
    expires_at: Instant
    url: str
    payment_status: str = "unpaid"
    items: tuple[SoldItem, ...] = ()
    allow_promotion_codes: bool | None = None
    attempted: str = ""
    """The PaymentIntent or SetupIntent that is under way, before the session has it."""
    base_url: str = ""
    billing_address_collection: str = ""
    cancel_url: str = ""
    client_reference_id: str = ""
    client_secret: str = ""
    currency: str = ""
    customer: str = ""
    customer_creation: str = ""
    customer_details: Json | None = None
    customer_email: str = ""
    custom_fields: tuple[Json, ...] = ()
    discounts: tuple[Json, ...] = ()
    """As they were asked for: by coupon or promotion code."""
    discount_ids: tuple[str, ...] = ()
    integration_identifier: str = ""
    invoice: str = ""
    last_error: str = ""
    """What the payer was told when the last attempt was refused."""
    locale: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    payment_intent: str = ""
    payment_intent_data: Json = field(default_factory=dict)
    payment_link: str = ""
    payment_method_collection: str = ""
    payment_method_types: tuple[str, ...] = ("card",)
    allowed_payment_method_types: tuple[str, ...] = ()
    phone_number_collection: bool = False
    redirect_on_completion: str = ""
    return_url: str = ""
    setup_intent: str = ""
    setup_intent_data: Json = field(default_factory=dict)
    submit_type: str = ""
    subscription: str = ""
    subscription_data: Json = field(default_factory=dict)
    success_url: str = ""
    ui_mode: str = "hosted_page"

    @property
    def amount_total(self) -> int:
        return sum(item.amount_total for item in self.items)

    @property
    def hosted(self) -> bool:
        return self.ui_mode == "hosted_page"

    def shown(self) -> dict[str, object]:
        """Without `line_items`, which are there only when they are expanded."""
        sells = self.mode != "setup"
        items = self.items
        return {
            "id": self.id,
            "object": "checkout.session",
            "adaptive_pricing": {"enabled": False} if sells else None,
            "after_expiration": None,
            "allow_promotion_codes": self.allow_promotion_codes,
            "allowed_payment_method_types": list(self.allowed_payment_method_types) or None,
            "amount_subtotal": sum(item.amount_subtotal for item in items) if sells else None,
            "amount_total": self.amount_total if sells else None,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "billing_address_collection": self.billing_address_collection or None,
            "cancel_url": self.cancel_url or None,
            "client_reference_id": self.client_reference_id or None,
            "client_secret": self.client_secret or None,
            "collected_information": None,
            "consent": None,
            "consent_collection": None,
            "created": self.created // 1_000,
            "currency": self.currency or None,
            "currency_conversion": None,
            "custom_fields": list(self.custom_fields),
            "custom_text": dict.fromkeys(
                ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
            ),
            "customer": self.customer or None,
            "customer_account": None,
            "customer_creation": self.customer_creation or None,
            "customer_details": self.customer_details,
            "customer_email": self.customer_email or None,
            "discounts": list(self.discounts) if sells else None,
            "expires_at": self.expires_at // 1_000,
            "integration_identifier": self.integration_identifier or None,
            **self._made(),
        }

    def _made(self) -> Json:
        sells = self.mode != "setup"
        return {
            "invoice": self.invoice or None,
            "invoice_creation": None if self.mode != "payment" else {
                "enabled": False,
                "invoice_data": {
                    "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
                    "issuer": None, "metadata": {}, "rendering_options": None,
                },
            },
            "livemode": False,
            "locale": self.locale or None,
            "metadata": self.metadata,
            "mode": self.mode,
            "origin_context": None,
            "payment_intent": self.payment_intent or None,
            "payment_link": self.payment_link or None,
            "payment_method_collection": self.payment_method_collection or None,
            "payment_method_configuration_details": None,
            "payment_method_options": {},
            "payment_method_types": list(self.payment_method_types),
            "payment_status": self.payment_status,
            "permissions": None,
            "phone_number_collection": {"enabled": self.phone_number_collection},
            "recovered_from": None,
            **({} if self.hosted else {"redirect_on_completion": self.redirect_on_completion or "always"}),
            **({} if self.hosted else {"return_url": self.return_url or None}),
            "saved_payment_method_options": None,
            "setup_intent": self.setup_intent or None,
            "shipping_address_collection": None,
            "shipping_cost": None,
            "shipping_options": [],
            "status": self.status,
            "submit_type": self.submit_type or None,
            "subscription": self.subscription or None,
            "success_url": self.success_url or None,
            "total_details": None if not sells else {
                "amount_discount": sum(item.amount_discount for item in self.items), "amount_shipping": 0,
                "amount_tax": sum(item.amount_tax for item in self.items),
            },
            "ui_mode": self.ui_mode,
            "url": self.url if self.hosted and self.status == "open" else None,
            "wallet_options": None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLink(Record):
    """A template for sessions. Status: active, inactive."""

    kind: ClassVar[str] = "stripe.payment_link"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    status: str = "active"
    merchant: str
    currency: str
    items: tuple[SoldItem, ...]
    url: str
    template: Json = field(default_factory=dict)
    """The params of the sessions that it makes."""
    after_completion: Json = field(default_factory=dict)
    inactive_message: str = ""
    completed: int = 0
    limit: int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        return self.status == "active"

    @property
    def mode(self) -> str:
        return "subscription" if any(item.recurring for item in self.items) else "payment"

    def shown(self) -> dict[str, object]:
        """Without `line_items`, which are there only when they are expanded."""
        template = self.template
        return {
            "id": self.id,
            "object": "payment_link",
            "active": self.active,
            "after_completion": self.after_completion,
            "allow_promotion_codes": template.get("allow_promotion_codes", False),
            "application": None,
            "application_fee_amount": None,
            "application_fee_percent": None,
            "automatic_tax": {"enabled": False, "liability": None},
            "billing_address_collection": template.get("billing_address_collection", "auto"),
            "consent_collection": None,
            "currency": self.currency,
            "custom_fields": [],
            "custom_text": dict.fromkeys(
                ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
            ),
            "customer_creation": template.get("customer_creation", "if_required"),
            "inactive_message": self.inactive_message or None,
            "invoice_creation": None,
            "livemode": False,
            "metadata": self.metadata,
            "on_behalf_of": None,
            "payment_intent_data": None,
            "payment_method_collection": template.get("payment_method_collection", "always"),
            "payment_method_types": template.get("payment_method_types"),
            "phone_number_collection": {"enabled": False},
            "restrictions": None if self.limit is None else {
                "completed_sessions": {"count": self.completed, "limit": self.limit}
            },
            "shipping_address_collection": None,
            "shipping_options": [],
            "submit_type": template.get("submit_type", "auto"),
            "subscription_data": None,
            "tax_id_collection": {"enabled": False, "required": "never"},
            "transfer_data": None,
            "url": self.url,
        }
