"""Who gets what of a payment: direct, destination and separate charges, and the way back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.providers.stripe.checked import Shop, shop
from tests.providers.stripe.connected import balance_of, connected

FEE = 320
"""Of a payment of 10000."""


async def paid(it: Shop, **params: Any) -> Any:
    """A payment of 10000 and its charge, once all has settled."""
    intent = await it.pay(amount=10_000, **params)
    assert intent["status"] == "succeeded", intent
    await it.advance(5_000)
    return await it.get(f"/v1/charges/{intent['latest_charge']}", expand=["balance_transaction"])


async def test_a_direct_charge_is_the_accounts_and_its_fee_the_platforms() -> None:
    async with shop() as it:
        account = await connected(it)
        charge = await paid(it.on(account), application_fee_amount=1_000)
        assert charge["application"].startswith("ca_")
        assert [(each["type"], each["amount"]) for each in charge["balance_transaction"]["fee_details"]] == [
            ("application_fee", 1_000), ("stripe_fee", FEE)]
        fee = (await it.get("/v1/application_fees", charge=charge["id"]))["data"][0]
        assert (fee["id"], fee["amount"], fee["account"], fee["originating_transaction"]) == (
            charge["application_fee"], 1_000, account, None)
        assert await balance_of(it.on(account)) == 10_000 - FEE - 1_000
        assert await balance_of(it, "available") == 1_000
        assert (await it.refused("GET", f"/v1/charges/{charge['id']}"))["http"] == 404
        told = {(each["type"], each.get("account")) for each in await it.events()}
        assert {("charge.succeeded", account), ("application_fee.created", None)} <= told
        expanded = await it.get(f"/v1/application_fees/{fee['id']}", expand=["account", "balance_transaction"])
        assert (expanded["account"]["id"], expanded["balance_transaction"]["type"]) == (account, "application_fee")


async def test_a_refund_of_a_direct_charge_may_return_the_fee_in_proportion() -> None:
    async with shop() as it:
        account = await connected(it)
        theirs = it.on(account)
        charge = await paid(theirs, application_fee_amount=1_000)
        refund = await theirs.post("/v1/refunds", charge=charge["id"], amount=2_500, refund_application_fee=True,
                                   expand=["balance_transaction"])
        transaction = refund["balance_transaction"]
        assert (transaction["amount"], transaction["fee"], transaction["net"]) == (-2_500, -250, -2_250)
        fee = await it.get(f"/v1/application_fees/{charge['application_fee']}")
        assert (fee["amount_refunded"], fee["refunded"], len(fee["refunds"]["data"])) == (250, False, 1)
        await theirs.post("/v1/refunds", charge=charge["id"], refund_application_fee=True)
        fee = await it.get(f"/v1/application_fees/{charge['application_fee']}")
        assert (fee["amount_refunded"], fee["refunded"]) == (1_000, True)
        assert await balance_of(it, "available") == 0
        assert await balance_of(theirs) == -FEE


async def test_a_destination_charge_sends_all_on_and_takes_a_fee() -> None:
    async with shop() as it:
        account = await connected(it)
        charge = await paid(it, transfer_data={"destination": account}, application_fee_amount=1_230)
        assert charge["transfer_data"] == {"amount": None, "destination": account}
        transfer = await it.get(f"/v1/transfers/{charge['transfer']}", expand=["destination_payment", "destination"])
        assert (transfer["amount"], transfer["source_transaction"], transfer["destination"]["id"]) == (
            10_000, charge["id"], account)
        payment = transfer["destination_payment"]
        assert (payment["source_transfer"], payment["application_fee_amount"]) == (transfer["id"], 1_230)
        fee = await it.get(f"/v1/application_fees/{charge['application_fee']}")
        assert (fee["charge"], fee["originating_transaction"]) == (payment["id"], charge["id"])
        assert await balance_of(it) == 10_000 - FEE - 10_000
        assert await balance_of(it, "available") == 1_230
        assert await balance_of(it.on(account)) == 10_000 - 1_230
        own = await it.on(account).get(f"/v1/charges/{payment['id']}")
        assert own["balance_transaction"]
        told = [(each["type"], each.get("account")) for each in await it.events()]
        assert told.index(("transfer.created", None)) < told.index(("application_fee.created", None))
        assert ("charge.succeeded", account) in told


@pytest.mark.parametrize(("capture", "later"), [("automatic", False), ("automatic_async", True), ("manual", False)])
async def test_the_transfer_is_made_when_the_money_settles(capture: str, later: bool) -> None:
    async with shop() as it:
        account = await connected(it)
        intent = await it.pay(
            amount=10_000, capture_method=capture, transfer_data={"destination": account, "amount": 8_000})
        if capture == "manual":
            await it.post(f"/v1/payment_intents/{intent['id']}/capture", amount_to_capture=9_000)
        charge = await it.get(f"/v1/charges/{intent['latest_charge']}")
        assert ("transfer" in charge) is not later
        await it.advance(5_000)
        transfers = (await it.get("/v1/transfers", destination=account))["data"]
        assert [each["amount"] for each in transfers] == [8_000]
        assert await balance_of(it.on(account)) == 8_000


async def test_what_is_captured_in_part_can_be_shared_anew() -> None:
    async with shop() as it:
        account = await connected(it)
        intent = await it.pay(
            amount=10_000, capture_method="manual", transfer_data={"destination": account, "amount": 8_000})
        error = await it.refused(
            "POST", f"/v1/payment_intents/{intent['id']}/capture", amount_to_capture=5_000)
        assert error["param"] == "transfer_data[amount]"
        await it.post(f"/v1/payment_intents/{intent['id']}/capture", amount_to_capture=5_000,
                      transfer_data={"amount": 4_000})
        assert await balance_of(it.on(account)) == 4_000


async def test_a_refund_takes_its_part_of_the_transfer_and_the_fee_back() -> None:
    async with shop() as it:
        account = await connected(it)
        charge = await paid(it, transfer_data={"destination": account}, application_fee_amount=1_000)
        refund = await it.post("/v1/refunds", charge=charge["id"], amount=5_000, reverse_transfer=True,
                               refund_application_fee=True, expand=["transfer_reversal"])
        reversal = refund["transfer_reversal"]
        assert (reversal["amount"], reversal["source_refund"]) == (5_000, refund["id"])
        assert await balance_of(it.on(account)) + await balance_of(it.on(account), "available") == 4_500
        transfer = await it.get(f"/v1/transfers/{charge['transfer']}")
        assert (transfer["amount_reversed"], transfer["reversed"]) == (5_000, False)
        assert transfer["reversals"]["data"][0]["id"] == reversal["id"]
        back = await it.on(account).get(f"/v1/refunds/{reversal['destination_payment_refund']}")
        assert back["source_transfer_reversal"] == reversal["id"]
        types = await it.types()
        assert {"transfer.reversed", "application_fee.refunded", "charge.refunded"} <= set(types)


async def test_without_being_asked_a_refund_leaves_the_transfer_alone() -> None:
    async with shop() as it:
        account = await connected(it)
        charge = await paid(it, transfer_data={"destination": account})
        refund = await it.post("/v1/refunds", charge=charge["id"])
        assert refund["transfer_reversal"] is None
        assert await balance_of(it.on(account)) == 10_000
        plain = await paid(it)
        for name in ("reverse_transfer", "refund_application_fee"):
            error = await it.refused("POST", "/v1/refunds", charge=plain["id"], **{name: True})
            assert (error["http"], error["param"]) == (400, name)


async def test_separate_transfers_draw_on_a_charge_up_to_its_amount() -> None:
    async with shop() as it:
        account, other = await connected(it), await connected(it)
        charge = await paid(it, transfer_group="order-7")
        given = {"currency": "usd", "source_transaction": charge["id"]}
        first = await it.post("/v1/transfers", destination=account, amount=7_000, metadata={"a": "b"}, **given)
        assert (first["transfer_group"], first["source_transaction"]) == ("order-7", charge["id"])
        error = await it.refused("POST", "/v1/transfers", destination=other, amount=3_001, **given)
        assert (error["http"], error["param"]) == (400, "amount")
        second = await it.post("/v1/transfers", destination=other, amount=3_000, description="rest", **given)
        found = await it.get("/v1/transfers", transfer_group="order-7")
        assert [each["id"] for each in found["data"]] == [second["id"], first["id"]]
        assert [each["id"] for each in (await it.get("/v1/transfers", destination=account))["data"]] == [first["id"]]
        assert await balance_of(it.on(account), "available") == 0
        assert await balance_of(it.on(account)) == 7_000
        theirs = (await it.on(account).get("/v1/balance_transactions", type="payment"))["data"]
        assert [each["net"] for each in theirs] == [7_000]


async def test_two_transfers_at_once_do_not_spend_a_charge_twice() -> None:
    async with shop() as it:
        account, charge = await connected(it), await paid(it)
        both = await asyncio.gather(*(
            it.send("POST", "/v1/transfers", destination=account, amount=6_000, currency="usd",
                    source_transaction=charge["id"]) for _ in range(2)))
        assert sorted(each.status for each in both) == [200, 400]


async def test_a_transfer_without_a_source_needs_available_money() -> None:
    async with shop() as it:
        account = await connected(it)
        await paid(it)
        poor = await it.refused("POST", "/v1/transfers", destination=account, amount=100, currency="usd")
        assert poor["code"] == "balance_insufficient"
        await paid(it, card="pm_card_bypassPending")
        await it.post("/v1/transfers", destination=account, amount=9_000, currency="usd")
        assert await balance_of(it.on(account), "available") == 9_000


async def test_a_transfer_comes_back_in_parts() -> None:
    async with shop() as it:
        account = await connected(it)
        charge = await paid(it, transfer_data={"destination": account}, application_fee_amount=1_000)
        path = f"/v1/transfers/{charge['transfer']}/reversals"
        first = await it.post(path, amount=2_000, refund_application_fee=True, metadata={"a": "b"})
        assert first["transfer"] == charge["transfer"]
        fee = await it.get(f"/v1/application_fees/{charge['application_fee']}")
        assert fee["amount_refunded"] == 200
        over = await it.refused("POST", path, amount=8_001)
        assert (over["http"], over["param"]) == (400, "amount")
        second = await it.post(path)
        assert second["amount"] == 8_000
        assert (await it.refused("POST", path))["http"] == 400
        changed = await it.post(f"{path}/{first['id']}", metadata={"c": "d"})
        assert changed["metadata"] == {"a": "b", "c": "d"}
        assert (await it.get(f"{path}/{first['id']}", expand=["transfer"]))["transfer"]["reversed"] is True
        listed = await it.get(path, limit=1)
        assert ([each["id"] for each in listed["data"]], listed["has_more"]) == ([second["id"]], True)
        shown = await it.get(f"/v1/transfers/{charge['transfer']}")
        assert [each["metadata"] for each in shown["reversals"]["data"]] == [{}, {"a": "b", "c": "d"}]
        assert (await it.refused("GET", f"{path}/trr_1nothing"))["http"] == 404


async def test_a_fee_is_given_back_in_parts() -> None:
    async with shop() as it:
        account = await connected(it)
        charge = await paid(it.on(account), application_fee_amount=1_000)
        path = f"/v1/application_fees/{charge['application_fee']}/refunds"
        first = await it.post(path, amount=400, metadata={"a": "b"})
        over = await it.refused("POST", path, amount=601)
        assert (over["http"], over["param"]) == (400, "amount")
        await it.post(path)
        assert (await it.refused("POST", path))["http"] == 400
        changed = await it.post(f"{path}/{first['id']}", metadata={"a": ""})
        assert changed["metadata"] == {}
        assert (await it.get(f"{path}/{first['id']}", expand=["fee"]))["fee"]["refunded"] is True
        assert [each["amount"] for each in (await it.get(path))["data"]] == [600, 400]
        assert await balance_of(it.on(account), "available") == 1_000
        assert "application_fee.refund.updated" in await it.types()


async def test_a_transfer_is_described_later() -> None:
    async with shop() as it:
        account, charge = await connected(it), await paid(it)
        made = await it.post("/v1/transfers", destination=account, currency="usd", source_transaction=charge["id"])
        assert made["amount"] == 10_000
        changed = await it.post(f"/v1/transfers/{made['id']}", description="rent", metadata={"a": "b"})
        assert (changed["description"], changed["metadata"]) == ("rent", {"a": "b"})
        updated = (await it.events())[-1]
        assert (updated["type"], updated["data"]["previous_attributes"]) == (
            "transfer.updated", {"description": None, "metadata": {"a": None}})


# fmt: off
REFUSED = [
    ("a fee without an account",        {"application_fee_amount": 10},                             "application_fees_not_allowed", "application_fee_amount"),
    ("a fee above the amount",          {"application_fee_amount": 1_001, "to": "good"},            None, "application_fee_amount"),
    ("a fee and an amount to transfer", {"application_fee_amount": 10, "to": "good", "part": 5},    "parameters_exclusive", "application_fee_amount"),
    ("more transferred than paid",      {"to": "good", "part": 1_001},                              None, "transfer_data[amount]"),
    ("nobody",                          {"to": "acct_1nobody"},                                     "resource_missing", "transfer_data[destination]"),
    ("oneself",                         {"to": "own"},                                              None, "transfer_data[destination]"),
    ("no transfers capability",         {"to": "bare"},                                             "insufficient_capabilities_for_transfer", "transfer_data[destination]"),
    ("on behalf of nobody",             {"on_behalf_of": "acct_1nobody"},                           "resource_missing", "on_behalf_of"),
    ("on behalf of who cannot",         {"on_behalf_of": "bare"},                                   None, "on_behalf_of"),
    ("a direct charge of who cannot",   {"account": "bare"},                                        "capability_not_active", None),
]
# fmt: on


@pytest.mark.parametrize(("params", "code", "param"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_a_share_that_cannot_be_is_refused(params: dict[str, Any], code: str | None, param: str | None) -> None:
    async with shop() as it:
        bare = (await it.post("/v1/accounts", type="custom"))["id"]
        names = {"good": await connected(it), "bare": bare, "own": it.here.merchant("stripe").id}
        asked: dict[str, Any] = {"amount": 1_000, "currency": "usd"}
        if "to" in params:
            asked["transfer_data"] = {"destination": names.get(params["to"], params["to"])}
            if "part" in params:
                asked["transfer_data"]["amount"] = params["part"]
        if "on_behalf_of" in params:
            asked["on_behalf_of"] = names.get(params["on_behalf_of"], params["on_behalf_of"])
        if "application_fee_amount" in params:
            asked["application_fee_amount"] = params["application_fee_amount"]
        caller = it.on(names[params["account"]]) if "account" in params else it
        error = await caller.refused("POST", "/v1/payment_intents", **asked)
        assert (error["http"], error.get("code"), error.get("param")) == (400, code, param)


async def test_on_behalf_of_and_the_transfer_group_are_shown() -> None:
    async with shop() as it:
        account = await connected(it)
        charge = await paid(it, on_behalf_of=account, transfer_data={"destination": account}, transfer_group="g")
        assert (charge["on_behalf_of"], charge["transfer_group"]) == (account, "g")
        intent = await it.get(f"/v1/payment_intents/{charge['payment_intent']}", expand=[
            "on_behalf_of", "transfer_data.destination"])
        assert intent["on_behalf_of"]["id"] == intent["transfer_data"]["destination"]["id"] == account
