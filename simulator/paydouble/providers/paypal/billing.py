"""Billing a subscription: the first payment, renewals, failures, retries, what stays owed, and the end.

https://developer.paypal.com/docs/subscriptions/customize/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from paydouble.core.clock import Instant, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.ledger import Entry, EntryKind, Posting, fees, pending
from paydouble.core.machine import fire
from paydouble.core.money import Money
from paydouble.providers.paypal import cards
from paydouble.providers.paypal.amounts import money_of
from paydouble.providers.paypal.billing_dates import day_of_month, following
from paydouble.providers.paypal.billing_showing import (
    current,
    cycles_of,
    preferences_of,
    sale_told,
    taxes_of,
    told,
)
from paydouble.providers.paypal.events import PROVIDER
from paydouble.providers.paypal.paying import WAITS
from paydouble.providers.paypal.plans import Plan
from paydouble.providers.paypal.pricing import price, tax
from paydouble.providers.paypal.scene import Scene
from paydouble.providers.paypal.settings import Ends
from paydouble.providers.paypal.subscription_models import SALE, SUBSCRIPTION, Sale, Subscription

RETRIES_MAX = 2
NEVER = Instant(0)
FAILED = "BILLING.SUBSCRIPTION.PAYMENT.FAILED"

# fmt: off
REASON_CODES: Mapping[str, str] = {
    "insufficient_funds": "PAYER_CANNOT_PAY",
    "card_expired":       "PAYER_CANNOT_PAY",
    "account_frozen":     "PAYER_ACCOUNT_RESTRICTED",
    "payer_closed":       "PAYER_ACCOUNT_RESTRICTED",
    "limit_exceeded":     "SENDING_LIMIT_EXCEEDED",
    "processing_error":   "INTERNAL_SERVER_ERROR",
    "not_permitted":      "PAYEE_ACCOUNT_RESTRICTED",
}
"""Neutral reason → reason of a failed payment; all others are PAYMENT_DENIED."""
# fmt: on


@dataclass(frozen=True, slots=True)
class Due:
    """The parts of one payment, in minor units."""

    total: int
    shipping: int = 0
    tax: int = 0
    cycle: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """Whose money is asked for, and what decides whether it comes."""

    scene: Scene
    plan: Plan
    outcome: Outcome | None = None
    magic: bool = True


def due(plan: Plan, subscription: Subscription) -> Due:
    """Of the billing cycle that is executed next."""
    cycle = current(plan, subscription)
    if cycle is None:
        return Due(0)
    net = price(cycle, subscription.quantity, subscription.currency)
    if net.minor == 0:
        return Due(0, cycle=str(cycle["sequence"]))
    taxed, on_top = tax(net, taxes_of(plan, subscription))
    total = net.minor + subscription.shipping_minor + (taxed if on_top else 0)
    return Due(total, subscription.shipping_minor, taxed, str(cycle["sequence"]))


def setup_fee(plan: Plan, subscription: Subscription) -> int:
    fee = preferences_of(plan, subscription).get("setup_fee")
    return money_of(fee).minor if fee else 0


def begin(bill: Bill, subscription: Subscription) -> Subscription:
    """The payer agreed: it is active, and paid for at once unless it starts later."""
    scene = bill.scene
    if subscription.start > scene.now:
        started = _started(bill, subscription, subscription.start)
        scene.work.at(started.next_billing, started, "renew")
        return started
    if _fee_forbids(bill, subscription):
        return _given_up(bill, subscription)
    return execute(bill, _started(bill, subscription, scene.now))


def _started(bill: Bill, subscription: Subscription, first: Instant) -> Subscription:
    scene = bill.scene
    started = fire(
        scene.work, SUBSCRIPTION, subscription, "start", scene.now, next_billing=first, updated=scene.now,
        day=day_of_month(first),
    )
    scene.work.announce(told("BILLING.SUBSCRIPTION.ACTIVATED", started, bill.plan))
    return started


def _fee_forbids(bill: Bill, subscription: Subscription) -> bool:
    """The setup fee cannot be paid, and without it there is no subscription."""
    cancels = preferences_of(bill.plan, subscription)["setup_fee_failure_action"] == "CANCEL"
    has_fee = not subscription.fee_settled and setup_fee(bill.plan, subscription) > 0
    return has_fee and cancels and refusal(bill, subscription) != ""


def _given_up(bill: Bill, subscription: Subscription) -> Subscription:
    """It ends as cancelled (unverified)."""
    scene = bill.scene
    failed = _noted(bill, subscription, setup_fee(bill.plan, subscription), NEVER)
    trigger = "give_up" if "give_up" in SUBSCRIPTION.triggers(failed.status) else "cancel"
    ended = fire(scene.work, SUBSCRIPTION, failed, trigger, scene.now, updated=scene.now)
    scene.work.announce(told(FAILED, ended, bill.plan))
    scene.work.announce(told("BILLING.SUBSCRIPTION.CANCELLED", ended, bill.plan))
    return ended


def execute(bill: Bill, subscription: Subscription) -> Subscription:
    """One execution of the current billing cycle, with the setup fee before the first one."""
    if _fee_forbids(bill, subscription):
        return _given_up(bill, subscription)
    subscription = _settle_fee(bill, subscription)
    asked = due(bill.plan, subscription)
    subscription = _moved_on(bill, subscription)
    return _collect(bill, replace(subscription, unpaid_minor=asked.total, attempts=0), asked)


def _settle_fee(bill: Bill, subscription: Subscription) -> Subscription:
    """The setup fee is a payment of its own (unverified); one that fails and may fail is owed."""
    fee = setup_fee(bill.plan, subscription)
    if subscription.fee_settled or not fee:
        return replace(subscription, fee_settled=True)
    subscription = replace(subscription, fee_settled=True)
    if refusal(bill, subscription):
        failed = _noted(bill, subscription, fee, NEVER)
        failed = replace(failed, outstanding_minor=failed.outstanding_minor + fee)
        bill.scene.work.announce(told(FAILED, failed, bill.plan))
        return failed
    return charge(bill, subscription, Due(fee))


def _moved_on(bill: Bill, subscription: Subscription) -> Subscription:
    """The execution is counted, and the next one planned."""
    cycle = current(bill.plan, subscription)
    assert cycle is not None, f"{subscription.id} is over"
    sequence = str(cycle["sequence"])
    done = {**subscription.done, sequence: subscription.done.get(sequence, 0) + 1}
    then = following(subscription.next_billing, cycle["frequency"], subscription.day)
    subscription = replace(subscription, done=done, next_billing=then, updated=bill.scene.now)
    subscription = replace(subscription, total_minor=due(bill.plan, subscription).total)
    bill.scene.work.save(subscription)
    bill.scene.work.at(then, subscription, "end" if is_over(bill.plan, subscription) else "renew")
    return subscription


def is_over(plan: Plan, subscription: Subscription) -> bool:
    return current(plan, subscription) is None


def retry(bill: Bill, subscription: Subscription) -> Subscription:
    """Another try at the payment that failed."""
    return _collect(bill, replace(subscription, retry_at=NEVER), Due(subscription.unpaid_minor))


def _collect(bill: Bill, subscription: Subscription, asked: Due) -> Subscription:
    """What is due now, and what is still owed where the plan says so."""
    bills_debts = preferences_of(bill.plan, subscription)["auto_bill_outstanding"]
    owed = subscription.outstanding_minor if bills_debts else 0
    whole = replace(asked, total=asked.total + owed)
    if whole.total == 0:
        return _settled(bill, replace(subscription, unpaid_minor=0))
    if refusal(bill, subscription):
        return _failed(bill, subscription, whole.total)
    paid = charge(bill, subscription, whole)
    return _settled(bill, replace(
        paid, outstanding_minor=paid.outstanding_minor - owed, unpaid_minor=0, attempts=0, failed_count=0,
        threshold_reached=False,
    ))


def _failed(bill: Bill, subscription: Subscription, asked: int) -> Subscription:
    """Tried again twice, unless the next payment is due before; then it is owed, and counted."""
    scene, attempts = bill.scene, subscription.attempts + 1
    again = later(scene.now, scene.terms.retry_after)
    if attempts <= RETRIES_MAX and (again < subscription.next_billing or is_over(bill.plan, subscription)):
        tried = replace(_noted(bill, subscription, asked, again), attempts=attempts, retry_at=again)
        scene.work.save(tried)
        scene.work.at(again, tried, "retry")
        scene.work.announce(told(FAILED, tried, bill.plan))
        return tried
    owing = replace(
        _noted(bill, subscription, asked, NEVER), attempts=0, retry_at=NEVER, unpaid_minor=0,
        outstanding_minor=subscription.outstanding_minor + subscription.unpaid_minor,
        failed_count=subscription.failed_count + 1,
    )
    scene.work.announce(told(FAILED, owing, bill.plan))
    threshold = int(preferences_of(bill.plan, owing)["payment_failure_threshold"])
    if threshold and owing.failed_count >= threshold:
        return suspended(bill, replace(owing, threshold_reached=True))
    return _settled(bill, owing)


def suspended(bill: Bill, subscription: Subscription, note: str = "") -> Subscription:
    """No payment is asked for any more; one that was to be tried again is owed."""
    scene = bill.scene
    subscription = replace(
        subscription, retry_at=NEVER, attempts=0, unpaid_minor=0,
        outstanding_minor=subscription.outstanding_minor + subscription.unpaid_minor,
    )
    stopped = fire(scene.work, SUBSCRIPTION, subscription, "suspend", scene.now, note=note, updated=scene.now)
    scene.work.announce(told("BILLING.SUBSCRIPTION.SUSPENDED", stopped, bill.plan))
    return stopped


def resumed(bill: Bill, subscription: Subscription, note: str = "") -> Subscription:
    """Goes on with the first date that is not yet past; what was missed is not asked for."""
    scene, then = bill.scene, subscription.next_billing
    cycle = current(bill.plan, subscription) or cycles_of(bill.plan, subscription)[-1]
    while then <= scene.now:
        then = following(then, cycle["frequency"], subscription.day)
    active = fire(
        scene.work, SUBSCRIPTION, subscription, "activate", scene.now, next_billing=then, note=note,
        updated=scene.now, threshold_reached=False, failed_count=0,
    )
    scene.work.at(then, active, "end" if is_over(bill.plan, active) else "renew")
    scene.work.announce(told("BILLING.SUBSCRIPTION.RE-ACTIVATED", active, bill.plan))
    return active


def _settled(bill: Bill, subscription: Subscription) -> Subscription:
    """Saved; and over, where that was the last payment."""
    scene = bill.scene
    at_once = scene.terms.subscription_ends is Ends.PAYMENT or scene.now >= subscription.next_billing
    if is_over(bill.plan, subscription) and at_once:
        return ended(bill, subscription)
    scene.work.save(subscription)
    return subscription


def ended(bill: Bill, subscription: Subscription) -> Subscription:
    over = fire(bill.scene.work, SUBSCRIPTION, subscription, "end", bill.scene.now, updated=bill.scene.now)
    bill.scene.work.announce(told("BILLING.SUBSCRIPTION.EXPIRED", over, bill.plan))
    return over


def refusal(bill: Bill, subscription: Subscription) -> str:
    """Why the payer's money does not come, as PayPal codes it; empty where it comes."""
    outcome = bill.outcome
    if outcome is not None and outcome.result in (Result.DECLINED, Result.FAILED, Result.CANCELED):
        return outcome.native_code or REASON_CODES.get(outcome.reason, "PAYMENT_DENIED")
    if outcome is not None:
        return ""
    if subscription.funds:
        return REASON_CODES.get(subscription.funds, "PAYMENT_DENIED")
    if bill.magic and str(subscription.card.get("name", "")) in cards.REJECTED:
        return "PAYMENT_DENIED"
    return ""


def _noted(bill: Bill, subscription: Subscription, minor: int, again: Instant) -> Subscription:
    failed: dict[str, Any] = {
        "minor": minor, "at": bill.scene.now, "reason": refusal(bill, subscription), "retry": again,
    }
    return replace(subscription, last_failed=failed, updated=bill.scene.now)


def charge(bill: Bill, subscription: Subscription, asked: Due) -> Subscription:
    """A sale: the money arrives, less PayPal's fee; or is on its way, where a scenario says so."""
    scene, outcome, currency = bill.scene, bill.outcome, subscription.currency
    amount = Money(asked.total, currency)
    fee = outcome.fee.minor if outcome and outcome.fee else scene.fee(
        amount, card=bool(subscription.card)
    )
    sale = Sale(
        id=scene.id(), status=SALE.initial, created=scene.now, updated=scene.now,
        merchant=subscription.merchant, seller=subscription.seller, subscription=subscription.id,
        amount_minor=amount.minor, currency=currency, fee_minor=fee, shipping_minor=asked.shipping,
        tax_minor=asked.tax, custom_id=subscription.custom_id, for_cycle=asked.cycle, base=subscription.base,
        payer={name: subscription.subscriber[name] for name in _PAYER if name in subscription.subscriber},
    )
    if outcome is not None and outcome.result in WAITS:
        scene.work.save(sale)
        scene.work.announce(sale_told("PAYMENT.SALE.PENDING", sale))
        return subscription
    return complete(scene, subscription, sale)


_PAYER = ("name", "email_address")


def complete(scene: Scene, subscription: Subscription, sale: Sale) -> Subscription:
    """The money of a sale arrives; the subscription's sums follow."""
    done = fire(scene.work, SALE, sale, "complete", scene.now)
    if done.fee_minor:
        money = Money(done.fee_minor, done.currency)
        scene.work.post(Entry(
            id="", what=EntryKind.FEE, reference=done.subscription, memo=done.id,
            postings=(Posting(pending(done.seller), -money), Posting(fees(PROVIDER), money)),
        ))
    scene.work.announce(sale_told("PAYMENT.SALE.COMPLETED", done))
    subscription = replace(
        subscription, last_paid={"minor": done.amount_minor, "at": scene.now},
        captured_minor=subscription.captured_minor + done.amount_minor,
        captured_count=subscription.captured_count + 1, fee_minor=subscription.fee_minor + done.fee_minor,
        updated=scene.now,
    )
    scene.work.save(subscription)
    return subscription
