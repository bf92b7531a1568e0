"""The mistakes that the sample shop can be told to make, one at a time or all at once."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Flaw(Enum):
    """Each value is what the shop does wrong."""

    NEW_KEY = "tries again under a new key, and a new order number"
    GIVES_UP = "takes no answer for a no, and calls the order off"
    NO_VERIFICATION = "believes callbacks without checking their signature"
    NO_FRESHNESS = "believes a signature however old it is"
    NO_DEDUPE = "acts upon every callback, also upon one that it has had"
    NO_LOCK = "looks first and writes later, with nothing that keeps another callback out in between"
    ACKS_FIRST = "acknowledges a callback before it is worked on, and loses it when that fails"
    TRUSTS_RETURN_URL = "ships when the payer's browser comes back, whatever the provider says"
    IGNORES_AMOUNT = "does not compare what was paid with what was ordered"
    IGNORES_RECIPIENT = "does not look for whom a callback is meant"
    LATEST_WINS = "lets the last callback decide, so that an older one undoes a newer"
    PENDING_IS_PAID = "ships when the provider is still deciding"
    REFUNDS_AGAIN = "asks for a refund anew, under a new number, when it was not answered"
    REFUND_IS_DONE = "takes an accepted refund for one that has arrived"
    BELIEVES_REFUNDS = "books a refund when it asks for it, whatever is answered"
    NO_BACKOFF = "tries again at once, whatever it is told about waiting"
    NEVER_ASKS = "waits for a callback, and asks about nothing"
    FAILS_ON_NEWS = "answers an event that it does not know with an error"
    BELIEVES_ANSWERS = "does not check the signature of answers"
    OLD_CERTIFICATES = "knows the provider's keys of yesterday only"
    TOKEN_FOREVER = "never asks for a second access token"
    FAILS_OVER_BLINDLY = "turns to the other provider before it knows what became of the first"
    IGNORES_DISPUTES = "does not know that a payment can be taken back"
    KEEPS_PARTS = "keeps the first part of a payment when the second one fails"
    RENEWS_TWICE = "charges a month again when its job runs again"
    SERVES_ANYWAY = "goes on serving when a renewal was declined"
    TRUSTS_STATEMENT = "does not hold a statement against its own books"

    @classmethod
    def named(cls, name: str) -> Flaw:
        """`no-dedupe`, as on a command line. Raises ValueError."""
        try:
            return cls[name.upper().replace("-", "_")]
        except KeyError:
            known = ", ".join(each.label for each in cls)
            raise ValueError(f"'{name}' is no flaw; there are {known}") from None

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", "-")


CAREFUL: frozenset[Flaw] = frozenset()
CARELESS: frozenset[Flaw] = frozenset(Flaw) - {Flaw.GIVES_UP, Flaw.FAILS_ON_NEWS}
"""Without those two, which would keep it from making the others."""


def variant(name: str) -> frozenset[Flaw]:
    """`careful`, `careless`, or flaws with commas between them. Raises ValueError."""
    if name in ("careful", "careless"):
        return CAREFUL if name == "careful" else CARELESS
    return frozenset(Flaw.named(each.strip()) for each in name.split(","))


def told(flaws: Iterable[Flaw]) -> str:
    """The variant's name."""
    chosen = frozenset(flaws)
    if chosen in (CAREFUL, CARELESS):
        return "careless" if chosen else "careful"
    return ",".join(each.label for each in Flaw if each in chosen)
