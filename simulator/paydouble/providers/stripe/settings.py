"""What may be set for the Stripe provider, and what of it an account carries along as its own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from functools import lru_cache

from paydouble.core.call import Merchant
from paydouble.core.clock import DAY, HOUR, MINUTE, SECOND, Duration, parse_duration
from paydouble.core.settings import read_settings
from paydouble.providers.stripe.versions import NEWEST, nearest

PER_MILLION = 1_000_000


class DunningEnds(Enum):
    """What becomes of a subscription when no attempt at payment is left."""

    CANCEL = "cancel"
    UNPAID = "unpaid"
    PAST_DUE = "past_due"


class Onboarding(Enum):
    """When a connected account is verified."""

    ASKED = "asked"
    """When all has been said that is asked for, or its owner has sent the hosted form off."""
    INSTANT = "instant"
    """At once, whatever was said."""


class PayoutSchedule(Enum):
    """When an account is paid out."""

    MANUAL = "manual"
    DAILY = "daily"
    """As soon as money is available, all of it."""


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
    search_lag: Duration = Duration(0)
    """A new object is not found by a search before; the service promises about a minute."""
    payout_schedule: PayoutSchedule = PayoutSchedule.MANUAL
    onboarding: Onboarding = Onboarding.ASKED
    action_lasts: Duration = Duration(DAY)
    """An authentication that is not finished by then fails (unverified: about a day)."""

    invoice_finalizes_after: Duration = Duration(HOUR)
    """A renewal's invoice stays a draft for so long."""
    invoice_retries: tuple[Duration, ...] = tuple(Duration(days * DAY) for days in (1, 1, 2, 2, 2, 3, 3))
    """From one attempt at payment to the next: eight within two weeks."""
    dunning_ends: DunningEnds = DunningEnds.CANCEL
    incomplete_lasts: Duration = Duration(23 * HOUR)
    trial_ends_told_before: Duration = Duration(3 * DAY)
    test_clock_lasts: Duration = Duration(7 * DAY)
    """As in recorded answers; older documentation says thirty days (unverified)."""
    portal_session_lasts: Duration = Duration(HOUR)
    """A session that nobody uses ends after some time (unverified)."""
    renewal_told_before: Duration = Duration(7 * DAY)
    """When invoice.upcoming is told; an account's own choice."""

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
    "payout_schedule": "manual, or daily: what is available is paid out by itself",
    "search_lag": "until a search finds a new object",
    "onboarding": "when a connected account is verified: asked, when all is said; instant, at once",
    "action_lasts": "until an unfinished authentication fails",
    "invoice_finalizes_after": "until the draft invoice of a renewal is finalized",
    "invoice_retries": "from one attempt at an invoice's payment to the next, as in \"1d 3d 5d\"",
    "dunning_ends": "what becomes of a subscription without any attempt left: cancel, unpaid, past_due",
    "incomplete_lasts": "until a subscription whose first invoice is not paid expires",
    "trial_ends_told_before": "how long before its end a trial's end is told",
    "test_clock_lasts": "until a test clock is deleted by itself",
    "portal_session_lasts": "until the page of a customer portal session ends",
    "renewal_told_before": "how long before a renewal invoice.upcoming is told",
    "webhook_timeout": "how long an endpoint may take to answer",
    "fallback_spec": "Stripe's OpenAPI document, from which whatever is not modelled is answered",
    "stateless": "on: as stripe-mock, answer everything from that document, and keep nothing",
}
"""What `build` understands; durations as in "2s", "7d"."""


BUILT_WITH: Mapping[str, str] = {"fallback_spec": "no file", "stateless": "off"}
"""Settings of the provider itself rather than of its accounts, with their defaults in words."""


def retry_gaps(text: str) -> tuple[Duration, ...]:
    """The waits between attempts. Raises ValueError."""
    return tuple(parse_duration(each) for each in text.split())


def account_facts(settings: Mapping[str, str]) -> dict[str, str]:
    """The settings that every account carries, as text; those not set are left out. Raises ValueError."""
    unknown = settings.keys() - SETTINGS.keys()
    if unknown:
        raise ValueError(f"stripe has no setting {', '.join(sorted(unknown))}; it has {', '.join(SETTINGS)}")
    own = {"webhook_timeout", *BUILT_WITH}
    facts = {name: value for name, value in settings.items() if name not in own}
    if nearest(facts.get("api_version", NEWEST)) is None:
        raise ValueError(f"{facts['api_version']} is no version of Stripe's API")
    _terms(tuple(sorted(facts.items())))
    return facts


def terms_of(merchant: Merchant) -> Terms:
    facts = merchant.secrets
    return _terms(tuple([(name, facts[name]) for name in _FIELDS if name in facts]))


@lru_cache(maxsize=64)
def _terms(pairs: tuple[tuple[str, str], ...]) -> Terms:
    return read_settings("stripe", Terms, dict(pairs), {"invoice_retries": retry_gaps})
