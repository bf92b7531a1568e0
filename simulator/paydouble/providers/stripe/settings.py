"""What may be set for the Stripe provider, and what of it an account carries along as its own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from paydouble.core.call import Merchant
from paydouble.core.clock import DAY, MINUTE, SECOND, Duration
from paydouble.core.settings import read_settings
from paydouble.providers.stripe.versions import NEWEST, nearest

PER_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How an account does business; amounts in minor units, rates in parts per million."""

    api_version: str = NEWEST
    """The account's default, where a request or an endpoint names none."""
    country: str = "US"
    currency: str = "usd"
    fee_rate: int = 29_000
    fee_fixed: int = 30
    fee_rate_international: int = 15_000
    """Added for cards that were issued outside the account's country."""
    settles_after: Duration = Duration(2 * SECOND)
    """Under automatic_async the balance transaction follows this much later."""
    refund_settles_after: Duration = Duration(5 * SECOND)
    """When the refund of a pendingRefund or refundFail test card comes to its end."""
    authorization_lasts: Duration = Duration(7 * DAY)
    debit_clears_after: Duration = Duration(5 * SECOND)
    """In test mode at once, or so; in real life some four days."""
    debit_clears_late_after: Duration = Duration(3 * MINUTE)
    """Of the test accounts that say so."""
    disputed_after: Duration = Duration(2 * SECOND)
    """When the holder of a test card that disputes does so."""
    dispute_fee: int = 1_500
    dispute_answered_within: Duration = Duration(9 * DAY)
    """Depends on the card network: some 7 to 21 days (unverified)."""
    dispute_decided_after: Duration = Duration(2 * SECOND)
    """When the documented test evidence has won or lost."""
    payout_leaves_after: Duration = Duration(5 * SECOND)
    """A payout is pending for so long, and can be canceled (unverified)."""
    action_lasts: Duration = Duration(DAY)
    """An authentication that is not finished by then fails (unverified: about a day)."""

    def fee(self, amount: int, card_country: str) -> int:
        """Rounded half up."""
        rate = self.fee_rate + (self.fee_rate_international if card_country not in ("", self.country) else 0)
        return (amount * rate + PER_MILLION // 2) // PER_MILLION + self.fee_fixed


_FIELDS = tuple(field.name for field in fields(Terms))

SETTINGS: Mapping[str, str] = {
    "api_version": "the accounts' default version of the API",
    "country": "the accounts' country",
    "currency": "the accounts' currency",
    "fee_rate": "of a charge, in parts per million: 29000 is 2.9 %",
    "fee_fixed": "of a charge, in minor units",
    "fee_rate_international": "added for cards from abroad, in parts per million",
    "settles_after": "until the balance transaction of an automatic_async payment is made",
    "refund_settles_after": "until a pending refund of a test card succeeds or fails",
    "authorization_lasts": "until an uncaptured payment is canceled",
    "debit_clears_after": "until a bank debit succeeds or fails",
    "debit_clears_late_after": "the same of the test accounts that are slow",
    "disputed_after": "until a test card is disputed that is disputed by itself",
    "dispute_fee": "of a chargeback, in minor units",
    "dispute_answered_within": "until a dispute that nobody answers is lost",
    "dispute_decided_after": "until the documented test evidence has won or lost",
    "payout_leaves_after": "until a payout is on its way and can no longer be canceled",
    "action_lasts": "until an unfinished authentication fails",
    "webhook_timeout": "how long an endpoint may take to answer",
}
"""What `build` understands; durations as in "2s", "7d"."""


def account_facts(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings that every account carries, as text; those not set are left out. Raises ValueError."""
    unknown = settings.keys() - SETTINGS.keys()
    if unknown:
        raise ValueError(f"stripe has no setting {', '.join(sorted(unknown))}; it has {', '.join(SETTINGS)}")
    facts = {name: value for name, value in settings.items() if name != "webhook_timeout"}
    if nearest(facts.get("api_version", NEWEST)) is None:
        raise ValueError(f"{facts['api_version']} is no version of Stripe's API")
    _terms(tuple(sorted(facts.items())))
    return facts


def terms_of(merchant: Merchant) -> Terms:
    facts = merchant.secrets
    return _terms(tuple([(name, facts[name]) for name in _FIELDS if name in facts]))


@lru_cache(maxsize=64)
def _terms(pairs: tuple[tuple[str, str], ...]) -> Terms:
    return read_settings("stripe", Terms, dict(pairs))
