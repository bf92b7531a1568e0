"""Requests to the application under test: local, in private networks, or on hosts that were allowed."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from paydouble.core.addresses import is_legacy_number, may_call
from paydouble.scenarios.comparing import holds
from paydouble.scenarios.matcher import path_steps

BODY_BYTES_MAX: Final = 4 << 20
MISSING: Final = object()


class Unanswered(Exception):
    """The application is not there, or does not answer."""


class NotAllowed(Exception):
    """A story may not call this host."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application said; `document` is None where it is not JSON."""

    status: int
    text: str
    document: Any


@dataclass(frozen=True, slots=True)
class Asker:
    """Calls the application. `allowed` are patterns of host names beside local and private addresses."""

    allowed: Sequence[str] = ()
    timeout_s: float = 60.0

    def ask(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises Unanswered, NotAllowed."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise NotAllowed(f"'{url}' is not an http or https address")
        address = self._address(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        # A name that was checked is not looked up again, but for TLS, which needs it.
        host = parts.hostname if parts.scheme == "https" else address
        connection = kind(host, parts.port, timeout=self.timeout_s)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request(method, target, body or None, {"Host": parts.netloc, **(headers or {})})
            with connection.getresponse() as response:
                return _answer(response.status, response.read(BODY_BYTES_MAX))
        except (OSError, HTTPException) as error:
            raise Unanswered(f"{url}: {error or type(error).__name__}") from error
        finally:
            connection.close()

    def _address(self, host: str, port: int) -> str:
        named = any(fnmatchcase(host.lower(), pattern.lower()) for pattern in self.allowed)
        if not named and is_legacy_number(host) and host.count(".") != 3:
            raise NotAllowed(f"{host} is an address written in an odd way")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Unanswered(f"{host} has no address: {error.strerror or error}") from None
        addresses = [str(each[4][0]) for each in found]
        permitted = [each for each in addresses if named or may_call(each)]
        if not permitted:
            raise NotAllowed(f"{host} is neither local nor private; --allow-host {host} permits it")
        return permitted[0]


def encoded(request: Mapping[str, Any]) -> tuple[str, str, bytes, dict[str, str]]:
    """(method, URL, body, headers) of a step's request."""
    method = next(name for name in ("get", "post", "put", "patch", "delete") if name in request)
    headers = {str(name): str(value) for name, value in (request.get("headers") or {}).items()}
    body = b""
    if "json" in request:
        body = json.dumps(request["json"], default=_plain, ensure_ascii=False).encode()
        headers.setdefault("Content-Type", "application/json")
    elif "form" in request:
        body = urlencode(request["form"]).encode()
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    elif "body" in request:
        body = str(request["body"]).encode()
    return method.upper(), str(request[method]), body, headers


def looked_up(document: Any, path: str) -> Any:
    """MISSING where there is nothing at the path."""
    value = document
    for step in path_steps(path):
        value = _below(value, step)
        if value is MISSING:
            break
    return value


def _below(value: Any, step: str | int) -> Any:
    if isinstance(value, list):
        return value[step] if isinstance(step, int) and step < len(value) else MISSING
    return value.get(step, MISSING) if isinstance(value, Mapping) else MISSING


def differs(document: Any, matches: Mapping[str, Any]) -> str:
    """Empty where every path holds what is wanted; else the first that does not."""
    for path, wanted in matches.items():
        got = looked_up(document, path)
        if got is MISSING:
            return f"{path} is not there"
        if not _equal(got, wanted):
            return f"{path} is {json.dumps(got, default=_plain)}, not {_shown(wanted)}"
    return ""


def _equal(got: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return holds(_exact(got), wanted)
    if isinstance(got, float | int | Decimal) and not isinstance(got, bool) and _is_number(wanted):
        return Decimal(str(got)) == Decimal(str(wanted))
    return bool(got == wanted) or (isinstance(got, str) and _is_number(wanted) and got == str(wanted))


def _exact(got: Any) -> Any:
    return Decimal(str(got)) if isinstance(got, float | int) and not isinstance(got, bool) else got


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _shown(wanted: Any) -> str:
    return json.dumps(wanted, default=_plain, ensure_ascii=False)


def _answer(status: int, body: bytes) -> Answer:
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text, parse_float=Decimal) if text else None
    except ValueError:
        document = None
    return Answer(status, text, document)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} is not JSON")
