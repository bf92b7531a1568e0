"""The params of the operations on catalog, as the request contracts describe them."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Hash, Metadata, Paged, Unset


class ProductCreate(TypedDict, total=False):
    active: bool
    default_price_data: Hash
    description: str
    expand: list[str]
    id: str
    images: list[str]
    marketing_features: list[Hash]
    metadata: Metadata
    name: Required[str]
    package_dimensions: Hash
    shippable: bool
    statement_descriptor: str
    tax_code: str
    unit_label: str
    url: str


class ProductUpdate(TypedDict, total=False):
    id: Required[str]
    active: bool
    default_price: str
    description: str
    expand: list[str]
    images: list[str] | Unset
    marketing_features: list[Hash] | Unset
    metadata: Metadata
    name: str
    package_dimensions: Hash | Unset
    shippable: bool
    statement_descriptor: str
    tax_code: str
    unit_label: str
    url: str


class ProductList(Paged, total=False):
    active: bool
    ids: list[str]
    shippable: bool
    url: str


class PriceCreate(TypedDict, total=False):
    active: bool
    billing_scheme: str
    currency: Required[str]
    currency_options: Hash
    custom_unit_amount: Hash
    expand: list[str]
    lookup_key: str
    metadata: Metadata
    nickname: str
    product: str
    product_data: Hash
    recurring: Hash
    tax_behavior: str
    tiers: list[Hash]
    tiers_mode: str
    transfer_lookup_key: bool
    transform_quantity: Hash
    unit_amount: int
    unit_amount_decimal: str


class PriceUpdate(TypedDict, total=False):
    id: Required[str]
    active: bool
    currency_options: Hash | Unset
    expand: list[str]
    lookup_key: str
    metadata: Metadata
    nickname: str
    tax_behavior: str
    transfer_lookup_key: bool


class PriceList(Paged, total=False):
    active: bool
    currency: str
    lookup_keys: list[str]
    product: str
    recurring: Hash
    type: str


class CouponCreate(TypedDict, total=False):
    amount_off: int
    applies_to: Hash
    currency: str
    currency_options: Hash
    duration: str
    duration_in_months: int
    expand: list[str]
    id: str
    max_redemptions: int
    metadata: Metadata
    name: str
    percent_off: float
    redeem_by: int


class CouponUpdate(TypedDict, total=False):
    id: Required[str]
    currency_options: Hash
    expand: list[str]
    metadata: Metadata
    name: str


class PromotionCodeCreate(TypedDict, total=False):
    active: bool
    code: str
    customer: str
    customer_account: str
    expand: list[str]
    expires_at: int
    max_redemptions: int
    metadata: Metadata
    promotion: Required[Hash]
    restrictions: Hash


class PromotionCodeUpdate(TypedDict, total=False):
    id: Required[str]
    active: bool
    expand: list[str]
    metadata: Metadata
    restrictions: Hash


class PromotionCodeList(Paged, total=False):
    active: bool
    code: str
    coupon: str
    customer: str
    customer_account: str


class TaxRateCreate(TypedDict, total=False):
    active: bool
    country: str
    description: str
    display_name: Required[str]
    expand: list[str]
    inclusive: Required[bool]
    jurisdiction: str
    metadata: Metadata
    percentage: Required[float]
    state: str
    tax_type: str


class TaxRateUpdate(TypedDict, total=False):
    id: Required[str]
    active: bool
    country: str
    description: str
    display_name: str
    expand: list[str]
    jurisdiction: str
    metadata: Metadata
    state: str
    tax_type: str


class TaxRateList(Paged, total=False):
    active: bool
    inclusive: bool


class BalanceAdjustmentCreate(TypedDict, total=False):
    customer: Required[str]
    amount: Required[int]
    currency: Required[str]
    description: str
    expand: list[str]
    metadata: Metadata


class BalanceAdjustmentRetrieve(TypedDict, total=False):
    customer: Required[str]
    id: Required[str]
    expand: list[str]


class BalanceAdjustmentUpdate(TypedDict, total=False):
    customer: Required[str]
    id: Required[str]
    description: str
    expand: list[str]
    metadata: Metadata


class BalanceAdjustmentList(Paged, total=False):
    customer: Required[str]
    invoice: str


class TestClockCreate(TypedDict, total=False):
    customer: str
    expand: list[str]
    frozen_time: Required[int]
    name: str


class TestClockAdvance(TypedDict, total=False):
    id: Required[str]
    expand: list[str]
    frozen_time: Required[int]
