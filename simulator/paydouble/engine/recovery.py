"""After a restart: owes again, at once, what was being delivered when the process died."""

from __future__ import annotations

from dataclasses import replace

from paydouble.core.notification import Notification
from paydouble.core.work import PAGE_MAX, Timer, Walk
from paydouble.engine.courier import STARTED
from paydouble.engine.sandbox import DELIVER, Sandbox


async def recover(sandbox: Sandbox) -> None:
    """A receiver may see such a delivery twice; it never misses one."""
    interrupted: list[Notification] = []
    after = ""
    while True:
        walk = Walk(index="status", value="due", after=after, limit=PAGE_MAX)
        page = await sandbox.store.scan(sandbox.id, Notification, walk)
        interrupted += [each.record for each in page if _interrupted(each.record)]
        if len(page) < PAGE_MAX:
            break
        after = page[-1].record.id
    for notification in interrupted:
        await _owe_again(sandbox, notification)
    sandbox.wake()


def _interrupted(notification: Notification) -> bool:
    return bool(notification.attempts) and notification.attempts[-1].outcome == STARTED


async def _owe_again(sandbox: Sandbox, notification: Notification) -> None:
    work = sandbox.work()
    owed = await work.get(Notification, notification.id)
    if owed is None or not _interrupted(owed):
        return
    timer = await work.find(Timer, "subject_key", f"{Notification.kind}/{owed.id}")
    if timer is not None:
        work.remove(timer)
    attempts = (*owed.attempts[:-1], replace(owed.attempts[-1], outcome="interrupted", manual=True))
    now = sandbox.clock.now()
    owed = replace(owed, attempts=attempts, due_at=now)
    work.save(owed)
    work.at(now, owed, DELIVER)
    await work.commit()
