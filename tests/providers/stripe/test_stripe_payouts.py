"""Money that leaves the balance for a bank, and what comes back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from paydouble.core.ledger import BANK, EntryKind, available, transfer
from paydouble.core.money import Money
from tests.providers.stripe.checked import Shop, shop

WEEK_MS = 7 * 86_400_000


async def funded(it: Shop, amount: int = 10_000) -> None:
    await it.pay(amount=amount, card="pm_card_bypassPending")
    await it.advance(5_000)


async def held(it: Shop) -> int:
    found: int = (await it.get("/v1/balance"))["available"][0]["amount"]
    return found


async def act(it: Shop, payout: Any, trigger: str, **details: Any) -> None:
    here = it.here
    await here.simulator.acts.act(here.sandbox, "stripe.payout", payout["id"], trigger, details)
    await here.settle()


async def test_a_payout_reaches_the_bank() -> None:
    async with shop() as it:
        await funded(it)
        before = await held(it)
        payout = await it.post("/v1/payouts", amount=5_000, currency="usd", description="rent", metadata={"a": "b"})
        assert (payout["status"], payout["type"], await held(it)) == ("pending", "bank_account", before - 5_000)
        await it.advance(10_000)
        assert (await it.get(f"/v1/payouts/{payout['id']}"))["status"] == "in_transit"
        await it.advance(WEEK_MS)
        shown = await it.get(f"/v1/payouts/{payout['id']}", expand=["balance_transaction"])
        assert (shown["status"], shown["balance_transaction"]["net"]) == ("paid", -5_000)
        assert [type for type in await it.types() if type.startswith("payout")] == [
            "payout.created", "payout.updated", "payout.paid"]
        found = await it.get("/v1/payouts", status="paid", limit=3)
        assert [each["id"] for each in found["data"]] == [payout["id"]]
        none = await it.get("/v1/payouts", arrival_date={"lt": shown["arrival_date"]})
        assert none["data"] == []
        later = await it.post(f"/v1/payouts/{payout['id']}", metadata={"c": "d"})
        assert later["metadata"] == {"a": "b", "c": "d"}


async def test_no_more_than_is_available_is_paid_out() -> None:
    async with shop() as it:
        await it.pay(amount=10_000)
        await it.advance(5_000)
        error = await it.refused("POST", "/v1/payouts", amount=100, currency="usd")
        assert (error["http"], error["code"]) == (400, "balance_insufficient")
        await it.advance(WEEK_MS)
        raw = b"amount=9680&currency=usd&method=instant"
        payout = (await it.here.stripe("POST", "/v1/payouts", raw=raw)).json
        assert (payout["method"], payout["arrival_date"]) == ("instant", payout["created"])


async def test_money_that_becomes_available_is_told_once_a_day() -> None:
    async with shop() as it:
        for _ in range(3):
            await it.pay(amount=1_000)
        held_back = await it.pay(amount=1_000, capture_method="manual")
        await it.post(f"/v1/payment_intents/{held_back['id']}/capture")
        await it.advance(WEEK_MS)
        told = [event for event in await it.events() if event["type"] == "balance.available"]
        assert len(told) == 1
        assert told[0]["data"]["object"] == await it.get("/v1/balance")


async def test_two_payouts_at_once_do_not_spend_the_same_money() -> None:
    async with shop() as it:
        await funded(it)
        both = await asyncio.gather(*(
            it.send("POST", "/v1/payouts", amount=9_000, currency="usd") for _ in range(2)))
        assert sorted(each.status for each in both) == [200, 400]


async def test_a_pending_payout_can_be_canceled_once() -> None:
    async with shop() as it:
        await funded(it)
        before = await held(it)
        payout = await it.post("/v1/payouts", amount=5_000, currency="usd")
        canceled = await it.post(f"/v1/payouts/{payout['id']}/cancel")
        assert (canceled["status"], await held(it)) == ("canceled", before)
        error = await it.refused("POST", f"/v1/payouts/{payout['id']}/cancel")
        assert error["http"] == 400
        await it.advance(WEEK_MS)
        assert [type for type in await it.types() if type.startswith("payout")] == [
            "payout.created", "payout.canceled"]


@pytest.mark.parametrize("days", [0, 7])
async def test_a_bank_may_send_a_payout_back(days: int) -> None:
    async with shop() as it:
        await funded(it)
        before = await held(it)
        payout = await it.post("/v1/payouts", amount=5_000, currency="usd")
        await it.advance(10_000 + days * 86_400_000)
        await act(it, payout, "fail", reason="account_closed")
        shown = await it.get(f"/v1/payouts/{payout['id']}")
        assert (shown["status"], shown["failure_code"], await held(it)) == ("failed", "account_closed", before)
        assert (await it.types())[-1] == "payout.failed"


async def test_only_the_accounts_own_bank_is_paid() -> None:
    async with shop() as it:
        await funded(it)
        error = await it.refused("POST", "/v1/payouts", amount=100, currency="usd", destination="ba_other")
        assert (error["code"], error["param"]) == ("resource_missing", "destination")
        payout = await it.post("/v1/payouts", amount=100, currency="usd")
        listed = await it.get("/v1/payouts", destination=payout["destination"])
        assert len(listed["data"]) == 1


async def test_under_a_daily_schedule_what_is_available_is_paid_out_by_itself() -> None:
    async with shop(settings={"stripe": {"payout_schedule": "daily"}}) as it:
        await it.pay(amount=10_000)
        await it.advance(WEEK_MS)
        [payout] = (await it.get("/v1/payouts"))["data"]
        assert (payout["automatic"], payout["amount"], payout["status"]) == (True, 9_680, "paid")
        assert (payout["reconciliation_status"], await held(it)) == ("completed", 0)


async def test_an_automatic_payout_names_what_it_is_made_of() -> None:
    async with shop(settings={"stripe": {"payout_schedule": "daily"}}) as it:
        nets = []
        for amount in (10_000, 20_000):
            await it.pay(amount=amount)
            await it.advance(WEEK_MS)
        for payout in (await it.get("/v1/payouts"))["data"]:
            made_of = (await it.get("/v1/balance_transactions", payout=payout["id"]))["data"]
            nets.append([(one["type"], one["net"]) for one in made_of])
        assert nets == [[("payout", -19_390), ("charge", 19_390)], [("payout", -9_680), ("charge", 9_680)]]
        missing = await it.refused("GET", "/v1/balance_transactions", payout="po_none")
        assert (missing["code"], missing["param"]) == ("resource_missing", "payout")


async def test_the_contents_of_a_manual_payout_are_nobodys_business() -> None:
    async with shop() as it:
        await funded(it)
        payout = await it.post("/v1/payouts", amount=5_000, currency="usd")
        error = await it.refused("GET", "/v1/balance_transactions", payout=payout["id"])
        assert (error["http"], error["param"]) == (400, "payout")


async def test_what_the_merchant_put_into_the_account_is_available() -> None:
    async with shop() as it:
        work, merchant = it.here.sandbox.work(), it.here.merchant("stripe").id
        work.post(transfer(
            EntryKind.ADJUSTMENT, source=BANK, target=available(merchant), amount=Money(7_000, "USD"),
            reference="", memo="given"))
        await work.commit()
        assert await held(it) == 7_000
        await it.post("/v1/payouts", amount=7_000, currency="usd")
        assert await held(it) == 0
