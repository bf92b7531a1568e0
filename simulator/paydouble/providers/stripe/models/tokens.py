"""Token and ConfirmationToken (https://docs.stripe.com/api/tokens/object, …/confirmation_tokens/object)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.instruments import card_numbered
from paydouble.providers.stripe.models.payment_methods import PaymentMethod
from paydouble.providers.stripe.models.shapes import EMPTY, Json

LEGACY_BRANDS = {
    "visa": "Visa", "mastercard": "MasterCard", "amex": "American Express", "discover": "Discover",
    "diners": "Diners Club", "jcb": "JCB", "unionpay": "UnionPay",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Token(Record):
    """Of a card, a bank account, or data that nobody looks into. It can be used once."""

    kind: ClassVar[str] = "stripe.token"

    merchant: str
    type: str
    used: bool = False
    number: str = ""
    exp_month: int = 0
    exp_year: int = 0
    cvc_given: bool = False
    name: str = ""
    address: Json = field(default_factory=dict)
    fingerprint: str = ""
    object_id: str = ""
    """Of the card or bank account inside."""
    bank: Json = field(default_factory=dict)

    def shown(self) -> dict[str, object]:
        shape: dict[str, object] = {
            "id": self.id,
            "object": "token",
            "client_ip": None,
            "created": self.created // 1_000,
            "livemode": False,
            "type": self.type,
            "used": self.used,
        }
        if self.type == "card":
            shape["card"] = self._card_shown()
        if self.type == "bank_account":
            shape["bank_account"] = self._bank_shown()
        return shape

    def _card_shown(self) -> Json:
        card = card_numbered(self.number)
        at = self.address
        return {
            "id": self.object_id,
            "object": "card",
            "address_city": at.get("city"),
            "address_country": at.get("country"),
            "address_line1": at.get("line1"),
            "address_line1_check": "unchecked" if at.get("line1") else None,
            "address_line2": at.get("line2"),
            "address_state": at.get("state"),
            "address_zip": at.get("postal_code"),
            "address_zip_check": "unchecked" if at.get("postal_code") else None,
            "brand": LEGACY_BRANDS.get(card.brand, "Unknown"),
            "country": card.country,
            "cvc_check": "unchecked" if self.cvc_given else None,
            "dynamic_last4": None,
            "exp_month": self.exp_month,
            "exp_year": self.exp_year,
            "fingerprint": self.fingerprint,
            "funding": card.funding,
            "last4": card.number[-4:],
            "metadata": EMPTY,
            "name": self.name or None,
            "networks": {"preferred": None},
            "regulated_status": "unregulated",
            "tokenization_method": None,
        }

    def _bank_shown(self) -> Json:
        given = self.bank
        return {
            "id": self.object_id,
            "object": "bank_account",
            "account_holder_name": given.get("account_holder_name"),
            "account_holder_type": given.get("account_holder_type"),
            "account_type": given.get("account_type"),
            "bank_name": "STRIPE TEST BANK",
            "country": given.get("country"),
            "currency": given.get("currency"),
            "fingerprint": self.fingerprint,
            "last4": self.number[-4:],
            "routing_number": given.get("routing_number"),
            "status": "new",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationToken(Record):
    """What a payer chose in a client, until a confirmation takes it over."""

    kind: ClassVar[str] = "stripe.confirmation_token"

    merchant: str
    expires: Instant
    method: PaymentMethod
    """Not an object of its own yet."""
    payment_intent: str = ""
    setup_intent: str = ""
    payment_method_options: Json | None = None
    return_url: str = ""
    setup_future_usage: str = ""
    shipping: Json | None = None

    @property
    def used(self) -> bool:
        return bool(self.payment_intent or self.setup_intent)

    def shown(self) -> dict[str, object]:
        preview = {
            name: value
            for name, value in self.method.shown().items()
            if name not in ("id", "object", "created", "livemode", "metadata")
        }
        where = self.shipping and {name: self.shipping[name] for name in ("address", "name", "phone")}
        return {
            "id": self.id,
            "object": "confirmation_token",
            "created": self.created // 1_000,
            "expires_at": None if self.used else self.expires // 1_000,
            "livemode": False,
            "mandate_data": None,
            "payment_intent": self.payment_intent or None,
            "payment_method_options": self.payment_method_options,
            "payment_method_preview": preview,
            "return_url": self.return_url or None,
            "setup_future_usage": self.setup_future_usage or None,
            "setup_intent": self.setup_intent or None,
            "shipping": where,
            "use_stripe_sdk": False,
        }
