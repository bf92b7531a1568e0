"""The params of the operations on credits, as the request contracts describe them."""

from __future__ import annotations

from typing import Required, TypedDict

from paydouble.providers.stripe.params import Hash, Metadata, Paged


class CreditNoteCreate(TypedDict, total=False):
    amount: int
    credit_amount: int
    effective_at: int
    email_type: str
    expand: list[str]
    invoice: Required[str]
    lines: list[Hash]
    memo: str
    metadata: Metadata
    out_of_band_amount: int
    reason: str
    refund_amount: int
    refunds: list[Hash]
    shipping_cost: Hash


class CreditNoteUpdate(TypedDict, total=False):
    id: Required[str]
    expand: list[str]
    memo: str
    metadata: Metadata


class CreditNoteList(Paged, total=False):
    customer: str
    customer_account: str
    invoice: str


class CreditNoteLineList(Paged, total=False):
    id: Required[str]


class PortalSessionCreate(TypedDict, total=False):
    configuration: str
    customer: str
    customer_account: str
    expand: list[str]
    flow_data: Hash
    locale: str
    on_behalf_of: str
    return_url: str
