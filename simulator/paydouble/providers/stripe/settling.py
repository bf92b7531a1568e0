"""Money that reaches the account's balance: balance transactions, fees, and when they become available.

https://docs.stripe.com/reports/balance-transaction-types
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from paydouble.core.clock import Instant
from paydouble.core.effect import Outcome
from paydouble.core.ledger import EntryKind, fees, pending, transfer
from paydouble.providers.stripe.amounts import EXPONENTS, money
from paydouble.providers.stripe.booking import book
from paydouble.providers.stripe.events import PROVIDER
from paydouble.providers.stripe.instruments import card_numbered
from paydouble.providers.stripe.models import BalanceTransaction, Charge, PaymentIntent
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.settings import PER_MILLION
from paydouble.providers.stripe.test_banks import US

BUSINESS_DAYS = 2
ACH_RATE = 8_000
"""Parts per million."""
ACH_FEE_MAX = 500
_SATURDAY = 5


def fee_of(scene: Scene, amount: int, charge: Charge, outcome: Outcome | None) -> int:
    """What Stripe keeps of a charge, unless a scenario says otherwise."""
    if outcome is not None and outcome.fee is not None:
        return outcome.fee.minor
    named = scene.work.fee(PROVIDER, money(amount, charge.currency), EXPONENTS)
    if named is not None:
        return named
    if charge.method_type == US:
        return min(ACH_FEE_MAX, (amount * ACH_RATE + PER_MILLION // 2) // PER_MILLION)
    return min(amount, scene.terms.fee(amount, card_numbered(charge.card).country))


def pay_fee(scene: Scene, intent: PaymentIntent) -> None:
    """Takes the fee of a captured payment from the account."""
    if intent.fee:
        scene.work.post(
            transfer(
                EntryKind.FEE,
                source=pending(intent.merchant),
                target=fees(PROVIDER),
                reference=intent.id,
                memo=intent.latest_charge,
                amount=money(intent.fee, intent.currency),
            )
        )


def settled(scene: Scene, charge: Charge, fee: int) -> str:
    """Makes the balance transaction of a charge, and returns its id."""
    type = "charge" if charge.card else "payment"
    ours = (charge.application_fee_amount or 0) if charge.application else 0
    transaction = BalanceTransaction(
        id=scene.id("txn_3"),
        created=scene.wall,
        merchant=charge.merchant,
        amount=charge.amount_captured,
        fee=fee + ours,
        application_fee=ours,
        application=charge.application if ours else "",
        currency=charge.currency,
        source=charge.id,
        type=type,
        reporting_category="charge",
        available_on=available_of(scene, charge),
        description=charge.description,
    )
    return book(scene, transaction)


def available_of(scene: Scene, charge: Charge) -> Instant:
    """When the money of a charge that is captured now can be paid out."""
    at_once = card_numbered(charge.card).available_at_once
    return scene.wall if at_once else available_on(scene.wall)


def taken_back(scene: Scene, charge: Charge, refund: str, amount: int, fee_back: int = 0) -> str:
    """Makes the balance transaction of a refund; Stripe's fee stays with Stripe, the platform's may not."""
    return _about_refund(scene, charge, refund, -amount, "refund", "REFUND FOR CHARGE", fee_back)


def given_back(scene: Scene, charge: Charge, refund: str, amount: int) -> str:
    """Makes the balance transaction of a refund that failed."""
    return _about_refund(scene, charge, refund, amount, "refund_failure", "REFUND FAILURE")


def _about_refund(
    scene: Scene, charge: Charge, refund: str, amount: int, type: str, words: str, fee_back: int = 0
) -> str:
    described = f"{words} ({charge.description})" if charge.description else words
    transaction = BalanceTransaction(
        id=scene.id("txn_3"),
        created=scene.now,
        merchant=charge.merchant,
        amount=amount,
        fee=-fee_back,
        application_fee=-fee_back,
        application=charge.application if fee_back else "",
        currency=charge.currency,
        source=refund,
        type=type,
        reporting_category=type,
        description=described,
        available_on=available_of(scene, charge),
    )
    return book(scene, transaction)


def available_on(now: Instant) -> Instant:
    """Midnight, two business days later."""
    day = datetime.fromtimestamp(now // 1_000, UTC).replace(hour=0, minute=0, second=0)
    left = BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return Instant(int(day.timestamp()) * 1_000)
