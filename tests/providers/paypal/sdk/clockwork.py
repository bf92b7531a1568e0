"""What a test does beside the SDK's calls: time that passes, and payers who act, by the control API."""

from __future__ import annotations

import base64
import json
import os
import urllib.request
from typing import Any
from urllib.parse import quote

BASE = os.environ["PAYDOUBLE_URL"]
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def asked(method: str, url: str, body: Any = None, **headers: str) -> Any:
    request = urllib.request.Request(url, method=method, headers={"Content-Type": "application/json", **headers})
    if body is not None:
        request.data = json.dumps(body).encode()
    with _DIRECT.open(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def control(path: str, body: Any) -> Any:
    return asked("POST", f"{BASE}/_paydouble/sandboxes/{os.environ['PAYDOUBLE_SANDBOX']}/{path}", body)


def act(payment: str, trigger: str, **details: Any) -> Any:
    return control(f"payments/{quote(f'paypal:{payment}')}/act", {"trigger": trigger, "details": details})


def advance(by: str) -> None:
    control("clock/advance", {"by": by})


def api(method: str, path: str, body: Any = None) -> Any:
    """An API that the SDK at hand has not got."""
    client = f"{os.environ['PAYPAL_CLIENT_ID']}:{os.environ['PAYPAL_CLIENT_SECRET']}"
    return asked(method, f"{BASE}{path}", body, Authorization=f"Basic {base64.b64encode(client.encode()).decode()}")
