"""Merchants as the engine meets them: they sign requests, without a socket and without an SDK."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from paydouble.core.call import Merchant
from paydouble.core.delivery import Unreachable
from paydouble.core.effect import Disconnect
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.notification import Notification
from paydouble.core.work import Walk
from paydouble.engine.sandbox import Sandbox
from paydouble.engine.simulator import Simulator
from paydouble.engine.switches import Switches
from paydouble.providers import load
from paydouble.scenarios.drawing import Activation
from paydouble.scenarios.loader import load_text
from paydouble.store import open_store

CARDS = {"enabled": True, "allow_redirects": "never"}
"""automatic_payment_methods of a payment that is confirmed at once."""

Answer = Callable[[HttpRequest], HttpResponse]


@dataclass
class Receiver:
    """A merchant's callback endpoint: keeps what came, answers what the test says."""

    answer: Answer = lambda request: HttpResponse(200, (), b"{}")
    requests: list[HttpRequest] = field(default_factory=list)

    async def send(
        self, request: HttpRequest, timeout_ms: int, *, disconnect: Disconnect | None = None
    ) -> HttpResponse:
        self.requests.append(request)
        answered = self.answer(request)
        if answered.status == 0:
            raise Unreachable("connection refused")
        return answered


@dataclass(frozen=True)
class Answered:
    """An answer with its body read."""

    response: HttpResponse

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def json(self) -> Any:
        return json.loads(self.response.body) if self.response.body else None


@dataclass(frozen=True)
class World:
    """A simulator in this process, one sandbox of it, and a merchant at each provider."""

    simulator: Simulator
    sandbox: Sandbox
    receiver: Receiver

    def merchant(self, provider: str) -> Merchant:
        found = self.simulator.directory.merchant(self.sandbox.id, provider)
        assert found is not None
        return found

    async def serve(self, provider: str, request: HttpRequest) -> Answered:
        return Answered(await self.simulator.serve(provider, request))

    async def stripe(
        self, method: str, path: str, *, key: str = "", raw: bytes | None = None,
        headers: tuple[tuple[str, str], ...] = (), **params: Any,
    ) -> Answered:
        """A form call with the sandbox's secret key; `raw` in place of the encoded params."""
        encoded = urlencode(list(bracketed(params))).encode() if raw is None else raw
        in_query = method != "POST" and encoded
        fields = [
            ("Authorization", f"Bearer {self.merchant('stripe').secrets['secret_key']}"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            *headers,
        ]
        if key:
            fields.append(("Idempotency-Key", key))
        return await self.serve("stripe", HttpRequest(
            method=method, target=f"{path}?{encoded.decode()}" if in_query else path,
            headers=Headers(tuple(fields)), body=b"" if in_query else encoded,
            id=self.simulator.new_call_id(), base_url="http://127.0.0.1:4800",
        ))

    async def wechatpay(
        self, method: str, target: str, body: Mapping[str, Any] | bytes | None = None
    ) -> Answered:
        """A signed call; a mapping is sent as JSON, bytes as they are."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await self.serve("wechatpay", self.signed(method, target, raw))

    def signed(self, method: str, target: str, raw: bytes) -> HttpRequest:
        merchant = self.merchant("wechatpay")
        now, nonce = str(int(time.time())), secrets.token_hex(16)
        text = f"{method}\n{target}\n{now}\n{nonce}\n".encode() + raw + b"\n"
        key = merchant.keys.private("merchant")
        signature = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
        authorization = (
            f'WECHATPAY2-SHA256-RSA2048 mchid="{merchant.id}",nonce_str="{nonce}",timestamp="{now}",'
            f'serial_no="{merchant.secrets["serial_no"]}",signature="{signature}"'
        )
        return HttpRequest(
            method=method, target=target, body=raw, id=self.simulator.new_call_id(),
            base_url="http://127.0.0.1:4800",
            headers=Headers((
                ("Authorization", authorization), ("Accept", "application/json"),
                ("User-Agent", "a merchant"), ("Content-Type", "application/json"),
            )),
        )

    async def wechat_order(self, number: str, total: int = 100) -> Answered:
        merchant = self.merchant("wechatpay")
        return await self.wechatpay("POST", "/v3/pay/transactions/native", {
            "appid": merchant.secrets["appid"], "mchid": merchant.id, "description": "A thing",
            "out_trade_no": number, "notify_url": "http://127.0.0.1:9/wechatpay",
            "amount": {"total": total, "currency": "CNY"},
        })

    async def pay(self, provider: str, ref: str, trigger: str = "pay", **details: Any) -> None:
        """The payer acts on the payment with this order number."""
        words = self.simulator.providers[provider].words
        for kind in words.payments:
            payment = await self.sandbox.work().find(kind, "ref", ref)
            if payment is not None:
                await self.simulator.acts.act(self.sandbox, kind.kind, payment.id, trigger, details)
                await self.sandbox.timers.settle()
                return
        raise AssertionError(f"{provider} knows no payment {ref}")

    def rules(self, text: str) -> Activation:
        """Puts a scenario's rules in force, written as in a file."""
        return self.sandbox.rules.activate(load_text(f"schema: 1\nname: test\nrules:\n{text}"))

    async def notifications(self) -> list[Notification]:
        """All that were ever owed, oldest first."""
        walk = Walk(newest_first=False, limit=1_000)
        return [each.record for each in await self.sandbox.store.scan(self.sandbox.id, Notification, walk)]

    async def settle(self) -> None:
        await self.sandbox.timers.settle()


def bracketed(params: Mapping[str, Any], under: str = "") -> list[tuple[str, str]]:
    """Stripe's form dialect: nested mappings and lists in brackets."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        key = f"{under}[{name}]" if under else name
        match value:
            case Mapping():
                pairs += bracketed(value, key)
            case list():
                pairs += bracketed({str(index): inner for index, inner in enumerate(value)}, key)
            case bool():
                pairs.append((key, "true" if value else "false"))
            case _:
                pairs.append((key, str(value)))
    return pairs


@asynccontextmanager
async def world(
    clock: str = "frozen", store: str = "memory", magic: bool = True,
    settings: Mapping[str, Mapping[str, str]] = MappingProxyType({}), **created: Any,
) -> AsyncIterator[World]:
    """A simulator with every built-in provider, under its own settings, and one fresh sandbox."""
    receiver = Receiver()
    simulator = Simulator(
        load(settings), store=open_store(store), transport=receiver, switches=Switches(strict=True, magic=magic)
    )
    await simulator.start()
    sandbox = await simulator.sandboxes.create(clock=clock, **created)
    try:
        yield World(simulator, sandbox, receiver)
    finally:
        await simulator.close()
