"""Simulator: the composition root, which builds everything by hand on one page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from paydouble.contracts import shipped
from paydouble.contracts.catalog import Catalog
from paydouble.core.delivery import Transport
from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.core.provider import Provider
from paydouble.engine.acts import Acts
from paydouble.engine.courier import Courier
from paydouble.engine.deferred import Deferred
from paydouble.engine.directory import Directory
from paydouble.engine.execution import Executor
from paydouble.engine.idempotency import Idempotency
from paydouble.engine.pipeline import Pipeline
from paydouble.engine.player import Player
from paydouble.engine.recovery import recover
from paydouble.engine.sandbox import DEFAULT, Sandbox
from paydouble.engine.sandboxes import Sandboxes
from paydouble.engine.switches import DEFAULT_SWITCHES, Switches
from paydouble.engine.visits import Visits
from paydouble.store.protocol import Store


class Simulator:
    """One process's payment providers. `start` before the first call, `close` after the last."""

    def __init__(
        self, providers: Iterable[Provider], *, store: Store, transport: Transport,
        switches: Switches = DEFAULT_SWITCHES, contracts: Path | None = None,
    ) -> None:
        """`contracts`: the folder of the providers' contracts, where it is not the one that ships."""
        self.providers = {provider.name: provider for provider in providers}
        self.store = store
        self.switches = switches
        self.directory = Directory()
        self.catalog = Catalog(contracts or shipped.root("contracts"))
        self.sandboxes = Sandboxes(self.providers, store, self.directory)
        self.deferred = Deferred()
        self.acts = Acts(self.providers, self.directory, self.deferred, magic=switches.magic)
        self.player = Player(self.providers, self.acts)
        self.visits = Visits(self.providers, self.directory, self.sandboxes, self.acts)
        self.courier = Courier(self.providers, self.directory, transport)
        self.sandboxes.runs(self.acts.run_timer, self.courier.deliver)
        idempotency = Idempotency()
        self._pipelines = {
            name: Pipeline(
                provider, catalog=self.catalog, directory=self.directory, sandboxes=self.sandboxes,
                executor=Executor(provider, idempotency, magic=switches.magic), courier=self.courier,
                deferred=self.deferred, player=self.player, switches=switches,
            )
            for name, provider in self.providers.items()
        }
        for name, pipeline in self._pipelines.items():
            self.deferred.serves(name, pipeline.run_later)

    async def start(self, *, seed: int = 0, clock: str = "real") -> Sandbox:
        """Revives what the store holds; makes the default sandbox where there is none."""
        await self.sandboxes.revive()
        for sandbox in self.sandboxes.all:
            await recover(sandbox)
        return self.sandboxes.get(DEFAULT) or await self.sandboxes.create(
            id=DEFAULT, seed=seed, clock=clock
        )

    async def serve(self, provider: str, request: HttpRequest) -> HttpResponse:
        """The answer to one call; never raises."""
        return await self._pipelines[provider].serve(request)

    def new_call_id(self) -> str:
        """Thirty-two hex digits."""
        return secrets.token_hex(16)

    def knows(self, provider: str, handle: str) -> bool:
        """Whether a merchant of this provider goes by this credential."""
        return self.directory.find(provider, handle) is not None


    async def close(self) -> None:
        await self.sandboxes.close()
        await self.store.close()
