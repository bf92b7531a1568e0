"""A shop at Alipay, in this process: it signs as the SDKs do, and checks every signature that comes back."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from paydouble.contracts.catalog import Catalog
from paydouble.contracts.shipped import root
from paydouble.core.call import Merchant
from paydouble.core.clock import later
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.record import Record
from paydouble.crypto import rsa
from paydouble.engine.audit import audit
from paydouble.engine.sandbox import Sandbox
from paydouble.engine.simulator import Simulator
from paydouble.engine.switches import Switches
from paydouble.providers.alipay import build
from paydouble.providers.alipay.models import Trade
from paydouble.server.pages import visited
from paydouble.store import open_store
from tests.merchants import Receiver

BASE = "http://127.0.0.1:4800"
NOTIFY = "http://127.0.0.1:9/alipay"
CONTRACTS = Catalog(root("contracts"))
FORM = "application/x-www-form-urlencoded"
_ENVELOPE = re.compile(r'^\{"(\w+)":(.*),"sign":"([^"]+)"\}$', re.DOTALL)


@dataclass(frozen=True)
class Answered:
    """One answer of the gateway: the value of its envelope, and whether Alipay signed it."""

    response: HttpResponse
    name: str
    value: dict[str, Any]
    signed: bool

    def __getitem__(self, name: str) -> Any:
        return self.value[name]

    @property
    def code(self) -> str:
        return str(self.value.get("code", ""))

    @property
    def sub_code(self) -> str:
        return str(self.value.get("sub_code", ""))


@dataclass(frozen=True)
class Shop:
    simulator: Simulator
    sandbox: Sandbox
    receiver: Receiver

    @property
    def merchant(self) -> Merchant:
        found = self.simulator.directory.merchant(self.sandbox.id, "alipay")
        assert found is not None
        return found

    def signed(self, values: dict[str, str], sign_type: str = "RSA2") -> dict[str, str]:
        """`values` with their signature, as every SDK makes it."""
        values = {**values, "sign_type": sign_type}
        text = "&".join(f"{name}={values[name]}" for name in sorted(values) if values[name])
        codec = "gbk" if values.get("charset", "").lower() == "gbk" else "utf-8"
        key = self.merchant.keys.private("merchant")
        sign = rsa.sign_sha256 if sign_type == "RSA2" else rsa.sign_sha1
        return {**values, "sign": sign(key, text.encode(codec))}

    def values(self, method: str, biz: Mapping[str, Any] | str | None, **common: str) -> dict[str, str]:
        values = {
            "app_id": self.merchant.id, "method": method, "charset": "utf-8", "version": "1.0",
            "timestamp": "2026-03-01 12:00:00", "format": "json", **common,
        }
        if biz is not None:
            values["biz_content"] = biz if isinstance(biz, str) else json.dumps(biz, ensure_ascii=False)
        return {name: value for name, value in values.items() if value}

    def request(self, values: Mapping[str, str], verb: str = "POST") -> HttpRequest:
        encoded = urlencode(values, encoding="gbk" if values.get("charset", "").lower() == "gbk" else "utf-8")
        charset = urlencode({"charset": values.get("charset", "")})
        target = f"/gateway.do?{encoded if verb == 'GET' else charset}"
        return HttpRequest(
            method=verb, target=target, headers=Headers((("Content-Type", FORM),)),
            body=b"" if verb == "GET" else encoded.encode(), id=self.simulator.new_call_id(), base_url=BASE,
        )

    async def raw(self, request: HttpRequest) -> HttpResponse:
        return await self.simulator.serve("alipay", request)

    async def sent(self, values: Mapping[str, str], verb: str = "POST") -> Answered:
        return self.read(await self.raw(self.request(values, verb)), values)

    async def call(
        self, id: str, biz: Mapping[str, Any] | str | None = None, *, verb: str = "POST", **common: str
    ) -> Answered:
        """The method `alipay.<id>`; the answer's value must fulfil its contract, and have nothing beyond it."""
        method = id if id.startswith("ant.") else f"alipay.{id}"
        answered = await self.sent(self.signed(self.values(method, biz, **common)), verb)
        if "encrypted" not in answered.value:
            part = "error" if answered.sub_code else f"{id}/response"
            found = CONTRACTS.producer(f"alipay/v2/{part}.schema.json").check(answered.value)
            assert not found, found
        return answered

    def read(self, response: HttpResponse, values: Mapping[str, str]) -> Answered:
        codec = "gbk" if values.get("charset", "").lower() == "gbk" else "utf-8"
        text = response.body.decode(codec)
        found = _ENVELOPE.match(text)
        if found is None:
            document = json.loads(text)
            [(name, value)] = document.items()
            return Answered(response, name, value, signed=False)
        node = re.sub(r',"alipay_cert_sn":"\w+"$', "", found[2])
        check = rsa.verifies_sha1 if values.get("sign_type") == "RSA" else rsa.verifies_sha256
        signed = check(self.merchant.keys.public("platform"), node.encode(codec), found[3])
        value = json.loads(node)
        return Answered(
            response, found[1], value if isinstance(value, dict) else {"encrypted": value}, signed
        )

    async def v3(
        self, verb: str, path: str, body: Mapping[str, Any] | bytes | None = None, *, signed_verb: str = "",
        **headers: str,
    ) -> HttpResponse:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        auth = f"app_id={self.merchant.id},nonce={secrets.token_hex(16)},timestamp={round(time.time() * 1000)}"
        message = f"{auth}\n{signed_verb or verb}\n{path}\n".encode() + raw + b"\n"
        sign = rsa.sign_sha256(self.merchant.keys.private("merchant"), message)
        fields = {"authorization": f"ALIPAY-SHA256withRSA {auth},sign={sign}", **headers}
        return await self._checked(path, HttpRequest(
            method=verb, target=path, headers=Headers(tuple(fields.items())), body=raw,
            id=self.simulator.new_call_id(), base_url=BASE,
        ))

    async def _checked(self, path: str, request: HttpRequest) -> HttpResponse:
        response = await self.raw(request)
        ids = {route.path: each.id for each in build().operations for route in each.routes if route.api == "v3"}
        id = ids.get(path.partition("?")[0])
        if id and not request.headers.get("alipay-encrypt-type"):
            part = "error" if response.status >= 400 else f"{id}/response"
            found = CONTRACTS.producer(f"alipay/v3/{part}.schema.json").check(json.loads(response.body))
            assert not found, found
        return response

    def verifies_v3(self, response: HttpResponse) -> bool:
        message = f"{response.header('alipay-timestamp')}\n{response.header('alipay-nonce')}\n".encode()
        key = self.merchant.keys.public("platform")
        return rsa.verifies_sha256(key, message + response.body + b"\n", response.header("alipay-signature"))

    async def visit(self, url: str, form: bytes = b"") -> HttpResponse:
        """What a browser gets to see, or where it is sent."""
        request = HttpRequest(
            method="POST" if form else "GET", target=url.removeprefix(BASE), body=form, base_url=BASE,
            id=self.simulator.new_call_id(),
        )
        answer = await visited(self.simulator.visits, "alipay", request)
        assert answer is not None
        return answer

    async def act(self, out_trade_no: str, trigger: str, **details: Any) -> Record | None:
        trade = await self.trade(out_trade_no)
        done = await self.simulator.acts.act(self.sandbox, Trade.kind, trade.id, trigger, details)
        await self.sandbox.timers.settle()
        return done

    async def trade(self, out_trade_no: str) -> Trade:
        trade = await self.sandbox.work().find(Trade, "ref", out_trade_no)
        assert trade is not None
        return trade

    async def paid(self, number: str, total: str = "88.88", **biz: Any) -> Trade:
        """An order, paid by its code."""
        order = {"out_trade_no": number, "total_amount": total, "subject": "测试商品", **biz}
        answered = await self.call("trade.precreate", order, notify_url=NOTIFY)
        assert answered.code == "10000", answered.value
        await self.act(number, "pay")
        return await self.trade(number)

    async def advance(self, duration_ms: int) -> None:
        await self.sandbox.timers.run_until(later(self.sandbox.clock.now(), duration_ms))
        await self.sandbox.timers.settle()

    async def verdicts(self) -> list[str]:
        """What the audit finds wrong."""
        found = await audit(self.sandbox, self.simulator.providers)
        return [f"{each.law}: {each.detail}" for each in found if not each.ok]

    def told(self) -> list[dict[str, str]]:
        """Every notification that arrived, decoded, once its signature was found good."""
        return [self.notice(request) for request in self.receiver.requests]

    def notice(self, request: HttpRequest) -> dict[str, str]:
        values = dict(parse_qsl(request.body.decode("ascii"), keep_blank_values=True, strict_parsing=True))
        assert "" not in values.values(), "empty values are not sent"
        text = "&".join(
            f"{name}={values[name]}" for name in sorted(values) if name not in ("sign", "sign_type")
        )
        key = self.merchant.keys.public("platform")
        assert rsa.verifies_sha256(key, text.encode(), values["sign"]), "not signed by Alipay"
        assert not CONTRACTS.producer(f"alipay/v2/{_contract_of(values)}").check(values)
        return values


def _contract_of(values: Mapping[str, str]) -> str:
    """Two kinds of notification have a contract for all their events."""
    kind = values.get("notify_type", "")
    if not kind:
        return "objects/message.json"
    return "objects/trade-status-sync.json" if kind == "trade_status_sync" else f"events/{kind}/notification.schema.json"


def taking(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, (), b"success")


@asynccontextmanager
async def opened(
    settings: Mapping[str, str] | None = None, clock: str = "frozen", store: str = "memory",
    *, strict: bool = False,
) -> AsyncIterator[Shop]:
    receiver = Receiver(answer=taking)
    simulator = Simulator(
        [build(settings or {})], store=open_store(store), transport=receiver, switches=Switches(strict=strict)
    )
    await simulator.start()
    sandbox = await simulator.sandboxes.create(clock=clock)
    try:
        yield Shop(simulator, sandbox, receiver)
    finally:
        await simulator.close()


def from_base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
