"""Gates hold a call at a named point until a signal; real-time pauses end early when their sandbox goes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from paydouble.core.clock import Duration
from paydouble.core.effect import At, Gate
from paydouble.scheduling.changes import Listener


@dataclass(slots=True)
class HeldGate:
    """A call that waits."""

    id: str
    call: str
    at: At
    signal: str
    ref: str = ""
    """The order number that the call is about."""
    opened: asyncio.Event = field(default_factory=asyncio.Event)


def _nobody(what: str, details: Mapping[str, object]) -> None:
    """Hears nothing."""


class Gates:
    """The gates and pauses of one sandbox."""

    def __init__(self, tell: Listener | None = None) -> None:
        """`tell` hears of each call that is held, and of its release."""
        self._tell = tell or _nobody
        self._held: dict[str, HeldGate] = {}
        self._signals: set[tuple[str, str]] = set()
        self._closed = asyncio.Event()
        self._count = 0

    @property
    def held(self) -> tuple[HeldGate, ...]:
        return tuple(self._held.values())

    async def hold(self, gates: tuple[Gate, ...], at: At, call: str, ref: str = "") -> None:
        """Waits at each gate of this point, until its signal, its release or its timeout (real time)."""
        for gate in gates:
            if gate.at is at and not {(gate.signal, ""), (gate.signal, ref)} & self._signals:
                await self._wait(gate, call, ref)

    async def _wait(self, gate: Gate, call: str, ref: str) -> None:
        self._count += 1
        held = HeldGate(f"gate_{self._count}", call, gate.at, gate.signal, ref)
        self._held[held.id] = held
        self._tell("gate", {"id": held.id, "call": call, "at": gate.at.value, "held": True})
        try:
            await asyncio.wait_for(held.opened.wait(), gate.timeout / 1_000)
        except TimeoutError:
            pass
        finally:
            self._held.pop(held.id, None)
            self._tell("gate", {"id": held.id, "call": call, "at": gate.at.value, "held": False})

    def signal(self, name: str, ref: str = "") -> int:
        """Opens every gate that waits for it, now and later; how many were waiting.

        With a ref, those of calls about that order alone.
        """
        self._signals.add((name, ref))
        waiting = [
            gate for gate in self._held.values() if gate.signal == name and ref in ("", gate.ref)
        ]
        for gate in waiting:
            gate.opened.set()
        return len(waiting)

    def release(self, id: str) -> bool:
        gate = self._held.get(id)
        if gate is None:
            return False
        gate.opened.set()
        return True

    async def pause(self, duration: Duration) -> None:
        """Real time; cut short when the sandbox goes."""
        try:
            await asyncio.wait_for(self._closed.wait(), duration / 1_000)
        except TimeoutError:
            return

    def close(self) -> None:
        """Ends the epoch: whoever waits goes on."""
        self._closed.set()
        for gate in self._held.values():
            gate.opened.set()
