"""The control API's answers about calls and notifications, as they were and as they happen."""

from __future__ import annotations

from paydouble.core.notification import Notification
from paydouble.engine.audit import every
from paydouble.engine.call_log import LoggedCall
from paydouble.engine.explaining import explanation
from paydouble.server import live as live_events
from paydouble.server import views
from paydouble.server.asking import Ask, Refused
from paydouble.server.masking import Masker


def masker(ask: Ask[None]) -> Masker:
    """Knows the secrets of the sandbox's merchants."""
    return Masker(ask.simulator.directory.of(ask.sandbox.id))


async def calls(ask: Ask[None]) -> object:
    """Lists the last calls of providers' APIs."""
    kept = tuple(ask.sandbox.log.calls)
    page, more = ask.page([(logged.id, logged) for logged in kept if await _is_asked_for(ask, logged)])
    masks = masker(ask)
    return {"data": [views.call(logged, masks) for logged in page], "more": more}


async def _is_asked_for(ask: Ask[None], logged: LoggedCall) -> bool:
    provider, operation, ref = (ask.query.get(name, "") for name in ("provider", "operation", "ref"))
    if provider not in ("", logged.provider):
        return False
    from paydouble.engine import expectations

    if operation and operation not in expectations.operation_names(logged.operation):
        return False
    return not ref or (await expectations.facts_of(ask.sandbox, ask.simulator.providers, logged)).ref == ref


async def call(ask: Ask[None]) -> object:
    """Shows a call and its answer."""
    return views.call(_call(ask), masker(ask))


async def explain(ask: Ask[None]) -> object:
    """Tells of a call why each rule did or did not act."""
    logged = _call(ask)
    providers = ask.simulator.providers
    from paydouble.engine.expectations import facts_of

    await facts_of(ask.sandbox, providers, logged)
    return views.explained(await explanation(ask.sandbox, providers, logged), masker(ask))


def _call(ask: Ask[None]) -> LoggedCall:
    logged = ask.sandbox.log.get(ask.path["id"])
    if logged is None:
        raise Refused(404, "no_call", f"there is no call {ask.path['id']} in the log",
                      "only the last calls of a sandbox are kept; Paydouble-Call names each")
    return logged


async def notifications(ask: Ask[None]) -> object:
    """Lists notifications, each with every attempt to deliver it."""
    owed = [each async for each in every(ask.sandbox, Notification) if _is_wanted(ask, each)]
    page, more = ask.page([(each.id, each) for each in reversed(owed)])
    return {"data": [_shown(ask, each) for each in page], "more": more}


def _is_wanted(ask: Ask[None], owed: Notification) -> bool:
    neutral = ask.simulator.providers[owed.provider].words.events.get(owed.told_as, "")
    return (
        ask.query.get("provider", "") in ("", owed.provider)
        and ask.query.get("event", "") in ("", owed.event_type, neutral)
        and ask.query.get("ref", "") in ("", owed.ref)
        and ask.query.get("state", "") in ("", owed.status)
    )


async def notification(ask: Ask[None]) -> object:
    """Shows a notification and every attempt to deliver it."""
    return _shown(ask, await _notification(ask))


async def redeliver(ask: Ask[None]) -> object:
    """Delivers a notification once more, and answers when that attempt is over."""
    owed = await _notification(ask)
    await ask.simulator.courier.redeliver(ask.sandbox, owed.id)
    return _shown(ask, await _notification(ask))


async def _notification(ask: Ask[None]) -> Notification:
    found = await ask.sandbox.store.get(ask.sandbox.id, Notification, ask.path["id"])
    if found is None:
        raise Refused(404, "no_notification", f"there is no notification {ask.path['id']}")
    return found.record


def _shown(ask: Ask[None], owed: Notification) -> views.Json:
    return views.notification(owed, ask.simulator.providers[owed.provider])


async def live(ask: Ask[None]) -> object:
    """Streams what happens in the sandbox, as server-sent events."""
    return await live_events.stream(ask.request, ask.sandbox, ask.api.closing)
