"""Renders the payers' pages of providers: templates that escape what they show, and no scripts."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.core.page import Go, Page, Show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment
    from markupsafe import Markup

QR_SCALE: Final = 5
HEADERS: Final = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
)


class Visiting(Protocol):
    """What a page needs of the engine."""

    def find(self, provider: str, path: str) -> tuple[Page, Mapping[str, str]] | None: ...

    async def serve(
        self, provider: str, page: Page, path: Mapping[str, str], request: HttpRequest
    ) -> Show | Go | HttpResponse | None: ...


async def visited(visits: Visiting, provider: str, request: HttpRequest) -> HttpResponse | None:
    """The page that a provider has at this address; None where it has none."""
    if request.method not in ("GET", "POST"):
        return None
    found = visits.find(provider, request.path)
    if found is None:
        return None
    match await visits.serve(provider, *found, request):
        case None:
            return HttpResponse(
                404, HEADERS, b"<!DOCTYPE html><title>404</title><p>This link is not known.</p>"
            )
        case Go(url):
            return HttpResponse(303, (("Location", url), ("Cache-Control", "no-store")))
        case Show(template, fields, status):
            page = _environment(found[0].folder).get_template(template)
            return HttpResponse(status, HEADERS, page.render(**fields).encode("utf-8", "replace"))
        case response:
            return response


@cache
def _environment(package: str) -> Environment:
    """Of one provider; loaded when its first page is asked for."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    home = import_module(package).__file__
    assert home is not None, f"{package} has no folder"
    environment = Environment(
        loader=FileSystemLoader(Path(home).parent / "pages"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )
    environment.filters["qr_code"] = _qr_code
    return environment


def _qr_code(text: str) -> Markup:
    """An inline picture, which the pages' policy lets pass; its title is the text itself."""
    import segno
    from markupsafe import Markup

    made = segno.make(text, micro=False)
    return Markup(made.svg_inline(scale=QR_SCALE, title=text, lineclass=None, svgclass="qr"))
