"""One draw: which rules hold for an arrival, and which group of effects is whose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from paydouble.core.clock import Instant, duration_text
from paydouble.core.effect import Answer, Commit, Never
from paydouble.core.words import Facts
from paydouble.scenarios.dice import throw
from paydouble.scenarios.matcher import Arrival, Miss
from paydouble.scenarios.rule import MEMORY_GROUPS, SHARED_GROUPS, WORK_GROUPS, Group, Rate, Rule, Scenario

if TYPE_CHECKING:
    from paydouble.scenarios.indexing import Index

Tally = Callable[[str], Awaitable[int]]
"""Counts one more under a key of the sandbox, and returns how many there are now."""


@dataclass(slots=True)
class Activation:
    """A scenario in force in one sandbox. Its id is unique there, so that its counters are its own."""

    id: str
    scenario: Scenario
    seed: int
    """Of the run; what the file says wins."""
    since: Instant = Instant(0)
    """Business time when it came into force."""
    number: int = 0
    """Of the sandbox's activations: of two on one level, the later is looked at first."""
    level: str = "sandbox"
    """By what it came into force: request, payment, sandbox, server default."""
    asked_as: str = ""
    """How a request or payment chose it."""
    expires: Instant | None = None
    """Real time."""
    one_effect: bool = False
    """Chosen by Paydouble-Do: no other call is its business, not even of the payment that it created."""
    binds: bool = False
    """There are payments that were created under it."""
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
    passed: tuple[str, ...] = ()
    """What held before that, as in "operation ok"."""
    activation: str = ""
    chosen_by: str = ""

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


class Identity(NamedTuple):
    """What counters and dice tell arrivals apart by."""

    kind: str
    """Operation id, neutral event, or the neutral operation that an act means."""
    facts: Facts
    attempt: int = 0
    """Of a notification's delivery, from 1; 0 for a call or act, whose attempts are counted here."""
    phase: str = ""
    """Keeps counts of notifications apart from counts of their attempts."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What an activation remembers, of a payment or of its sandbox."""

    state: str = ""
    """Empty: the initial one."""
    vars: Mapping[str, object] = field(default_factory=dict)


NO_MEMORY = Memory()


@dataclass(frozen=True, slots=True)
class Scene:
    """Amid what an arrival comes: what only some rules ask for, and only the engine knows."""

    now: Instant = Instant(0)
    """Business time."""
    ticks: int = 0
    """Milliseconds by which rates are measured: real time, and what standing business time is moved."""
    payment: Mapping[str, Any] = field(default_factory=dict)
    """The summary of the payment that the arrival is about."""
    memories: Mapping[str, Memory] = field(default_factory=dict)
    """By activation, where it has any."""

    def state(self, activation: Activation) -> str:
        states = activation.scenario.states
        known = self.memories.get(activation.id, NO_MEMORY).state
        return known or (states.initial if states else "")

    def vars(self, activation: Activation) -> Mapping[str, object]:
        """What was set, over what the file declares."""
        return {**activation.scenario.vars, **self.memories.get(activation.id, NO_MEMORY).vars}


NO_SCENE = Scene()


@dataclass(slots=True)
class Drawing:
    """One draw: which rules hold, then which group is whose."""

    arrival: Arrival
    identity: Identity
    tally: Tally
    scene: Scene = NO_SCENE
    candidates: Sequence[Candidate] = ()
    missed: dict[tuple[str, int], Miss] = field(default_factory=dict)
    """By activation and rule: misses that no later look at the arrival would find again."""
    took: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    """The groups that each rule decided."""
    attempts: dict[str, int] = field(default_factory=dict)
    allowed: dict[tuple[str, int], bool] = field(default_factory=dict)
    sharing: list[Candidate] = field(default_factory=list)
    """Whose shared effects take place, in the order in which they were looked at."""
    bind: Callable[[Mapping[Group, Any]], Mapping[Group, Any]] = dict
    """Makes what a hook returns the provider's."""
    matched: list[Candidate] = field(default_factory=list)
    """All whose conditions hold."""

    async def matching(self, index: Index, likely: Sequence[Candidate] | None = None) -> list[Candidate]:
        """`likely`: those that the index finds for the arrival, where it has been asked already."""
        self.candidates = index.candidates
        if index.thrown_by_attempt and not self.identity.attempt:
            await self._count_attempts(index.thrown_by_attempt)
        matched, arrival = self.matched, self.arrival
        for candidate in index.those_for(arrival) if likely is None else likely:
            rule = candidate.rule
            # What hangs on the arrival alone is looked at again by `looks`, if anybody asks why.
            if not rule.depends and not rule.condition.holds(arrival):
                continue
            miss = await self._miss(candidate)
            if miss is None:
                matched.append(self._hooked(candidate))
        return matched

    def looks(self) -> list[Look]:
        """What became of each rule, in the order in which they were looked at."""
        return [self._look(candidate) for candidate in self.candidates]

    def _look(self, candidate: Candidate) -> Look:
        activation, rule = candidate.activation, candidate.rule
        key = (activation.id, rule.number)
        who = Look(activation.scenario.name, rule.label, activation=activation.id, chosen_by=activation.level)
        if key in self.missed:
            found = self.missed[key]
            return replace(who, miss=found, passed=rule.passed(before=found.condition))
        miss = None if rule.depends else rule.condition.miss(self.arrival)
        if miss is None and self.allowed.get(key) is False:
            miss = Miss("times", f"at most {rule.times}", "more")
        return replace(
            who, took=self.took.get(key, ()), miss=miss,
            passed=rule.passed(before=miss.condition) if miss else (),
        )

    def _hooked(self, candidate: Candidate) -> Candidate:
        """With what its hook returns, where its effects are a hook's."""
        hook = candidate.effects.get(Group.PYTHON)
        if hook is None:
            return candidate
        from paydouble.scenarios.hooks import seen_by_hook

        seen = seen_by_hook(
            self.arrival.params, provider=self.arrival.provider, what=self.identity.kind,
            facts=self.identity.facts, attempt=self.identity.attempt if not self.identity.phase else 0,
            vars=self.scene.vars(candidate.activation),
        )
        return replace(candidate, effects=self.bind(hook.effects(seen)))

    async def decide(self, matched: Sequence[Candidate], groups: Collection[Group]) -> dict[Group, Candidate]:
        """The answer first: where it says that nothing was done, what hangs on the work is void."""
        decided: dict[Group, Candidate] = {}
        if not matched:
            return decided
        open_ = set(groups)
        if Group.ANSWER in open_:
            await self._take(matched, {Group.ANSWER}, decided)
            answer = decided.get(Group.ANSWER)
            if answer and answer.effects[Group.ANSWER].commit == Never():
                open_ -= WORK_GROUPS
                await self._share([answer], MEMORY_GROUPS & set(groups), decided)
        await self._take(matched, open_ - {Group.ANSWER} - SHARED_GROUPS, decided)
        await self._share(matched, open_ & SHARED_GROUPS, decided)
        self._record(matched, decided)
        return decided

    async def _share(
        self, candidates: Iterable[Candidate], groups: Collection[Group], decided: dict[Group, Candidate]
    ) -> None:
        """States, variables and partial notify effects: each activation, each rule adds its own."""
        taken: set[tuple[str, str]] = set()
        for candidate in candidates:
            wanted = [group for group in candidate.effects if group in groups]
            adds = {name for group in wanted for name in _shared_names(candidate, group)} - taken
            if adds and await self._may_act(candidate):
                taken |= adds
                self.sharing.append(candidate)
                for group in wanted:
                    decided.setdefault(group, candidate)

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
            if not took and candidate in self.sharing:
                took = tuple(group.value for group in candidate.effects if group in SHARED_GROUPS)
            fired = candidate.activation.fired
            label = candidate.rule.label
            if took:
                fired[label] = fired.get(label, 0) + 1
                self.took[candidate.activation.id, candidate.rule.number] = took

    async def _may_act(self, candidate: Candidate) -> bool:
        rule, activation = candidate.rule, candidate.activation
        if rule.times is None:
            return True
        key = (activation.id, rule.number)
        if key not in self.allowed:
            self.allowed[key] = await self.tally(f"{activation.id}:times:{rule.number}") <= rule.times
        return self.allowed[key]

    async def _miss(self, candidate: Candidate) -> Miss | None:
        arrival = self.arrival
        if candidate.rule.asks or candidate.rule.nested_rates:
            arrival = await self._amid(candidate)
        miss = await self._missed(candidate, arrival)
        if miss is not None:
            self.missed[candidate.activation.id, candidate.rule.number] = miss
        return miss

    async def _missed(self, candidate: Candidate, arrival: Arrival) -> Miss | None:
        rule = candidate.rule
        if rule.states and (state := self.scene.state(candidate.activation)) not in rule.states:
            return Miss("state", " or ".join(rule.states), state)
        if rule.depends and not rule.condition.holds(arrival):
            return rule.condition.miss(arrival)
        if rule.rate is not None:
            count = await self._counted(candidate, rule.rate)
            if count <= rule.rate.over:
                period = duration_text(rule.rate.per)
                return Miss("rate", f"over {rule.rate.over} per {period}", f"{count} in this one")
        if rule.numbers is not None:
            number = await self._number(candidate)
            if number not in rule.numbers:
                return Miss("nth", rule.numbers.written, f"{number} per {rule.per}")
        if rule.throw is not None and not await self._thrown(candidate):
            return Miss("chance", f"below {rule.throw.p}", "above")
        return None

    async def _amid(self, candidate: Candidate) -> Arrival:
        """The arrival as a rule sees it that asks for more than what has arrived."""
        scene, rates = self.scene, []
        for place, rate in enumerate(candidate.rule.nested_rates):
            rates.append(await self._counted(candidate, rate, f":{place}"))
        return self.arrival._replace(
            payment=scene.payment, elapsed=scene.now - candidate.activation.since,
            rates=tuple(rates),
            vars=scene.vars(candidate.activation) if "vars" in candidate.rule.asks else {},
        )

    async def _counted(self, candidate: Candidate, rate: Rate, place: str = "") -> int:
        """How many there were in the running period, with this one."""
        period = self.scene.ticks // rate.per
        key = f"{candidate.activation.id}:rate{self.identity.phase}:{candidate.rule.number}{place}:{period}"
        return await self.tally(key)

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

    async def _count_attempts(self, activations: Iterable[str]) -> None:
        """How often this operation was called for this ref: once a draw, whatever rules ask for."""
        for activation in activations:
            key = f"{activation}:attempt:{self.identity.kind}:{self.identity.facts.ref}"
            self.attempts[activation] = await self.tally(key)


class Glance(NamedTuple):
    """A draw that was over with a glance at the index: no rule can hold for what arrives."""

    candidates: Sequence[Candidate]
    arrival: Arrival

    def looks(self) -> list[Look]:
        """As `Drawing.looks`: none of them depends on more than the arrival."""
        identity = Identity("", self.arrival.facts)
        return Drawing(self.arrival, identity, _no_tally, candidates=self.candidates).looks()


async def _no_tally(key: str) -> int:
    raise AssertionError(f"nothing is counted at a glance: {key}")


def _shared_names(candidate: Candidate, group: Group) -> Iterable[tuple[str, str]]:
    """What a shared effect decides: an activation's state, each of its variables, or something of its own."""
    activation = candidate.activation.id
    match group:
        case Group.STATE:
            return ((activation, "state"),)
        case Group.SET:
            return ((activation, f"set {name}") for name in candidate.effects[group])
        case _:
            return ((activation, f"rule {candidate.rule.number}"),)
