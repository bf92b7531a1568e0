"""Limits hold however many calls meet: a limit is a field of the record that it limits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from paydouble.engine.audit import audit
from tests.merchants import CARDS, World, world

REFUNDS = 200


async def laws_hold(here: World) -> None:
    await here.settle()
    verdicts = await audit(here.sandbox, here.simulator.providers)
    assert [f"{verdict.law}: {verdict.detail}" for verdict in verdicts if not verdict.ok] == []


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_two_hundred_stripe_refunds_at_once_never_exceed_the_capture(store: str, tmp_path: Path) -> None:
    async with world(store="memory" if store == "memory" else f"sqlite:{tmp_path}/w.db") as here:
        await here.stripe("POST", "/v1/webhook_endpoints", url="http://127.0.0.1:9/hook", enabled_events=["*"])
        paid = await here.stripe(
            "POST", "/v1/payment_intents", amount=10_000, currency="usd", confirm=True,
            payment_method="pm_card_visa", automatic_payment_methods=CARDS,
        )
        assert paid.json["status"] == "succeeded"
        answers = await asyncio.gather(*(
            here.stripe("POST", "/v1/refunds", payment_intent=paid.json["id"], amount=100 + number % 3)
            for number in range(REFUNDS)
        ))
        accepted = [answer.json for answer in answers if answer.status == 200]
        refused = [answer for answer in answers if answer.status != 200]
        assert {answer.status for answer in refused} == {400}
        total = sum(refund["amount"] for refund in accepted)
        assert 10_000 - 102 < total <= 10_000
        charge = await here.stripe("GET", f"/v1/charges/{paid.json['latest_charge']}")
        assert charge.json["amount_refunded"] == total
        await laws_hold(here)
        told = [request for request in here.receiver.requests if b'"type": "refund.created"' in request.body]
        assert len(told) == len(accepted), "every accepted refund is told of"


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_concurrent_wechat_refunds_never_exceed_the_order(store: str, tmp_path: Path) -> None:
    async with world(store="memory" if store == "memory" else f"sqlite:{tmp_path}/w.db") as here:
        await here.wechat_order("order-1", total=1_000)
        await here.pay("wechatpay", "order-1")
        answers = await asyncio.gather(*(
            here.wechatpay("POST", "/v3/refund/domestic/refunds", {
                "out_trade_no": "order-1", "out_refund_no": f"refund-{number}",
                "amount": {"refund": 90, "total": 1_000, "currency": "CNY"},
                "notify_url": "http://127.0.0.1:9/refund",
            })
            for number in range(REFUNDS)
        ))
        accepted = [answer for answer in answers if answer.status == 200]
        assert len(accepted) == 11
        assert all(400 <= answer.status < 500 for answer in answers if answer not in accepted)
        await laws_hold(here)
        told = [request for request in here.receiver.requests if b"REFUND.SUCCESS" in request.body]
        assert len(told) == 11


async def test_fifty_calls_with_one_key_are_one_payment() -> None:
    async with world() as here:
        answers = await asyncio.gather(*(
            here.stripe("POST", "/v1/payment_intents", key="one", amount=500, currency="eur")
            for _ in range(50)
        ))
        made = {answer.json["id"] for answer in answers if answer.status == 200}
        assert len(made) == 1
        assert {answer.status for answer in answers} <= {200, 409}
        assert (await here.stripe("POST", "/v1/payment_intents", key="one", amount=500, currency="eur")).json[
            "id"
        ] in made
