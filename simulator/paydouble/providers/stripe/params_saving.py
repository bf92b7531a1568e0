"""The params of operations on payment methods, and on all by which they are saved."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Hash, Metadata, Paged, Unset


class SetupIntentCreate(TypedDict, total=False):
    allowed_payment_method_types: list[str]
    attach_to_self: bool
    automatic_payment_methods: Hash
    confirm: bool
    confirmation_token: str
    customer: str
    customer_account: str
    description: str
    excluded_payment_method_types: list[str]
    expand: list[str]
    flow_directions: list[str]
    mandate_data: Hash | Unset
    metadata: Metadata
    on_behalf_of: str
    payment_method: str
    payment_method_configuration: str
    payment_method_data: Hash
    payment_method_options: Hash
    payment_method_types: list[str]
    return_url: str
    single_use: Hash
    usage: str
    use_stripe_sdk: bool


class SetupIntentConfirm(TypedDict, total=False):
    id: Required[str]
    client_secret: str
    confirmation_token: str
    expand: list[str]
    mandate_data: Hash | Unset
    payment_method: str
    payment_method_data: Hash
    payment_method_options: Hash
    return_url: str
    use_stripe_sdk: bool


class SetupIntentUpdate(TypedDict, total=False):
    id: Required[str]
    allowed_payment_method_types: list[str]
    attach_to_self: bool
    customer: str
    customer_account: str
    description: str
    excluded_payment_method_types: list[str] | Unset
    expand: list[str]
    flow_directions: list[str]
    metadata: Metadata
    payment_method: str
    payment_method_configuration: str
    payment_method_data: Hash
    payment_method_options: Hash
    payment_method_types: list[str]


class SetupIntentCancel(TypedDict, total=False):
    id: Required[str]
    cancellation_reason: str
    expand: list[str]


class SetupIntentRetrieve(TypedDict, total=False):
    id: Required[str]
    client_secret: str
    expand: list[str]


class SetupIntentList(Paged, total=False):
    attach_to_self: bool
    customer: str
    customer_account: str
    payment_method: str


class SetupAttemptList(Paged, total=False):
    setup_intent: Required[str]


class TokenCreate(TypedDict, total=False):
    account: Hash
    bank_account: Hash
    card: Hash
    customer: str
    cvc_update: Hash
    expand: list[str]
    person: Hash
    pii: Hash


class ConfirmationTokenCreate(TypedDict, total=False):
    expand: list[str]
    payment_method: str
    payment_method_data: Hash
    payment_method_options: Hash
    return_url: str
    setup_future_usage: str
    shipping: Hash


class CustomersMethod(TypedDict, total=False):
    """A payment method as one of a customer's."""

    customer: Required[str]
    id: Required[str]
    expand: list[str]


class CustomersMethodList(TypedDict, total=False):
    customer: Required[str]
    allow_redisplay: str
    type: str
    limit: int
    starting_after: str
    ending_before: str
    expand: list[str]


class PaymentMethodUpdate(TypedDict, total=False):
    id: Required[str]
    allow_redisplay: str
    billing_details: Hash
    card: Hash
    metadata: Metadata
    us_bank_account: Hash
    expand: list[str]


class PaymentMethodAttach(TypedDict, total=False):
    id: Required[str]
    customer: str
    customer_account: str
    expand: list[str]


class PaymentMethodList(TypedDict, total=False):
    allow_redisplay: str
    customer: str
    customer_account: str
    type: str
    limit: int
    starting_after: str
    ending_before: str
    expand: list[str]
