"""A buyer at a Stripe merchant: intent, confirmation, look, refunds; https://docs.stripe.com/api/payment_intents."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import quote_plus, urlsplit

from locust import FastHttpUser, constant, task

from loadtests.calling import Request, call, expect_status, world_of
from loadtests.signing import StripeVerifier, Unverifiable
from loadtests.world import Callback, Refused, World

PROVIDER = "stripe"
SET_UP_WITHIN_S = 30
FORM = "application/x-www-form-urlencoded"
TWICE = 0.3
"""Share of payments that are refunded in two parts."""
PAID, REFUNDED = "payment_intent.succeeded", "refund.created"
KEY = "load_key"
"""Of the metadata that brings our own key back in the event."""


@dataclass(frozen=True, slots=True)
class StripeShop:
    secret_key: str
    verifier: StripeVerifier

    def read(self, headers: Mapping[str, str], body: bytes) -> Callback:
        event = self.verifier.event(headers, body)
        try:
            return Callback(event["type"], event["data"]["object"]["metadata"].get(KEY, ""), event["id"])
        except (KeyError, TypeError, AttributeError) as error:
            raise Unverifiable(f"not an event: {error!r}") from None

    def post(self, operation: str, target: str, **fields: str | int) -> Request:
        """Names of fields are as on the wire, with `__` for an opening bracket: metadata__key."""
        pairs = (f"{_bracketed(name)}={quote_plus(str(value))}" for name, value in fields.items())
        headers = {
            "Authorization": f"Bearer {self.secret_key}", "Idempotency-Key": secrets.token_hex(16),
            "Content-Type": FORM,
        }
        return Request(f"{PROVIDER} {operation}", "POST", target, headers, "&".join(pairs).encode())

    def get(self, operation: str, target: str) -> Request:
        headers = {"Authorization": f"Bearer {self.secret_key}"}
        return Request(f"{PROVIDER} {operation}", "GET", target, headers)


def open_shop(world: World) -> StripeShop:
    """Registers the receiver as a webhook endpoint, for the events that buyers wait for. Raises Refused."""
    secret_key = world.credentials[PROVIDER]["secret_key"]
    wanted = "&".join(f"enabled_events[]={event}" for event in (PAID, REFUNDED))
    fields = f"url={quote_plus(world.callback_url(PROVIDER))}&{wanted}"
    with closing(HTTPConnection(urlsplit(world.url).netloc, timeout=SET_UP_WITHIN_S)) as connection:
        connection.request(
            "POST", "/v1/webhook_endpoints", fields,
            {"Authorization": f"Bearer {secret_key}", "Content-Type": FORM},
        )
        answer = connection.getresponse()
        made = json.loads(answer.read())
    if "secret" not in made:
        raise Refused(f"no webhook endpoint could be made: {made}")
    return StripeShop(secret_key, StripeVerifier(made["secret"]))


class StripeBuyer(FastHttpUser):
    """Pays with a card that is always good."""

    wait_time = constant(0)

    @task
    def journey(self) -> None:
        world = world_of(self)
        shop, key, amount = world.shops[PROVIDER], secrets.token_hex(8), random.randrange(1_000, 100_000)
        assert isinstance(shop, StripeShop)
        intent = call(self.client, shop.post(
            "payment_intents.create", "/v1/payment_intents", amount=amount, currency="usd",
            automatic_payment_methods__enabled="true", automatic_payment_methods__allow_redirects="never",
            **{f"metadata__{KEY}": key},
        ))["id"]
        self._pay(world, shop, intent, key)
        for part in range(1 + (random.random() < TWICE)):
            self._refund(world, shop, intent, f"{key}/{part}", amount // 4)

    def _pay(self, world: World, shop: StripeShop, intent: str, key: str) -> None:
        confirm = shop.post(
            "payment_intents.confirm", f"/v1/payment_intents/{intent}/confirm", payment_method="pm_card_visa"
        )
        with world.awaited.expect(f"{PROVIDER} {PAID}", key):
            paid = call(self.client, confirm)
        expect_status(self.client, confirm, paid["status"], "succeeded")
        look = shop.get("payment_intents.retrieve", f"/v1/payment_intents/{intent}")
        expect_status(self.client, look, call(self.client, look)["status"], "succeeded")

    def _refund(self, world: World, shop: StripeShop, intent: str, key: str, amount: int) -> None:
        create = shop.post(
            "refunds.create", "/v1/refunds", payment_intent=intent, amount=amount, **{f"metadata__{KEY}": key}
        )
        with world.awaited.expect(f"{PROVIDER} {REFUNDED}", key):
            refund = call(self.client, create)["id"]
        look = shop.get("refunds.retrieve", f"/v1/refunds/{refund}")
        expect_status(self.client, look, call(self.client, look)["status"], "succeeded")


def _bracketed(name: str) -> str:
    head, *inner = name.split("__")
    return head + "".join(f"[{part}]" for part in inner)


BUYER = StripeBuyer
