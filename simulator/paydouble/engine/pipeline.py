"""The life of one call, top to bottom, on one page."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, assert_never

from paydouble.contracts.catalog import Catalog
from paydouble.contracts.contract import Broken
from paydouble.core.call import Merchant
from paydouble.core.clock import Instant
from paydouble.core.effect import EMPTY_PLAN, At, Later, Never, Now, Plan
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, HttpRequest, HttpResponse
from paydouble.core.operation import Operation
from paydouble.core.provider import Api, Provider, Wire
from paydouble.engine import afterwards, effects
from paydouble.engine.admission import (
    AS_LET_IN,
    IGNORE,
    LENIENT,
    REPORT,
    Strictness,
    admitted,
    let_pass,
    strictness,
)
from paydouble.engine.call_log import LoggedCall
from paydouble.engine.courier import Courier
from paydouble.engine.deferred import Deferred
from paydouble.engine.directory import Directory
from paydouble.engine.execution import Done, Executor, Task
from paydouble.engine.output import Output
from paydouble.engine.overlaying import over
from paydouble.engine.player import POLLED, Player
from paydouble.engine.router import Match, Router
from paydouble.engine.sandbox import DEFAULT, Sandbox
from paydouble.engine.sandboxes import Sandboxes
from paydouble.engine.selection import BadSelection, may_choose
from paydouble.engine.switches import Switches
from paydouble.scheduling.clocks import real_now
from paydouble.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from paydouble.scenarios.drawing import Activation

log = logging.getLogger("paydouble")


class Pipeline:
    """Serves the calls of one provider."""

    def __init__(
        self, provider: Provider, *, catalog: Catalog, directory: Directory, sandboxes: Sandboxes,
        executor: Executor, courier: Courier, deferred: Deferred, player: Player, switches: Switches,
    ) -> None:
        self.provider = provider
        self._catalog = catalog
        self._directory = directory
        self._sandboxes = sandboxes
        self._executor = executor
        self._courier = courier
        self._deferred = deferred
        self._player = player
        self._switches = switches
        self._output = Output(catalog, provider.name)
        self._routers = {api.name: Router(api.name, provider.operations) for api in provider.apis}

    async def serve(self, request: HttpRequest) -> HttpResponse:
        """Never raises. The call is in its sandbox's log whatever happened."""
        begun = perf_counter_ns()
        logged = LoggedCall(self.provider.name, request, real_now())
        response = logged.response = await self._respond(logged)
        logged.took_us = (perf_counter_ns() - begun) // 1_000
        sandbox = self._sandboxes.get(logged.merchant.sandbox if logged.merchant else DEFAULT)
        if sandbox is not None:
            sandbox.log.add(logged)
            sandbox.changes.tell("call", {"id": logged.id})
            if logged.wakes:
                sandbox.wake()
        return self._marked(logged, response)

    async def _respond(self, logged: LoggedCall) -> HttpResponse:
        request = logged.request
        api = self.provider.api_of(request)
        logged.api, wire = api.name, api.wire
        envelope = wire.open(request)
        done: Done | None = None
        try:
            match = self._route(api, envelope, logged) if self.provider.roles.routes_first else None
            merchant = logged.merchant = wire.identify(envelope, self._find)
            sandbox = self._sandboxes.of(merchant)
            chosen = strictness(sandbox.rules, self.provider.name, strict=self._switches.strict)
            self._verify(wire, envelope, merchant, chosen, logged)
            operation, path = match or self._route(api, envelope, logged)
            if envelope.account:
                await self.provider.reaches(sandbox.work(), merchant, envelope.account)
            params = self._admit(api, operation, wire.decode(envelope, merchant, path), chosen, logged)
            if sandbox.rules.unbegun:
                await self._player.begin(sandbox)
            looked = sandbox.work() if sandbox.rules.any or may_choose(request) else None
            plan = logged.plan = await self._draw(sandbox, looked, operation, envelope, params, logged)
            if plan is not EMPTY_PLAN:
                await self._arrive(plan, sandbox, logged)
            task = self._task(api, envelope, operation, merchant, sandbox, params, plan, logged.chosen)
            task.payment = logged.facts.payment if logged.facts is not None else ""
            task.looked = looked
            done = await self._commit(task)
            logged.committed = done is not None and not done.replayed
            logged.replayed = done is not None and done.replayed
            logged.wakes = done is None or done.set_timers
            if plan.gates:
                await sandbox.gates.hold(plan.gates, At.AFTER_COMMIT, logged.id, logged.ref)
            if done is not None and done.owed:
                await self._courier.overtake(sandbox, done.owed)
            honest = done.response if done else None
            if done is not None and not done.replayed:
                self._check(logged, api, envelope, done.response, refused=done.refused)
            response = effects.answer(plan, self.provider.roles, wire, envelope, honest)
            if done is not None and done.owed:
                response = effects.interrupted(response, done.owed)
        except ProviderError as error:
            logged.error = f"{error.row.name}: {error.message}"
            response = wire.encode_error(envelope, error)
            self._check(logged, api, envelope, response, refused=True)
        except BadSelection as bad:
            logged.error = str(bad)
            return bad.response()
        except Exception as error:
            if logged.let_in_broken:
                # Let in broken: where its handler cannot go on, the provider's refusal is what it gets.
                return await self._refused_late(wire, envelope, logged)
            log.exception("%s %s failed inside the simulator", request.method, request.path)
            self._note_internal(logged, error)
            response = wire.encode_error(envelope, self.provider.roles.internal())
        seal = effects.seal(logged.plan.seal, real_now(), request.id)
        sealed = wire.seal(envelope, response, logged.merchant, seal)
        await self._before_answer(logged)
        return sealed

    def _find(self, handle: str) -> Merchant | None:
        return self._directory.find(self.provider.name, handle)

    def _route(self, api: Api, envelope: Envelope, logged: LoggedCall) -> Match:
        request = envelope.request
        found = self._routers[api.name].match(request.method, envelope.path, envelope.selector)
        if isinstance(found, Match):
            logged.operation = found.operation
            return found
        if found.methods:
            logged.hint = f"{envelope.path} takes {', '.join(found.methods)}"
            raise self.provider.roles.wrong_method(envelope)
        logged.hint = f"nearest known path: {found.nearest}" if found.nearest else ""
        raise self.provider.roles.unknown_route(envelope)

    def _verify(
        self, wire: Wire, envelope: Envelope, merchant: Merchant, chosen: Strictness, logged: LoggedCall
    ) -> None:
        if chosen.signatures == IGNORE:
            return
        try:
            wire.verify(envelope, merchant, real_now())
            logged.verified = True
        except ProviderError as error:
            if chosen.signatures != REPORT:
                raise
            logged.violations = (let_pass(error),)
        if envelope.let_pass is not None:
            logged.violations = (*logged.violations, let_pass(envelope.let_pass))

    def _admit(
        self, api: Api, operation: Operation, params: dict[str, Any], chosen: Strictness, logged: LoggedCall
    ) -> Mapping[str, Any]:
        logged.params = params
        contract = self._catalog.request(self.provider.name, api.name, operation.id)
        if contract is None and operation.schema is not None:
            contract = self._catalog.adopt(self.provider.name, api.name, operation.id, operation.schema())
        assert contract is not None, f"{operation.id} has no request contract"
        try:
            let_in, found = admitted(contract, params, chosen, loose=self.provider.loose_types)
        except Broken as broken:
            logged.violations = (*logged.violations, *broken.violations)
            raise self.provider.roles.broken_contract(operation, broken.violations) from None
        logged.params, logged.violations = let_in, (*logged.violations, *found)
        logged.let_in_broken = bool(found) and chosen.contracts == LENIENT
        return let_in

    async def _refused_late(self, wire: Wire, envelope: Envelope, logged: LoggedCall) -> HttpResponse:
        assert logged.operation is not None
        error = self.provider.roles.broken_contract(logged.operation, logged.violations)
        logged.error = f"{error.row.name}: {error.message}"
        response = wire.encode_error(envelope, error)
        seal = effects.seal(None, real_now(), logged.request.id)
        return wire.seal(envelope, response, logged.merchant, seal)

    async def _draw(
        self, sandbox: Sandbox, work: UnitOfWork | None, operation: Operation, envelope: Envelope,
        params: Mapping[str, Any], logged: LoggedCall,
    ) -> Plan:
        """`work`, which is only read: None where no scenario can be in force for this call."""
        plan = default = EMPTY_PLAN
        if work is not None:
            plan, default = await sandbox.rules.call(self.provider, work, operation, envelope, params, logged)
        if sandbox.rules.obeys_test_values(self.provider.name, self._switches.magic):
            plan = over(plan, self.provider.test_values(envelope, operation, params))
        return over(plan, _yielding(default))

    async def _arrive(self, plan: Plan, sandbox: Sandbox, logged: LoggedCall) -> None:
        if plan.latency is not None:
            await sandbox.gates.pause(effects.latency_of(plan.latency, sandbox.ids))
        await sandbox.gates.hold(plan.gates, At.BEFORE_COMMIT, logged.id, logged.ref)

    def _task(
        self, api: Api, envelope: Envelope, operation: Operation, merchant: Merchant,
        sandbox: Sandbox, params: Mapping[str, Any], plan: Plan, chosen: tuple[Activation, ...] = (),
    ) -> Task:
        return Task(
            api=api, envelope=envelope, operation=operation, merchant=merchant,
            account=envelope.account or merchant.id, sandbox=sandbox, params=params, plan=plan,
            chosen=chosen,
        )

    async def _commit(self, task: Task) -> Done | None:
        match task.plan.commit:
            case Now():
                return await self._do(task)
            case Never():
                await afterwards.remember(task.sandbox, self.provider, task.plan, task.payment)
                return None
            case Later(after):
                await self._deferred.keep(self._executor, task, after)
                return None
            case _:
                assert_never(task.plan.commit)

    async def _do(self, task: Task) -> Done:
        if task.sandbox.plays and task.operation.reads:
            await self._count_query(task)
        try:
            return await self._executor.execute(task)
        except ProviderError:
            if task.plan.outcome is not None:
                await afterwards.remember(
                    task.sandbox, self.provider, task.plan, task.payment, timeline=True
                )
            raise

    async def _count_query(self, task: Task) -> None:
        """What waits for queries about a payment goes on before this one is answered."""
        words = self.provider.words
        means = words.means(task.operation, task.params)
        if not POLLED.intersection(means):
            return
        facts = await words.facts(task.sandbox.work(), task.operation, task.envelope, task.params)
        await self._player.polled(task.sandbox, self.provider, facts.payment, means)

    async def _before_answer(self, logged: LoggedCall) -> None:
        if logged.plan.gates and logged.merchant is not None:
            sandbox = self._sandboxes.of(logged.merchant)
            await sandbox.gates.hold(logged.plan.gates, At.BEFORE_ANSWER, logged.id, logged.ref)

    def _check(
        self, logged: LoggedCall, api: Api, envelope: Envelope, honest: HttpResponse, *, refused: bool
    ) -> None:
        """Under --strict: an answer of ours that breaks its contract is noted as our own failure."""
        if not self._switches.strict or logged.operation is None or logged.merchant is None:
            return
        if logged.operation.schema is not None:
            return
        for mistake in self._output.mistakes(api, logged.operation, envelope, honest, refused=refused):
            self._sandboxes.of(logged.merchant).log.internal_errors.append(f"{logged.id} {mistake}")

    def _note_internal(self, logged: LoggedCall, error: Exception) -> None:
        logged.error = f"internal: {type(error).__name__}: {error}"
        sandbox = self._sandboxes.get(logged.merchant.sandbox if logged.merchant else DEFAULT)
        if sandbox is not None:
            sandbox.log.internal_errors.append(f"{logged.id} {logged.error}")

    def _marked(self, logged: LoggedCall, response: HttpResponse) -> HttpResponse:
        """Adds our own headers, which are never part of what is signed."""
        if not self._switches.marks:
            return response
        marks: tuple[tuple[str, str], ...] = (("Paydouble-Call", logged.id),)
        if logged.hint:
            marks = (*marks, ("Paydouble-Hint", logged.hint))
        return HttpResponse(response.status, response.headers + marks, response.body, response.fault)

    async def run_later(self, request: HttpRequest, plan: Plan, now: Instant) -> None:
        """Executes a deferred call, as it would have been executed when it came; its answer is nobody's."""
        api = self.provider.api_of(request)
        envelope = api.wire.open(request)
        found = self._routers[api.name].match(request.method, envelope.path, envelope.selector)
        assert isinstance(found, Match), f"{envelope.path} was routed once"
        merchant = api.wire.identify(envelope, self._find)
        logged = LoggedCall(self.provider.name, request, now, api=api.name, operation=found.operation)
        sandbox = self._sandboxes.of(merchant)
        decoded = api.wire.decode(envelope, merchant, found.path)
        params = self._admit(api, found.operation, decoded, AS_LET_IN, logged)
        facts = await self.provider.words.facts(sandbox.work(), found.operation, envelope, params)
        chosen = sandbox.rules.chosen_by(self.provider, request, facts)
        task = self._task(api, envelope, found.operation, merchant, sandbox, params, plan, chosen)
        task.payment = facts.payment
        try:
            await self._executor.execute(task)
        except ProviderError as error:
            log.info("deferred %s was refused: %s", found.operation.id, error)


def _yielding(default: Plan) -> Plan:
    """Some test values are read by handlers, which are told what goes after them."""
    if default.outcome is None:
        return default
    return replace(default, outcome=replace(default.outcome, yields=True))
