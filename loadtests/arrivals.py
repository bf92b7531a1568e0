"""The open loop: buyers arrive on schedule whether or not earlier ones are done, and wait from then on.

A closed loop asks less of a slow server, and so hides how slow it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter, time
from typing import Any, Protocol

import gevent
from gevent.pool import Group
from locust import User, constant, task
from locust.env import Environment
from locust.event import EventHook
from locust.exception import RescheduleTask

from loadtests.calling import world_of

IN_FLIGHT_MAX = 500
"""Buyers of one process under way at once; who arrives above that is dropped, and counted."""
LAST_ONES_S = 10.0
ARRIVAL = "ARRIVAL"
"""Locust's name for a whole journey, from the moment the buyer meant to begin."""


class Buyer(Protocol):
    """A Locust user of loadtests/users."""

    host: str | None
    client: Any

    def __init__(self, environment: Environment) -> None: ...

    def journey(self) -> None: ...


class FromIntendedStart:
    """Stands before Locust's request event: a journey's first call counts from the intended arrival."""

    def __init__(self, event: EventHook) -> None:
        self._event = event
        self.late_ms = 0.0

    def fire(self, **measured: Any) -> None:
        if measured["response_time"] is not None:
            measured["response_time"] += self.late_ms
            self.late_ms = 0.0
        self._event.fire(**measured)  # type: ignore[no-untyped-call]


def arrivals_of(buyers: Sequence[type[Buyer]], rate: float, in_flight: int) -> type[User]:
    """A user class that is one process's scheduler; `rate` is shared by all processes."""

    class Arrivals(User):
        wait_time = constant(0)

        def on_start(self) -> None:
            options: Any = self.environment.parsed_options
            self.schedule = Schedule(self, buyers, rate / (options.num_users or 1), in_flight)

        @task
        def next_arrival(self) -> None:
            self.schedule.next_arrival()

        def on_stop(self) -> None:
            self.schedule.finish()

    return Arrivals


class Schedule:
    """One process's share of the arrivals, evenly spaced."""

    def __init__(self, user: User, buyers: Sequence[type[Buyer]], rate: float, in_flight: int) -> None:
        self._environment = user.environment
        self._world = world_of(user)
        for kind in buyers:
            kind.host = self._world.url
        self._buyers = buyers
        self._every_s = 1 / rate
        self._in_flight_max = in_flight
        self._idle: dict[type[Buyer], deque[Buyer]] = {kind: deque() for kind in buyers}
        self._under_way = Group()
        self._begun = perf_counter()

    def next_arrival(self) -> None:
        """Waits for its moment; late already if this process cannot keep up: latencies show it."""
        count = self._world.arrivals
        intended = self._begun + count * self._every_s
        gevent.sleep(max(0.0, intended - perf_counter()))
        kind = self._buyers[count % len(self._buyers)]
        self._world.arrivals += 1
        if len(self._under_way) >= self._in_flight_max:
            self._world.dropped += 1
            return
        self._under_way.spawn(self._serve, kind, intended)

    def _serve(self, kind: type[Buyer], intended: float) -> None:
        problem: Exception | None = None
        try:
            buyer = self._idle[kind].pop() if self._idle[kind] else self._new(kind)
            buyer.client.request_event.late_ms = (perf_counter() - intended) * 1_000
            # A call that failed has been counted by itself.
            with suppress(RescheduleTask):
                buyer.journey()
            self._idle[kind].append(buyer)
        except Exception as error:
            problem = error
        self._environment.events.request.fire(
            request_type=ARRIVAL, name=kind.__name__, response_time=(perf_counter() - intended) * 1_000,
            response_length=0, exception=problem, context={}, start_time=time(), url="", response=None,
        )

    def _new(self, kind: type[Buyer]) -> Buyer:
        buyer = kind(self._environment)
        buyer.client.request_event = FromIntendedStart(self._environment.events.request)
        return buyer

    def finish(self) -> None:
        """Whoever has arrived may go through, within reason."""
        self._under_way.join(timeout=LAST_ONES_S)
        self._under_way.kill()
