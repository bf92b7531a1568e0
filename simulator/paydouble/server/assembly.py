"""Where settings become a running simulator: the one composition that serve, run, demo and tests share."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from paydouble.contracts import shipped
from paydouble.engine.keyring import tls_ca
from paydouble.engine.sandbox import DEFAULT, Sandbox
from paydouble.engine.simulator import Simulator
from paydouble.engine.switches import Switches
from paydouble.scheduling.clocks import ClockSpec
from paydouble.server.control import ControlApi
from paydouble.server.serving import GRACE_S, RunningServer
from paydouble.server.settings import BadSetting
from paydouble.server.transport import HttpTransport
from paydouble.store import open_store

if TYPE_CHECKING:
    from paydouble.core.provider import Provider
    from paydouble.scenarios.rule import Scenario
    from paydouble.server.app import Serving
    from paydouble.server.foyer import Foyer
    from paydouble.server.settings import Settings
    from paydouble.store.protocol import Store

SEED_MAX: Final = 2**31
TOKEN_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Opened:
    """A simulator that accepts connections; close it in the event loop that opened it."""

    settings: Settings
    """As they came, with seed and control token settled."""
    simulator: Simulator
    server: RunningServer
    transport: HttpTransport
    control: ControlApi

    @property
    def sandbox(self) -> Sandbox:
        """The default one."""
        return self.simulator.sandboxes.named(DEFAULT)

    async def close(self, grace_s: float = GRACE_S) -> None:
        """Calls under way have `grace_s` to finish."""
        self.control.close()
        await self.server.stop(grace_s)
        await self.simulator.close()
        await self.transport.close()


def settled(settings: Settings) -> Settings:
    """With a seed, and a control token where the server can be reached from elsewhere. Raises BadSetting."""
    if settings.workers > 1:
        raise BadSetting("--workers: several processes need a later version; this one takes 1 only")
    try:
        ClockSpec.parse(settings.clock)
    except ValueError as error:
        raise BadSetting(f"--clock: {error}") from error
    seed = secrets.randbelow(SEED_MAX) if settings.seed is None else settings.seed
    token = settings.control_token
    if not token and not is_loopback(settings.host):
        token = secrets.token_urlsafe(TOKEN_BYTES)
    return replace(settings, seed=seed, control_token=token)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that is bound to this name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def open_server(
    settings: Settings, *, providers: Iterable[Provider] | None = None, contracts: Path | None = None,
    served_by: Callable[[Simulator], Serving] | None = None, foyer: Foyer | None = None,
) -> Opened:
    """Accepts connections when it returns; when it raises, nothing is left open.

    `providers`: instead of those installed; `contracts`: instead of the folder that ships; `served_by` may
    put something between doors and simulator; `foyer` has bound the sockets already.

    Raises BadSetting, ScenarioProblems, and OSError where a port
    is taken.
    """
    chosen = settled(settings)
    if providers is None:
        providers = _installed(chosen.provider_settings)
    store = _store(chosen.store)
    transport = HttpTransport(
        chosen.allow_hosts, ca_certificate_pem=lambda: tls_ca(chosen.home).certificate_pem
    )
    switches = Switches(magic=not chosen.no_magic, marks=not chosen.no_marks, strict=chosen.strict)
    simulator = Simulator(
        providers, store=store, transport=transport, switches=switches, contracts=contracts
    )
    control = ControlApi(simulator, token=chosen.control_token)
    try:
        simulator.sandboxes.defaults = _defaults(chosen, simulator)
        await simulator.start(seed=chosen.seed or 0, clock=chosen.clock)
        for sandbox in simulator.sandboxes.all:
            control.expire_again(sandbox)
        await _furnish(chosen, simulator)
        serving = served_by(simulator) if served_by is not None else simulator
        server = control.server = await _start(chosen, serving, control, foyer)
        await _open_own_ports(simulator, server)
    except BaseException:
        await simulator.close()
        await transport.close()
        raise
    return Opened(chosen, simulator, server, transport, control)


def _installed(provider_settings: Mapping[str, Mapping[str, str]]) -> Iterable[Provider]:
    from paydouble.providers import load

    try:
        return load(provider_settings)
    except ValueError as error:
        raise BadSetting(str(error)) from error


def _store(spec: str) -> Store:
    try:
        return open_store(spec)
    except ValueError as error:
        raise BadSetting(f"--store: {error}") from error


async def _start(
    settings: Settings, serving: Serving, control: ControlApi, foyer: Foyer | None
) -> RunningServer:
    try:
        return await RunningServer.start(settings, serving, control, foyer)
    except ValueError as error:
        raise BadSetting(str(error)) from error


def _defaults(settings: Settings, simulator: Simulator) -> tuple[Scenario, ...]:
    """Raises ScenarioProblems."""
    if not settings.scenarios:
        return ()
    from paydouble.scenarios.composing import Loading
    from paydouble.scenarios.loader import load_named

    root, providers = shipped.root("scenarios"), tuple(simulator.providers.values())
    loading = Loading(python=settings.allow_python, environment=os.environ)
    return tuple(load_named(name, root, providers=providers, loading=loading) for name in settings.scenarios)


async def _open_own_ports(simulator: Simulator, server: RunningServer) -> None:
    """Of sandboxes whose scenarios were in force before, or are by default."""
    for sandbox in simulator.sandboxes.all:
        if any(each.scenario.settings.listener == "dedicated" for each in sandbox.rules.in_force):
            await server.own_ports.open(sandbox)


async def _furnish(settings: Settings, simulator: Simulator) -> None:
    """Webhooks of the default sandbox. A durable store may know them already."""
    sandbox = simulator.sandboxes.named(DEFAULT)
    webhooks: dict[str, str] = {}
    for scenario in simulator.sandboxes.defaults:
        webhooks |= scenario.settings.webhooks
    for provider, url in {**webhooks, **dict(settings.webhooks)}.items():
        if provider not in simulator.providers:
            loaded = ", ".join(simulator.providers)
            raise BadSetting(f"no provider '{provider}' for --webhook; loaded providers: {loaded}")
        if sandbox.head.webhooks.get(provider) != url:
            await simulator.sandboxes.webhook(DEFAULT, provider, url)
