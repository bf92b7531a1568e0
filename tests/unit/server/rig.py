"""A simulator that answers what it is told to, behind real doors on free ports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.core.provider import Provider
from paydouble.server.serving import RunningServer

ROUTES = {
    "stripe": ("POST /v1/charges", "GET /v1/charges/{id}", "POST /v1/checkout/sessions"),
    "paypal": ("POST /v2/checkout/orders", "POST /v1/oauth2/token", "GET /v1/checkout/orders/{id}"),
    "wechatpay": ("POST /v3/pay/transactions/jsapi", "GET /v3/certificates", "POST /secapi/pay/refund"),
    "alipay": ("POST /gateway.do", "GET /gateway.do"),
}
HOSTS = {
    "stripe": ("api.stripe.com",),
    "paypal": ("api-m.sandbox.paypal.com",),
    "wechatpay": ("api.mch.weixin.qq.com",),
    "alipay": ("openapi.alipay.com",),
}


class TooLargeWire:
    """Only what an answer to an oversized body needs."""

    def open(self, request: HttpRequest) -> HttpRequest:
        return request

    def encode_error(self, envelope: HttpRequest, error: str) -> HttpResponse:
        return HttpResponse(413, (("Content-Type", "application/json"),), error.encode())

    def seal(self, envelope: HttpRequest, response: HttpResponse, merchant: None, with_: object) -> HttpResponse:
        return HttpResponse(response.status, (*response.headers, ("X-Sealed", "yes")), response.body)


def a_provider(name: str, hosts: Sequence[str], routes: Sequence[str]) -> Provider:
    """As much of one as the doors look at."""
    operations = [
        SimpleNamespace(routes=(SimpleNamespace(method=method, path=path),))
        for method, path in (route.split(" ") for route in routes)
    ]
    api = SimpleNamespace(wire=TooLargeWire())
    return cast(Provider, SimpleNamespace(
        name=name, hosts=hosts, operations=operations, pages=(), api_of=lambda request: api,
        roles=SimpleNamespace(too_large=lambda: f"{name}: too large"),
    ))


def all_providers() -> dict[str, Provider]:
    return {name: a_provider(name, HOSTS[name], ROUTES[name]) for name in ROUTES}


Start = Callable[..., Awaitable[RunningServer]]
Answerer = Callable[[HttpRequest], Awaitable[HttpResponse]]


@dataclass
class FakeSimulator:
    """Keeps what it was asked, and answers with `answer`, or as `serve_with` says."""

    providers: Mapping[str, Provider] = field(default_factory=all_providers)
    answer: HttpResponse = HttpResponse(200, (("Content-Type", "text/plain"),), b"well done")
    serve_with: Answerer | None = None
    handles: Mapping[str, str] = field(default_factory=dict)
    seen: list[tuple[str, HttpRequest]] = field(default_factory=list)
    visits: Any = None

    async def serve(self, provider: str, request: HttpRequest) -> HttpResponse:
        self.seen.append((provider, request))
        return await self.serve_with(request) if self.serve_with else self.answer

    def new_call_id(self) -> str:
        return f"{len(self.seen):032x}"

    def knows(self, provider: str, handle: str) -> bool:
        return self.handles.get(handle) == provider

    @property
    def asked(self) -> HttpRequest:
        assert len(self.seen) == 1
        return self.seen[0][1]


async def exchange(port: int, request: bytes, *, until_closed: bool = True) -> bytes:
    """What comes back over a plain socket until the server closes it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(5):
            return await reader.read() if until_closed else await reader.read(65_536)
    finally:
        writer.close()
        await writer.wait_closed()


def a_request(line: str, *headers: str, body: bytes = b"") -> bytes:
    """Ends the connection after its answer, and names a host unless `headers` do."""
    lines = [line, *headers]
    if not any(header.lower().startswith("host:") for header in headers):
        lines.append("Host: 127.0.0.1")
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body
