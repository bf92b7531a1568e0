"""Hosted pages in headless Chromium: a checkout that stripe-python opened, with its verified webhook."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.providers.stripe.browsing import CHROMIUM, browser

stripe = pytest.importorskip("stripe")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
PATIENCE_S = 20
PICTURES = os.environ.get("PAYDOUBLE_PICTURES", "")


class ShopSite:
    """The shop's own site: where the payer comes back to, and where its webhooks arrive."""

    def __init__(self) -> None:
        self.url = ""
        self.webhooks: list[tuple[bytes, str]] = []

    async def hook(self, request: web.Request) -> web.Response:
        self.webhooks.append((await request.read(), request.headers["Stripe-Signature"]))
        return web.Response()

    async def told(self, type: str, client: Any, secret: str) -> Any:
        """The verified event of this type, once it has come."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for body, signature in self.webhooks:
                    event = client.construct_event(body, signature, secret)
                    if event.type == type:
                        return event
                await asyncio.sleep(0)


@asynccontextmanager
async def shop_site() -> AsyncIterator[ShopSite]:
    site = ShopSite()

    async def thanks(request: web.Request) -> web.Response:
        return web.Response(text=f"Thank you for {request.query['id']}")

    async def back(request: web.Request) -> web.Response:
        told = request.query
        return web.Response(text=f"order={told['order']} {told['payment_intent']} {told['redirect_status']}")

    app = web.Application()
    app.router.add_get("/done", thanks)
    app.router.add_get("/back", back)
    app.router.add_post("/webhooks", site.hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield site
    await runner.cleanup()


async def test_a_payer_pays_at_a_checkout_with_a_challenge_and_the_webhook_verifies(
    server: Any, tmp_path: Path
) -> None:
    sandbox = server.sandbox(clock="real")
    client = stripe.StripeClient(
        sandbox.credentials["stripe"]["secret_key"], base_addresses={"api": server.url}, max_network_retries=0
    )

    async def call(function: Any, *arguments: Any) -> Any:
        return await asyncio.to_thread(function, *arguments)

    async with shop_site() as site, browser(tmp_path / "profile") as tab:
        endpoint = await call(client.v1.webhook_endpoints.create, {
            "url": f"{site.url}/webhooks", "enabled_events": ["checkout.session.completed"]})
        session = await call(client.v1.checkout.sessions.create, {
            "mode": "payment", "success_url": f"{site.url}/done?id={{CHECKOUT_SESSION_ID}}",
            "client_reference_id": "order-1", "customer_email": "jenny@shop.example", "cancel_url": site.url,
            "line_items": [
                {"quantity": 2, "price_data": {
                    "currency": "usd", "unit_amount": 2_000, "product_data": {"name": "T-shirt <b>blue</b>"}}},
                {"quantity": 1, "price_data": {
                    "currency": "usd", "unit_amount": 500, "product_data": {"name": "Gift wrap"}}},
            ],
        })
        text = await tab.open(session.url)
        assert "$45.00" in text
        assert "T-shirt <b>blue</b> × 2" in text
        if PICTURES:
            await tab.picture(Path(PICTURES) / "stripe-checkout.png")
        assert "insufficient funds" in await tab.submit("#pay", number="4000 0000 0000 9995")
        assert "Complete authentication" in await tab.submit("#pay", number="4000002760003184")
        assert await tab.submit("form") == f"Thank you for {session.id}"
        event = await site.told("checkout.session.completed", client, endpoint.secret)
        assert (event.data.object.id, event.data.object.payment_status) == (session.id, "paid")
        assert event.data.object.customer_details.email == "jenny@shop.example"
    paid = await call(client.v1.checkout.sessions.retrieve, session.id)
    assert (paid.status, paid.client_reference_id) == ("complete", "order-1")
    assert sandbox.audit()["ok"]


async def test_a_card_holder_types_the_banks_code_and_is_back_at_the_shop(server: Any, tmp_path: Path) -> None:
    sandbox = server.sandbox(clock="real")
    client = stripe.StripeClient(
        sandbox.credentials["stripe"]["secret_key"], base_addresses={"api": server.url}, max_network_retries=0
    )
    async with shop_site() as site, browser(tmp_path / "profile") as tab:
        for card, redirect, status in (
            ("pm_card_authenticationRequired", "succeeded", "succeeded"),
            ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", "failed", "requires_payment_method"),
        ):
            intent = await asyncio.to_thread(client.v1.payment_intents.create, {
                "amount": 2_000, "currency": "usd", "confirm": True, "payment_method": card,
                "automatic_payment_methods": {"enabled": True}, "return_url": f"{site.url}/back?order=1"})
            assert intent.status == "requires_action"
            assert "Complete authentication" in await tab.open(intent.next_action.redirect_to_url.url)
            assert await tab.submit("form", code="123456") == f"order=1 {intent.id} {redirect}"
            after = await asyncio.to_thread(client.v1.payment_intents.retrieve, intent.id)
            assert after.status == status
    assert sandbox.audit()["ok"]


async def test_a_customer_subscribes_by_a_payment_link_pays_an_invoice_and_cancels_in_the_portal(
    server: Any, tmp_path: Path
) -> None:
    sandbox = server.sandbox(clock="real")
    client = stripe.StripeClient(
        sandbox.credentials["stripe"]["secret_key"], base_addresses={"api": server.url}, max_network_retries=0
    )

    async def call(function: Any, *arguments: Any) -> Any:
        return await asyncio.to_thread(function, *arguments)

    price = await call(client.v1.prices.create, {
        "currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}, "nickname": "Monthly",
        "product_data": {"name": "Plan"}})
    link = await call(client.v1.payment_links.create, {
        "line_items": [{"price": price.id, "quantity": 1}], "allow_promotion_codes": True})
    async with browser(tmp_path / "profile") as tab:
        assert "$9.00" in await tab.open(link.url)
        assert "This code is invalid." in await tab.submit("#code", code="NOPE")
        assert "Thanks for your payment." in await tab.submit("#pay", email="jenny@shop.example")
        [session] = (await call(client.v1.checkout.sessions.list, {"payment_link": link.id})).data
        await call(client.v1.invoice_items.create, {
            "customer": session.customer, "amount": 1_500, "currency": "usd", "description": "Setup (once)"})
        invoice = await call(client.v1.invoices.create, {
            "customer": session.customer, "collection_method": "send_invoice", "days_until_due": 7,
            "pending_invoice_items_behavior": "include"})
        invoice = await call(client.v1.invoices.send_invoice, invoice.id)
        assert "Setup (once)" in await tab.open(invoice.hosted_invoice_url)
        if PICTURES:
            await tab.picture(Path(PICTURES) / "stripe-invoice.png")
        assert "Your card was declined." in await tab.submit("#pay", number="4000000000000341")
        assert "Invoice paid." in await tab.submit("#pay", number="4242424242424242")
        portal = await call(client.v1.billing_portal.sessions.create, {
            "customer": session.customer, "return_url": "https://shop.example/account"})
        text = await tab.open(portal.url)
        assert "Monthly · active" in text
        assert invoice.number in text
        if PICTURES:
            await tab.picture(Path(PICTURES) / "stripe-portal.png")
        assert "ends with its period" in await tab.submit("form")
    subscription = await call(client.v1.subscriptions.retrieve, session.subscription)
    assert (subscription.status, subscription.cancel_at_period_end) == ("active", True)
    assert sandbox.audit()["ok"]
