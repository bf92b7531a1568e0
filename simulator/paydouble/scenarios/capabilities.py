"""SC033 for effects: what a scenario wants of a provider that the provider never does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from paydouble.core.effect import Hold
from paydouble.core.provider import Provider
from paydouble.core.timeline import Decide, Dispute, Emit, GiveBack, Settle, Step, Wait
from paydouble.scenarios.messages import Problem
from paydouble.scenarios.rule import Group, NeutralOutcome, Rule, Scenario
from paydouble.scenarios.vocabulary import OPERATIONS, RESULTS, covers

APPROVED, PENDING = "approved", "pending"
CREATE = "payment.create"
LATER = (
    *(result for result in RESULTS if result != "partial"), "settle", "refund", "dispute.opened",
    "dispute.won", "dispute.lost", "emit",
)
"""All that a step of a timeline can want."""


def cannot_do(scenario: Scenario, providers: Sequence[Provider]) -> Iterator[Problem]:
    """One warning for each provider of the file that cannot, among those that are known here."""
    for rule in scenario.rules:
        for provider in providers:
            if provider.name in rule.providers:
                yield from _of_rule(rule, provider)
    if scenario.states is None:
        return
    for name, state in scenario.states.table.items():
        mark = scenario.state_marks.get(name)
        for provider in providers:
            if mark is not None and provider.name in scenario.providers:
                for reason in _steps(state.enter, provider):
                    yield mark.warning("SC033", reason)


def _of_rule(rule: Rule, provider: Provider) -> Iterator[Problem]:
    outcome = rule.effects.get(Group.OUTCOME)
    if isinstance(outcome, NeutralOutcome) and rule.trigger.operations:
        reason = _why_not(rule.trigger.operations, outcome.result.value, provider)
        if reason:
            yield rule.mark.warning("SC033", reason)
    for reason in _steps(rule.effects.get(Group.TIMELINE, ()), provider):
        yield rule.mark.warning("SC033", reason)
    hold = rule.effects.get(Group.NOTIFY_HOLD)
    if isinstance(hold, Hold) and hold.until and not _sends(provider, hold.until):
        reason = f"{provider.name} sends no {hold.until}, so only the timeout ends this hold"
        yield rule.mark.warning("SC033", reason)


def _why_not(wanted: Sequence[str], result: str, provider: Provider) -> str:
    """Empty where an operation that the rule means can come out so, or where nothing is declared."""
    meant = [name for name in OPERATIONS if any(covers(pattern, name) for pattern in wanted)]
    decided = [name for name in meant if name in provider.words.outcomes]
    if not provider.words.outcomes or not meant or result == APPROVED:
        return ""
    if result == PENDING and CREATE in meant:
        # What is only ordered waits for its payer, whatever a rule says.
        return ""
    if any(result in provider.words.outcomes[name] for name in decided):
        return ""
    of = decided[0] if decided else meant[0]
    if not decided:
        return f"{provider.name} decides nothing about {of}, so no 'outcome' changes it"
    return f"{provider.name} never makes {of} '{result}': there it comes out as without this rule"


def _steps(steps: Iterable[Step], provider: Provider) -> Iterator[str]:
    if not provider.words.ways:
        return
    for step in steps:
        if isinstance(step, Wait) and step.acknowledged and not _sends(provider, step.acknowledged):
            yield f"{provider.name} sends no {step.acknowledged}, so only the timeout ends this wait"
        wanted = wanted_by(step)
        if wanted and not can(provider, wanted):
            yield f"{provider.name} has no way to do this later: {wanted}"


def _sends(provider: Provider, pattern: str) -> bool:
    return any(covers(pattern, event) for event in provider.words.events.values())


def wanted_by(step: Step) -> str:
    """The step in the words of `LATER`; empty where every provider can."""
    match step:
        case Decide():
            return step.result.value
        case Settle():
            return "settle"
        case Dispute():
            return f"dispute.{step.result}"
        case GiveBack():
            return "refund"
        case Emit():
            return f"emit {step.event}" if step.event else "emit"
        case _:
            return ""


def can(provider: Provider, wanted: str) -> bool:
    verb, _, event = wanted.partition(" ")
    if verb == "emit":
        return provider.words.emits is not None and (not event or event in provider.words.events.values())
    return any(happening == wanted for _, happening in provider.words.ways)
