"""A wallet's payer in headless Chromium: logs in, reviews, approves, and is back at the shop with a paid order."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.providers.alipay.test_alipay_browser import CHROMIUM, browser
from tests.providers.paypal.checked import asked

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


async def signed_in(http: aiohttp.ClientSession, given: Any) -> dict[str, str]:
    basic = base64.b64encode(f"{given['client_id']}:{given['client_secret']}".encode()).decode()
    async with http.post(
        "/v1/oauth2/token", data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
    ) as answer:
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


async def test_a_payer_approves_in_a_browser(server: Any, tmp_path: Path) -> None:
    given = server.sandbox(clock="real").credentials["paypal"]
    context = {"return_url": f"{server.url}/_paydouble/health?cart=7", "cancel_url": f"{server.url}/no"}
    async with aiohttp.ClientSession(server.url) as http, browser(tmp_path) as tab:
        headers = await signed_in(http, given)
        body = asked("12.00", payment_source={"paypal": {"experience_context": context}})
        async with http.post("/v2/checkout/orders", json=body, headers=headers) as answer:
            made = await answer.json()
        page = next(link["href"] for link in made["links"] if link["rel"] == "payer-action")
        assert "12.00 USD" in await tab.open(page)
        assert "Paying as" in await tab.submit(email="ann@example.com")
        await tab.submit()
        back = parse_qs(urlsplit(str(await tab.value("location.href"))).query)
        assert (back["cart"], back["token"]) == (["7"], [made["id"]])
        async with http.post(
            f"/v2/checkout/orders/{made['id']}/capture", json={}, headers=headers
        ) as answer:
            done = await answer.json()
        assert (done["status"], [done["payer"]["payer_id"]]) == ("COMPLETED", back["PayerID"])
        assert done["payer"]["email_address"] == "ann@example.com"
