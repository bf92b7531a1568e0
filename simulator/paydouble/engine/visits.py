"""A payer's visit to a page: finds what it is about, asks the page, and pulls the trigger that it names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from paydouble.core.act import Declined
from paydouble.core.effect import HONEST_SEAL
from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.core.machine import IllegalTrigger
from paydouble.core.page import Go, Next, Page, Pull, Show, Visit
from paydouble.core.provider import Provider
from paydouble.engine.contention import until_committed
from paydouble.engine.effects import seal
from paydouble.scheduling.clocks import real_now

if TYPE_CHECKING:
    from paydouble.core.call import Merchant
    from paydouble.core.record import Record
    from paydouble.engine.acts import Acts
    from paydouble.engine.directory import Directory
    from paydouble.engine.sandbox import Sandbox
    from paydouble.engine.sandboxes import Sandboxes

PULLS_MAX = 5
"""A page is asked once more after each trigger that it pulls."""
NOT_NOW = "this cannot be done any more"


class Visits:
    """Serves the pages of all providers."""

    def __init__(
        self, providers: Mapping[str, Provider], directory: Directory, sandboxes: Sandboxes, acts: Acts
    ) -> None:
        self._providers = providers
        self._directory = directory
        self._sandboxes = sandboxes
        self._acts = acts

    def find(self, provider: str, path: str) -> tuple[Page, Mapping[str, str]] | None:
        """The page at this path, still percent-encoded, with the variables of the path."""
        for page in self._providers[provider].pages:
            variables = _matched(page.path, path)
            if variables is not None:
                return page, variables
        return None

    async def serve(
        self, provider: str, page: Page, path: Mapping[str, str], request: HttpRequest
    ) -> Show | Go | HttpResponse | None:
        """What the browser gets; None where the page's address names no merchant."""
        fields = {**_form(request.query.encode()), **_form(request.body), **path}
        handle, key = page.names(fields)
        merchant = self._directory.find(provider, handle)
        if merchant is None:
            return None
        sandbox = self._sandboxes.of(merchant)
        pulled, refused = "", None
        for _ in range(PULLS_MAX):
            once = partial(
                self._once, sandbox, page, key, merchant=merchant, fields=fields, request=request,
                pulled=pulled, refused=refused,
            )
            result, record = await until_committed(once, page.path)
            if not isinstance(result, Pull):
                return result
            assert record is not None, f"{page.path} pulls {result.trigger} of nothing"
            pulled = result.trigger
            try:
                await self._acts.act(sandbox, record.kind, record.id, result.trigger, result.details)
            except Declined as declined:
                refused = declined
            except IllegalTrigger:
                refused = Declined("not_permitted", NOT_NOW)
        raise RuntimeError(f"{page.path} pulls {pulled} again and again")

    async def _once(
        self, sandbox: Sandbox, page: Page, key: str, *, merchant: Merchant, fields: Mapping[str, str],
        request: HttpRequest, pulled: str, refused: Declined | None,
    ) -> tuple[Next, Record | None]:
        """What the page says, with what it is about; its writes are committed unless it pulls a trigger."""
        work = sandbox.work(self._providers[merchant.provider].event_id)
        record = None
        if page.record is not None and key:
            found = work.find(page.record, page.index, key) if page.index else work.get(page.record, key)
            record = await found
        result = await page.handler(Visit(
            merchant=merchant, record=record, fields=fields, submitted=request.method == "POST",
            headers=request.headers, base_url=request.base_url, work=work, ids=sandbox.ids,
            now=sandbox.clock.now(), seal=seal(HONEST_SEAL, real_now(), request.id), pulled=pulled,
            refused=refused,
        ))
        if not isinstance(result, Pull):
            await work.commit()
        return result, record


def _form(text: bytes) -> dict[str, str]:
    return dict(parse_qsl(text.decode("utf-8", "replace"), keep_blank_values=True))


def _matched(template: str, path: str) -> dict[str, str] | None:
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    variables = {}
    for name, value in zip(wanted, given, strict=True):
        if name.startswith("{"):
            variables[name[1:-1]] = unquote(value)
        elif name != value:
            return None
    return variables
