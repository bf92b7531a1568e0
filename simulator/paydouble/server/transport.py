"""The courier's HTTP client: one session, no redirects, no cookies, nothing from the environment."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from paydouble.core.delivery import Blocked, HungUp, TimedOut, Unreachable
from paydouble.core.effect import Disconnect
from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.server.reach import Reach

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

CONNECTIONS_PER_HOST: Final = 100
ANSWER_BYTES_MAX: Final = 65_536
IDLE_S: Final = 1.0
"""Receivers close idle connections after two seconds or more; a POST on one just closed would fail."""

_ONLY_OURS: Final = frozenset({"Accept", "Accept-Encoding", "User-Agent", "Content-Type"})


class HttpTransport:
    """Satisfies `core.delivery.Transport`. Lives in one event loop; `close` it there."""

    def __init__(
        self, allow_hosts: Sequence[str] = (), *, ca_certificate_pem: Callable[[], str] | None = None,
        connections_per_host: int = CONNECTIONS_PER_HOST,
    ) -> None:
        """`ca_certificate_pem`: a further authority that receivers may have their certificate from."""
        self._reach = Reach(allow_hosts)
        self._ca_certificate_pem = ca_certificate_pem
        self._connections_per_host = connections_per_host
        self._session: aiohttp.ClientSession | None = None
        self._tls: ssl.SSLContext | None = None
        self._turns: dict[tuple[str, int], _Turns] = {}

    async def send(
        self, request: HttpRequest, timeout_ms: int, *, disconnect: Disconnect | None = None
    ) -> HttpResponse:
        """The timeout covers connecting and the whole answer, not the wait for a free connection."""
        url = _url(request.target)
        host, port = url.host or "", url.port or 0
        self._reach.check_literal(host)
        turns = self._turns.setdefault((host, port), _Turns(self._connections_per_host))
        turns.users += 1
        try:
            async with turns.free:
                return await self._within(request, url, timeout_ms, disconnect)
        finally:
            turns.users -= 1
            if not turns.users:
                self._turns.pop((host, port), None)

    async def close(self) -> None:
        """Deliveries under way fail; a later one would open a new session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _within(
        self, request: HttpRequest, url: URL, timeout_ms: int, disconnect: Disconnect | None
    ) -> HttpResponse:
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                if disconnect is not None:
                    await self._hang_up(request, url, disconnect)
                return await self._exchange(request, url)
        except TimeoutError as error:
            raise TimedOut(f"no answer within {timeout_ms} ms") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(_reason(error)) from error

    async def _exchange(self, request: HttpRequest, url: URL) -> HttpResponse:
        session = self._open_session()
        async with session.request(
            request.method, url, data=request.body or None, headers=CIMultiDict(request.headers.pairs),
            allow_redirects=False, ssl=self._tls_context() if url.scheme == "https" else True,
        ) as answer:
            body = await _bounded(answer)
            headers = tuple((_text(name), _text(value)) for name, value in answer.raw_headers)
            return HttpResponse(answer.status, headers, body)

    async def _hang_up(self, request: HttpRequest, url: URL, how: Disconnect) -> NoReturn:
        """Its own connection, which ends in the middle of the body, or as soon as an answer begins."""
        assert url.host is not None
        assert url.port is not None
        address = await self._pinned(url.host, url.port)
        tls = self._tls_context() if url.scheme == "https" else None
        reader, writer = await asyncio.open_connection(
            address["host"], url.port, ssl=tls, server_hostname=url.host if tls else None
        )
        try:
            whole = how is Disconnect.BEFORE_READING_ACK
            sent = request.body if whole else request.body[: len(request.body) // 2]
            writer.write(_head(request, url) + sent)
            await writer.drain()
            if whole:
                await reader.read(1)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        raise HungUp(f"disconnected: {how.value}")

    async def _pinned(self, host: str, port: int) -> ResolveResult:
        return (await self._reach.resolve(host, port))[0]

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0, limit_per_host=0, resolver=self._reach, use_dns_cache=False, keepalive_timeout=IDLE_S
            )
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None), auto_decompress=False,
                skip_auto_headers=_ONLY_OURS,
            )
        return self._session

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            context = ssl.create_default_context()
            if self._ca_certificate_pem is not None:
                context.load_verify_locations(cadata=self._ca_certificate_pem())
            self._tls = context
        return self._tls


class _Turns:
    """A host's connections: who finds none free waits here, and its timeout has not begun."""

    __slots__ = ("free", "users")

    def __init__(self, connections: int) -> None:
        self.free = asyncio.Semaphore(connections)
        self.users = 0


def _url(target: str) -> URL:
    """As written: not a character is encoded anew. Raises Blocked for what is no http address."""
    try:
        url = URL(target, encoded=target.isascii())
        known = url.scheme in ("http", "https") and url.host and url.port
    except ValueError as error:
        raise Blocked(f"'{target}' is no address: {error}") from error
    if not known:
        raise Blocked(f"'{target}' is neither an http nor an https address")
    return url


def _head(request: HttpRequest, url: URL) -> bytes:
    lines = [f"{request.method} {url.raw_path_qs} HTTP/1.1"]
    if "host" not in request.headers:
        lines.append(f"Host: {url.host_port_subcomponent}")
    lines += [f"{name}: {value}" for name, value in request.headers if name.lower() != "content-length"]
    lines.append(f"Content-Length: {len(request.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


async def _bounded(answer: aiohttp.ClientResponse) -> bytes:
    """The first ANSWER_BYTES_MAX; what is longer is cut, and its connection not used again."""
    parts, size = [], 0
    while size < ANSWER_BYTES_MAX and (part := await answer.content.read(ANSWER_BYTES_MAX - size)):
        parts.append(part)
        size += len(part)
    if size >= ANSWER_BYTES_MAX and not answer.content.at_eof():
        answer.close()
    return b"".join(parts)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
