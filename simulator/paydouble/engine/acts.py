"""act(): the one door for payer, timer, scenario and control API; a call without a request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from paydouble.core.act import Act, Declined, Doing
from paydouble.core.call import Merchant
from paydouble.core.clock import Instant
from paydouble.core.effect import EMPTY_PLAN, Outcome, Plan
from paydouble.core.machine import IllegalTrigger, Machine, fire
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.work import Timer
from paydouble.engine import afterwards, bindings, outbox
from paydouble.engine.contention import until_committed
from paydouble.engine.deferred import RUN, Deferred, DeferredCall
from paydouble.engine.directory import Directory
from paydouble.engine.sandbox import Sandbox
from paydouble.store.unit_of_work import UnitOfWork


class NoSuchRecord(LookupError):
    """What was to be moved is not there."""


class Acts:
    """Moves records along their machines, by whoever asks."""

    def __init__(
        self, providers: Mapping[str, Provider], directory: Directory, deferred: Deferred, *,
        magic: bool = True,
    ) -> None:
        self._providers = providers
        self._magic = magic
        self._directory = directory
        self._deferred = deferred
        self._provider_of = {
            record.kind: provider for provider in providers.values() for record in provider.records
        }
        self._type_of = {
            record.kind: record for provider in providers.values() for record in provider.records
        }
        self._machine_of: dict[str, Machine[Any]] = {
            machine.record.kind: machine for p in providers.values() for machine in p.machines
        }
        self._runs: dict[str, Callable[[Sandbox, Timer], Awaitable[None]]] = {}
        self._act_of: dict[tuple[str, str], Act[Any]] = {
            (act.record.kind, act.trigger): act for p in providers.values() for act in p.acts
        }

    def runs(self, kind: str, run: Callable[[Sandbox, Timer], Awaitable[None]]) -> None:
        """Who runs the timers of records that are no provider's."""
        self._runs[kind] = run

    def type_of(self, kind: str) -> type[Record]:
        return self._type_of[kind]

    def triggers(self, record: Record) -> tuple[str, ...]:
        """What can be asked of this record now: the machine's rows, and the acts that know no state."""
        machine = self._machine_of.get(record.kind)
        rows = machine.triggers(record.status) if machine is not None else ()
        in_table = {row.trigger for row in machine.rows} if machine is not None else set()
        free = (t for kind, t in self._act_of if kind == record.kind and t not in in_table)
        return tuple(dict.fromkeys((*rows, *free)))

    async def run_timer(self, sandbox: Sandbox, timer: Timer) -> None:
        """A timer whose trigger does nothing any more is dropped; that is how expiry is called off."""
        if timer.subject_kind == DeferredCall.kind:
            await self._run_deferred(sandbox, timer)
            return
        if timer.subject_kind in self._runs:
            await self._runs[timer.subject_kind](sandbox, timer)
            return
        try:
            await self._moved(sandbox, timer.subject_kind, timer.subject, timer.trigger, {}, timer=timer)
        except (IllegalTrigger, NoSuchRecord):
            await self._forget(sandbox, timer)

    async def _run_deferred(self, sandbox: Sandbox, timer: Timer) -> None:
        assert timer.trigger == RUN
        deferred = await sandbox.work().get(DeferredCall, timer.subject)
        if deferred is not None:
            await self._deferred.run(deferred, timer.due)
        await self._forget(sandbox, timer)

    async def _forget(self, sandbox: Sandbox, timer: Timer) -> None:
        work = sandbox.work()
        work.remove(timer)
        await work.commit()

    async def act(
        self, sandbox: Sandbox, kind: str, id: str, trigger: str, details: Mapping[str, Any]
    ) -> Record | None:
        """Raises NoSuchRecord, IllegalTrigger where the state forbids it, Declined where a bank says no."""
        moved = await self._moved(sandbox, kind, id, trigger, details, timer=None)
        sandbox.wake()
        return moved

    async def _moved(
        self, sandbox: Sandbox, kind: str, id: str, trigger: str, details: Mapping[str, Any],
        *, timer: Timer | None,
    ) -> Record | None:
        once = partial(self._once, sandbox, kind, id, trigger, details, timer, outbox.Drawn())
        return await until_committed(once, f"{trigger} of {id}", sandbox.queue)

    async def _once(
        self, sandbox: Sandbox, kind: str, id: str, trigger: str, details: Mapping[str, Any],
        timer: Timer | None, drawn: outbox.Drawn,
    ) -> Record | None:
        provider = self._provider_of[kind]
        work = sandbox.work(provider.event_id)
        if timer is not None:
            timer = await work.get(Timer, timer.id)
            if timer is None:
                return None
            work.remove(timer)
        record = await work.get(self._type_of[kind], id)
        if record is None:
            raise NoSuchRecord(f"there is no {kind} {id}")
        now = timer.due if timer is not None else sandbox.clock.now()
        plan = await self._plan(sandbox, provider, record, trigger, work)
        try:
            moved = await self.pull(sandbox, provider, work, record, trigger, details, now, plan.outcome)
        except Declined:
            # The books are as they were; and yet a scenario has decided, and may have more to say.
            if type(record) in provider.words.payments:
                await afterwards.remember(sandbox, provider, plan, record.id, timeline=True)
            raise
        payment = record.id if type(record) in provider.words.payments else ""
        declared = self._act_of.get((kind, trigger))
        await afterwards.hang(
            sandbox, provider, work, plan, subject=moved, payment=payment, now=now,
            means=declared.means if declared is not None else (),
        )
        await bindings.bind(work, sandbox.rules, provider, ())
        await outbox.owe(provider, sandbox, work, drawn)
        await work.commit()
        sandbox.changes.tell("act", {"subject": id, "trigger": trigger})
        return moved

    async def pull(
        self, sandbox: Sandbox, provider: Provider, work: UnitOfWork, record: Record, trigger: str,
        details: Mapping[str, Any], now: Instant, outcome: Outcome | None,
    ) -> Record | None:
        """Within somebody's unit of work: the act, where one is declared, else the row of the table."""
        declared = self._act_of.get((record.kind, trigger))
        if declared is None:
            machine = self._machine_of.get(record.kind)
            if machine is None:
                raise IllegalTrigger(record.kind, record.status, trigger)
            fired: Record = fire(work, machine, record, trigger, now)
            return fired
        doing = Doing(
            record=record, trigger=trigger, merchant=self._merchant(sandbox, provider, record),
            outcome=outcome, work=work, clock=sandbox.clock, ids=sandbox.ids, now=now, details=details,
            magic=self._magic,
        )
        return await declared.handler(doing)

    async def _plan(
        self, sandbox: Sandbox, provider: Provider, record: Record, trigger: str, work: UnitOfWork
    ) -> Plan:
        declared = self._act_of.get((record.kind, trigger))
        if declared is None or not declared.means or not sandbox.rules.any:
            return EMPTY_PLAN
        facts = outbox.record_facts(provider, record)
        return await sandbox.rules.act(provider, declared.means, facts, work)

    def _merchant(self, sandbox: Sandbox, provider: Provider, record: Record) -> Merchant:
        view = provider.words.view
        id = view(record).merchant if view is not None and type(record) in provider.words.payments else ""
        merchant = self._directory.merchant(sandbox.id, provider.name, id)
        merchant = merchant or self._directory.merchant(sandbox.id, provider.name)
        assert merchant is not None, f"{sandbox.id} has no merchant at {provider.name}"
        return merchant

