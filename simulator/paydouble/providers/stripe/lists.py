"""Pages of a list: cursors, limit and ranges of time (https://docs.stripe.com/api/pagination)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from paydouble.core.call import Call
from paydouble.core.clock import Instant
from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.providers.stripe.errors import Errors, missing_reference
from paydouble.providers.stripe.models import Json

R = TypeVar("R", bound=Record)

LIMIT_DEFAULT = 10
_SCAN = 101
_LATEST = Instant(253_402_300_799_999)


def everything(record: object) -> bool:
    return True


async def page(
    call: Call[Any],
    kind: type[R],
    noun: str,
    *,
    index: tuple[str, str],
    where: Callable[[R], bool] = everything,
    also: Callable[[R], Awaitable[bool]] | None = None,
) -> tuple[list[R], bool]:
    """The records of one page, newest first, and whether more follow. Raises ProviderError for bad cursors.

    `also` is a filter that has to ask the store.

    `index` is the most selective one that the filters name, with its value; `where` is for the others.
    """
    params = call.params
    after, before = params.get("starting_after", ""), params.get("ending_before", "")
    _check_cursors(after, before)
    for param, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor and await call.work.get(kind, cursor) is None:
            raise missing_reference(noun, cursor, param=param)
    limit = params.get("limit", LIMIT_DEFAULT)
    found = await _walked(
        call, kind, index, where, also, after or before, newest_first=not before, wanted=limit + 1
    )
    shown = found[:limit]
    return (shown[::-1] if before else shown), len(found) > limit


def page_of(call: Call[Any], known: list[dict[str, Any]], noun: str) -> tuple[list[dict[str, Any]], bool]:
    """One page of objects that stand inside another; raises as `page` does."""
    params = call.params
    after, before = params.get("starting_after", ""), params.get("ending_before", "")
    _check_cursors(after, before)
    ids = [one["id"] for one in known]
    for param, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor and cursor not in ids:
            raise missing_reference(noun, cursor, param=param)
    limit = params.get("limit", LIMIT_DEFAULT)
    if before:
        rest = known[: ids.index(before)]
        return rest[-limit:], len(rest) > limit
    rest = known[ids.index(after) + 1 :] if after else known
    return rest[:limit], len(rest) > limit


def _check_cursors(after: str, before: str) -> None:
    if after and before:
        raise Errors.PARAMETERS_EXCLUSIVE(
            "You may only specify one of these parameters: ending_before, starting_after.",
            param="ending_before",
        )


async def every(work: Work, kind: type[R], index: str, value: str) -> list[R]:
    """The newest records with this value, as many as one page of a walk has."""
    return list(await work.scan(kind, Walk(index=index, value=value, limit=PAGE_MAX)))


async def _walked(
    call: Call[Any],
    kind: type[R],
    index: tuple[str, str],
    where: Callable[[R], bool],
    also: Callable[[R], Awaitable[bool]] | None,
    cursor: str,
    *,
    newest_first: bool,
    wanted: int,
) -> list[R]:
    """Skips what the other filters do not want, a stretch at a time: the first as short as the page."""
    found: list[R] = []
    size = min(wanted, _SCAN)
    window = between(call.params.get("created"))
    while True:
        stretch = await call.work.scan(
            kind,
            Walk(
                index=index[0],
                value=index[1],
                after=cursor,
                between=window,
                newest_first=newest_first,
                limit=size,
            ),
        )
        for record in stretch:
            if where(record) and (also is None or await also(record)):
                found.append(record)
        if len(found) >= wanted:
            return found[:wanted]
        if len(stretch) < size:
            return found
        cursor = stretch[-1].id
        size = _SCAN


def between(created: int | Mapping[str, int] | None) -> tuple[Instant, Instant] | None:
    """Whole seconds as both bounds, inclusive, in milliseconds."""
    if created is None:
        return None
    if isinstance(created, int):
        return Instant(created * 1_000), Instant(created * 1_000 + 999)
    low = max(created.get("gte", 0), created.get("gt", -1) + 1)
    high = min(created.get("lte", _LATEST // 1_000), created.get("lt", _LATEST // 1_000 + 1) - 1)
    return Instant(low * 1_000), Instant(high * 1_000 + 999)


def shown(url: str, data: list[dict[str, object]], *, has_more: bool) -> Json:
    """The envelope of a list."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
