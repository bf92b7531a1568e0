"""The life of one call, top to bottom, on one page."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter_ns
from typing import Any, assert_never

from paydouble.contracts.catalog import Catalog
from paydouble.contracts.contract import Broken
from paydouble.core.call import Merchant
from paydouble.core.clock import Instant
from paydouble.core.effect import EMPTY_PLAN, At, Later, Never, Now, Plan
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, HttpRequest, HttpResponse
from paydouble.core.operation import Operation
from paydouble.core.provider import Api, Provider
from paydouble.engine import effects
from paydouble.engine.call_log import LoggedCall
from paydouble.engine.courier import Courier
from paydouble.engine.deferred import Deferred
from paydouble.engine.directory import Directory
from paydouble.engine.execution import Done, Executor, Task
from paydouble.engine.output import Output
from paydouble.engine.router import Match, Router
from paydouble.engine.rules import over
from paydouble.engine.sandbox import DEFAULT, Sandbox
from paydouble.engine.sandboxes import Sandboxes
from paydouble.engine.switches import Switches
from paydouble.scheduling.clocks import real_now

log = logging.getLogger("paydouble")


class Pipeline:
    """Serves the calls of one provider."""

    def __init__(
        self, provider: Provider, *, catalog: Catalog, directory: Directory, sandboxes: Sandboxes,
        executor: Executor, courier: Courier, deferred: Deferred, switches: Switches,
    ) -> None:
        self.provider = provider
        self._catalog = catalog
        self._directory = directory
        self._sandboxes = sandboxes
        self._executor = executor
        self._courier = courier
        self._deferred = deferred
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
            wire.verify(envelope, merchant, real_now())
            operation, path = match or self._route(api, envelope, logged)
            sandbox = self._sandboxes.of(merchant)
            params = self._admit(api, operation, wire.decode(envelope, merchant, path), logged)
            plan = logged.plan = await self._draw(sandbox, operation, envelope, params, logged)
            if plan is not EMPTY_PLAN:
                await self._arrive(plan, sandbox, logged)
            task = self._task(api, envelope, operation, merchant, sandbox, params, plan)
            done = await self._commit(task)
            logged.committed = done is not None and not done.replayed
            logged.replayed = done is not None and done.replayed
            logged.wakes = done is None or done.set_timers
            if plan.gates:
                await sandbox.gates.hold(plan.gates, At.AFTER_COMMIT, logged.id)
            if done is not None and done.owed:
                await self._courier.overtake(sandbox, done.owed)
            honest = done.response if done else None
            if done is not None and not done.replayed:
                self._check(logged, api, envelope, done.response, refused=done.refused)
            response = effects.answer(plan, self.provider.roles, wire, envelope, honest)
        except ProviderError as error:
            logged.error = f"{error.row.name}: {error.message}"
            response = wire.encode_error(envelope, error)
            self._check(logged, api, envelope, response, refused=True)
        except Exception as error:
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

    def _admit(
        self, api: Api, operation: Operation, params: dict[str, Any], logged: LoggedCall
    ) -> Mapping[str, Any]:
        logged.params = params
        contract = self._catalog.request(self.provider.name, api.name, operation.id)
        assert contract is not None, f"{operation.id} has no request contract"
        try:
            admitted = logged.params = contract.admit(params, loose=self.provider.loose_types)
        except Broken as broken:
            logged.violations = broken.violations
            raise self.provider.roles.broken_contract(operation, broken.violations) from None
        return admitted

    async def _draw(
        self, sandbox: Sandbox, operation: Operation, envelope: Envelope, params: Mapping[str, Any],
        logged: LoggedCall,
    ) -> Plan:
        plan = EMPTY_PLAN
        if sandbox.rules.any:
            plan = await sandbox.rules.call(
                self.provider, sandbox.work(), operation, envelope, params, logged
            )
        if sandbox.rules.obeys_test_values(self.provider.name, self._switches.magic):
            plan = over(plan, self.provider.test_values(envelope, operation, params))
        return plan

    async def _arrive(self, plan: Plan, sandbox: Sandbox, logged: LoggedCall) -> None:
        if plan.latency is not None:
            await sandbox.gates.pause(effects.latency_of(plan.latency, sandbox.ids))
        await sandbox.gates.hold(plan.gates, At.BEFORE_COMMIT, logged.id)

    def _task(
        self, api: Api, envelope: Envelope, operation: Operation, merchant: Merchant,
        sandbox: Sandbox, params: Mapping[str, Any], plan: Plan,
    ) -> Task:
        return Task(
            api=api, envelope=envelope, operation=operation, merchant=merchant,
            account=envelope.account or merchant.id, sandbox=sandbox, params=params, plan=plan,
        )

    async def _commit(self, task: Task) -> Done | None:
        match task.plan.commit:
            case Now():
                return await self._executor.execute(task)
            case Never():
                return None
            case Later(after):
                await self._deferred.keep(self._executor, task, after)
                return None
            case _:
                assert_never(task.plan.commit)

    async def _before_answer(self, logged: LoggedCall) -> None:
        if logged.plan.gates and logged.merchant is not None:
            sandbox = self._sandboxes.of(logged.merchant)
            await sandbox.gates.hold(logged.plan.gates, At.BEFORE_ANSWER, logged.id)

    def _check(
        self, logged: LoggedCall, api: Api, envelope: Envelope, honest: HttpResponse, *, refused: bool
    ) -> None:
        """Under --strict: an answer of ours that breaks its contract is noted as our own failure."""
        if not self._switches.strict or logged.operation is None or logged.merchant is None:
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
        params = self._admit(api, found.operation, api.wire.decode(envelope, merchant, found.path), logged)
        sandbox = self._sandboxes.of(merchant)
        task = self._task(api, envelope, found.operation, merchant, sandbox, params, plan)
        try:
            await self._executor.execute(task)
        except ProviderError as error:
            log.info("deferred %s was refused: %s", found.operation.id, error)
