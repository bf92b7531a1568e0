"""Refunds: what is left, what comes back, and what a bank returns."""

from __future__ import annotations

import pytest

from paydouble.core.clock import MINUTE
from tests.providers.stripe.checked import Shop, shop


async def refunded(it: Shop, charge: str) -> tuple[int, bool]:
    shown = await it.get(f"/v1/charges/{charge}")
    return shown["amount_refunded"], shown["refunded"]


async def test_a_payment_is_refunded_in_parts_until_nothing_is_left() -> None:
    async with shop() as it:
        paid = await it.pay(1000)
        first = await it.post("/v1/refunds", payment_intent=paid["id"], amount=300, reason="duplicate")
        assert (first["status"], first["amount"], first["reason"]) == ("succeeded", 300, "duplicate")
        assert await refunded(it, paid["latest_charge"]) == (300, False)
        error = await it.refused("POST", "/v1/refunds", charge=paid["latest_charge"], amount=701)
        assert (error["http"], error["param"], "code" in error) == (400, "amount", False)
        rest = await it.post("/v1/refunds", charge=paid["latest_charge"])
        assert rest["amount"] == 700
        assert await refunded(it, paid["latest_charge"]) == (1000, True)
        error = await it.refused("POST", "/v1/refunds", charge=paid["latest_charge"])
        assert error["code"] == "charge_already_refunded"
        types = await it.types()
        assert types[-4:] == ["refund.created", "charge.refunded"] * 2
        booked = await it.get(f"/v1/balance_transactions/{rest['balance_transaction']}")
        assert (booked["amount"], booked["fee"], booked["type"]) == (-700, 0, "refund")


async def test_a_pending_refund_succeeds_after_a_while() -> None:
    async with shop() as it:
        paid = await it.pay(card="pm_card_pendingRefund")
        refund = await it.post("/v1/refunds", payment_intent=paid["id"])
        assert (refund["status"], refund["pending_reason"]) == ("pending", "processing")
        await it.advance(MINUTE)
        assert (await it.get(f"/v1/refunds/{refund['id']}"))["status"] == "succeeded"
        told = next(event for event in await it.events() if event["type"] == "refund.updated")
        assert told["data"]["previous_attributes"]["status"] == "pending"


async def test_a_refund_that_the_bank_returns_puts_everything_back() -> None:
    async with shop() as it:
        paid = await it.pay(card="pm_card_refundFail")
        refund = await it.post("/v1/refunds", payment_intent=paid["id"])
        assert refund["status"] == "succeeded"
        await it.advance(MINUTE)
        failed = await it.get(f"/v1/refunds/{refund['id']}", expand=["failure_balance_transaction"])
        assert (failed["status"], failed["failure_reason"]) == ("failed", "expired_or_canceled_card")
        assert failed["failure_balance_transaction"]["amount"] == 1099
        assert await refunded(it, paid["latest_charge"]) == (0, False)
        assert "refund.failed" in await it.types()


async def test_refunding_an_uncaptured_charge_cancels_the_authorisation() -> None:
    async with shop() as it:
        held = await it.pay(capture_method="manual")
        await it.post("/v1/refunds", payment_intent=held["id"])
        assert (await it.get(f"/v1/payment_intents/{held['id']}"))["status"] == "canceled"


@pytest.mark.parametrize(("result", "status"), [("pending", "pending"), ("failed", "failed")])
async def test_a_scenario_decides_what_becomes_of_a_refund(result: str, status: str) -> None:
    async with shop() as it:
        it.here.rules(f"- {{when: {{operation: refund.create}}, then: {{outcome: {{result: {result}}}}}}}")
        paid = await it.pay()
        assert (await it.post("/v1/refunds", payment_intent=paid["id"]))["status"] == status


async def test_only_a_refund_that_waits_for_the_payer_is_canceled() -> None:
    async with shop() as it:
        paid = await it.pay()
        done = await it.post("/v1/refunds", payment_intent=paid["id"], amount=100)
        assert (await it.refused("POST", f"/v1/refunds/{done['id']}/cancel"))["http"] == 400
        it.here.rules("- {when: {operation: refund.create}, then: {outcome: requires_action}}")
        waiting = await it.post("/v1/refunds", payment_intent=paid["id"], amount=200)
        assert waiting["status"] == "requires_action"
        assert (await it.post(f"/v1/refunds/{waiting['id']}/cancel"))["status"] == "canceled"
        assert await refunded(it, paid["latest_charge"]) == (100, False)
