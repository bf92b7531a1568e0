"""A buyer at a WeChat Pay merchant: QR code, payment, look, refunds; https://pay.weixin.qq.com/doc/v3/merchant/4012791877.

All calls of a buyer are known before the first is sent, so they may be signed ahead: an RSA signature costs
the generator more than all the rest of a call. Signatures are good for five minutes.
"""

from __future__ import annotations

import json
import random
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from locust import FastHttpUser, constant, task

from loadtests.calling import Request, call, expect_status, world_of
from loadtests.signing import TOLERANCE_S, Unverifiable, WechatpaySigner, WechatpayVerifier
from loadtests.world import Callback, World

PROVIDER = "wechatpay"
TWICE = 0.3
"""Share of orders that are refunded in two parts."""
TOTALS = (5_000, 100_000)
"""In fen; some amounts below are test values that decline a payment."""
PAID, REFUNDED = "TRANSACTION.SUCCESS", "REFUND.SUCCESS"
KEY_OF = {"transaction": "out_trade_no", "refund": "out_refund_no"}
FRESH_S = TOLERANCE_S - 60
ORDERS, REFUNDS = "/v3/pay/transactions", "/v3/refund/domestic/refunds"


@dataclass(frozen=True, slots=True)
class Order:
    """One buyer's calls, signed."""

    number: str
    prepay: Request
    query: Request
    refunds: tuple[tuple[str, Request, Request], ...]
    """Each with its number, the call, and the query that follows."""
    made: float = field(default_factory=monotonic)


class WechatpayShop:
    """A merchant in public-key mode, as all new ones are."""

    def __init__(self, credentials: Mapping[str, str], notify_url: str) -> None:
        self._appid, self._mchid, self._notify_url = credentials["appid"], credentials["mchid"], notify_url
        self._signer = WechatpaySigner.of(credentials)
        self.verifier = WechatpayVerifier.of(credentials)
        self._ahead: deque[Order] = deque()

    def read(self, headers: Mapping[str, str], body: bytes) -> Callback:
        event = self.verifier.notification(headers, body)
        try:
            key = event["plain"][KEY_OF[event["resource"]["original_type"]]]
            return Callback(event["event_type"], key, event["id"])
        except (KeyError, TypeError) as error:
            raise Unverifiable(f"not a notification that was asked for: {error!r}") from None

    def sign_ahead(self, orders: int) -> None:
        self._ahead.extend(self.make_order() for _ in range(orders))

    def order(self) -> Order:
        """Signed ahead while the store lasts, else now."""
        while self._ahead:
            order = self._ahead.popleft()
            if monotonic() - order.made < FRESH_S:
                return order
        return self.make_order()

    def make_order(self) -> Order:
        number, total = f"L{secrets.token_hex(12)}", random.randrange(*TOTALS)
        parts = range(1 + (random.random() < TWICE))
        prepay = {
            "appid": self._appid, "mchid": self._mchid, "description": "load", "out_trade_no": number,
            "notify_url": self._notify_url, "amount": {"total": total, "currency": "CNY"},
        }
        target = f"{ORDERS}/out-trade-no/{number}?mchid={self._mchid}"
        return Order(
            number, self._post("transactions.native", f"{ORDERS}/native", prepay),
            self._get("transactions.query_by_out_trade_no", target),
            tuple(self._refund(number, f"{number}R{part}", total) for part in parts),
        )

    def _refund(self, number: str, refund: str, total: int) -> tuple[str, Request, Request]:
        create = {
            "out_trade_no": number, "out_refund_no": refund, "notify_url": self._notify_url,
            "amount": {"refund": total // 4, "total": total, "currency": "CNY"},
        }
        query = self._get("refunds.query", f"{REFUNDS}/{refund}")
        return refund, self._post("refunds.create", REFUNDS, create), query

    def _post(self, operation: str, target: str, fields: Mapping[str, object]) -> Request:
        body = json.dumps(fields).encode()
        headers = self._signer.headers("POST", target, body)
        return Request(f"{PROVIDER} {operation}", "POST", target, headers, body)

    def _get(self, operation: str, target: str) -> Request:
        return Request(f"{PROVIDER} {operation}", "GET", target, self._signer.headers("GET", target))


def open_shop(world: World) -> WechatpayShop:
    """Orders and refunds name their own callback address, so nothing has to be registered."""
    return WechatpayShop(world.credentials[PROVIDER], world.callback_url(PROVIDER))


class WechatpayBuyer(FastHttpUser):
    """Scans the code and pays; the payer's hand is the control API."""

    wait_time = constant(0)

    @task
    def journey(self) -> None:
        world = world_of(self)
        shop = world.shops[PROVIDER]
        assert isinstance(shop, WechatpayShop)
        order, check = shop.order(), shop.verifier.check
        call(self.client, order.prepay, check)
        with world.awaited.expect(f"{PROVIDER} {PAID}", order.number):
            call(self.client, paying(world, order.number))
        found = call(self.client, order.query, check)
        expect_status(self.client, order.query, found["trade_state"], "SUCCESS")
        for number, create, query in order.refunds:
            with world.awaited.expect(f"{PROVIDER} {REFUNDED}", number):
                call(self.client, create, check)
            status = call(self.client, query, check)["status"]
            expect_status(self.client, query, status, "SUCCESS", "PROCESSING")


def paying(world: World, number: str) -> Request:
    """What the buyer does in the app is no call of a merchant, so it goes through the control API."""
    target = world.control(f"payments/ref:{number}/act?provider={PROVIDER}")
    headers = {"Content-Type": "application/json"}
    if world.token:
        headers["Authorization"] = f"Bearer {world.token}"
    return Request("paydouble payments.act", "POST", target, headers, b'{"trigger":"pay"}')


BUYER = WechatpayBuyer
