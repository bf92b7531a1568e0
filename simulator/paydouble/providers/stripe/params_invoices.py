"""The params of the operations on invoices, as the request contracts describe them."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Created, Hash, Metadata, Paged, Unset


class InvoiceItemCreate(TypedDict, total=False):
    amount: int
    currency: str
    customer: str
    customer_account: str
    description: str
    discountable: bool
    discounts: list[Hash] | Unset
    expand: list[str]
    invoice: str
    metadata: Metadata
    period: Hash
    price_data: Hash
    pricing: Hash
    quantity: int
    quantity_decimal: str
    subscription: str
    tax_behavior: str
    tax_code: str
    tax_rates: list[str]
    unit_amount_decimal: str


class InvoiceItemUpdate(TypedDict, total=False):
    id: Required[str]
    amount: int
    description: str
    discountable: bool
    discounts: list[Hash] | Unset
    expand: list[str]
    metadata: Metadata
    period: Hash
    price_data: Hash
    pricing: Hash
    quantity: int
    quantity_decimal: str
    tax_behavior: str
    tax_code: str
    tax_rates: list[str] | Unset
    unit_amount_decimal: str


class InvoiceItemList(Paged, total=False):
    customer: str
    customer_account: str
    invoice: str
    pending: bool


class InvoiceCreate(TypedDict, total=False):
    account_tax_ids: Hash | Unset
    application_fee_amount: int
    auto_advance: bool
    automatic_tax: Hash
    automatically_finalizes_at: int
    collection_method: str
    currency: str
    custom_fields: Hash | Unset
    customer: str
    customer_account: str
    days_until_due: int
    default_payment_method: str
    default_source: str
    default_tax_rates: list[str]
    description: str
    discounts: list[Hash] | Unset
    due_date: int
    effective_at: int
    expand: list[str]
    footer: str
    from_invoice: Hash
    issuer: Hash
    metadata: Metadata
    number: str
    on_behalf_of: str
    payment_settings: Hash
    pending_invoice_items_behavior: str
    rendering: Hash
    shipping_cost: Hash
    shipping_details: Hash
    statement_descriptor: str
    subscription: str
    transfer_data: Hash


class InvoiceUpdate(TypedDict, total=False):
    id: Required[str]
    account_tax_ids: Hash | Unset
    application_fee_amount: int
    auto_advance: bool
    automatic_tax: Hash
    automatically_finalizes_at: int
    collection_method: str
    custom_fields: Hash | Unset
    days_until_due: int
    default_payment_method: str
    default_source: str
    default_tax_rates: list[str] | Unset
    description: str
    discounts: list[Hash] | Unset
    due_date: int
    effective_at: int | Unset
    expand: list[str]
    footer: str
    issuer: Hash
    metadata: Metadata
    number: str
    on_behalf_of: str
    payment_settings: Hash
    rendering: Hash
    shipping_cost: Hash | Unset
    shipping_details: Hash | Unset
    statement_descriptor: str
    transfer_data: Hash | Unset


class InvoiceList(Paged, total=False):
    collection_method: str
    customer: str
    customer_account: str
    due_date: Created
    status: str
    subscription: str


class InvoiceLineList(Paged, total=False):
    id: Required[str]


class InvoiceFinalize(TypedDict, total=False):
    id: Required[str]
    auto_advance: bool
    expand: list[str]


class InvoicePay(TypedDict, total=False):
    id: Required[str]
    expand: list[str]
    forgive: bool
    mandate: str
    off_session: bool
    paid_out_of_band: bool
    payment_method: str
    source: str


class InvoiceCreatePreview(TypedDict, total=False):
    automatic_tax: Hash
    currency: str
    customer: str
    customer_account: str
    customer_details: Hash
    discounts: list[Hash] | Unset
    expand: list[str]
    invoice_items: list[Hash]
    issuer: Hash
    on_behalf_of: str
    preview_mode: str
    schedule: str
    schedule_details: Hash
    subscription: str
    subscription_details: Hash


class InvoicePaymentList(Paged, total=False):
    invoice: str
    payment: Hash
    status: str
