"""One HTTP message without a framework, and the envelope that a wire opens from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from paydouble.core.values import value

if TYPE_CHECKING:
    from paydouble.core.effect import Break
    from paydouble.core.errors import ProviderError



@value(frozen=True, slots=True)
class Headers:
    """Header fields as sent, in order; looked up without regard to case."""

    pairs: tuple[tuple[str, str], ...] = ()
    _first: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        first: dict[str, str] = {}
        for name, content in self.pairs:
            first.setdefault(name.lower(), content)
        object.__setattr__(self, "_first", first)

    def get(self, name: str, default: str = "") -> str:
        """The first value sent under this name, or the default."""
        return self._first.get(name.lower(), default)

    def all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.pairs if key.lower() == wanted)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._first

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)


@value(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request as it arrived, or as it will be sent: raw target, headers as written, body bytes."""

    method: str
    target: str
    """Raw: still percent-encoded, with its query. For an outgoing request, the whole URL."""
    headers: Headers = Headers()
    body: bytes = b""
    id: str = ""
    """Thirty-two hex digits, made on arrival: providers show it as their request id."""
    base_url: str = ""
    """How the caller reached us, as in http://127.0.0.1:4800: links in answers start with it."""
    client_certificate: bytes | None = None
    """DER, where the caller presented one."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]


@value(frozen=True, slots=True)
class HttpResponse:
    """An answer; `fault` says what the socket does to it on the way."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fault: Break | None = None

    def header(self, name: str, default: str = "") -> str:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)


@value(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a wire reads from a request once, before anyone is known: the outermost wrapping."""

    request: HttpRequest
    path: str
    """Decoded, without the query: what routes are matched against."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Of the wrapping: the gateway's form, the XML's children, the Authorization header's parameters."""
    selector: str = ""
    """What tells operations on one path apart, where a gateway has one."""
    account: str = ""
    """For whom the caller wants to act, where a header says so."""
    version: str = ""
    """The version of the API that the caller asked for."""
    problem: ProviderError | None = None
    """Why the wrapping could not be read; raised once it is known whose error that is."""
    let_pass: ProviderError | None = None
    """What the real service would refuse and nothing here can show, as a certificate over plain HTTP: it is
    told as a violation."""
