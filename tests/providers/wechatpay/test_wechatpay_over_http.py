"""WeChat Pay over real sockets: gateway errors to the byte, the clock, retries, and spoiled signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.providers.wechatpay.shop import AGENT, Receiver, Shop, control, send

MakeReceiver = Callable[..., Receiver]


@pytest.fixture
def make_receiver() -> Iterator[MakeReceiver]:
    made: list[Receiver] = []

    def make(*statuses: int) -> Receiver:
        made.append(Receiver(statuses or (204,)))
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


def opened(server: Any, **more: Any) -> tuple[Shop, str]:
    """A sandbox of its own; its merchant, and its address in the control API."""
    sandbox = control(server, "sandboxes", more)
    return Shop(server.url, sandbox["credentials"]["wechatpay"]), f"sandboxes/{sandbox['id']}"


def pay(server: Any, at: str, number: str) -> None:
    control(server, f"{at}/payments/ref:{number}/act", {"trigger": "pay"})


def audited(server: Any, at: str) -> bool:
    verdict = control(server, f"{at}/audit", {})
    return bool(verdict["ok"]) or bool(pytest.fail(str(verdict)))


# fmt: off
@pytest.mark.parametrize(("method", "target", "headers", "status", "body"), [
    ("GET",  "/v3/pay/nothing",              AGENT, 404, ""),
    ("GET",  "/v3/pay/transactions/native",   AGENT, 405, ""),
    ("GET",  "/v3/certificates",              {},    400, '{"code":"INVALID_REQUEST","message":"Http头缺少Accept或User-Agent"}'),
    ("GET",  "/v3/certificates",              AGENT, 401, '{"code":"SIGN_ERROR","message":"Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"}'),
    ("POST", "/v3/pay/transactions/native",   {},    401, '{"code":"SIGN_ERROR","message":"签名信息错误，验签失败"}'),
])  # fmt: skip
# fmt: on
def test_before_authentication(
    server: Any, method: str, target: str, headers: dict[str, str], status: int, body: str
) -> None:
    answer = send(server.url, method, target, headers=headers)
    assert (answer.status, answer.body.decode()) == (status, body)
    assert answer.headers["content-length"] == str(len(body.encode()))
    assert not [name for name in answer.headers if name.startswith("wechatpay-")]


def test_answers_are_signed_even_where_they_are_empty_or_refuse(server: Any, make_receiver: MakeReceiver) -> None:
    shop, at = opened(server)
    assert shop.verifies(shop.order("ORDER-000001", make_receiver().url))
    close = shop.call(
        "POST", "/v3/pay/transactions/out-trade-no/ORDER-000001/close", {"mchid": shop.credentials["mchid"]}
    )
    assert (close.status, close.body, shop.verifies(close)) == (204, b"", True)
    unknown = shop.query("ORDER-999999")
    assert (unknown.status, unknown.json["code"], shop.verifies(unknown)) == (404, "ORDER_NOT_EXIST", True)
    assert unknown.headers["request-id"].endswith("-268512771")
    assert audited(server, at)


def test_a_broken_field_is_named_in_chinese(server: Any) -> None:
    shop, _ = opened(server)
    answer = shop.order("ORDER-000001", "http://127.0.0.1:9/n", amount={"total": 0})
    assert answer.json == {
        "code": "PARAM_ERROR",
        "detail": {"field": "/amount/total", "location": "body", "value": 0},
        "message": "输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1",
    }


def test_an_order_expires_on_a_standing_clock(server: Any) -> None:
    shop, at = opened(server, clock="frozen")
    shop.order("ORDER-000001", "http://127.0.0.1:9/n")
    control(server, f"{at}/clock/advance", {"by": "167h"})
    assert shop.query("ORDER-000001").json["trade_state"] == "NOTPAY"
    control(server, f"{at}/clock/advance", {"by": "1h"})
    assert shop.query("ORDER-000001").json["trade_state"] == "CLOSED"


def test_fifteen_retries_in_a_day_each_signed_and_encrypted_afresh(
    server: Any, make_receiver: MakeReceiver
) -> None:
    shop, at = opened(server, clock="frozen")
    receiver = make_receiver(500)
    shop.order("ORDER-000001", receiver.url)
    pay(server, at, "ORDER-000001")
    control(server, f"{at}/clock/advance", {"by": "25h"})
    attempts = [receiver.next() for _ in range(16)]
    assert receiver.arrived.empty()
    assert all(map(shop.verifies, attempts))
    assert len({attempt.json["id"] for attempt in attempts}) == 1
    assert len({attempt.headers["wechatpay-nonce"] for attempt in attempts}) == 16
    assert len({attempt.json["resource"]["ciphertext"] for attempt in attempts}) == 16
    assert len({str(shop.opened(attempt)) for attempt in attempts}) == 1
    assert audited(server, at)


@pytest.mark.parametrize("signature", ["corrupt", "wrong_key", "unknown_key", "tampered_body", "missing"])
def test_a_spoiled_first_attempt_is_followed_by_an_honest_one(
    server: Any, make_receiver: MakeReceiver, signature: str
) -> None:
    shop, at = opened(server, clock="frozen")
    rule = {"when": {"notification": "payment.succeeded", "nth": 1}, "then": {"notify": {"signature": signature}}}
    control(server, f"{at}/scenarios", {"rules": [rule]})
    receiver = make_receiver(401, 204)
    shop.order("ORDER-000001", receiver.url)
    pay(server, at, "ORDER-000001")
    control(server, f"{at}/clock/advance", {"by": "1m"})
    assert [shop.verifies(receiver.next()) for _ in range(2)] == [False, True]


def test_a_scenario_declines_the_payer_and_the_order_stays_open(server: Any) -> None:
    shop, at = opened(server)
    outcome = {"result": "declined", "reason": "insufficient_funds"}
    rule = {"when": {"operation": "payment.charge", "amount": 1.00}, "then": {"outcome": outcome}}
    control(server, f"{at}/scenarios", {"rules": [rule]})
    shop.order("ORDER-000001", "http://127.0.0.1:9/n")
    refused = send(
        server.url, "POST", f"/_paydouble/{at}/payments/ref:ORDER-000001/act", b'{"trigger":"pay"}',
        {"Content-Type": "application/json"},
    )
    assert refused.status >= 400
    assert "余额不足" in refused.body.decode()
    assert shop.query("ORDER-000001").json["trade_state"] == "NOTPAY"


def test_two_refunds_at_once_never_exceed_the_order(server: Any, make_receiver: MakeReceiver) -> None:
    shop, at = opened(server)
    shop.order("ORDER-000001", make_receiver().url)
    pay(server, at, "ORDER-000001")

    def refund(number: int) -> int:
        amount = {"refund": 60, "total": 100, "currency": "CNY"}
        body = {"out_trade_no": "ORDER-000001", "out_refund_no": f"R{number}", "amount": amount}
        return shop.call("POST", "/v3/refund/domestic/refunds", body).status

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(refund, range(4)))
    assert statuses == [200, 400, 400, 400]
    assert audited(server, at)
