"""Draws plans for one provider from the scenarios in force; a call without rules costs one look-up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from paydouble.core.effect import (
    EMPTY_PLAN,
    HONEST_ATTEMPT,
    HONEST_SHAPE,
    NotifyAttempt,
    NotifyShape,
    Plan,
    Refuse,
    Result,
)
from paydouble.core.http import HttpRequest
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.core.words import Facts
from paydouble.scenarios.assembling import attempt_of, plan_of, shape_of
from paydouble.scenarios.declarations import means as trigger_means
from paydouble.scenarios.declarations import native_covers, row_for
from paydouble.scenarios.drawing import (
    NO_SCENE,
    Activation,
    BoundAnswer,
    Candidate,
    Drawing,
    Glance,
    Identity,
    Look,
    Scene,
    Tally,
)
from paydouble.scenarios.indexing import Index
from paydouble.scenarios.matcher import Arrival
from paydouble.scenarios.rule import (
    ACT_GROUPS,
    ATTEMPT_GROUPS,
    SHAPE_GROUPS,
    Group,
    NeutralAnswer,
    NeutralOutcome,
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
    _calls: dict[tuple[str, tuple[str, ...] | None], Index] = field(default_factory=dict)
    _acts: dict[tuple[str, ...], Index] = field(default_factory=dict)
    _events: dict[tuple[str, frozenset[Group]], Index] = field(default_factory=dict)
    _asks: frozenset[str] | None = None
    _wants_scene: bool | None = None
    no_scene: ClassVar[Scene] = NO_SCENE
    """For draws that want none."""

    @property
    def asks(self) -> frozenset[str]:
        """What its rules want to know beside what arrives: payment, window."""
        if self._asks is None:
            self._asks = frozenset(name for _, rule in self._rules() for name in rule.asks)
        return self._asks

    @property
    def wants_scene(self) -> bool:
        """Where false, its rules look at nothing but what arrives."""
        if self._wants_scene is None:
            by_rule = any(rule.depends or rule.rate is not None for _, rule in self._rules())
            self._wants_scene = by_rule or any(each.scenario.states is not None for each in self.activations)
        return self._wants_scene

    def concerns_call(self, operation: Operation, means: tuple[str, ...] | None = None) -> bool:
        """Where false, there is no need to gather facts. `means` as for `draw_call`."""
        return bool(self._for_call(operation, means).candidates)

    def concerns_act(self, means: Collection[str]) -> bool:
        return bool(self._for_act(tuple(means)).candidates)

    def concerns_event(self, event_type: str) -> bool:
        """By the provider's own name of the event."""
        return bool(self._for_event(event_type, ALL_GROUPS).candidates)

    async def draw_call(
        self,
        operation: Operation,
        *,
        facts: Facts,
        tally: Tally,
        request: HttpRequest | None = None,
        params: Mapping[str, Any] = NO_PARAMS,
        means: tuple[str, ...] | None = None,
        looks: list[Look] | None = None,
        trail: list[Drawing | Glance] | None = None,
        scene: Scene = NO_SCENE,
    ) -> Plan:
        """`means`: what this call is, where its params decide; None: all that the operation declares.

        Each rule that was looked at is added to `looks`, where that is given; the drawing itself, which can
        tell them later, to `trail`.
        """
        index = self._for_call(operation, means)
        if not index.candidates:
            return EMPTY_PLAN
        arrival = Arrival(self.provider.name, facts, request, params)
        likely = index.those_for(arrival)
        if not likely and not index.thrown_by_attempt:
            _told(Glance(index.candidates, arrival), looks, trail)
            return EMPTY_PLAN
        drawing = Drawing(arrival, Identity(operation.id, facts), tally, scene)
        drawing.bind = lambda effects: self._bound(effects, operation)
        decided = await drawing.decide(await drawing.matching(index, likely), ALL_GROUPS)
        _told(drawing, looks, trail)
        return self._plan(drawing, decided) if decided else EMPTY_PLAN

    async def draw_act(
        self, means: Collection[str], *, facts: Facts, tally: Tally, looks: list[Look] | None = None,
        scene: Scene = NO_SCENE,
    ) -> Plan:
        """For an act that means `payment.charge` and the like: outcome and sticky notify effects only."""
        index = self._for_act(tuple(means))
        if not index.candidates:
            return EMPTY_PLAN
        drawing = self._drawing(Identity(next(iter(means)), facts), tally, scene)
        decided = await drawing.decide(await drawing.matching(index), ACT_GROUPS)
        _told(drawing, looks)
        return self._plan(drawing, decided) if decided else EMPTY_PLAN

    async def draw_shape(
        self,
        event_type: str,
        *,
        facts: Facts,
        tally: Tally,
        sticky: NotifyShape | None = None,
        looks: list[Look] | None = None,
        scene: Scene = NO_SCENE,
    ) -> NotifyShape:
        """Once for each notification, when it becomes owed; what sticks to the payment comes first.

        It counts; draw once, not at every try of a commit.
        """
        index = self._for_event(event_type, SHAPE_GROUPS)
        if not index.candidates:
            return sticky or HONEST_SHAPE
        # For the first attempt's sake: a rule with `nth: 1` that shapes is about the notification itself.
        identity = Identity(self._neutral(event_type), facts, attempt=1, phase="-shape")
        drawing = self._drawing(identity, tally, scene)
        decided = await drawing.decide(await drawing.matching(index), SHAPE_GROUPS)
        _told(drawing, looks)
        return shape_of(decided, sticky)

    async def draw_attempt(
        self,
        event_type: str,
        *,
        facts: Facts,
        attempt: int,
        tally: Tally,
        sticky: NotifyAttempt | None = None,
        looks: list[Look] | None = None,
        scene: Scene = NO_SCENE,
    ) -> NotifyAttempt:
        """Once for each delivery attempt, counted from 1."""
        assert attempt > 0
        index = self._for_event(event_type, ATTEMPT_GROUPS)
        if not index.candidates:
            return sticky or HONEST_ATTEMPT
        identity = Identity(self._neutral(event_type), facts, attempt=attempt)
        drawing = self._drawing(identity, tally, scene)
        decided = await drawing.decide(await drawing.matching(index), ATTEMPT_GROUPS)
        _told(drawing, looks)
        return attempt_of(decided, sticky)

    def _drawing(self, identity: Identity, tally: Tally, scene: Scene) -> Drawing:
        return Drawing(Arrival(self.provider.name, identity.facts), identity, tally, scene)

    def _plan(self, drawing: Drawing, decided: Mapping[Group, Candidate]) -> Plan:
        facts, exponents = drawing.identity.facts, self.provider.words.exponents
        return plan_of(decided, facts, exponents, drawing.sharing, drawing.matched)

    def _neutral(self, event_type: str) -> str:
        return self.provider.words.events.get(event_type, event_type)

    def _for_call(self, operation: Operation, means: tuple[str, ...] | None = None) -> Index:
        """`means`: of this call; None: all that the operation can mean."""
        found = self._calls.get((operation.id, means))
        if found is None:
            found = self._calls[operation.id, means] = Index([
                Candidate(activation, rule, self._bound(rule.effects, operation))
                for activation, rule in self._rules()
                if trigger_means(rule.trigger, operation)
                and (means is None or _is_about(rule, operation, means))
            ])
        return found

    def _for_act(self, means: tuple[str, ...]) -> Index:
        found = self._acts.get(means)
        if found is None:
            about = [
                Candidate(activation, rule, rule.effects)
                for activation, rule in self._rules() if _names_any(rule, means)
            ]
            found = self._acts[means] = Index(_setting(about, ACT_GROUPS))
        return found

    def _for_event(self, event_type: str, groups: frozenset[Group]) -> Index:
        found = self._events.get((event_type, groups))
        if found is None:
            name = self._neutral(event_type)
            about = [
                Candidate(activation, rule, rule.effects)
                for activation, rule in self._rules()
                if any(covers(wanted, name) for wanted in rule.trigger.events)
            ]
            found = self._events[event_type, groups] = Index(_setting(about, groups))
        return found

    def _rules(self) -> list[tuple[Activation, Rule]]:
        return [
            (activation, rule)
            for activation in self.activations
            for rule in activation.scenario.rules
            if rule.enabled and self.provider.name in rule.providers
        ]

    def _bound(self, effects: Mapping[Group, Any], operation: Operation) -> Mapping[Group, Any]:
        """A rule's effects, its error a row; without errors and outcomes that the provider does not have."""
        effects = self._obeyed(effects, operation.means)
        answer: NeutralAnswer | None = effects.get(Group.ANSWER)
        if answer is None:
            return effects
        made = answer.made
        if answer.error is not None:
            row = row_for(self.provider, operation, answer.error)
            if row is None:
                return {group: effect for group, effect in effects.items() if group is not Group.ANSWER}
            return {**effects, Group.ANSWER: BoundAnswer(answer.commit, Refuse(row, answer.retry_after))}
        assert made is not None
        return {**effects, Group.ANSWER: BoundAnswer(answer.commit, made)}


    def _obeyed(self, effects: Mapping[Group, Any], means: Collection[str]) -> Mapping[Group, Any]:
        """Without an outcome that never comes of such a call here: loading has warned of it."""
        outcome: NeutralOutcome | None = effects.get(Group.OUTCOME)
        if outcome is None or outcome.result is Result.APPROVED:
            return effects
        outcomes = self.provider.words.outcomes
        decided = [outcomes[name] for name in means if name in outcomes]
        if not decided or any(outcome.result.value in each for each in decided):
            return effects
        return {group: effect for group, effect in effects.items() if group is not Group.OUTCOME}


def _told(
    drawing: Drawing | Glance, looks: list[Look] | None, trail: list[Drawing | Glance] | None = None
) -> None:
    if looks is not None:
        looks.extend(drawing.looks())
    if trail is not None:
        trail.append(drawing)


def _setting(candidates: Sequence[Candidate], groups: frozenset[Group]) -> tuple[Candidate, ...]:
    """What a hook sets is only known when it is asked."""
    wanted = groups | {Group.PYTHON}
    return tuple(one for one in candidates if wanted & one.effects.keys())


def _names_any(rule: Rule, names: Collection[str]) -> bool:
    return any(covers(wanted, name) for wanted in rule.trigger.operations for name in names)


def _is_about(rule: Rule, operation: Operation, means: Collection[str]) -> bool:
    by_name = any(native_covers(wanted, operation) for wanted in rule.trigger.natives)
    return by_name or _names_any(rule, (*means, operation.id))
