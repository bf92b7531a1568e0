"""What happens without a call: every act in every state leaves the books true, and says when it cannot be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from paydouble.core.machine import IllegalTrigger
from paydouble.providers.stripe.machines import PAYMENT_INTENT
from tests.providers.stripe.checked import Shop, shop


async def opened(it: Shop) -> Any:
    return await it.post("/v1/payment_intents", amount=1099, currency="usd", metadata={"order_id": "order-1"})


async def chosen(it: Shop) -> Any:
    return await it.post("/v1/payment_intents", amount=1099, currency="usd", payment_method="pm_card_visa")


async def asked(it: Shop) -> Any:
    return await it.pay(card="pm_card_authenticationRequired")


async def waiting(it: Shop) -> Any:
    intent = await chosen(it)
    await it.act(intent, "process")
    return intent


async def held(it: Shop) -> Any:
    return await it.pay(capture_method="manual")


async def paid(it: Shop) -> Any:
    return await it.pay()


STATES: dict[str, Callable[[Shop], Awaitable[Any]]] = {
    "requires_payment_method": opened, "requires_confirmation": chosen, "requires_action": asked,
    "processing": waiting, "requires_capture": held, "succeeded": paid,
}
TRIGGERS = tuple(dict.fromkeys(row.trigger for row in PAYMENT_INTENT.rows if row.trigger != "choose"))
NOT_YET = {("requires_action", "lapse")}
"""In the table, but only once the time is over."""


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("trigger", TRIGGERS)
async def test_an_act_moves_the_payment_as_the_table_says(status: str, trigger: str) -> None:
    async with shop() as it:
        intent = await STATES[status](it)
        assert (await it.get(f"/v1/payment_intents/{intent['id']}"))["status"] == status
        known = trigger in PAYMENT_INTENT.triggers(status) and (status, trigger) not in NOT_YET
        if not known:
            with pytest.raises(IllegalTrigger):
                await it.act(intent, trigger)
            return
        await it.act(intent, trigger)
        after = await it.get(f"/v1/payment_intents/{intent['id']}")
        expected = PAYMENT_INTENT.row(status, trigger).target
        if trigger == "authorize" or (status, trigger) == ("requires_action", "authenticate"):
            expected = "succeeded"    # these intents capture at once
        assert after["status"] == expected
        await it.events()


async def test_a_bank_refuses_with_the_reason_that_is_given() -> None:
    async with shop() as it:
        intent = await opened(it)
        await it.act(intent, "fail", reason="insufficient_funds")
        shown = await it.get(f"/v1/payment_intents/{intent['id']}", expand=["latest_charge"])
        assert shown["last_payment_error"]["decline_code"] == "insufficient_funds"
        assert shown["latest_charge"]["failure_code"] == "card_declined"


async def test_the_payer_may_name_the_card() -> None:
    async with shop() as it:
        intent = await opened(it)
        await it.act(intent, "pay", payment_method="pm_card_mastercard")
        shown = await it.get(f"/v1/payment_intents/{intent['id']}", expand=["payment_method"])
        assert shown["payment_method"]["card"]["brand"] == "mastercard"


async def test_under_manual_confirmation_the_server_confirms_once_more() -> None:
    async with shop() as it:
        intent = await it.pay(card="pm_card_authenticationRequired", confirmation_method="manual")
        await it.act(intent, "authenticate")
        shown = await it.get(f"/v1/payment_intents/{intent['id']}")
        assert (shown["status"], shown["next_action"]) == ("requires_confirmation", None)


async def test_all_of_it_survives_being_stored(tmp_path: Path) -> None:
    async with shop(store=f"sqlite:{tmp_path}/world.db") as it:
        customer = await it.post("/v1/customers", email="jenny@example.com", address={"city": "Oslo"})
        done = await it.pay(customer=customer["id"], setup_future_usage="off_session")
        await it.post("/v1/refunds", payment_intent=done["id"], amount=100)
        declined = (await it.pay(card="pm_card_visa_chargeDeclined"))["error"]
        shown = await it.get(f"/v1/payment_intents/{done['id']}", expand=["latest_charge.refunds", "customer"])
        assert shown["latest_charge"]["amount_refunded"] == 100
        assert shown["customer"]["address"]["city"] == "Oslo"
        failed = await it.get(f"/v1/payment_intents/{declined['payment_intent']['id']}")
        assert failed["last_payment_error"] == declined["payment_intent"]["last_payment_error"]
        assert len((await it.get("/v1/events", limit=100))["data"]) == len(await it.events())


async def test_rules_see_the_payment_behind_a_refund() -> None:
    async with shop() as it:
        it.here.rules("- {when: {operation: refund.create, ref: order-1, metadata: {tier: gold}}, "
                      "then: {outcome: {result: pending}}}")
        for order, status in (("order-1", "pending"), ("order-2", "succeeded")):
            done = await it.pay(metadata={"order_id": order, "tier": "gold"})
            for given in ({"charge": done["latest_charge"]}, {"payment_intent": done["id"]}):
                assert (await it.post("/v1/refunds", amount=100, **given))["status"] == status
