"""A buyer at a PayPal merchant: order, approval, capture, refunds; https://developer.paypal.com/docs/api/orders/v2/."""

from __future__ import annotations

import base64
import json
import random
import secrets
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from locust import FastHttpUser, constant, task

from loadtests.calling import Request, call, expect_status, world_of
from loadtests.signing import Unverifiable
from loadtests.world import Callback, Refused, World

PROVIDER = "paypal"
SET_UP_WITHIN_S = 30
JSON = "application/json"
TWICE = 0.3
"""Share of captures that are refunded in two parts."""
PAID, REFUNDED = "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED"


@dataclass(frozen=True, slots=True)
class PayPalShop:
    """An app with a webhook; certificates are fetched once each."""

    url: str
    token: str
    webhook: str
    keys: dict[str, RSAPublicKey] = field(default_factory=dict)

    def read(self, headers: Mapping[str, str], body: bytes) -> Callback:
        told = {name.lower(): value for name, value in headers.items()}
        try:
            signed = "|".join((
                told["paypal-transmission-id"], told["paypal-transmission-time"], self.webhook,
                str(zlib.crc32(body)),
            ))
            signature = base64.b64decode(told["paypal-transmission-sig"])
            self._key(told["paypal-cert-url"]).verify(signature, signed.encode(), PKCS1v15(), hashes.SHA256())
            event = json.loads(body)
            return Callback(event["event_type"], event["resource"].get("custom_id", ""), event["id"])
        except (KeyError, ValueError, InvalidSignature) as error:
            raise Unverifiable(f"not an event of PayPal: {error!r}") from None

    def _key(self, cert_url: str) -> RSAPublicKey:
        if cert_url not in self.keys:
            text = _asked(self.url, "GET", urlsplit(cert_url).path)
            key = x509.load_pem_x509_certificates(text)[0].public_key()
            assert isinstance(key, RSAPublicKey)
            self.keys[cert_url] = key
        return self.keys[cert_url]

    def post(self, operation: str, target: str, body: Mapping[str, Any]) -> Request:
        headers = self._headers() | {"PayPal-Request-Id": secrets.token_hex(16), "Content-Type": JSON}
        return Request(f"{PROVIDER} {operation}", "POST", target, headers, json.dumps(body).encode())

    def get(self, operation: str, target: str) -> Request:
        return Request(f"{PROVIDER} {operation}", "GET", target, self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _asked(url: str, method: str, target: str, body: str = "", **headers: str) -> bytes:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=SET_UP_WITHIN_S)) as connection:
        connection.request(method, target, body or None, {n.replace("_", "-"): v for n, v in headers.items()})
        return connection.getresponse().read()


def open_shop(world: World) -> PayPalShop:
    """Signs in, and registers the receiver for the events that buyers wait for. Raises Refused."""
    given = world.credentials[PROVIDER]
    basic = base64.b64encode(f"{given['client_id']}:{given['client_secret']}".encode()).decode()
    form = "application/x-www-form-urlencoded"
    granted = json.loads(_asked(
        world.url, "POST", "/v1/oauth2/token", "grant_type=client_credentials",
        Authorization=f"Basic {basic}", Content_Type=form,
    ))
    if "access_token" not in granted:
        raise Refused(f"no token was granted: {granted}")
    wanted = {
        "url": world.callback_url(PROVIDER), "event_types": [{"name": PAID}, {"name": REFUNDED}],
    }
    made = json.loads(_asked(
        world.url, "POST", "/v1/notifications/webhooks", json.dumps(wanted),
        Authorization=f"Bearer {granted['access_token']}", Content_Type=JSON,
    ))
    if "id" not in made:
        raise Refused(f"no webhook could be made: {made}")
    return PayPalShop(world.url, granted["access_token"], made["id"])


class PayPalBuyer(FastHttpUser):
    """Approves at once; the buyer's hand is the control API."""

    wait_time = constant(0)

    @task
    def journey(self) -> None:
        world = world_of(self)
        shop, key, amount = world.shops[PROVIDER], secrets.token_hex(8), random.randrange(1_000, 100_000)
        assert isinstance(shop, PayPalShop)
        unit = {"amount": _usd(amount), "custom_id": key}
        order = call(self.client, shop.post(
            "orders.create", "/v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": [unit]}
        ))["id"]
        call(self.client, approving(world, order))
        capture = shop.post("orders.capture", f"/v2/checkout/orders/{order}/capture", {})
        with world.awaited.expect(f"{PROVIDER} {PAID}", key):
            paid = call(self.client, capture)
        expect_status(self.client, capture, paid["status"], "COMPLETED")
        taken = paid["purchase_units"][0]["payments"]["captures"][0]["id"]
        for part in range(1 + (random.random() < TWICE)):
            self._refund(world, shop, taken, f"{key}-{part}", amount // 4)
        look = shop.get("orders.get", f"/v2/checkout/orders/{order}")
        expect_status(self.client, look, call(self.client, look)["status"], "COMPLETED")

    def _refund(self, world: World, shop: PayPalShop, taken: str, key: str, amount: int) -> None:
        refund = shop.post(
            "captures.refund", f"/v2/payments/captures/{taken}/refund",
            {"amount": _usd(amount), "custom_id": key},
        )
        with world.awaited.expect(f"{PROVIDER} {REFUNDED}", key):
            made = call(self.client, refund)
        expect_status(self.client, refund, made["status"], "COMPLETED")


def approving(world: World, order: str) -> Request:
    """What the buyer does on PayPal's page is no call of a merchant, so it goes through the control API."""
    target = world.control(f"payments/{order}/act?provider={PROVIDER}")
    headers = {"Content-Type": JSON}
    if world.token:
        headers["Authorization"] = f"Bearer {world.token}"
    return Request("paydouble payments.act", "POST", target, headers, b'{"trigger":"approve"}')


def _usd(cents: int) -> dict[str, str]:
    return {"currency_code": "USD", "value": f"{cents // 100}.{cents % 100:02}"}


BUYER = PayPalBuyer
