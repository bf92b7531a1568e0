"""A wallet's payer in headless Chromium: logs in, reviews, approves, and is back at the shop with a paid order."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from paydouble.client.inbox import Inbox
from tests import sdks
from tests.providers.alipay.test_alipay_browser import CHROMIUM, browser
from tests.providers.paypal.checked import asked
from tests.providers.paypal.test_paypal_sdks import SDK, surroundings

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


async def verified_by_call(http: aiohttp.ClientSession, given: Any, told: Any) -> str:
    """What PayPal itself says of a webhook."""
    asked_of = {
        "transmission_id": "PAYPAL-TRANSMISSION-ID", "transmission_time": "PAYPAL-TRANSMISSION-TIME",
        "cert_url": "PAYPAL-CERT-URL", "auth_algo": "PAYPAL-AUTH-ALGO",
        "transmission_sig": "PAYPAL-TRANSMISSION-SIG",
    }
    body = {name: told.headers.get(header) for name, header in asked_of.items()}
    body |= {"webhook_id": given["webhook_id"], "webhook_event": json.loads(told.body)}
    async with http.post(
        "/v1/notifications/verify-webhook-signature", json=body, headers=await signed_in(http, given)
    ) as answer:
        return str((await answer.json())["verification_status"])


async def test_an_order_of_the_sdk_from_the_browser_to_the_webhook(server: Any, tmp_path: Path) -> None:
    sandbox = server.sandbox(clock="real")
    given = sandbox.credentials["paypal"]
    inbox = Inbox(sandbox.credentials)
    sandbox.webhook("paypal", inbox.url_of("paypal"))
    python = await asyncio.to_thread(sdks.python_with, "paypal-server-sdk==2.4.0")
    program = await asyncio.create_subprocess_exec(
        str(python), str(SDK / "flow_whole.py"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env=surroundings(server, sandbox, tmp_path, proxied=True),
    )
    assert program.stdout is not None
    try:
        async with aiohttp.ClientSession(server.url) as http, browser(tmp_path) as tab:
            order = (await program.stdout.readline()).decode().strip()
            assert "100.00 USD" in await tab.open(f"{server.url}/checkoutnow?token={order}")
            assert "Paying as" in await tab.submit(email="ann@example.com")
            assert "Approved" in await tab.submit()
            saw, _ = await program.communicate(b"approved\n")
            assert json.loads(saw) == ["COMPLETED", "ann@example.com", ["30.00", "50.00"], "PARTIALLY_REFUNDED"]
            told = await asyncio.to_thread(inbox.wait, 2, type="PAYMENT.CAPTURE.REFUNDED")
            told += await asyncio.to_thread(inbox.wait, 1, type="PAYMENT.CAPTURE.COMPLETED")
            assert not inbox.forged
            for each in told:
                assert await verified_by_call(http, given, each) == "SUCCESS"
    finally:
        inbox.close()
        if program.returncode is None:
            program.kill()
    assert sandbox.audit()["ok"]
