"""The records of orders and payments; how each is shown is told by `showing`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from paydouble.core.clock import Instant
from paydouble.core.money import Money
from paydouble.core.record import Record

Json = dict[str, Any]
NOTHING: Mapping[str, Any] = {}


def ref_of_unit(unit: Mapping[str, Any]) -> str:
    """A custom id that names a scenario is no order number."""
    custom = str(unit.get("custom_id") or "")
    return str(unit.get("invoice_id") or "") if custom.startswith("paydouble:") or not custom else custom


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Record):
    """What is to be paid, for one buyer; its captures and refunds are counted here."""

    kind: ClassVar[str] = "paypal.order"
    indexes: ClassVar[tuple[str, ...]] = ("ref", "request_key", "payment", "classic_key")

    merchant: str
    """The client id that made it."""
    account: str
    """The seller for whom: a merchant's PayPal id."""
    intent: str
    units: tuple[Mapping[str, Any], ...]
    """The purchase units as asked for, with amounts in the decimals of their currency."""
    currency: str
    total_minor: int
    updated: Instant = Instant(0)
    payer: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    """The payment source as answers show it."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """What the books keep of a card: test name, 3-D Secure case; never its number."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """Return and cancel URL, brand, what the payer is asked: of wherever the request had it."""
    instruction: str = ""
    request_key: str = ""
    base: str = ""
    """How its maker reached us: links in events begin with it."""
    attempts: int = 0
    """Captures that failed."""
    authorizations: tuple[str, ...] = ()
    captures: tuple[str, ...] = ()
    refunds: tuple[str, ...] = ()
    captured_minor: int = 0
    captured_count: int = 0
    pending_count: int = 0
    authorized_minor: int = 0
    voided: bool = False
    """Its authorization was given up before anything was captured."""
    refunded_minor: int = 0
    disputed_minor: int = 0
    """What a dispute holds, or took back."""
    fee_minor: int = 0
    payment: str = ""
    """By which id the classic API knows it; empty where it was made with the new one."""
    classic: Mapping[str, Any] = field(default_factory=dict)
    """The payment as the classic API was asked for it."""

    @property
    def classic_key(self) -> str:
        """By which an app's classic payments are listed."""
        return self.merchant if self.payment else ""

    @property
    def ref(self) -> str:
        """The merchant's own number: the custom id, else the invoice's."""
        return ref_of_unit(self.units[0])

    @property
    def is_card(self) -> bool:
        return "card" in self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization(Record):
    """Money that is held at the payer's bank for 29 days, the first three of them for sure."""

    kind: ClassVar[str] = "paypal.authorization"
    indexes: ClassVar[tuple[str, ...]] = ("order", "request_key")

    merchant: str
    order: str
    unit: int
    amount_minor: int
    currency: str
    expires: Instant
    honored_until: Instant
    updated: Instant
    captured_minor: int = 0
    captures_count: int = 0
    reserved_minor: int = 0
    """What the ledger still holds for it."""
    renewals_left: int = 1
    """How often it can still be renewed."""
    parent: str = ""
    """The authorization that this one renews."""
    renewed: str = ""
    """The one that renews it."""
    reason: str = ""
    processor: Mapping[str, str] = field(default_factory=dict)
    invoice_id: str = ""
    custom_id: str = ""
    payee: Mapping[str, str] = field(default_factory=dict)
    payer: Mapping[str, Any] = field(default_factory=dict)
    request_key: str = ""
    base: str = ""
    payment: str = ""
    """The classic payment that it belongs to."""

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture(Record):
    """Money that was taken, of an order at once or of an authorization."""

    kind: ClassVar[str] = "paypal.capture"
    indexes: ClassVar[tuple[str, ...]] = ("order", "request_key", "invoice_key")

    merchant: str
    order: str
    unit: int
    amount_minor: int
    currency: str
    fee_minor: int
    updated: Instant
    from_reserve_minor: int = 0
    authorization: str = ""
    platform_fee_minor: int = 0
    platform_fee_payee: str = ""
    platform_fee_refunded_minor: int = 0
    held_back_minor: int = 0
    """What the platform has yet to let its seller have."""
    refunded_minor: int = 0
    reversed_minor: int = 0
    """What a dispute took back."""
    dispute: str = ""
    """The dispute that is open about it."""
    refunds_count: int = 0
    final: bool = True
    reason: str = ""
    processor: Mapping[str, str] = field(default_factory=dict)
    invoice_id: str = ""
    custom_id: str = ""
    disbursement_mode: str = ""
    payee: Mapping[str, str] = field(default_factory=dict)
    payer: Mapping[str, Any] = field(default_factory=dict)
    request_key: str = ""
    base: str = ""
    payment: str = ""
    sale: bool = False
    """What the classic API calls one: captured at once, without an authorization."""

    @property
    def seller(self) -> str:
        """Whose balance the money goes to."""
        return self.payee.get("merchant_id") or self.payee.get("email_address", self.merchant)

    @property
    def invoice_key(self) -> str:
        return f"{self.merchant}/{self.invoice_id}" if self.invoice_id else ""

    @property
    def refundable_minor(self) -> int:
        return self.amount_minor - self.refunded_minor - self.reversed_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Record):
    """Money that goes back to the payer."""

    kind: ClassVar[str] = "paypal.refund"
    indexes: ClassVar[tuple[str, ...]] = ("order", "request_key", "invoice_key")

    merchant: str
    order: str
    capture: str
    unit: int
    amount_minor: int
    currency: str
    total_minor: int
    """Refunded of the capture so far, this refund included."""
    updated: Instant
    platform_fee_minor: int = 0
    platform_fee_payee: str = ""
    seller: str = ""
    reason: str = ""
    invoice_id: str = ""
    custom_id: str = ""
    note: str = ""
    payee: Mapping[str, str] = field(default_factory=dict)
    payer: Mapping[str, Any] = field(default_factory=dict)
    request_key: str = ""
    base: str = ""
    payment: str = ""
    of_sale: bool = False
    pacific: bool = False
    """Shown in Pacific time."""

    @property
    def invoice_key(self) -> str:
        return f"{self.merchant}/{self.invoice_id}" if self.invoice_id else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook(Record):
    """Who is told of an app's events."""

    kind: ClassVar[str] = "paypal.webhook"
    indexes: ClassVar[tuple[str, ...]] = ("merchant",)

    merchant: str
    url: str
    event_types: tuple[str, ...]
    base: str = ""

    def wants(self, type: str) -> bool:
        return "*" in self.event_types or type in self.event_types
