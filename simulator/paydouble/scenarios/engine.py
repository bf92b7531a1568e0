"""Draws plans for one provider from the scenarios in force; a call without rules costs one look-up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paydouble.core.effect import (
    EMPTY_PLAN,
    HONEST_ATTEMPT,
    HONEST_SHAPE,
    NotifyAttempt,
    NotifyShape,
    Plan,
    Refuse,
)
from paydouble.core.http import HttpRequest
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.core.words import Facts
from paydouble.scenarios.assembling import attempt_of, plan_of, shape_of
from paydouble.scenarios.declarations import means as trigger_means
from paydouble.scenarios.declarations import native_covers, row_for
from paydouble.scenarios.drawing import Activation, BoundAnswer, Candidate, Drawing, Identity, Look, Tally
from paydouble.scenarios.matcher import Arrival
from paydouble.scenarios.rule import (
    ACT_GROUPS,
    ATTEMPT_GROUPS,
    SHAPE_GROUPS,
    Group,
    NeutralAnswer,
    Rule,
)
from paydouble.scenarios.vocabulary import covers

__all__ = ["Activation", "Look", "Rulebook", "Tally"]

ALL_GROUPS = frozenset(Group)
NO_PARAMS: Mapping[str, Any] = {}


@dataclass(slots=True)
class Rulebook:
    """The rules in force for one provider of one sandbox; made anew when an activation comes or goes.

    Activations stand in the order in which their rules are looked at: the last activated first.
    """

    provider: Provider
    activations: Sequence[Activation] = ()
    _calls: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)
    _acts: dict[tuple[str, ...], tuple[Candidate, ...]] = field(default_factory=dict)
    _events: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)

    def concerns_call(self, operation: Operation) -> bool:
        """Where false, there is no need to gather facts."""
        return bool(self._for_call(operation))

    def concerns_act(self, means: Collection[str]) -> bool:
        return bool(self._for_act(tuple(means)))

    def concerns_event(self, event_type: str) -> bool:
        """By the provider's own name of the event."""
        return bool(self._for_event(event_type))

    async def draw_call(
        self,
        operation: Operation,
        *,
        facts: Facts,
        tally: Tally,
        request: HttpRequest | None = None,
        params: Mapping[str, Any] = NO_PARAMS,
        means: Collection[str] | None = None,
        looks: list[Look] | None = None,
    ) -> Plan:
        """`means`: what this call is, where its params decide; None: all that the operation declares.

        Each rule that was looked at is added to `looks`, where that is given.
        """
        candidates = self._for_call(operation)
        if means is not None:
            candidates = tuple(one for one in candidates if _is_about(one.rule, operation, means))
        if not candidates:
            return EMPTY_PLAN
        drawing = self._drawing(Identity(operation.id, facts), tally, looks, request, params)
        decided = await drawing.decide(await drawing.matching(candidates), ALL_GROUPS)
        return plan_of(decided, facts, self.provider.words.exponents) if decided else EMPTY_PLAN

    async def draw_act(
        self, means: Collection[str], *, facts: Facts, tally: Tally, looks: list[Look] | None = None
    ) -> Plan:
        """For an act that means `payment.charge` and the like: outcome and sticky notify effects only."""
        candidates = self._for_act(tuple(means))
        if not candidates:
            return EMPTY_PLAN
        drawing = self._drawing(Identity(next(iter(means)), facts), tally, looks)
        decided = await drawing.decide(await drawing.matching(candidates), ACT_GROUPS)
        return plan_of(decided, facts, self.provider.words.exponents) if decided else EMPTY_PLAN

    async def draw_shape(
        self,
        event_type: str,
        *,
        facts: Facts,
        tally: Tally,
        sticky: NotifyShape | None = None,
        looks: list[Look] | None = None,
    ) -> NotifyShape:
        """Once for each notification, when it becomes owed; what sticks to the payment comes first.

        It counts; draw once, not at every try of a commit.
        """
        candidates = _setting(self._for_event(event_type), SHAPE_GROUPS)
        if not candidates:
            return sticky or HONEST_SHAPE
        # For the first attempt's sake: a rule with `nth: 1` that shapes is about the notification itself.
        identity = Identity(self._neutral(event_type), facts, attempt=1, phase="-shape")
        drawing = self._drawing(identity, tally, looks)
        return shape_of(await drawing.decide(await drawing.matching(candidates), SHAPE_GROUPS), sticky)

    async def draw_attempt(
        self,
        event_type: str,
        *,
        facts: Facts,
        attempt: int,
        tally: Tally,
        sticky: NotifyAttempt | None = None,
        looks: list[Look] | None = None,
    ) -> NotifyAttempt:
        """Once for each delivery attempt, counted from 1."""
        assert attempt > 0
        candidates = _setting(self._for_event(event_type), ATTEMPT_GROUPS)
        if not candidates:
            return sticky or HONEST_ATTEMPT
        drawing = self._drawing(Identity(self._neutral(event_type), facts, attempt=attempt), tally, looks)
        return attempt_of(await drawing.decide(await drawing.matching(candidates), ATTEMPT_GROUPS), sticky)

    def _drawing(
        self,
        identity: Identity,
        tally: Tally,
        looks: list[Look] | None,
        request: HttpRequest | None = None,
        params: Mapping[str, Any] = NO_PARAMS,
    ) -> Drawing:
        arrival = Arrival(provider=self.provider.name, facts=identity.facts, request=request, params=params)
        return Drawing(arrival, identity, tally, looks)

    def _neutral(self, event_type: str) -> str:
        return self.provider.words.events.get(event_type, event_type)

    def _for_call(self, operation: Operation) -> tuple[Candidate, ...]:
        found = self._calls.get(operation.id)
        if found is None:
            found = tuple(
                Candidate(activation, rule, self._bound(rule, operation))
                for activation, rule in self._rules()
                if trigger_means(rule.trigger, operation)
            )
            self._calls[operation.id] = found
        return found

    def _for_act(self, means: tuple[str, ...]) -> tuple[Candidate, ...]:
        found = self._acts.get(means)
        if found is None:
            found = _setting(
                tuple(
                    Candidate(activation, rule, rule.effects)
                    for activation, rule in self._rules()
                    if _names_any(rule, means)
                ),
                ACT_GROUPS,
            )
            self._acts[means] = found
        return found

    def _for_event(self, event_type: str) -> tuple[Candidate, ...]:
        found = self._events.get(event_type)
        if found is None:
            name = self._neutral(event_type)
            found = tuple(
                Candidate(activation, rule, rule.effects)
                for activation, rule in self._rules()
                if any(covers(wanted, name) for wanted in rule.trigger.events)
            )
            self._events[event_type] = found
        return found

    def _rules(self) -> list[tuple[Activation, Rule]]:
        return [
            (activation, rule)
            for activation in self.activations
            for rule in activation.scenario.rules
            if rule.enabled and self.provider.name in rule.providers
        ]

    def _bound(self, rule: Rule, operation: Operation) -> Mapping[Group, Any]:
        """The rule's effects, its error a row; without the answer where the provider has no such error."""
        answer: NeutralAnswer | None = rule.effects.get(Group.ANSWER)
        if answer is None:
            return rule.effects
        made = answer.made
        if answer.error is not None:
            row = row_for(self.provider, operation, answer.error)
            if row is None:
                return {group: effect for group, effect in rule.effects.items() if group is not Group.ANSWER}
            return {**rule.effects, Group.ANSWER: BoundAnswer(answer.commit, Refuse(row, answer.retry_after))}
        assert made is not None
        return {**rule.effects, Group.ANSWER: BoundAnswer(answer.commit, made)}


def _setting(candidates: tuple[Candidate, ...], groups: frozenset[Group]) -> tuple[Candidate, ...]:
    return tuple(one for one in candidates if groups & one.effects.keys())


def _names_any(rule: Rule, names: Collection[str]) -> bool:
    return any(covers(wanted, name) for wanted in rule.trigger.operations for name in names)


def _is_about(rule: Rule, operation: Operation, means: Collection[str]) -> bool:
    by_name = any(native_covers(wanted, operation) for wanted in rule.trigger.natives)
    return by_name or _names_any(rule, (*means, operation.id))
