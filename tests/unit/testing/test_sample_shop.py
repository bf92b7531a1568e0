"""The sample shop on a healthy day, at each provider, and the names of its flaws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from paydouble.client.sandbox import Sandbox
from paydouble.testing.in_process import PaydoubleServer
from paydouble.testing.sample_shop.door import OpenShop
from paydouble.testing.sample_shop.flaws import CAREFUL, CARELESS, Flaw, told, variant
from paydouble.testing.sample_shop.statements import alipay_lines, wechat_lines
from paydouble.testing.sample_shop.tills import TILLS
from paydouble.testing.sample_shop.values import Forged, Unheard


@pytest.fixture
def sandbox(server: PaydoubleServer) -> Iterator[Sandbox]:
    made = server.sandbox()
    yield made
    made.delete()


def ask(shop: OpenShop, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = HTTPConnection(urlsplit(shop.url).netloc, timeout=20)
    connection.request(method, path, None if body is None else json.dumps(body))
    with connection.getresponse() as response:
        answer = response.status, json.loads(response.read())
    connection.close()
    return answer


@pytest.mark.parametrize("provider", TILLS)
def test_an_order_is_paid_shipped_and_refunded(provider: str, sandbox: Sandbox) -> None:
    with OpenShop(sandbox.credentials, provider) as shop:
        sandbox.webhook(provider, shop.callback(provider))
        assert ask(shop, "POST", "/orders", {"id": "order-1", "amount": 13.01})[0] == 201
        if sandbox.payment(ref="order-1").phase == "open":
            sandbox.pay(ref="order-1")
        sandbox.wait_for(notifications={"event": "payment.succeeded", "acknowledged": 1})
        _, order = ask(shop, "GET", "/orders/order-1")
        assert (order["status"], order["shipments"]) == ("paid", 1)
        assert ask(shop, "POST", "/orders/order-1/refund", {"amount": 5})[0] == 201
        sandbox.wait_for(payment={"ref": "order-1", "refunded": 5})
        assert ask(shop, "POST", "/orders/order-1/refund", {"amount": 9})[0] == 402
        assert ask(shop, "POST", "/orders/order-1/check")[1]["refunded"] == "5.00"
    assert sandbox.report()["ok"]
    assert sandbox.report()["violations"] == 0


@pytest.mark.parametrize("provider", TILLS)
def test_what_is_no_callback_is_refused(provider: str, sandbox: Sandbox) -> None:
    with OpenShop(sandbox.credentials, provider) as shop:
        for body in ("", "{}", "a=b", "\x00"):
            assert ask(shop, "POST", f"/callbacks/{provider}", body)[0] == 401
        with pytest.raises(Forged):
            shop.shop.tills[provider].read({}, b"")


@pytest.mark.parametrize(("method", "path", "body", "status"), [
    ("POST", "/orders", {"id": "a"}, 422), ("POST", "/orders", {"id": "a", "amount": "much"}, 422),
    ("GET", "/orders/none", None, 404), ("GET", "/nowhere", None, 404), ("POST", "/orders/none/refund", None, 404),
    ("POST", "/callbacks/nobody", {}, 404), ("GET", "/return", None, 422),
])  # fmt: skip
def test_nonsense_is_answered(method: str, path: str, body: Any, status: int, sandbox: Sandbox) -> None:
    with OpenShop(sandbox.credentials, "stripe") as shop:
        assert ask(shop, method, path, body)[0] == status


@pytest.mark.parametrize(("name", "flaws"), [
    ("careful", CAREFUL), ("careless", CARELESS), ("no-dedupe", frozenset({Flaw.NO_DEDUPE})),
    ("new-key,no-lock", frozenset({Flaw.NEW_KEY, Flaw.NO_LOCK})),
])  # fmt: skip
def test_a_variant_has_a_name(name: str, flaws: frozenset[Flaw]) -> None:
    assert variant(name) == flaws
    assert variant(told(flaws)) == flaws


def test_a_flaw_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no-dedupe"):
        variant("no-sleep")


@pytest.mark.parametrize("content", [b"", b"PK", b"\xff\xfe"])
def test_a_file_that_is_no_statement(content: bytes) -> None:
    with pytest.raises(Unheard):
        alipay_lines(content)


def test_lines_of_a_trade_bill() -> None:
    text = "商户订单号,交易状态,订单金额,申请退款金额,手续费\n`o-1,`SUCCESS,`10.00,`0,`0.06\n`o-1,`REFUND,`10.00,`4.00,`-0.02\n总数\n`1\n"
    for content in (text.encode("utf-8-sig"), text.encode("gb18030")):
        assert [(line.order, str(line.amount), line.refund) for line in wechat_lines(content)] == [
            ("o-1", "10.00", False), ("o-1", "4.00", True),
        ]
