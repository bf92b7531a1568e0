"""One draw: which rules hold for an arrival, and which group of effects is whose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from paydouble.core.effect import Answer, Commit, Never
from paydouble.core.words import Facts
from paydouble.scenarios.dice import throw
from paydouble.scenarios.matcher import Arrival, Miss
from paydouble.scenarios.rule import WORK_GROUPS, Group, Rule, Scenario

Tally = Callable[[str], Awaitable[int]]
"""Counts one more under a key of the sandbox, and returns how many there are now."""

UNTOLD = Miss("", "", "")
"""A miss that nobody asked about."""


@dataclass(slots=True)
class Activation:
    """A scenario in force in one sandbox. Its id is unique there, so that its counters are its own."""

    id: str
    scenario: Scenario
    seed: int
    """Of the run; what the file says wins."""
    fired: dict[str, int] = field(default_factory=dict)
    """By the rule's label, how often at least one of its effects took place."""

    def __post_init__(self) -> None:
        if self.scenario.settings.seed is not None:
            self.seed = self.scenario.settings.seed

    def unused(self) -> tuple[Rule, ...]:
        """Rules that could have fired and never did."""
        return tuple(
            rule
            for rule in self.scenario.rules
            if rule.enabled and not rule.optional and rule.label not in self.fired
        )

    def because(self, rule: Rule) -> str:
        return f"{self.scenario.name}, {rule.label}"


@dataclass(frozen=True, slots=True)
class Look:
    """What became of one rule that was looked at: kept with the call, so that it can be explained."""

    scenario: str
    rule: str
    took: tuple[str, ...] = ()
    """The groups that it decided."""
    miss: Miss | None = None

    def __str__(self) -> str:
        if self.miss is not None:
            return f"not taken: {self.rule} of {self.scenario}   {self.miss}"
        took = ", ".join(self.took) or "nothing that was still open"
        return f"taken: {self.rule} of {self.scenario}   decides {took}"


@dataclass(frozen=True, slots=True)
class BoundAnswer:
    """An answer whose error has become a row of the provider."""

    commit: Commit
    answer: Answer


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that looks at arrivals of one kind; its answer is a BoundAnswer."""

    activation: Activation
    rule: Rule
    effects: Mapping[Group, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """What counters and dice tell arrivals apart by."""

    kind: str
    """Operation id, neutral event, or the neutral operation that an act means."""
    facts: Facts
    attempt: int = 0
    """Of a notification's delivery, from 1; 0 for a call or act, whose attempts are counted here."""
    phase: str = ""
    """Keeps counts of notifications apart from counts of their attempts."""


@dataclass(slots=True)
class Drawing:
    """One draw: which rules hold, then which group is whose."""

    arrival: Arrival
    identity: Identity
    tally: Tally
    looks: list[Look] | None
    attempts: dict[str, int] = field(default_factory=dict)
    allowed: dict[tuple[str, int], bool] = field(default_factory=dict)

    async def matching(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        await self._count_attempts(candidates)
        matched = []
        for candidate in candidates:
            miss = await self._miss(candidate)
            if miss is None:
                matched.append(candidate)
            elif self.looks is not None:
                name = candidate.activation.scenario.name
                self.looks.append(Look(name, candidate.rule.label, miss=miss))
        return matched

    async def decide(self, matched: Sequence[Candidate], groups: Collection[Group]) -> dict[Group, Candidate]:
        """The answer first: where it says that nothing was done, what hangs on the work is void."""
        decided: dict[Group, Candidate] = {}
        open_ = set(groups)
        if Group.ANSWER in open_:
            await self._take(matched, {Group.ANSWER}, decided)
            answer = decided.get(Group.ANSWER)
            if answer and answer.effects[Group.ANSWER].commit == Never():
                open_ -= WORK_GROUPS
        await self._take(matched, open_ - {Group.ANSWER}, decided)
        self._record(matched, decided)
        return decided

    async def _take(
        self, matched: Sequence[Candidate], groups: set[Group], decided: dict[Group, Candidate]
    ) -> None:
        for candidate in matched:
            wanted = [group for group in candidate.effects if group in groups and group not in decided]
            if wanted and await self._may_act(candidate):
                decided.update(dict.fromkeys(wanted, candidate))

    def _record(self, matched: Sequence[Candidate], decided: Mapping[Group, Candidate]) -> None:
        for candidate in matched:
            took = tuple(group.value for group, owner in decided.items() if owner is candidate)
            fired = candidate.activation.fired
            label = candidate.rule.label
            if took:
                fired[label] = fired.get(label, 0) + 1
            if self.looks is not None:
                spent = self.allowed.get((candidate.activation.id, candidate.rule.number)) is False
                miss = Miss("times", f"at most {candidate.rule.times}", "more") if spent else None
                self.looks.append(Look(candidate.activation.scenario.name, label, took, miss))

    async def _may_act(self, candidate: Candidate) -> bool:
        rule, activation = candidate.rule, candidate.activation
        if rule.times is None:
            return True
        key = (activation.id, rule.number)
        if key not in self.allowed:
            self.allowed[key] = await self.tally(f"{activation.id}:times:{rule.number}") <= rule.times
        return self.allowed[key]

    async def _miss(self, candidate: Candidate) -> Miss | None:
        rule = candidate.rule
        # Saying why costs more than finding out; it is only done for whom it is kept.
        if not rule.condition.holds(self.arrival):
            return rule.condition.miss(self.arrival) if self.looks is not None else UNTOLD
        if rule.numbers is not None:
            number = await self._number(candidate)
            if number not in rule.numbers:
                return Miss("nth", rule.numbers.written, f"{number} per {rule.per}")
        if rule.throw is not None and not await self._thrown(candidate):
            return Miss("chance", f"below {rule.throw.p}", "above")
        return None

    async def _number(self, candidate: Candidate) -> int:
        """Counts arrivals that satisfy the rule's other conditions, whether or not it gets to act."""
        rule, facts = candidate.rule, self.identity.facts
        if rule.per == "notification":
            # Its conditions look at facts that stay, so every attempt of it satisfied them.
            return self.identity.attempt
        within = {
            "scenario": "",
            "ref": facts.ref,
            "payment": facts.payment or facts.ref,
            "idempotency_key": facts.idempotency_key,
        }[rule.per]
        phase = self.identity.phase
        return await self.tally(f"{candidate.activation.id}:nth{phase}:{rule.number}:{rule.per}:{within}")

    async def _thrown(self, candidate: Candidate) -> bool:
        rule, activation = candidate.rule, candidate.activation
        assert rule.throw is not None
        key = await self._key(candidate)
        name = rule.throw.salt or rule.name
        return throw(activation.seed, activation.scenario.name, name, key) < rule.throw.p

    async def _key(self, candidate: Candidate) -> str:
        facts, identity = self.identity.facts, self.identity
        assert candidate.rule.throw is not None
        match candidate.rule.throw.by:
            case "ref":
                return facts.ref
            case "payment":
                return facts.payment or facts.ref
            case "idempotency_key":
                return facts.idempotency_key
            case "arrival":
                rule = candidate.rule.number
                return str(await self.tally(f"{candidate.activation.id}:arrival{identity.phase}:{rule}"))
        attempt = identity.attempt or self.attempts[candidate.activation.id]
        return f"{identity.kind}|{facts.ref}|{attempt}"

    async def _count_attempts(self, candidates: Iterable[Candidate]) -> None:
        """How often this operation was called for this ref: once a draw, whatever rules ask for."""
        if self.identity.attempt:
            return
        for candidate in candidates:
            thrown, activation = candidate.rule.throw, candidate.activation.id
            if thrown is not None and thrown.by == "attempt" and activation not in self.attempts:
                key = f"{activation}:attempt:{self.identity.kind}:{self.identity.facts.ref}"
                self.attempts[activation] = await self.tally(key)
