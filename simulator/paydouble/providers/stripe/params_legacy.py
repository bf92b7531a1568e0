"""The params of Charges, Sources and saved cards as the old API has them."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Hash, Metadata, Paged


class ChargeCreate(TypedDict, total=False):
    amount: int
    application_fee: int
    application_fee_amount: int
    capture: bool
    card: Hash | str
    currency: str
    customer: str
    description: str
    destination: Hash | str
    expand: list[str]
    metadata: Metadata
    on_behalf_of: str
    radar_options: Hash
    receipt_email: str
    shipping: Hash
    source: str
    statement_descriptor: str
    statement_descriptor_suffix: str
    transfer_data: Hash
    transfer_group: str


class ChargeUpdate(TypedDict, total=False):
    id: Required[str]
    customer: str
    description: str
    expand: list[str]
    fraud_details: Hash
    metadata: Metadata
    receipt_email: str
    shipping: Hash
    transfer_group: str


class ChargeCapture(TypedDict, total=False):
    id: Required[str]
    amount: int
    application_fee: int
    application_fee_amount: int
    expand: list[str]
    receipt_email: str
    statement_descriptor: str
    statement_descriptor_suffix: str
    transfer_data: Hash
    transfer_group: str


class ChargeRefund(TypedDict, total=False):
    id: Required[str]
    amount: int
    charge: str
    currency: str
    customer: str
    expand: list[str]
    instructions_email: str
    metadata: Metadata
    origin: str
    payment_intent: str
    reason: str
    refund_application_fee: bool
    reverse_transfer: bool


class ChargeRefunds(Paged, total=False):
    id: Required[str]


class ChargeRefundNamed(TypedDict, total=False):
    charge: Required[str]
    id: Required[str]
    expand: list[str]


class SourceCreate(TypedDict, total=False):
    amount: int
    currency: str
    customer: str
    expand: list[str]
    flow: str
    mandate: Hash
    metadata: dict[str, str]
    original_source: str
    owner: Hash
    receiver: Hash
    redirect: Hash
    source_order: Hash
    statement_descriptor: str
    token: str
    type: str
    usage: str


class SourceRetrieve(TypedDict, total=False):
    id: Required[str]
    client_secret: str
    expand: list[str]


class SourceUpdate(TypedDict, total=False):
    id: Required[str]
    amount: int
    expand: list[str]
    mandate: Hash
    metadata: Metadata
    owner: Hash
    source_order: Hash


class CustomerSourceCreate(TypedDict, total=False):
    customer: Required[str]
    alipay_account: str
    bank_account: Hash | str
    card: Hash | str
    expand: list[str]
    metadata: dict[str, str]
    source: str


class CustomerSourceNamed(TypedDict, total=False):
    customer: Required[str]
    id: Required[str]
    expand: list[str]


class CustomerSourceUpdate(CustomerSourceNamed, total=False):
    address_city: str
    address_country: str
    address_line1: str
    address_line2: str
    address_state: str
    address_zip: str
    exp_month: str
    exp_year: str
    metadata: Metadata
    name: str


class CustomerSourceList(Paged, total=False):
    customer: Required[str]
    object: str


class MicrodepositsVerify(TypedDict, total=False):
    id: Required[str]
    amounts: list[int]
    client_secret: str
    descriptor_code: str
    expand: list[str]
