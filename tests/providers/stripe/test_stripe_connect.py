"""Connected accounts: who they are, what they may do, and what is theirs alone."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from paydouble.core.http import Headers, HttpRequest
from paydouble.server.pages import visited
from tests.providers.stripe.checked import Shop, shop
from tests.providers.stripe.connected import COMPLETE, balance_of, connected


async def test_an_account_is_asked_for_what_its_capabilities_need() -> None:
    async with shop() as it:
        await connected(it)
        account = await it.post(
            "/v1/accounts", type="custom", country="US", email="jenny@example.com",
            capabilities={"card_payments": {"requested": True}, "transfers": {"requested": True}})
        assert (account["charges_enabled"], account["payouts_enabled"], account["details_submitted"]) == (
            False, False, False)
        assert account["capabilities"] == {"card_payments": "inactive", "transfers": "inactive"}
        assert {"external_account", "tos_acceptance.date", "business_profile.mcc"} <= set(
            account["requirements"]["currently_due"])
        assert account["requirements"]["disabled_reason"] == "requirements.past_due"
        account = await it.post(f"/v1/accounts/{account['id']}", **COMPLETE)
        assert account["requirements"]["currently_due"] == []
        assert account["capabilities"] == {"card_payments": "active", "transfers": "active"}
        assert (account["charges_enabled"], account["payouts_enabled"], account["details_submitted"]) == (
            True, True, True)
        assert account["individual"]["ssn_last_4_provided"] is True
        assert "ssn_last_4" not in account["individual"]
        updated = next(each for each in await it.events() if each["type"] == "account.updated")
        assert updated["account"] == account["id"]
        assert updated["data"]["previous_attributes"]["charges_enabled"] is False


async def test_the_owner_of_an_account_fills_in_the_hosted_form() -> None:
    async with shop() as it:
        account = (await it.post("/v1/accounts", type="express", email="jenny@example.com",
                                 capabilities={"transfers": {"requested": True}}))["id"]
        given = {"account": account, "refresh_url": "https://shop.example/again",
                 "return_url": "https://shop.example/back", "type": "account_onboarding"}
        early = await it.refused("POST", f"/v1/accounts/{account}/login_links")
        assert early["http"] == 400
        link = await it.post("/v1/account_links", **given)
        assert link["expires_at"] == link["created"] + 300
        assert "Tell us about your business" in await visit(it, link["url"])
        assert await visit(it, link["url"], step="complete") == "https://shop.example/back"
        assert await visit(it, link["url"]) == "https://shop.example/again"
        shown = await it.get(f"/v1/accounts/{account}")
        assert (shown["payouts_enabled"], shown["external_accounts"]["data"][0]["last4"]) == (True, "6789")
        login = await it.post(f"/v1/accounts/{account}/login_links")
        assert login["object"] == "login_link"


async def visit(it: Shop, url: str, **fields: str) -> Any:
    """What a browser gets at this address: the page, or where it is sent."""
    parts = urlsplit(url)
    request = HttpRequest(
        method="POST" if fields else "GET", target=f"{parts.path}?{parts.query}", body=urlencode(fields).encode(),
        headers=Headers((("Content-Type", "application/x-www-form-urlencoded"),)), id="0" * 32)
    answer = await visited(it.here.simulator.visits, "stripe", request)
    assert answer is not None
    return dict(answer.headers).get("Location") or answer.body.decode()


async def test_what_a_connected_account_has_is_its_own() -> None:
    async with shop() as it:
        account, other = await connected(it), await connected(it)
        theirs = it.on(account)
        customer = (await theirs.post("/v1/customers", email="payer@example.com"))["id"]
        assert (await it.get("/v1/customers"))["data"] == []
        assert len((await theirs.get("/v1/customers"))["data"]) == 1
        for somebody in (it, it.on(other)):
            error = await somebody.refused("GET", f"/v1/customers/{customer}")
            assert (error["http"], error["code"]) == (404, "resource_missing")
        assert (await theirs.get("/v1/account"))["id"] == account
        assert (await it.get("/v1/account"))["id"] == it.here.merchant("stripe").id


@pytest.mark.parametrize("which", ["acct_1nobody", "x", "deleted", "another platform's"])
async def test_an_account_that_is_not_ones_own_is_refused(which: str) -> None:
    async with shop() as it:
        account = which
        if which == "deleted":
            account = await connected(it)
            assert (await it.send("DELETE", f"/v1/accounts/{account}")).json["deleted"] is True
            assert (await it.types())[-1] == "account.application.deauthorized"
        error = await it.on(account).refused("GET", "/v1/customers")
        assert (error["http"], error["type"], error["code"]) == (
            403, "invalid_request_error", "account_invalid")
        assert "does not have access to account" in error["message"]
        assert (await it.refused("GET", f"/v1/accounts/{account}"))["code"] == "account_invalid"
        unread = await it.on(account).refused("POST", "/v1/payment_intents", amount="ten", nonsense="1")
        assert unread["code"] == "account_invalid", "told before the parameters are looked at"


async def test_the_same_key_in_two_accounts_is_two_keys() -> None:
    async with shop() as it:
        account = await connected(it)
        mine = await it.post("/v1/customers", key="one", email="a@example.com")
        theirs = await it.on(account).post("/v1/customers", key="one", email="b@example.com")
        assert mine["id"] != theirs["id"]


async def test_events_of_an_account_go_to_endpoints_made_for_connect() -> None:
    async with shop() as it:
        account = await connected(it)
        await requests(it)
        it.here.receiver.requests.clear()
        await it.on(account).post("/v1/customers", email="payer@example.com")
        await it.post("/v1/customers", email="own@example.com")
        told = [(json.loads(each.body).get("account"), each.target) for each in await requests(it)]
        assert sorted(told, key=lambda one: one[1]) == [
            (account, "http://127.0.0.1:9/connect"), (None, "http://127.0.0.1:9/hook")]
        await it.on(account).post("/v1/webhook_endpoints", url="http://127.0.0.1:9/theirs", enabled_events=["*"])
        it.here.receiver.requests.clear()
        await it.on(account).post("/v1/customers", email="payer@example.com")
        assert {each.target for each in await requests(it)} == {
            "http://127.0.0.1:9/connect", "http://127.0.0.1:9/theirs"}
        listed = (await it.on(account).get("/v1/events", type="customer.created"))["data"]
        assert {each["account"] for each in listed} == {account}
        assert len((await it.get("/v1/events", type="customer.created"))["data"]) == 1


async def requests(it: Shop) -> list[HttpRequest]:
    """What was sent to all endpoints."""
    await it.here.settle()
    return it.here.receiver.requests


async def test_accounts_are_listed_updated_and_rejected() -> None:
    async with shop() as it:
        first, second = await connected(it, email="a@example.com"), await connected(it)
        listed = await it.get("/v1/accounts", limit=1)
        assert ([each["id"] for each in listed["data"]], listed["has_more"]) == ([second], True)
        rest = await it.get("/v1/accounts", starting_after=second)
        assert [each["id"] for each in rest["data"]] == [first]
        back = await it.get("/v1/accounts", ending_before=first)
        assert [each["id"] for each in back["data"]] == [second]
        changed = await it.post(f"/v1/accounts/{first}", email="new@example.com", metadata={"a": "b"},
                                business_profile={"name": "A shop"}, settings={"payouts": {"statement_descriptor": "SHOP"}})
        assert (changed["email"], changed["metadata"], changed["business_profile"]["mcc"]) == (
            "new@example.com", {"a": "b"}, "5734")
        assert changed["settings"]["payouts"]["schedule"]["interval"] == "daily"
        gone = await it.post(f"/v1/accounts/{second}/reject", reason="fraud")
        assert (gone["charges_enabled"], gone["requirements"]["disabled_reason"]) == (False, "rejected.fraud")
        own = it.here.merchant("stripe").id
        assert (await it.get(f"/v1/accounts/{own}"))["charges_enabled"] is True


async def test_capabilities_are_asked_for_one_by_one() -> None:
    async with shop() as it:
        account = await connected(it)
        path = f"/v1/accounts/{account}/capabilities"
        assert [each["id"] for each in (await it.get(path))["data"]] == ["card_payments", "transfers"]
        assert (await it.get(f"{path}/sepa_debit_payments"))["status"] == "unrequested"
        asked = await it.post(f"{path}/sepa_debit_payments", requested=True)
        assert (asked["status"], asked["requested"], asked["account"]) == ("active", True, account)
        given_up = await it.post(f"{path}/sepa_debit_payments", requested=False)
        assert given_up["status"] == "unrequested"
        expanded = await it.get(f"{path}/transfers", expand=["account"])
        assert expanded["account"]["id"] == account
        error = await it.refused("GET", f"{path}/flying")
        assert (error["http"], error["param"]) == (404, "capability")


async def test_an_account_has_several_banks_and_a_default_for_each_currency() -> None:
    async with shop() as it:
        account = await connected(it)
        path = f"/v1/accounts/{account}/external_accounts"
        first = (await it.get(path))["data"][0]
        token = await it.post("/v1/tokens", bank_account={
            "country": "US", "currency": "usd", "account_number": "000123456789", "routing_number": "110000000"})
        second = await it.post(path, external_account=token["id"], metadata={"a": "b"})
        assert (second["default_for_currency"], second["account"]) == (False, account)
        used = await it.refused("POST", path, external_account=token["id"])
        assert used["code"] == "token_already_used"
        assert (await it.refused("POST", path))["code"] == "parameter_missing"
        barred = await it.refused("DELETE", f"{path}/{first['id']}")
        assert "default" in barred["message"]
        second = await it.post(f"{path}/{second['id']}", default_for_currency=True, account_holder_name="Jenny")
        assert second["default_for_currency"] is True
        shown = (await it.get(path, object="bank_account"))["data"]
        assert [(each["id"], each["default_for_currency"]) for each in shown] == [
            (second["id"], True), (first["id"], False)]
        assert [each["id"] for each in (await it.get(path, limit=1, starting_after=second["id"]))["data"]] == [
            first["id"]]
        assert (await it.get(path, object="card"))["data"] == []
        card = await it.post(path, external_account=(await it.post("/v1/tokens", card={
            "number": "4000056655665556", "exp_month": 12, "exp_year": 2040}))["id"])
        assert (card["object"], card["available_payout_methods"]) == ("card", ["instant", "standard"])
        assert (await it.get(f"{path}/{card['id']}"))["last4"] == "5556"
        assert (await it.send("DELETE", f"{path}/{first['id']}")).json == {
            "id": first["id"], "object": "bank_account", "deleted": True}
        assert (await it.refused("GET", f"{path}/{first['id']}"))["http"] == 404
        types = await it.types()
        assert {f"account.external_account.{word}" for word in ("created", "updated", "deleted")} <= set(types)


BANK = {"country": "US", "currency": "usd", "account_number": "000123456789"}


@pytest.mark.parametrize(("field", "value", "message"), [
    ("currency", "zzz", "Invalid currency: zzz"),
    ("country", "840", "Country 840 not supported (you should use the 2-letter country code, e.g. US)."),
])
async def test_a_bank_is_somewhere_and_has_a_currency(field: str, value: str, message: str) -> None:
    async with shop() as it:
        path, bank = f"/v1/accounts/{await connected(it)}", {**BANK, field: value}
        before = (await it.get(path))["external_accounts"]
        for target, more in (("/v1/accounts", {"type": "custom"}), (path, {}), (f"{path}/external_accounts", {})):
            refused = await it.refused("POST", target, **more, external_account={"object": "bank_account", **bank})
            assert (refused["http"], refused["message"], refused["param"]) == (
                400, message, f"external_account[{field}]")
        token = await it.refused("POST", "/v1/tokens", bank_account=bank)
        assert (token["message"], token["param"]) == (message, f"bank_account[{field}]")
        assert (await it.get(path))["external_accounts"] == before
        nowhere = await it.refused("POST", "/v1/accounts", type="custom", country="Narnia")
        assert (nowhere["param"], "Country Narnia" in nowhere["message"]) == ("country", True)


async def test_an_account_pays_out_to_its_own_bank() -> None:
    async with shop() as it:
        account = await connected(it)
        theirs = it.on(account)
        await theirs.pay(amount=10_000, card="pm_card_bypassPending")
        await it.advance(5_000)
        assert await balance_of(theirs, "available") == 10_000 - 320
        assert await balance_of(it, "available") == 0
        payout = await theirs.post("/v1/payouts", amount=5_000, currency="usd")
        bank = (await it.get(f"/v1/accounts/{account}"))["external_accounts"]["data"][0]["id"]
        assert payout["destination"] == bank
        none = await theirs.refused("POST", "/v1/payouts", amount=50, currency="eur")
        assert "external accounts in that currency" in none["message"]
        created = [each for each in await it.events() if each["type"] == "payout.created"]
        assert [each["account"] for each in created] == [account]


async def test_exclusive_and_unknown_ways_to_make_an_account_are_refused() -> None:
    async with shop() as it:
        both = await it.refused("POST", "/v1/accounts", type="custom", controller={"fees": {"payer": "account"}})
        assert (both["http"], both["code"]) == (400, "parameters_exclusive")
        unknown = await it.refused("POST", "/v1/accounts", kind="custom")
        assert (unknown["code"], unknown["param"]) == ("parameter_unknown", "kind")
        standard = (await it.post("/v1/accounts"))
        assert (standard["type"], standard["controller"]["stripe_dashboard"]["type"]) == ("standard", "full")
        error = await it.refused("POST", f"/v1/accounts/{standard['id']}", tos_acceptance={"ip": "127.0.0.1"})
        assert error["code"] == "not_allowed_on_standard_account"
        ours = await it.post("/v1/accounts", controller={
            "fees": {"payer": "application"}, "losses": {"payments": "application"},
            "stripe_dashboard": {"type": "none"}, "requirement_collection": "application"})
        assert ours["type"] == "none"
        missing = await it.refused("POST", "/v1/account_links", account=ours["id"], type="account_onboarding")
        assert (missing["code"], missing["param"]) == ("parameter_missing", "refresh_url")


async def test_with_the_setting_an_account_is_verified_at_once() -> None:
    from paydouble.providers.stripe import build
    from paydouble.providers.stripe.settings import Onboarding, terms_of

    provider = build({"onboarding": "instant"})
    merchant = provider.merchant("default", None)  # type: ignore[arg-type]
    assert terms_of(merchant).onboarding is Onboarding.INSTANT
    with pytest.raises(ValueError, match="onboarding"):
        build({"onboarding": "never"})


async def test_a_platforms_card_is_shared_with_a_connected_account() -> None:
    async with shop() as it:
        account = await connected(it)
        customer = (await it.post("/v1/customers", payment_method="pm_card_mastercard"))["id"]
        card = (await it.get("/v1/payment_methods", customer=customer))["data"][0]["id"]
        theirs = it.on(account)
        shared = await theirs.post("/v1/payment_methods", customer=customer, payment_method=card)
        assert (shared["card"]["brand"], shared["customer"]) == ("mastercard", None)
        assert (await theirs.pay(card=shared["id"]))["status"] == "succeeded"
        for params in ({"payment_method": card}, {"payment_method": card, "customer": "cus_other"}):
            assert (await theirs.refused("POST", "/v1/payment_methods", **params))["http"] == 400
        own = await it.refused("POST", "/v1/payment_methods", customer=customer, payment_method=card)
        assert (own["http"], own["param"]) == (400, "payment_method")
        assert (await theirs.refused("GET", f"/v1/payment_methods/{card}"))["http"] == 404


async def test_a_subscription_on_a_connected_account_is_told_as_its_own() -> None:
    async with shop() as it:
        account = await connected(it)
        theirs = it.on(account)
        customer = (await theirs.post("/v1/customers", payment_method="pm_card_visa"))["id"]
        method = (await theirs.get("/v1/payment_methods", customer=customer))["data"][0]["id"]
        product = (await theirs.post("/v1/products", name="Tea"))["id"]
        price = await theirs.post(
            "/v1/prices", product=product, unit_amount=1_000, currency="usd", recurring={"interval": "month"})
        made = await theirs.post("/v1/subscriptions", customer=customer, default_payment_method=method,
                                 items=[{"price": price["id"]}])
        assert made["status"] == "active"
        told = [each for each in await it.events() if each["type"].startswith(("customer.sub", "invoice.", "payment_i"))]
        assert {each["account"] for each in told} == {account}
        assert "invoice.paid" in {each["type"] for each in told}
        assert (await it.get("/v1/subscriptions"))["data"] == []
