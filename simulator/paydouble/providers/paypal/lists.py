"""Lists with numbered pages, as the billing APIs have them: `page` from 1, totals where they are asked for.

https://developer.paypal.com/docs/api/reference/api-requests/#query-parameters
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from paydouble.core.record import Record
from paydouble.core.work import PAGE_MAX, Walk, Work
from paydouble.providers.paypal.models import Json
from paydouble.providers.paypal.showing import link

R = TypeVar("R", bound=Record)

PAGE_SIZE, PAGE_SIZE_MAX = 10, 20


async def every(work: Work, kind: type[R], index: str, value: str, *, newest_first: bool = True) -> list[R]:
    """All records under an index, however many pages of the store that takes."""
    found: list[R] = []
    after = ""
    while True:
        walk = Walk(index=index, value=value, after=after, newest_first=newest_first, limit=PAGE_MAX)
        page = await work.scan(kind, walk)
        found += page
        if len(page) < PAGE_MAX:
            return found
        after = page[-1].id


def paged(
    name: str, found: Sequence[R], show: Callable[[R], Json], params: Mapping[str, Any], href: str
) -> Json:
    """One page of what was found, under `name`, with links to its neighbours."""
    size, page = int(params.get("page_size", PAGE_SIZE)), int(params.get("page", 1))
    pages = max(1, -(-len(found) // size))
    body: Json = {name: [show(one) for one in found[(page - 1) * size : page * size]]}
    if params.get("total_required") == "true":
        body |= {"total_items": len(found), "total_pages": pages}
    asked = {key: str(value) for key, value in params.items() if key not in ("page", "page_size")}

    def to(number: int, rel: str) -> Json:
        query = urlencode({**asked, "page_size": size, "page": number})
        return link(f"{href}?{query}", rel) | {"encType": "application/json"}

    links = [to(page, "self"), to(1, "first")]
    if page > 1:
        links.append(to(page - 1, "prev"))
    if page < pages:
        links.append(to(page + 1, "next"))
    return body | {"links": [*links, to(pages, "last")]}
