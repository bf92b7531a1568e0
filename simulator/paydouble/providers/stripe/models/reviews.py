"""Review (https://docs.stripe.com/api/radar/reviews/object): a payment that somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import intent_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Record):
    """Status: open, closed."""

    kind: ClassVar[str] = "stripe.review"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    status: str = "open"
    merchant: str
    charge: str
    payment_intent: str
    closed_reason: str = ""

    def shown(self) -> dict[str, object]:
        intent = intent_shown(self.payment_intent)
        return {
            "id": self.id,
            "object": "review",
            "billing_zip": None,
            "charge": self.charge,
            "closed_reason": self.closed_reason or None,
            "created": self.created // 1_000,
            "ip_address": None,
            "ip_address_location": None,
            "livemode": False,
            "open": self.status == "open",
            "opened_reason": "rule",
            **({"payment_intent": intent} if intent else {}),
            "reason": self.closed_reason or "rule",
            "session": None,
        }
