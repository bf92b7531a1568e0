"""PaymentMethod (https://docs.stripe.com/api/payment_methods/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.record import Record
from paydouble.providers.stripe.instruments import card_numbered
from paydouble.providers.stripe.models.shapes import EMPTY, NOBODY, Json
from paydouble.providers.stripe.test_banks import SEPA, US
from paydouble.providers.stripe.test_values import Card

_BANK_NAME = "STRIPE TEST BANK"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod(Record):
    """Of any type; `number` is that of a test card, or of a test bank account."""

    kind: ClassVar[str] = "stripe.payment_method"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "customer")

    merchant: str
    type: str = "card"
    number: str = ""
    exp_month: int = 0
    exp_year: int = 0
    fingerprint: str = ""
    cvc_given: bool = False
    billing_details: Json = field(default_factory=lambda: NOBODY)
    bank: Json = field(default_factory=dict)
    """Of a bank account: account_holder_type, account_type, routing_number."""
    customer: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    allow_redisplay: str = "unspecified"
    spent: bool = False
    """Charged without a customer, or detached: of no further use."""
    set_up: bool = False
    """The cardholder has authenticated it for later use."""
    mandate: str = ""
    """By which the payer allows debits."""

    @property
    def card(self) -> Card:
        return card_numbered(self.number)

    @property
    def checks(self) -> Json:
        card, whereabouts = self.card, self.billing_details["address"] or EMPTY
        return {
            "address_line1_check": card.line1_check if whereabouts.get("line1") else None,
            "address_postal_code_check": card.postal_code_check if whereabouts.get("postal_code") else None,
            "cvc_check": card.cvc_check if self.cvc_given else None,
        }

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": self.allow_redisplay,
            "billing_details": self.billing_details,
            "created": self.created // 1_000,
            "customer": self.customer or None,
            "customer_account": None,
            "livemode": False,
            "metadata": self.metadata,
            "type": self.type,
            self.type: self.details(),
        }

    def details(self) -> Json:
        """The member that is called after the type."""
        if self.type == "card":
            return self._card_shown()
        if self.type == US:
            return self._us_bank_account_shown()
        if self.type == "boleto":
            return {"tax_id": self.billing_details["tax_id"] or ""}
        return self._sepa_debit_shown() if self.type == SEPA else EMPTY

    def _card_shown(self) -> Json:
        card = self.card
        return {
            "brand": card.brand,
            "checks": self.checks,
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": self.exp_month,
            "exp_year": self.exp_year,
            "fingerprint": self.fingerprint,
            "funding": card.funding,
            "generated_from": None,
            "last4": card.number[-4:],
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        }

    def _us_bank_account_shown(self) -> Json:
        return {
            "account_holder_type": self.bank.get("account_holder_type", "individual"),
            "account_type": self.bank.get("account_type", "checking"),
            "bank_name": _BANK_NAME,
            "financial_connections_account": None,
            "fingerprint": self.fingerprint,
            "last4": self.number[-4:],
            "networks": {"preferred": "ach", "supported": ["ach"]},
            "routing_number": self.bank.get("routing_number"),
            "status_details": None,
        }

    def _sepa_debit_shown(self) -> Json:
        return {
            "bank_code": self.number[4:12],
            "branch_code": None,
            "country": self.number[:2],
            "fingerprint": self.fingerprint,
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": self.number[-4:],
        }
