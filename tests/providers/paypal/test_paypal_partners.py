"""Sellers of a platform: invited, agreed, paid later. https://developer.paypal.com/docs/multiparty/"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from paydouble.core.clock import DAY, later, rfc3339_utc
from tests.providers.paypal.asserting import assertion
from tests.providers.paypal.checked import BASE, Shop, shop
from tests.providers.paypal.test_paypal_pages import visit
from tests.providers.paypal.test_paypal_platforms import SELLER, split
from tests.providers.paypal.test_paypal_reporting import SEARCH

REFERRALS = "/v2/customer/partner-referrals"
ITEMS = "/v1/payments/referenced-payouts-items"
FEATURES = ["PAYMENT", "REFUND", "PARTNER_FEE"]


def invitation(**more: Any) -> dict[str, Any]:
    rest = {
        "integration_method": "PAYPAL", "integration_type": "THIRD_PARTY",
        "third_party_details": {"features": FEATURES},
    }
    preference = {"api_integration_preference": {"rest_api_integration": rest}}
    return {
        "operations": [{"operation": "API_INTEGRATION", **preference}], "tracking_id": "seller-7",
        "legal_consents": [{"type": "SHARE_DATA_CONSENT", "granted": True}],
        "partner_config_override": {"return_url": "https://platform.example/back"},
        "products": ["EXPRESS_CHECKOUT"], "email": "seller@example.com", **more,
    }  # fmt: skip


def partners(here: Shop) -> str:
    return f"/v1/customer/partners/{here.merchant.secrets['merchant_id']}/merchant-integrations"


async def books(here: Shop) -> tuple[str, ...]:
    """What the seller reads of its own balance: total, available, withheld."""
    read = await here.call("GET", "/v1/reporting/balances", **assertion(here, SELLER))
    [dollars] = read.json["balances"]
    return tuple(dollars[f"{name}_balance"]["value"] for name in ("total", "available", "withheld"))


async def told(here: Shop) -> list[tuple[str, str]]:
    """The seller's transactions."""
    now = here.sandbox.clock.now()
    window = f"start_date={rfc3339_utc(later(now, -DAY))}&end_date={rfc3339_utc(later(now, DAY))}"
    read = await here.call("GET", f"{SEARCH}?{window}", **assertion(here, SELLER))
    rows = (one["transaction_info"] for one in read.json["transaction_details"])
    return [(one["transaction_event_code"], one["transaction_amount"]["value"]) for one in rows]


async def test_a_seller_agrees_on_the_page_and_comes_back_connected() -> None:
    async with shop() as here:
        made = await here.post(REFERRALS, invitation())
        itself, action = (link["href"] for link in made["links"])
        assert (await here.get(itself.removeprefix(BASE)))["referral_data"]["tracking_id"] == "seller-7"
        assert await here.refused("GET", f"{partners(here)}?tracking_id=seller-7") == (404, "INVALID_RESOURCE_ID")

        assert b"Agree and consent" in (await visit(here, action)).body
        back = urlsplit((await visit(here, action, step="approve")).header("Location"))
        fields = {name: values[0] for name, values in parse_qs(back.query).items()}
        assert (fields["merchantId"], fields["permissionsGranted"]) == ("seller-7", "true")

        found = await here.get(f"{partners(here)}?tracking_id=seller-7")
        assert found["merchant_id"] == fields["merchantIdInPayPal"]
        seller = await here.get(f"{partners(here)}/{found['merchant_id']}")
        assert seller["granted_permissions"] == ["EXPRESS_CHECKOUT", "REFUND"]
        scopes = seller["oauth_integrations"][0]["oauth_third_party"][0]["scopes"]
        assert "https://uri.paypal.com/services/payments/partnerfee" in scopes
        assert (seller["payments_receivable"], seller["primary_email"]) == (True, "seller@example.com")
        assert await here.refused("POST", REFERRALS, invitation()) == (422, "DUPLICATE_TRACKING_ID")
        assert await here.types() == ["MERCHANT.ONBOARDING.COMPLETED"]


async def test_a_consent_is_taken_back() -> None:
    async with shop() as here:
        made = await here.post(REFERRALS, invitation())
        token = made["links"][0]["href"].rpartition("/")[2]
        await here.act("referral", token, "agree", merchant_id="SELLERAAAAAAA")
        assert (await here.get(f"{partners(here)}/SELLERAAAAAAA"))["tracking_id"] == "seller-7"
        await here.act("referral", token, "revoke")
        assert await here.refused("GET", f"{partners(here)}/SELLERAAAAAAA") == (404, "INVALID_RESOURCE_ID")
        assert (await here.types())[-1] == "MERCHANT.PARTNER-CONSENT.REVOKED"


async def test_only_the_own_sellers_are_shown() -> None:
    async with shop() as here:
        foreign = "/v1/customer/partners/SOMEBODYELSE1/merchant-integrations"
        assert await here.refused("GET", f"{foreign}/SELLERAAAAAAA") == (403, "NOT_AUTHORIZED")
        assert (await here.get(f"{partners(here)}/credentials"))["client_id"].startswith("A")


async def test_money_that_was_held_back_is_let_go_once() -> None:
    async with shop() as here:
        taken = await here.paid("100.00", **split("10.00", disbursement_mode="DELAYED"))
        asked = {"reference_id": taken["id"], "reference_type": "TRANSACTION_ID"}
        assert await books(here) == ("86.02", "0.00", "86.02")
        item = await here.post(ITEMS, asked)
        assert item["processing_state"] == {"status": "SUCCESS"}
        assert item["payout_amount"] == {"currency_code": "USD", "value": "86.02"}
        assert await books(here) == ("86.02", "86.02", "0.00")
        assert await told(here) == [("T0006", "100.00"), ("T0113", "-10.00"), ("T2107", "-86.02"), ("T2108", "86.02")]
        assert await here.get(f"{ITEMS}/{item['item_id']}") == item
        again = await here.post(ITEMS, asked)
        assert again["processing_state"] == {"status": "FAILED", "reason": "TRANSACTION_NOT_VALID"}
        assert (await here.types())[-2:] == [
            "PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED", "PAYMENT.REFERENCED-PAYOUT-ITEM.FAILED",
        ]


async def test_a_refund_comes_out_of_what_is_held_back_and_after_28_days_the_rest_is_the_sellers() -> None:
    async with shop() as here:
        taken = await here.paid("100.00", **split("10.00", disbursement_mode="DELAYED"))
        back = {"amount": {"currency_code": "USD", "value": "40.00"}}
        await here.post(f"/v2/payments/captures/{taken['id']}/refund", back)
        assert await books(here) == ("46.02", "0.00", "46.02")
        await here.advance(27 * DAY)
        assert await books(here) == ("46.02", "0.00", "46.02")
        await here.advance(2 * DAY)
        assert await books(here) == ("46.02", "46.02", "0.00")


async def test_all_of_it_refunded_leaves_nothing_held_back() -> None:
    async with shop() as here:
        taken = await here.paid("100.00", **split("10.00", disbursement_mode="DELAYED"))
        await here.post(f"/v2/payments/captures/{taken['id']}/refund")
        assert await books(here) == ("-13.98", "-13.98", "0.00")


async def test_what_was_paid_at_once_or_is_too_old_cannot_be_let_go() -> None:
    async with shop() as here:
        at_once = await here.paid("10.00", **split("1.00"))
        late = await here.paid("10.00", **split("1.00", disbursement_mode="DELAYED"))
        await here.advance(29 * DAY)
        items = [{"reference_id": one["id"], "reference_type": "TRANSACTION_ID"} for one in (at_once, late)]
        batch = await here.post("/v1/payments/referenced-payouts", {"referenced_payouts": items})
        shown = await here.get(batch["links"][0]["href"].removeprefix(BASE))
        assert {one["processing_state"]["status"] for one in shown["referenced_payouts"]} == {"FAILED"}
        unknown = {"reference_id": "NOTHING", "reference_type": "TRANSACTION_ID"}
        assert await here.refused("POST", ITEMS, unknown) == (404, "INVALID_RESOURCE_ID")
