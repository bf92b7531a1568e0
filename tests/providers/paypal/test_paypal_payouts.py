"""Payouts: accepted first, paid later; what nobody claims can be taken back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from paydouble.core.clock import DAY, SECOND
from tests.providers.paypal.checked import Shop, shop

PAYOUTS, ITEMS = "/v1/payments/payouts", "/v1/payments/payouts-item"
NOBODY = "bob@unregistered.example.com"


def batch(*receivers: str, number: str = "", value: str = "10.00", note: str = "Thanks") -> dict[str, Any]:
    items = [
        {"amount": {"currency": "USD", "value": value}, "receiver": receiver, "note": note}
        for receiver in receivers
    ]
    return {"sender_batch_header": {"sender_batch_id": number, "email_subject": "Money"}, "items": items}


async def paid(here: Shop, body: Any) -> Any:
    made = await here.post(PAYOUTS, body)
    assert made["batch_header"]["batch_status"] == "PENDING"
    await here.advance(60 * SECOND)
    return await here.get(f"{PAYOUTS}/{made['batch_header']['payout_batch_id']}")


async def test_a_batch_with_one_unclaimed_item_succeeds() -> None:
    async with shop() as here:
        done = await paid(here, batch("ann@example.com", NOBODY))
        assert done["batch_header"]["batch_status"] == "SUCCESS"
        assert done["batch_header"]["fees"] == {"currency": "USD", "value": "0.50"}
        first, second = done["items"]
        assert (first["transaction_status"], second["transaction_status"]) == ("SUCCESS", "UNCLAIMED")
        assert second["errors"]["name"] == "RECEIVER_UNREGISTERED"
        assert await here.types() == [
            "PAYMENT.PAYOUTSBATCH.PROCESSING", "PAYMENT.PAYOUTS-ITEM.SUCCEEDED",
            "PAYMENT.PAYOUTS-ITEM.UNCLAIMED", "PAYMENT.PAYOUTSBATCH.SUCCESS",
        ]
        path = f"{ITEMS}/{second['payout_item_id']}"
        assert (await here.post(f"{path}/cancel", status=200))["transaction_status"] == "RETURNED"
        assert (await here.refused("POST", f"{path}/cancel"))[0] == 400
        assert (await here.refused("POST", f"{ITEMS}/{first['payout_item_id']}/cancel"))[0] == 400
        assert (await here.types())[-1] == "PAYMENT.PAYOUTS-ITEM.CANCELED"


async def test_what_nobody_claims_comes_back_after_thirty_days() -> None:
    async with shop() as here:
        done = await paid(here, batch(NOBODY))
        await here.advance(30 * DAY)
        shown = await here.get(f"{ITEMS}/{done['items'][0]['payout_item_id']}")
        assert shown["transaction_status"] == "RETURNED"
        assert (await here.types())[-1] == "PAYMENT.PAYOUTS-ITEM.RETURNED"


async def test_paying_oneself_denies_the_batch_and_frees_its_number() -> None:
    async with shop() as here:
        body = batch(here.merchant.secrets["email"], number="n-1")
        done = await paid(here, body)
        assert done["batch_header"]["batch_status"] == "DENIED"
        assert done["items"][0]["errors"]["name"] == "SELF_PAY_NOT_ALLOWED"
        await here.post(PAYOUTS, body)


async def test_a_number_is_used_once_in_thirty_days() -> None:
    async with shop() as here:
        await paid(here, batch("ann@example.com", number="n-1"))
        refused = await here.call("POST", PAYOUTS, batch("ann@example.com", number="n-1"))
        assert (refused.status, refused.json["name"]) == (400, "USER_BUSINESS_ERROR")
        assert refused.json["details"][0]["issue"] == "Batch with given sender_batch_id already exists"
        assert refused.json["links"][0]["rel"] == "self"
        await here.advance(30 * DAY)
        await here.post(PAYOUTS, batch("ann@example.com", number="n-1"))


NOTES = [("ERRPYO005", 422, "INSUFFICIENT_FUNDS"), ("ERRPYO001", 403, "SENDER_RESTRICTED"),
         ("ERRPYO035", 429, "RATE_LIMIT_VALIDATION")]


@pytest.mark.parametrize(("note", "status", "name"), NOTES)
async def test_a_note_asks_for_an_error(note: str, status: int, name: str) -> None:
    async with shop() as here:
        refused = await here.call("POST", PAYOUTS, batch("ann@example.com", note=note))
        assert (refused.status, refused.json["name"]) == (status, name)


async def test_an_items_id_asks_for_an_error() -> None:
    async with shop() as here:
        refused = await here.call("POST", f"{ITEMS}/ERRPYO008/cancel")
        assert (refused.status, refused.json["name"]) == (400, "ITEM_CANCELLATION_FAILED")


@pytest.mark.parametrize("value", ["-1.00", "0", "1.001", "9999999999999"])
async def test_an_amount_that_cannot_be_paid_is_refused(value: str) -> None:
    async with shop() as here:
        refused = await here.call("POST", PAYOUTS, batch("ann@example.com", value=value))
        assert (refused.status, refused.json["name"]) == (400, "VALIDATION_ERROR")


async def test_one_key_makes_one_payout() -> None:
    async with shop() as here:
        body = batch("ann@example.com")
        answers = await asyncio.gather(*(here.call("POST", PAYOUTS, body, key="k") for _ in range(50)))
        made = {one.json["batch_header"]["payout_batch_id"] for one in answers if one.status < 300}
        assert len(made) == 1
