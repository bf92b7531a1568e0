"""What time and a merchant's dashboard do to invoices and subscriptions: renewals, attempts, ends.

https://docs.stripe.com/billing/subscriptions/overview
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.act import Act, Declined, Doing, act
from paydouble.core.errors import ProviderError
from paydouble.core.machine import IllegalTrigger
from paydouble.core.record import Record
from paydouble.providers.stripe import clocks, invoicing, methods, renewing
from paydouble.providers.stripe import subscription_states as states
from paydouble.providers.stripe.invoice_previews import upcoming_of
from paydouble.providers.stripe.machines_billing import INVOICE, SUBSCRIPTION
from paydouble.providers.stripe.models import Customer, PaymentMethod
from paydouble.providers.stripe.models.credit_notes import PortalSession
from paydouble.providers.stripe.models.invoices import Invoice
from paydouble.providers.stripe.models.shapes import EMPTY
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.scene import Scene


async def _scene(doing: Doing[Any]) -> Scene:
    scene = await clocks.of_timer(doing, doing.record.customer)
    return replace(scene, base_url=doing.record.base_url)


async def _default(scene: Scene, invoice: Invoice) -> PaymentMethod | None:
    id = await invoicing.default_method(scene, invoice)
    return await scene.work.get(PaymentMethod, id) if id else None


@act(Invoice, "finalize")
async def finalize(doing: Doing[Invoice]) -> Record:
    """A draft that nobody has finalized is, and what can be collected is."""
    scene, invoice = await _scene(doing), doing.record
    INVOICE.row(invoice.status, doing.trigger)
    subscription = await states.of_invoice(scene, invoice)
    paused = (subscription.pause_collection or EMPTY) if subscription is not None else EMPTY
    try:
        invoice = await invoicing.finalized(scene, invoice)
    except ProviderError:
        scene.tell("invoice.finalization_failed", invoice)
        return invoice
    if invoice.status != "open":
        return invoice
    match paused.get("behavior"):
        case "void":
            return await invoicing.voided(scene, invoice)
        case "mark_uncollectible":
            return invoicing.written_off(scene, invoice)
    if invoice.collection_method == "send_invoice":
        scene.tell("invoice.sent", invoice)
        return invoice
    return await _attempted(scene, invoice, doing)


async def _attempted(scene: Scene, invoice: Invoice, doing: Doing[Invoice]) -> Invoice:
    if not invoice.auto_advance:
        return invoice
    method = await _default(scene, invoice)
    if method is None:
        return await invoicing.unpayable(scene, invoice)
    paid, _ = await invoicing.collected(scene, invoice, method, off_session=True, outcome=doing.outcome)
    return paid


@act(Invoice, "collect", means=("payment.charge",))
async def collect(doing: Doing[Invoice]) -> Record:
    """A finalized invoice is collected by itself."""
    scene, invoice = await _scene(doing), doing.record
    if invoice.status != "open" or invoice.attempted:
        raise IllegalTrigger(INVOICE.name, invoice.status, doing.trigger)
    return await _attempted(scene, invoice, doing)


@act(Invoice, "retry", means=("payment.charge",))
async def retry(doing: Doing[Invoice]) -> Record:
    """A further attempt at payment is due."""
    scene, invoice = await _scene(doing), doing.record
    if (
        invoice.status != "open"
        or invoice.next_payment_attempt is None
        or invoice.next_payment_attempt > scene.now
    ):
        raise IllegalTrigger(INVOICE.name, invoice.status, doing.trigger)
    method = await _default(scene, invoice)
    if method is None:
        return await invoicing.unpayable(scene, invoice)
    return await invoicing.retried(scene, invoice, method)


@act(Invoice, "pay", means=("payment.charge",))
async def pay(doing: Doing[Invoice]) -> Record:
    """The customer pays on the hosted page, with `payment_method` of the details or the default one."""
    scene, invoice = await _scene(doing), doing.record
    INVOICE.row(invoice.status, doing.trigger)
    try:
        id = str(doing.details.get("payment_method", "")) or await invoicing.default_method(scene, invoice)
        if doing.details.get("number"):
            method = methods.numbered(scene, doing.details)
        else:
            method = await methods.resolved(scene, id or "pm_card_visa")
        paid, _ = await invoicing.collected(
            scene, invoice, method, off_session=False, outcome=doing.outcome, return_url=invoice.hosted_url
        )
    except ProviderError as refused:
        raise Declined(refused.row.code, refused.message) from None
    return paid


@act(Invoice, "void", "write_off")
async def close(doing: Doing[Invoice]) -> Record:
    """The merchant gives an invoice up in the dashboard."""
    scene, invoice = await _scene(doing), doing.record
    INVOICE.row(invoice.status, doing.trigger)
    if doing.trigger == "write_off":
        return invoicing.written_off(scene, invoice)
    return await invoicing.voided(scene, invoice)


@act(Invoice, "fall_due")
async def fall_due(doing: Doing[Invoice]) -> Record:
    """An invoice that was sent is not paid in time: overdue, and so is its subscription."""
    scene, invoice = await _scene(doing), doing.record
    if invoice.status != "open":
        raise IllegalTrigger(INVOICE.name, invoice.status, doing.trigger)
    scene.tell("invoice.overdue", invoice)
    await states.on_failed(scene, invoice)
    return invoice


@act(Subscription, "renew")
async def renew(doing: Doing[Subscription]) -> Record:
    """A period is over: the next one begins, or the subscription ends."""
    scene, subscription = await _scene(doing), doing.record
    if subscription.ended or subscription.status == "paused" or subscription.period_end > scene.now:
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, doing.trigger)
    if subscription.cancel_at_period_end:
        ended = states.canceled(scene, subscription, "cancellation_requested")
        await invoicing.subscription_ends(scene, ended)
        return ended
    if subscription.status == "incomplete":
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, doing.trigger)
    if subscription.status == "trialing" and subscription.missing_payment_method != "create_invoice":
        customer = await scene.work.get(Customer, subscription.customer)
        settings = customer.invoice_settings if customer is not None else EMPTY
        if not (subscription.default_payment_method or settings.get("default_payment_method")):
            return _without_method(scene, subscription)
    return await renewing.renewed(scene, subscription)


def _without_method(scene: Scene, subscription: Subscription) -> Subscription:
    """A trial ends, and there is nothing to charge."""
    if subscription.missing_payment_method == "cancel":
        return states.canceled(scene, subscription, "payment_failed")
    paused = replace(subscription, status="paused")
    scene.work.save(paused)
    scene.tell("customer.subscription.paused", paused)
    return paused


@act(Subscription, "trial_will_end")
async def trial_will_end(doing: Doing[Subscription]) -> Record:
    """Some days before its end, the end of a trial is told."""
    scene, subscription = await _scene(doing), doing.record
    if subscription.status != "trialing":
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, doing.trigger)
    scene.tell("customer.subscription.trial_will_end", subscription)
    return subscription


@act(Subscription, "tell_upcoming")
async def tell_upcoming(doing: Doing[Subscription]) -> Record:
    """Some days before a renewal, its invoice is told as it will be."""
    scene, subscription = await _scene(doing), doing.record
    if subscription.status not in ("active", "past_due") or subscription.cancel_at_period_end:
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, doing.trigger)
    scene.tell("invoice.upcoming", await upcoming_of(scene, subscription))
    return subscription


@act(Subscription, "end")
async def end(doing: Doing[Subscription]) -> Record:
    """The instant has come at which it was to be canceled."""
    scene, subscription = await _scene(doing), doing.record
    if subscription.cancel_at is None or subscription.cancel_at > scene.now:
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, doing.trigger)
    ended = states.canceled(scene, subscription, "cancellation_requested")
    await invoicing.subscription_ends(scene, ended)
    return ended


@act(Subscription, "expire")
async def expire(doing: Doing[Subscription]) -> Record:
    """A first invoice that nobody paid is voided, and its subscription expires."""
    scene, subscription = await _scene(doing), doing.record
    SUBSCRIPTION.row(subscription.status, doing.trigger)
    invoice = await scene.work.get(Invoice, subscription.latest_invoice)
    if invoice is not None and invoice.status == "open":
        await invoicing.voided(scene, invoice)
    return states.moved(scene, subscription, "expire", ended_at=scene.now)


@act(Subscription, "cancel")
async def cancel(doing: Doing[Subscription]) -> Record:
    """The merchant cancels in the dashboard, at once."""
    scene, subscription = await _scene(doing), doing.record
    ended = states.canceled(scene, subscription, "cancellation_requested")
    await invoicing.subscription_ends(scene, ended)
    return ended


@act(Subscription, "activate", "fail", "give_up", "pause")
async def move(doing: Doing[Subscription]) -> Record:
    """For tests that want a state without its history: only the subscription moves."""
    return states.moved(await _scene(doing), doing.record, doing.trigger)


@act(Subscription, "resume_collection")
async def resume_collection(doing: Doing[Subscription]) -> Record:
    """Collection was paused until now."""
    scene, subscription = await _scene(doing), doing.record
    if (subscription.pause_collection or EMPTY).get("resumes_at") is None:
        raise IllegalTrigger(SUBSCRIPTION.name, subscription.status, doing.trigger)
    after = replace(subscription, pause_collection=None)
    told(scene, "customer.subscription.updated", subscription, after)
    return after


@act(PortalSession, "cancel_subscription")
async def cancel_in_portal(doing: Doing[PortalSession]) -> Record:
    """The customer cancels in the portal: `subscription` of the details ends with its period."""
    scene = await clocks.of_timer(doing, doing.record.customer)
    subscription = await scene.work.get(Subscription, str(doing.details.get("subscription", "")))
    if subscription is None or subscription.customer != doing.record.customer or subscription.ended:
        raise Declined("not_found", "There is no such subscription.")
    told(
        scene,
        "customer.subscription.updated",
        subscription,
        replace(
            subscription,
            cancel_at_period_end=True,
            cancel_at=subscription.period_end,
            canceled_at=scene.now,
            cancellation_reason="cancellation_requested",
        ),
    )
    return doing.record


BILLING_ACTS: tuple[Act[Any], ...] = (
    *finalize,
    *collect,
    *retry,
    *pay,
    *close,
    *fall_due,
    *renew,
    *trial_will_end,
    *tell_upcoming,
    *end,
    *expire,
    *cancel,
    *move,
    *resume_collection,
    *cancel_in_portal,
)
