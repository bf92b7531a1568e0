"""The scenarios in force in one sandbox, and the draws of its calls, acts and notifications."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from paydouble.core.effect import EMPTY_PLAN, HONEST_ATTEMPT, HONEST_SHAPE, NotifyAttempt, NotifyShape, Plan
from paydouble.core.http import Envelope, HttpRequest
from paydouble.core.money import DEFAULT_EXPONENT, Money
from paydouble.core.notification import Notification
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.core.timeline import States
from paydouble.core.words import Facts
from paydouble.core.work import Work
from paydouble.engine import selection
from paydouble.engine.activations import Level, Standing, record_of, revived, unused, written_down
from paydouble.engine.bindings import bound
from paydouble.engine.call_log import LoggedCall
from paydouble.engine.overlaying import over
from paydouble.engine.recalling import recalled, summary
from paydouble.store.protocol import Batch, Store

if TYPE_CHECKING:
    from paydouble.scenarios.drawing import Activation, Scene
    from paydouble.scenarios.engine import Rulebook
    from paydouble.scenarios.rule import Scenario
    from paydouble.scheduling.clocks import SandboxClock

ACTIVATIONS_MAX = 50
ENDED_UNUSED_MAX = 1_000
CHOSEN_MAX = 1_000
"""Different choices of requests and payments that are told apart; and so many ended activations are kept."""
BOOKS_MAX = 500


class Drawn(NamedTuple):
    """What a call draws, and from the server's default scenarios what test values are looked at before."""

    plan: Plan = EMPTY_PLAN
    default: Plan = EMPTY_PLAN


NOTHING_DRAWN = Drawn()


class RulesInForce:
    """Activations, last activated first; a rulebook per provider and set of them, made when needed."""

    def __init__(self, sandbox: str, seed: int, store: Store, clock: SandboxClock) -> None:
        self._sandbox = sandbox
        self._seed = seed
        self._store = store
        self._clock = clock
        self._count = 0
        self._books: dict[tuple[str, tuple[str, ...]], Rulebook] = {}
        self._settings: dict[tuple[str, str], Any] = {}
        self._own_books: dict[str, tuple[Rulebook, Rulebook | None]] = {}
        self.activations: list[Activation] = []
        self.defaults: list[Activation] = []
        """Of the server, looked at last."""
        self.unbegun: list[Activation] = []
        """With a machine of the sandbox that has not been started."""
        self._chosen: dict[str, Activation] = {}
        """By requests and payments, and how they asked."""
        self._ended: dict[str, Activation] = {}
        """In force for the payments alone that were created under them."""
        self._ended_unused: deque[str] = deque(maxlen=ENDED_UNUSED_MAX)

    @property
    def any(self) -> bool:
        return bool(self.activations or self.defaults or self._chosen or self._ended)

    @property
    def in_force(self) -> tuple[Activation, ...]:
        """For whatever comes, in the order in which they are looked at."""
        return (*self.activations, *self.defaults) if self.activations or self.defaults else ()

    @property
    def scripts(self) -> Mapping[str, States]:
        """The states of all that is in force for anything, by activation."""
        known = (*self.in_force, *self._chosen.values(), *self._ended.values())
        return {each.id: each.scenario.states for each in known if each.scenario.states is not None}

    def activate(self, scenario: Scenario, *, level: Level = Level.SANDBOX) -> Activation:
        """Puts its rules before all others of its level. Raises ValueError for one scenario too many.

        `keep` makes it outlive the process.
        """
        if len(self.in_force) >= ACTIVATIONS_MAX:
            raise ValueError(f"{ACTIVATIONS_MAX} scenarios are in force already")
        activation = self._new(scenario, level)
        (self.defaults if level is Level.DEFAULT else self.activations).insert(0, activation)
        if scenario.states is not None and scenario.states.per_sandbox:
            self.unbegun.append(activation)
        self._forget_books()
        return activation

    def _new(self, scenario: Scenario, level: Level, asked_as: str = "") -> Activation:
        from paydouble.scenarios.drawing import Activation

        self._count += 1
        return Activation(
            f"act_{self._count}", scenario, self._seed, since=self._clock.now(), number=self._count,
            level=level.value, asked_as=asked_as,
        )

    async def keep(self, *activations: Activation) -> None:
        """Writes down what is in force."""
        batch = Batch(self._sandbox)
        for each in activations:
            record = record_of(each, Standing.ACTIVE)
            batch.puts[record.kind, record.id] = record
        if activations:
            await self._store.commit(batch)

    def deactivate(self, id: str = "", *, release: bool = False) -> int:
        """Ends the activation with this id, or all of the sandbox's own; how many.

        Payments that were created under it stay under it, unless they are released. `forget` writes it down.
        """
        ended = [each for each in self.activations if id in ("", each.id)]
        self._ended_unused.extend(unused(ended, strict=True))
        self.activations = [each for each in self.activations if each not in ended]
        for each in ended:
            if each.binds and not release:
                self._ended[each.id] = each
        _bound_in_size(self._ended)
        self._forget_books()
        return len(ended)

    async def end(self, id: str = "", *, release: bool = False) -> int:
        """As `deactivate`, and written down."""
        ended = [each for each in self.activations if id in ("", each.id)]
        count = self.deactivate(id, release=release)
        batch = Batch(self._sandbox)
        for each in ended:
            record = record_of(each, Standing.ENDED)
            kept = batch.puts if each.id in self._ended else batch.removes
            kept[record.kind, record.id] = record
        if ended:
            await self._store.commit(batch)
        return count

    async def revive(self, providers: Sequence[Provider]) -> None:
        """Brings back what a durable store, or a snapshot, has written down."""
        async for record in written_down(self._store, self._sandbox):
            self._count = max(self._count, record.number)
            activation = revived(record, providers)
            if activation is not None:
                self._stand(activation, Standing(record.status))
        self._forget_books()

    def _stand(self, activation: Activation, standing: Standing) -> None:
        activation.binds = True
        match standing:
            case Standing.CHOSEN:
                self._chosen[activation.asked_as] = activation
            case Standing.ACTIVE if activation.level == Level.SANDBOX.value:
                self.activations.insert(0, activation)
            case _:
                # A default is given anew with each start; what it was before stays with its payments.
                self._ended[activation.id] = activation

    def _forget_books(self) -> None:
        self._books.clear()
        self._own_books.clear()
        self._settings.clear()

    def obeys_test_values(self, provider: str, default: bool) -> bool:
        """By the first scenario for this provider that says `magic`, else as the server does."""
        magic = self.setting(provider, "magic")
        return default if magic is None else bool(magic)

    def setting(self, provider: str, name: str) -> Any:
        """What the first scenario for this provider says that says anything of it; None where none does."""
        try:
            return self._settings[provider, name]
        except KeyError:
            said = (
                getattr(each.scenario.settings, name) for each in self.in_force
                if provider in each.scenario.providers
            )
            first = next((value for value in said if value not in (None, ())), None)
            return self._settings.setdefault((provider, name), first)

    def fee_of(self, provider: str, amount: Money, exponents: Mapping[str, int]) -> int | None:
        """By the first scenario in force that has a price for this currency."""
        for fee in self.setting(provider, "fees") or ():
            if fee.currency in ("", amount.currency.upper()):
                scale = Decimal(10) ** exponents.get(amount.currency.upper(), DEFAULT_EXPONENT)
                exact = amount.minor * fee.rate + fee.fixed * scale
                return min(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), amount.minor)
        return None

    def unused(self) -> list[str]:
        """Rules in force that never fired, with the names of their scenarios."""
        return list(unused(self.in_force))

    def unused_strict(self) -> list[str]:
        """Those of scenarios with `strict: true`, which is a failure; also of ones that have ended."""
        return [*unused(self.in_force, strict=True), *self._ended_unused]

    def chosen_by(self, provider: Provider, request: HttpRequest, facts: Facts) -> tuple[Activation, ...]:
        """What the request, and the payment that it is about, ask for. Raises BadSelection."""
        if not selection.may_choose(request):
            return ()
        loaded = (provider,)
        found = [
            *((each, Level.REQUEST) for each in selection.by_headers(request, loaded)),
            *((each, Level.PAYMENT) for each in selection.by_field(facts.metadata, loaded)),
        ]
        return tuple(self._choice(chosen, level) for chosen, level in found)

    def _choice(self, chosen: selection.Chosen, level: Level) -> Activation:
        activation = self._chosen.get(chosen.text)
        if activation is None:
            activation = self._chosen[chosen.text] = self._new(chosen.scenario, level, chosen.text)
            activation.one_effect = chosen.one_effect
            activation.binds = True
            _bound_in_size(self._chosen)
        return activation

    def _own(self, provider: Provider) -> tuple[Rulebook, Rulebook | None]:
        """Of what is in force for everything, and of the server's defaults."""
        books = self._own_books.get(provider.name)
        if books is None:
            from paydouble.scenarios.engine import Rulebook

            default = Rulebook(provider, tuple(self.defaults)) if self.defaults else None
            books = self._own_books[provider.name] = Rulebook(provider, tuple(self.activations)), default
        return books

    def _books_of(
        self, provider: Provider, chosen: Sequence[Activation], ids: Sequence[str], *, call: bool
    ) -> tuple[Rulebook, Rulebook | None]:
        """For a payment that was born under `ids`, and for what a call chooses by itself."""
        special = [each for each in self._of_payment(ids) if each not in chosen]
        if call:
            special = [each for each in special if not each.one_effect]
        if not special and not chosen:
            return self._own(provider)
        above = [each for each in special if each.level in (Level.REQUEST.value, Level.PAYMENT.value)]
        last = [each for each in special if each.level == Level.DEFAULT.value]
        own = [each for each in special if each not in above and each not in last]
        beside = sorted((*self.activations, *own), key=lambda each: -each.number)
        return (
            self._book(provider, (*chosen, *above, *beside)),
            self._book(provider, (*self.defaults, *last)) if self.defaults or last else None,
        )

    def _of_payment(self, ids: Sequence[str]) -> Iterator[Activation]:
        if not ids or not (self._chosen or self._ended):
            return
        chosen = {each.id: each for each in self._chosen.values()}
        for id in ids:
            found = self._ended.get(id) or chosen.get(id)
            if found is not None:
                yield found

    def _book(self, provider: Provider, activations: tuple[Activation, ...]) -> Rulebook:
        from paydouble.scenarios.engine import Rulebook

        key = provider.name, tuple(each.id for each in activations)
        book = self._books.get(key)
        if book is None:
            book = self._books[key] = Rulebook(provider, activations)
            _bound_in_size(self._books, BOOKS_MAX)
        return book

    @property
    def ticks(self) -> int:
        """Milliseconds by which rates are measured: real time, and what standing business time is moved."""
        return self._clock.wire_now() + (self._clock.now() if self._clock.stands else 0)

    async def tally(self, key: str) -> int:
        """How many there are now under a key of the rules, with one more."""
        return await self._store.tally(self._sandbox, f"rules:{key}")

    async def _scene(
        self, provider: Provider, work: Work, facts: Facts, own: Rulebook, default: Rulebook | None
    ) -> Scene:
        """What the rules of these books ask for."""
        if not _wants_scene(own, default):
            return own.no_scene
        from paydouble.scenarios.drawing import Scene

        books = [book for book in (own, default) if book is not None]
        asks = {name for book in books for name in book.asks}
        now = self._clock.now()
        payment = await summary(provider, work, facts.payment) if "payment" in asks else {}
        under = [each for book in books for each in book.activations]
        return Scene(
            now=now, ticks=self.ticks, payment=payment,
            memories=await recalled(work, under, provider, facts),
        )

    async def call(
        self, provider: Provider, work: Work, operation: Operation, envelope: Envelope,
        params: Mapping[str, Any], logged: LoggedCall,
    ) -> Drawn:
        """What a call draws; `work` is only read. Facts are gathered only where a rule might ask.

        Raises BadSelection.
        """
        request, means = envelope.request, tuple(provider.words.means(operation, params))
        special = bool(self._chosen or self._ended) or selection.may_choose(request)
        book, default = self._own(provider)
        if not special and not _concerned(operation, means, book, default):
            return NOTHING_DRAWN
        facts = await provider.words.facts(work, operation, envelope, params)
        if logged.let_in_broken:
            facts.gather()      # what is broken shows now, not when somebody asks long afterwards
        logged.facts = facts
        if special:
            logged.chosen = self.chosen_by(provider, request, facts)
            born_under = await bound(work, facts.payment)
            book, default = self._books_of(provider, logged.chosen, born_under, call=True)
            if not _concerned(operation, means, book, default):
                return NOTHING_DRAWN
        wanted = _wants_scene(book, default)
        scene = await self._scene(provider, work, facts, book, default) if wanted else book.no_scene
        plans = []
        for each in (book, default) if default is not None else (book,):
            plans.append(await each.draw_call(
                operation, facts=facts, tally=self.tally, request=request, params=params, means=means,
                trail=logged.drawings, scene=scene,
            ))
        return Drawn(*plans)

    async def act(self, provider: Provider, means: Collection[str], facts: Facts, work: Work) -> Plan:
        """What an act draws that means payment.charge and the like."""
        if not self.any:
            return EMPTY_PLAN
        books = await self._for_payment(provider, work, facts)
        scene = await self._scene(provider, work, facts, *books)
        plans = [
            await book.draw_act(means, facts=facts, tally=self.tally, scene=scene) if book else EMPTY_PLAN
            for book in books
        ]
        return over(*plans)

    async def _for_payment(
        self, provider: Provider, work: Work, facts: Facts
    ) -> tuple[Rulebook, Rulebook | None]:
        if not (self._chosen or self._ended):
            return self._own(provider)
        return self._books_of(provider, (), await bound(work, facts.payment), call=False)

    async def shape(
        self, provider: Provider, event_type: str, facts: Facts, sticky: NotifyShape | None, work: Work
    ) -> NotifyShape:
        if not self.any:
            return sticky or HONEST_SHAPE
        books = await self._for_payment(provider, work, facts)
        scene = await self._scene(provider, work, facts, *books)
        for book in filter(None, books):
            sticky = await book.draw_shape(
                event_type, facts=facts, tally=self.tally, sticky=sticky, scene=scene
            )
        return sticky or HONEST_SHAPE

    async def attempt(
        self, provider: Provider, owed: Notification, facts: Facts, sticky: NotifyAttempt | None, work: Work
    ) -> NotifyAttempt:
        if not self.any:
            return sticky or HONEST_ATTEMPT
        books = await self._for_payment(provider, work, facts)
        scene = await self._scene(provider, work, facts, *books)
        for book in filter(None, books):
            sticky = await book.draw_attempt(
                owed.told_as, facts=facts, attempt=len(owed.attempts) + 1, tally=self.tally, sticky=sticky,
                scene=scene,
            )
        return sticky or HONEST_ATTEMPT


def _concerned(
    operation: Operation, means: tuple[str, ...], own: Rulebook, default: Rulebook | None
) -> bool:
    concerned = own.concerns_call(operation, means)
    return concerned or (default is not None and default.concerns_call(operation, means))


def _wants_scene(own: Rulebook, default: Rulebook | None) -> bool:
    return own.wants_scene or (default is not None and default.wants_scene)


def _bound_in_size(kept: dict[Any, Any], most: int = CHOSEN_MAX) -> None:
    """Lets go of the oldest."""
    while len(kept) > most:
        del kept[next(iter(kept))]
