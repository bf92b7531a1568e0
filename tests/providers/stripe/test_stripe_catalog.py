"""What is sold: products, prices, coupons, promotion codes, tax rates; and a customer's balance and test clock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.stripe.checked import Shop, shop

DAY_MS = 86_400_000
NOW = 1_772_366_400


async def product(it: Shop, **params: Any) -> Any:
    return await it.post("/v1/products", name="T-shirt", **params)


async def price(it: Shop, **params: Any) -> Any:
    given = {"product": (await product(it))["id"], "currency": "usd"} | params
    return await it.post("/v1/prices", **given)


async def test_a_product_lives_with_its_default_price() -> None:
    async with shop() as it:
        made = await product(
            it, default_price_data={"currency": "usd", "unit_amount": 1500}, images=["https://shop.example/a.png"],
            marketing_features=[{"name": "Washable"}], expand=["default_price"], shippable=True,
        )
        assert (made["default_price"]["unit_amount"], made["default_price"]["product"]) == (1500, made["id"])
        changed = await it.post(f"/v1/products/{made['id']}", name="Shirt", metadata={"a": "b"}, images="")
        assert (changed["name"], changed["metadata"], changed["images"]) == ("Shirt", {"a": "b"}, [])
        error = await it.refused("DELETE", f"/v1/products/{made['id']}")
        assert (error["http"], error["type"]) == (400, "invalid_request_error")
        assert (await it.get(f"/v1/products/{made['id']}"))["name"] == "Shirt"
        other = await product(it, id="sku-1", url="https://shop.example/1")
        error = await it.refused("POST", "/v1/products", name="Again", id="sku-1")
        assert (error["code"], error["param"]) == ("resource_already_exists", "id")
        listed = await it.get("/v1/products", active=True, url="https://shop.example/1")
        assert [each["id"] for each in listed["data"]] == ["sku-1"]
        assert len((await it.get("/v1/products", ids=["sku-1", made["id"]], limit=1))["data"]) == 1
        gone = (await it.send("DELETE", f"/v1/products/{other['id']}")).json
        assert gone == {"id": "sku-1", "object": "product", "deleted": True}
        assert (await it.refused("GET", "/v1/products/sku-1"))["code"] == "resource_missing"
        told = [event for event in await it.events() if event["type"] == "product.updated"]
        assert told[0]["data"]["previous_attributes"]["name"] == "T-shirt"
        assert {"product.created", "price.created", "product.deleted"} <= set(await it.types())


async def test_a_price_has_one_way_of_pricing() -> None:
    async with shop() as it:
        made = await price(it, unit_amount_decimal="12.5", recurring={"interval": "month", "interval_count": 3})
        assert (made["unit_amount"], made["unit_amount_decimal"], made["type"]) == (None, "12.5", "recurring")
        assert (await it.types())[-2:] == ["price.created", "plan.created"]
        tiered = await price(
            it, billing_scheme="tiered", tiers_mode="graduated", recurring={"interval": "year"},
            tiers=[{"up_to": 5, "unit_amount": 500}, {"up_to": "inf", "unit_amount_decimal": "400.5",
                                                      "flat_amount": 100}], expand=["tiers"],
        )
        assert [each["up_to"] for each in tiered["tiers"]] == [5, None]
        assert tiered["tiers"][1]["unit_amount"] is None
        foreign = await price(
            it, unit_amount=2000, currency_options={"eur": {"unit_amount": 1800}}, expand=["currency_options"]
        )
        assert {name: each["unit_amount"] for name, each in foreign["currency_options"].items()} == {
            "usd": 2000, "eur": 1800}
        assert (await price(it, custom_unit_amount={"enabled": True, "minimum": 100}))["custom_unit_amount"] == {
            "maximum": None, "minimum": 100, "preset": None}


@pytest.mark.parametrize(("params", "code", "param"), [
    ({}, "parameter_missing", "unit_amount"),
    ({"unit_amount": 1, "unit_amount_decimal": "1"}, "parameters_exclusive", "unit_amount"),
    ({"unit_amount": 1, "billing_scheme": "tiered"}, None, "tiers"),
    ({"billing_scheme": "tiered", "tiers": [{"up_to": "inf", "unit_amount": 1}]}, "parameter_missing",
     "tiers_mode"),
    ({"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": [{"up_to": 3, "unit_amount": 1}]}, None, "tiers"),
    ({"unit_amount": 1, "recurring": {"interval": "year", "interval_count": 4}}, None, "recurring[interval_count]"),
    ({"unit_amount": 1, "product_data": {"name": "Both"}}, "parameters_exclusive", "product"),
    ({"unit_amount": 1, "currency": "xyz"}, None, "currency"),
    ({"unit_amount": 1, "product": "prod_none"}, "resource_missing", "product"),
    ({"unit_amount": 1.5}, "parameter_invalid_integer", "unit_amount"),
])
async def test_what_no_price_can_be(params: dict[str, Any], code: str | None, param: str) -> None:
    async with shop() as it:
        given = {"product": (await product(it))["id"], "currency": "usd"} | params
        error = await it.refused("POST", "/v1/prices", **given)
        assert (error["http"], error.get("code"), error["param"]) == (400, code, param)


async def test_a_lookup_key_belongs_to_one_price_and_can_be_transferred() -> None:
    async with shop() as it:
        first = await price(it, unit_amount=100, lookup_key="standard")
        second = {"product": first["product"], "currency": "usd", "unit_amount": 200, "lookup_key": "standard"}
        assert (await it.refused("POST", "/v1/prices", **second))["param"] == "lookup_key"
        other = await it.post("/v1/prices", **second, transfer_lookup_key=True)
        assert (await it.get(f"/v1/prices/{first['id']}"))["lookup_key"] is None
        found = await it.get("/v1/prices", lookup_keys=["standard"], active=True, type="one_time", currency="usd")
        assert [each["id"] for each in found["data"]] == [other["id"]]
        changed = await it.post(f"/v1/prices/{other['id']}", active=False, nickname="Old")
        assert (changed["active"], changed["nickname"]) == (False, "Old")
        assert (await it.get("/v1/prices", product=first["product"], active=False))["data"][0]["id"] == other["id"]
        assert (await it.types()).count("price.updated") == 2
        assert (await it.refused("GET", "/v1/prices/price_none"))["param"] == "price"


async def test_a_coupon_and_its_code() -> None:
    async with shop() as it:
        coupon = await it.post("/v1/coupons", id="SUMMER", percent_off=25.5, duration="repeating",
                               duration_in_months=3, max_redemptions=2)
        assert (coupon["percent_off"], coupon["valid"], coupon["times_redeemed"]) == (25.5, True, 0)
        assert (await it.refused("POST", "/v1/coupons", id="SUMMER", percent_off=5))["code"] == (
            "resource_already_exists")
        code = await it.post("/v1/promotion_codes", promotion={"type": "coupon", "coupon": "SUMMER"}, code="Fall20",
                             expand=["promotion.coupon"])
        assert code["promotion"]["coupon"]["percent_off"] == 25.5
        again = await it.refused("POST", "/v1/promotion_codes", promotion={"type": "coupon", "coupon": "SUMMER"},
                                 code="FALL20")
        assert again["param"] == "code"
        assert [each["id"] for each in (await it.get("/v1/promotion_codes", code="fall20"))["data"]] == [code["id"]]
        off = await it.post(f"/v1/promotion_codes/{code['id']}", active=False, metadata={"a": "b"})
        assert (off["active"], off["metadata"]) == (False, {"a": "b"})
        assert (await it.get(f"/v1/promotion_codes/{code['id']}"))["active"] is False
        assert (await it.post("/v1/coupons/SUMMER", name="Sun"))["name"] == "Sun"
        assert len((await it.get("/v1/coupons", limit=3))["data"]) == 1
        gone = await it.send("DELETE", "/v1/coupons/SUMMER")
        assert gone.json == {"id": "SUMMER", "object": "coupon", "deleted": True}
        assert (await it.refused("GET", "/v1/coupons/SUMMER"))["http"] == 404
        assert [type for type in await it.types() if not type.startswith("price")] == [
            "coupon.created", "promotion_code.created", "promotion_code.updated", "coupon.updated",
            "coupon.deleted"]


async def test_a_coupon_ends_on_its_day() -> None:
    async with shop() as it:
        now = it.here.sandbox.clock.now() // 1_000
        await it.post("/v1/coupons", id="DAY", amount_off=500, currency="usd", redeem_by=now + 3_600)
        code = await it.post("/v1/promotion_codes", promotion={"type": "coupon", "coupon": "DAY"},
                             expires_at=now + 1_800)
        await it.advance(DAY_MS)
        assert (await it.get("/v1/coupons/DAY"))["valid"] is False
        assert (await it.get(f"/v1/promotion_codes/{code['id']}"))["active"] is False
        assert (await it.refused("POST", f"/v1/promotion_codes/{code['id']}", active=True))["param"] == "active"


@pytest.mark.parametrize(("params", "param"), [
    ({}, "percent_off"), ({"percent_off": 5, "amount_off": 5, "currency": "usd"}, "percent_off"),
    ({"percent_off": 0}, "percent_off"), ({"amount_off": 5}, "currency"), ({"percent_off": 101}, "percent_off"),
    ({"percent_off": 5, "duration": "repeating"}, "duration_in_months"),
    ({"percent_off": 5, "duration_in_months": 2}, "duration_in_months"),
    ({"percent_off": 5, "redeem_by": 1}, "redeem_by"),
])
async def test_what_no_coupon_can_be(params: dict[str, Any], param: str) -> None:
    async with shop() as it:
        assert (await it.refused("POST", "/v1/coupons", **params))["param"] == param


async def test_tax_rates() -> None:
    async with shop() as it:
        rate = await it.post("/v1/tax_rates", display_name="VAT", percentage=19.5, inclusive=False, country="DE")
        assert (rate["percentage"], rate["country"], rate["active"]) == (19.5, "DE", True)
        archived = await it.post(f"/v1/tax_rates/{rate['id']}", active=False)
        assert archived["active"] is False
        assert (await it.get(f"/v1/tax_rates/{rate['id']}"))["display_name"] == "VAT"
        assert (await it.get("/v1/tax_rates", active=True))["data"] == []
        assert len((await it.get("/v1/tax_rates", active=False, inclusive=False))["data"]) == 1
        assert await it.types() == ["tax_rate.created", "tax_rate.updated"]


async def test_a_customers_balance_moves_only_with_its_record() -> None:
    async with shop() as it:
        customer = await it.post("/v1/customers")
        path = f"/v1/customers/{customer['id']}/balance_transactions"
        credit = await it.post(path, amount=-500, currency="usd", description="Sorry", metadata={"a": "b"})
        assert (credit["ending_balance"], credit["type"]) == (-500, "adjustment")
        await it.post(f"/v1/customers/{customer['id']}", balance=-200)
        listed = await it.get(path, limit=3)
        assert [(each["amount"], each["ending_balance"]) for each in listed["data"]] == [(300, -200), (-500, -500)]
        changed = await it.post(f"{path}/{credit['id']}", description="Very sorry")
        assert (await it.get(f"{path}/{credit['id']}", expand=["customer"]))["description"] == changed["description"]
        error = await it.refused("POST", path, amount=5, currency="eur")
        assert error["param"] == "currency"
        told = [event for event in await it.events() if event["type"] == "customer.updated"]
        assert told[0]["data"]["previous_attributes"]["balance"] == 0


async def test_a_test_clock_stands_until_it_is_advanced() -> None:
    async with shop() as it:
        clock = await it.post("/v1/test_helpers/test_clocks", frozen_time=NOW, name="life")
        customer = await it.post("/v1/customers", test_clock=clock["id"], expand=["test_clock"])
        assert (customer["created"], customer["test_clock"]["name"]) == (NOW, "life")
        path = f"/v1/test_helpers/test_clocks/{clock['id']}"
        assert (await it.refused("POST", f"{path}/advance", frozen_time=NOW))["param"] == "frozen_time"
        moving = await it.post(f"{path}/advance", frozen_time=NOW + 86_400)
        assert moving["status_details"] == {"advancing": {"target_frozen_time": NOW + 86_400}}
        await it.here.settle()
        ready = await it.get(path)
        assert (ready["status"], ready["frozen_time"], ready["status_details"]) == ("ready", NOW + 86_400, {})
        error = await it.refused("POST", f"{path}/advance", frozen_time=NOW + 3 * 365 * 86_400)
        assert error["param"] == "frozen_time"
        assert [each["id"] for each in (await it.get("/v1/customers", test_clock=clock["id"]))["data"]] == [
            customer["id"]]
        assert len((await it.get("/v1/test_helpers/test_clocks"))["data"]) == 1
        gone = await it.send("DELETE", path)
        assert gone.json["deleted"] is True
        assert (await it.get(f"/v1/customers/{customer['id']}"))["deleted"] is True
        assert [type for type in await it.types() if "clock" in type] == [
            f"test_helpers.test_clock.{name}" for name in ("created", "advancing", "ready", "deleted")]
        assert (await it.refused("POST", "/v1/customers", test_clock="clock_none"))["param"] == "test_clock"


async def test_a_test_clock_is_gone_after_its_time() -> None:
    async with shop(settings={"stripe": {"test_clock_lasts": "1h"}}) as it:
        clock = await it.post("/v1/test_helpers/test_clocks", frozen_time=NOW)
        assert clock["deletes_after"] - clock["created"] == 3_600
        await it.advance(3_600_000)
        gone = await it.refused("GET", f"/v1/test_helpers/test_clocks/{clock['id']}")
        assert (gone["http"], gone["code"]) == (404, "resource_missing")
