"""What marketplaces, files and sources leave behind is the same after a store has written and read it."""

from __future__ import annotations

from pathlib import Path

from tests.providers.stripe.checked import shop
from tests.providers.stripe.connected import balance_of, connected
from tests.providers.stripe.test_stripe_files import uploaded
from tests.providers.stripe.test_stripe_v2 import made


async def test_everything_survives_a_store_on_disk(tmp_path: Path) -> None:
    async with shop(store=f"sqlite:{tmp_path / 'kept.db'}") as it:
        account = await connected(it)
        intent = await it.pay(amount=10_000, transfer_data={"destination": account}, application_fee_amount=1_000,
                              capture_method="automatic")
        refund = await it.post("/v1/refunds", payment_intent=intent["id"], amount=5_000, reverse_transfer=True,
                               refund_application_fee=True)
        assert refund["transfer_reversal"]
        [transfer] = (await it.get("/v1/transfers", destination=account))["data"]
        assert transfer["reversals"]["data"][0]["id"] == refund["transfer_reversal"]
        assert await balance_of(it.on(account)) + await balance_of(it.on(account), "available") == 4_500
        bank = (await it.get(f"/v1/accounts/{account}/external_accounts"))["data"][0]
        assert bank["default_for_currency"] is True
        file = await uploaded(it, **{"file_link_data[create]": "true"})
        assert (await it.here.stripe("GET", f"/v1/files/{file['id']}/contents")).response.body.startswith(b"\x89PNG")
        assert len((await it.get(f"/v1/files/{file['id']}"))["links"]["data"]) == 1
        source = await it.post("/v1/sources", type="card", token="tok_visa")
        assert (await it.get(f"/v1/sources/{source['id']}"))["card"]["last4"] == "4242"
        legacy = await it.post("/v1/charges", amount=2_000, currency="usd", source=source["id"])
        assert (await it.get(f"/v1/charges/{legacy['id']}"))["source"]["id"] == source["id"]
        assert (await made(it))["status"] == "enabled"
        found = await it.get("/v1/charges/search", query="amount>=2000", limit=100)
        assert {each["id"] for each in found["data"]} == {legacy["id"], intent["latest_charge"]}
