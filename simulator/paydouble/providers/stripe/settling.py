"""Money that reaches the account's balance: balance transactions, fees, and when they become available.

https://docs.stripe.com/reports/balance-transaction-types
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from paydouble.core.clock import Instant
from paydouble.core.effect import Outcome
from paydouble.core.ledger import EntryKind, fees, pending, transfer
from paydouble.providers.stripe.amounts import money
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
    at_once = card_numbered(charge.card).available_at_once
    type = "charge" if charge.card else "payment"
    transaction = BalanceTransaction(
        id=scene.id("txn_3"),
        created=scene.now,
        merchant=charge.merchant,
        amount=charge.amount_captured,
        fee=fee,
        currency=charge.currency,
        source=charge.id,
        type=type,
        reporting_category="charge",
        available_on=scene.now if at_once else available_on(scene.now),
        description=charge.description,
    )
    scene.work.save(transaction)
    return transaction.id


def settle(scene: Scene, charge: Charge, fee: int) -> Charge:
    """What automatic_async leaves for later."""
    done = replace(charge, balance_transaction=settled(scene, charge, fee))
    scene.work.save(done)
    scene.tell("charge.updated", done, {"balance_transaction": None})
    return done


def taken_back(scene: Scene, charge: Charge, refund: str, amount: int) -> str:
    """Makes the balance transaction of a refund; its fee stays with Stripe."""
    return _about_refund(scene, charge, refund, -amount, "refund", "REFUND FOR CHARGE")


def given_back(scene: Scene, charge: Charge, refund: str, amount: int) -> str:
    """Makes the balance transaction of a refund that failed."""
    return _about_refund(scene, charge, refund, amount, "refund_failure", "REFUND FAILURE")


def _about_refund(scene: Scene, charge: Charge, refund: str, amount: int, type: str, words: str) -> str:
    at_once = card_numbered(charge.card).available_at_once
    described = f"{words} ({charge.description})" if charge.description else words
    transaction = BalanceTransaction(
        id=scene.id("txn_3"),
        created=scene.now,
        merchant=charge.merchant,
        amount=amount,
        fee=0,
        currency=charge.currency,
        source=refund,
        type=type,
        reporting_category=type,
        description=described,
        available_on=scene.now if at_once else available_on(scene.now),
    )
    scene.work.save(transaction)
    return transaction.id


def available_on(now: Instant) -> Instant:
    """Midnight, two business days later."""
    day = datetime.fromtimestamp(now // 1_000, UTC).replace(hour=0, minute=0, second=0)
    left = BUSINESS_DAYS
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return Instant(int(day.timestamp()) * 1_000)
