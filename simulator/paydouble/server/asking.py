"""One question to the control API as its handlers see it, and the ways in which they refuse it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from paydouble.core.provider import Provider

if TYPE_CHECKING:
    from aiohttp import web

    from paydouble.engine.sandbox import Sandbox
    from paydouble.engine.simulator import Simulator
    from paydouble.server.control import ControlApi

B = TypeVar("B")
PAGE_DEFAULT = 100
PAGE_LIMIT = 1_000


class Refused(Exception):
    """An answer that is an error; `problems` where there are several."""

    def __init__(
        self, status: int, code: str, message: str, help: str = "", *,
        problems: Sequence[Mapping[str, Any]] = (), headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.help = help
        self.problems = problems
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "message": self.message, "help": self.help}
        if self.problems:
            error["problems"] = list(self.problems)
        return {"error": error}


@dataclass(frozen=True, slots=True)
class Text:
    """An answer that is not JSON."""

    text: str
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Created:
    """An answer with status 201."""

    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask(Generic[B]):
    """B is the pydantic model of the body, or None."""

    api: ControlApi
    request: web.BaseRequest
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: B

    @property
    def simulator(self) -> Simulator:
        return self.api.simulator

    @property
    def sandbox(self) -> Sandbox:
        """Raises Refused where there is none of this name."""
        found = self.simulator.sandboxes.get(self.path["s"])
        if found is None:
            raise Refused(404, "no_sandbox", f"there is no sandbox '{self.path['s']}'",
                          "POST /_paydouble/sandboxes makes one; 'default' is always there")
        return found

    @property
    def providers(self) -> Sequence[Provider]:
        """Those loaded, or the one that `provider` names."""
        name = self.query.get("provider", "")
        return [self.provider(name)] if name else list(self.simulator.providers.values())

    def provider(self, name: str) -> Provider:
        found = self.simulator.providers.get(name)
        if found is None:
            loaded = ", ".join(self.simulator.providers)
            raise Refused(404, "no_provider", f"no provider '{name}' is loaded", f"loaded: {loaded}")
        return found

    @property
    def limit(self) -> int:
        text = self.query.get("limit", str(PAGE_DEFAULT))
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= PAGE_LIMIT):
            raise Refused(422, "bad_limit", f"limit={text}: a number from 1 to {PAGE_LIMIT}")
        return int(text)

    def page(self, items: Sequence[tuple[str, Any]]) -> tuple[list[Any], bool]:
        """Of (id, item) pairs in order: those after `after`, at most `limit`, and whether there are more.

        `order=newest` turns the order round.
        """
        ordered = list(reversed(items)) if self.query.get("order") == "newest" else list(items)
        after = self.query.get("after", "")
        if after:
            places = [place for place, (id, _) in enumerate(ordered) if id == after]
            if not places:
                raise Refused(422, "bad_cursor", f"after={after}: there is nothing of this id")
            ordered = ordered[places[0] + 1:]
        return [item for _, item in ordered[: self.limit]], len(ordered) > self.limit
