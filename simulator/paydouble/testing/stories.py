"""Story files as tests: by `paydouble_stories("scenarios/*.yaml")`, and as files that pytest collects."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from _pytest._code.code import ExceptionInfo, TerminalRepr

    from paydouble.client.control import ControlClient
    from paydouble.client.sandbox import Sandbox
    from paydouble.harness.verdicts import Verdict
    from paydouble.testing.story_runs import Case

SUFFIXES = (".yaml", ".yml")


class StoryFailed(AssertionError):
    """What a story found, or why it could not be played."""


def paydouble_stories(*patterns: str, **vars: Any) -> Callable[..., None]:
    """A test of each story of these files, or shipped names; each provider and choice of a matrix by itself.

    Patterns count from the folder of the file that calls this. The application is what the fixture
    `paydouble_app` gives for a sandbox; the sample shop, unless a suite has one of its own.
    """
    from paydouble.testing.story_runs import Options, cases

    here = Path(sys._getframe(1).f_globals.get("__file__", ".")).parent
    found = [case for source in _sources(patterns, here) for case in cases(source, Options(vars=vars))]

    @pytest.mark.parametrize("paydouble_case", found, ids=lambda case: case.name)
    def story(paydouble_case: Case, paydouble_server: Any, paydouble_app: Any) -> None:
        judge(paydouble_case, paydouble_server.control, paydouble_app)

    return staticmethod(story)


def _sources(patterns: tuple[str, ...], here: Path) -> Iterator[str]:
    for pattern in patterns:
        if not pattern.endswith(SUFFIXES):
            yield pattern
            continue
        files = sorted(here.glob(pattern)) or sorted(Path.cwd().glob(pattern))
        if not files:
            raise FileNotFoundError(f"there is no {pattern} in {here}")
        yield from map(str, files)


def judge(case: Case, control: ControlClient, app: Callable[[Sandbox], str] | str | None) -> None:
    """Raises StoryFailed."""
    from dataclasses import replace

    from paydouble.testing.story_runs import play

    if isinstance(app, str) and app:
        case = replace(case, options=replace(case.options, app=app, sandbox="default"))
    elif callable(app):
        case = replace(case, options=replace(case.options, app_of=app))
    verdict = play(case, control)
    if verdict.findings or verdict.trouble:
        raise StoryFailed(told(verdict))


def told(verdict: Verdict) -> str:
    lines = [f"{verdict.name}: {verdict.title}", *(f"  {each}" for each in verdict.findings)]
    if verdict.trouble:
        lines.append(f"  cannot be played: {verdict.trouble}")
    return "\n".join([*lines, "", verdict.calls] if verdict.calls else lines)


def play_here(sandbox: Sandbox, source: str | Path, vars: Mapping[str, Any]) -> None:
    """A story on a test's own sandbox: its rules are put in force, its steps played. Raises StoryFailed."""
    from paydouble.client.sandbox import activation
    from paydouble.contracts import shipped
    from paydouble.harness.stories import CannotPlay, Play
    from paydouble.scenarios.composing import Loading
    from paydouble.scenarios.expressions import exact
    from paydouble.scenarios.loader import load_named

    loading = Loading(vars=exact(vars), environment=os.environ, provider=sandbox.provider)
    scenario = load_named(str(source), shipped.root("scenarios"), loading=loading)
    provider = sandbox.provider or scenario.providers[0]
    where = Path(source) if str(source).endswith(SUFFIXES) else str(source)

    def activate() -> None:
        body = activation(where, vars, provider=provider)
        sandbox.control.post(f"{sandbox.path}/scenarios", body)

    activate()
    try:
        findings = Play(scenario, sandbox, provider, activate).run()
    except CannotPlay as trouble:
        raise StoryFailed(f"{scenario.name} cannot be played: {trouble}") from trouble
    if findings:
        raise StoryFailed("\n".join([scenario.name, *(f"  {each}" for each in findings)]))


class StoryFile(pytest.File):
    """A scenario with steps, as pytest collects it."""

    def collect(self) -> Iterator[StoryItem]:
        from paydouble.scenarios.messages import ScenarioProblems
        from paydouble.testing.story_runs import Options, cases

        try:
            for case in cases(str(self.path), Options()):
                yield StoryItem.from_parent(self, name=case.name, case=case)
        except ScenarioProblems as problems:
            raise self.CollectError(str(problems)) from None


class StoryItem(pytest.Item):
    """One story with one provider and one choice of its matrix."""

    def __init__(self, *, case: Case, **given: Any) -> None:
        super().__init__(**given)
        self.case = case

    def runtest(self) -> None:
        from paydouble.testing.plugin import story_app, story_server

        judge(self.case, story_server(self.config).control, story_app(self.config))

    def repr_failure(
        self, excinfo: ExceptionInfo[BaseException], style: Any = None
    ) -> str | TerminalRepr:
        if isinstance(excinfo.value, StoryFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, 0, self.name
