"""pytest fixtures and markers; imports nothing of ours until a test asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from paydouble.client.inbox import Inbox
    from paydouble.client.sandbox import Sandbox
    from paydouble.testing.in_process import InProcessServer, PaydoubleServer
    from paydouble.testing.stories import StoryFile

_SANDBOX = pytest.StashKey["Sandbox"]()
_STORY_SERVER = pytest.StashKey["PaydoubleServer"]()
_STORY_RUNNING: pytest.StashKey[InProcessServer] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("paydouble", "payment providers that are not there")
    group.addoption(
        "--paydouble-url", metavar="URL", default=None,
        help="use the PayDouble at this address, instead of one in this process (PAYDOUBLE_URL)",
    )
    group.addoption(
        "--paydouble-token", metavar="TOKEN", default=None,
        help="of that PayDouble's control API (PAYDOUBLE_CONTROL_TOKEN)",
    )


    group.addoption(
        "--paydouble-app", metavar="URL", default="",
        help="the application that story files are played against; the sample shop, unless told",
    )
    parser.addini(
        "paydouble_stories", "patterns of scenario files with steps that are collected as tests",
        type="args", default=[],
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> StoryFile | None:
    """A file that was named on the command line, or that a pattern of the settings names."""
    if file_path.suffix not in (".yaml", ".yml"):
        return None
    named = [Path(each.partition("::")[0]).resolve() for each in parent.config.args]
    patterns = parent.config.getini("paydouble_stories")
    below = file_path.relative_to(parent.config.rootpath) if file_path.is_relative_to(
        parent.config.rootpath) else file_path
    if file_path.resolve() not in named and not any(below.match(pattern) for pattern in patterns):
        return None
    from paydouble.testing.stories import StoryFile

    found: StoryFile = StoryFile.from_parent(parent, path=file_path)
    return found


def story_server(config: pytest.Config) -> PaydoubleServer:
    """For story files, which have no fixtures; started with the first of them."""
    from paydouble.testing.in_process import InProcessServer, PaydoubleServer

    if _STORY_SERVER not in config.stash:
        url, token = _address(config)
        if not url:
            config.stash[_STORY_RUNNING] = InProcessServer()
            url = config.stash[_STORY_RUNNING].url
        config.stash[_STORY_SERVER] = PaydoubleServer(url, token=token)
    return config.stash[_STORY_SERVER]


def story_app(config: pytest.Config) -> str:
    return str(config.getoption("--paydouble-app"))


def pytest_unconfigure(config: pytest.Config) -> None:
    if _STORY_SERVER in config.stash:
        config.stash[_STORY_SERVER].close()
    if _STORY_RUNNING in config.stash:
        config.stash[_STORY_RUNNING].close()


def _address(config: pytest.Config) -> tuple[str, str]:
    """URL and token of a PayDouble that runs already; empty where there is none."""
    url = config.getoption("--paydouble-url") or os.environ.get("PAYDOUBLE_URL", "")
    token = config.getoption("--paydouble-token") or os.environ.get("PAYDOUBLE_CONTROL_TOKEN", "")
    return str(url), str(token)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "scenario(name_or_path, *, providers=[...], **vars): puts a scenario in force in this test's "
        "sandbox; several stack; providers make one test each",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each provider that its scenario markers name."""
    providers: list[str] = []
    for mark in metafunc.definition.iter_markers("scenario"):
        providers += [name for name in mark.kwargs.get("providers", ()) if name not in providers]
    if providers and "paydouble_provider" in metafunc.fixturenames:
        metafunc.parametrize("paydouble_provider", providers, indirect=True)


@pytest.fixture
def paydouble_provider(request: pytest.FixtureRequest) -> str:
    """The provider that this test is about; empty where its markers name none."""
    return str(getattr(request, "param", ""))


@pytest.fixture(scope="session")
def paydouble_server(pytestconfig: pytest.Config) -> Iterator[PaydoubleServer]:
    """The one at --paydouble-url or PAYDOUBLE_URL; else one in this process: one a worker of xdist."""
    from paydouble.testing.in_process import InProcessServer, PaydoubleServer

    url, token = _address(pytestconfig)
    running = None if url else InProcessServer()
    server = PaydoubleServer(url or (running.url if running else ""), token=token)
    yield server
    server.close()
    if running is not None:
        running.close()


@pytest.fixture
def paydouble_app(pytestconfig: pytest.Config) -> Callable[[Sandbox], str] | str | None:
    """For stories: the address of the application that uses a sandbox. Override it with your own."""
    return story_app(pytestconfig) or None


@pytest.fixture
def paydouble(
    request: pytest.FixtureRequest, paydouble_server: PaydoubleServer, paydouble_provider: str
) -> Iterator[Sandbox]:
    """This test's own sandbox: own credentials, ledger, log, and a clock that jumps while somebody waits."""
    sandbox = paydouble_server.sandbox(scenarios=_scenarios(request, paydouble_provider))
    from paydouble.testing.stories import play_here

    sandbox.provider = paydouble_provider
    sandbox.player = play_here
    request.node.stash[_SANDBOX] = sandbox
    yield sandbox
    sandbox.delete()


@pytest.fixture
def paydouble_inbox(paydouble: Sandbox) -> Iterator[Inbox]:
    """A receiver that checks signatures as a merchant does; its URL goes into orders, or `webhook`."""
    from paydouble.client.inbox import Inbox

    with Inbox(paydouble.credentials) as inbox:
        yield inbox


def _scenarios(request: pytest.FixtureRequest, provider: str) -> list[dict[str, Any]]:
    """Of the outermost marker first: what is activated last is looked at first."""
    from paydouble.client.sandbox import activation

    scenarios = []
    for mark in reversed(list(request.node.iter_markers("scenario"))):
        if len(mark.args) != 1:
            raise pytest.UsageError("@pytest.mark.scenario takes one name or path, then variables by name")
        vars = {name: value for name, value in mark.kwargs.items() if name != "providers"}
        scenarios.append(activation(_found(mark.args[0], request), vars, provider=provider))
    return scenarios


def _found(source: Any, request: pytest.FixtureRequest) -> Any:
    """A file is looked for beside the test, then from pytest's root."""
    if not str(source).endswith((".yaml", ".yml")):
        return source
    places = [request.path.parent / source, request.config.rootpath / source, Path(source)]
    return next((place for place in places if place.is_file()), Path(source))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that passed leaves books in order, or it has not passed."""
    result = yield
    sandbox = item.stash.get(_SANDBOX, None)
    if sandbox is not None:
        report = _settled_report(sandbox)
        broken = [f"{each['law']}: {each['detail']}" for each in report["audit"]["laws"] if not each["ok"]]
        broken += [f"never fired, in a strict scenario: {rule}" for rule in report["unused_strict_rules"]]
        broken += [f"{each['place']}: {each['verb']}: {each['missing']}" for each in report["expectations"]
                   if not each["ok"]]
        if broken:
            found = "\n".join(f"  {each}" for each in broken)
            pytest.fail(f"PayDouble's audit of this test's sandbox:\n{found}", pytrace=False)
    return result


def _settled_report(sandbox: Sandbox) -> dict[str, Any]:
    """Where something that a scenario expects is missing, deliveries may still be under way."""
    report = sandbox.report()
    if all(each["ok"] for each in report["expectations"]):
        return report
    from paydouble.client.control import ControlError

    with suppress(ControlError):
        sandbox.clock.advance("0s")
    return sandbox.report()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed shows the calls that its sandbox saw."""
    report = yield
    sandbox = item.stash.get(_SANDBOX, None)
    if report.when == "call" and report.failed and sandbox is not None:
        from paydouble.testing.call_logs import call_log

        report.sections.append(("PayDouble: calls", call_log(sandbox)))
    return report
