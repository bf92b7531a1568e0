"""What is uncertain about PayPal, or differs between accounts: settings, each with the best guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from functools import lru_cache

from paydouble.core.call import Merchant
from paydouble.core.clock import DAY, HOUR, SECOND, Duration
from paydouble.core.money import Money
from paydouble.core.settings import read_settings
from paydouble.providers.paypal.amounts import EXPONENTS


class WebhookUrls(Enum):
    """Which addresses a webhook may have."""

    ANY = "any"
    """Whatever a test listens on."""
    STRICT = "strict"
    """https on port 443, as the real service."""


class RequestId(Enum):
    """When creating an order without `PayPal-Request-Id` is refused."""

    PAYING = "paying"
    """Where the order is paid by the same call, as the manual says."""
    SOURCE = "source"
    """Wherever there is a `payment_source`, as merchants report (unverified)."""
    NEVER = "never"


class Reuse(Enum):
    """What becomes of a used `PayPal-Request-Id` with another body, on orders and payments."""

    FIRST = "first"
    """What the first call made is shown."""
    REFUSE = "refuse"
    """It is refused, as the vault does."""


class Ends(Enum):
    """When a subscription with a number of payments is over."""

    PAYMENT = "payment"
    """As soon as its last payment is made."""
    PERIOD = "period"
    """When the time is over for which the last payment paid."""


class Assertions(Enum):
    """For which accounts `PayPal-Auth-Assertion` may speak."""

    ANY = "any"
    """Every seller, as if all had granted permission."""
    KNOWN = "known"
    """The sandbox's own business and personal account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All of them; each is a string of the same name in the mapping that `build` takes."""

    token_lifetime: Duration = Duration(9 * HOUR)
    """Of an access token, in real time."""
    wallet_percent: Decimal = Decimal("3.49")
    """Of a US account in the sandbox; other countries and plans differ."""
    card_percent: Decimal = Decimal("2.59")
    """Of a payment by card."""
    payout_fee: Decimal = Decimal("0.25")
    """Of each item, in the currency of the payout; observed in US dollars."""
    payout_delay: Duration = Duration(20 * SECOND)
    """From accepting a batch to paying its items; 20 to 55 seconds were seen in the sandbox."""
    order_lifetime: Duration = Duration(6 * HOUR)
    """How long an order waits for approval and capture; up to 72 hours by arrangement (unverified)."""
    attempts_max: int = 10
    """Failed captures of one order; PayPal publishes no number (unverified)."""
    unique_invoices: bool = True
    """A setting of the account: an invoice id can be paid once."""
    expire_authorizations: bool = True
    """After 29 days an authorization is voided by itself; the sandbox leaves it as it is."""
    ipn_url: str = ""
    """Where Instant Payment Notifications go; `notify_url` of a classic payment goes before it."""
    webhook_urls: WebhookUrls = WebhookUrls.ANY
    request_id: RequestId = RequestId.PAYING
    request_id_reuse: Reuse = Reuse.FIRST
    """The manual says it for the vault only (unverified)."""
    reauthorizations: int = 1
    """How often an authorization can be renewed; some manuals say several times (unverified)."""
    inquiry_lifetime: Duration = Duration(20 * DAY)
    """How long buyer and seller talk before a dispute is closed by itself."""
    dispute_response: Duration = Duration(10 * DAY)
    """How long a party has to answer a claim (unverified)."""
    subscription_ends: Ends = Ends.PAYMENT
    """The manual says only that it expires (unverified)."""
    approval_lifetime: Duration = Duration(3 * DAY)
    """How long a subscription waits for its payer (unverified)."""
    retry_after: Duration = Duration(5 * DAY)
    """From a failed payment of a subscription to the next try, of which there are two."""
    short_amounts: bool = True
    """Plans and subscriptions print "10.0" for ten dollars, as real answers do."""
    doubled_ids: bool = False
    """An id that the classic Python SDK repeats in a path is taken once; the real service answers 404."""
    assertions: Assertions = Assertions.ANY
    refund_zone: bool = False
    """Refunds carry Pacific time, as real answers do, in place of UTC."""

    def fee(self, amount: Money, *, card: bool) -> int:
        """Minor units that PayPal keeps: a share and a fixed part, rounded half up."""
        percent = self.card_percent if card else self.wallet_percent
        share = amount.decimal(EXPONENTS) * percent / 100 + FIXED_FEES[amount.currency]
        step = Decimal(1).scaleb(-EXPONENTS.get(amount.currency, 2))
        fee = Money.parse(str(share.quantize(step, ROUND_HALF_UP)), amount.currency, EXPONENTS)
        return min(fee.minor, amount.minor)


# fmt: off
# The published schedule of a US account for other currencies than the dollar (unverified).
FIXED_FEES: Mapping[str, Decimal] = {currency: Decimal(fee) for currency, fee in (
    ("AUD", "0.59"), ("BRL", "2.90"), ("CAD", "0.59"), ("CHF", "0.49"), ("CNY", "3.50"), ("CZK", "9.00"),
    ("DKK", "2.90"), ("EUR", "0.39"), ("GBP", "0.39"), ("HKD", "3.79"), ("HUF", "149"),  ("ILS", "1.60"),
    ("INR", "3.00"), ("JPY", "49"),   ("MXN", "9.00"), ("MYR", "2.00"), ("NOK", "3.90"), ("NZD", "0.69"),
    ("PHP", "25"),   ("PLN", "1.89"), ("SEK", "4.09"), ("SGD", "0.69"), ("THB", "15"),   ("TWD", "14"),
    ("USD", "0.49"),
)}
# fmt: on

_FIELDS = tuple(field.name for field in fields(Terms))


def settings_of(settings: Mapping[str, str]) -> Mapping[str, str]:
    """The same settings, known to be good. Raises ValueError for an unknown name or value."""
    _terms(tuple(sorted(settings.items())))
    return settings


def folds_ids(settings: Mapping[str, str]) -> bool:
    """What a wire has to know before it knows the merchant."""
    return _terms(tuple(sorted(settings.items()))).doubled_ids


def refuses_other_bodies(settings: Mapping[str, str]) -> bool:
    """What operations have to know before they know the merchant."""
    return _terms(tuple(sorted(settings.items()))).request_id_reuse is Reuse.REFUSE


def terms_of(merchant: Merchant) -> Terms:
    facts = merchant.secrets
    return _terms(tuple((name, facts[name]) for name in _FIELDS if name in facts))


@lru_cache(maxsize=64)
def _terms(pairs: tuple[tuple[str, str], ...]) -> Terms:
    return read_settings("paypal", Terms, dict(pairs))
