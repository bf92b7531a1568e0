"""The params of the operations on subscriptions, as the request contracts describe them."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Created, Hash, Metadata, Paged, Unset


class SubscriptionCreate(TypedDict, total=False):
    add_invoice_items: list[Hash]
    application_fee_percent: float | Unset
    automatic_tax: Hash
    backdate_start_date: int
    billing_cycle_anchor: int
    billing_cycle_anchor_config: Hash
    billing_mode: Hash
    billing_schedules: list[Hash]
    billing_thresholds: Hash | Unset
    cancel_at: int | str
    cancel_at_period_end: bool
    collection_method: str
    currency: str
    customer: str
    customer_account: str
    days_until_due: int
    default_payment_method: str
    default_source: str
    default_tax_rates: list[str] | Unset
    description: str
    discounts: list[Hash] | Unset
    expand: list[str]
    invoice_settings: Hash
    items: list[Hash]
    metadata: Metadata
    off_session: bool
    on_behalf_of: str
    payment_behavior: str
    payment_settings: Hash
    pending_invoice_item_interval: Hash | Unset
    proration_behavior: str
    transfer_data: Hash
    trial_end: str | int
    trial_from_plan: bool
    trial_period_days: int
    trial_settings: Hash


class SubscriptionUpdate(TypedDict, total=False):
    id: Required[str]
    add_invoice_items: list[Hash]
    application_fee_percent: float | Unset
    automatic_tax: Hash
    billing_cycle_anchor: str
    billing_schedules: Hash | Unset
    billing_thresholds: Hash | Unset
    cancel_at: int | str
    cancel_at_period_end: bool
    cancellation_details: Hash
    collection_method: str
    days_until_due: int
    default_payment_method: str
    default_source: str
    default_tax_rates: list[str] | Unset
    description: str
    discounts: list[Hash] | Unset
    expand: list[str]
    invoice_settings: Hash
    items: list[Hash]
    metadata: Metadata
    off_session: bool
    on_behalf_of: str
    pause_collection: Hash | Unset
    payment_behavior: str
    payment_settings: Hash
    pending_invoice_item_interval: Hash | Unset
    proration_behavior: str
    proration_date: int
    transfer_data: Hash | Unset
    trial_end: str | int
    trial_from_plan: bool
    trial_settings: Hash


class SubscriptionCancel(TypedDict, total=False):
    id: Required[str]
    cancellation_details: Hash
    expand: list[str]
    invoice_now: bool
    prorate: bool


class SubscriptionResume(TypedDict, total=False):
    id: Required[str]
    billing_cycle_anchor: str
    expand: list[str]
    proration_behavior: str
    proration_date: int


class SubscriptionList(Paged, total=False):
    automatic_tax: Hash
    collection_method: str
    current_period_end: Created
    current_period_start: Created
    customer: str
    customer_account: str
    price: str
    status: str
    test_clock: str


class SubscriptionItemCreate(TypedDict, total=False):
    billing_thresholds: Hash | Unset
    discounts: list[Hash] | Unset
    expand: list[str]
    metadata: Metadata
    payment_behavior: str
    price: str
    price_data: Hash
    proration_behavior: str
    proration_date: int
    quantity: int
    subscription: Required[str]
    tax_rates: list[str] | Unset


class SubscriptionItemUpdate(TypedDict, total=False):
    id: Required[str]
    billing_thresholds: Hash | Unset
    discounts: list[Hash] | Unset
    expand: list[str]
    metadata: Metadata
    off_session: bool
    payment_behavior: str
    price: str
    price_data: Hash
    proration_behavior: str
    proration_date: int
    quantity: int
    tax_rates: list[str] | Unset


class SubscriptionItemDelete(TypedDict, total=False):
    id: Required[str]
    clear_usage: bool
    payment_behavior: str
    proration_behavior: str
    proration_date: int


class SubscriptionItemList(Paged, total=False):
    subscription: Required[str]
