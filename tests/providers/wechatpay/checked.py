"""A merchant of the WeChat Pay simulator whose every answer and callback is held against the published contracts."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from paydouble.contracts.catalog import Catalog
from paydouble.core.clock import later
from paydouble.core.http import HttpRequest, HttpResponse
from paydouble.engine.audit import audit
from paydouble.engine.router import Match, Router
from paydouble.providers.wechatpay import build
from paydouble.providers.wechatpay.models import Transaction, number_key
from tests.merchants import Answered, World, world

CATALOG = Catalog(Path(__file__).resolve().parents[3] / "contracts")
ROUTER = Router("v3", build().operations)
HOOK = "http://127.0.0.1:9/hook"


class Shop:
    """Calls of API v3; `events` are the callbacks that it was sent, decrypted."""

    def __init__(self, here: World) -> None:
        self.here = here
        merchant = here.merchant("wechatpay")
        self.mchid, self.appid, self.secrets = merchant.id, merchant.secrets["appid"], merchant.secrets

    async def send(self, method: str, target: str, body: Mapping[str, Any] | bytes | None = None) -> Answered:
        answered = await self.here.wechatpay(method, target, body)
        check_answer(method, target, answered.response)
        return answered

    async def post(self, target: str, **body: Any) -> Any:
        """The body of an answer that must be a success."""
        answered = await self.send("POST", target, body)
        assert answered.status in (200, 204), answered.json
        return answered.json

    async def get(self, target: str) -> Any:
        answered = await self.send("GET", target)
        assert answered.status == 200, answered.json
        return answered.json

    async def refused(self, method: str, target: str, **body: Any) -> tuple[int, str, str]:
        """Status, code and message of an answer that must not be a success."""
        answered = await self.send(method, target, body or None)
        assert answered.status not in (200, 204), answered.json
        return answered.status, answered.json["code"], answered.json["message"]

    def order(self, number: str = "ORDER-000001", total: int = 100, **more: Any) -> dict[str, Any]:
        return {
            "appid": self.appid, "mchid": self.mchid, "description": "三体", "out_trade_no": number,
            "notify_url": HOOK, "amount": {"total": total, "currency": "CNY"}, **more,
        }

    async def paid(self, number: str = "ORDER-000001", total: int = 100, **more: Any) -> Transaction:
        await self.post("/v3/pay/transactions/native", **self.order(number, total, **more))
        return await self.pay(number)

    async def pay(self, number: str, trigger: str = "pay", **details: Any) -> Transaction:
        await self.here.pay("wechatpay", number, trigger, **details)
        return await self.transaction(number)

    async def transaction(self, number: str) -> Transaction:
        work = self.here.sandbox.work()
        found = await work.find(Transaction, "order_key", number_key(self.mchid, number))
        assert found is not None
        return found

    async def act(self, kind: str, id: str, trigger: str, **details: Any) -> None:
        await self.here.simulator.acts.act(self.here.sandbox, kind, id, trigger, details)
        await self.here.settle()

    async def advance(self, by_ms: int) -> None:
        sandbox = self.here.sandbox
        await sandbox.timers.run_until(later(sandbox.clock.now(), by_ms))

    async def events(self) -> list[tuple[str, Any]]:
        """Type and plain text of every v3 callback so far, in the order of arrival."""
        await self.here.settle()
        told = [request for request in self.here.receiver.requests if request.body.startswith(b"{")]
        return [self.opened(request) for request in told]

    def opened(self, request: HttpRequest) -> tuple[str, Any]:
        envelope = json.loads(request.body)
        folder, resource = f"wechatpay/v3/events/{envelope['event_type']}", envelope["resource"]
        assert not CATALOG.producer(f"{folder}/notification.schema.json").check(envelope)
        box = AESGCM(self.secrets["apiv3_key"].encode())
        sealed = base64.b64decode(resource["ciphertext"])
        plain = json.loads(
            box.decrypt(resource["nonce"].encode(), sealed, resource["associated_data"].encode())
        )
        broken = CATALOG.producer(f"{folder}/resource.schema.json").check(plain)
        assert not broken, [(each.pointer, each.keyword, each.value) for each in broken]
        return envelope["event_type"], plain


def check_answer(method: str, target: str, response: HttpResponse) -> None:
    """Every success has its operation's form, every refusal that of an error."""
    found = ROUTER.match(method, unquote(target.partition("?")[0]), "")
    if response.status >= 400:
        contract = CATALOG.producer("wechatpay/v3/error.schema.json")
    elif isinstance(found, Match):
        contract = CATALOG.producer(f"wechatpay/v3/{found.operation.id}/response.schema.json")
    else:
        raise AssertionError(f"{method} {target} answered {response.status}")
    is_json = response.header("Content-Type").startswith("application/json")
    document = None if not response.body else json.loads(response.body) if is_json else "a file"
    broken = contract.check(document)
    assert not broken, [(each.pointer, each.keyword, each.value) for each in broken]


@asynccontextmanager
async def shop(**created: Any) -> AsyncIterator[Shop]:
    """A shop in a sandbox of its own; its ledger is audited at the end."""
    async with world(**created) as here:
        yield Shop(here)
        for verdict in await audit(here.sandbox, here.simulator.providers):
            assert verdict.ok, f"{verdict.law}: {verdict.detail}"
