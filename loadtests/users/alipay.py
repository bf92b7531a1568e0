"""A buyer at an Alipay merchant: code, payment, look, refunds; https://opendocs.alipay.com/apis/api_1/alipay.trade.precreate.

All calls of a buyer are known before the first is sent, so they may be signed ahead.
"""

from __future__ import annotations

import json
import random
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from locust import FastHttpUser, constant, task

from loadtests.alipay_signing import AlipaySigner, AlipayVerifier
from loadtests.calling import Request, call, expect_status, world_of
from loadtests.signing import Unverifiable
from loadtests.world import Callback, World

PROVIDER = "alipay"
TWICE = 0.3
"""Share of orders that are refunded in two parts."""
PAID, REFUNDED = "trade_status_sync.TRADE_SUCCESS", "trade_status_sync.refund"
TARGET = "/gateway.do?charset=utf-8"
FORM = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Order:
    """One buyer's calls, signed."""

    number: str
    precreate: Request
    query: Request
    refunds: tuple[tuple[str, Request, Request], ...]
    """Each with its number, the call, and the query that follows."""


class AlipayShop:
    """A merchant in key mode."""

    def __init__(self, credentials: Mapping[str, str], notify_url: str) -> None:
        self._signer, self._notify_url = AlipaySigner.of(credentials), notify_url
        self.verifier = AlipayVerifier.of(credentials)
        self._ahead: deque[Order] = deque()

    def read(self, headers: Mapping[str, str], body: bytes) -> Callback:
        values = self.verifier.notification(body)
        try:
            if "refund_fee" in values:
                return Callback(REFUNDED, values["out_biz_no"], values["notify_id"])
            return Callback(PAID, values["out_trade_no"], values["notify_id"])
        except KeyError as error:
            raise Unverifiable(f"not a notification that was asked for: {error!r}") from None

    def sign_ahead(self, orders: int) -> None:
        self._ahead.extend(self.make_order() for _ in range(orders))

    def order(self) -> Order:
        """Signed ahead while the store lasts, else now."""
        return self._ahead.popleft() if self._ahead else self.make_order()

    def make_order(self) -> Order:
        number, total = f"L{secrets.token_hex(12)}", random.randrange(100, 100_000)
        parts = range(1 + (random.random() < TWICE))
        ask = {"out_trade_no": number, "total_amount": _yuan(total), "subject": "load"}
        return Order(
            number, self._call("trade.precreate", ask, notify_url=self._notify_url),
            self._call("trade.query", {"out_trade_no": number}),
            tuple(self._refund(number, f"{number}R{part}", total // 4) for part in parts),
        )

    def _refund(self, number: str, request: str, amount: int) -> tuple[str, Request, Request]:
        ask = {"out_trade_no": number, "out_request_no": request}
        refund = self._call("trade.refund", {**ask, "refund_amount": _yuan(amount)})
        return request, refund, self._call("trade.fastpay.refund.query", ask)

    def _call(self, operation: str, ask: Mapping[str, str], **common: str) -> Request:
        body = self._signer.form(f"alipay.{operation}", json.dumps(ask), **common)
        return Request(f"{PROVIDER} {operation}", "POST", TARGET, FORM, body)


def open_shop(world: World) -> AlipayShop:
    """Orders name their own callback address, so nothing has to be registered."""
    return AlipayShop(world.credentials[PROVIDER], world.callback_url(PROVIDER))


class AlipayBuyer(FastHttpUser):
    """Scans the code and pays; the buyer's hand is the control API."""

    wait_time = constant(0)

    @task
    def journey(self) -> None:
        world = world_of(self)
        shop = world.shops[PROVIDER]
        assert isinstance(shop, AlipayShop)
        order = shop.order()
        self._value(shop, order.precreate)
        with world.awaited.expect(f"{PROVIDER} {PAID}", order.number):
            call(self.client, paying(world, order.number))
        found = self._value(shop, order.query).get("trade_status")
        expect_status(self.client, order.query, found, "TRADE_SUCCESS")
        for number, refund, query in order.refunds:
            with world.awaited.expect(f"{PROVIDER} {REFUNDED}", number):
                self._value(shop, refund)
            found = self._value(shop, query).get("refund_status")
            expect_status(self.client, query, found, "REFUND_SUCCESS")

    def _value(self, shop: AlipayShop, request: Request) -> dict[str, Any]:
        """The value of the envelope; what is refused has the status 200 too. Raises RescheduleTask."""
        envelope = call(self.client, request, shop.verifier.check)
        value: dict[str, Any] = next(iter(envelope.values()))
        expect_status(self.client, request, value.get("sub_code", value.get("code")), "10000")
        return value


def paying(world: World, number: str) -> Request:
    """What the buyer does in the app is no call of a merchant, so it goes through the control API."""
    target = world.control(f"payments/ref:{number}/act?provider={PROVIDER}")
    headers = {"Content-Type": "application/json"}
    if world.token:
        headers["Authorization"] = f"Bearer {world.token}"
    return Request("paydouble payments.act", "POST", target, headers, b'{"trigger":"pay"}')


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


BUYER = AlipayBuyer
