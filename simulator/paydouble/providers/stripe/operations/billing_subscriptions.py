"""Subscriptions (https://docs.stripe.com/api/subscriptions)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import Instant
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import (
    billed_items,
    clocks,
    discounts,
    invoice_drafts,
    invoicing,
    lists,
    methods,
    periods,
    subscribing,
)
from paydouble.providers.stripe import subscription_edits as edits
from paydouble.providers.stripe import subscription_states as states
from paydouble.providers.stripe.errors import Errors, missing
from paydouble.providers.stripe.models.invoices import Invoice, InvoiceItem
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import owned, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_subscriptions import (
    SubscriptionCancel,
    SubscriptionCreate,
    SubscriptionList,
    SubscriptionResume,
    SubscriptionUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call
from paydouble.providers.stripe.subscription_changes import canceled_early, changed, kept

_URL = "/v1/subscriptions"
_DOCS = "https://docs.stripe.com/api/subscriptions/"
_CARD_ERRORS = (Errors.GENERIC_DECLINE, Errors.INSUFFICIENT_FUNDS, Errors.AUTHENTICATION_REQUIRED)
_ONLY_WORDS = frozenset({"id", "metadata", "cancellation_details", "expand"})
"""What may still be changed of a subscription that has ended."""


@operation(
    "subscriptions.create",
    Route("v1", "POST", _URL),
    means=("subscription.create", "payment.charge"),
    idempotency=ONCE,
    errors=(
        Errors.REFERENCE_MISSING,
        Errors.PARAMETER_MISSING,
        Errors.PARAMETER_INVALID,
        Errors.CUSTOMER_WITHOUT_METHOD,
        Errors.COUPON_SPENT,
        Errors.INVOICE_REQUIRES_ACTION,
        *_CARD_ERRORS,
    ),
    docs=_DOCS + "create",
)
async def create(call: Call[SubscriptionCreate]) -> Reply:
    """Subscribes a customer to prices, and bills the first period."""
    scene, params = of_call(call), call.params
    if not params.get("customer"):
        raise Errors.PARAMETER_MISSING("Missing required param: customer.", param="customer")
    customer = await methods.customer_named(scene, params["customer"])
    scene = await clocks.of_customer(scene, customer)
    asked = await subscribing.asked_for(scene, customer, params)
    subscription = await subscribing.begun(scene, asked, {**params, "outcome": call.outcome})
    return Reply(subscription.shown(), subject=subscription)


async def _subscription(scene: Scene, id: str) -> Subscription:
    return await owned(scene, Subscription, id, "subscription")


@operation(
    "subscriptions.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("subscription.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a subscription, also when it has ended."""
    subscription = await _subscription(of_call(call), call.params["id"])
    return Reply(subscription.shown(), subject=subscription)


@operation(
    "subscriptions.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("subscription.update",),
    idempotency=ONCE,
    errors=(
        Errors.RESOURCE_MISSING,
        Errors.SUBSCRIPTION_UNEXPECTED_STATE,
        Errors.REFERENCE_MISSING,
        Errors.PARAMETER_INVALID,
        Errors.COUPON_SPENT,
    ),
    docs=_DOCS + "update",
)
async def update(call: Call[SubscriptionUpdate]) -> Reply:
    """Changes items, prices and quantities, with prorations; how it is paid, and when it ends."""
    scene, params = of_call(call), call.params
    before = await _subscription(scene, params["id"])
    if before.ended and not params.keys() <= _ONLY_WORDS:
        raise Errors.SUBSCRIPTION_UNEXPECTED_STATE(
            "A canceled subscription can only update its cancellation_details and metadata."
        )
    scene = await clocks.on_clock(scene, before.test_clock)
    after = await edits.plainly(scene, before, params)
    prorations: tuple[InvoiceItem, ...] = ()
    restarts = False
    if params.get("items") or params.get("billing_cycle_anchor") == "now":
        change = await changed(scene, before, params)
        prorations, restarts = change.prorations, change.restarts
        after = replace(
            after,
            items=change.subscription.items,
            period_start=change.subscription.period_start,
            period_end=change.subscription.period_end,
            billing_cycle_anchor=change.subscription.billing_cycle_anchor,
        )
        await subscribing.placed(scene, after)
    at_once = restarts or params.get("proration_behavior") == "always_invoice"
    if at_once and (restarts or prorations):
        after = await _billed(scene, after, prorations, whole_period=restarts)
    else:
        kept(scene, prorations)
    told(scene, "customer.subscription.updated", before, after)
    if after.period_end != before.period_end or after.cancel_at != before.cancel_at:
        subscribing.expects(scene, after)
    if at_once and (restarts or prorations):
        after = await _collected(call, scene, after)
    return Reply(after.shown(), subject=after)


async def _billed(
    scene: Scene, subscription: Subscription, prorations: tuple[InvoiceItem, ...], *, whole_period: bool
) -> Subscription:
    """At once: the prorations with what is pending, and a whole period where a new cycle begins."""
    customer = await methods.customer_named(scene, subscription.customer)
    invoice = invoice_drafts.started(
        scene,
        customer,
        subscription.currency,
        (),
        billing_reason="subscription_update",
        auto_advance=True,
        **subscribing.of_subscription(subscription),
    )
    pending = await invoice_drafts.pending_items(scene, customer.id, subscription.currency, subscription.id)
    kept(scene, prorations)
    lines = invoice_drafts.taken(scene, [*pending, *prorations], invoice.id)
    if whole_period:
        start, end = subscription.period_start, subscription.period_end
        lines += await billed_items.lines_for(scene, subscription, start, end)
    invoice = await invoice_drafts.drafted(scene, customer, replace(invoice, lines=tuple(lines)))
    return replace(subscription, latest_invoice=invoice.id)


async def _collected(call: Call[Any], scene: Scene, subscription: Subscription) -> Subscription:
    """The invoice of a change is finalized and paid with it; a refusal leaves it past due."""
    invoice = await scene.work.get(Invoice, subscription.latest_invoice)
    assert invoice is not None, f"{subscription.id} was not billed"
    invoice = await invoicing.finalized(scene, invoice)
    id = await invoicing.default_method(scene, invoice)
    if invoice.status == "open" and id and invoice.collection_method == "charge_automatically":
        method = await methods.resolved(scene, id)
        _, error = await invoicing.collected(
            scene, invoice, method, off_session=bool(call.params.get("off_session")), outcome=call.outcome
        )
        if error is not None and call.params.get("payment_behavior") == "error_if_incomplete":
            raise error
    return await _subscription(scene, subscription.id)


@operation(
    "subscriptions.cancel",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("subscription.cancel",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "cancel",
)
async def cancel(call: Call[SubscriptionCancel]) -> Reply:
    """Ends a subscription at once, with a last invoice if that is asked for."""
    scene, params = of_call(call), call.params
    before = await _subscription(scene, params["id"])
    if before.ended:
        raise Errors.RESOURCE_MISSING(f"No such subscription: '{before.id}'", param="id")
    scene = await clocks.on_clock(scene, before.test_clock)
    credits = await canceled_early(scene, before) if params.get("prorate") else []
    if params.get("invoice_now"):
        before = await _last_bill(call, scene, before, tuple(credits))
    else:
        kept(scene, credits)
    after = states.canceled(scene, before, "cancellation_requested", **edits.details(params))
    for discount in await discounts.loaded(scene, after.discounts):
        discounts.ended(scene, discount)
    await invoicing.subscription_ends(scene, after)
    return Reply(after.shown(), subject=after)


async def _last_bill(
    call: Call[Any], scene: Scene, before: Subscription, credits: tuple[InvoiceItem, ...]
) -> Subscription:
    """What is pending is billed at once; nothing where there is nothing."""
    pending = await invoice_drafts.pending_items(scene, before.customer, before.currency, before.id)
    if not pending and not credits:
        return before
    billed = await _billed(scene, before, credits, whole_period=False)
    scene.work.save(billed)
    return await _collected(call, scene, billed)


@operation(
    "subscriptions.resume",
    Route("v1", "POST", _URL + "/{id}/resume"),
    means=("subscription.update", "payment.charge"),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.SUBSCRIPTION_UNEXPECTED_STATE, Errors.CUSTOMER_WITHOUT_METHOD),
    docs=_DOCS + "resume",
)
async def resume(call: Call[SubscriptionResume]) -> Reply:
    """Begins a paused subscription anew; it is active once its invoice is paid."""
    scene = of_call(call)
    before = await _subscription(scene, call.params["id"])
    if before.status != "paused":
        raise Errors.SUBSCRIPTION_UNEXPECTED_STATE(
            f"Only paused subscriptions can be resumed; this one has a status of {before.status}."
        )
    scene = await clocks.on_clock(scene, before.test_clock)
    anchor: Instant = before.billing_cycle_anchor
    if call.params.get("billing_cycle_anchor", "now") == "now":
        anchor = scene.now
    again = replace(
        before,
        billing_cycle_anchor=anchor,
        period_start=scene.now,
        period_end=periods.end_after(scene.now, anchor, *before.interval),
    )
    again = await _billed(scene, again, (), whole_period=True)
    scene.work.save(again)
    subscribing.expects(scene, again)
    after = await _collected(call, scene, again)
    if after.status != "paused":
        scene.tell("customer.subscription.resumed", after)
    return Reply(after.shown(), subject=after)


@operation(
    "subscriptions.delete_discount",
    Route("v1", "DELETE", _URL + "/{id}/discount"),
    means=("subscription.update",),
    errors=(Errors.RESOURCE_MISSING,),
    docs="https://docs.stripe.com/api/discounts/subscription_delete",
)
async def delete_discount(call: Call[Named]) -> Reply:
    """Takes the discounts of a subscription away."""
    scene = of_call(call)
    before = await _subscription(scene, call.params["id"])
    held = await discounts.loaded(scene, before.discounts)
    if not held or before.ended:
        raise missing("discount", before.id, param="subscription")
    scene = await clocks.on_clock(scene, before.test_clock)
    for discount in held:
        discounts.ended(scene, discount)
    told(scene, "customer.subscription.updated", before, replace(before, discounts=()))
    return Reply({"id": held[-1].id, "object": "discount", "deleted": True}, subject=before)


@operation(
    "subscriptions.list",
    Route("v1", "GET", _URL),
    means=("subscription.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_subscriptions(call: Call[SubscriptionList]) -> Reply:
    """Lists subscriptions, newest first; those that were canceled only when they are asked for."""
    params = call.params
    customer, clock, status = (
        params.get("customer", ""),
        params.get("test_clock", ""),
        params.get("status", ""),
    )
    starts, ends = (
        lists.between(params.get("current_period_start")),
        lists.between(params.get("current_period_end")),
    )

    def wanted(one: Subscription) -> bool:
        return (
            one.merchant == call.account
            and _has_status(one, status)
            and clock in ("", one.test_clock)
            and params.get("collection_method") in (None, one.collection_method)
            and params.get("price") in (None, *(item.price_id for item in one.items))
            and params.get("plan") in (None, *(item.price_id for item in one.items))
            and (starts is None or starts[0] <= one.period_start <= starts[1])
            and (ends is None or ends[0] <= one.period_end <= ends[1])
        )

    index = ("merchant", call.account)
    if customer or clock:
        index = ("customer", customer) if customer else ("test_clock", clock)
    found, more = await lists.page(call, Subscription, "subscription", index=index, where=wanted)
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


def _has_status(one: Subscription, status: str) -> bool:
    match status:
        case "all":
            return True
        case "":
            return one.status != "canceled"
        case "ended":
            return one.ended
        case _:
            return one.status == status


OPERATIONS = (create, retrieve, update, cancel, resume, delete_discount, list_subscriptions)
