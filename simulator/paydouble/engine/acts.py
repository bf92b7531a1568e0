"""act(): the one door for payer, timer, scenario and control API; a call without a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paydouble.core.act import Act, Doing
from paydouble.core.call import Merchant
from paydouble.core.clock import Instant
from paydouble.core.effect import EMPTY_PLAN, Plan
from paydouble.core.machine import IllegalTrigger, Machine, fire
from paydouble.core.provider import Provider
from paydouble.core.record import Record
from paydouble.core.work import Timer
from paydouble.engine import fates, outbox
from paydouble.engine.deferred import RUN, Deferred, DeferredCall
from paydouble.engine.directory import Directory
from paydouble.engine.sandbox import Sandbox
from paydouble.store.protocol import Conflict
from paydouble.store.unit_of_work import UnitOfWork

CONFLICTS_BEFORE_QUEUE = 2
CONFLICT_RETRIES_MAX = 50


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
        self._act_of: dict[tuple[str, str], Act[Any]] = {
            (act.record.kind, act.trigger): act for p in providers.values() for act in p.acts
        }

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
        queued, drawn = False, outbox.Drawn()
        try:
            for conflicts in range(CONFLICT_RETRIES_MAX):
                if conflicts == CONFLICTS_BEFORE_QUEUE:
                    await sandbox.queue.enter()
                    queued = True
                try:
                    return await self._once(sandbox, kind, id, trigger, details, timer, drawn)
                except Conflict:
                    continue
        finally:
            if queued:
                sandbox.queue.leave()
        raise RuntimeError(f"{trigger} of {id}: in conflict {CONFLICT_RETRIES_MAX} times running")

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
        moved, plan = await self._move(sandbox, provider, work, record, trigger, details, now)
        if moved is not None and type(moved) in provider.words.payments:
            await fates.bind(work, plan, moved.id)
        await outbox.owe(provider, sandbox, work, drawn)
        await work.commit()
        sandbox.changes.tell("act", {"subject": id, "trigger": trigger})
        return moved

    async def _move(
        self, sandbox: Sandbox, provider: Provider, work: UnitOfWork, record: Record, trigger: str,
        details: Mapping[str, Any], now: Instant,
    ) -> tuple[Record | None, Plan]:
        declared = self._act_of.get((record.kind, trigger))
        if declared is None:
            machine = self._machine_of.get(record.kind)
            if machine is None:
                raise IllegalTrigger(record.kind, record.status, trigger)
            return fire(work, machine, record, trigger, now), EMPTY_PLAN
        plan = await self._plan(sandbox, provider, declared, record)
        doing = Doing(
            record=record, trigger=trigger, merchant=self._merchant(sandbox, provider, record),
            outcome=plan.outcome, work=work, clock=sandbox.clock, ids=sandbox.ids, now=now, details=details,
            magic=self._magic,
        )
        return await declared.handler(doing), plan

    async def _plan(
        self, sandbox: Sandbox, provider: Provider, declared: Act[Any], record: Record
    ) -> Plan:
        if not declared.means or not sandbox.rules.any:
            return EMPTY_PLAN
        return await sandbox.rules.act(provider, declared.means, outbox.record_facts(provider, record))

    def _merchant(self, sandbox: Sandbox, provider: Provider, record: Record) -> Merchant:
        view = provider.words.view
        id = view(record).merchant if view is not None and type(record) in provider.words.payments else ""
        merchant = self._directory.merchant(sandbox.id, provider.name, id)
        merchant = merchant or self._directory.merchant(sandbox.id, provider.name)
        assert merchant is not None, f"{sandbox.id} has no merchant at {provider.name}"
        return merchant

