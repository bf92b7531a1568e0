"""The work of one call: a turn of its key, a unit of work, the handler, one commit; again on conflict."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from paydouble.core.call import Call, Merchant, Reply
from paydouble.core.effect import Plan
from paydouble.core.errors import ProviderError
from paydouble.core.http import Envelope, HttpResponse
from paydouble.core.notification import Notification
from paydouble.core.operation import Operation, ReplayKey, Shows
from paydouble.core.provider import Api, Provider
from paydouble.core.record import Record
from paydouble.core.statement import HONEST_STATEMENT
from paydouble.engine import afterwards, bindings, outbox
from paydouble.engine.contention import until_committed
from paydouble.engine.idempotency import NO_TURN, Idempotency, KeptAnswer, Turn
from paydouble.engine.sandbox import Sandbox
from paydouble.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from paydouble.scenarios.drawing import Activation


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
    chosen: tuple[Activation, ...] = ()
    """Activations that the request, or the field of its payment, asks for."""
    payment: str = ""
    """The provider's id of the payment that it is about, where that is known before the work."""
    looked: UnitOfWork | None = None
    """What the draw has read with, where there was one; a call that changes nothing goes on with it."""

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
        if task.operation.reads and task.replay_key is None and not _says_more(task.plan):
            done = await self._read(task)
            if done is not None:
                return done
        with self.turn(task) if task.replay_key is not None else NO_TURN as turn:
            once = partial(self._once, task, turn, outbox.Drawn())
            return await until_committed(once, task.operation.id, task.sandbox.queue)

    async def _read(self, task: Task) -> Done | None:
        """A call that changes nothing needs no turn and no commit; None where it wrote after all."""
        work = task.looked or task.sandbox.work()
        call = self._call(task, work)
        await self._provider.permit(call)
        reply = await task.operation.handler(call)
        if reply.error is None:
            reply = await self._provider.complete(call, reply)
        if work.writes:
            return None
        response = self._encoded(task, reply)
        return Done(response, reply.subject, [], refused=reply.error is not None)

    async def _once(self, task: Task, turn: Turn, drawn: outbox.Drawn) -> Done:
        """One try. Raises Conflict where another's commit was first."""
        work = task.sandbox.work(self._provider.event_id, self._cause(task))
        call = self._call(task, work)
        now = task.sandbox.clock.now()
        kept = None if turn.key is None else await turn.kept(work, now)
        if kept is not None:
            return await self._replay(task, call, kept)
        reply = await self._handled(task, turn, call, work)
        response = self._encoded(task, reply)
        if not work.writes and turn.key is None and not _says_more(task.plan):
            return Done(response, reply.subject, [], refused=reply.error is not None)
        turn.keep(work, now, response, reply.subject)
        await afterwards.hang(
            task.sandbox, self._provider, work, task.plan, subject=reply.subject, payment=task.payment,
            means=task.operation.means, now=now, chosen=task.chosen,
        )
        await bindings.bind(work, task.sandbox.rules, self._provider, task.chosen)
        owed = await outbox.owe(self._provider, task.sandbox, work, drawn)
        await work.commit()
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
            statement=task.plan.statement or HONEST_STATEMENT,
        )

    def _cause(self, task: Task) -> dict[str, str]:
        return {"request": task.envelope.request.id, "idempotency_key": task.key_value}


def _says_more(plan: Plan) -> bool:
    """Something hangs on the commit even where the work itself writes nothing."""
    return plan.sequel is not None or bool(plan.shapes)
