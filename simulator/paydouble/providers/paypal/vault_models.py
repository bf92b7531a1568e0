"""Records of the vault: sources on their way in, and those that are kept.

https://developer.paypal.com/docs/api/payment-tokens/v3/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from paydouble.core.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupToken(Record):
    """A payment source that its owner may still have to agree to keep."""

    kind: ClassVar[str] = "paypal.setup_token"

    merchant: str
    customer: str
    source: Mapping[str, Any]
    card: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentToken(Record):
    """A payment source that can be charged again. Status: kept, deleted."""

    kind: ClassVar[str] = "paypal.payment_token"
    indexes: ClassVar[tuple[str, ...]] = ("customer_key",)

    merchant: str
    customer: str
    source: Mapping[str, Any]
    card: Mapping[str, Any] = field(default_factory=dict)
    setup_token: str = ""
    base: str = ""

    @property
    def customer_key(self) -> str:
        return f"{self.merchant}/{self.customer}"
