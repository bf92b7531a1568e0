"""How tests ask the control API: raw, or expecting to be refused."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from paydouble.client.control import PREFIX, ControlClient, ControlError

START = "2026-03-01T12:00:00Z"
DECLINE = {"when": {"operation": "payment.charge"}, "then": {"outcome": {"result": "declined"}}}


def raw(
    url: str, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], Any]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request(method, PREFIX + path, body, headers)
        with connection.getresponse() as response:
            text = response.read()
            kind = response.headers.get("Content-Type", "")
            data = json.loads(text) if text and kind.startswith("application/json") else text.decode()
            return response.status, dict(response.getheaders()), data
    finally:
        connection.close()


def refused(control: ControlClient, method: str, path: str, *body: dict[str, Any]) -> ControlError:
    with pytest.raises(ControlError) as caught:
        getattr(control, method)(path, *body)
    return caught.value
