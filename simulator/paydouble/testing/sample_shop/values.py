"""The shop's own words: an order, a refund, what a provider says of them, and how an answer can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol
from zlib import crc32

from paydouble.testing.sample_shop.flaws import Flaw

ZERO = Decimal(0)


class Unheard(Exception):
    """There was no answer that says what was done."""


class Busy(Unheard):
    """Nothing was done, and one may try again `after` seconds."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class Refused(Exception):
    """The provider said no, and did nothing."""


class Done(Exception):
    """The provider says that this was done before."""


class Forged(Exception):
    """Not what the provider sent, or not now, or not to us."""


class State(Enum):
    """Of a payment, at the provider."""

    ABSENT = "absent"
    OPEN = "open"
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Found:
    """What a provider says of a payment."""

    state: State
    native: str = ""
    """Its own id."""
    amount: Decimal | None = None
    """What was, or would be, paid."""
    pay_url: str = ""
    """Where the payer pays."""
    charge: str = ""
    """The id that refunds and fees hang on, where it is another one."""


@dataclass(slots=True)
class Refund:
    number: str
    amount: Decimal
    status: str = "asked"
    """asked, pending, done, failed, unknown."""
    native: str = ""


@dataclass(slots=True)
class Order:
    """What the shop knows of a sale."""

    id: str
    provider: str
    amount: Decimal
    currency: str
    method: str = "page"
    """page: the payer pays at the provider's. direct: the request itself charges."""
    backup: str = ""
    """Another provider, for when the first one is down."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    status: str = "new"
    """new, unknown, to_be_paid, pending, paid, refunded, disputed, failed, canceled."""
    number: str = ""
    """By what the provider knows it, where the merchant gives that number."""
    native: str = ""
    charge: str = ""
    pay_url: str = ""
    tries: int = 0
    shipments: int = 0
    disputes: int = 0
    mismatches: int = 0
    """Callbacks that named another amount."""
    refunds: dict[str, Refund] = field(default_factory=dict)

    def payer_code(self, prefix: str) -> str:
        """What the payer's phone shows: good for one sale."""
        return prefix + str(crc32(self.number.encode())).zfill(16)

    @property
    def refunded(self) -> Decimal:
        """What is on its way back, or has arrived."""
        return sum((each.amount for each in self.refunds.values() if each.status != "failed"), ZERO)

    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id, "provider": self.provider, "amount": str(self.amount), "status": self.status,
            "currency": self.currency, "number": self.number, "pay_url": self.pay_url, "tries": self.tries,
            "shipments": self.shipments, "dispute_count": self.disputes, "mismatches": self.mismatches,
            "refunded": str(self.refunded),
            "refunds": [{"number": each.number, "amount": str(each.amount), "status": each.status}
                        for each in self.refunds.values()],
        }


@dataclass(frozen=True, slots=True)
class Told:
    """What a callback says. `about`: payment, approval, refund, dispute, or nothing we know."""

    id: str
    about: str
    order: str
    state: State = State.OPEN
    amount: Decimal | None = None
    currency: str = ""
    native: str = ""
    charge: str = ""
    refund: str = ""
    """Our number of it, or the provider's."""
    status: str = ""
    """Of a refund or a dispute."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a statement."""

    order: str
    amount: Decimal
    fee: Decimal
    refund: bool = False


class Till(Protocol):
    """One provider, as the shop uses it. Calls block; they raise Unheard, Busy, Refused or Done."""

    @property
    def currency(self) -> str: ...

    def create(self, order: Order, key: str) -> Found: ...

    def capture(self, order: Order, key: str) -> Found:
        """Takes the money, where the payer only agrees to it."""

    def query(self, order: Order) -> Found: ...

    def cancel(self, order: Order) -> None: ...

    def refund(self, order: Order, refund: Refund) -> str:
        """pending, done or failed."""

    def refund_state(self, order: Order, refund: Refund) -> str: ...

    def fee(self, order: Order) -> Decimal: ...

    def statement(self, day: str) -> list[Line]: ...

    def read(self, headers: Mapping[str, str], body: bytes) -> Told:
        """Raises Forged for what is not the provider's word."""

    def acknowledgement(self) -> tuple[int, str, bytes]:
        """Status, content type, body."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a till is opened with."""

    credentials: Mapping[str, Any]
    callback: str
    """Where notifications are to go."""
    flaws: frozenset[Flaw]
    timeout_s: float
