"""The control API's answers about what is made to happen: signals, and notifications sent by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paydouble.core.effect import NotifyShape
from paydouble.engine import payments as found_payments
from paydouble.engine.audit import every
from paydouble.engine.payments import AmbiguousPayment, Payment
from paydouble.engine.player import Cannot
from paydouble.engine.sequels import Timeline
from paydouble.server import views
from paydouble.server.asking import Ask, Created, Refused

if TYPE_CHECKING:
    from paydouble.server.control_models import Announce, GoTo, Signal

BY_HAND = "by hand"


async def signal(ask: Ask[Signal]) -> object:
    """Sends a signal: gates, timelines, states and held notifications that wait for it go on."""
    sandbox, wanted = ask.sandbox, ask.body
    opened = sandbox.gates.signal(wanted.name, wanted.ref)
    moved = await ask.simulator.player.signal(sandbox, wanted.name, wanted.ref)
    if sandbox.clock.stands:
        await sandbox.timers.settle()
    return {"opened": opened, "moved": moved}


async def timelines(ask: Ask[None]) -> object:
    """Lists what scenarios have in store for payments: at which step each timeline is, and what failed."""
    ref = ask.query.get("ref", "")
    found = [each async for each in every(ask.sandbox, Timeline) if ref in ("", each.about.ref)]
    page, more = ask.page([(each.id, each) for each in reversed(found)])
    return {"data": [views.timeline(each) for each in page], "more": more}


async def go(ask: Ask[GoTo]) -> object:
    """Moves a scenario's machine to a state."""
    sandbox, wanted = ask.sandbox, ask.body
    moved = await ask.simulator.player.go(sandbox, wanted.state, wanted.ref)
    if not moved:
        whose = f"of {wanted.ref}" if wanted.ref else "of the sandbox"
        raise Refused(404, "no_state", f"no machine {whose} has a state '{wanted.state}'",
                      "a machine of the sandbox needs 'scope: sandbox'; one of a payment is named by its ref")
    if sandbox.clock.stands:
        await sandbox.timers.settle()
    return {"moved": moved}


async def notify(ask: Ask[Announce]) -> object:
    """Tells of an event about a payment now, whatever happened, as `notify` bends it."""
    sandbox, wanted = ask.sandbox, ask.body
    payment, shape = await _payment(ask), _shape(ask)
    neutral = payment.provider.words.events.values()
    native, event = ("", wanted.event) if wanted.event in neutral else (wanted.event, "")
    try:
        owed = await ask.simulator.player.notify(
            sandbox, payment.provider, payment.record, native=native, event=event, shape=shape
        )
    except Cannot as cannot:
        raise Refused(422, "no_such_event", str(cannot)) from None
    if not owed:
        raise Refused(409, "nobody_to_tell", f"no address wants {wanted.event} of {payment.id}",
                      "name one in the order, or register a webhook: POST …/webhooks")
    if sandbox.clock.stands:
        await sandbox.timers.settle()
    work = sandbox.work()
    found = [await work.get(type(each), each.id) for each in owed]
    shown = [views.notification(each, payment.provider) for each in found if each is not None]
    return Created({"data": shown})


async def _payment(ask: Ask[Announce]) -> Payment:
    wanted = ask.body
    id = wanted.payment or f"ref:{wanted.ref}"
    try:
        found = await found_payments.found(
            ask.sandbox, ask.simulator.providers, id, provider=wanted.provider
        )
    except AmbiguousPayment as ambiguous:
        raise Refused(409, "ambiguous_payment", str(ambiguous), "say which provider is meant") from None
    if found is None:
        raise Refused(404, "no_payment", f"there is no payment {id}",
                      "by the provider's id, PayDouble's, or as ref:ORDER-NUMBER")
    return found


def _shape(ask: Ask[Announce]) -> NotifyShape | None:
    """What a rule's `notify` would be; refused as a file with that rule would be."""
    if ask.body.notify is None:
        return None
    from paydouble.scenarios import loader
    from paydouble.scenarios.messages import ScenarioProblems, as_json
    from paydouble.scenarios.shaping import shape_made

    rule: Mapping[str, Any] = {"when": {"operation": "*"}, "then": {"notify": ask.body.notify}}
    try:
        scenario = loader.load_rules([rule], name="notify")
    except ScenarioProblems as found:
        problems = [dict(as_json(each)) for each in found.problems]
        raise Refused(422, "bad_notify", found.problems[0].message, problems=problems) from None
    return shape_made(dict(scenario.rules[0].effects), BY_HAND)
