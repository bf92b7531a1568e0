"""A browser of few words: approves or cancels an order on PayDouble's page, and says where it was sent."""

from __future__ import annotations

import http.client
import os
from urllib.parse import urlencode, urlsplit


def visit(order: str, step: str) -> str:
    """The address to which the page sends the browser; the page's text where it sends it nowhere."""
    address = urlsplit(os.environ["PAYDOUBLE_URL"])
    connection = http.client.HTTPConnection(address.hostname or "", address.port or 80)
    connection.request(
        "POST", f"/checkoutnow?token={order}", urlencode({"step": step}),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    answer = connection.getresponse()
    text = answer.read().decode()
    return answer.headers.get("Location") or text
