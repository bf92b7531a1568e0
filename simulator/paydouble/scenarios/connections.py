"""What becomes of a connection before its first byte, by the rules on connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from paydouble.core.effect import Connect, ConnectFault
from paydouble.core.words import Facts
from paydouble.scenarios.drawing import Activation, Candidate, Drawing, Identity, Scene, Tally
from paydouble.scenarios.indexing import Index
from paydouble.scenarios.matcher import Arrival
from paydouble.scenarios.rule import Group, Rule

KIND = "connection"
_ANYBODY = Arrival(provider="", facts=Facts())


async def draw_connection(activations: Iterable[Activation], tally: Tally, scene: Scene) -> Connect | None:
    """Once for each connection that was accepted."""
    drawing = Drawing(_ANYBODY, Identity(KIND, Facts()), tally, scene)
    matched = await drawing.matching(Index(list(_candidates(activations))))
    decided = await drawing.decide(matched, {Group.CONNECT})
    owner = decided.get(Group.CONNECT)
    return None if owner is None else owner.effects[Group.CONNECT]


def closes_port(activations: Iterable[Activation], scene: Scene) -> Candidate | None:
    """The rule that refuses whatever connection comes now; None where that depends on the connection.

    Only a port that is closed refuses as a provider that is down does.
    """
    for candidate in _candidates(activations):
        rule = candidate.rule
        if rule.states and scene.state(candidate.activation) not in rule.states:
            continue
        if _depends(rule):
            return None
        elapsed = scene.now - candidate.activation.since
        if rule.condition.holds(_ANYBODY._replace(elapsed=elapsed, vars=scene.vars(candidate.activation))):
            return candidate if candidate.effects[Group.CONNECT].fault is ConnectFault.REFUSE else None
    return None


def _depends(rule: Rule) -> bool:
    counts = (rule.numbers, rule.throw, rule.rate, rule.times)
    return bool(rule.nested_rates) or any(each is not None for each in counts)


def _candidates(activations: Iterable[Activation]) -> Iterator[Candidate]:
    for activation in activations:
        for rule in activation.scenario.rules:
            if rule.enabled and rule.trigger.connection and Group.CONNECT in rule.effects:
                yield Candidate(activation, rule, rule.effects)
