"""Product, Price, Coupon, PromotionCode and TaxRate: what is sold, for how much, and with what taken off.

https://docs.stripe.com/api/products/object, …/api/prices/object, …/api/coupons/object
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.providers.stripe.models.shapes import Json

Metadata = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Product(Record):
    """Status is not used: a deleted product is forgotten."""

    kind: ClassVar[str] = "stripe.product"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    merchant: str
    name: str
    active: bool = True
    default_price: str = ""
    description: str = ""
    images: tuple[str, ...] = ()
    marketing_features: tuple[Json, ...] = ()
    metadata: Metadata = field(default_factory=dict)
    package_dimensions: Json | None = None
    shippable: bool | None = None
    statement_descriptor: str = ""
    tax_code: str = ""
    unit_label: str = ""
    updated: Instant = Instant(0)
    url: str = ""

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "product",
            "active": self.active,
            "created": self.created // 1_000,
            "default_price": self.default_price or None,
            "description": self.description or None,
            "images": list(self.images),
            "livemode": False,
            "marketing_features": list(self.marketing_features),
            "metadata": self.metadata,
            "name": self.name,
            "package_dimensions": self.package_dimensions,
            "shippable": self.shippable,
            "statement_descriptor": self.statement_descriptor or None,
            "tax_code": self.tax_code or None,
            "type": "service",
            "unit_label": self.unit_label or None,
            "updated": self.updated // 1_000,
            "url": self.url or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Price(Record):
    """Amounts in minor units; `unit_amount_decimal` has their fractions too. Tiers come ordered."""

    kind: ClassVar[str] = "stripe.price"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "product", "lookup")

    merchant: str
    product: str
    currency: str
    active: bool = True
    billing_scheme: str = "per_unit"
    currency_options: Mapping[str, Json] = field(default_factory=dict)
    custom_unit_amount: Json | None = None
    lookup_key: str = ""
    metadata: Metadata = field(default_factory=dict)
    nickname: str = ""
    recurring: Json | None = None
    tax_behavior: str = "unspecified"
    tiers: tuple[Json, ...] = ()
    tiers_mode: str = ""
    transform_quantity: Json | None = None
    unit_amount: int | None = None
    unit_amount_decimal: str = ""

    @property
    def lookup(self) -> str:
        return f"{self.merchant}/{self.lookup_key}" if self.lookup_key else ""

    @property
    def type(self) -> str:
        return "recurring" if self.recurring else "one_time"

    def shown(self) -> dict[str, object]:
        """Without `tiers` and `currency_options`, which are there only when they are expanded."""
        return {
            "id": self.id,
            "object": "price",
            "active": self.active,
            "billing_scheme": self.billing_scheme,
            "created": self.created // 1_000,
            "currency": self.currency,
            "custom_unit_amount": self.custom_unit_amount,
            "livemode": False,
            "lookup_key": self.lookup_key or None,
            "metadata": self.metadata,
            "nickname": self.nickname or None,
            "product": self.product,
            "recurring": self.recurring,
            "tax_behavior": self.tax_behavior,
            "tiers_mode": self.tiers_mode or None,
            "transform_quantity": self.transform_quantity,
            "type": self.type,
            "unit_amount": self.unit_amount,
            "unit_amount_decimal": self.unit_amount_decimal or None,
        }

    def as_plan(self) -> dict[str, object]:
        """The older object of the same id, still part of subscription items and lines."""
        recurring = self.recurring or {}
        return {
            "id": self.id,
            "object": "plan",
            "active": self.active,
            "amount": self.unit_amount,
            "amount_decimal": self.unit_amount_decimal or None,
            "billing_scheme": self.billing_scheme,
            "created": self.created // 1_000,
            "currency": self.currency,
            "interval": recurring.get("interval"),
            "interval_count": recurring.get("interval_count"),
            "livemode": False,
            "metadata": self.metadata,
            "meter": recurring.get("meter"),
            "nickname": self.nickname or None,
            "product": self.product,
            "tiers_mode": self.tiers_mode or None,
            "transform_usage": self.transform_quantity,
            "trial_period_days": recurring.get("trial_period_days"),
            "usage_type": recurring.get("usage_type"),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon(Record):
    """Status: valid, or spent once it was redeemed too often or too late."""

    kind: ClassVar[str] = "stripe.coupon"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    status: str = "valid"
    merchant: str
    duration: str
    amount_off: int | None = None
    applies_to: tuple[str, ...] = ()
    currency: str = ""
    currency_options: Mapping[str, Json] = field(default_factory=dict)
    duration_in_months: int | None = None
    max_redemptions: int | None = None
    metadata: Metadata = field(default_factory=dict)
    name: str = ""
    percent_off: float | None = None
    redeem_by: Instant | None = None
    times_redeemed: int = 0

    @property
    def valid(self) -> bool:
        return self.status == "valid"

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "coupon",
            "amount_off": self.amount_off,
            "created": self.created // 1_000,
            "currency": self.currency or None,
            "duration": self.duration,
            "duration_in_months": self.duration_in_months,
            "livemode": False,
            "max_redemptions": self.max_redemptions,
            "metadata": self.metadata,
            "name": self.name or None,
            "percent_off": self.percent_off,
            "redeem_by": None if self.redeem_by is None else self.redeem_by // 1_000,
            "times_redeemed": self.times_redeemed,
            "valid": self.valid,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionCode(Record):
    """Status: active, inactive as its merchant wants it, or spent."""

    kind: ClassVar[str] = "stripe.promotion_code"
    indexes: ClassVar[tuple[str, ...]] = ("merchant", "coupon", "named")

    status: str = "active"
    merchant: str
    code: str
    coupon: str
    customer: str = ""
    expires_at: Instant | None = None
    max_redemptions: int | None = None
    metadata: Metadata = field(default_factory=dict)
    restrictions: Json = field(default_factory=dict)
    times_redeemed: int = 0

    @property
    def named(self) -> str:
        """Codes are the same in any case."""
        return f"{self.merchant}/{self.code.casefold()}"

    @property
    def active(self) -> bool:
        return self.status == "active"

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "promotion_code",
            "active": self.active,
            "code": self.code,
            "created": self.created // 1_000,
            "customer": self.customer or None,
            "customer_account": None,
            "expires_at": None if self.expires_at is None else self.expires_at // 1_000,
            "livemode": False,
            "max_redemptions": self.max_redemptions,
            "metadata": self.metadata,
            "promotion": {"coupon": self.coupon, "type": "coupon"},
            "restrictions": {
                "first_time_transaction": self.restrictions.get("first_time_transaction", False),
                "minimum_amount": self.restrictions.get("minimum_amount"),
                "minimum_amount_currency": self.restrictions.get("minimum_amount_currency"),
            },
            "times_redeemed": self.times_redeemed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate(Record):
    """A percentage that is added to an amount, or found in it."""

    kind: ClassVar[str] = "stripe.tax_rate"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    merchant: str
    display_name: str
    percentage: float
    inclusive: bool
    active: bool = True
    country: str = ""
    description: str = ""
    jurisdiction: str = ""
    metadata: Metadata = field(default_factory=dict)
    state: str = ""
    tax_type: str = ""

    def shown(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "tax_rate",
            "active": self.active,
            "country": self.country or None,
            "created": self.created // 1_000,
            "description": self.description or None,
            "display_name": self.display_name,
            "effective_percentage": None,
            "flat_amount": None,
            "inclusive": self.inclusive,
            "jurisdiction": self.jurisdiction or None,
            "jurisdiction_level": None,
            "livemode": False,
            "metadata": self.metadata,
            "percentage": self.percentage,
            "rate_type": "percentage",
            "state": self.state or None,
            "tax_type": self.tax_type or None,
        }
