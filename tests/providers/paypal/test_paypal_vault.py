"""The vault: sources are kept, agreed to, charged again and forgotten."""

from __future__ import annotations

from typing import Any

from paydouble.core.clock import DAY
from tests.providers.paypal.checked import asked, capture_of, card, shop

ORDERS, SETUP, TOKENS = "/v2/checkout/orders", "/v3/vault/setup-tokens", "/v3/vault/payment-tokens"
CARD = {"card": {"number": "4111111111111111", "expiry": "2035-12", "name": "Ann Buyer"}}
WALLET = {"paypal": {"experience_context": {
    "return_url": "https://shop.example/kept", "cancel_url": "https://shop.example/no",
}}}


def token(setup: Any) -> dict[str, Any]:
    return {"payment_source": {"token": {"id": setup["id"], "type": "SETUP_TOKEN"}}}


async def test_a_kept_card_pays_again_without_its_number() -> None:
    async with shop() as here:
        setup = await here.post(SETUP, {"payment_source": CARD, "customer": {"id": "ann"}}, key="s")
        assert (setup["status"], [link["rel"] for link in setup["links"]]) == ("APPROVED", ["self", "confirm"])
        kept = await here.post(TOKENS, token(setup), key="t")
        assert (kept["customer"], "4111111111111111" in str(kept)) == ({"id": "ann"}, False)
        assert await here.refused("POST", TOKENS, token(setup)) == (422, "SETUP_TOKEN_USED")
        body = asked(payment_source={"card": {"vault_id": kept["id"]}})
        paid = await here.post(ORDERS, body, key="o", whole=True)
        assert (paid["status"], capture_of(paid)["status"]) == ("COMPLETED", "COMPLETED")
        assert paid["payment_source"]["card"]["last_digits"] == "1111"


async def test_a_wallet_is_kept_once_its_payer_agreed() -> None:
    async with shop() as here:
        setup = await here.post(SETUP, {"payment_source": WALLET})
        assert setup["links"][0]["rel"] == "approve"
        assert await here.refused("POST", TOKENS, token(setup)) == (422, "SETUP_TOKEN_NOT_APPROVED")
        await here.act("setup_token", setup["id"], "approve")
        kept = await here.post(TOKENS, token(setup))
        body = asked(payment_source={"paypal": {"vault_id": kept["id"]}})
        paid = await here.post(ORDERS, body, key="o")
        assert paid["payment_source"]["paypal"]["account_status"] == "VERIFIED"
        assert "VAULT.PAYMENT-TOKEN.CREATED" in await here.types()


async def test_an_order_keeps_its_card_on_success() -> None:
    async with shop() as here:
        attributes = {"vault": {"store_in_vault": "ON_SUCCESS"}, "customer": {"id": "ann"}}
        paid = await here.post(ORDERS, asked(payment_source=card(attributes=attributes)), key="o")
        vault = paid["payment_source"]["card"]["attributes"]["vault"]
        assert (vault["status"], vault["customer"]) == ("VAULTED", {"id": "ann"})
        listed = await here.get(f"{TOKENS}?customer_id=ann&total_required=true")
        assert ([one["id"] for one in listed["payment_tokens"]], listed["total_items"]) == ([vault["id"]], 1)


async def test_an_approved_wallet_is_kept_when_it_is_captured() -> None:
    async with shop() as here:
        source = {"paypal": {"attributes": {"vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}}}}
        made = await here.post(ORDERS, asked(payment_source=source), status=200)
        await here.act("order", made["id"], "approve")
        done = await here.post(f"{ORDERS}/{made['id']}/capture")
        assert done["payment_source"]["paypal"]["attributes"]["vault"]["status"] == "VAULTED"


async def test_a_declined_card_is_not_kept() -> None:
    async with shop() as here:
        attributes = {"vault": {"store_in_vault": "ON_SUCCESS"}, "customer": {"id": "ann"}}
        source = card(name="CCREJECT-SF", attributes=attributes)
        await here.post(ORDERS, asked(payment_source=source), key="o")
        assert (await here.get(f"{TOKENS}?customer_id=ann"))["payment_tokens"] == []


async def test_what_was_forgotten_is_gone() -> None:
    async with shop() as here:
        kept = await here.post(TOKENS, {"payment_source": CARD})
        path = f"{TOKENS}/{kept['id']}"
        assert (await here.call("DELETE", path)).status == 204
        assert await here.refused("GET", path) == (404, "INVALID_RESOURCE_ID")
        body = asked(payment_source={"card": {"vault_id": kept["id"]}})
        assert await here.refused("POST", ORDERS, body, key="o") == (403, "PERMISSION_DENIED")
        assert (await here.types())[-1] == "VAULT.PAYMENT-TOKEN.DELETED"


async def test_a_key_with_another_body_is_refused() -> None:
    async with shop() as here:
        first = await here.post(SETUP, {"payment_source": CARD}, key="k")
        again = await here.post(SETUP, {"payment_source": CARD}, key="k", status=200)
        assert again["id"] == first["id"]
        assert await here.refused("POST", SETUP, {"payment_source": WALLET}, key="k") == (
            422, "PAYPAL_REQUEST_ID_PREVIOUSLY_USED",
        )


async def test_a_setup_token_lasts_three_days() -> None:
    async with shop() as here:
        setup = await here.post(SETUP, {"payment_source": WALLET})
        await here.advance(3 * DAY)
        assert await here.refused("GET", f"{SETUP}/{setup['id']}") == (404, "INVALID_RESOURCE_ID")
