"""How a run begins and ends: a world for each process, the wait for the last callbacks, verdict, exit code.

With `--processes` or workers elsewhere each worker settles its own world and tells the master.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.arrivals import ARRIVAL, IN_FLIGHT_MAX
from loadtests.calling import WORLD
from loadtests.verdict import Verdict, judged, together
from loadtests.world import SETTLE_WITHIN_S, Refused, World

ENVIRONMENT = 3
"""Exit code: what a run needs is not there."""
WORKERS_WITHIN_S = 2 * SETTLE_WITHIN_S
CALLBACK = "CALLBACK"
SAYS = "load test: "
"""Begins what is said to people, among Locust's own lines."""
SETTLE, VERDICT = "paydouble-settle", "paydouble-verdict"
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Wanted:
    """From the environment, since Locust must know its user classes before it reads its options."""

    providers: tuple[str, ...]
    rate: float = 0.0
    """Arrivals a second in all; 0 is the closed loop."""
    in_flight: int = IN_FLIGHT_MAX
    ahead: int = 0
    """Orders that each process signs before it begins, where a provider's requests are signed."""
    server_pid: int = 0
    """Whose CPU time is to be told; 0: nobody's."""
    result: str = ""
    """Where the result goes as JSON."""

    @classmethod
    def from_environment(cls, known: Sequence[str]) -> Wanted:
        def told(name: str, otherwise: object) -> str:
            return os.environ.get(f"PAYDOUBLE_LOAD_{name}", "") or str(otherwise)

        providers = tuple(told("PROVIDERS", ",".join(known)).replace(",", " ").split())
        if unknown := set(providers) - set(known):
            raise SystemExit(f"no buyers for {', '.join(sorted(unknown))}; known: {', '.join(known)}")
        return cls(
            providers, float(told("RATE", 0)), int(told("IN_FLIGHT", IN_FLIGHT_MAX)),
            int(told("SIGN_AHEAD", 0)), int(told("SERVER_PID", 0)), told("RESULT", ""),
        )  # fmt: skip


class Run:
    """Listens to Locust's events; one in each process."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._told: list[Verdict] = []
        self._all_told = Event()
        self._begun = self._begun_cpu = self._server_cpu = 0.0
        self._verdict: Verdict | None = None
        self._world: World | None = None
        self._wanted_verdicts = 0

    def listen(self) -> None:
        hooks: Any = events
        for name in ("init", "test_start", "test_stop", "quit"):
            getattr(hooks, name).add_listener(getattr(self, name))

    def init(self, environment: Environment, runner: Any, **_: Any) -> None:
        self._environment, self._runner = environment, runner
        self._count_event: Any = environment.events.request
        if isinstance(runner, MasterRunner):
            runner.register_message(VERDICT, self._worker_told)
        elif isinstance(runner, WorkerRunner):
            runner.register_message(SETTLE, self._settle_worker)

    def test_start(self, environment: Environment, **_: Any) -> None:
        if not isinstance(self._runner, MasterRunner):
            try:
                self._world = self._open(environment)
            except Refused as refused:
                self._give_up(environment, str(refused))
                return
            setattr(environment, WORLD, self._world)
        self._begun, self._begun_cpu = time.perf_counter(), time.process_time()
        self._server_cpu = cpu_seconds(self._wanted.server_pid)

    def _give_up(self, environment: Environment, because: str) -> None:
        self._verdict = Verdict(gave_up=(because,))
        environment.process_exit_code = ENVIRONMENT
        if not isinstance(self._runner, WorkerRunner):
            # Not from here: Locust is about to start users, who find no world and go away.
            gevent.spawn(self._runner.quit)

    def _open(self, environment: Environment) -> World:
        token = os.environ.get("PAYDOUBLE_CONTROL_TOKEN", "")
        world = World(environment.host or "", token, self._came, self._could_not_be_verified)
        for provider in self._wanted.providers:
            if provider not in world.credentials:
                raise Refused(f"the server has no {provider}")
            shop = import_module(f"loadtests.users.{provider}").open_shop(world)
            world.shops[provider] = shop
            if self._wanted.ahead and hasattr(shop, "sign_ahead"):
                shop.sign_ahead(self._wanted.ahead)
        return world

    def test_stop(self, environment: Environment, **_: Any) -> None:
        if isinstance(self._runner, MasterRunner):
            self._ask_workers(self._runner)
            self._verdict = together(self._told)
        elif self._world is not None:
            self._verdict = self._judge(self._world)
        if self._verdict is None or isinstance(self._runner, WorkerRunner):
            return
        for complaint in self._verdict.complaints():
            print(f"{SAYS}{complaint}", file=sys.stderr)
        if not self._verdict.ok and environment.process_exit_code is None:
            environment.process_exit_code = 1

    def _judge(self, world: World) -> Verdict:
        """All buyers have gone; the wait for the last callbacks is not part of the measured time."""
        seconds = time.perf_counter() - self._begun
        used, served = time.process_time(), cpu_seconds(self._wanted.server_pid)
        verdict = replace(
            judged(world), seconds=seconds, cpu=(used - self._begun_cpu) / seconds,
            server_cpu=(served - self._server_cpu) / seconds,
        )
        for what in verdict.missing:
            self._count(what.partition(" of ")[0], None, 0, LookupError("never came"))
        world.close()
        return verdict

    def _ask_workers(self, master: MasterRunner) -> None:
        self._wanted_verdicts = master.worker_count
        master.send_message(SETTLE)
        if self._wanted_verdicts and not self._all_told.wait(WORKERS_WITHIN_S):
            silent = self._wanted_verdicts - len(self._told)
            self._told.append(Verdict(gave_up=(f"{silent} did not settle",)))

    def _worker_told(self, environment: Environment, msg: Any, **_: Any) -> None:
        self._told.append(Verdict.from_json(msg.data))
        if len(self._told) >= self._wanted_verdicts:
            self._all_told.set()

    def _settle_worker(self, environment: Environment, **_: Any) -> None:
        self._runner.stop()
        self._runner.send_message(VERDICT, (self._verdict or Verdict()).as_json())

    def quit(self, exit_code: int, **_: Any) -> None:
        if not self._wanted.result or self._verdict is None or isinstance(self._runner, WorkerRunner):
            return
        options: Any = self._environment.parsed_options
        stats = self._runner.stats
        result = {
            "rate": self._wanted.rate, "users": options.num_users, "exit_code": exit_code,
            "rows": [_row(entry) for entry in stats.entries.values()],
            "all_calls": _percentiles(
                entry for entry in stats.entries.values() if entry.method not in (CALLBACK, ARRIVAL)
            ),
            "failures": [_failure(error) for error in stats.errors.values()] + self._exceptions(),
            "verdict": {**self._verdict.as_json(), "ok": self._verdict.ok},
            "complaints": [*self._verdict.complaints()],
        }
        Path(self._wanted.result).write_text(json.dumps(result, indent=1), encoding="utf-8")

    def _exceptions(self) -> list[str]:
        """Of the buyers' own code: bugs of a load test."""
        return [f"{each['count']} × {each['msg']}" for each in self._runner.exceptions.values()]

    def _came(self, what: str, late_ms: float, size: int) -> None:
        self._count(what, late_ms, size, None)

    def _could_not_be_verified(self, provider: str, reason: str) -> None:
        self._count(f"{provider} callback", None, 0, ValueError(reason))

    def _count(self, name: str, took_ms: float | None, size: int, problem: Exception | None) -> None:
        """Callbacks stand beside calls in Locust's outputs: how late after the call that caused them."""
        self._count_event.fire(
            request_type=CALLBACK, name=name, response_time=took_ms, response_length=size,
            exception=problem, context={}, start_time=time.time(), url="", response=None,
        )


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process so far; 0 where there is no /proc to tell it."""
    tasks = Path(f"/proc/{pid}/task")
    if not pid or not tasks.is_dir():
        return 0.0
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def _row(entry: Any) -> Mapping[str, Any]:
    return {
        "method": entry.method, "name": entry.name, "requests": entry.num_requests,
        "failures": entry.num_failures, "mean": entry.avg_response_time, **_percentiles([entry]),
    }


def _percentiles(entries: Iterable[Any]) -> Mapping[str, float]:
    """In milliseconds, rounded as Locust keeps them: to two digits above 100."""
    counts: Counter[float] = Counter()
    for entry in entries:
        counts.update(entry.response_times)
    total, seen, found = sum(counts.values()), 0, {"max": max(counts, default=0)}
    for took in sorted(counts):
        seen += counts[took]
        for name, share in PERCENTILES.items():
            if name not in found and seen >= share * total:
                found[name] = took
    return {**dict.fromkeys(PERCENTILES, 0), **found}


def _failure(error: Any) -> str:
    return f"{error.occurrences} × {error.name}: {error.error}"
