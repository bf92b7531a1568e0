"""Dispute and EarlyFraudWarning (https://docs.stripe.com/api/disputes/object)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.balance import BalanceTransaction
from paydouble.providers.stripe.models.shapes import EMPTY, Json, intent_shown

EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation",
    "duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt", "refund_policy",
    "refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation",
    "shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation",
    "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute(Record):
    """Amounts in minor units; status as the API shows it. An inquiry is one whose status is a warning."""

    kind: ClassVar[str] = "stripe.dispute"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "charge", "payment_intent")

    merchant: str
    amount: int
    currency: str
    charge: str
    payment_intent: str
    reason: str
    brand: str
    """Of the card; empty where it was none."""
    network_reason_code: str
    due_by: Instant
    ref: str = ""
    """The merchant's order number of the payment."""
    fee: int = 0
    """Taken with a chargeback, given back with a victory."""
    transactions: tuple[BalanceTransaction, ...] = ()
    evidence: Json = field(default_factory=dict)
    submissions: int = 0
    past_due: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def inquiry(self) -> bool:
        return self.status.startswith("warning_")

    def shown(self) -> dict[str, object]:
        shape: dict[str, object] = {
            "id": self.id,
            "object": "dispute",
            "amount": self.amount,
            "balance_transactions": [each.shown(each.available_on) for each in self.transactions],
            "charge": self.charge,
            "created": self.created // 1_000,
            "currency": self.currency,
            "enhanced_eligibility_types": [],
            "evidence": {
                **{name: self.evidence.get(name) or None for name in EVIDENCE}, "enhanced_evidence": EMPTY,
            },
            "evidence_details": {
                "due_by": self.due_by // 1_000,
                "enhanced_eligibility": EMPTY,
                "has_evidence": any(self.evidence.values()),
                "past_due": self.past_due,
                "submission_count": self.submissions,
            },
            "intended_submission_method": None,
            "is_charge_refundable": self.inquiry and self.status != "warning_closed",
            "livemode": False,
            "metadata": self.metadata,
            "payment_intent": intent_shown(self.payment_intent),
            "reason": self.reason,
            "status": self.status,
        }
        if self.brand:
            shape["payment_method_details"] = {"card": self._card_shown(), "type": "card"}
        return shape

    def _card_shown(self) -> Json:
        return {
            "brand": self.brand, "case_type": "inquiry" if self.inquiry else "chargeback",
            "network_reason_code": self.network_reason_code,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyFraudWarning(Record):
    """An issuer's report, before anybody disputes."""

    kind: ClassVar[str] = "stripe.early_fraud_warning"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "charge", "payment_intent")

    merchant: str
    charge: str
    payment_intent: str
    actionable: bool = True
    fraud_type: str = "made_with_stolen_card"

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "radar.early_fraud_warning",
            "actionable": self.actionable,
            "charge": self.charge,
            "created": self.created // 1_000,
            "fraud_type": self.fraud_type,
            "livemode": False,
            **({"payment_intent": shown} if (shown := intent_shown(self.payment_intent)) else {}),
        }
