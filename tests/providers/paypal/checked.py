"""A merchant of the PayPal simulator whose every answer and event is held against the published contracts."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paydouble.contracts.catalog import Catalog
from paydouble.core.call import Merchant
from paydouble.core.clock import later
from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.core.record import Record
from paydouble.engine.audit import audit
from paydouble.engine.router import Match, Router
from paydouble.engine.sandbox import Sandbox
from paydouble.engine.simulator import Simulator
from paydouble.providers.paypal import build
from paydouble.providers.paypal.provider import PREFIXES
from paydouble.scenarios.loader import load_text
from paydouble.store import open_store
from tests.merchants import Answered, Receiver
from tests.providers.paypal import official

BASE = "http://127.0.0.1:4800"
CATALOG = Catalog(Path(__file__).resolve().parents[3] / "contracts")
APIS = build().apis
ROUTERS = {api.name: Router(api.name, build().operations) for api in APIS}
FORM = "application/x-www-form-urlencoded"


@dataclass
class Seen:
    """One answered call, for whoever wants to look at all of them."""

    operation: str
    api: str
    response: HttpResponse


@dataclass
class Shop:
    """Calls with JSON; what it is answered and told is checked on the way."""

    simulator: Simulator
    sandbox: Sandbox
    receiver: Receiver
    token: str = ""
    seen: list[Seen] = field(default_factory=list)

    @property
    def merchant(self) -> Merchant:
        found = self.simulator.directory.merchant(self.sandbox.id, "paypal")
        assert found is not None
        return found

    async def sign_in(self, **fields: str) -> Answered:
        client = f"{self.merchant.id}:{self.merchant.secrets['client_secret']}"
        basic = base64.b64encode(client.encode()).decode()
        body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
        return await self.raw(
            "POST", "/v1/oauth2/token", body, {"Authorization": f"Basic {basic}", "Content-Type": FORM}
        )

    async def raw(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        request = HttpRequest(
            method=method, target=target, body=body, headers=Headers(tuple(headers.items())),
            id=self.simulator.new_call_id(), base_url=BASE,
        )
        answered = Answered(await self.simulator.serve("paypal", request))
        self._check(method, request.path, answered.response)
        return answered

    async def call(
        self, method: str, target: str, body: Any = None, *, key: str = "", whole: bool = False, **headers: str
    ) -> Answered:
        """With a bearer token; `headers` with underscores for their dashes."""
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            fields["PayPal-Request-Id"] = key
        if whole:
            fields["Prefer"] = "return=representation"
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return await self.raw(method, target, raw, fields)

    async def post(self, target: str, body: Any = None, *, status: int = 201, **more: Any) -> Any:
        """The body of an answer that must have this status."""
        answered = await self.call("POST", target, body, **more)
        assert answered.status == status, (answered.status, answered.json)
        return answered.json

    async def get(self, target: str) -> Any:
        answered = await self.call("GET", target)
        assert answered.status == 200, answered.json
        return answered.json

    async def refused(self, method: str, target: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """(status, issue) of an answer that must be a refusal."""
        answered = await self.call(method, target, body, **more)
        assert answered.status >= 400, answered.json
        assert answered.response.header("PayPal-Debug-Id") == answered.json["debug_id"]
        details = answered.json.get("details") or [{}]
        return answered.status, details[0].get("issue", answered.json["name"])

    async def order(self, value: str = "100.00", currency: str = "USD", **more: Any) -> Any:
        """An order without a payment source, as its creation answers."""
        return await self.post("/v2/checkout/orders", asked(value, currency, **more), whole=True)

    async def act(self, kind: str, id: str, trigger: str, **details: Any) -> Record | None:
        moved = await self.simulator.acts.act(self.sandbox, f"paypal.{kind}", id, trigger, details)
        await self.settle()
        return moved

    async def approved(self, value: str = "100.00", currency: str = "USD", **more: Any) -> str:
        """The id of an order that its payer approved."""
        made = await self.order(value, currency, **more)
        await self.act("order", made["id"], "approve")
        return str(made["id"])

    async def paid(self, value: str = "100.00", currency: str = "USD", **more: Any) -> Any:
        """The capture of an order that was approved and captured."""
        id = await self.approved(value, currency, **more)
        return capture_of(await self.post(f"/v2/checkout/orders/{id}/capture"))

    async def authorized(self, value: str = "100.00", currency: str = "USD", **more: Any) -> Any:
        id = await self.approved(value, currency, intent="AUTHORIZE", **more)
        done = await self.post(f"/v2/checkout/orders/{id}/authorize")
        return done["purchase_units"][0]["payments"]["authorizations"][0]

    async def events(self) -> list[Any]:
        """What the webhook was told, in order; all held against its contract."""
        await self.settle()
        told = [json.loads(request.body) for request in self.receiver.requests]
        for event in told:
            path = f"paypal/webhooks.v1/events/{event['event_type']}/notification.schema.json"
            if (CATALOG.root / path).is_file():
                assert not CATALOG.producer(path).check(event), event
        return told

    async def types(self) -> list[str]:
        return [event["event_type"] for event in await self.events()]

    async def advance(self, by_ms: int) -> None:
        await self.sandbox.timers.run_until(later(self.sandbox.clock.now(), by_ms))

    async def settle(self) -> None:
        await self.sandbox.timers.settle()

    def rules(self, text: str) -> None:
        self.sandbox.rules.activate(load_text(f"schema: 1\nname: test\nrules:\n{text}"))

    def _check(self, method: str, path: str, response: HttpResponse) -> None:
        api = next((api.name for api in APIS if path.startswith(PREFIXES[api.name])), "orders.v2")
        found = ROUTERS[api].match(method, path.rstrip("/"), "")
        body = json.loads(response.body) if response.body.startswith((b"{", b"[")) else None
        if response.status >= 400:
            contract, name = CATALOG.producer(f"paypal/{api}/error.schema.json"), "error"
        elif isinstance(found, Match):
            name = found.operation.id
            contract = CATALOG.producer(f"paypal/{api}/{name}/response.schema.json")
        else:
            raise AssertionError(f"{method} {path} answered {response.status}")
        if response.status != 204 and (body is not None or response.status >= 400):
            broken = contract.check(body)
            assert not broken, (body, [(each.pointer, each.keyword, each.value) for each in broken])
            faults = official.faults(api, name, response.status, body) if response.status < 400 else []
            assert not faults, (name, faults)
        self.seen.append(Seen(name, api, response))


def asked(value: str = "100.00", currency: str = "USD", **more: Any) -> dict[str, Any]:
    """The body that asks for an order of one unit; `unit` has more of its fields."""
    unit = {"amount": {"currency_code": currency, "value": value}, **more.pop("unit", {})}
    return {"intent": "CAPTURE", "purchase_units": [unit], **more}


def capture_of(order: Any) -> Any:
    return order["purchase_units"][0]["payments"]["captures"][0]


def card(number: str = "4111111111111111", **more: Any) -> dict[str, Any]:
    return {"card": {"number": number, "expiry": "2035-12", "security_code": "123", **more}}


@asynccontextmanager
async def shop(
    settings: Mapping[str, str] | None = None, *, hook: str = "http://127.0.0.1:9/hook", **created: Any
) -> AsyncIterator[Shop]:
    """A shop with a token and a webhook for all events; its ledger is audited at the end."""
    receiver = Receiver()
    simulator = Simulator([build(settings)], store=open_store("memory"), transport=receiver)
    await simulator.start()
    sandbox = await simulator.sandboxes.create(**{"clock": "frozen", **created})
    here = Shop(simulator, sandbox, receiver)
    try:
        here.token = (await here.sign_in(grant_type="client_credentials")).json["access_token"]
        await here.post("/v1/notifications/webhooks", {"url": hook, "event_types": [{"name": "*"}]})
        yield here
        for verdict in await audit(here.sandbox, here.simulator.providers):
            assert verdict.ok, f"{verdict.law}: {verdict.detail}"
    finally:
        await simulator.close()
