"""The params of the operations on checkout, as the request contracts describe them."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Hash, Metadata, Paged, Unset


class CheckoutCreate(TypedDict, total=False):
    adaptive_pricing: Hash
    after_expiration: Hash
    allow_promotion_codes: bool
    automatic_tax: Hash
    billing_address_collection: str
    branding_settings: Hash
    cancel_url: str
    client_reference_id: str
    consent_collection: Hash
    currency: str
    custom_fields: list[Hash]
    custom_text: Hash
    customer: str
    customer_account: str
    customer_creation: str
    customer_email: str
    customer_update: Hash
    discounts: list[Hash]
    excluded_payment_method_types: list[str]
    expand: list[str]
    expires_at: int
    integration_identifier: str
    invoice_creation: Hash
    line_items: list[Hash]
    locale: str
    managed_payments: Hash
    metadata: Metadata
    mode: str
    name_collection: Hash
    optional_items: list[Hash]
    origin_context: str
    payment_intent_data: Hash
    payment_method_collection: str
    payment_method_configuration: str
    payment_method_data: Hash
    payment_method_options: Hash
    payment_method_types: list[str]
    permissions: Hash
    phone_number_collection: Hash
    redirect_on_completion: str
    return_url: str
    saved_payment_method_options: Hash
    setup_intent_data: Hash
    shipping_address_collection: Hash
    shipping_options: list[Hash]
    submit_type: str
    subscription_data: Hash
    success_url: str
    tax_id_collection: Hash
    ui_mode: str
    wallet_options: Hash
    allowed_payment_method_types: list[str]


class CheckoutUpdate(TypedDict, total=False):
    id: Required[str]
    collected_information: Hash
    expand: list[str]
    line_items: list[Hash]
    metadata: Metadata
    shipping_options: Hash | Unset


class CheckoutList(Paged, total=False):
    customer: str
    customer_account: str
    customer_details: Hash
    payment_intent: str
    payment_link: str
    status: str
    subscription: str


class CheckoutLineList(Paged, total=False):
    id: Required[str]


class PaymentLinkCreate(TypedDict, total=False):
    after_completion: Hash
    allow_promotion_codes: bool
    application_fee_amount: int
    application_fee_percent: float
    automatic_tax: Hash
    billing_address_collection: str
    consent_collection: Hash
    currency: str
    custom_fields: list[Hash]
    custom_text: Hash
    customer_creation: str
    expand: list[str]
    inactive_message: str
    invoice_creation: Hash
    line_items: Required[list[Hash]]
    managed_payments: Hash
    metadata: Metadata
    name_collection: Hash
    on_behalf_of: str
    optional_items: list[Hash]
    payment_intent_data: Hash
    payment_method_collection: str
    payment_method_options: Hash
    payment_method_types: list[str]
    phone_number_collection: Hash
    restrictions: Hash
    shipping_address_collection: Hash
    shipping_options: list[Hash]
    submit_type: str
    subscription_data: Hash
    tax_id_collection: Hash
    transfer_data: Hash


class PaymentLinkUpdate(TypedDict, total=False):
    id: Required[str]
    active: bool
    after_completion: Hash
    allow_promotion_codes: bool
    automatic_tax: Hash
    billing_address_collection: str
    custom_fields: Hash | Unset
    custom_text: Hash
    customer_creation: str
    expand: list[str]
    inactive_message: str
    invoice_creation: Hash
    line_items: list[Hash]
    metadata: Metadata
    name_collection: Hash | Unset
    optional_items: Hash | Unset
    payment_intent_data: Hash
    payment_method_collection: str
    payment_method_options: Hash | Unset
    payment_method_types: list[str] | Unset
    phone_number_collection: Hash
    restrictions: Hash | Unset
    shipping_address_collection: Hash | Unset
    submit_type: str
    subscription_data: Hash
    tax_id_collection: Hash


class PaymentLinkList(Paged, total=False):
    active: bool


class PaymentLinkLineList(Paged, total=False):
    id: Required[str]
