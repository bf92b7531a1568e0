"""Subscriptions: how one begins, which first invoice it gets, and what is billed for each period.

https://docs.stripe.com/billing/subscriptions/overview
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from paydouble.core.clock import DAY, Instant, from_unix, later
from paydouble.core.errors import ProviderError
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe import (
    billed_items,
    discounts,
    invoice_drafts,
    invoicing,
    methods,
    periods,
    setups,
)
from paydouble.providers.stripe import subscription_states as states
from paydouble.providers.stripe.amounts import known_currency
from paydouble.providers.stripe.behalf import for_account, plain
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models import Customer, PaymentMethod
from paydouble.providers.stripe.models.invoices import Invoice, InvoiceItem, Line
from paydouble.providers.stripe.models.shapes import EMPTY, Json
from paydouble.providers.stripe.models.subscriptions import ItemPlace, Subscription
from paydouble.providers.stripe.pricing import cost
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.staging import Staged

TRIAL_MAX = 730 * DAY
Params = Mapping[str, Any]


def _trial(scene: Scene, params: Params) -> Instant | None:
    """When the trial ends; None where there is none. Raises ProviderError."""
    end, days = params.get("trial_end"), params.get("trial_period_days")
    if end is not None and days is not None:
        raise Errors.PARAMETERS_EXCLUSIVE(
            "You may only specify one of these parameters: trial_end, trial_period_days.", param="trial_end"
        )
    if days:
        return later(scene.now, days * DAY)
    if end is None or end == "now":
        return None
    instant = from_unix(end)
    if not scene.now < instant <= later(scene.now, TRIAL_MAX):
        raise Errors.PARAMETER_INVALID(
            "Invalid timestamp: can be no earlier than now, and no more than two years in the future.",
            param="trial_end",
        )
    return instant


def passed_on(given: Params | str | None) -> Json | None:
    """`transfer_data` with all its members; None where nothing or an empty string was sent."""
    if not isinstance(given, Mapping) or not given:
        return None
    return {"amount_percent": given.get("amount_percent"), "destination": given["destination"]}


async def asked_for(scene: Scene, customer: Customer, params: Params) -> Subscription:
    """A new one, not yet saved. Raises ProviderError."""
    wanted = known_currency(params["currency"]) if params.get("currency") else ""
    items, currency = await billed_items.items_of(scene, params.get("items") or (), wanted)
    if customer.currency not in ("", currency):
        raise Errors.PARAMETER_INVALID(
            "You cannot combine currencies on a single customer. This customer has had a subscription, "
            f"coupon, or invoice item with currency {customer.currency}",
            param="currency",
        )
    trial_end = _trial(scene, params)
    interval, count = items[0].price["recurring"]["interval"], items[0].price["recurring"]["interval_count"]
    anchor = trial_end or scene.now
    if "billing_cycle_anchor" in params:
        anchor = _anchor(scene, params["billing_cycle_anchor"], interval, count)
    send = params.get("collection_method") == "send_invoice"
    if send and "days_until_due" not in params:
        raise Errors.PARAMETER_MISSING("Missing required param: days_until_due.", param="days_until_due")
    if params.get("default_payment_method"):
        await _own_method(scene, customer, params["default_payment_method"])
    behavior = (params.get("trial_settings") or EMPTY).get("end_behavior") or EMPTY
    cancel_at = params.get("cancel_at")
    return Subscription(
        id=scene.id("sub_1"),
        created=scene.now,
        merchant=scene.account,
        customer=customer.id,
        currency=currency,
        items=items,
        billing_cycle_anchor=anchor,
        start_date=scene.now,
        period_start=scene.now,
        period_end=trial_end or periods.end_after(scene.now, anchor, interval, count),
        status="trialing" if trial_end else "incomplete",
        trial_start=scene.now if trial_end else None,
        trial_end=trial_end,
        application_fee_percent=params.get("application_fee_percent") or None,
        billing_mode=(params.get("billing_mode") or {}).get("type", "flexible"),
        cancel_at=from_unix(cancel_at) if isinstance(cancel_at, int) else None,
        cancel_at_period_end=params.get("cancel_at_period_end", False),
        collection_method=params.get("collection_method", "charge_automatically"),
        days_until_due=params.get("days_until_due") if send else None,
        default_payment_method=params.get("default_payment_method", ""),
        default_tax_rates=await billed_items.tax_rates(
            scene, params.get("default_tax_rates") or (), "default_tax_rates"
        ),
        description=params.get("description", ""),
        metadata=merged({}, params.get("metadata")),
        missing_payment_method=behavior.get("missing_payment_method", "create_invoice"),
        on_behalf_of=params.get("on_behalf_of") or "",
        payment_settings=params.get("payment_settings") or {},
        base_url=scene.base_url,
        test_clock=customer.test_clock,
        transfer_data=passed_on(params.get("transfer_data")),
    )


def _anchor(scene: Scene, seconds: int, interval: str, count: int) -> Instant:
    anchor = from_unix(seconds)
    if not scene.now <= anchor <= periods.plus(scene.now, interval, count):
        raise Errors.PARAMETER_INVALID(
            "billing_cycle_anchor cannot be in the past, or later than the next natural billing date.",
            param="billing_cycle_anchor",
        )
    return anchor


async def _own_method(scene: Scene, customer: Customer, id: str) -> None:
    method = await methods.resolved(scene, id, param="default_payment_method")
    methods.check_usable(method, customer.id)
    if method.customer != customer.id:
        raise Errors.PAYMENT_METHOD_UNUSABLE(
            f"The customer does not have a payment method with the ID {id}. The payment method must be "
            "attached to the customer.",
            param="default_payment_method",
        )


async def begun(scene: Scene, subscription: Subscription, params: Params) -> Subscription:
    """Saved with its first invoice, which is paid as `payment_behavior` says; told in Stripe's order.

    Raises ProviderError where the caller wants nothing of it to stay.
    """
    staged = Staged(plain(scene.work))
    inner = replace(scene, work=for_account(staged, scene.platform, scene.account))
    subscription, error = await _begun(inner, subscription, params)
    if error is not None:
        raise error
    incomplete = subscription.status == "incomplete"
    staged.release(
        "customer.subscription.created",
        subscription.shown(),
        drop="" if incomplete else "customer.subscription.updated",
    )
    return subscription


async def _begun(
    scene: Scene, subscription: Subscription, params: Params
) -> tuple[Subscription, ProviderError | None]:
    customer = await scene.work.get(Customer, subscription.customer)
    assert customer is not None, f"{subscription.id} has no customer"
    given = await discounts.redeemed(
        scene, params.get("discounts") or (), customer=customer.id, subscription=subscription.id
    )
    subscription = replace(subscription, discounts=tuple(each.id for each in given))
    if not customer.currency:
        customer = replace(customer, currency=subscription.currency)
        scene.work.save(customer)
    scene.work.save(subscription)
    scene.tell("customer.subscription.created", subscription)
    invoice = await _first_invoice(scene, customer, subscription, params)
    subscription = replace(subscription, latest_invoice=invoice.id)
    scene.work.save(subscription)
    await placed(scene, subscription)
    expects(scene, subscription)
    if subscription.collection_method == "send_invoice":
        scene.at(later(scene.now, scene.terms.invoice_finalizes_after), invoice, "finalize")
        return _started(scene, subscription), None
    invoice = await invoicing.finalized(scene, invoice)
    if invoice.status == "open":
        error = await _first_payment(scene, invoice, params)
        if error is not None:
            return subscription, error
    elif subscription.status == "trialing":
        await _set_up_for_trial(scene, customer, subscription)
    found = await scene.work.get(Subscription, subscription.id)
    assert found is not None, f"{subscription.id} is gone"
    if found.status == "incomplete":
        scene.at(later(scene.now, scene.terms.incomplete_lasts), found, "expire")
    return found, None


def _started(scene: Scene, subscription: Subscription) -> Subscription:
    if subscription.status == "incomplete":
        return states.moved(scene, subscription, "activate")
    return subscription


async def _first_invoice(
    scene: Scene, customer: Customer, subscription: Subscription, params: Params
) -> Invoice:
    """Trials cost nothing; an anchor in the future makes a part of a period first."""
    interval, count = subscription.interval
    start, end = subscription.period_start, subscription.period_end
    share = Decimal(1)
    if subscription.trial_end is not None:
        share = Decimal(0)
    elif subscription.billing_cycle_anchor > scene.now:
        back = periods.plus(end, interval, -count)
        share = Decimal(end - start) / Decimal(end - back)
        share = Decimal(0) if params.get("proration_behavior") == "none" else share
    lines = await billed_items.lines_for(scene, subscription, start, end, share)
    lines = [replace(line, proration=False) if subscription.trial_end else line for line in lines]
    invoice = invoice_drafts.started(
        scene,
        customer,
        subscription.currency,
        (),
        billing_reason="subscription_create",
        auto_advance=True,
        **of_subscription(subscription),
    )
    extra = await _added(scene, subscription, params.get("add_invoice_items") or (), invoice.id)
    pending = await invoice_drafts.pending_items(scene, customer.id, subscription.currency, subscription.id)
    lines += extra + invoice_drafts.taken(scene, pending, invoice.id)
    return await invoice_drafts.drafted(scene, customer, replace(invoice, lines=tuple(lines)))


def of_subscription(subscription: Subscription) -> dict[str, Any]:
    """What each of its invoices has from it."""
    return {
        "subscription": subscription.id,
        "subscription_metadata": subscription.metadata,
        "collection_method": subscription.collection_method,
        "days_until_due": subscription.days_until_due,
        "default_tax_rates": subscription.default_tax_rates,
        "discounts": subscription.discounts,
        "payment_settings": subscription.payment_settings,
        "on_behalf_of": subscription.on_behalf_of,
        "shares": {
            "application_fee_percent": subscription.application_fee_percent,
            "transfer_data": subscription.transfer_data,
        },
    }


async def _added(
    scene: Scene, subscription: Subscription, given: Sequence[Params], invoice: str
) -> list[Line]:
    """One-off lines of `add_invoice_items`. Raises ProviderError."""
    items = []
    for index, each in enumerate(given):
        price = await billed_items.price_of(scene, each, f"add_invoice_items[{index}]")
        quantity = each.get("quantity", 1)
        rates = await billed_items.tax_rates(
            scene, each.get("tax_rates") or (), f"add_invoice_items[{index}][tax_rates]"
        )
        items.append(
            InvoiceItem(
                id=scene.id("ii_1"),
                created=scene.now,
                merchant=scene.account,
                customer=subscription.customer,
                amount=cost(price, quantity),
                currency=subscription.currency,
                test_clock=subscription.test_clock,
                description=await billed_items.described(scene, price, quantity),
                period_start=scene.now,
                period_end=scene.now,
                price=price.id,
                product=price.product,
                quantity=quantity,
                subscription=subscription.id,
                tax_rates=rates,
                unit_amount_decimal=price.unit_amount_decimal,
            )
        )
    return invoice_drafts.taken(scene, items, invoice)


async def _first_payment(scene: Scene, invoice: Invoice, params: Params) -> ProviderError | None:
    """An error only where the caller wants nothing to stay."""
    behavior = params.get("payment_behavior", "allow_incomplete")
    if behavior == "default_incomplete":
        return None
    method: PaymentMethod | None = params.get("method")
    if method is None:
        id = await invoicing.default_method(scene, invoice)
        if not id:
            raise Errors.CUSTOMER_WITHOUT_METHOD()
        method = await methods.resolved(scene, id)
    paid, error = await invoicing.collected(
        scene,
        invoice,
        method,
        off_session=bool(params.get("off_session")),
        outcome=params.get("outcome"),
        return_url=params.get("return_url", ""),
        checkout=params.get("checkout", ""),
    )
    if params.get("checkout"):
        return error
    if behavior != "error_if_incomplete" or paid.status == "paid":
        return None
    return error or Errors.INVOICE_REQUIRES_ACTION()


async def _set_up_for_trial(scene: Scene, customer: Customer, subscription: Subscription) -> None:
    """A method is asked for while there is time, where there is none yet."""
    if subscription.default_payment_method or customer.invoice_settings.get("default_payment_method"):
        return
    setup = setups.asked_for(scene, {"customer": customer.id, "usage": "off_session"})
    scene.work.save(setup)
    scene.tell("setup_intent.created", setup)
    scene.work.save(replace(subscription, pending_setup_intent=setup.id))


async def placed(scene: Scene, subscription: Subscription) -> None:
    """Its items are found by their ids from now on."""
    for item in subscription.items:
        if await scene.work.get(ItemPlace, item.id) is None:
            scene.work.save(
                ItemPlace(id=item.id, merchant=subscription.merchant, subscription=subscription.id)
            )


def expects(scene: Scene, subscription: Subscription) -> None:
    """Sets the timers of the period that has begun."""
    scene.at(subscription.period_end, subscription, "renew")
    before = later(subscription.period_end, -scene.terms.renewal_told_before)
    if subscription.trial_end is not None and subscription.trial_end == subscription.period_end:
        told_at = later(subscription.trial_end, -scene.terms.trial_ends_told_before)
        scene.at(Instant(max(told_at, scene.now)), subscription, "trial_will_end")
    elif before > scene.now:
        scene.at(before, subscription, "tell_upcoming")
    if subscription.cancel_at is not None and subscription.cancel_at <= subscription.period_end:
        scene.at(subscription.cancel_at, subscription, "end")


async def after_intervals(scene: Scene, clock: str, now: Instant, count: int) -> Instant | None:
    """When so many intervals of the shortest subscription on this test clock are over; None without any."""
    found = await scene.work.scan(Subscription, Walk(index="test_clock", value=clock, limit=PAGE_MAX))
    ends = [
        periods.plus(now, each.interval[0], each.interval[1] * count) for each in found if not each.ended
    ]
    return min(ends, default=None)
