"""Commits that meet each other: what lost is tried again on fresh records, and after a while in a queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from paydouble.scheduling.turns import Queue
from paydouble.store.protocol import Conflict

T = TypeVar("T")

CONFLICTS_BEFORE_QUEUE = 2
CONFLICT_RETRIES_MAX = 50


async def until_committed(attempt: Callable[[], Awaitable[T]], what: str, queue: Queue | None = None) -> T:
    """What the attempt returns once its commit is no Conflict.

    The queue is not entered twice by one task: an attempt that itself waits for other commits goes without.
    """
    queued = False
    try:
        for conflicts in range(CONFLICT_RETRIES_MAX):
            if queue is not None and conflicts == CONFLICTS_BEFORE_QUEUE:
                await queue.enter()
                queued = True
            try:
                return await attempt()
            except Conflict:
                continue
    finally:
        if queue is not None and queued:
            queue.leave()
    raise RuntimeError(f"{what}: in conflict {CONFLICT_RETRIES_MAX} times running")
