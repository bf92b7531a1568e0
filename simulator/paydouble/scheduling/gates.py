"""Gates hold a call at a named point until a signal; real-time pauses end early when their sandbox goes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from paydouble.core.clock import Duration
from paydouble.core.effect import At, Gate


@dataclass(slots=True)
class HeldGate:
    """A call that waits."""

    id: str
    call: str
    at: At
    signal: str
    opened: asyncio.Event = field(default_factory=asyncio.Event)


class Gates:
    """The gates and pauses of one sandbox."""

    def __init__(self) -> None:
        self._held: dict[str, HeldGate] = {}
        self._signals: set[str] = set()
        self._closed = asyncio.Event()
        self._count = 0

    @property
    def held(self) -> tuple[HeldGate, ...]:
        return tuple(self._held.values())

    async def hold(self, gates: tuple[Gate, ...], at: At, call: str) -> None:
        """Waits at each gate of this point, until its signal, its release or its timeout (real time)."""
        for gate in gates:
            if gate.at is at and gate.signal not in self._signals:
                await self._wait(gate, call)

    async def _wait(self, gate: Gate, call: str) -> None:
        self._count += 1
        held = HeldGate(f"gate_{self._count}", call, gate.at, gate.signal)
        self._held[held.id] = held
        try:
            await asyncio.wait_for(held.opened.wait(), gate.timeout / 1_000)
        except TimeoutError:
            pass
        finally:
            self._held.pop(held.id, None)

    def signal(self, name: str) -> int:
        """Opens every gate that waits for it, now and later; how many were waiting."""
        self._signals.add(name)
        waiting = [gate for gate in self._held.values() if gate.signal == name]
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
