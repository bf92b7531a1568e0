"""The sandboxes of a simulator: create, find, reset, snapshot, restore, drop."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from paydouble.core.call import Merchant
from paydouble.core.clock import Instant
from paydouble.core.provider import Provider
from paydouble.core.work import Timer
from paydouble.engine import keyring
from paydouble.engine.activations import Level
from paydouble.engine.directory import Directory
from paydouble.engine.sandbox import DEFAULT, Sandbox, SandboxHead
from paydouble.store.protocol import Store

if TYPE_CHECKING:
    from paydouble.scenarios.rule import Scenario

SANDBOXES_MAX = 10_000
SNAPSHOT_MARK = "~"
RunTimer = Callable[[Sandbox, Timer], Awaitable[None]]


class UnknownSandbox(LookupError):
    """There is no sandbox of this name."""


class Sandboxes:
    """Every sandbox by id. Creating one makes no key and writes nothing but its head."""

    def __init__(self, providers: Mapping[str, Provider], store: Store, directory: Directory) -> None:
        self._providers = providers
        self._store = store
        self._directory = directory
        self._all: dict[str, Sandbox] = {}
        self.defaults: tuple[Scenario, ...] = ()
        """In force in every sandbox, after its own."""
        self._run: RunTimer | None = None
        self._deliver: RunTimer | None = None

    def runs(self, run: RunTimer, deliver: RunTimer) -> None:
        """What timers do when due; told once the parts that do it are built."""
        self._run, self._deliver = run, deliver

    def get(self, id: str) -> Sandbox | None:
        return self._all.get(id)

    def named(self, id: str) -> Sandbox:
        """Raises UnknownSandbox."""
        found = self._all.get(id)
        if found is None:
            raise UnknownSandbox(id)
        return found

    def of(self, merchant: Merchant) -> Sandbox:
        return self._all[merchant.sandbox]

    @property
    def all(self) -> tuple[Sandbox, ...]:
        return tuple(self._all.values())

    async def create(
        self, *, id: str = "", seed: int = 0, clock: str = "real", start: Instant | None = None,
        webhooks: Mapping[str, str] | None = None, fresh_keys: bool = False,
    ) -> Sandbox:
        """A new world. Raises ValueError for a bad clock, a taken id, or one sandbox too many."""
        id = id or f"sb{secrets.token_hex(6)}"
        if id in self._all:
            raise ValueError(f"there is a sandbox {id} already")
        if len(self._all) >= SANDBOXES_MAX:
            raise ValueError(f"{SANDBOXES_MAX} sandboxes are enough; delete some")
        head = SandboxHead(
            id=id, seed=seed, clock=clock, business_now=start or Instant(0), start=start or Instant(0),
            fresh_keys=fresh_keys, webhooks=dict(webhooks or {}),
        )
        return await self._begin(head, new=True)

    async def revive(self) -> None:
        """Brings back what a durable store holds, and owes again what was under way when the process died."""
        for id in await self._store.sandboxes():
            if SNAPSHOT_MARK in id or id in self._all:
                continue
            found = await self._store.get(id, SandboxHead, id)
            if found is not None:
                (await self._begin(found.record, new=False)).wake()

    async def _begin(self, head: SandboxHead, *, new: bool) -> Sandbox:
        incarnation = await self._store.tally(head.id, "incarnations")
        sandbox = Sandbox(head, self._store, incarnation, run=self._ran(head.id), deliver=self._sent(head.id))
        keys = keyring.fresh() if head.fresh_keys else keyring.well_known()
        for provider in self._providers.values():
            self._directory.add(provider.merchant(head.id, keys))
        self._all[head.id] = sandbox
        await sandbox.rules.revive(list(self._providers.values()))
        await self._put_defaults_in_force(sandbox)
        sandbox.plays = not new
        if new:
            await self.remember(sandbox)
            for name, url in head.webhooks.items():
                await self._subscribe(sandbox, name, url)
        return sandbox

    def _ran(self, id: str) -> Callable[[Timer], Awaitable[None]]:
        async def run(timer: Timer) -> None:
            assert self._run is not None
            await self._guarded(self._run, self._all[id], timer)

        return run

    def _sent(self, id: str) -> Callable[[Timer], Awaitable[None]]:
        async def deliver(timer: Timer) -> None:
            assert self._deliver is not None
            await self._guarded(self._deliver, self._all[id], timer)

        return deliver

    async def _guarded(self, run: RunTimer, sandbox: Sandbox, timer: Timer) -> None:
        """A timer that fails inside the simulator is told to the audit, and not due for ever."""
        try:
            await run(sandbox, timer)
        except Exception as error:
            what = f"{timer.trigger} of {timer.subject}"
            sandbox.log.internal_errors.append(f"{what}: {type(error).__name__}: {error}")
            work = sandbox.work()
            work.remove(timer)
            await work.commit()
            raise

    async def _put_defaults_in_force(self, sandbox: Sandbox) -> None:
        put = [sandbox.rules.activate(scenario, level=Level.DEFAULT) for scenario in self.defaults]
        await sandbox.rules.keep(*put)

    async def remember(self, sandbox: Sandbox) -> None:
        """Saves the sandbox's head with its business time."""
        work = sandbox.work()
        await work.get(SandboxHead, sandbox.id)
        now = sandbox.clock.now() if sandbox.clock.stands else sandbox.head.business_now
        sandbox.head = replace(sandbox.head, business_now=now)
        work.save(sandbox.head)
        await work.commit()

    async def webhook(self, id: str, provider: str, url: str) -> None:
        """Tells this provider's notifications to a URL from now on. Raises KeyError for no such provider."""
        sandbox = self.named(id)
        await self._subscribe(sandbox, provider, url)
        sandbox.head = replace(sandbox.head, webhooks={**sandbox.head.webhooks, provider: url})
        await self.remember(sandbox)

    async def _subscribe(self, sandbox: Sandbox, name: str, url: str) -> None:
        provider = self._providers[name]
        merchant = self._directory.merchant(sandbox.id, name)
        assert merchant is not None
        work = sandbox.work(provider.event_id)
        await provider.subscribe(work, merchant, url, sandbox.clock)
        await work.commit()

    async def reset(self, id: str) -> Sandbox:
        """Back to how it was created, under the same credentials."""
        sandbox = self.named(id)
        head = replace(sandbox.head, business_now=sandbox.head.start)
        await self._end(sandbox)
        await self._store.drop(id)
        return await self._begin(head, new=True)

    async def drop(self, id: str) -> None:
        """Forgets it and its snapshots.

        Raises ValueError for the default sandbox, which is only ever reset.
        """
        if id == DEFAULT:
            raise ValueError("the default sandbox stays; reset it instead")
        await self._end(self.named(id))
        await self._store.drop(id)
        for kept in await self._store.sandboxes():
            if kept.startswith(f"{id}{SNAPSHOT_MARK}"):
                await self._store.drop(kept)

    async def _end(self, sandbox: Sandbox) -> None:
        await sandbox.close()
        self._directory.drop(sandbox.id)
        self._all.pop(sandbox.id, None)

    async def snapshot(self, id: str, name: str) -> None:
        """Keeps a copy of all records under a name."""
        await self.remember(self.named(id))
        await self._store.copy(id, f"{id}{SNAPSHOT_MARK}{name}")

    async def restore(self, id: str, name: str) -> Sandbox:
        """Raises UnknownSandbox where there is no such snapshot."""
        kept = f"{id}{SNAPSHOT_MARK}{name}"
        if kept not in await self._store.sandboxes():
            raise UnknownSandbox(kept)
        sandbox = self.named(id)
        await self._end(sandbox)
        await self._store.copy(kept, id)
        found = await self._store.get(id, SandboxHead, id)
        assert found is not None
        restored = await self._begin(found.record, new=False)
        restored.wake()
        return restored

    async def close(self) -> None:
        for sandbox in tuple(self._all.values()):
            await sandbox.close()
