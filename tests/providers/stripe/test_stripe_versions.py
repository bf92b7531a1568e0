"""One superset, shown as each version of the API shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.providers.stripe.checked import CARDS_ONLY, CATALOG, Shop, shop

TABLES = sorted((CATALOG.root / "stripe/v1/versions").glob("*.json"))
# fmt: off
TRAINS = ["2023-10-16", "2024-06-20", "2024-09-30.acacia", "2025-02-24.acacia", "2025-03-31.basil", "2025-08-27.basil",
          "2025-09-30.clover", "2026-02-25.clover", "2026-03-25.dahlia", "2026-08-26.dahlia", "2026-09-30.endive"]
# fmt: on


def changes() -> list[tuple[str, str, Mapping[str, Any]]]:
    """(version, object, what it did), from the published tables."""
    return [
        (path.name.removesuffix(".json"), name, change)
        for path in TABLES
        for name, change in json.loads(path.read_text("utf-8"))["x-changes"].items()
    ]


async def objects(it: Shop) -> dict[str, dict[str, Any]]:
    """One of each kind that a table speaks of, in the newest shape."""
    customer = (await it.post("/v1/customers", payment_method="pm_card_visa", email="a@example.com"))["id"]
    method = (await it.get("/v1/payment_methods", customer=customer))["data"][0]["id"]
    product = await it.post("/v1/products", name="Tea", marketing_features=[{"name": "green"}])
    price = await it.post("/v1/prices", product=product["id"], unit_amount=1_000, currency="usd", recurring={"interval": "month"})
    coupon = await it.post("/v1/coupons", percent_off=10, duration="forever")
    code = await it.post("/v1/promotion_codes", promotion={"type": "coupon", "coupon": coupon["id"]})
    subscription = await it.post(
        "/v1/subscriptions", customer=customer, default_payment_method=method, items=[{"price": price["id"]}],
        discounts=[{"coupon": coupon["id"]}], expand=["discounts", "latest_invoice"])
    item = await it.post("/v1/invoiceitems", customer=customer, amount=500, currency="usd")
    invoice = subscription["latest_invoice"]
    intent = await it.post("/v1/payment_intents", amount=500, currency="usd", confirm=True, customer=customer,
                           payment_method=method, automatic_payment_methods=CARDS_ONLY)
    return {
        "payment_intent": intent, "charge": await it.get(f"/v1/charges/{intent['latest_charge']}"),
        "product": await it.get(f"/v1/products/{product['id']}"), "promotion_code": code, "invoice": invoice,
        "subscription": await it.get(f"/v1/subscriptions/{subscription['id']}"),
        "subscription_item": subscription["items"]["data"][0], "line_item": invoice["lines"]["data"][0],
        "invoiceitem": item, "discount": subscription["discounts"][0],
    }


PATHS = {
    "payment_intent": "/v1/payment_intents/{id}", "charge": "/v1/charges/{id}", "product": "/v1/products/{id}",
    "promotion_code": "/v1/promotion_codes/{id}", "invoice": "/v1/invoices/{id}",
    "subscription": "/v1/subscriptions/{id}", "invoiceitem": "/v1/invoiceitems/{id}",
}


async def in_version(it: Shop, version: str, name: str, newest: Mapping[str, Any]) -> dict[str, Any]:
    from paydouble.providers.stripe.versions import rendered

    if name not in PATHS:
        return dict(rendered(newest, version))
    answered = await it.here.stripe(
        "GET", PATHS[name].replace("{id}", newest["id"]), headers=(("Stripe-Version", version),))
    assert answered.status == 200, answered.json
    assert answered.response.header("Stripe-Version") == version
    found: dict[str, Any] = answered.json
    return found


@pytest.mark.parametrize("version", TRAINS)
async def test_each_version_shows_what_it_had_and_nothing_newer(version: str) -> None:
    """The tables are written from the changelog, the renderer is not made of them."""
    async with shop() as it:
        known = await objects(it)
        for made_in, name, change in changes():
            if name not in known:
                continue
            shape = await in_version(it, version, name, known[name])
            older = version[:10] < made_in[:10]
            for added in change.get("added", ()):
                if older:
                    assert added not in shape, (made_in, name, added)
            for removed in change.get("removed", ()):
                later = {field for v, n, c in changes() if n == name and v > version[:10] for field in c.get("added", ())}
                assert (removed in shape) is older or removed in later, (made_in, name, removed)
            for new, old in change.get("renamed", {}).items():
                assert (old in shape, new in shape) == (older, not older), (made_in, name, new)


@pytest.mark.parametrize("name", ["invoice", "subscription", "line_item", "invoiceitem", "discount", "promotion_code"])
async def test_the_newest_shape_is_left_alone(name: str) -> None:
    from paydouble.providers.stripe.versions import NEWEST, rendered

    async with shop() as it:
        newest = (await objects(it))[name]
        assert rendered(newest, NEWEST) == newest


async def test_before_basil_an_invoice_names_its_payment_and_its_lines_their_prices() -> None:
    async with shop() as it:
        known = await objects(it)
        old = it.version("2024-06-20")
        path = f"/v1/invoices/{known['invoice']['id']}"
        shape = (await old.here.stripe("GET", path, headers=old.headers)).json
        assert (shape["paid"], shape["subscription"], shape["payment_intent"][:3], shape["charge"][:3]) == (
            True, known["subscription"]["id"], "pi_", "ch_")
        line = shape["lines"]["data"][0]
        assert (line["price"]["object"], line["type"], line["proration"]) == ("price", "subscription", False)
        expanded = (await old.here.stripe(
            "GET", path, headers=old.headers, expand=["payment_intent"])).json
        assert expanded["payment_intent"]["status"] == "succeeded"
        paths = ["charge.invoice", "payment_intent.invoice.subscription.latest_invoice", "subscription"]
        expanded = (await old.here.stripe("GET", path, headers=old.headers, expand=paths)).json
        assert expanded["charge"]["invoice"]["charge"] == expanded["charge"]["id"]
        within = expanded["payment_intent"]["invoice"]["subscription"]
        assert within["latest_invoice"]["payment_intent"] == expanded["payment_intent"]["id"]
        assert expanded["subscription"]["current_period_end"] == within["current_period_end"]
        for name in ("charge", "payment_intent", "subscription"):
            error = await it.refused("GET", path, expand=[name])
            assert (error["param"], error["message"]) == (
                "expand[0]", f"This property cannot be expanded ({name}).")
        code = (await old.here.stripe(
            "GET", f"/v1/promotion_codes/{known['promotion_code']['id']}", headers=old.headers)).json
        assert code["coupon"]["percent_off"] == 10


async def test_before_basil_a_subscription_has_one_discount_in_full() -> None:
    async with shop() as it:
        subscription = (await objects(it))["subscription"]
        await it.post("/v1/coupons", id="TENTH", percent_off=10, duration="forever")
        await it.post(f"/v1/subscriptions/{subscription['id']}", discounts=[{"coupon": "TENTH"}])
        old = it.version("2024-06-20")
        shape = (await old.here.stripe("GET", f"/v1/subscriptions/{subscription['id']}", headers=old.headers)).json
        assert (shape["discount"]["id"], shape["discount"]["coupon"]["percent_off"]) == (shape["discounts"][0], 10)


async def test_before_basil_a_subscription_has_one_period_of_its_own() -> None:
    async with shop() as it:
        subscription = (await objects(it))["subscription"]
        [item] = subscription["items"]["data"]
        old = it.version("2023-10-16")
        shape = (await old.here.stripe("GET", f"/v1/subscriptions/{subscription['id']}", headers=old.headers)).json
        assert (shape["current_period_start"], shape["current_period_end"]) == (
            item["current_period_start"], item["current_period_end"])
        assert "current_period_end" not in shape["items"]["data"][0]


async def test_an_endpoint_is_told_in_its_own_version() -> None:
    async with shop() as it:
        await it.post("/v1/webhook_endpoints", url="http://127.0.0.1:9/old", enabled_events=["product.created"],
                      api_version="2023-10-16")
        await it.post("/v1/products", name="Tea", marketing_features=[{"name": "green"}])
        await it.here.settle()
        [request] = [each for each in it.here.receiver.requests if each.target.endswith("/old")]
        event = json.loads(request.body)
        assert (event["api_version"], event["data"]["object"]["features"]) == ("2023-10-16", [{"name": "green"}])


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_a_table_belongs_to_a_version(path: Path) -> None:
    from paydouble.providers.stripe.versions import VERSIONS

    assert path.name.removesuffix(".json") in VERSIONS
