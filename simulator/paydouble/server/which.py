"""Which provider a request is for: its host name, then its route, then the shape of its credentials."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from paydouble.core.http import Headers
    from paydouble.core.provider import Provider

Knows = Callable[[str, str], bool]
"""(provider, handle): whether one of that provider's merchants, of any sandbox, is named so."""

# fmt: off
_SCHEMES = (            # the Authorization header's start, in lower case → whose it is
    ("wechatpay2-",     "wechatpay"),
    ("alipay-sha",      "alipay"),
    ("bearer sk_",      "stripe"),
    ("bearer rk_",      "stripe"),
    ("bearer pk_",      "stripe"),
    ("bearer ek_",      "stripe"),
    ("bearer ",         "paypal"),
    ("basic ",          "paypal"),
)
_HEADERS = (            # headers that only one provider's clients send
    ("Stripe-Version",          "stripe"),
    ("Stripe-Account",          "stripe"),
    ("PayPal-Request-Id",       "paypal"),
    ("Wechatpay-Serial",        "wechatpay"),
    ("alipay-request-id",       "alipay"),
)
# fmt: on
_NAMED = re.compile(r'\b(?:mchid|app_id)="?([A-Za-z0-9]+)')


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    below: set[str] = field(default_factory=set)
    """Providers with a route through here."""
    ends: set[tuple[str, str]] = field(default_factory=set)
    """(provider, method) of the routes that end here."""


class Which:
    """Built once from the declarations of the loaded providers; asked once a request."""

    __slots__ = ("_by_host", "_knows", "_loaded", "_owned", "_root", "_templates")

    def __init__(self, providers: Mapping[str, Provider], knows: Knows) -> None:
        self._loaded = frozenset(providers)
        self._knows = knows
        self._by_host = {
            host.lower(): name for name, provider in providers.items() for host in provider.hosts
        }
        self._root = _Node()
        self._templates: dict[str, str] = {}
        beginnings: dict[tuple[str, str], set[str]] = {}
        for name, provider in providers.items():
            for method, path in _served(provider):
                self._add(name, method, path)
                first, second = (*path.split("/", 3)[1:3], "")[:2]
                beginnings.setdefault((first, second), set()).add(name)
        self._owned = _sole(beginnings)

    @property
    def hosts(self) -> frozenset[str]:
        return frozenset(self._by_host)

    def by_host(self, name: str) -> str:
        """The provider whose own host this is, or nothing; `name` may have a port."""
        return self._by_host.get(host_only(name), "")

    def provider_of(self, method: str, path: str, headers: Headers) -> str:
        """Its name, or nothing; `path` is still percent-encoded and without the query.

        What matches a route is that route's. An unknown path goes by credentials, and last to the only
        provider whose paths begin like it, so that it gets the right provider's own 404.
        """
        if provider := self.by_host(headers.get("host")):
            return provider
        beginning = path.split("/", 3)
        if len(beginning) > 2 and (owner := self._owned.get((beginning[1], beginning[2]))):
            return owner
        whole, prefix = self._by_route(method, path)
        if len(whole) == 1:
            return next(iter(whole))
        by_credentials = self._by_credentials(headers)
        if whole:
            return by_credentials if by_credentials in whole else min(whole)
        if by_credentials and (by_credentials in prefix or not prefix):
            return by_credentials
        return next(iter(prefix)) if len(prefix) == 1 else by_credentials

    def nearest(self, path: str) -> str:
        """The declared path that looks most like it, with its provider's name; or nothing."""
        import difflib

        found = difflib.get_close_matches(path, self._templates, n=1)
        return f"{found[0]} ({self._templates[found[0]]})" if found else ""

    def _add(self, provider: str, method: str, path: str) -> None:
        node = self._root
        for segment in path.split("/")[1:]:
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.literals.setdefault(segment, _Node())
            node.below.add(provider)
        node.ends.add((provider, method))
        self._templates.setdefault(path, provider)

    def _by_route(self, method: str, path: str) -> tuple[set[str], set[str]]:
        """(providers that have the whole path, providers whose paths begin like it)."""
        segments = [unquote(part) if "%" in part else part for part in path.split("/")[1:]]
        prefix: set[str] = set()
        for node in _matching(self._root, segments, 0):
            here = {provider for provider, its_method in node.ends if its_method == method}
            if here or node.ends:
                return here or {provider for provider, _ in node.ends}, prefix
        node = self._root
        for segment in segments:
            if segment not in node.literals:
                break
            node = node.literals[segment]
            prefix = node.below
        return set(), prefix

    def _by_credentials(self, headers: Headers) -> str:
        authorization = _without_base64(headers.get("authorization"))
        for handle in _handles(authorization):
            for provider in self._loaded:
                if self._knows(provider, handle):
                    return provider
        for name, provider in _HEADERS:
            if name in headers and provider in self._loaded:
                return provider
        shape = authorization.lower()
        fitting = (whose for start, whose in _SCHEMES if shape.startswith(start))
        return next((whose for whose in fitting if whose in self._loaded), "")


def _served(provider: Provider) -> Iterator[tuple[str, str]]:
    """Method and path of everything that answers."""
    for operation in provider.operations:
        yield from ((route.method, route.path) for route in operation.routes)
    for page in provider.pages:
        yield from (("GET", page.path), ("POST", page.path))


def _sole(beginnings: Mapping[tuple[str, str], set[str]]) -> dict[tuple[str, str], str]:
    """Two first segments → the only provider whose paths begin so; not where a variable could stand."""
    variable = {first for first, second in beginnings if "{" in (first + second)}
    if any(first.startswith("{") for first in variable):
        return {}
    return {
        beginning: next(iter(providers))
        for beginning, providers in beginnings.items()
        if len(providers) == 1 and beginning[0] not in variable
    }


def host_only(name: str) -> str:
    """Lower case, without port, brackets and the final dot: "[::1]:4800" → "::1"."""
    if name.startswith("["):
        return name[1:].partition("]")[0].lower()
    return name.partition(":")[0].lower().rstrip(".")


def _matching(node: _Node, segments: list[str], at: int) -> Iterator[_Node]:
    """Every node that the path reaches, literal segments before variables."""
    if at == len(segments):
        yield node
        return
    literal = node.literals.get(segments[at])
    if literal is not None:
        yield from _matching(literal, segments, at + 1)
    if node.variable is not None and segments[at]:
        yield from _matching(node.variable, segments, at + 1)


def _without_base64(authorization: str) -> str:
    """"Basic c2tfdGVzdDo=" → "Bearer sk_test": Stripe's clients send a secret key either way."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return authorization
    try:
        user = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return authorization
    return f"{'Bearer' if user.startswith(('sk_', 'rk_', 'pk_')) else 'Basic'} {user}"


def _handles(authorization: str) -> Iterator[str]:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() in ("bearer", "basic") and rest:
        yield rest.strip()
    elif found := _NAMED.search(rest):
        yield found[1]
