"""The control API's answers about sandboxes: their life, credentials, scenarios, clock and gates."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from paydouble.core.clock import later, parse_duration
from paydouble.core.provider import Credentials
from paydouble.engine.sandbox import DEFAULT, Sandbox
from paydouble.engine.sandboxes import UnknownSandbox
from paydouble.scheduling.clocks import ClockRuns, ClockSpec
from paydouble.server import control_scenarios as running
from paydouble.server import views
from paydouble.server.asking import Ask, Created, Refused, Text

if TYPE_CHECKING:
    from paydouble.server.control_models import (
        Advance,
        SandboxNew,
        SnapshotName,
        Wait,
        Webhook,
    )

WITHIN_MAX_MS = 600_000
ADVANCE_MAX_MS = 10 * 366 * 86_400_000


async def listed(ask: Ask[None]) -> object:
    """Lists the sandboxes."""
    page, more = ask.page([(each.id, each) for each in ask.simulator.sandboxes.all])
    return {"data": [views.sandbox(each) for each in page], "more": more}


async def create(ask: Ask[SandboxNew]) -> object:
    """Makes a sandbox and answers with its credentials."""
    wanted = ask.body
    scenarios = [
        running.load(ask, running.named(each) if isinstance(each, str) else each) for each in wanted.scenarios
    ]
    clock, seed, start = wanted.clock or "real", wanted.seed or 0, running.start_of(wanted.start)
    webhooks = dict(wanted.webhooks)
    for scenario in scenarios:
        settings = scenario.settings
        clock = settings.clock or clock
        seed = seed if settings.seed is None else settings.seed
        start = running.start_of(settings.start) or start
        webhooks = {**settings.webhooks, **webhooks}
    for name in webhooks:
        ask.provider(name)
    try:
        ClockSpec.parse(clock)
        made = await ask.simulator.sandboxes.create(
            id=wanted.id or "", seed=seed, clock=clock, start=start, webhooks=webhooks,
            fresh_keys=wanted.fresh_keys,
        )
    except ValueError as error:
        raise Refused(422, "bad_sandbox", str(error)) from None
    activations = [
        await running.put_in_force(ask, made, scenario, None if isinstance(asked, str) else asked.ttl)
        for scenario, asked in zip(scenarios, wanted.scenarios, strict=True)
    ]
    warnings = [each for scenario in scenarios for each in running.warnings_of(scenario, made)]
    return Created({
        **views.sandbox(made), "credentials": _credentials(ask, made), "urls": _urls(ask, made),
        "vars": {name: value for each in scenarios for name, value in views.variables(each.vars).items()},
        "activations": [running.shown(ask, each) for each in activations], "warnings": warnings,
        "listener": running.own_port(ask, made),
    })


async def show(ask: Ask[None]) -> object:
    """Shows a sandbox."""
    return views.sandbox(ask.sandbox)


async def delete(ask: Ask[None]) -> None:
    """Deletes a sandbox, its records and its snapshots."""
    sandbox = ask.sandbox
    if sandbox.id == DEFAULT:
        raise Refused(409, "default_stays", "the default sandbox cannot be deleted", "reset it instead")
    await _end(ask, sandbox, "deleted")
    await ask.simulator.sandboxes.drop(sandbox.id)


async def reset(ask: Ask[None]) -> object:
    """Puts the sandbox back to how it was created: no records, no scenarios, no log."""
    sandbox = ask.sandbox
    await _end(ask, sandbox, "reset")
    return views.sandbox(await ask.simulator.sandboxes.reset(sandbox.id))


async def snapshot(ask: Ask[SnapshotName]) -> object:
    """Keeps a copy of all records under a name."""
    await ask.simulator.sandboxes.snapshot(ask.sandbox.id, ask.body.name)
    return {"name": ask.body.name, **views.sandbox(ask.sandbox)}


async def restore(ask: Ask[SnapshotName]) -> object:
    """Puts the records of a snapshot back, and the scenarios that were in force then; the log ends."""
    sandbox = ask.sandbox
    try:
        restored = await ask.simulator.sandboxes.restore(sandbox.id, ask.body.name)
    except UnknownSandbox:
        raise Refused(404, "no_snapshot", f"{sandbox.id} has no snapshot '{ask.body.name}'") from None
    await _end(ask, sandbox, "restored")
    ask.api.expire_again(restored)
    return views.sandbox(restored)


async def _end(ask: Ask[Any], sandbox: Sandbox, because: str) -> None:
    ask.api.forget(sandbox)
    if ask.api.server is not None:
        await ask.api.server.own_ports.close(sandbox.id)
    sandbox.changes.tell("ended", {"because": because})


async def credentials(ask: Ask[None]) -> object:
    """Shows keys and ids for each SDK, as `json`, `env` or `files`."""
    form = ask.query.get("format", "json")
    match form:
        case "json":
            return _credentials(ask, ask.sandbox)
        case "env":
            return Text("".join(f"{name}={shlex.quote(value)}\n" for name, value in _environment(ask)))
        case "files":
            return _files(ask)
        case _:
            raise Refused(422, "bad_format", f"format={form}: json, env or files")


def _credentials(ask: Ask[Any], sandbox: Sandbox) -> dict[str, Any]:
    fields = {name: dict(each.fields) for name, each in _of_providers(ask, sandbox)}
    return {**fields, "ca_certificate_pem": _authority(ask), "proxy": _front(ask)}


def _of_providers(ask: Ask[Any], sandbox: Sandbox) -> Iterable[tuple[str, Credentials]]:
    urls = _urls(ask, sandbox)
    for name, provider in ask.simulator.providers.items():
        merchant = ask.simulator.directory.merchant(sandbox.id, name)
        if merchant is not None:
            yield name, provider.credentials(merchant, urls[name])


def _environment(ask: Ask[None]) -> Iterable[tuple[str, str]]:
    yield "PAYDOUBLE_URL", _front(ask)
    for _, each in _of_providers(ask, ask.sandbox):
        yield from ((variable, each.fields[field]) for variable, field in each.environment.items())


def _files(ask: Ask[None]) -> dict[str, Any]:
    """Contents by name of file, and the variables that are to hold the files' paths."""
    files: dict[str, str] = {}
    paths: dict[str, str] = {}
    for _, each in _of_providers(ask, ask.sandbox):
        for variable, field in each.files.items():
            paths[variable] = f"{variable.lower().removesuffix('_path')}.pem"
            files[paths[variable]] = each.fields[field]
    return {"environment": dict(_environment(ask)), "paths": paths, "files": files}


def _front(ask: Ask[Any]) -> str:
    """As this caller reaches us; in a network of containers that is no address of our own."""
    return f"http://{ask.request.headers.get('Host', '')}"


def _urls(ask: Ask[Any], sandbox: Sandbox) -> dict[str, str]:
    server, front = ask.api.server, _front(ask)
    if server is None:
        return dict.fromkeys(ask.simulator.providers, front)
    own = server.own_ports.of(sandbox.id)
    if own is not None:
        return dict.fromkeys(ask.simulator.providers, own.url)
    return {
        name: server.url_of(name) if name in server.ports else front for name in ask.simulator.providers
    }


def _authority(ask: Ask[Any]) -> str:
    """Nothing where this machine's authority cannot be kept: plain HTTP works without."""
    try:
        return ask.api.server.ca_certificate_pem() if ask.api.server is not None else ""
    except (OSError, ValueError):
        return ""


async def webhook(ask: Ask[Webhook]) -> object:
    """Subscribes a URL to a provider's notifications."""
    ask.provider(ask.body.provider)
    if not ask.body.url.startswith(("http://", "https://")):
        raise Refused(422, "bad_url", f"'{ask.body.url}' is neither an http nor an https address")
    await ask.simulator.sandboxes.webhook(ask.sandbox.id, ask.body.provider, ask.body.url)
    return views.sandbox(ask.sandbox)


async def merchants(ask: Ask[None]) -> object:
    """Lists the merchants of the sandbox."""
    names = {provider.name for provider in ask.providers}
    found = [each for each in ask.simulator.directory.of(ask.sandbox.id) if each.provider in names]
    return {"data": [{"id": each.id, "provider": each.provider} for each in found]}


async def clock(ask: Ask[None]) -> object:
    """Shows the sandbox's clock and its business time."""
    return views.clock(ask.sandbox)


async def advance(ask: Ask[Advance]) -> object:
    """Moves a clock that stands, and runs what falls due on the way."""
    sandbox, by = ask.sandbox, parse_duration(ask.body.by)
    if by > ADVANCE_MAX_MS:
        raise Refused(422, "too_far", f"{ask.body.by} is more than ten years")
    if not sandbox.clock.stands:
        raise Refused(409, "clock_runs", f"this sandbox's clock is {sandbox.clock.spec}, and moves by itself",
                      "only frozen and auto clocks can be moved: POST sandboxes with {\"clock\": \"frozen\"}")
    try:
        ran = await sandbox.timers.run_until(later(sandbox.clock.now(), by))
    except ClockRuns as error:
        raise Refused(409, "clock_runs", str(error)) from None
    await ask.simulator.sandboxes.remember(sandbox)
    await running.settle_port(ask, sandbox)
    return {"now": views.moment(sandbox.clock.now()), "ran": views.ran(ran)}


async def wait(ask: Ask[Wait]) -> object:
    """Waits for an expectation, `within` of real time at most; `met` and `missing` say what came of it."""
    from paydouble.engine.expectations import BadExpectation, Expectation
    from paydouble.engine.waiting import wait_for

    sandbox, within = ask.sandbox, parse_duration(ask.body.within)
    if within > WITHIN_MAX_MS:
        raise Refused(422, "too_long", f"{ask.body.within} is more than ten minutes")
    try:
        expectation = Expectation.parse(ask.body.wanted)
    except BadExpectation as error:
        raise Refused(422, "bad_expectation", str(error)) from None
    waited = await wait_for(sandbox, ask.simulator.providers, expectation, within)
    await running.settle_port(ask, sandbox)
    return {
        "met": not waited.missing, "missing": waited.missing, "now": views.moment(sandbox.clock.now()),
        "ran": views.ran(waited.ran),
    }


async def gates(ask: Ask[None]) -> object:
    """Lists the calls that gates hold."""
    return {"data": [views.gate(held) for held in ask.sandbox.gates.held]}


async def release(ask: Ask[None]) -> object:
    """Opens one gate: the call that it holds goes on."""
    if not ask.sandbox.gates.release(ask.path["id"]):
        raise Refused(404, "no_gate", f"nothing is held at {ask.path['id']}", "GET …/gates lists what is")
    return {"released": ask.path["id"]}
