"""The verdict on a run: the reports of all sandboxes, what they mean for the exit code, and both in words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paydouble.cli.endings import FAILED, INTERNAL
from paydouble.cli.environment import NOT_LED
from paydouble.engine.sandbox import DEFAULT

if TYPE_CHECKING:
    from paydouble.server.assembly import Opened

LINES_MAX = 20
"""Of each list; the JSON has all."""
NOTHING_CALLED = (
    "nothing was called: is the command using the providers' own host names, or $PAYDOUBLE_URL?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`reports` as the control API gives them, the default sandbox first."""

    reports: Sequence[Mapping[str, Any]]
    strict: bool
    not_led: Mapping[str, str]
    """Client that does not come here by itself → what it needs."""
    answered: int
    """Calls of all sandboxes, of those too that tests have deleted since."""

    @property
    def exit_code(self) -> int:
        """0, 1 where a law is broken or a rule that must fire did not, 4 where the simulator failed."""
        if any(report["internal_errors"] for report in self.reports):
            return INTERNAL
        broken = not all(report["ok"] for report in self.reports)
        unused = self.strict and any(report["unused_rules"] for report in self.reports)
        return FAILED if broken or unused else 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is no failure, and yet may mean that the verdict says nothing."""
        return () if self.answered else (NOTHING_CALLED,)

    def as_json(self) -> str:
        document = {
            "ok": self.exit_code == 0, "exit_code": self.exit_code, "strict": self.strict,
            "answered": self.answered, "sandboxes": list(self.reports),
            "clients_not_led_here": dict(self.not_led), "warnings": list(self.warnings),
        }
        return json.dumps(document, ensure_ascii=False, indent=2)

    def as_text(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield ""
        for report in self.reports:
            if report["sandbox"] == DEFAULT or report["calls"]["total"] or not report["ok"]:
                yield from _sandbox_lines(report, strict=self.strict)
        gone = self.answered - sum(report["calls"]["total"] for report in self.reports)
        if gone > 0:
            yield f"  elsewhere      {gone} calls, in sandboxes that were deleted or reset"
        yield from _listed("WARNING", self.warnings)
        if not self.answered:
            yield from _listed("note", [f"{client}: {way}" for client, way in self.not_led.items()])
        yield f"  verdict        {'passed' if self.exit_code == 0 else 'FAILED'}"


async def verdict_of(opened: Opened) -> Verdict:
    from paydouble.server.reporting import report

    simulator = opened.simulator
    reports = [await report(sandbox, simulator.providers) for sandbox in simulator.sandboxes.all]
    reports.sort(key=lambda each: each["sandbox"] != DEFAULT)
    not_led = {client: way for name in simulator.providers for client, way in NOT_LED.get(name, ())}
    answered = int(opened.server.doors.metrics.total("paydouble_calls_total"))
    return Verdict(reports=reports, strict=opened.settings.strict, not_led=not_led, answered=answered)


def _sandbox_lines(report: Mapping[str, Any], *, strict: bool) -> Iterator[str]:
    yield f"paydouble: sandbox {report['sandbox']}, seed {report['seed']}"
    calls, owed = report["calls"], report["notifications"]
    yield f"  calls          {calls['total']}, {calls['refused']} refused"
    for name, count in calls["by_operation"].items():
        yield f"{'':17}{count:>5}  {name}"
    yield f"  notifications  {_counted(owed['by_state']) or 'none'}"
    if owed["attempts"]:
        yield f"  attempts       {_counted(owed['attempts'])}"
    if report["violations"]:
        yield f"  violations     {report['violations']} of request contracts"
    fatal = report["unused_rules"] if strict else report["unused_strict_rules"]
    yield from _listed("NEVER FIRED", fatal)
    yield from _listed("never fired", [rule for rule in report["unused_rules"] if rule not in fatal])
    for name, found in report["findings"].items():
        yield from _listed(name, found)
    expected = report.get("expectations", ())
    unmet = [f"{each['verb']}: {each['missing']}" for each in expected if not each["ok"]]
    yield from _listed("NOT AS EXPECTED", unmet)
    for law in report["audit"]["laws"]:
        if not law["ok"]:
            yield f"  BROKEN LAW     {law['law']}: {law['detail']}"
    if report["audit"]["ok"]:
        yield f"  audit          {len(report['audit']['laws'])} laws hold"


def _listed(title: str, lines: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(lines[:LINES_MAX]):
        yield f"  {title if number == 0 else '':<14} {line}"
    if len(lines) > LINES_MAX:
        yield f"  {'':<14} and {len(lines) - LINES_MAX} more"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
