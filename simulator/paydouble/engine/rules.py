"""The scenarios in force in one sandbox, and the draws of its calls, acts and notifications."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from paydouble.core.effect import (
    EMPTY_PLAN,
    HONEST_ATTEMPT,
    HONEST_SHAPE,
    NotifyAttempt,
    NotifyShape,
    Now,
    Plan,
)
from paydouble.core.http import Envelope
from paydouble.core.notification import Notification
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.core.words import Facts
from paydouble.core.work import Work
from paydouble.engine.call_log import LoggedCall
from paydouble.store.protocol import Store

if TYPE_CHECKING:
    from paydouble.scenarios.drawing import Activation
    from paydouble.scenarios.engine import Rulebook
    from paydouble.scenarios.rule import Scenario

ACTIVATIONS_MAX = 50
ENDED_UNUSED_MAX = 1_000


class RulesInForce:
    """Activations, last activated first; a rulebook per provider, made anew when they change."""

    def __init__(self, sandbox: str, seed: int, store: Store) -> None:
        self._sandbox = sandbox
        self._seed = seed
        self._store = store
        self._count = 0
        self._books: dict[str, Rulebook] = {}
        self.activations: list[Activation] = []
        self._ended_unused: deque[str] = deque(maxlen=ENDED_UNUSED_MAX)

    @property
    def any(self) -> bool:
        return bool(self.activations)

    def activate(self, scenario: Scenario) -> Activation:
        """Puts its rules before all others. Raises ValueError for one scenario too many."""
        from paydouble.scenarios.drawing import Activation

        if len(self.activations) >= ACTIVATIONS_MAX:
            raise ValueError(f"{ACTIVATIONS_MAX} scenarios are in force already")
        self._count += 1
        activation = Activation(f"act_{self._count}", scenario, self._seed)
        self.activations.insert(0, activation)
        self._books.clear()
        return activation

    def deactivate(self, id: str = "") -> int:
        """Ends the activation with this id, or all of them; how many."""
        ended = [each for each in self.activations if id in ("", each.id)]
        self._ended_unused.extend(_unused(each for each in ended if each.scenario.settings.strict))
        self.activations = [each for each in self.activations if each not in ended]
        self._books.clear()
        return len(ended)

    def obeys_test_values(self, provider: str, default: bool) -> bool:
        """By the first scenario for this provider that says `magic`, else as the server does."""
        said = (
            each.scenario.settings.magic for each in self.activations if provider in each.scenario.providers
        )
        return next((magic for magic in said if magic is not None), default)

    def unused(self) -> list[str]:
        """Rules in force that never fired, with the names of their scenarios."""
        return list(_unused(self.activations))

    def unused_strict(self) -> list[str]:
        """Those of scenarios with `strict: true`, which is a failure; also of ones that have ended."""
        strict = (each for each in self.activations if each.scenario.settings.strict)
        return [*_unused(strict), *self._ended_unused]

    def _book(self, provider: Provider) -> Rulebook:
        from paydouble.scenarios.engine import Rulebook

        book = self._books.get(provider.name)
        if book is None:
            book = self._books[provider.name] = Rulebook(provider, tuple(self.activations))
        return book

    async def _tally(self, key: str) -> int:
        return await self._store.tally(self._sandbox, f"rules:{key}")

    async def call(
        self, provider: Provider, work: Work, operation: Operation, envelope: Envelope,
        params: Mapping[str, Any], logged: LoggedCall,
    ) -> Plan:
        """What a call draws; `work` is only read. Facts are gathered only where a rule might ask."""
        if not self.activations:
            return EMPTY_PLAN
        book = self._book(provider)
        if not book.concerns_call(operation):
            return EMPTY_PLAN
        facts = logged.facts = await provider.words.facts(work, operation, envelope, params)
        looks: list[Any] = []
        plan = await book.draw_call(
            operation, facts=facts, tally=self._tally, request=envelope.request, params=params,
            means=provider.words.means(operation, params), looks=looks,
        )
        logged.explained = [str(look) for look in looks]
        return plan

    async def act(self, provider: Provider, means: Collection[str], facts: Facts) -> Plan:
        """What an act draws that means payment.charge and the like."""
        if not self.activations:
            return EMPTY_PLAN
        return await self._book(provider).draw_act(means, facts=facts, tally=self._tally)

    async def shape(
        self, provider: Provider, event_type: str, facts: Facts, sticky: NotifyShape | None
    ) -> NotifyShape:
        if not self.activations:
            return sticky or HONEST_SHAPE
        return await self._book(provider).draw_shape(
            event_type, facts=facts, tally=self._tally, sticky=sticky
        )

    async def attempt(
        self, provider: Provider, owed: Notification, facts: Facts, sticky: NotifyAttempt | None
    ) -> NotifyAttempt:
        if not self.activations:
            return sticky or HONEST_ATTEMPT
        return await self._book(provider).draw_attempt(
            owed.event_type, facts=facts, attempt=len(owed.attempts) + 1, tally=self._tally, sticky=sticky
        )


def _unused(activations: Iterable[Activation]) -> Iterator[str]:
    return (f"{each.scenario.name}, {rule.label}" for each in activations for rule in each.unused())


def over(plan: Plan, base: Plan) -> Plan:
    """A plan of rules over one of test values: group by group, the rule wins."""
    if base is EMPTY_PLAN:
        return plan
    if plan is EMPTY_PLAN:
        return base
    answered = plan.answer is not None
    return Plan(
        outcome=plan.outcome or base.outcome,
        commit=plan.commit if answered or plan.commit != Now() else base.commit,
        answer=plan.answer if answered else base.answer,
        latency=plan.latency or base.latency,
        patch=plan.patch if plan.patch is not None else base.patch,
        seal=plan.seal or base.seal,
        gates=plan.gates or base.gates,
        shape=plan.shape or base.shape,
        because={**base.because, **plan.because},
    )
