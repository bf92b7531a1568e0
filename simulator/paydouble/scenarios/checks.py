"""Mistakes that no single value shows: combinations, names, a missing `committed`.

They read the plain data, so that one wrong key elsewhere does not hide them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from paydouble.core.errors import Fault
from paydouble.scenarios import vocabulary
from paydouble.scenarios.arrival_checks import ArrivalChecker
from paydouble.scenarios.messages import Problem, Severity, either, shown
from paydouble.scenarios.positions import Path, Source, key_node, value_node
from paydouble.scenarios.time_checks import TimeChecker, rules_of

TRIGGERS = ("operation", "native", "notification", "connection")
ANSWERS = ("error", "status", "malformed", "fault")
REQUEST_ONLY = ("headers", "query", "body")
FAULT_DETAILS = {"cut_after": ("truncate",), "chunk": ("dribble",), "over": ("dribble",),
                 "hold": ("timeout", "slow_headers")}  # fmt: skip
FAULTS_WITH_RIGHT_ANSWER = ("dribble",)
SERVER_ERRORS = 500

SAY_COMMITTED = (
    "add 'committed: true' (it did, the caller just cannot tell) or 'committed: false' (it did not)"
)

Reads = Callable[[str], bool]
"""Whether a native pattern covers only operations that change nothing."""


@dataclass(frozen=True, slots=True)
class Checker:
    """The checks of one document."""

    source: Source
    root: Any
    data: Mapping[str, Any]
    reads: Reads

    def problems(self) -> Iterator[Problem]:
        first_lines: dict[str, int] = {}
        for path, rule in rules_of(self.data):
            yield from self._rule(rule, path, first_lines)
        yield from TimeChecker(self.source, self.root, self.data).problems()

    def _rule(self, rule: Mapping[str, Any], path: Path, first_lines: dict[str, int]) -> Iterator[Problem]:
        name = rule.get("name")
        if isinstance(name, str):
            node = value_node(self.root, (*path, "name"))
            if name in first_lines:
                advice = f"first used on line {first_lines[name]}"
                yield self.source.problem_at("SC030", f"two rules are named {shown(name)}", node, help=advice)
            first_lines.setdefault(name, node.start_mark.line + 1)
        when, then = _mapping(rule, "when"), _mapping(rule, "then")
        if when is not None:
            yield from self._when(when, (*path, "when"), named=name is not None)
        if then is not None:
            yield from self._then(then, when or {}, (*path, "then"))
        listener = (_mapping(self.data, "settings") or {}).get("listener")
        yield from ArrivalChecker(self.source, self.root, listener == "dedicated").problems(rule, path)

    def _at_key(self, code: str, path: Path, message: str, help: str = "") -> Problem:
        return self.source.problem_at(code, message, key_node(self.root, path), help=help)

    def _when(self, when: dict[str, Any], path: Path, *, named: bool) -> Iterator[Problem]:
        found = [trigger for trigger in TRIGGERS if trigger in when]
        if len(found) != 1:
            told = " and ".join(found) if found else "none"
            wanted = "operation, native, notification or connection"
            yield self._at_key("SC020", path, f"'when' needs exactly one trigger: {wanted} (found {told})")
        if "chance" in when and not named:
            advice = "the name is part of the seed: without it, adding a rule above would change every throw"
            yield self._at_key("SC036", path, "a rule with 'chance' needs a name", advice)
        if "per" in when and "nth" not in when:
            yield self._at_key("SC032", (*path, "per"), "'per' says how 'nth' counts, and there is no 'nth'")
        if "notification" in when:
            for key in REQUEST_ONLY:
                if key in when:
                    message = f"'{key}' is about a request, and this rule is about a notification"
                    yield self._at_key("SC032", (*path, key), message)
        elif when.get("per") == "notification":
            yield self._at_key("SC032", (*path, "per"), "'per: notification' needs a notification trigger")
        yield from self._needless_provider(when, path)
        for key in ("amount", "ref", "method"):
            if when.get(key) == {}:
                yield self._at_key("SC020", (*path, key), f"'{key}' is an empty condition")

    def _needless_provider(self, when: dict[str, Any], path: Path) -> Iterator[Problem]:
        wanted, of_file = _words(when.get("provider")), _words(self.data.get("providers"))
        if wanted and of_file and not set(wanted) & set(of_file):
            yield self.source.problem_at(
                "SC033",
                f"this rule cannot fire: the file is for {either(of_file, 'and')} only",
                value_node(self.root, (*path, "provider")),
                severity=Severity.WARNING,
            )

    def _then(self, then: dict[str, Any], when: dict[str, Any], path: Path) -> Iterator[Problem]:
        if not then:
            yield self._at_key("SC020", path, "'then' does not say what to do")
        if "notification" in when:
            for key in ("outcome", "respond", "gate"):
                if key in then:
                    message = f"a rule on a notification cannot have '{key}'; it can only have 'notify'"
                    yield self._at_key("SC032", (*path, key), message)
        respond = _mapping(then, "respond")
        if respond is not None:
            yield from self._respond(respond, when, (*path, "respond"))
        outcome = _mapping(then, "outcome")
        if outcome is not None:
            yield from self._outcome(outcome, (*path, "outcome"))
        for place, notify in _each(then, "notify", path):
            yield from self._notify(notify, place)

    def _outcome(self, outcome: dict[str, Any], path: Path) -> Iterator[Problem]:
        partial = outcome.get("result") == "partial"
        if partial and "amount" not in outcome:
            yield self._at_key("SC012", path, "'amount' is missing in 'outcome'", "partial: how much of it?")
        if "amount" in outcome and not partial:
            yield self._at_key("SC032", (*path, "amount"), "'amount' goes with 'result: partial' only")

    def _notify(self, notify: dict[str, Any], path: Path) -> Iterator[Problem]:
        if not notify:
            yield self._at_key("SC020", path, "'notify' does not say what to do")
        yield from self._latency(notify, "delay", path)

    def _respond(self, respond: dict[str, Any], when: dict[str, Any], path: Path) -> Iterator[Problem]:
        if not respond:
            yield self._at_key("SC020", path, "'respond' does not say what to do")
        answers = [key for key in ANSWERS if key in respond]
        if len(answers) > 1 and set(answers) != {"status", "malformed"}:
            told = either(answers, "and")
            yield self._at_key(
                "SC032", (*path, answers[1]), f"{told} are different answers; keep one of them"
            )
        yield from self._details(respond, answers, path)
        yield from self._committed(respond, answers, when, path)
        yield from self._latency(respond, "latency", path)

    def _details(self, respond: dict[str, Any], answers: list[str], path: Path) -> Iterator[Problem]:
        for key in ("headers", "body"):
            if key in respond and ("status" not in respond or "malformed" in respond):
                advice = "to change the honest answer, use 'patch'"
                yield self._at_key(
                    "SC032", (*path, key), f"'{key}' belongs to an answer with 'status'", advice
                )
        if "retry_after" in respond and not {"error", "status"} & set(answers):
            yield self._at_key(
                "SC032", (*path, "retry_after"), "'retry_after' belongs to 'error' or 'status'"
            )
        for key, faults in FAULT_DETAILS.items():
            if key in respond and respond.get("fault") not in faults:
                yield self._at_key("SC032", (*path, key), f"'{key}' belongs to the fault {either(faults)}")

    def _committed(
        self, respond: dict[str, Any], answers: list[str], when: dict[str, Any], path: Path
    ) -> Iterator[Problem]:
        here = (*path, "committed")
        said = "committed" in respond
        if said and not answers:
            message = "'committed' belongs to an answer that is not the honest one"
            yield self._at_key("SC032", here, message, f"add one of: {', '.join(ANSWERS)}")
        elif said and respond["committed"] is not False and _refuses(respond):
            message = f"a provider never does the work when it answers '{respond['error']}'"
            written = "true" if respond["committed"] is True else respond["committed"]
            yield self._at_key("SC032", here, message, f"remove 'committed: {written}', or use a fault")
        elif said and respond["committed"] is not True and respond.get("fault") in FAULTS_WITH_RIGHT_ANSWER:
            message = f"'{respond['fault']}' sends the right answer, so the work must be done"
            yield self._at_key("SC032", here, message)
        elif not said and hides_the_result(respond) and not self._only_reads(when):
            yield self._at_key("SC021", path, "say whether the provider did the work", SAY_COMMITTED)

    def _only_reads(self, when: dict[str, Any]) -> bool:
        operations, natives = _words(when.get("operation")), _words(when.get("native"))
        if natives:
            return all(self.reads(native) for native in natives)
        return bool(operations) and all(name in vocabulary.OPERATIONS_READING for name in operations)

    def _latency(self, effect: dict[str, Any], key: str, path: Path) -> Iterator[Problem]:
        spread = effect.get(key)
        if isinstance(spread, dict) and len(spread) != 1:
            yield self._at_key("SC020", (*path, key), f"'{key}' needs one of: uniform, lognormal")


def hides_the_result(respond: Mapping[str, Any]) -> bool:
    """Whether a caller who gets this answer cannot know if the work was done."""
    error, status, fault = respond.get("error"), respond.get("status"), respond.get("fault")
    if error is not None:
        return error in {hiding.value for hiding in vocabulary.ERRORS_HIDING}
    if fault is not None:
        return fault not in FAULTS_WITH_RIGHT_ANSWER
    return "malformed" in respond or (isinstance(status, int) and status >= SERVER_ERRORS)


def _refuses(respond: Mapping[str, Any]) -> bool:
    """An error of which everyone knows that nothing was done."""
    error = respond.get("error")
    return error in {fault.value for fault in Fault} and not hides_the_result(respond)


def _mapping(data: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    value = data.get(key)
    return value if isinstance(value, dict) else None


def _each(data: Mapping[str, Any], key: str, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The mappings under a key that may hold one, or a list of them."""
    value = data.get(key)
    if isinstance(value, dict):
        yield (*path, key), value
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            yield (*path, key, index), item


def _words(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [word for word in values if isinstance(word, str)]
