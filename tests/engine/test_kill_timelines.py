"""kill -9 while timelines wait: what a scenario still owes is in the store, and goes on from there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp

from tests.engine.test_kill import CARDS, serving

SCENARIO = {
    "rules": [{
        "when": {"operation": "payment.charge"},
        "then": {"outcome": "held", "timeline": [
            {"wait": "1h"}, {"outcome": "approved"}, {"wait": {"signal": "back"}}, {"refund": {}},
        ]},
    }],
}


async def control(session: aiohttp.ClientSession, method: str, url: str, body: Any = None) -> Any:
    async with session.request(method, url, json=body) as answer:
        text = await answer.text()
        assert answer.status < 300, text
        return json.loads(text)


async def test_a_timeline_goes_on_after_a_kill(tmp_path: Path) -> None:
    store = tmp_path / "world.db"
    async with serving(store) as (_, url), aiohttp.ClientSession() as session:
        made = await control(session, "POST", f"{url}/_paydouble/sandboxes", {"clock": "frozen", "id": "shop"})
        key = made["credentials"]["stripe"]["secret_key"]
        await control(session, "POST", f"{url}/_paydouble/sandboxes/shop/scenarios", SCENARIO)
        async with session.post(
            f"{url}/v1/payment_intents", headers={"Authorization": f"Bearer {key}"},
            data={"amount": "1000", "currency": "usd", "confirm": "true", "payment_method": "pm_card_visa",
                  "metadata[order_id]": "order-1", **CARDS},
        ) as answer:
            assert (await answer.json())["status"] == "processing"

    sandbox = "_paydouble/sandboxes/shop"
    async with serving(store) as (_, url), aiohttp.ClientSession() as session:
        await control(session, "POST", f"{url}/{sandbox}/clock/advance", {"by": "2h"})
        payment = await control(session, "GET", f"{url}/{sandbox}/payments/ref:order-1")
        assert payment["phase"] == "paid"

    async with serving(store) as (_, url), aiohttp.ClientSession() as session:
        sent = await control(session, "POST", f"{url}/{sandbox}/signals", {"name": "back"})
        assert sent["moved"] == 1
        payment = await control(session, "GET", f"{url}/{sandbox}/payments/ref:order-1")
        assert payment["refunded"] == payment["captured"]
        verdict = await control(session, "POST", f"{url}/{sandbox}/audit", {})
        assert verdict["ok"], verdict
