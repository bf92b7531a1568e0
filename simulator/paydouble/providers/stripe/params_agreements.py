"""The params of the operations on agreements, as the request contracts describe them."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Created, Hash, Metadata, Paged, Unset


class QuoteCreate(TypedDict, total=False):
    application_fee_amount: int | Unset
    application_fee_percent: float | Unset
    automatic_tax: Hash
    collection_method: str
    customer: str
    customer_account: str
    default_tax_rates: list[str] | Unset
    description: str
    discounts: list[Hash] | Unset
    expand: list[str]
    expires_at: int
    footer: str
    from_quote: Hash
    header: str
    invoice_settings: Hash
    line_items: list[Hash]
    metadata: Metadata
    on_behalf_of: str
    subscription_data: Hash
    test_clock: str
    transfer_data: Hash | Unset


class QuoteUpdate(TypedDict, total=False):
    id: Required[str]
    application_fee_amount: int | Unset
    application_fee_percent: float | Unset
    automatic_tax: Hash
    collection_method: str
    customer: str
    customer_account: str
    default_tax_rates: list[str] | Unset
    description: str
    discounts: list[Hash] | Unset
    expand: list[str]
    expires_at: int
    footer: str
    header: str
    invoice_settings: Hash
    line_items: list[Hash]
    metadata: Metadata
    on_behalf_of: str
    subscription_data: Hash
    transfer_data: Hash | Unset


class QuoteFinalize(TypedDict, total=False):
    id: Required[str]
    expand: list[str]
    expires_at: int


class QuoteList(Paged, total=False):
    customer: str
    customer_account: str
    status: str
    test_clock: str


class QuoteLineList(Paged, total=False):
    id: Required[str]


class SubscriptionScheduleCreate(TypedDict, total=False):
    billing_mode: Hash
    customer: str
    customer_account: str
    default_settings: Hash
    end_behavior: str
    expand: list[str]
    from_subscription: str
    metadata: Metadata
    phases: list[Hash]
    start_date: int | str


class SubscriptionScheduleUpdate(TypedDict, total=False):
    id: Required[str]
    default_settings: Hash
    end_behavior: str
    expand: list[str]
    metadata: Metadata
    phases: list[Hash]
    proration_behavior: str


class SubscriptionScheduleCancel(TypedDict, total=False):
    id: Required[str]
    expand: list[str]
    invoice_now: bool
    prorate: bool


class SubscriptionScheduleRelease(TypedDict, total=False):
    id: Required[str]
    expand: list[str]
    preserve_cancel_date: bool


class SubscriptionScheduleList(Paged, total=False):
    canceled_at: Created
    completed_at: Created
    customer: str
    customer_account: str
    released_at: Created
    scheduled: bool
