"""A provider is a value that tells the engine all it needs; its wires turn bytes into calls and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from paydouble.core.act import Act
from paydouble.core.call import Call, Merchant, PlatformKeys, Reply
from paydouble.core.effect import EMPTY_PLAN, Plan, Seal
from paydouble.core.errors import ErrorTable, ProviderError
from paydouble.core.http import Envelope, HttpRequest, HttpResponse
from paydouble.core.ids import Ids
from paydouble.core.machine import Machine
from paydouble.core.notification import Endpoint, Event, Notification, RetrySchedule
from paydouble.core.operation import Operation
from paydouble.core.page import Page
from paydouble.core.record import Record
from paydouble.core.words import Words

if TYPE_CHECKING:
    from paydouble.core.clock import Clock, Instant
    from paydouble.core.work import Work

Params = Mapping[str, Any]
FindMerchant = Callable[[str], Merchant | None]
"""By any of a merchant's handles."""


class Violation(Protocol):
    """One thing that a contract finds wrong with a request's params."""

    @property
    def pointer(self) -> str:
        """JSON pointer into the params; for a missing or unknown one, with its name."""

    @property
    def keyword(self) -> str:
        """The schema's keyword that failed: required, type, enum, minimum, additionalProperties…"""

    @property
    def value(self) -> object:
        """What was sent; None where nothing was."""

    @property
    def expected(self) -> object:
        """The keyword's own value: the minimum, the pattern, the list of allowed values."""

    @property
    def label(self) -> str:
        """The field's title in the contract, where it has one."""


class Wire(Protocol):
    """How one API's bytes become calls, and results become signed bytes. No I/O, no state but keys."""

    def open(self, request: HttpRequest) -> Envelope:
        """Reads the outermost wrapping once. Never raises: what is unreadable is the envelope's `problem`."""

    def identify(self, envelope: Envelope, find: FindMerchant) -> Merchant:
        """Whose call this is. Raises ProviderError."""

    def verify(self, envelope: Envelope, merchant: Merchant, now: Instant) -> None:
        """Checks signature and freshness against wire time. Raises ProviderError."""

    def decode(self, envelope: Envelope, merchant: Merchant, path: Mapping[str, str]) -> dict[str, Any]:
        """The params: path, query and body as one mapping. Raises ProviderError."""

    def encode(self, envelope: Envelope, reply: Reply) -> HttpResponse: ...

    def encode_error(self, envelope: Envelope, error: ProviderError) -> HttpResponse: ...

    def seal(
        self, envelope: Envelope, response: HttpResponse, merchant: Merchant | None, with_: Seal
    ) -> HttpResponse:
        """Signs, or adds what every answer carries. The merchant is None where it was never identified."""

    def announcement(self, event: Event, endpoint: Endpoint) -> bytes:
        """The payload of a notification, made once."""

    def notification(self, owed: Notification, event: Event, merchant: Merchant, with_: Seal) -> HttpRequest:
        """A freshly signed request to the endpoint."""

    def acknowledged(self, answer: HttpResponse) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One of a provider's APIs, with its wire."""

    name: str
    wire: Wire
    claims: Callable[[HttpRequest], bool]
    version: str = ""
    """The newest of its dated versions, which the contracts describe; empty where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRoles:
    """The rows that the engine itself needs."""

    unknown_route: Callable[[Envelope], ProviderError]
    wrong_method: Callable[[Envelope], ProviderError]
    broken_contract: Callable[[Operation, Sequence[Violation]], ProviderError]
    """What the first of several violations is called by this provider."""
    internal: ErrorTable
    too_large: ErrorTable
    routes_first: bool = True
    """An unknown route is told before the caller is known."""


async def as_it_is(call: Call[Any], reply: Reply) -> Reply:
    """For providers whose replies need no last touch."""
    return reply


async def whoever_signs(call: Call[Any]) -> None:
    """For providers that know from its signature or token alone that a call is permitted."""


async def no_accounts(work: Work, merchant: Merchant, account: str) -> None:
    """For providers whose accounts are part of what is signed."""


def no_test_values(envelope: Envelope, operation: Operation, params: Params) -> Plan:
    """For providers without documented magic values."""
    return EMPTY_PLAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What `paydouble keys` and the control API hand out for one merchant."""

    fields: Mapping[str, str]
    """By the names of the control API: secret_key, api_base, private_key_pem…"""
    environment: Mapping[str, str]
    """Environment variable → name of the field whose value it takes."""
    files: Mapping[str, str]
    """Environment variable → name of the field whose value stands in a file that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """All that the engine knows of a provider."""

    name: str
    hosts: tuple[str, ...]
    """Its own host names, for the proxy, TLS and hosts files."""
    apis: tuple[Api, ...]
    operations: tuple[Operation, ...]
    acts: tuple[Act[Any], ...]
    machines: tuple[Machine[Any], ...]
    records: tuple[type[Record], ...]
    """Every kind of record it keeps."""
    errors: tuple[type[ErrorTable], ...]
    roles: ErrorRoles
    merchant: Callable[[str, PlatformKeys], Merchant]
    """The first merchant of a sandbox: well-known for "default", else derived from the sandbox's id."""
    credentials: Callable[[Merchant, str], Credentials]
    """For a merchant, with the base URL at which PayDouble is reached."""
    subscribe: Callable[[Work, Merchant, str, Clock], Awaitable[None]]
    """Tells a merchant's notifications to this URL, as its dashboard would."""
    endpoints: Callable[[Work, Event], Awaitable[Sequence[Endpoint]]]
    """Who is told of an event."""
    event_id: Callable[[Ids], str]
    retries: RetrySchedule
    words: Words
    own_retries: Mapping[str, RetrySchedule] = field(default_factory=dict)
    """Of events that are repeated by a schedule of their own, by their type; or by the API of an endpoint."""
    reaches: Callable[[Work, Merchant, str], Awaitable[None]] = no_accounts
    """Whether the caller may act for the account that the envelope names, told before anything that is wrong
    with the parameters. Raises ProviderError."""
    permit: Callable[[Call[Any]], Awaitable[None]] = whoever_signs
    """Right before each handler, in its unit of work: what only the store knows, such as whether a
    token was revoked. Raises ProviderError."""
    complete: Callable[[Call[Any], Reply], Awaitable[Reply]] = as_it_is
    """Last touch of a reply inside its unit of work: expand[]."""
    test_values: Callable[[Envelope, Operation, Params], Plan] = no_test_values
    """Its documented magic cards, headers and amounts."""
    pages: tuple[Page, ...] = ()
    """What its payers see, at its own addresses."""
    loose_types: bool = False
    """Form-encoded: the contract says which strings are numbers."""

    def api_of(self, request: HttpRequest) -> Api:
        """The API that claims the request, else the first."""
        for api in self.apis:
            if api.claims(request):
                return api
        return self.apis[0]

    def api(self, name: str) -> Api:
        return next(api for api in self.apis if api.name == name)
