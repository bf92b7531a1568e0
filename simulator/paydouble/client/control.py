"""The control API as Python calls: one client on http.client for threads, one on aiohttp for event loops."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

if TYPE_CHECKING:
    import ssl
    from types import TracebackType

    import aiohttp

PREFIX: Final = "/_paydouble"
TIMEOUT_S: Final = 60.0
IDLE_S: Final = 30.0
"""A connection that was idle for longer is not used again: the server closes its own at 75 seconds."""
JSON_TYPE: Final = "application/json"


class ControlError(Exception):
    """The control API refused; `problems` are the single mistakes where there are several."""

    def __init__(
        self, status: int, code: str, message: str, help: str = "",
        problems: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        lines = [f"{each['file']}:{each['line']}: {each['message']}" for each in problems if "line" in each]
        super().__init__("\n".join([f"{code}: {message}", *([help] if help else []), *lines]))
        self.status = status
        self.code = code
        self.message = message
        self.help = help
        self.problems = problems


class Unreachable(Exception):
    """There is no PayDouble at this address, or it went away."""


class ControlClient:
    """May be used by several threads at once; keeps its connections alive until `close`."""

    def __init__(
        self, url: str, *, token: str = "", timeout_s: float = TIMEOUT_S, tls: ssl.SSLContext | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"'{url}' is no address of a PayDouble; write http://127.0.0.1:4800")
        self.url = f"{parts.scheme}://{parts.netloc}"
        self.token = token
        self._open = _opener(parts.scheme, parts.hostname, parts.port, timeout_s, tls)
        self._idle: list[tuple[HTTPConnection, float]] = []
        self._lock = Lock()

    def get(self, path: str, **query: object) -> Any:
        """JSON where the answer is JSON, else text. Raises ControlError, Unreachable."""
        return self._ask("GET", _target(path, query), None)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._ask("POST", _target(path, {}), body or {})

    def delete(self, path: str, **query: object) -> Any:
        return self._ask("DELETE", _target(path, query), None)

    def close(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def __enter__(self) -> ControlClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, method: str, target: str, body: Mapping[str, Any] | None) -> Any:
        content = _content(body)
        with self._connection() as connection:
            connection.request(method, target, content, _headers(self.token, content))
            response = connection.getresponse()
            return _read(response.status, response.headers.get("Content-Type", ""), _all(response))

    @contextmanager
    def _connection(self) -> Iterator[HTTPConnection]:
        """One that nobody else uses meanwhile; closed where the exchange broke."""
        connection = self._take()
        try:
            yield connection
        except ControlError:
            self._give_back(connection)
            raise
        except (OSError, HTTPException) as error:
            connection.close()
            raise Unreachable(f"{self.url}: {error or type(error).__name__}") from error
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)

    def _take(self) -> HTTPConnection:
        with self._lock:
            while self._idle:
                connection, since = self._idle.pop()
                if monotonic() - since < IDLE_S:
                    return connection
                connection.close()
        return self._open()

    def _give_back(self, connection: HTTPConnection) -> None:
        with self._lock:
            self._idle.append((connection, monotonic()))


class AsyncControlClient:
    """The same for an event loop; `close` it there."""

    def __init__(self, url: str, *, token: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def get(self, path: str, **query: object) -> Any:
        """JSON where the answer is JSON, else text. Raises ControlError, Unreachable."""
        return await self._ask("GET", _target(path, query), None)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return await self._ask("POST", _target(path, {}), body or {})

    async def delete(self, path: str, **query: object) -> Any:
        return await self._ask("DELETE", _target(path, query), None)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> AsyncControlClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _ask(self, method: str, target: str, body: Mapping[str, Any] | None) -> Any:
        import aiohttp
        from yarl import URL

        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout_s))
        content = _content(body)
        address = URL(self.url + target, encoded=True)
        try:
            async with self._session.request(
                method, address, data=content, headers=_headers(self.token, content)
            ) as answer:
                text = await answer.read()
                return _read(answer.status, answer.headers.get("Content-Type", ""), text)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"{self.url}: {error or type(error).__name__}") from error


def _opener(
    scheme: str, host: str, port: int | None, timeout_s: float, tls: ssl.SSLContext | None
) -> Callable[[], HTTPConnection]:
    if scheme == "https":
        return lambda: HTTPSConnection(host, port, timeout=timeout_s, context=tls)
    return lambda: HTTPConnection(host, port, timeout=timeout_s)


def _target(path: str, query: Mapping[str, object]) -> str:
    """Values that are None or empty are left out."""
    pairs = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"{PREFIX}/{path}" + (f"?{urlencode(pairs)}" if pairs else "")


def segment(text: str) -> str:
    """An id as one segment of a path."""
    return quote(text, safe=":")


def _content(body: Mapping[str, Any] | None) -> bytes | None:
    return None if body is None else json.dumps(body, default=_plain).encode()


def _plain(value: object) -> object:
    """Amounts may be Decimals, and mappings and sequences of any kind."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} is not JSON")


def _headers(token: str, content: bytes | None) -> dict[str, str]:
    headers = {"Accept": JSON_TYPE}
    if content is not None:
        headers["Content-Type"] = JSON_TYPE
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _all(response: HTTPResponse) -> bytes:
    with response:
        return response.read()


def _read(status: int, content_type: str, body: bytes) -> Any:
    data = _parsed(body) if content_type.startswith(JSON_TYPE) else body.decode("utf-8", "replace")
    if status < 400:
        return data if body else None
    error = data.get("error", {}) if isinstance(data, dict) else {}
    raise ControlError(
        status, error.get("code", "unknown"), error.get("message", f"HTTP {status}"), error.get("help", ""),
        tuple(error.get("problems", ())),
    )


def _parsed(body: bytes) -> Any:
    return json.loads(body) if body else None
