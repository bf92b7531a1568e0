"""Disputes through their life, the money they move, and what issuers report beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.ledger import pending
from paydouble.core.machine import IllegalTrigger
from tests.providers.stripe.checked import Shop, shop

DAY_MS = 86_400_000


async def disputed(it: Shop, card: str = "pm_card_createDispute", amount: int = 4200) -> Any:
    paid = await it.pay(amount=amount, card=card, metadata={"order_id": "order-7"})
    await it.advance(10_000)
    listed = await it.get("/v1/disputes", payment_intent=paid["id"], limit=3)
    assert len(listed["data"]) == 1
    return listed["data"][0]


async def test_a_chargeback_takes_the_money_and_a_fee() -> None:
    async with shop() as it:
        dispute = await disputed(it)
        assert (dispute["status"], dispute["reason"], dispute["amount"]) == ("needs_response", "fraudulent", 4200)
        [taken] = dispute["balance_transactions"]
        assert (taken["amount"], taken["fee"], taken["net"]) == (-4200, 1500, -5700)
        assert taken["fee_details"][0]["description"] == "Dispute fee"
        charge = await it.get(f"/v1/charges/{dispute['charge']}")
        assert charge["disputed"] is True
        error = await it.refused("POST", "/v1/refunds", charge=charge["id"])
        assert (error["http"], error["code"]) == (400, "charge_disputed")
        types = await it.types()
        assert types[-3:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.updated"]
        shown = await it.get("/v1/disputes", charge=charge["id"], expand=["data.charge"])
        assert shown["data"][0]["charge"]["id"] == charge["id"]


@pytest.mark.parametrize(("text", "status", "transactions"), [
    ("winning_evidence", "won", [-5700, 5700]),
    ("losing_evidence", "lost", [-5700]),
])
async def test_the_documented_evidence_decides(text: str, status: str, transactions: list[int]) -> None:
    async with shop() as it:
        dispute = await disputed(it)
        staged = await it.post(
            f"/v1/disputes/{dispute['id']}", evidence={"customer_name": "Jenny"}, submit=False, metadata={"a": "b"})
        assert (staged["status"], staged["evidence_details"]["has_evidence"]) == ("needs_response", True)
        given = await it.post(f"/v1/disputes/{dispute['id']}", evidence={"uncategorized_text": text})
        assert (given["status"], given["evidence_details"]["submission_count"]) == ("under_review", 1)
        assert given["evidence"]["customer_name"] == "Jenny"
        again = await it.refused("POST", f"/v1/disputes/{dispute['id']}", evidence={"customer_name": "John"})
        assert again["http"] == 400
        await it.advance(10_000)
        after = await it.get(f"/v1/disputes/{dispute['id']}", expand=["payment_intent"])
        assert after["status"] == status
        assert [one["net"] for one in after["balance_transactions"]] == transactions
        ends = {"won": ["charge.dispute.closed", "charge.dispute.funds_reinstated"], "lost": ["charge.dispute.closed"]}
        assert (await it.types())[-len(ends[status]):] == ends[status]
        merchant = it.here.merchant("stripe").id
        held = (await it.here.sandbox.store.balances(it.here.sandbox.id))[pending(merchant)]["USD"]
        assert held == 4200 - 152 + sum(transactions)


async def test_an_inquiry_moves_no_money_until_it_escalates() -> None:
    async with shop() as it:
        dispute = await disputed(it, "pm_card_createDisputeInquiry")
        assert (dispute["status"], dispute["balance_transactions"]) == ("warning_needs_response", [])
        assert dispute["is_charge_refundable"] is True
        await it.post(f"/v1/disputes/{dispute['id']}", evidence={"uncategorized_text": "escalate_inquiry_evidence"})
        await it.advance(10_000)
        after = await it.get(f"/v1/disputes/{dispute['id']}")
        assert (after["status"], len(after["balance_transactions"])) == ("needs_response", 1)


async def test_giving_in_closes_a_dispute() -> None:
    async with shop() as it:
        for card, status in (("pm_card_createDispute", "lost"), ("pm_card_createDisputeInquiry", "warning_closed")):
            dispute = await disputed(it, card)
            assert (await it.post(f"/v1/disputes/{dispute['id']}/close"))["status"] == status
            error = await it.refused("POST", f"/v1/disputes/{dispute['id']}/close")
            assert error["http"] == 400
        missing = await it.refused("POST", "/v1/disputes/du_none/close")
        assert (missing["http"], missing["code"]) == (404, "resource_missing")


async def test_a_dispute_that_nobody_answers_is_lost() -> None:
    async with shop() as it:
        dispute = await disputed(it)
        await it.advance(10 * DAY_MS)
        after = await it.get(f"/v1/disputes/{dispute['id']}")
        assert (after["status"], after["evidence_details"]["past_due"]) == ("lost", True)


async def test_any_charge_can_be_disputed_by_hand_but_once() -> None:
    async with shop() as it:
        paid = await it.pay()
        here = it.here
        await here.simulator.acts.act(
            here.sandbox, "stripe.charge", paid["latest_charge"], "dispute", {"reason": "product_not_received"})
        listed = await it.get("/v1/disputes")
        assert listed["data"][0]["reason"] == "product_not_received"
        with pytest.raises(IllegalTrigger):
            await here.simulator.acts.act(here.sandbox, "stripe.charge", paid["latest_charge"], "dispute", {})


async def test_an_issuer_reports_fraud() -> None:
    async with shop() as it:
        paid = await it.pay(card="pm_card_createIssuerFraudRecord")
        await it.advance(10_000)
        listed = await it.get("/v1/radar/early_fraud_warnings", charge=paid["latest_charge"], limit=1)
        one = await it.get(f"/v1/radar/early_fraud_warnings/{listed['data'][0]['id']}", expand=["charge"])
        assert one["charge"]["id"] == paid["latest_charge"]
        assert "radar.early_fraud_warning.created" in await it.types()


async def test_a_disputed_debit_is_one_that_nobody_allowed() -> None:
    async with shop() as it:
        agreed = {"customer_acceptance": {"type": "offline"}}
        paid = await it.post(
            "/v1/payment_intents", amount=2000, currency="usd", confirm=True, mandate_data=agreed,
            payment_method="pm_usBankAccount_dispute", allowed_payment_method_types=["us_bank_account"])
        await it.advance(20_000)
        listed = await it.get("/v1/disputes", payment_intent=paid["id"])
        assert listed["data"][0]["reason"] == "debit_not_authorized"
        assert "payment_method_details" not in listed["data"][0]
