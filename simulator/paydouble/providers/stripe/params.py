"""The params of each operation, as the request contracts describe them: what mypy knows of a call."""

from __future__ import annotations

from typing import Any, Literal, Required, TypedDict

Hash = dict[str, Any]
Unset = Literal[""]
Metadata = dict[str, str] | Unset
Created = int | dict[str, int]


class Named(TypedDict, total=False):
    """Operations on one object that take nothing else."""

    id: Required[str]
    expand: list[str]


class Paged(TypedDict, total=False):
    created: Created
    limit: int
    starting_after: str
    ending_before: str
    expand: list[str]


class PaymentIntentCreate(TypedDict, total=False):
    amount: Required[int]
    currency: Required[str]
    allowed_payment_method_types: list[str]
    amount_details: Hash | Unset
    application_fee_amount: int
    automatic_payment_methods: Hash
    capture_method: str
    confirm: bool
    confirmation_method: str
    confirmation_token: str
    customer: str
    customer_account: str
    description: str
    error_on_requires_action: bool
    excluded_payment_method_types: list[str]
    expand: list[str]
    hooks: Hash
    mandate: str
    mandate_data: Hash | Unset
    metadata: Metadata
    off_session: bool | str
    on_behalf_of: str
    payment_details: Hash | Unset
    payment_method: str
    payment_method_configuration: str
    payment_method_data: Hash
    payment_method_options: Hash
    payment_method_types: list[str]
    radar_options: Hash
    receipt_email: str
    return_url: str
    setup_future_usage: str
    shipping: Hash
    statement_descriptor: str
    statement_descriptor_suffix: str
    transfer_data: Hash
    transfer_group: str
    use_stripe_sdk: bool


class PaymentIntentConfirm(TypedDict, total=False):
    id: Required[str]
    allowed_payment_method_types: list[str]
    amount_details: Hash | Unset
    amount_to_confirm: int
    capture_method: str
    client_secret: str
    confirmation_token: str
    error_on_requires_action: bool
    excluded_payment_method_types: list[str] | Unset
    expand: list[str]
    hooks: Hash
    mandate: str
    mandate_data: Hash | Unset
    off_session: bool | str
    payment_details: Hash | Unset
    payment_method: str
    payment_method_data: Hash
    payment_method_options: Hash
    payment_method_types: list[str]
    radar_options: Hash
    receipt_email: str
    return_url: str
    setup_future_usage: str
    shipping: Hash | Unset
    use_stripe_sdk: bool


class PaymentIntentCapture(TypedDict, total=False):
    id: Required[str]
    amount_details: Hash | Unset
    amount_to_capture: int
    application_fee_amount: int
    expand: list[str]
    final_capture: bool
    hooks: Hash
    metadata: Metadata
    payment_details: Hash | Unset
    statement_descriptor: str
    statement_descriptor_suffix: str
    transfer_data: Hash


class PaymentIntentCancel(TypedDict, total=False):
    id: Required[str]
    cancellation_reason: str
    expand: list[str]


class PaymentIntentUpdate(TypedDict, total=False):
    id: Required[str]
    allowed_payment_method_types: list[str]
    amount: int
    amount_details: Hash | Unset
    application_fee_amount: int | Unset
    capture_method: str
    currency: str
    customer: str
    customer_account: str
    description: str
    excluded_payment_method_types: list[str] | Unset
    expand: list[str]
    hooks: Hash
    metadata: Metadata
    payment_details: Hash | Unset
    payment_method: str
    payment_method_configuration: str
    payment_method_data: Hash
    payment_method_options: Hash
    payment_method_types: list[str]
    receipt_email: str
    setup_future_usage: str
    shipping: Hash | Unset
    statement_descriptor: str
    statement_descriptor_suffix: str
    transfer_data: Hash
    transfer_group: str


class PaymentIntentRetrieve(TypedDict, total=False):
    id: Required[str]
    client_secret: str
    expand: list[str]


class PaymentIntentList(Paged, total=False):
    customer: str
    customer_account: str


class CustomerCreate(TypedDict, total=False):
    address: Hash | Unset
    balance: int
    business_name: str
    cash_balance: Hash
    description: str
    email: str
    expand: list[str]
    individual_name: str
    invoice_prefix: str
    invoice_settings: Hash
    metadata: Metadata
    name: str
    next_invoice_sequence: int
    payment_method: str
    phone: str
    preferred_locales: list[str]
    shipping: Hash | Unset
    source: str
    tax: Hash
    tax_exempt: str
    tax_id_data: list[Hash]
    test_clock: str


class CustomerUpdate(TypedDict, total=False):
    id: Required[str]
    address: Hash | Unset
    balance: int
    business_name: str
    cash_balance: Hash
    default_source: str
    description: str
    email: str
    expand: list[str]
    individual_name: str
    invoice_prefix: str
    invoice_settings: Hash
    metadata: Metadata
    name: str
    next_invoice_sequence: int
    phone: str
    preferred_locales: list[str]
    shipping: Hash | Unset
    source: str
    tax: Hash
    tax_exempt: str


class CustomerList(Paged, total=False):
    email: str
    test_clock: str


class ChargeList(Paged, total=False):
    customer: str
    payment_intent: str
    transfer_group: str


class RefundCreate(TypedDict, total=False):
    amount: int
    charge: str
    currency: str
    customer: str
    instructions_email: str
    metadata: Metadata
    origin: str
    payment_intent: str
    reason: str
    refund_application_fee: bool
    reverse_transfer: bool
    expand: list[str]


class RefundUpdate(TypedDict, total=False):
    id: Required[str]
    metadata: Metadata
    expand: list[str]


class RefundList(Paged, total=False):
    charge: str
    payment_intent: str


class DisputeUpdate(TypedDict, total=False):
    id: Required[str]
    evidence: Hash
    expand: list[str]
    metadata: Metadata
    submit: bool


class DisputeList(Paged, total=False):
    charge: str
    payment_intent: str


class PayoutCreate(TypedDict, total=False):
    amount: Required[int]
    currency: Required[str]
    description: str
    destination: str
    expand: list[str]
    metadata: Metadata
    method: str
    payout_method: str
    source_type: str
    statement_descriptor: str


class PayoutUpdate(TypedDict, total=False):
    id: Required[str]
    expand: list[str]
    metadata: Metadata


class PayoutList(Paged, total=False):
    arrival_date: Created
    destination: str
    status: str


class EventList(Paged, total=False):
    delivery_success: bool
    type: str
    types: list[str]


class WebhookEndpointCreate(TypedDict, total=False):
    url: Required[str]
    enabled_events: Required[list[str]]
    api_version: str
    connect: bool
    description: str
    metadata: Metadata
    expand: list[str]


class WebhookEndpointUpdate(TypedDict, total=False):
    id: Required[str]
    description: str
    disabled: bool
    enabled_events: list[str]
    metadata: Metadata
    url: str
    expand: list[str]


class BalanceTransactionList(Paged, total=False):
    currency: str
    payout: str
    source: str
    type: str
