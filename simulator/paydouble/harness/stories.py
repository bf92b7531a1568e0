"""Plays a scenario's steps against an application, and judges its expectations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any, Final

from paydouble.client.control import ControlError, Unreachable
from paydouble.client.sandbox import NotMet, Payment, Sandbox
from paydouble.core.clock import parse_duration
from paydouble.harness.asking import MISSING, Asker, NotAllowed, Unanswered, differs, encoded, looked_up
from paydouble.harness.verdicts import Finding
from paydouble.scenarios.expressions import Known, Unusable, evaluated
from paydouble.scenarios.rule import Scenario
from paydouble.scenarios.story import Placed

WITHIN: Final = "5s"
AT_ONCE: Final = "0s"
SETTLED_AFTER: Final = 50
"""Rounds in which something was due; whoever owes more at one moment owes it for ever."""
POLL_S: Final = 0.05
BUSY_CLOCKS: Final = ("real", "scaled")
PAID: Final = frozenset({"paid", "authorized"})
NOT_PAID: Final = frozenset({"declined", "illegal_trigger"})

Progress = Callable[[str, str], None]
"""(place, what is being done)."""
Activate = Callable[[], None]


class CannotPlay(Exception):
    """Neither passed nor failed: what a step needs is not there."""


class _Broken(Exception):
    """A step that did not work; the rest of the steps are not played."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def silent(place: str, what: str) -> None:
    """Progress that nobody follows."""


@dataclass(slots=True)
class Play:
    """One story on one sandbox. `activate` puts its rules in force again, after a snapshot took them away."""

    scenario: Scenario
    sandbox: Sandbox
    provider: str
    activate: Activate
    asker: Asker = Asker()
    progress: Progress = silent
    findings: list[Finding] = field(default_factory=list)
    _saved: dict[str, Any] = field(default_factory=dict)
    _ref: str = ""
    """Of the payment that the last step was about."""

    def run(self) -> list[Finding]:
        """All steps, then what must be true at the end. Raises CannotPlay."""
        try:
            self._steps()
            self._settle()
            self._judge(self.scenario.expect)
            self._audit()
        except (Unreachable, Unanswered, NotAllowed) as error:
            raise CannotPlay(str(error)) from error
        return self.findings

    def _steps(self) -> None:
        for step in self.scenario.steps:
            try:
                self._step(step)
            except _Broken as broken:
                self.findings.append(broken.finding)
                return
            except ControlError as error:
                self.findings.append(Finding(step.place, str(error)))
                return

    def _step(self, step: Placed) -> None:
        data = self._known(step.data, step.place)
        verb = next(name for name in _STEPS if name in data)
        self.progress(step.place, _told(verb, data))
        _STEPS[verb](self, step, data)

    def _request(self, step: Placed, data: Mapping[str, Any]) -> None:
        request = data["request"]
        method, url, body, headers = encoded(request)
        answer = self.asker.ask(method, url, body=body, headers=headers)
        wanted = request.get("status")
        if wanted is not None and differs({"status": answer.status}, {"$.status": wanted}):
            what = f"{method} {url} answered {answer.status}: {answer.text[:200]}"
            raise _Broken(Finding(step.place, what))
        for name, path in (request.get("save") or {}).items():
            value = looked_up(answer.document, path)
            if value is MISSING:
                raise _Broken(Finding(step.place, f"{path} is not in the answer: {answer.text[:200]}"))
            self._saved[name] = value

    def _payer(self, step: Placed, data: Mapping[str, Any]) -> None:
        """Where the money has moved already, there is nothing left for the payer to do."""
        payer = data["payer"]
        trigger, ref = str(payer.get("trigger", "pay")), str(payer["ref"])
        self._ref = ref
        provider = str(payer.get("provider") or "")
        try:
            self.sandbox.wait_for(payment={"ref": ref}, within=WITHIN)
        except NotMet:
            what = f"there is no payment '{ref}' that anybody could pay"
            raise _Broken(Finding(step.place, what)) from None
        payment = self._payment(ref, provider)
        if trigger == "pay" and payment.phase in PAID:
            return
        try:
            self.sandbox.act(payment, trigger, **(payer.get("details") or {}))
        except ControlError as error:
            # Refused by a bank, or charged by the request itself: nothing that the payer could help.
            if trigger != "pay" or error.code not in NOT_PAID:
                raise
        self._settle()

    def _payment(self, ref: str, provider: str = "") -> Payment:
        """The newest one that is still open, else the newest."""
        found = self.sandbox.payments(ref=ref, provider=provider)
        waiting = [each for each in found if each.phase in ("open", "pending")]
        return (waiting or found)[-1]

    def _advance(self, step: Placed, data: Mapping[str, Any]) -> None:
        self.sandbox.clock.advance(str(data["advance"]))

    def _signal(self, step: Placed, data: Mapping[str, Any]) -> None:
        body = {"name": data["signal"], **({"ref": data["ref"]} if data.get("ref") else {})}
        self.sandbox.control.post(f"{self.sandbox.path}/signals", body)
        self._settle()

    def _emit(self, step: Placed, data: Mapping[str, Any]) -> None:
        asked = data["emit"]
        self._ref = str(asked.get("ref") or self._ref)
        body = {"event": asked.get("event") or asked.get("native"), "payment": f"ref:{self._ref}"}
        if data.get("notify") is not None:
            body["notify"] = data["notify"]
        self.sandbox.control.post(f"{self.sandbox.path}/notifications", body)
        self._settle()

    def _wait_for(self, step: Placed, data: Mapping[str, Any]) -> None:
        within = str(data.get("within") or WITHIN)
        missing = self._unmet(data["wait_for"], within)
        if missing:
            raise _Broken(Finding(step.place, f"not within {within}: {missing}"))

    def _expect(self, step: Placed, data: Mapping[str, Any]) -> None:
        self._settle()
        self._judge([Placed(each, step.file, step.line) for each in data["expect"]])

    def _state(self, step: Placed, data: Mapping[str, Any]) -> None:
        self.sandbox.control.post(f"{self.sandbox.path}/state", {"state": data["state"]})
        self._settle()

    def _snapshot(self, step: Placed, data: Mapping[str, Any]) -> None:
        self.sandbox.snapshot(str(data["snapshot"]))

    def _restore(self, step: Placed, data: Mapping[str, Any]) -> None:
        self.sandbox.restore(str(data["restore"]))
        if not self.sandbox.control.get(f"{self.sandbox.path}/scenarios")["data"]:
            self.activate()

    def _judge(self, expectations: Sequence[Placed]) -> None:
        """What is due now has happened; where time runs by itself, they are given a moment together."""
        mode = str(self.sandbox.control.get(f"{self.sandbox.path}/clock")["mode"])
        given = parse_duration(WITHIN) if mode.startswith(BUSY_CLOCKS) else 0
        begun = monotonic()
        for each in expectations:
            within = f"{max(0, given - round((monotonic() - begun) * 1_000))}ms"
            try:
                data = self._known(each.data, each.place)
            except _Broken as broken:
                self.findings.append(broken.finding)
                continue
            self.progress(each.place, f"expect {next(iter(data))}")
            missing = self._unmet(data, within)
            if missing:
                self.findings.append(Finding(each.place, f"{next(iter(data))}: {missing}"))

    def _unmet(self, data: Mapping[str, Any], within: str) -> str:
        if "probe" in data:
            return self._probe(data["probe"], within)
        verb = next(iter(data))
        wanted = data[verb]
        if isinstance(wanted, Mapping) and "within" in wanted:
            within, wanted = str(wanted["within"]), {k: v for k, v in wanted.items() if k != "within"}
        try:
            self.sandbox.wait_for(within=within, **{**data, verb: wanted})
        except NotMet as missing:
            return str(missing).partition(": ")[2]
        return ""

    def _probe(self, probe: Mapping[str, Any], within: str) -> str:
        deadline = monotonic() + parse_duration(str(probe.get("within") or within)) / 1_000
        headers = {str(name): str(value) for name, value in (probe.get("headers") or {}).items()}
        while True:
            answer = self.asker.ask("GET", str(probe["get"]), headers=headers)
            missing = _unlike(answer.status, answer.document, probe)
            if not missing or monotonic() >= deadline:
                return f"{probe['get']}: {missing}" if missing else ""
            sleep(POLL_S)

    def _settle(self) -> None:
        """Runs what is due now, until nothing is. A clock that moves by itself does so anyway."""
        try:
            for _ in range(SETTLED_AFTER):
                if not self.sandbox.clock.advance(AT_ONCE):
                    return
        except ControlError as error:
            if error.code != "clock_runs":
                raise

    def _audit(self) -> None:
        report = self.sandbox.report()
        self.findings += [
            Finding("", f"{law['law']}: {law['detail']}") for law in report["audit"]["laws"] if not law["ok"]
        ]
        unused = report["unused_strict_rules"]
        self.findings += [Finding(self.scenario.file, f"never fired: {rule}") for rule in unused]

    def _known(self, data: Mapping[str, Any], place: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = evaluated(data, self._roots(str(data)))
        except Unusable as error:
            raise _Broken(Finding(place, f"{error} {error.help}".strip())) from None
        return found

    def _roots(self, text: str) -> Known:
        """The payment is looked up only where somebody asks for it."""
        payment: dict[str, Any] = {}
        if "payment." in text:
            found = self.sandbox.payments(ref=self._ref) if self._ref else self.sandbox.payments()
            if found:
                payment = {name: getattr(found[-1], name) for name in Payment.__slots__}
        return Known(vars=self.scenario.vars, provider=self.provider, steps=self._saved, payment=payment)


_STEPS: Final[Mapping[str, Callable[[Play, Placed, Mapping[str, Any]], None]]] = {
    "request": Play._request, "payer": Play._payer, "advance": Play._advance, "signal": Play._signal,
    "emit": Play._emit, "wait_for": Play._wait_for, "expect": Play._expect, "state": Play._state,
    "snapshot": Play._snapshot, "restore": Play._restore,
}


def _unlike(status: int, document: Any, probe: Mapping[str, Any]) -> str:
    wanted = probe.get("status")
    if wanted is not None and status != wanted:
        return f"status {status}, not {wanted}"
    return differs(document, probe.get("matches") or {})


def _told(verb: str, data: Mapping[str, Any]) -> str:
    match verb:
        case "request":
            method, url, _, _ = encoded(data["request"])
            return f"{method} {url}"
        case "payer":
            return f"the payer of {data['payer']['ref']}: {data['payer'].get('trigger', 'pay')}"
        case "wait_for" | "expect":
            items = data[verb] if isinstance(data[verb], list) else [data[verb]]
            return f"{verb} {', '.join(next(iter(each)) for each in items)}"
        case "emit":
            return f"emit {data['emit'].get('event') or data['emit'].get('native')}"
    return f"{verb} {data[verb]}"
