"""`paydouble loadtest`: Locust, a process of its own, against a server of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import click

from paydouble.cli.endings import FAILED, INTERNAL, INTERRUPTED, EnvironmentProblem
from paydouble.cli.options import FROM_ENVIRONMENT
from paydouble.contracts import shipped

NOTHING_RAN: Final = 5
USERS_DEFAULT: Final = 10
TIME_DEFAULT: Final = "10s"
LAST_CALLS_S: Final = 15
"""For journeys under way when the time is over."""
READY_WITHIN_S: Final = 30.0
LOOK_AGAIN_S: Final = 0.05
STOPPED_WITHIN_S: Final = 10.0
LOG_SHOWN_LINES: Final = 30
SAYS: Final = "load test: "
FOR_THE_BUYERS: Final = (
    "PAYDOUBLE_CONTROL_TOKEN", "PAYDOUBLE_LOAD_IN_FLIGHT", "PAYDOUBLE_LOAD_SIGN_AHEAD",
)  # fmt: skip
TIME: Final = re.compile(r"(\d+h)?(\d+m)?(\d+s)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command was told."""

    providers: tuple[str, ...]
    users: int
    rate: float | None
    """Arrivals a second; None: a closed loop of users."""
    time: str
    processes: int | None
    master: bool
    worker: bool

    @property
    def schedulers(self) -> int:
        """Processes that share the arrivals."""
        return self.processes or 1


def _loopback(ctx: click.Context, param: click.Parameter, url: str | None) -> str | None:
    """Load is for a simulator on this machine, never for anybody's real service."""
    if url is None:
        return None
    from paydouble.server.assembly import is_loopback

    where = urlsplit(url)
    if where.scheme != "http" or not is_loopback(where.hostname or ""):
        raise click.BadParameter(f"{url} is not plain HTTP on loopback; load goes nowhere else")
    return url.rstrip("/")


def _time(ctx: click.Context, param: click.Parameter, text: str) -> str:
    if not (text and TIME.fullmatch(text)):
        raise click.BadParameter(f"'{text}' is no time, as in 10s, 5m, 1h30m")
    return text


@click.command("loadtest", context_settings=FROM_ENVIRONMENT)
@click.argument("providers", nargs=-1)
@click.option("--users", type=click.IntRange(1), default=USERS_DEFAULT, show_default=True,
              help="Buyers in a closed loop: each begins anew when done.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), metavar="R",
              help="Open loop instead: R buyers a second arrive, however slow the server is.")
@click.option("--time", default=TIME_DEFAULT, show_default=True, callback=_time, metavar="T",
              help="How long buyers come.")
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Where Locust's CSV and HTML, the result as JSON and the logs go.")
@click.option("--url", callback=_loopback, metavar="URL",
              help="A running server on this machine; else one is started for the run.")
@click.option("--processes", type=click.IntRange(1), metavar="N",
              help="Load processes; with --master: workers to wait for.")
@click.option("--master", is_flag=True,
              help="Lead Locust workers that are started elsewhere on this machine.")
@click.option("--worker", is_flag=True, help="Work for a Locust master, told the same providers and --rate.")
def loadtest(report: Path | None, url: str | None, **told: Any) -> int:
    """Put load on the simulator, check every callback, and audit the ledger.

    PROVIDERS: all that have buyers unless named.
    """
    if find_spec("locust") is None:
        raise EnvironmentProblem("Locust is not installed; it comes with: pip install 'paydouble[load]'")
    wanted = Wanted(**told)
    place = shipped.root("loadtests")
    _check(wanted, place)
    if wanted.worker:
        environment = {**_without_options(), **_environment(wanted, 0, None)}
        return subprocess.run(_locust(wanted, place, "", None), check=False, env=environment).returncode
    with _folder(report) as folder, _served(url, folder) as (address, pid):
        return _run(wanted, place, address, pid, folder, keep=report is not None)


def _check(wanted: Wanted, place: Path) -> None:
    known = sorted(path.stem for path in (place / "users").glob("[!_]*.py"))
    if not known:
        raise EnvironmentProblem(f"there are no load tests at {place}")
    for provider in wanted.providers:
        if provider not in known:
            raise click.UsageError(f"no buyers for '{provider}'; there are some for {', '.join(known)}")
    if wanted.master and wanted.worker:
        raise click.UsageError("--master and --worker exclude each other")


@contextmanager
def _folder(report: Path | None) -> Iterator[Path]:
    if report is not None:
        report.mkdir(parents=True, exist_ok=True)
        yield report
        return
    with tempfile.TemporaryDirectory(prefix="paydouble-load-") as folder:
        yield Path(folder)


@contextmanager
def _served(url: str | None, folder: Path) -> Iterator[tuple[str, int]]:
    """Address and process id, 0 where the server is not ours. Raises EnvironmentProblem."""
    if url is not None:
        yield url, 0
        return
    ready, log = folder / "server.json", folder / "server.log"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "paydouble", "serve", "--port", "0", "--tls-port", "0",
               "--ready-file", str(ready)]
    with log.open("wb") as told:
        server = subprocess.Popen(command, stdout=told, stderr=told, env=_without_options(),
                                  start_new_session=True)
        try:
            _await(server, ready, log)
            yield json.loads(ready.read_text(encoding="utf-8"))["url"], server.pid
        finally:
            _stop(server)


def _await(server: subprocess.Popen[bytes], ready: Path, log: Path) -> None:
    until = monotonic() + READY_WITHIN_S
    while not ready.exists():
        try:
            server.wait(LOOK_AGAIN_S)
        except subprocess.TimeoutExpired:
            if monotonic() < until:
                continue
        raise EnvironmentProblem(f"the server did not come up:\n{_tail(log)}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOPPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _without_options() -> dict[str, str]:
    """The server of a run has defaults only: PAYDOUBLE_PORT is meant for another one."""
    return {name: value for name, value in os.environ.items()
            if not name.startswith("PAYDOUBLE_") or name == "PAYDOUBLE_HOME"}


def _run(wanted: Wanted, place: Path, url: str, pid: int, folder: Path, *, keep: bool) -> int:
    from paydouble.cli import load_summary

    result, log = folder / "result.json", folder / "locust.log"
    result.unlink(missing_ok=True)
    bound = load_summary.rsa_bound() if "wechatpay" in (wanted.providers or ("wechatpay",)) else 0.0
    click.echo(f"{wanted.time} of load on {url} …", err=True)
    command = _locust(wanted, place, url, folder if keep else None)
    code = _watched(command, {**_without_options(), **_environment(wanted, pid, result)}, log)
    if code == INTERRUPTED:
        return code
    if not result.exists():
        raise EnvironmentProblem(_said(log) or f"Locust ended with {code} and no result:\n{_tail(log)}")
    found = json.loads(result.read_text(encoding="utf-8"))
    if found["verdict"]["gave_up"]:
        raise EnvironmentProblem(_said(log))
    click.echo(load_summary.summary(found, bound))
    if keep:
        click.echo(f"report      {folder / 'report.html'}")
    if not any(row["requests"] for row in found["rows"]):
        click.echo(f"nothing was executed:\n{_tail(log)}", err=True)
        return NOTHING_RAN
    return code if code in (0, FAILED) else INTERNAL


def _environment(wanted: Wanted, pid: int, result: Path | None) -> dict[str, str]:
    told = {
        "PROVIDERS": ",".join(wanted.providers), "RATE": f"{wanted.rate or ''}", "SERVER_PID": str(pid),
        "RESULT": str(result.resolve()) if result is not None else "",
    }
    own = {name: os.environ[name] for name in FOR_THE_BUYERS if name in os.environ}
    return {f"PAYDOUBLE_LOAD_{name}": value for name, value in told.items()} | own


def _locust(wanted: Wanted, place: Path, url: str, reports: Path | None) -> list[str]:
    users = str(wanted.users if wanted.rate is None else wanted.schedulers)
    command = [
        sys.executable, "-m", "locust", "--locustfile", str(place / "locustfile.py"), "--headless",
        "--host", url, "--only-summary", "--users", users, "--spawn-rate", users, "--run-time", wanted.time,
        "--stop-timeout", str(LAST_CALLS_S),
    ]
    if reports is not None:
        command += ["--csv", str(reports / "load"), "--html", str(reports / "report.html")]
    if wanted.worker:
        command = [*command[:6], "--worker"]
    if wanted.master:
        command += ["--master", "--expect-workers", str(wanted.schedulers)]
    elif wanted.processes is not None:
        command += ["--processes", str(wanted.processes)]
    return command


def _watched(command: list[str], environment: dict[str, str], log: Path) -> int:
    """Ctrl-C reaches Locust too; it ends by itself, and we wait for that."""
    with log.open("wb") as told:
        locust = subprocess.Popen(command, stdout=told, stderr=told, env=environment)
        try:
            return locust.wait()
        except KeyboardInterrupt:
            locust.send_signal(signal.SIGTERM)
            try:
                locust.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                locust.kill()
                locust.wait()
            return INTERRUPTED


def _said(log: Path) -> str:
    """What loadtests/running.py has to say, without Locust's own lines."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(line.removeprefix(SAYS) for line in lines if line.startswith(SAYS))


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LOG_SHOWN_LINES:])
