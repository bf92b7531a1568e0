"""The control API's answers about scenarios: what is in force in a sandbox, and what comes or goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from paydouble.core.clock import Instant, parse_duration, parse_rfc3339
from paydouble.engine.sandbox import Sandbox
from paydouble.server import views
from paydouble.server.asking import Ask, Created, Refused

if TYPE_CHECKING:
    from paydouble.scenarios.rule import Scenario
    from paydouble.server.control_models import Activation

OTHER_CLOCK = "other_clock"
DEDICATED = "dedicated"


def named(name: str) -> Activation:
    from paydouble.server.control_models import Activation

    return Activation.model_validate({"name": name})


async def scenarios(ask: Ask[None]) -> object:
    """Lists the scenarios in force, the one that is looked at first on top."""
    sandbox = ask.sandbox
    return {"data": [shown(ask, each) for each in sandbox.rules.in_force]}


async def activate(ask: Ask[Activation]) -> object:
    """Puts a scenario in force, before those that are; `warnings` says what of it cannot be."""
    sandbox, scenario = ask.sandbox, load(ask, ask.body)
    webhooks = scenario.settings.webhooks
    for name in webhooks:
        ask.provider(name)
    activation = await put_in_force(ask, sandbox, scenario, ask.body.ttl)
    for name, url in webhooks.items():
        if sandbox.head.webhooks.get(name) != url:
            await ask.simulator.sandboxes.webhook(sandbox.id, name, url)
    return Created({
        **shown(ask, activation), "warnings": warnings_of(scenario, sandbox),
        "listener": own_port(ask, sandbox),
    })


async def deactivate(ask: Ask[None]) -> object:
    """Ends the activation with this id, or all where none is given."""
    sandbox, id = ask.sandbox, ask.path.get("id") or ask.query.get("id", "")
    payments = ask.query.get("payments", "keep")
    if payments not in ("keep", "release"):
        raise Refused(422, "bad_query", f"payments={payments}: keep or release")
    ended = await sandbox.rules.end(id, release=payments == "release")
    if id and not ended:
        raise Refused(404, "no_activation", f"no scenario is active as {id}")
    ask.api.forget(sandbox, id)
    await settle_port(ask, sandbox)
    return {"ended": ended}


async def put_in_force(ask: Ask[Any], sandbox: Sandbox, scenario: Scenario, ttl: str | None) -> Any:
    """The activation, written down; with a port of the sandbox's own where its file asks for one."""
    activation = _activated(sandbox, scenario)
    if ttl is not None:
        ask.api.expire(sandbox, activation, Instant(sandbox.clock.wire_now() + parse_duration(ttl)))
    await sandbox.rules.keep(activation)
    await ask.simulator.player.begin(sandbox)
    if scenario.settings.listener == DEDICATED and ask.api.server is not None:
        try:
            await ask.api.server.own_ports.open(sandbox)
        except OSError as error:
            raise Refused(503, "no_port", f"no port for this sandbox: {error.strerror}") from None
    await settle_port(ask, sandbox)
    return activation


async def settle_port(ask: Ask[Any], sandbox: Sandbox) -> None:
    """A rule that refuses all connections may hold from now on, or not any more."""
    if ask.api.server is not None:
        await ask.api.server.own_ports.settle(sandbox.id)


def own_port(ask: Ask[Any], sandbox: Sandbox) -> Mapping[str, Any] | None:
    """The address at which only this sandbox is reached; None: it shares those of all."""
    port = ask.api.server.own_ports.of(sandbox.id) if ask.api.server is not None else None
    if port is None:
        return None
    return {"port": port.listener.port, "url": port.url, "tls_url": port.tls_url}


def load(ask: Ask[Any], wanted: Activation) -> Scenario:
    """The scenario of one of name, yaml, rules. Raises Refused with every problem of it."""
    from paydouble.contracts import shipped
    from paydouble.scenarios import loader
    from paydouble.scenarios.composing import Loading
    from paydouble.scenarios.expressions import exact
    from paydouble.scenarios.library import Library
    from paydouble.scenarios.messages import ScenarioProblems

    providers = list(ask.simulator.providers.values())
    loading = Loading(
        vars=wanted.vars, environment=wanted.environment, provider=wanted.provider,
        matrix=exact(wanted.matrix), library=Library(shipped=shipped.root("scenarios"), sent=wanted.files),
    )
    try:
        if wanted.name is not None:
            root = shipped.root("scenarios")
            return loader.load_shipped(wanted.name, root, providers=providers, loading=loading)
        if wanted.yaml is not None:
            file = wanted.file or "scenario.yaml"
            return loader.load_text(wanted.yaml, file=file, providers=providers, loading=loading)
        name = wanted.file or "inline"
        return loader.load_rules(wanted.rules or [], name=name, vars=wanted.vars, providers=providers)
    except ScenarioProblems as found:
        problems = [_problem(each) for each in found.problems]
        first = problems[0]
        raise Refused(422, "bad_scenario", f"{first['file']}:{first['line']}: {first['message']}",
                      first["help"], problems=problems) from None


def warnings_of(scenario: Scenario, sandbox: Sandbox) -> list[dict[str, Any]]:
    """Of the file, and of what a sandbox that exists already cannot be any more."""
    from paydouble.scenarios.messages import Problem, Severity

    found = list(scenario.warnings)
    wanted, start, head = scenario.settings.clock, start_of(scenario.settings.start), sandbox.head
    if wanted not in (None, head.clock) or start not in (None, head.start):
        at = f" from {scenario.settings.start}" if start is not None else ""
        found.append(Problem(
            code=OTHER_CLOCK, severity=Severity.WARNING, file=scenario.file, line=1, column=1,
            message=f"made for the clock {wanted}{at}; this sandbox keeps its own, {head.clock}",
            help="create a sandbox with this scenario: POST sandboxes",
        ))
    return [_problem(each) for each in found]


def _problem(problem: Any) -> dict[str, Any]:
    from paydouble.scenarios.messages import as_json

    return dict(as_json(problem))


def _activated(sandbox: Sandbox, scenario: Scenario) -> Any:
    try:
        return sandbox.rules.activate(scenario)
    except ValueError as error:
        raise Refused(409, "too_many_scenarios", str(error), "DELETE those that are done with") from None


def shown(ask: Ask[Any], activation: Any) -> Mapping[str, Any]:
    return views.activation(activation)


def start_of(text: str | None) -> Instant | None:
    if text is None:
        return None
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise Refused(422, "bad_start", str(error)) from None
