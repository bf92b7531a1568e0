"""A sample shop as a process of its own, in the environment that `run` builds, with a sandbox to itself."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from paydouble.cli.endings import EnvironmentProblem
from paydouble.cli.environment import OURS_ALONE, variables

if TYPE_CHECKING:
    import aiohttp

    from paydouble.client.control import AsyncControlClient
    from paydouble.server.assembly import Opened

READY_S: Final = 30.0
"""Two shops import their SDKs at once, perhaps on a busy machine."""
FOLDER_OURS_ALONE: Final = OURS_ALONE | 0o100


@dataclass(slots=True)
class Stand:
    """`name` is that of the shop's variant and of its sandbox."""

    name: str
    url: str
    process: asyncio.subprocess.Process
    control: AsyncControlClient
    session: aiohttp.ClientSession

    async def order(self, id: str, provider: str, amount: str) -> dict[str, Any]:
        """The shop's answer, also where it is an error."""
        body = {"id": id, "provider": provider, "amount": amount}
        async with self.session.post(f"{self.url}/orders", json=body) as answer:
            return dict(await answer.json())

    async def shown(self, id: str) -> dict[str, Any]:
        async with self.session.get(f"{self.url}/orders/{id}") as answer:
            return dict(await answer.json())

    async def ask(self, path: str) -> Any:
        return await self.control.get(f"sandboxes/{self.name}/{path}")

    async def tell(self, path: str, body: dict[str, Any]) -> Any:
        return await self.control.post(f"sandboxes/{self.name}/{path}", body)

    async def close(self) -> None:
        with suppress(ProcessLookupError):
            self.process.terminate()
        await self.process.wait()


async def open_stand(
    name: str, opened: Opened, folder: Path, control: AsyncControlClient, session: aiohttp.ClientSession
) -> Stand:
    """Takes orders when it returns. Raises EnvironmentProblem where it does not start."""
    await control.post("sandboxes", {"id": name})
    own = folder / name
    own.mkdir(mode=FOLDER_OURS_ALONE)
    arguments = ["--careless"] if name == "careless" else []
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "paydouble.cli.demo.shop", *arguments,
        env=variables(opened, own, sandbox=name), stdout=asyncio.subprocess.PIPE,
    )
    stand = Stand(name, "", process, control, session)
    try:
        stand.url = await _address(process)
        await stand.tell("webhooks", {"provider": "stripe", "url": f"{stand.url}/callbacks/stripe"})
    except BaseException:
        await stand.close()
        raise
    return stand


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            line = await process.stdout.readline()
        return str(json.loads(line)["url"])
    except (TimeoutError, ValueError) as error:
        raise EnvironmentProblem("the sample shop did not start") from error
