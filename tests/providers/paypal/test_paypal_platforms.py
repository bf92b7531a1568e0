"""Platforms: calls for other sellers, payments that are split, tokens for browsers, webhook lookups."""

from __future__ import annotations

import base64
import json
from typing import Any

from paydouble.core.clock import HOUR, unix
from tests.providers.paypal.asserting import assertion
from tests.providers.paypal.checked import Shop, asked, capture_of, shop

ORDERS, LOOKUPS = "/v2/checkout/orders", "/v1/notifications/webhooks-lookup"
SELLER = "SELLER2345678"


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


async def free(here: Shop, account: str) -> int:
    kept = await here.sandbox.store.balances(here.sandbox.id)
    return kept.get(f"merchant:{account}:pending", {}).get("USD", 0)


async def test_a_platform_calls_for_a_seller() -> None:
    async with shop() as here:
        seller = assertion(here, SELLER)
        made = await here.post(ORDERS, asked("100.00"), whole=True, **seller)
        assert made["purchase_units"][0]["payee"]["merchant_id"] == SELLER
        await here.act("order", made["id"], "approve")
        await here.post(f"{ORDERS}/{made['id']}/capture", **seller)
        assert await free(here, SELLER) == 9_602
        told = await here.get("/v1/reporting/balances")
        assert told["balances"][0]["total_balance"]["value"] == "0.00"
        theirs = await here.call("GET", "/v1/reporting/balances", **seller)
        assert theirs.json["balances"][0]["total_balance"]["value"] == "96.02"


async def test_an_own_address_is_the_own_account() -> None:
    async with shop() as here:
        own = assertion(here, here.merchant.secrets["email"], claim="email")
        made = await here.post(ORDERS, asked(), whole=True, **own)
        assert made["purchase_units"][0]["payee"]["merchant_id"] == here.merchant.secrets["merchant_id"]


async def test_an_assertion_that_is_none_is_refused() -> None:
    async with shop() as here:
        for header in ("nonsense", "a.b.c", "e30.e30.", "e30.bnVsbA."):
            refused = await here.call("POST", ORDERS, asked(), PayPal_Auth_Assertion=header)
            assert (refused.status, refused.json["name"]) == (401, "AUTHENTICATION_FAILURE"), header
        foreign = await here.call("POST", ORDERS, asked(), **assertion(here, SELLER, issuer="another-app"))
        assert (foreign.status, foreign.json["name"]) == (403, "NOT_AUTHORIZED")


async def test_only_known_accounts_where_so_set() -> None:
    async with shop({"assertions": "known"}) as here:
        refused = await here.call("POST", ORDERS, asked(), **assertion(here, SELLER))
        assert (refused.status, refused.json["name"]) == (403, "NOT_AUTHORIZED")
        await here.post(ORDERS, asked(), **assertion(here, here.merchant.secrets["merchant_id"]))
        assert (await here.call("GET", f"{ORDERS}/X", **assertion(here, SELLER))).status == 403


def claims_of(token: str) -> dict[str, Any]:
    head, body, signature = token.split(".")
    assert signature
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "HS256", "typ": "JWT"}
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


async def test_an_id_token_names_the_app_and_the_customer() -> None:
    async with shop() as here:
        asked_for = {"grant_type": "client_credentials", "response_type": "id_token"}
        plain = claims_of((await here.sign_in(**asked_for)).json["id_token"])
        assert plain["sub"] == plain["aud"] == here.merchant.id
        assert "customer_id" not in plain
        assert plain["exp"] - plain["iat"] == 9 * HOUR // 1_000
        assert abs(plain["iat"] - unix(here.sandbox.clock.wire_now())) < 60
        known = await here.sign_in(**asked_for, target_customer_id="cust-1")
        assert claims_of(known.json["id_token"])["customer_id"] == "cust-1"
        assert "id_token" not in (await here.sign_in(grant_type="client_credentials")).json


def split(fee: str, **instruction: Any) -> dict[str, Any]:
    return {"unit": {
        "payee": {"merchant_id": SELLER},
        "payment_instruction": {"platform_fees": [{"amount": usd(fee)}], **instruction},
    }}


async def test_a_payment_is_split_and_its_fee_comes_back_in_part() -> None:
    async with shop() as here:
        platform = here.merchant.secrets["merchant_id"]
        taken = await here.paid("100.00", **split("10.00"))
        breakdown = taken["seller_receivable_breakdown"]
        assert breakdown["platform_fees"][0]["amount"] == usd("10.00")
        assert breakdown["net_amount"] == usd("86.02")
        assert (await free(here, SELLER), await free(here, platform)) == (8_602, 1_000)
        path = f"/v2/payments/captures/{taken['id']}/refund"
        share = {"payment_instruction": {"platform_fees": [{"amount": usd("4.00")}]}}
        back = await here.post(path, {"amount": usd("40.00"), **share}, whole=True)
        assert back["seller_payable_breakdown"]["platform_fees"][0]["amount"] == usd("4.00")
        assert back["seller_payable_breakdown"]["net_amount"] == usd("36.00")
        assert (await free(here, SELLER), await free(here, platform)) == (5_002, 600)
        more = {"payment_instruction": {"platform_fees": [{"amount": usd("6.01")}]}}
        assert await here.refused("POST", path, {"amount": usd("10.00"), **more}) == (
            422, "PLATFORM_FEE_EXCEEDED")
        await here.post(path, {"amount": usd("60.00")})
        assert (await free(here, SELLER), await free(here, platform)) == (-998, 600)


async def test_several_sellers_are_paid_by_one_order() -> None:
    async with shop() as here:
        units = [
            {"reference_id": name, "amount": usd(value), "payee": {"merchant_id": payee}}
            for name, value, payee in (("a", "60.00", "SELLERAAAAAAA"), ("b", "40.00", "SELLERBBBBBBB"))
        ]
        made = await here.post(ORDERS, {"intent": "CAPTURE", "purchase_units": units})
        await here.act("order", made["id"], "approve")
        done = await here.post(f"{ORDERS}/{made['id']}/capture", whole=True)
        first = capture_of(done)
        assert first["seller_receivable_breakdown"]["gross_amount"] == usd("60.00")
        assert (await free(here, "SELLERAAAAAAA"), await free(here, "SELLERBBBBBBB")) == (5_742, 3_811)


async def test_lookups_are_made_shown_and_taken_back() -> None:
    async with shop() as here:
        made = await here.post(LOOKUPS)
        other = await here.post(LOOKUPS, {})
        assert made["client_id"] == here.merchant.id
        assert await here.get(f"{LOOKUPS}/{made['id']}") == made
        assert [one["id"] for one in (await here.get(LOOKUPS))["webhooks_lookups"]] == [made["id"], other["id"]]
        assert (await here.call("DELETE", f"{LOOKUPS}/{made['id']}")).status == 204
        assert (await here.call("DELETE", f"{LOOKUPS}/{other['id']}")).status == 204
        assert (await here.refused("GET", f"{LOOKUPS}/{made['id']}"))[0] == 404
