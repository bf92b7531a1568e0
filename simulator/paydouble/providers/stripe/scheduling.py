"""Subscription schedules: phases that follow each other, and what their subscription is in each.

https://docs.stripe.com/billing/subscriptions/subscription-schedules
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from paydouble.core.clock import Instant, from_unix
from paydouble.core.machine import fire
from paydouble.providers.stripe import billed_items, invoicing, methods, periods, subscribing
from paydouble.providers.stripe import subscription_states as states
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.machines_agreements import SCHEDULE
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.agreements import Phase, SubscriptionSchedule
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import told
from paydouble.providers.stripe.scene import Scene
from paydouble.providers.stripe.subscription_changes import changed, kept

Params = Mapping[str, Any]
PHASES_MAX = 10


async def phases_of(scene: Scene, given: Sequence[Params], start: Instant) -> tuple[Phase, ...]:
    """One after the other from `start` on. Raises ProviderError."""
    if not 0 < len(given) <= PHASES_MAX:
        raise Errors.PARAMETER_MISSING(f"A schedule has 1 to {PHASES_MAX} phases.", param="phases")
    made: list[Phase] = []
    for index, each in enumerate(given):
        where = f"phases[{index}]"
        items, currency = await billed_items.items_of(
            scene, each.get("items") or (), each.get("currency", "").lower(), param=f"{where}[items]"
        )
        interval = items[0].price["recurring"]
        ends = _ends(each, start, (interval["interval"], interval["interval_count"]), where)
        made.append(
            Phase(
                start=start,
                end=ends,
                currency=currency,
                items=tuple(
                    {"price": item.price_id, "quantity": item.quantity, "metadata": dict(item.metadata)}
                    for item in items
                ),
                metadata=merged({}, each.get("metadata")),
                proration_behavior=each.get("proration_behavior", "create_prorations"),
            )
        )
        start = ends
    return tuple(made)


def _ends(given: Params, start: Instant, cycle: tuple[str, int], where: str) -> Instant:
    """As it says, by its duration, or after one period. Raises ProviderError."""
    if "end_date" in given:
        ends = from_unix(given["end_date"])
        if ends <= start:
            raise Errors.PARAMETER_INVALID("A phase must end after it starts.", param=f"{where}[end_date]")
        return ends
    duration = given.get("duration")
    if duration:
        return periods.plus(start, duration["interval"], duration.get("interval_count", 1))
    return periods.plus(start, *cycle)


async def begun(scene: Scene, schedule: SubscriptionSchedule) -> SubscriptionSchedule:
    """The first phase begins: the subscription is made."""
    customer = await methods.customer_named(scene, schedule.customer)
    asked = await subscribing.asked_for(
        scene,
        customer,
        {
            "items": list(schedule.phase.items),
            "currency": schedule.phase.currency,
            "metadata": dict(schedule.phase.metadata),
        },
    )
    has_method = bool(customer.invoice_settings.get("default_payment_method"))
    subscription = await subscribing.begun(
        scene,
        replace(asked, schedule=schedule.id),
        {
            "payment_behavior": "allow_incomplete" if has_method else "default_incomplete",
        },
    )
    active = fire(scene.work, SCHEDULE, schedule, "begin", scene.now, subscription=subscription.id)
    scene.at(active.phase.end, active, "turn")
    return active


async def turned(scene: Scene, before: SubscriptionSchedule) -> SubscriptionSchedule:
    """A phase is over: the next one begins, or the schedule ends as it was told."""
    subscription = await scene.work.get(Subscription, before.subscription)
    if subscription is None or subscription.ended:
        return fire(scene.work, SCHEDULE, before, "cancel", scene.now)
    if before.current + 1 == len(before.phases):
        return await _completed(scene, before, subscription)
    after = replace(before, current=before.current + 1)
    scene.work.save(after)
    await _into(scene, subscription, after.phase)
    scene.tell("subscription_schedule.updated", after)
    scene.at(after.phase.end, after, "turn")
    return after


async def _into(scene: Scene, before: Subscription, phase: Phase) -> None:
    """The subscription as the phase wants it; with prorations where it says so."""
    wanted = [{"id": item.id, "deleted": True} for item in before.items]
    change = await changed(
        scene,
        before,
        {
            "items": [*_matched(before, phase), *wanted[len(phase.items) :]],
            "proration_behavior": phase.proration_behavior,
        },
    )
    kept(scene, change.prorations)
    after = replace(change.subscription, metadata=merged(before.metadata, dict(phase.metadata)))
    told(scene, "customer.subscription.updated", before, after)
    await subscribing.placed(scene, after)
    if change.restarts:
        subscribing.expects(scene, after)


def _matched(subscription: Subscription, phase: Phase) -> list[dict[str, Any]]:
    """The items of a phase take the places of those before, as far as there are any."""
    places: list[str] = [item.id for item in subscription.items]
    return [
        {**each, **({"id": places[index]} if index < len(places) else {})}
        for index, each in enumerate(phase.items)
    ]


async def _completed(
    scene: Scene, schedule: SubscriptionSchedule, subscription: Subscription
) -> SubscriptionSchedule:
    if schedule.end_behavior == "cancel":
        ended = states.canceled(scene, subscription, "cancellation_requested")
        await invoicing.subscription_ends(scene, ended)
        return fire(scene.work, SCHEDULE, schedule, "complete", scene.now)
    told(scene, "customer.subscription.updated", subscription, replace(subscription, schedule=""))
    return fire(scene.work, SCHEDULE, schedule, "complete", scene.now)


async def released(scene: Scene, schedule: SubscriptionSchedule) -> SubscriptionSchedule:
    """The subscription goes on as it is, without the schedule. Raises IllegalTrigger."""
    SCHEDULE.row(schedule.status, "release")
    subscription = (
        await scene.work.get(Subscription, schedule.subscription) if schedule.subscription else None
    )
    if subscription is not None:
        told(scene, "customer.subscription.updated", subscription, replace(subscription, schedule=""))
    return fire(
        scene.work,
        SCHEDULE,
        schedule,
        "release",
        scene.now,
        released_subscription=schedule.subscription,
        subscription="",
    )


async def canceled(scene: Scene, schedule: SubscriptionSchedule) -> SubscriptionSchedule:
    """With its subscription. Raises IllegalTrigger."""
    SCHEDULE.row(schedule.status, "cancel")
    subscription = (
        await scene.work.get(Subscription, schedule.subscription) if schedule.subscription else None
    )
    if subscription is not None and not subscription.ended:
        ended = states.canceled(scene, subscription, "cancellation_requested")
        await invoicing.subscription_ends(scene, ended)
    return fire(scene.work, SCHEDULE, schedule, "cancel", scene.now)
