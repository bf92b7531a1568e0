"""The turn of a replay key: running, kept, replayed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

from paydouble.core import json_bytes
from paydouble.core.clock import Instant, later
from paydouble.core.errors import ProviderError
from paydouble.core.http import HttpResponse
from paydouble.core.operation import Keeps, ReplayKey, Scope
from paydouble.core.record import Record
from paydouble.core.work import Work
from paydouble.scheduling.turns import Taken, Turns

RUNNING, KEPT = "running", "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer(Record):
    """The answer of the first call with a key, or the fact that it is still running."""

    kind: ClassVar[str] = "kept_answer"

    fingerprint: str
    expires: Instant
    http_status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    subject_kind: str = ""
    subject: str = ""
    owner: str = ""
    """Which call is running, while it is."""

    def response(self, key: ReplayKey) -> HttpResponse:
        """The first bytes again, marked as a replay."""
        return HttpResponse(self.http_status, (*self.headers, *key.marks), self.body)


@dataclass(slots=True)
class Turn:
    """One call's hold on its key; without a key it does nothing."""

    key: ReplayKey | None
    id: str
    fingerprint: str
    owner: str

    async def kept(self, work: Work, now: Instant) -> KeptAnswer | None:
        """The answer to replay, if there is one. Raises the in-progress and mismatch rows."""
        if self.key is None or not self.id:
            return None
        found = await work.get(KeptAnswer, self.id)
        if found is None or found.expires <= now:
            return None
        if self.key.mismatch is not None and found.fingerprint != self.fingerprint:
            raise self.key.mismatch(key=self.id.rpartition("/")[2])
        if found.status == RUNNING:
            if found.owner == self.owner:
                return None
            raise self.key.in_progress(key=self.id.rpartition("/")[2])
        return found

    def keeps(self, error: ProviderError) -> bool:
        """Whether this refusal is stored and shown again."""
        return bool(self.id) and self.key is not None and self.key.keeps is Keeps.EXECUTED

    def keep(self, work: Work, now: Instant, response: HttpResponse, subject: Record | None) -> None:
        """Stores the honest answer in the same unit of work as what it tells of."""
        if self.key is None or not self.id:
            return
        if self.key.keeps is Keeps.DONE and response.status >= 400:
            return
        work.save(KeptAnswer(
            id=self.id, status=KEPT, created=now, fingerprint=self.fingerprint,
            expires=later(now, self.key.lifetime), http_status=response.status,
            headers=response.headers, body=response.body,
            subject_kind=subject.kind if subject else "", subject=subject.id if subject else "",
        ))

    def claim(self, work: Work, now: Instant) -> None:
        """Marks the key as running, for a call whose work is done later."""
        if self.key is not None and self.id:
            work.save(KeptAnswer(
                id=self.id, status=RUNNING, created=now, fingerprint=self.fingerprint,
                expires=later(now, self.key.lifetime), owner=self.owner,
            ))


NO_TURN: AbstractContextManager[Turn] = nullcontext(Turn(None, "", "", ""))
"""For calls that no key repeats."""


class Idempotency:
    """Hands out turns; within a process a key has one at a time."""

    def __init__(self) -> None:
        self._turns = Turns()

    @contextmanager
    def turn(
        self, key: ReplayKey | None, value: str, *, space: str, target: str,
        params: Mapping[str, Any], owner: str,
    ) -> Iterator[Turn]:
        """`space` is sandbox, provider and account; `target` is method and path. Raises the key's rows."""
        if key is None or not value:
            if key is not None and key.missing is not None:
                raise key.missing()
            yield Turn(None, "", "", owner)
            return
        scope = f"{space}|{target}" if key.scope is Scope.TARGET else space
        id = f"{scope}/{value}"
        fingerprint = hashlib.sha256(
            json_bytes.dumps_sorted({"target": target, "params": params})
        ).hexdigest()
        try:
            with self._turns.hold(id):
                yield Turn(key, id, fingerprint, owner)
        except Taken:
            raise key.in_progress(key=value) from None
