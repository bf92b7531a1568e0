"""Subscription schedules (https://docs.stripe.com/api/subscription_schedules)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from paydouble.core.call import Call, Reply
from paydouble.core.clock import from_unix
from paydouble.core.machine import IllegalTrigger
from paydouble.core.operation import Route, operation
from paydouble.providers.stripe import clocks, lists, methods, scheduling
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.metadata import merged
from paydouble.providers.stripe.models.agreements import Phase, SubscriptionSchedule
from paydouble.providers.stripe.models.subscriptions import Subscription
from paydouble.providers.stripe.owning import owned, referred, told
from paydouble.providers.stripe.params import Named
from paydouble.providers.stripe.params_agreements import (
    SubscriptionScheduleCancel,
    SubscriptionScheduleCreate,
    SubscriptionScheduleList,
    SubscriptionScheduleRelease,
    SubscriptionScheduleUpdate,
)
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_call

_URL = "/v1/subscription_schedules"
_DOCS = "https://docs.stripe.com/api/subscription_schedules/"


async def _timed(scene: Scene, id: str) -> tuple[Scene, SubscriptionSchedule]:
    schedule = await owned(scene, SubscriptionSchedule, id, "subscription_schedule", param="schedule")
    return await clocks.on_clock(scene, schedule.test_clock), schedule


@operation(
    "subscription_schedules.create",
    Route("v1", "POST", _URL),
    means=("subscription.create",),
    idempotency=ONCE,
    errors=(Errors.PARAMETER_MISSING, Errors.REFERENCE_MISSING, Errors.PARAMETER_INVALID),
    docs=_DOCS + "create",
)
async def create(call: Call[SubscriptionScheduleCreate]) -> Reply:
    """Plans the phases of a subscription, of a new one or of one that is there."""
    scene, params = of_call(call), call.params
    if params.get("from_subscription"):
        return await _from_subscription(scene, params)
    if not params.get("customer"):
        raise Errors.PARAMETER_MISSING("Missing required param: customer.", param="customer")
    customer = await methods.customer_named(scene, params["customer"])
    scene = await clocks.of_customer(scene, customer)
    asked = params.get("start_date", "now")
    start = from_unix(asked) if isinstance(asked, int) else scene.now
    if start < scene.now:
        raise Errors.PARAMETER_INVALID("PayDouble does not start schedules in the past.", param="start_date")
    schedule = SubscriptionSchedule(
        id=scene.id("sub_sched_1"), created=scene.now, merchant=scene.account, customer=customer.id,
        phases=await scheduling.phases_of(scene, params.get("phases") or (), start),
        end_behavior=params.get("end_behavior", "release"), metadata=merged({}, params.get("metadata")),
        test_clock=customer.test_clock,
    )
    scene.work.save(schedule)
    scene.tell("subscription_schedule.created", schedule)
    if start <= scene.now:
        schedule = await scheduling.begun(scene, schedule)
    else:
        scene.at(start, schedule, "begin")
    return Reply(schedule.shown(), subject=schedule)


async def _from_subscription(scene: Scene, params: Mapping[str, Any]) -> Reply:
    """Its present period is the first phase."""
    before = await referred(
        scene, Subscription, params["from_subscription"], "subscription", param="from_subscription"
    )
    if before.schedule or before.ended:
        raise Errors.PARAMETER_INVALID(
            "You cannot migrate a subscription that is already attached to a schedule, or has ended.",
            param="from_subscription",
        )
    scene = await clocks.on_clock(scene, before.test_clock)
    phase = Phase(
        start=before.period_start, end=before.period_end, currency=before.currency, metadata=before.metadata,
        items=tuple({"price": item.price_id, "quantity": item.quantity, "metadata": dict(item.metadata)}
                    for item in before.items),
    )
    schedule = SubscriptionSchedule(
        id=scene.id("sub_sched_1"), created=scene.now, status="active", merchant=scene.account,
        customer=before.customer, phases=(phase,), subscription=before.id, test_clock=before.test_clock,
        metadata=merged({}, params.get("metadata")),
    )
    scene.work.save(schedule)
    scene.tell("subscription_schedule.created", schedule)
    told(scene, "customer.subscription.updated", before, replace(before, schedule=schedule.id))
    scene.at(phase.end, schedule, "turn")
    return Reply(schedule.shown(), subject=schedule)


@operation(
    "subscription_schedules.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("subscription.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a schedule."""
    _, schedule = await _timed(of_call(call), call.params["id"])
    return Reply(schedule.shown(), subject=schedule)


@operation(
    "subscription_schedules.update",
    Route("v1", "POST", _URL + "/{id}"),
    means=("subscription.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.SUBSCRIPTION_UNEXPECTED_STATE, Errors.PARAMETER_INVALID),
    docs=_DOCS + "update",
)
async def update(call: Call[SubscriptionScheduleUpdate]) -> Reply:
    """Changes the phases from the present one on, and how it ends."""
    params = call.params
    scene, before = await _timed(of_call(call), params["id"])
    if before.status not in ("not_started", "active"):
        raise Errors.SUBSCRIPTION_UNEXPECTED_STATE(
            f"You cannot update a subscription schedule that is in the `{before.status}` status."
        )
    after = replace(
        before, end_behavior=params.get("end_behavior", before.end_behavior),
        metadata=merged(before.metadata, params.get("metadata")),
    )
    if "phases" in params:
        kept = before.phases[:before.current]
        coming = await scheduling.phases_of(scene, params["phases"], before.phase.start)
        after = replace(after, phases=(*kept, *coming))
    told(scene, "subscription_schedule.updated", before, after)
    if after.status == "active" and after.phase.end != before.phase.end:
        scene.at(after.phase.end, after, "turn")
    return Reply(after.shown(), subject=after)


@operation(
    "subscription_schedules.cancel",
    Route("v1", "POST", _URL + "/{id}/cancel"),
    means=("subscription.cancel",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.SUBSCRIPTION_UNEXPECTED_STATE),
    docs=_DOCS + "cancel",
)
async def cancel(call: Call[SubscriptionScheduleCancel]) -> Reply:
    """Ends a schedule and its subscription at once."""
    scene, schedule = await _timed(of_call(call), call.params["id"])
    try:
        schedule = await scheduling.canceled(scene, schedule)
    except IllegalTrigger as illegal:
        raise Errors.SUBSCRIPTION_UNEXPECTED_STATE(
            f"You cannot cancel a subscription schedule that is in the `{illegal.status}` status."
        ) from None
    return Reply(schedule.shown(), subject=schedule)


@operation(
    "subscription_schedules.release",
    Route("v1", "POST", _URL + "/{id}/release"),
    means=("subscription.update",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.SUBSCRIPTION_UNEXPECTED_STATE),
    docs=_DOCS + "release",
)
async def release(call: Call[SubscriptionScheduleRelease]) -> Reply:
    """Ends a schedule; its subscription goes on."""
    scene, schedule = await _timed(of_call(call), call.params["id"])
    try:
        schedule = await scheduling.released(scene, schedule)
    except IllegalTrigger as illegal:
        raise Errors.SUBSCRIPTION_UNEXPECTED_STATE(
            f"You cannot release a subscription schedule that is in the `{illegal.status}` status."
        ) from None
    return Reply(schedule.shown(), subject=schedule)


@operation(
    "subscription_schedules.list",
    Route("v1", "GET", _URL),
    means=("subscription.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_schedules(call: Call[SubscriptionScheduleList]) -> Reply:
    """Lists schedules, newest first."""
    params = call.params
    customer = params.get("customer", "")
    canceled, completed = lists.between(params.get("canceled_at")), lists.between(params.get("completed_at"))
    released = lists.between(params.get("released_at"))

    def wanted(one: SubscriptionSchedule) -> bool:
        stamps = ((canceled, one.canceled_at), (completed, one.completed_at), (released, one.released_at))
        return (
            one.merchant == call.account
            and params.get("scheduled") in (None, one.status == "not_started")
            and all(span is None or (at is not None and span[0] <= at <= span[1]) for span, at in stamps)
        )

    index = ("customer", customer) if customer else ("merchant", call.account)
    found, more = await lists.page(
        call, SubscriptionSchedule, "subscription_schedule", index=index, where=wanted
    )
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, update, cancel, release, list_schedules)
