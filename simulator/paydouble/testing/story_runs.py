"""Runs of stories: each with a provider, a choice of its matrix, a sandbox of its own, and an application."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from paydouble.client.control import ControlClient, ControlError, Unreachable
from paydouble.client.sandbox import Sandbox, activation
from paydouble.contracts import shipped
from paydouble.harness.asking import Asker
from paydouble.harness.stories import CannotPlay, Play, Progress, silent
from paydouble.harness.verdicts import Finding, Verdict
from paydouble.scenarios.composing import VARIABLE_PREFIX, Loading
from paydouble.scenarios.expressions import exact
from paydouble.scenarios.loader import load_named
from paydouble.scenarios.rule import Scenario
from paydouble.scenarios.story import combinations
from paydouble.testing.call_logs import call_log
from paydouble.testing.given import Given
from paydouble.testing.sample_shop.door import OpenShop
from paydouble.testing.sample_shop.flaws import CAREFUL, Flaw, told

APP: Final = "app"
"""The variable by which stories call the application under test."""
CLOCK: Final = "auto"
WEBHOOKS: Final = ("stripe", "paypal")
"""Who sends to registered endpoints; the others are told with each order where to call."""

AppOf = Callable[[Sandbox], str]
"""The address of an application that uses this sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How stories are played; the first of `app`, `app_of`, `flaws` is the application."""

    vars: Mapping[str, Any] = field(default_factory=dict)
    providers: Sequence[str] = ()
    """Only these; empty: all that the file is for."""
    app: str = ""
    """Address of an application that runs already, with the credentials of `sandbox`."""
    app_of: AppOf | None = None
    sandbox: str = ""
    """One that is there; empty: a new one for each story."""
    flaws: frozenset[Flaw] = CAREFUL
    """Of the sample shop."""
    webhooks: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    allow_hosts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One story to be played."""

    source: str
    """A path that ends in .yaml, or a shipped name."""
    scenario: Scenario
    provider: str
    choice: Mapping[str, Any]
    options: Options

    @property
    def name(self) -> str:
        return self.verdict().name

    def verdict(self, **more: Any) -> Verdict:
        own = not (self.options.app or self.options.app_of)
        return Verdict(
            story=self.scenario.name, title=self.scenario.title, provider=self.provider, choice=self.choice,
            variant=told(self.options.flaws) if own else "", **more,
        )


def cases(source: str, options: Options) -> Iterator[Case]:
    """None of a file without steps. Raises ScenarioProblems."""
    first = _load(source, options, "", {})
    if not first.steps:
        return
    for provider in first.providers:
        if provider in (options.providers or first.providers):
            for choice in combinations(first.matrix):
                scenario = _load(source, options, provider, choice)
                yield Case(source=source, scenario=scenario, provider=provider, choice=choice,
                           options=options)


def _load(source: str, options: Options, provider: str, choice: Mapping[str, Any]) -> Scenario:
    """An application that is told wins over the file's, where the file asks for one."""
    loading = Loading(vars=exact(options.vars), environment=os.environ, provider=provider, matrix=choice)
    known = load_named(source, shipped.root("scenarios"), loading=loading)
    if options.app and APP in known.vars and VARIABLE_PREFIX + APP not in os.environ:
        told_app = replace(loading, vars={**loading.vars, APP: options.app})
        return load_named(source, shipped.root("scenarios"), loading=told_app)
    return known


def play(case: Case, control: ControlClient, progress: Progress = silent) -> Verdict:
    """Never raises for what the story, the application or the simulator does."""
    begun = perf_counter()
    findings: list[Finding] = []
    trouble = calls = ""
    seed = 0
    with ExitStack() as closing:
        try:
            stage = _Stage(case, control, closing)
            seed = stage.seed
            findings = stage.play(progress)
            calls = call_log(stage.sandbox) if findings else ""
        except (CannotPlay, ControlError, Unreachable, OSError) as error:
            trouble = str(error)
    took = round((perf_counter() - begun) * 1_000)
    return case.verdict(findings=findings, trouble=trouble, took_ms=took, calls=calls, seed=seed)


class _Stage:
    """The sandbox, the application and the state that a story starts from."""

    def __init__(self, case: Case, control: ControlClient, closing: ExitStack) -> None:
        self._case = case
        settings, options = case.scenario.settings, case.options
        self._given = Given(case.scenario.given, case.provider)
        self.seed = settings.seed if settings.seed is not None else options.seed or 0
        self.sandbox = self._sandbox(control, closing)
        early = settings.listener == "dedicated"
        if early:
            self._activate()
            self.sandbox = Sandbox.of(control, self.sandbox.id)
        self._app, callbacks = self._application(closing)
        for provider, url in callbacks.items():
            if provider in WEBHOOKS:
                self.sandbox.webhook(provider, url)
        self._given.arrange(self.sandbox, callbacks.get(case.provider, ""))
        if not early or self._given.data:
            self._activate()

    def _sandbox(self, control: ControlClient, closing: ExitStack) -> Sandbox:
        settings, options = self._case.scenario.settings, self._case.options
        if options.sandbox:
            found = Sandbox.of(control, options.sandbox)
            found.reset()
            return found
        made = Sandbox.create(
            control, clock=settings.clock or CLOCK, seed=self.seed, start=self._given.start(settings.start)
        )

        def delete() -> None:
            with suppress(ControlError, Unreachable):
                made.delete()

        closing.callback(delete)
        return made

    def _application(self, closing: ExitStack) -> tuple[str, Mapping[str, str]]:
        """Its address, and where each provider is to call it."""
        options = self._case.options
        if options.app:
            return options.app, options.webhooks
        if options.app_of is not None:
            return options.app_of(self.sandbox), options.webhooks
        shop = closing.enter_context(OpenShop(self.sandbox.credentials, self._case.provider, options.flaws))
        return shop.url, {name: shop.callback(name) for name in shop.shop.tills}

    def _activate(self) -> None:
        case = self._case
        source = Path(case.source) if case.source.endswith((".yaml", ".yml")) else case.source
        vars = {name: value for name, value in case.options.vars.items() if name in case.scenario.vars}
        body = activation(source, vars, provider=case.provider, matrix=dict(case.choice))
        self.sandbox.control.post(f"{self.sandbox.path}/scenarios", body)

    def play(self, progress: Progress) -> list[Finding]:
        case = self._case
        scenario = case.scenario
        if APP in scenario.vars and self._app and not case.options.app:
            options = replace(case.options, app=self._app)
            scenario = _load(case.source, options, case.provider, case.choice)
        asker = Asker(case.options.allow_hosts)
        return Play(scenario, self.sandbox, case.provider, self._activate, asker, progress).run()
