"""A merchant of Toypay: code that calls it over a real socket, and its check of what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from paydouble.client.sandbox import Sandbox
from paydouble.client.verifying import TOLERANCE_S, Forged, Verified
from paydouble.core import json_bytes
from paydouble.core.http import Headers
from paydouble.crypto.hmacs import hmac_sha256_hex, same
from tests.toy import NAME, SIGNATURE


def verify(headers: Headers, body: bytes, credentials: Mapping[str, Any], now: float) -> Verified:
    """A merchant's check, for the inbox."""
    stamp, _, signature = headers.get(SIGNATURE).partition(" ")
    expected = hmac_sha256_hex(credentials["webhook_secret"].encode(), stamp.encode() + b"." + body)
    if not same(expected, signature):
        raise Forged(f"{SIGNATURE} is wrong")
    if abs(now - int(stamp)) > TOLERANCE_S:
        raise Forged(f"{SIGNATURE} is stale")
    event = json_bytes.loads(body)
    return Verified(event["id"], event["type"], event["order"])


@dataclass(frozen=True, slots=True)
class Answer:
    """What Toypay answered."""

    status: int
    headers: Headers
    body: dict[str, Any]


class Shop:
    """A merchant's code against Toypay, over a real socket."""

    def __init__(self, sandbox: Sandbox) -> None:
        account, url = sandbox.account(NAME), urlsplit(sandbox.url)
        self._key = account.secret_key
        self._connection = HTTPConnection(url.hostname or "", url.port, timeout=10)

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str
    ) -> Answer:
        """`headers` with underscores for hyphens: Toy_Key."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = json_bytes.dumps(body) if body is not None else None
        sent = {"Authorization": f"Bearer {self._key}", **named}
        self._connection.request(method, path, content, sent)
        with self._connection.getresponse() as response:
            received = Headers(tuple(response.getheaders()))
            return Answer(response.status, received, json_bytes.loads(response.read() or b"{}"))

    def order(self, ref: str, amount: int = 1_000, **more: Any) -> dict[str, Any]:
        """An order that its payer has yet to pay; with `card` it is paid at once."""
        answer = self.ask("POST", "/toy/orders", {"ref": ref, "amount": amount, **more})
        assert answer.status == 201, answer
        return answer.body

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
