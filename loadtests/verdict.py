"""What must hold after a run whatever its speed: every callback came, all verify, the books are clean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.world import SAMPLES_MAX, World

COUNTS = ("promised", "received", "duplicates", "unasked", "arrivals", "dropped")
MEASURES = ("seconds", "cpu", "server_cpu")
FINDINGS = ("missing", "unverifiable", "laws_broken", "internal_errors", "gave_up")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one load process; added up over all of them."""

    promised: int = 0
    received: int = 0
    duplicates: int = 0
    unasked: int = 0
    missing: tuple[str, ...] = ()
    unverifiable: tuple[str, ...] = ()
    unacknowledged: tuple[tuple[str, int], ...] = ()
    """Notifications that the simulator did not get rid of, by state."""
    laws_broken: tuple[str, ...] = ()
    internal_errors: tuple[str, ...] = ()
    gave_up: tuple[str, ...] = ()
    """Why load processes did not do their part."""
    arrivals: int = 0
    dropped: int = 0
    seconds: float = 0.0
    """From the first buyer until the last had gone."""
    cpu: float = 0.0
    """Share of one core; together: of the busiest process."""
    server_cpu: float = 0.0
    """Of the simulator; 0 where its process is not known."""

    @property
    def ok(self) -> bool:
        return not any(self.complaints())

    def complaints(self) -> Iterator[str]:
        yield from _told("callbacks never came", self.missing)
        yield from _told("callbacks could not be verified", self.unverifiable)
        for state, count in self.unacknowledged:
            yield f"{count} notifications ended as '{state}'"
        yield from _told("laws of the ledger are broken", self.laws_broken)
        yield from _told("internal errors of the simulator", self.internal_errors)
        yield from _told("load processes gave up", self.gave_up)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """As it comes through JSON or msgpack, which know no tuples."""
        fields: dict[str, Any] = {
            name: tuple(tuple(each) if isinstance(each, list) else each for each in value)
            if isinstance(value, list | tuple) else value
            for name, value in data.items()
        }  # fmt: skip
        return cls(**fields)


def judged(world: World) -> Verdict:
    report, awaited = world.settle(), world.awaited
    states = Counter(report["notifications"]["by_state"])
    states.pop("acknowledged", None)
    laws = tuple(f"{law['law']}: {law['detail']}" for law in report["audit"]["laws"] if not law["ok"])
    return Verdict(
        promised=awaited.promised, received=awaited.received, duplicates=awaited.duplicates,
        unasked=awaited.unasked, missing=tuple(awaited.missing), unverifiable=tuple(awaited.unverifiable),
        unacknowledged=tuple(sorted(states.items())), laws_broken=laws,
        internal_errors=tuple(str(each) for each in report["internal_errors"]),
        arrivals=world.arrivals, dropped=world.dropped,
    )


def together(verdicts: Sequence[Verdict]) -> Verdict:
    states: Counter[str] = Counter()
    for each in verdicts:
        states.update(dict(each.unacknowledged))
    counts: dict[str, Any] = {name: sum(getattr(each, name) for each in verdicts) for name in COUNTS}
    found: dict[str, Any] = {
        name: tuple(item for each in verdicts for item in getattr(each, name)) for name in FINDINGS
    }
    most: dict[str, Any] = {
        name: max((getattr(each, name) for each in verdicts), default=0.0) for name in MEASURES
    }
    return Verdict(**counts, **found, **most, unacknowledged=tuple(sorted(states.items())))


def _told(what: str, found: Sequence[str]) -> Iterator[str]:
    if found:
        more = ", …" if len(found) > SAMPLES_MAX else ""
        yield f"{len(found)} {what}: {', '.join(found[:SAMPLES_MAX])}{more}"
