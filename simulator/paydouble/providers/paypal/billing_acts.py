"""What happens to subscriptions and their payments without a call: the payer's doing, the bank's, and time's.

https://developer.paypal.com/docs/subscriptions/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.machine import IllegalTrigger, fire
from paydouble.core.record import Record
from paydouble.providers.paypal import billing, selling, sources
from paydouble.providers.paypal.amounts import decimal_of, money_of
from paydouble.providers.paypal.billing import Bill
from paydouble.providers.paypal.billing_showing import sale_told
from paydouble.providers.paypal.plans import Plan
from paydouble.providers.paypal.revising import revised
from paydouble.providers.paypal.scene import of_act
from paydouble.providers.paypal.subscription_models import (
    ACTIVE,
    SALE,
    SUBSCRIPTION,
    SUSPENDED,
    WAITING,
    Sale,
    Subscription,
)

CHARGE = ("payment.charge",)


async def _bill(doing: Doing[Subscription], plan: str = "") -> Bill:
    found = await doing.work.get(Plan, plan or doing.record.plan)
    assert found is not None, f"{doing.record.id} has no plan"
    return Bill(of_act(doing), found, doing.outcome, doing.magic)


@act(Subscription, "approve", means=CHARGE)
async def approve(doing: Doing[Subscription]) -> Record:
    """The payer subscribes, as the personal account of the sandbox or as whom the details name."""
    subscription = doing.record
    if subscription.revision and subscription.status in (ACTIVE, SUSPENDED):
        bill = await _bill(doing, str(subscription.revision["plan"]))
        return revised(doing.work, subscription, bill.plan, doing.now)
    if subscription.status != WAITING:
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, "approve")
    bill = await _bill(doing)
    subscription = replace(
        _with_payer(subscription, doing.merchant.sandbox, doing.details), updated=doing.now,
        funds=str(doing.details.get("funds", "")),
    )
    if subscription.context.get("user_action") == "CONTINUE":
        return fire(doing.work, SUBSCRIPTION, subscription, "approve", doing.now)
    return billing.begin(bill, subscription)


def _with_payer(subscription: Subscription, sandbox: str, details: Mapping[str, Any]) -> Subscription:
    """What the merchant said of its subscriber gives way to what the payer's account says."""
    payer = sources.buyer(sandbox, details)
    shipping = {} if subscription.context.get("shipping_preference") == "NO_SHIPPING" else {
        "shipping_address": sources.address_on_file(payer)
    }
    known = {name: payer[name] for name in ("email_address", "payer_id", "name")}
    return replace(subscription, subscriber={**shipping, **subscription.subscriber, **known})


@act(Subscription, "renew", means=CHARGE)
async def renew(doing: Doing[Subscription]) -> Record:
    """The next payment is due."""
    subscription = doing.record
    SUBSCRIPTION.row(subscription.status, "renew")
    bill = await _bill(doing)
    # A timer that was set before the subscription was suspended, or its start moved, is out of date.
    early = doing.now < subscription.next_billing or subscription.retry_at
    if early or billing.is_over(bill.plan, subscription):
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, "renew")
    return billing.execute(bill, subscription)


@act(Subscription, "retry", means=CHARGE)
async def retry(doing: Doing[Subscription]) -> Record:
    """A payment that failed is tried again."""
    subscription = doing.record
    SUBSCRIPTION.row(subscription.status, "retry")
    if not subscription.retry_at or doing.now < subscription.retry_at:
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, "retry")
    return billing.retry(await _bill(doing), subscription)


@act(Subscription, "end")
async def end(doing: Doing[Subscription]) -> Record:
    """The time is over for which the last payment paid."""
    subscription = doing.record
    SUBSCRIPTION.row(subscription.status, "end")
    if subscription.retry_at:
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, "end")
    return billing.ended(await _bill(doing), subscription)


@act(Subscription, "fund")
async def fund(doing: Doing[Subscription]) -> Record:
    """The payer's account can pay no more, for the reason in `funds`; or can again, without one."""
    subscription = replace(doing.record, funds=str(doing.details.get("funds", "")))
    doing.work.save(subscription)
    return subscription


async def _subscription(doing: Doing[Sale]) -> tuple[Subscription, Plan]:
    found = await doing.work.get(Subscription, doing.record.subscription)
    assert found is not None, f"{doing.record.id} belongs to no subscription"
    plan = await doing.work.get(Plan, found.plan)
    assert plan is not None, f"{found.id} has no plan"
    return found, plan


@act(Sale, "complete")
async def complete(doing: Doing[Sale]) -> Record:
    """A payment on its way arrives."""
    subscription, _ = await _subscription(doing)
    billing.complete(of_act(doing), subscription, doing.record)
    found = await doing.work.get(Sale, doing.record.id)
    assert found is not None
    return found


@act(Sale, "deny")
async def deny(doing: Doing[Sale]) -> Record:
    """A payment on its way is refused: it is owed."""
    subscription, _ = await _subscription(doing)
    denied = fire(doing.work, SALE, doing.record, "deny", doing.now)
    doing.work.save(replace(
        subscription, outstanding_minor=subscription.outstanding_minor + denied.amount_minor,
        failed_count=subscription.failed_count + 1, updated=doing.now,
    ))
    doing.work.announce(sale_told("PAYMENT.SALE.DENIED", denied))
    return denied


@act(Sale, "refund", "reverse")
async def refund(doing: Doing[Sale]) -> Record:
    """A payment goes back to its payer, wholly or as far as `amount` says; or a bank takes it back."""
    subscription, _ = await _subscription(doing)
    sale, left = doing.record, doing.record.amount_minor - doing.record.refunded_minor
    SALE.row(sale.status, doing.trigger)
    text = doing.details.get("amount")
    minor = left
    if text is not None:
        number = decimal_of(text)
        if number is None or number.normalize().as_tuple().exponent not in range(-2, 16):
            raise Declined("not_permitted", f"{text} is not an amount")
        minor = money_of({"currency_code": sale.currency, "value": str(number)}).minor
    if not 0 < minor <= left:
        raise Declined("not_permitted", "The amount is more than what is left of the payment")
    sale, _ = selling.refund(of_act(doing), subscription, sale, minor, doing.trigger)
    return sale


ACTS: tuple[Act[Any], ...] = (
    *approve, *renew, *retry, *end, *fund, *complete, *deny, *refund,
)
