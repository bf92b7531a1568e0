"""One HTTP call of the shop, and which of its failures leave open whether the work was done."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

from paydouble.testing.sample_shop.values import Busy, Unheard

TOO_MANY = 429
BODY_BYTES_MAX = 8 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def json(self) -> Any:
        """Raises Unheard: a page that is not JSON says nothing about the payment."""
        try:
            return json.loads(self.body) if self.body else {}
        except ValueError:
            raise Unheard(f"HTTP {self.status} without JSON") from None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def call(
    url: str, method: str, body: bytes = b"", headers: Mapping[str, str] | None = None, *, timeout_s: float
) -> Answer:
    """Raises Unheard where nothing whole came back, and for 5xx; Busy for 429."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        connection.request(method, target, body or None, dict(headers or {}))
        answer = _whole(connection.getresponse())
    except (OSError, HTTPException) as error:
        raise Unheard(f"{method} {parts.path}: {error or type(error).__name__}") from error
    finally:
        connection.close()
    if answer.status == TOO_MANY:
        raise Busy("too many requests", _seconds(answer.headers.get("retry-after", "")))
    if answer.status >= 500:
        raise Unheard(f"{method} {parts.path}: HTTP {answer.status}")
    return answer


def _whole(response: HTTPResponse) -> Answer:
    with response:
        content = response.read(BODY_BYTES_MAX)
        if response.length:
            raise Unheard("the answer ends too early")
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, content)


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else 0.0
