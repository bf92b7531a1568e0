"""A merchant of the Stripe simulator whose every answer and event is held against the published contracts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from paydouble.contracts.catalog import Catalog
from paydouble.core.clock import later
from paydouble.core.http import HttpResponse
from paydouble.core.ledger import available as topped_up
from paydouble.engine.audit import audit
from paydouble.engine.router import Match, Router
from paydouble.providers.stripe import booking, build
from paydouble.providers.stripe.lists import every
from paydouble.providers.stripe.models import BalanceTransaction
from tests.merchants import Answered, World, world

CATALOG = Catalog(Path(__file__).resolve().parents[3] / "contracts")
ROUTER = Router("v1", build().operations)
CARDS_ONLY = {"enabled": True, "allow_redirects": "never"}


class Shop:
    """Calls with plain keyword arguments; `events` are those that its endpoint was told, in order."""

    def __init__(self, here: World, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.here = here
        self.headers = headers

    def on(self, account: str) -> Shop:
        """The same, acting for a connected account."""
        return Shop(self.here, (*self.headers, ("Stripe-Account", account)))

    def version(self, version: str) -> Shop:
        """The same in another version of the API."""
        return Shop(self.here, (*self.headers, ("Stripe-Version", version)))

    async def send(self, method: str, path: str, *, key: str = "", **params: Any) -> Answered:
        answered = await self.here.stripe(method, path, key=key, headers=self.headers, **params)
        check_answer(method, path, answered.response)
        return answered

    async def post(self, path: str, *, key: str = "", **params: Any) -> Any:
        """The body of an answer that must be a success."""
        answered = await self.send("POST", path, key=key, **params)
        assert answered.status == 200, answered.json
        return answered.json

    async def get(self, path: str, **params: Any) -> Any:
        answered = await self.send("GET", path, **params)
        assert answered.status == 200, answered.json
        return answered.json

    async def refused(self, method: str, path: str, **params: Any) -> Any:
        """The `error` of an answer that must be a refusal, with its status."""
        answered = await self.send(method, path, **params)
        assert answered.status >= 400, answered.json
        return {"http": answered.status, **answered.json["error"]}

    async def pay(self, amount: int = 1099, card: str = "pm_card_visa", **params: Any) -> Any:
        """A PaymentIntent that is confirmed at once, whatever comes of it."""
        given = {"currency": "usd", "confirm": True, "automatic_payment_methods": CARDS_ONLY, **params}
        answered = await self.send("POST", "/v1/payment_intents", amount=amount, payment_method=card, **given)
        return answered.json

    async def events(self) -> list[Any]:
        """What the endpoint was told, each once, in the order of arrival; all held against its contract."""
        await self.here.settle()
        told = [json.loads(request.body) for request in self.here.receiver.requests]
        for event in told:
            path = f"stripe/v1/events/{event['type']}/notification.schema.json"
            if (CATALOG.root / path).is_file():
                assert not CATALOG.producer(path).check(event), event["type"]
        return told

    async def types(self) -> list[str]:
        return [event["type"] for event in await self.events()]

    async def act(self, intent: Any, trigger: str, **details: Any) -> None:
        here = self.here
        await here.simulator.acts.act(here.sandbox, "stripe.payment_intent", intent["id"], trigger, details)
        await here.settle()

    async def advance(self, by_ms: int) -> None:
        sandbox = self.here.sandbox
        await sandbox.timers.run_until(later(sandbox.clock.now(), by_ms))


def check_answer(method: str, path: str, response: HttpResponse) -> None:
    """Every success has its operation's form, every refusal that of an error."""
    found = ROUTER.match(method, path, "")
    if response.status >= 400:
        contract = CATALOG.producer("stripe/v1/error.schema.json")
    elif isinstance(found, Match):
        contract = CATALOG.producer(f"stripe/v1/{found.operation.id}/response.schema.json")
    else:
        raise AssertionError(f"{method} {path} answered {response.status}")
    broken = contract.check(json.loads(response.body))
    assert not broken, [(each.pointer, each.keyword, each.value) for each in broken]


@asynccontextmanager
async def shop(**created: Any) -> AsyncIterator[Shop]:
    """A shop with an endpoint for all events; its ledger is audited at the end."""
    async with world(**created) as here:
        await here.stripe("POST", "/v1/webhook_endpoints", url="http://127.0.0.1:9/hook", enabled_events=["*"])
        yield Shop(here)
        for verdict in await audit(here.sandbox, here.simulator.providers):
            assert verdict.ok, f"{verdict.law}: {verdict.detail}"
        await check_balances(here)


async def check_balances(here: World) -> None:
    """What an account holds by its ledger: the sum of its balance transactions, and what was put into it."""
    now, sums = here.sandbox.clock.now(), dict[str, tuple[Counter[str], Counter[str]]]()
    for one in await every(here.sandbox.work(), BalanceTransaction, "", ""):
        available, pending = sums.setdefault(one.merchant, (Counter(), Counter()))
        (available if now >= one.available_on else pending)[one.currency] += one.net
    for account, (available, pending) in sums.items():
        work = here.sandbox.work()
        for currency, minor in (await work.balance(topped_up(account))).items():
            available[currency.lower()] += minor
        held = await booking.held(work, account, now)
        assert held == (available, pending), account
