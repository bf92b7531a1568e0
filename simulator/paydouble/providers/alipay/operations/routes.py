"""Where methods live: all of them behind one path and their name, most of them also as REST resources.

https://opendocs.alipay.com/open-v3/053sd1
"""

from __future__ import annotations

from paydouble.core.operation import Route
from paydouble.providers.alipay.machines import V2, V3
from paydouble.providers.alipay.wire import GATEWAY

DOCS = "https://opendocs.alipay.com/apis"
# fmt: off
FAMILIES = {
    "trade": "api_1",
    "data":  "api_15",
    "fund":  "api_28",
}
# fmt: on
"""The first word of a method → where in the manual its family stands."""


def routes(id: str, rest: str = "POST", path: str = "") -> tuple[Route, ...]:
    """Of `alipay.<id>`, or `ant.…` as it is; `rest`: the verb of v3, nothing where v3 has no such method."""
    method = id if id.startswith("ant.") else f"alipay.{id}"
    gateway = tuple(Route(V2, verb, GATEWAY, method) for verb in ("POST", "GET"))
    return (*gateway, Route(V3, rest, path or f"/v3/{method.replace('.', '/')}")) if rest else gateway


def documented(id: str) -> str:
    """The method's page in the manual, or the manual's list of all methods."""
    family = FAMILIES.get(id.partition(".")[0])
    return f"{DOCS}/{family}/alipay.{id}" if family else DOCS
