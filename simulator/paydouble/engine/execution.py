"""The work of one call: a turn of its key, a unit of work, the handler, one commit; again on conflict."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from paydouble.core.call import Call, Merchant, Reply
from paydouble.core.effect import Plan
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, HttpResponse
from paydouble.core.notification import Notification
from paydouble.core.operation import Operation, ReplayKey, Shows
from paydouble.core.provider import Api, Provider
from paydouble.core.record import Record
from paydouble.engine import fates, outbox
from paydouble.engine.idempotency import NO_TURN, Idempotency, KeptAnswer, Turn
from paydouble.engine.sandbox import Sandbox
from paydouble.store.protocol import Conflict
from paydouble.store.unit_of_work import UnitOfWork

CONFLICTS_BEFORE_QUEUE = 2
CONFLICT_RETRIES_MAX = 50


@dataclass(slots=True, kw_only=True)
class Task:
    """A call that is well signed and well formed, with what it drew."""

    api: Api
    envelope: Envelope
    operation: Operation
    merchant: Merchant
    account: str
    sandbox: Sandbox
    params: Mapping[str, Any]
    plan: Plan

    @property
    def replay_key(self) -> ReplayKey | None:
        key = self.operation.idempotency
        return key if isinstance(key, ReplayKey) else None

    @property
    def key_value(self) -> str:
        key = self.replay_key
        return self.envelope.request.headers.get(key.header) if key is not None else ""


@dataclass(slots=True)
class Done:
    """What was committed: the honest answer, what it was about, and what it owes."""

    response: HttpResponse
    subject: Record | None
    owed: list[Notification]
    replayed: bool = False
    refused: bool = False
    """The answer is an error, and yet something was written."""
    set_timers: bool = False
    """Something may be due now."""


class Executor:
    """Executes the calls of one provider."""

    def __init__(self, provider: Provider, idempotency: Idempotency, *, magic: bool = True) -> None:
        self._provider = provider
        self._magic = magic
        self._idempotency = idempotency
        self._payments = {kind.kind for kind in provider.words.payments}
        self._kinds = {record.kind: record for record in provider.records}

    def turn(self, task: Task) -> AbstractContextManager[Turn]:
        """The hold on this call's replay key."""
        return self._idempotency.turn(
            task.replay_key, task.key_value,
            space=f"{task.sandbox.id}/{self._provider.name}/{task.account}",
            target=f"{task.envelope.request.method} {task.envelope.path}",
            params=task.params, owner=task.envelope.request.id,
        )

    async def execute(self, task: Task) -> Done:
        """Raises ProviderError where the provider refuses and nothing is written."""
        if task.operation.reads and task.replay_key is None:
            done = await self._read(task)
            if done is not None:
                return done
        with self.turn(task) if task.replay_key is not None else NO_TURN as turn:
            queued, drawn = False, outbox.Drawn()
            try:
                for conflicts in range(CONFLICT_RETRIES_MAX):
                    if conflicts == CONFLICTS_BEFORE_QUEUE:
                        await task.sandbox.queue.enter()
                        queued = True
                    done = await self._once(task, turn, drawn)
                    if done is not None:
                        return done
            finally:
                if queued:
                    task.sandbox.queue.leave()
        raise RuntimeError(f"{task.operation.id}: in conflict {CONFLICT_RETRIES_MAX} times running")

    async def _read(self, task: Task) -> Done | None:
        """A call that changes nothing needs no turn and no commit; None where it wrote after all."""
        work = task.sandbox.work(self._provider.event_id, self._cause(task))
        call = self._call(task, work)
        await self._provider.permit(call)
        reply = await task.operation.handler(call)
        if reply.error is None:
            reply = await self._provider.complete(call, reply)
        if work.writes:
            return None
        response = self._encoded(task, reply)
        return Done(response, reply.subject, [], refused=reply.error is not None)

    async def _once(self, task: Task, turn: Turn, drawn: outbox.Drawn) -> Done | None:
        """One try; None where another's commit was first."""
        work = task.sandbox.work(self._provider.event_id, self._cause(task))
        call = self._call(task, work)
        now = task.sandbox.clock.now()
        kept = None if turn.key is None else await turn.kept(work, now)
        if kept is not None:
            return await self._replay(task, call, kept)
        reply = await self._handled(task, turn, call, work)
        response = self._encoded(task, reply)
        if not work.writes and turn.key is None:
            return Done(response, reply.subject, [], refused=reply.error is not None)
        turn.keep(work, now, response, reply.subject)
        if reply.subject is not None and reply.subject.kind in self._payments:
            await fates.bind(work, task.plan, reply.subject.id)
        owed = await outbox.owe(self._provider, task.sandbox, work, drawn)
        try:
            await work.commit()
        except Conflict:
            return None
        return Done(
            response, reply.subject, owed, refused=reply.error is not None, set_timers=bool(work.timers)
        )

    async def _handled(self, task: Task, turn: Turn, call: Call[Any], work: UnitOfWork) -> Reply:
        await self._provider.permit(call)
        try:
            reply = await task.operation.handler(call)
        except ProviderError as error:
            if not turn.keeps(error):
                raise
            work.rollback()                         # the refusal is kept, its writes are not
            return Reply.refused(error)
        if reply.error is not None:
            return reply
        return await self._provider.complete(call, reply)

    def _encoded(self, task: Task, reply: Reply) -> HttpResponse:
        if reply.error is not None:
            return task.api.wire.encode_error(task.envelope, reply.error)
        return task.api.wire.encode(task.envelope, reply)

    async def _replay(self, task: Task, call: Call[Any], kept: KeptAnswer) -> Done:
        key = task.replay_key
        assert key is not None
        kind = self._kinds.get(kept.subject_kind)
        subject = await call.work.get(kind, kept.subject) if kind is not None else None
        if key.shows is Shows.CURRENT and key.current is not None and subject is not None:
            reply = await self._provider.complete(call, await key.current(call, subject))
            response = self._encoded(task, replace(reply, status=key.status or reply.status))
            return Done(response, subject, [], replayed=True)
        return Done(kept.response(key), subject, [], replayed=True)

    def _call(self, task: Task, work: UnitOfWork) -> Call[Any]:
        return Call(
            request=task.envelope.request, envelope=task.envelope, merchant=task.merchant,
            account=task.account, params=dict(task.params), outcome=task.plan.outcome, work=work,
            clock=task.sandbox.clock, ids=task.sandbox.ids, magic=self._magic,
        )

    def _cause(self, task: Task) -> dict[str, str]:
        return {"request": task.envelope.request.id, "idempotency_key": task.key_value}
