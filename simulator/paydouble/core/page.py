"""The payer's side: pages at a provider's own addresses, each a function from a visit to what comes next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from paydouble.core.http import Headers, HttpResponse

if TYPE_CHECKING:
    from paydouble.core.act import Declined
    from paydouble.core.call import Merchant
    from paydouble.core.clock import Instant
    from paydouble.core.effect import Seal
    from paydouble.core.ids import Ids
    from paydouble.core.record import Record
    from paydouble.core.work import Work


@dataclass(frozen=True, slots=True)
class Show:
    """A template of the provider's folder `pages`, with its fields."""

    template: str
    fields: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """The browser goes on to this address."""

    url: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A trigger of the visited record, as if the payer had pulled it; then the page is asked once more."""

    trigger: str
    details: Mapping[str, object] = field(default_factory=dict)


Next = Show | Go | Pull | HttpResponse


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request of a browser."""

    merchant: Merchant
    record: Record | None
    """What the page is about; None where there is no such thing."""
    fields: Mapping[str, str]
    """Of the path, the query and the form, as one."""
    submitted: bool
    """A form was sent."""
    headers: Headers = Headers()
    """Of the browser: some providers look where it comes from."""
    base_url: str
    work: Work
    """What is saved here is committed, unless a trigger is pulled."""
    ids: Ids
    now: Instant
    seal: Seal
    """For what the browser carries back to the merchant."""
    pulled: str = ""
    """The trigger that this page has pulled just now."""
    refused: Declined | None = None
    """Why it came to nothing."""


Handler = Callable[[Visit], Awaitable[Next]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A value, listed in its provider's tuple. `path` may have variables."""

    path: str
    record: type[Record] | None
    names: Callable[[Mapping[str, str]], tuple[str, str]]
    """(handle of the merchant, id or unique key of the record), of a visit's fields."""
    index: str
    """By which attribute the record is found; empty: by its id."""
    folder: str
    """The package beside whose modules the folder `pages` stands."""
    handler: Handler
    summary: str


def page(
    path: str, record: type[Record] | None = None, *, folder: str,
    names: Callable[[Mapping[str, str]], tuple[str, str]], index: str = "",
) -> Callable[[Handler], Page]:
    """Declares the page below it; the first line of its docstring becomes the summary."""

    def declare(handler: Handler) -> Page:
        summary = (handler.__doc__ or "").strip().partition("\n")[0]
        return Page(
            path=path, record=record, names=names, index=index, folder=folder, handler=handler,
            summary=summary
        )

    return declare
