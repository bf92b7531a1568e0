"""The page on which a payer subscribes, or agrees to a change, visited as a browser would."""

from __future__ import annotations

from tests.providers.paypal.billed import (
    CONTEXT,
    PLANS,
    SUBSCRIPTIONS,
    cycle,
    open_shop,
    plan,
    shown,
    subscribed,
    subscription,
    usd,
)
from tests.providers.paypal.test_paypal_pages import visit


async def test_a_subscriber_logs_in_agrees_and_is_sent_back() -> None:
    async with open_shop() as here:
        made = await subscription(here, await plan(here), custom_id="sub-9")
        href = made["links"][0]["href"]
        token = href.partition("ba_token=")[2]
        assert b'type="password"' in (await visit(here, href)).body
        review = await visit(here, href, step="login", email="ann@example.com")
        assert b"Subscribe now" in review.body
        assert b"10.00 USD" in review.body
        back = await visit(here, href, step="approve", email="ann@example.com")
        assert back.header("Location") == (
            f"https://shop.example/back?cart=7&subscription_id={made['id']}&ba_token={token}&token={token[3:]}"
        )
        assert (await shown(here, made["id"]))["subscriber"]["email_address"] == "ann@example.com"
        again = await visit(here, href, step="approve", email="ann@example.com")
        assert again.header("Location") == back.header("Location")


async def test_a_subscriber_cancels_and_may_come_back() -> None:
    async with open_shop() as here:
        made = await subscription(here, await plan(here))
        href = made["links"][0]["href"]
        away = await visit(here, href, step="cancel")
        assert away.header("Location").startswith(
            f"https://shop.example/no?subscription_id={made['id']}&ba_token=BA-"
        )
        assert (await shown(here, made["id"]))["status"] == "APPROVAL_PENDING"
        assert (await visit(here, href, step="approve")).status == 303
        assert (await shown(here, made["id"]))["status"] == "ACTIVE"


async def test_a_setup_fee_that_fails_is_told_on_the_page() -> None:
    async with open_shop() as here:
        here.rules("  - when: {operation: payment.charge}\n    then: {outcome: {result: declined}}\n")
        made = await subscription(here, await plan(here, payment_preferences={"setup_fee": usd("5")}))
        refused = await visit(here, made["links"][0]["href"], step="approve")
        assert b"The payment failed" in refused.body


async def test_a_change_is_agreed_to_on_its_own_page() -> None:
    async with open_shop() as here:
        id = await subscribed(here, cycle("10"), quantity_supported=True)
        body = {"quantity": "3", "application_context": CONTEXT}
        revised = await here.post(f"{SUBSCRIPTIONS}/{id}/revise", body, status=200)
        href = revised["links"][0]["href"]
        assert "/webapps/billing/subscriptions/update?ba_token=BA-" in href
        assert (await shown(here, id))["quantity"] == "1"
        back = await visit(here, href, step="approve")
        assert back.status == 303
        assert (await shown(here, id))["quantity"] == "3"


async def test_an_unknown_token_is_told() -> None:
    async with open_shop() as here:
        made = await subscription(here, await plan(here))
        await here.get(f"{PLANS}/{(await shown(here, made['id']))['plan_id']}")
        token = made["links"][0]["href"].partition("ba_token=")[2]
        wrong = token[:4] + ("A" if token[4] != "A" else "B") + token[5:]
        page = await visit(here, made["links"][0]["href"].replace(token, wrong))
        assert b"not known" in page.body
