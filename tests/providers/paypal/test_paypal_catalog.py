"""Products and plans: made once for a key, shown, listed, patched, and refused as the manual says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.providers.paypal.billed import PLANS, PRODUCTS, cycle, plan, plan_asked, product, usd
from tests.providers.paypal.checked import shop

TIERS = {"pricing_model": "VOLUME", "tiers": [
    {"starting_quantity": "1", "ending_quantity": "10", "amount": usd("5.00")},
    {"starting_quantity": "11", "amount": usd("4.00")},
]}


async def test_a_product_is_made_shown_listed_and_changed() -> None:
    async with shop() as here:
        brief = await here.post(PRODUCTS, {"name": "Milk", "type": "PHYSICAL", "description": "Fresh"})
        assert set(brief) == {"id", "name", "description", "create_time", "links"}
        id = brief["id"]
        assert id.startswith("PROD-")
        named = await here.post(
            PRODUCTS, {"id": "shop-tea-1", "name": "Tea", "type": "SERVICE", "category": "SOFTWARE"}, whole=True
        )
        assert (named["id"], named["type"], named["category"]) == ("shop-tea-1", "SERVICE", "SOFTWARE")
        listed = await here.get(f"{PRODUCTS}?page_size=1&total_required=true")
        assert (len(listed["products"]), listed["total_items"], listed["total_pages"]) == (1, 2, 2)
        assert [one["rel"] for one in listed["links"]] == ["self", "first", "next", "last"]
        second = await here.get(f"{PRODUCTS}?page_size=1&page=2")
        assert second["products"][0]["id"] != listed["products"][0]["id"]
        patches = [
            {"op": "replace", "path": "/description", "value": "Fresher"},
            {"op": "add", "path": "/home_url", "value": "https://shop.example/milk"},
        ]
        assert (await here.call("PATCH", f"{PRODUCTS}/{id}", patches)).status == 204
        shown = await here.get(f"{PRODUCTS}/{id}")
        assert (shown["description"], shown["home_url"]) == ("Fresher", "https://shop.example/milk")
        assert (await here.call("PATCH", f"{PRODUCTS}/shop-tea-1", [{"op": "remove", "path": "/category"}])).status == 204
        assert "category" not in await here.get(f"{PRODUCTS}/shop-tea-1")
        assert await here.types() == [
            "CATALOG.PRODUCT.CREATED", "CATALOG.PRODUCT.CREATED", "CATALOG.PRODUCT.UPDATED",
            "CATALOG.PRODUCT.UPDATED",
        ]


PRODUCT_REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"type": "PHYSICAL"}, 400, "MISSING_REQUIRED_PARAMETER"),
    ({"name": "x", "type": "FOOD"}, 400, "INVALID_PARAMETER_VALUE"),
    ({"name": "", "type": "SERVICE"}, 400, "INVALID_STRING_MIN_LENGTH"),
    ({"name": "x" * 128, "type": "SERVICE"}, 400, "INVALID_STRING_MAX_LENGTH"),
    ({"name": "x", "type": "SERVICE", "category": "MOONSHINE"}, 400, "INVALID_PARAMETER_VALUE"),
    ({"name": "x", "type": "SERVICE", "id": "PROD-123456"}, 400, "INVALID_PARAMETER_SYNTAX"),
    ({"name": "x", "type": "SERVICE", "id": "known-id"}, 422, "DUPLICATE_RESOURCE_IDENTIFIER"),
]


@pytest.mark.parametrize(("body", "status", "issue"), PRODUCT_REFUSALS)
async def test_what_a_product_is_refused_for(body: dict[str, Any], status: int, issue: str) -> None:
    async with shop() as here:
        await product(here, id="known-id")
        assert await here.refused("POST", PRODUCTS, body) == (status, issue)


PATCH_REFUSALS: list[tuple[list[dict[str, Any]], int, str]] = [
    ([{"op": "replace", "path": "/name", "value": "x"}], 400, "INVALID_PATCH_PATH"),
    ([{"op": "move", "path": "/description", "value": "x"}], 400, "UNSUPPORTED_PATCH_OPERATION"),
    ([{"op": "replace", "path": "/description", "value": 7}], 400, "INVALID_PARAMETER_VALUE"),
    ([{"op": "remove", "path": "/description"}] * 2, 400, "INVALID_PATCH_PATH"),
    ([], 400, "INVALID_ARRAY_MIN_ITEMS"),
]


@pytest.mark.parametrize(("patches", "status", "issue"), PATCH_REFUSALS)
async def test_what_a_patch_is_refused_for(patches: list[dict[str, Any]], status: int, issue: str) -> None:
    async with shop() as here:
        id = await product(here)
        assert await here.refused("PATCH", f"{PRODUCTS}/{id}", patches) == (status, issue)


async def test_unknown_products_and_plans_are_not_found() -> None:
    async with shop() as here:
        assert await here.refused("GET", f"{PRODUCTS}/PROD-X") == (404, "INVALID_RESOURCE_ID")
        assert await here.refused("GET", f"{PLANS}/P-X") == (404, "INVALID_RESOURCE_ID")
        assert await here.refused("POST", PLANS, plan_asked("PROD-XXXXXX")) == (404, "INVALID_RESOURCE_ID")


async def test_a_plan_is_made_with_its_defaults() -> None:
    async with shop() as here:
        id = await product(here)
        trial = cycle("", 1, "TRIAL", 1, "WEEK")
        body = plan_asked(
            id, cycle("9.99", 2), trial, description="Every month", taxes={"percentage": "10", "inclusive": False},
            payment_preferences={"setup_fee": usd("3"), "payment_failure_threshold": 2},
            merchant_preferences={"return_url": "https://shop.example/a", "cancel_url": "https://shop.example/b"},
        )
        made = await here.post(PLANS, body, whole=True)
        assert made["id"].startswith("P-")
        assert made["status"] == "ACTIVE"
        assert [one["tenure_type"] for one in made["billing_cycles"]] == ["TRIAL", "REGULAR"]
        assert made["billing_cycles"][1]["pricing_scheme"]["fixed_price"] == usd("9.99")
        assert made["payment_preferences"] == {
            "auto_bill_outstanding": True, "setup_fee": usd("3.0"), "setup_fee_failure_action": "CANCEL",
            "payment_failure_threshold": 2,
        }
        brief = await here.post(PLANS, plan_asked(id, status="CREATED"))
        assert set(brief) == {"id", "product_id", "name", "status", "usage_type", "create_time", "links"}
        assert brief["status"] == "CREATED"
        assert await here.types() == ["CATALOG.PRODUCT.CREATED"] + ["BILLING.PLAN.CREATED"] * 2


async def test_plans_of_a_product_are_listed() -> None:
    async with shop() as here:
        first, second = await plan(here), await plan(here, cycle("20"))
        shown = await here.get(f"{PLANS}/{first}")
        listed = await here.get(f"{PLANS}?product_id={shown['product_id']}&total_required=true")
        assert [one["id"] for one in listed["plans"]] == [first]
        assert [one["id"] for one in (await here.get(f"{PLANS}?plan_ids={second}"))["plans"]] == [second]
        assert len((await here.get(PLANS))["plans"]) == 2


async def test_a_plan_is_switched_off_and_on() -> None:
    async with shop() as here:
        id = await plan(here)
        assert await here.refused("POST", f"{PLANS}/{id}/activate") == (422, "PLAN_STATUS_INVALID")
        assert (await here.call("POST", f"{PLANS}/{id}/deactivate")).status == 204
        assert await here.refused("POST", f"{PLANS}/{id}/deactivate") == (422, "PLAN_STATUS_INVALID")
        patches = [{"op": "replace", "path": "/name", "value": "x"}]
        assert await here.refused("PATCH", f"{PLANS}/{id}", patches) == (422, "PLAN_STATUS_INACTIVE")
        assert (await here.call("POST", f"{PLANS}/{id}/activate")).status == 204
        assert (await here.types())[-2:] == ["BILLING.PLAN.DEACTIVATED", "BILLING.PLAN.ACTIVATED"]


async def test_a_plan_is_patched_but_not_its_cycles() -> None:
    async with shop() as here:
        id = await plan(here)
        patches: list[dict[str, Any]] = [
            {"op": "replace", "path": "/description", "value": "Milk, monthly"},
            {"op": "replace", "path": "/payment_preferences/payment_failure_threshold", "value": 3},
            {"op": "replace", "path": "/payment_preferences/setup_fee", "value": usd("7.5")},
            {"op": "replace", "path": "/taxes/percentage", "value": "5"},
        ]
        assert (await here.call("PATCH", f"{PLANS}/{id}", patches)).status == 204
        shown = await here.get(f"{PLANS}/{id}")
        assert shown["payment_preferences"]["payment_failure_threshold"] == 3
        assert shown["payment_preferences"]["setup_fee"] == usd("7.5")
        assert shown["taxes"] == {"percentage": "5", "inclusive": True}
        wrong = [{"op": "replace", "path": "/billing_cycles/0/total_cycles", "value": 3}]
        assert await here.refused("PATCH", f"{PLANS}/{id}", wrong) == (400, "INVALID_PATCH_PATH")
        euros = [{"op": "replace", "path": "/payment_preferences/setup_fee", "value": usd("7", "EUR")}]
        assert await here.refused("PATCH", f"{PLANS}/{id}", euros) == (422, "CURRENCY_MISMATCH")
        assert (await here.types())[-1] == "BILLING.PLAN.UPDATED"


async def test_new_prices_have_a_new_version() -> None:
    async with shop() as here:
        id = await plan(here, cycle("10"), quantity_supported=True)
        path = f"{PLANS}/{id}/update-pricing-schemes"
        update = {"billing_cycle_sequence": 1, "pricing_scheme": {"fixed_price": usd("12.5")}}
        assert (await here.call("POST", path, {"pricing_schemes": [update]})).status == 204
        scheme = (await here.get(f"{PLANS}/{id}"))["billing_cycles"][0]["pricing_scheme"]
        assert (scheme["version"], scheme["fixed_price"]) == (2, usd("12.5"))
        assert (await here.types())[-1] == "BILLING.PLAN.PRICING-CHANGE.ACTIVATED"
        for wrong, issue in (
            ({**update, "billing_cycle_sequence": 2}, "INVALID_BILLING_CYCLE_SEQUENCE"),
            ({**update, "pricing_scheme": TIERS}, "INVALID_PRICING_SCHEME"),
            ({**update, "pricing_scheme": {"fixed_price": usd("1", "EUR")}}, "CURRENCY_MISMATCH"),
        ):
            assert await here.refused("POST", path, {"pricing_schemes": [wrong]}) == (422, issue)


def tiers(*rows: tuple[str, str | None, str]) -> dict[str, Any]:
    made = [
        {"starting_quantity": start, **({"ending_quantity": end} if end else {}), "amount": usd(value)}
        for start, end, value in rows
    ]
    return {"pricing_scheme": {"pricing_model": "TIERED", "tiers": made}}


# fmt: off
CYCLE_REFUSALS: list[tuple[list[dict[str, Any]], int, str]] = [
    ([cycle(sequence=2)],                                             422, "INVALID_BILLING_CYCLE_SEQUENCE"),
    ([cycle("", tenure="TRIAL", total=1)],                            422, "MISSING_REGULAR_BILLING_CYCLE"),
    ([cycle(), cycle(sequence=2)],                                    422, "MULTIPLE_REGULAR_BILLING_CYCLES_NOT_SUPPORTED"),
    ([cycle(), cycle("", 2, "TRIAL", 1)],                             422, "INVALID_BILLING_CYCLE_SEQUENCE"),
    ([*(cycle("1", n, "TRIAL", 1) for n in (1, 2, 3)), cycle(sequence=4)], 422, "MORE_THAN_TWO_TRIAL_BILLING_CYCLE_NOT_SUPPORTED"),
    ([cycle("", 1, "TRIAL", 0), cycle(sequence=2)],                   422, "INVALID_TRIAL_BILLING_TOTAL_CYCLES"),
    ([cycle("", 1, "TRIAL", 1), cycle("", 2, "TRIAL", 1), cycle(sequence=3)], 422, "MULTIPLE_FREE_TRIAL_BILLING_CYCLES_NOT_SUPPORTED"),
    ([cycle("1", 1, "TRIAL", 1, currency="EUR"), cycle(sequence=2)],  422, "CURRENCY_MISMATCH"),
    ([cycle("1.001")],                                                422, "DECIMAL_PRECISION"),
    ([cycle("100.5", currency="JPY")],                                422, "DECIMALS_NOT_SUPPORTED"),
    ([cycle("1", currency="KWD")],                                    422, "CURRENCY_NOT_SUPPORTED_FOR_RECEIVER"),
    ([cycle("-1")],                                                   422, "CANNOT_BE_NEGATIVE"),
    ([cycle("1e2")],                                                  400, "INVALID_PARAMETER_SYNTAX"),
    ([cycle("")],                                                     400, "MISSING_REQUIRED_PARAMETER"),
    ([cycle(frequency={"interval_unit": "YEAR", "interval_count": 2})], 400, "INVALID_PARAMETER_VALUE"),
    ([cycle(frequency={"interval_unit": "EON"})],                     400, "INVALID_PARAMETER_VALUE"),
    ([cycle(sequence=1, total=1000)],                                 400, "INVALID_INTEGER_MAX_VALUE"),
    ([cycle(**tiers(("1", "5", "2")))],                               422, "MISSING_PRICING_SCHEME_TIERS"),
    ([cycle(**tiers(("2", None, "2")))],                              422, "MISSING_PRICING_SCHEME_TIERS"),
    ([cycle(**tiers(("1", "5", "2"), ("5", None, "1")))],             422, "OVERLAPPING_PRICING_SCHEME_TIERS"),
    ([cycle(**tiers(("1", "1", "2"), ("2", None, "1")))],             422, "INVALID_PRICING_TIER_QUANTITY"),
    ([cycle(**tiers(("1", None, "0")))],                              422, "INVALID_PRICING_TIER_AMOUNT"),
    ([cycle(pricing_scheme={**TIERS, "fixed_price": usd("1")})],      422, "FIXED_PRICE_NOT_SUPPORTED"),
    ([cycle("1", 1, "TRIAL", 1, pricing_scheme=TIERS), cycle(sequence=2)], 422, "INVALID_PRICING_MODEL"),
    ([],                                                              400, "INVALID_ARRAY_MIN_ITEMS"),
]
# fmt: on


@pytest.mark.parametrize(("cycles", "status", "issue"), CYCLE_REFUSALS)
async def test_what_billing_cycles_are_refused_for(
    cycles: list[dict[str, Any]], status: int, issue: str
) -> None:
    async with shop() as here:
        body = plan_asked(await product(here)) | {"billing_cycles": cycles}
        assert await here.refused("POST", PLANS, body) == (status, issue)


async def test_tiers_need_quantities() -> None:
    async with shop() as here:
        body = plan_asked(await product(here), cycle(pricing_scheme=TIERS), quantity_supported=False)
        assert await here.refused("POST", PLANS, body) == (422, "INVALID_QUANTITY_SUPPORTED")


@pytest.mark.parametrize("path", [PRODUCTS, PLANS])
async def test_one_key_makes_one_of_it(path: str) -> None:
    async with shop() as here:
        id = await product(here)
        body = plan_asked(id) if path == PLANS else {"name": "Tea", "type": "SERVICE"}
        answers = await asyncio.gather(*(here.call("POST", path, body, key="k") for _ in range(50)))
        assert len({one.json["id"] for one in answers if one.status < 300}) == 1
        assert sorted({one.status for one in answers})[:2] == [200, 201]
