"""The params of operations on connected accounts, and on what is moved between them."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Hash, Metadata, Paged


class AccountChange(TypedDict, total=False):
    account_token: str
    business_profile: Hash
    business_type: str
    capabilities: Hash
    company: Hash
    default_currency: str
    documents: Hash
    email: str
    expand: list[str]
    external_account: str | Hash
    groups: Hash
    individual: Hash
    metadata: Metadata
    settings: Hash
    tos_acceptance: Hash


class AccountCreate(AccountChange, total=False):
    bank_account: str | Hash
    controller: Hash
    country: str
    type: str


class AccountUpdate(AccountChange, total=False):
    id: Required[str]


class AccountReject(TypedDict, total=False):
    id: Required[str]
    reason: Required[str]
    expand: list[str]


class AccountLinkCreate(TypedDict, total=False):
    account: Required[str]
    type: Required[str]
    collect: str
    collection_options: Hash
    expand: list[str]
    refresh_url: str
    return_url: str


class CapabilityNamed(TypedDict, total=False):
    account: Required[str]
    id: Required[str]
    expand: list[str]


class CapabilityUpdate(CapabilityNamed, total=False):
    requested: bool


class ExternalAccountCreate(TypedDict, total=False):
    account: Required[str]
    bank_account: str | Hash
    default_for_currency: bool
    expand: list[str]
    external_account: str | Hash
    metadata: dict[str, str]


class ExternalAccountNamed(TypedDict, total=False):
    account: Required[str]
    id: Required[str]
    expand: list[str]


class ExternalAccountUpdate(ExternalAccountNamed, total=False):
    account_holder_name: str
    account_holder_type: str
    default_for_currency: bool
    metadata: Metadata


class ExternalAccountList(Paged, total=False):
    account: Required[str]
    object: str


class TransferCreate(TypedDict, total=False):
    currency: Required[str]
    destination: Required[str]
    amount: int
    description: str
    expand: list[str]
    metadata: Metadata
    source_transaction: str
    source_type: str
    transfer_group: str


class TransferUpdate(TypedDict, total=False):
    id: Required[str]
    description: str
    expand: list[str]
    metadata: Metadata


class TransferList(Paged, total=False):
    destination: str
    transfer_group: str


class ReversalCreate(TypedDict, total=False):
    transfer: Required[str]
    amount: int
    description: str
    expand: list[str]
    metadata: Metadata
    refund_application_fee: bool


class ReversalNamed(TypedDict, total=False):
    transfer: Required[str]
    id: Required[str]
    expand: list[str]


class ReversalUpdate(ReversalNamed, total=False):
    metadata: Metadata


class ReversalList(Paged, total=False):
    transfer: Required[str]


class ApplicationFeeList(Paged, total=False):
    charge: str


class FeeRefundCreate(TypedDict, total=False):
    fee: Required[str]
    amount: int
    expand: list[str]
    metadata: Metadata


class FeeRefundNamed(TypedDict, total=False):
    fee: Required[str]
    id: Required[str]
    expand: list[str]


class FeeRefundUpdate(FeeRefundNamed, total=False):
    metadata: Metadata


class FeeRefundList(Paged, total=False):
    fee: Required[str]
