"""Bytes in, HttpRequest; HttpResponse, bytes out: the one handler behind every listener."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, Protocol, cast

from aiohttp import web

from paydouble.core.clock import Instant
from paydouble.core.effect import Seal
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.server.answer import CONTINUE, ENDS, Sent, send
from paydouble.server.metrics import Metrics
from paydouble.server.pages import visited
from paydouble.server.sockets import break_answer
from paydouble.server.tls import LOCAL_NAMES
from paydouble.server.which import Which, host_only

if TYPE_CHECKING:
    from paydouble.core.provider import Provider
    from paydouble.server.pages import Visiting

BODY_BYTES_MAX: Final = 1_048_576
CONTROL_PREFIX: Final = "/_paydouble"

Control = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
"""The control API, dashboard and pages: all that is below CONTROL_PREFIX."""
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

_HOST: Final = re.compile(r"[A-Za-z0-9._\-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_ABSOLUTE: Final = re.compile(r"(?i)https?://([^/?#]*)")
_GONE: Final = (ConnectionError, web.RequestPayloadError)
"""The client left, or its chunks make no sense: nobody is there to be answered."""

_CANCELLING_S: Final = 1.0
_HOSTS_KEPT_MAX: Final = 256

_log = logging.getLogger(__name__)


class Serving(Protocol):
    """What the doors need of the simulator."""

    @property
    def providers(self) -> Mapping[str, Provider]: ...

    async def serve(self, provider: str, request: HttpRequest) -> HttpResponse:
        """Never raises."""

    def new_call_id(self) -> str: ...

    def knows(self, provider: str, handle: str) -> bool: ...

    @property
    def visits(self) -> Visiting: ...


class TooLarge(Exception):
    """The body is longer than BODY_BYTES_MAX."""


class Doors:
    """Tells whose a request is, has it answered, and sends the answer or breaks it."""

    def __init__(self, simulator: Serving, control: Control | None = None) -> None:
        self.which = Which(simulator.providers, simulator.knows)
        self.metrics = Metrics()
        self._page_starts = {
            name: frozenset(page.path.split("/", 2)[1] for page in provider.pages)
            for name, provider in simulator.providers.items()
        }
        """First segments of the addresses of pages, so that calls need not be compared with them."""
        self._simulator = simulator
        self._control = control
        self._base_urls: dict[tuple[str, bool], str] = {}
        self._running: set[asyncio.Task[object]] = set()
        self._stopping = asyncio.Event()

    def handler(self, own: str = "") -> Handler:
        """For aiohttp's server; `own` is the provider that a listener belongs to."""

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            task = asyncio.current_task()
            assert task is not None
            self._running.add(task)
            try:
                return cast(web.StreamResponse, await self._answer(request, own))
            except _GONE:
                return cast(web.StreamResponse, ENDS)
            finally:
                self._running.discard(task)

        return handle

    async def stop(self, grace_s: float) -> None:
        """Ends what faults hold at once, waits for the rest, and cancels what takes longer."""
        self._stopping.set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=_CANCELLING_S)

    async def _answer(self, request: web.BaseRequest, own: str) -> Sent | web.StreamResponse:
        target = _origin_form(request, self.which)
        if target is None:
            return await send(request, _elsewhere(), keep_alive=False)
        if _is_control(target):
            return await self._controlled(request)
        headers = _headers(request.raw_headers)
        path = target.partition("?")[0]
        provider = own or self.which.provider_of(request.method, path, headers)
        if not provider:
            return await send(request, self._lost(request.method, path), keep_alive=not request.can_read_body)
        try:
            body = await _body(request)
        except TooLarge:
            asked = self._asked(request, target, headers, b"")
            refusal = _too_large(self._simulator.providers[provider], asked)
            return await send(request, refusal, keep_alive=False)
        return await self._served(request, provider, self._asked(request, target, headers, body))

    def _asked(self, request: web.BaseRequest, target: str, headers: Headers, body: bytes) -> HttpRequest:
        tls = request.get_extra_info("ssl_object")
        return HttpRequest(
            method=request.method,
            target=target,
            headers=headers,
            body=body,
            id=self._simulator.new_call_id(),
            base_url=self._base_url(request, headers.get("host"), secure=tls is not None),
            client_certificate=tls.getpeercert(binary_form=True) if tls is not None else None,
        )

    def _base_url(self, request: web.BaseRequest, host: str, *, secure: bool) -> str:
        """As the caller reached us; few hosts are ever named, so what each means is kept."""
        url = self._base_urls.get((host, secure))
        if url is None:
            if len(self._base_urls) >= _HOSTS_KEPT_MAX:
                self._base_urls.clear()
            url = self._base_urls[host, secure] = _named(host, self.which, secure=secure)
        return url or _addressed(request, secure=secure)

    async def _served(self, request: web.BaseRequest, provider: str, asked: HttpRequest) -> Sent:
        started = time.perf_counter()
        response = await self._paged(provider, asked) or await self._simulator.serve(provider, asked)
        status = 0 if response.fault else response.status
        self.metrics.answered(provider, status, time.perf_counter() - started)
        try:
            if response.fault is not None:
                return await break_answer(request, response, response.fault, self._stopping)
            return await send(request, response)
        except ValueError:
            _log.exception("%s %s: the answer cannot be sent", asked.method, asked.target)
            return await send(request, _broken("the answer cannot be sent"))

    async def _paged(self, provider: str, asked: HttpRequest) -> HttpResponse | None:
        """A payer's page, where the provider has pages and one of them at this address."""
        beginning = asked.path.split("/", 2)
        if len(beginning) < 2 or beginning[1] not in self._page_starts[provider]:
            return None
        return await visited(self._simulator.visits, provider, asked)

    async def _controlled(self, request: web.BaseRequest) -> Sent | web.StreamResponse:
        if self._control is None:
            return await send(request, _problem(404, "no_control", "this server has no control API"))
        _continue(request)
        try:
            return await self._control(request)
        except web.HTTPException:
            raise
        except Exception:
            if request.transport is None:
                return ENDS
            _log.exception("%s %s failed", request.method, request.raw_path)
            return await send(request, _broken("the control API failed"))

    def _lost(self, method: str, path: str) -> HttpResponse:
        nearest = self.which.nearest(path)
        names = ", ".join(sorted(self._simulator.providers)) or "none"
        message = f"no provider has {method} {path}, and nothing else in the request tells whose it is"
        help_ = f"The nearest path is {nearest}. " if nearest else ""
        return _problem(404, "unknown_route", message, f"{help_}Loaded providers: {names}.")


def _origin_form(request: web.BaseRequest, which: Which) -> str | None:
    """The target as written, without scheme and host; None where a proxy's client wants a host elsewhere."""
    target = request.raw_path
    if target.startswith("/") and target.isascii():
        return target
    if not target.isascii():    # refused by aiohttp's parser in C, let through by the one in Python
        target = _text(target.encode("utf-8", "surrogateescape"))
    absolute = _ABSOLUTE.match(target)
    if absolute is None:
        return target
    if not (which.by_host(absolute[1]) or _is_here(request, absolute[1])):
        return None
    rest = target[absolute.end() :]
    return rest if rest.startswith("/") else f"/{rest}"


def _is_here(request: web.BaseRequest, authority: str) -> bool:
    """Local by name, or by our own address or port: among containers we have names that we cannot know."""
    name, here = host_only(authority), request.get_extra_info("sockname") or ("", 0)
    port = authority.rpartition(":")[2]
    return name in LOCAL_NAMES or name.endswith(".localhost") or name == here[0] or port == str(here[1])


def _elsewhere() -> HttpResponse:
    message = "as a plain HTTP proxy, PayDouble serves its providers' hosts only"
    help_ = "Send requests for other hosts directly (NO_PROXY), or through CONNECT with --proxy-others pass."
    return _problem(403, "not_a_provider", message, help_)


async def _body(request: web.BaseRequest) -> bytes:
    """Raises TooLarge, or what aiohttp raises where the client leaves half-way or breaks a chunk."""
    if not request.can_read_body:
        return b""
    if int(request.headers.get("Content-Length", "0")) > BODY_BYTES_MAX:
        raise TooLarge
    _continue(request)
    content, parts, size = request.content, [], 0
    while part := await content.readany():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise TooLarge
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _continue(request: web.BaseRequest) -> None:
    """Clients that ask first (curl, .NET, PHP) wait a second for this line before they send a body."""
    if request.transport is not None and request.headers.get("Expect", "").lower() == "100-continue":
        request.transport.write(CONTINUE)


def _too_large(provider: Provider, asked: HttpRequest) -> HttpResponse:
    """In the provider's own envelope, signed as its errors are."""
    wire = provider.api_of(asked).wire
    envelope = wire.open(asked)
    response = wire.encode_error(envelope, provider.roles.too_large())
    return wire.seal(envelope, response, None, Seal(Instant(int(time.time() * 1000)), asked.id))


def _named(host: str, which: Which, *, secure: bool) -> str:
    """The base URL of a host that can be written so; empty where it cannot."""
    if which.by_host(host):
        return f"https://{host}"
    return f"{'https' if secure else 'http'}://{host}" if _HOST.fullmatch(host) else ""


def _addressed(request: web.BaseRequest, *, secure: bool) -> str:
    address = request.get_extra_info("sockname") or ("127.0.0.1", 0)
    here = f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"
    return f"{'https' if secure else 'http'}://{here}"


def _is_control(target: str) -> bool:
    rest = target[len(CONTROL_PREFIX) : len(CONTROL_PREFIX) + 1]
    return target.startswith(CONTROL_PREFIX) and rest in ("", "/", "?")


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    try:
        return Headers(tuple([(name.decode(), value.decode()) for name, value in raw]))
    except UnicodeDecodeError:
        return Headers(tuple((_text(name), _text(value)) for name, value in raw))


def _text(raw: bytes) -> str:
    """Header values are bytes by right; what is no UTF-8 stays readable, and can be encoded again."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _broken(what: str) -> HttpResponse:
    return _problem(500, "internal", f"{what}; see PayDouble's log")


def _problem(status: int, code: str, message: str, help_: str = "") -> HttpResponse:
    """PayDouble's own error, in the shape of the control API."""
    body = json.dumps({"error": {"code": code, "message": message, "help": help_}}, ensure_ascii=False)
    headers = [("Content-Type", "application/json")]
    if help_.isascii() and help_:
        headers.append(("Paydouble-Hint", help_))
    return HttpResponse(status, tuple(headers), body.encode("utf-8"))
