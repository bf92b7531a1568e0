"""Test clocks (https://docs.stripe.com/api/test_clocks)."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.act import Doing, act
from paydouble.core.call import Call, Reply
from paydouble.core.clock import DAY, Instant, from_unix, later
from paydouble.core.operation import Route, operation
from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, Walk
from paydouble.providers.stripe import lists
from paydouble.providers.stripe.errors import Errors
from paydouble.providers.stripe.models import Customer
from paydouble.providers.stripe.models.accounts_receivable import TestClock
from paydouble.providers.stripe.operations.customers import gone
from paydouble.providers.stripe.owning import owned
from paydouble.providers.stripe.params import Named, Paged
from paydouble.providers.stripe.params_catalog import TestClockAdvance, TestClockCreate
from paydouble.providers.stripe.replay import ONCE
from paydouble.providers.stripe.scene import Scene, of_act, of_call
from paydouble.providers.stripe.subscribing import after_intervals

_URL = "/v1/test_helpers/test_clocks"
_DOCS = "https://docs.stripe.com/api/test_clocks/"
STEP_WITHOUT_SUBSCRIPTIONS = 2 * 365 * DAY
INTERVALS_AT_ONCE = 2


@operation(
    "test_helpers.test_clocks.create",
    Route("v1", "POST", _URL),
    means=("test_clock.create",),
    idempotency=ONCE,
    errors=(Errors.PARAMETER_INVALID,),
    docs=_DOCS + "create",
)
async def create(call: Call[TestClockCreate]) -> Reply:
    """Creates a clock that stands until it is advanced."""
    scene, params = of_call(call), call.params
    clock = TestClock(
        id=scene.id("clock_1"), created=scene.now, merchant=scene.account, name=params.get("name", ""),
        frozen_time=from_unix(params["frozen_time"]),
        deletes_after=later(scene.now, scene.terms.test_clock_lasts),
    )
    scene.work.save(clock)
    scene.tell("test_helpers.test_clock.created", clock)
    scene.work.at(clock.deletes_after, clock, "delete")
    return Reply(clock.shown(), subject=clock)


@operation(
    "test_helpers.test_clocks.retrieve",
    Route("v1", "GET", _URL + "/{id}"),
    means=("test_clock.query",),
    errors=(Errors.RESOURCE_MISSING,),
    docs=_DOCS + "retrieve",
)
async def retrieve(call: Call[Named]) -> Reply:
    """Shows a test clock: whether it is ready, or still advancing."""
    clock = await owned(of_call(call), TestClock, call.params["id"], "test clock", param="test_clock")
    return Reply(clock.shown(), subject=clock)


@operation(
    "test_helpers.test_clocks.advance",
    Route("v1", "POST", _URL + "/{id}/advance"),
    means=("test_clock.advance",),
    idempotency=ONCE,
    errors=(Errors.RESOURCE_MISSING, Errors.CLOCK_BUSY, Errors.PARAMETER_INVALID),
    docs=_DOCS + "advance",
)
async def advance(call: Call[TestClockAdvance]) -> Reply:
    """Starts moving a clock forward; all that is due on the way happens in its order."""
    scene, params = of_call(call), call.params
    clock = await owned(scene, TestClock, params["id"], "test clock", param="test_clock")
    if clock.status == "advancing":
        raise Errors.CLOCK_BUSY(
            "The test clock is currently advancing; wait until its status is `ready`.", param="test_clock"
        )
    target = from_unix(params["frozen_time"])
    if target <= clock.now:
        raise Errors.PARAMETER_INVALID(
            "The frozen_time must be after the test clock's present frozen_time.", param="frozen_time"
        )
    if target > await _farthest(scene, clock):
        raise Errors.PARAMETER_INVALID(
            "You can only advance a test clock by two intervals of its shortest subscription at once, or by "
            "two years where it has none.", param="frozen_time",
        )
    moving = replace(clock, status="advancing", target=target)
    scene.work.save(moving)
    scene.tell("test_helpers.test_clock.advancing", moving)
    scene.work.run_timeline(clock.id, target, moving, "arrive")
    return Reply(moving.shown(), subject=moving)


async def _farthest(scene: Scene, clock: TestClock) -> Instant:
    end = await after_intervals(scene, clock.id, clock.now, INTERVALS_AT_ONCE)
    return end if end is not None else later(clock.now, STEP_WITHOUT_SUBSCRIPTIONS)


@act(TestClock, "arrive")
async def arrive(doing: Doing[TestClock]) -> Record:
    """All that was due on the way has happened: the clock is ready."""
    scene, clock = of_act(doing), doing.record
    ready = replace(clock, status="ready", frozen_time=clock.target)
    scene.work.save(ready)
    scene.tell("test_helpers.test_clock.ready", ready)
    return ready


async def _deleted(scene: Scene, clock: TestClock) -> None:
    for customer in await scene.work.scan(Customer, Walk(index="test_clock", value=clock.id, limit=PAGE_MAX)):
        if not customer.deleted:
            await gone(scene, customer)
    scene.work.remove(clock)
    scene.tell("test_helpers.test_clock.deleted", clock)


@act(TestClock, "delete")
async def expire(doing: Doing[TestClock]) -> None:
    """A clock that nobody deletes deletes itself."""
    await _deleted(of_act(doing), doing.record)


@operation(
    "test_helpers.test_clocks.delete",
    Route("v1", "DELETE", _URL + "/{id}"),
    means=("test_clock.delete",),
    errors=(Errors.RESOURCE_MISSING, Errors.CLOCK_BUSY),
    docs=_DOCS + "delete",
)
async def delete(call: Call[Named]) -> Reply:
    """Deletes a clock, its customers, and what they have subscribed to."""
    scene = of_call(call)
    clock = await owned(scene, TestClock, call.params["id"], "test clock", param="test_clock")
    if clock.status == "advancing":
        raise Errors.CLOCK_BUSY("A test clock cannot be deleted while it is advancing.", param="test_clock")
    await _deleted(scene, clock)
    body = {"id": clock.id, "object": "test_helpers.test_clock", "deleted": True}
    return Reply(body, subject=clock)


@operation(
    "test_helpers.test_clocks.list",
    Route("v1", "GET", _URL),
    means=("test_clock.query",),
    errors=(Errors.REFERENCE_MISSING, Errors.PARAMETERS_EXCLUSIVE),
    docs=_DOCS + "list",
)
async def list_clocks(call: Call[Paged]) -> Reply:
    """Lists test clocks, newest first."""
    found, more = await lists.page(call, TestClock, "test clock", index=("merchant", call.account))
    return Reply(lists.shown(_URL, [each.shown() for each in found], has_more=more))


OPERATIONS = (create, retrieve, advance, delete, list_clocks)
ACTS = (*arrive, *expire)
