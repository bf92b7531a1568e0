"""pytest fixtures and markers; imports nothing of ours until a test asks for it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from paydouble.client.inbox import Inbox
    from paydouble.client.sandbox import Sandbox
    from paydouble.testing.in_process import PaydoubleServer

CALLS_SHOWN_MAX = 50
BODY_SHOWN_MAX = 400
_SANDBOX = pytest.StashKey["Sandbox"]()


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

    url = pytestconfig.getoption("--paydouble-url") or os.environ.get("PAYDOUBLE_URL", "")
    token = pytestconfig.getoption("--paydouble-token") or os.environ.get("PAYDOUBLE_CONTROL_TOKEN", "")
    running = None if url else InProcessServer()
    server = PaydoubleServer(url or (running.url if running else ""), token=token)
    yield server
    server.close()
    if running is not None:
        running.close()


@pytest.fixture
def paydouble(
    request: pytest.FixtureRequest, paydouble_server: PaydoubleServer, paydouble_provider: str
) -> Iterator[Sandbox]:
    """This test's own sandbox: own credentials, ledger, log, and a clock that jumps while somebody waits."""
    sandbox = paydouble_server.sandbox(scenarios=_scenarios(request))
    sandbox.provider = paydouble_provider
    request.node.stash[_SANDBOX] = sandbox
    yield sandbox
    sandbox.delete()


@pytest.fixture
def paydouble_inbox(paydouble: Sandbox) -> Iterator[Inbox]:
    """A receiver that checks signatures as a merchant does; its URL goes into orders, or `webhook`."""
    from paydouble.client.inbox import Inbox

    with Inbox(paydouble.credentials) as inbox:
        yield inbox


def _scenarios(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """Of the outermost marker first: what is activated last is looked at first."""
    from paydouble.client.sandbox import activation

    scenarios = []
    for mark in reversed(list(request.node.iter_markers("scenario"))):
        if len(mark.args) != 1:
            raise pytest.UsageError("@pytest.mark.scenario takes one name or path, then variables by name")
        vars = {name: value for name, value in mark.kwargs.items() if name != "providers"}
        scenarios.append(activation(_found(mark.args[0], request), vars))
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
        report = sandbox.report()
        broken = [f"{each['law']}: {each['detail']}" for each in report["audit"]["laws"] if not each["ok"]]
        broken += [f"never fired, in a strict scenario: {rule}" for rule in report["unused_strict_rules"]]
        if broken:
            found = "\n".join(f"  {each}" for each in broken)
            pytest.fail(f"PayDouble's audit of this test's sandbox:\n{found}", pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed shows the calls that its sandbox saw."""
    report = yield
    sandbox = item.stash.get(_SANDBOX, None)
    if report.when == "call" and report.failed and sandbox is not None:
        report.sections.append(("PayDouble: calls", _log(sandbox)))
    return report


def _log(sandbox: Sandbox) -> str:
    """Whatever goes wrong here must not hide the failure it is to explain."""
    try:
        calls = sandbox.calls()
        told = sandbox.notifications()
        unused = sandbox.report()["unused_rules"]
    except Exception as error:
        return f"the call log is not to be had: {error}"
    lines = [f"({len(calls) - CALLS_SHOWN_MAX} earlier calls)"] if len(calls) > CALLS_SHOWN_MAX else []
    for each in calls[-CALLS_SHOWN_MAX:]:
        lines += _call(each)
    for each in told:
        outcomes = ", ".join(attempt["outcome"] for attempt in each["attempts"]) or "not yet sent"
        about = f"{each['event']} of {each['ref'] or each['payment']}"
        lines.append(f"notification {about} to {each['url']}: {outcomes}")
    lines += [f"never fired: {rule}" for rule in unused]
    return "\n".join(lines) or "no call reached this sandbox"


def _call(call: dict[str, Any]) -> list[str]:
    request, response = call["request"], call["response"] or {}
    answer = response.get("fault") or response.get("status", "no answer")
    lines = [f"{request['method']} {request['target']} -> {answer}   {call['operation'] or ''} {call['id']}"]
    if request["body"]:
        lines.append(f"    > {request['body'][:BODY_SHOWN_MAX]}")
    if response.get("body"):
        lines.append(f"    < {response['body'][:BODY_SHOWN_MAX]}")
    lines += [f"    {group}: {rule}" for group, rule in call["plan"].items()]
    return lines
