"""Subscriptions and invoices whose money goes to connected accounts."""

from __future__ import annotations

from tests.providers.stripe.checked import shop
from tests.providers.stripe.connected import connected
from tests.providers.stripe.test_stripe_subscriptions import DAY_S, START, advance, subscribed, subscriber


async def test_a_subscription_passes_its_money_on_and_keeps_a_share() -> None:
    async with shop() as it:
        account = await connected(it)
        customer, price = await subscriber(it)
        made = await subscribed(
            it, customer, price, application_fee_percent=12.5, transfer_data={"destination": account},
            expand=["latest_invoice.payments"],
        )
        assert made["transfer_data"] == {"amount_percent": None, "destination": account}
        id = made["latest_invoice"]["payments"]["data"][0]["payment"]["payment_intent"]
        intent = await it.get(f"/v1/payment_intents/{id}")
        assert (intent["application_fee_amount"], intent["transfer_data"]["destination"]) == (250, account)
        changed = await it.post(f"/v1/subscriptions/{made['id']}", application_fee_percent="", transfer_data={
            "destination": account, "amount_percent": 40})
        assert (changed["application_fee_percent"], changed["transfer_data"]["amount_percent"]) == (None, 40)
        gone = await it.send("DELETE", f"/v1/accounts/{account}")
        assert gone.status == 200
        await advance(it, customer, START + 32 * DAY_S)
        last = await it.get(f"/v1/subscriptions/{made['id']}", expand=["latest_invoice"])
        assert last["latest_invoice"]["status"] == "draft"
        assert "invoice.finalization_failed" in await it.types()


async def test_a_share_without_an_account_is_refused() -> None:
    async with shop() as it:
        customer, price = await subscriber(it)
        items = [{"price": price["id"]}]
        error = await it.refused("POST", "/v1/subscriptions", customer=customer["id"], items=items,
                                 transfer_data={"destination": "acct_none"})
        assert error["http"] == 400
        assert (await it.get("/v1/subscriptions", status="all"))["data"] == []
