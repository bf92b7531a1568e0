"""The Search API: its language, its fields, its pages."""

from __future__ import annotations

import pytest

from tests.providers.stripe.checked import Shop, shop


async def found(it: Shop, resource: str, query: str) -> list[str]:
    """The descriptions, or names, of what a query finds, sorted."""
    page = await it.get(f"/v1/{resource}/search", query=query, limit=100)
    return sorted(each.get("description") or each.get("name") or "" for each in page["data"])


async def customers(it: Shop) -> None:
    await it.post("/v1/customers", name="Ann", email="ann@example.com", phone="+15550100", metadata={"tier": "gold"})
    await it.post("/v1/customers", name="Bob", email="bob@example.org", metadata={"tier": "Gold", "odd key": "it's"})
    await it.post("/v1/customers", name="Cleo", email="cleo@example.com", metadata={"tier": "tin"})
    await it.post("/v1/customers", name="Dora")


# fmt: off
QUERIES = [
    ("email:'ann@example.com'",                               ["Ann"]),
    ('email:"ANN@example.COM"',                               ["Ann"]),
    ("email~'example.com'",                                   ["Ann", "Cleo"]),
    ("-email~'example.com'",                                  ["Bob", "Dora"]),
    ("metadata['tier']:'gold'",                               ["Ann", "Bob"]),
    ('metadata["odd key"]:"it\'s"',                           ["Bob"]),
    ("metadata['odd key']:'it\\'s'",                          ["Bob"]),
    ("metadata['tier']:'gold' AND email~'org'",               ["Bob"]),
    ("metadata['tier']:'gold' email~'org'",                   ["Bob"]),
    ("name:'Ann' OR name:'Dora'",                             ["Ann", "Dora"]),
    ("name:'Ann' or name:'Dora' or phone:'x'",                ["Ann", "Dora"]),
    ("email:null",                                            ["Dora"]),
    ("-email:null",                                           ["Ann", "Bob", "Cleo"]),
    ("metadata['tier']:null",                                 ["Dora"]),
    ("-metadata['tier']:null AND -metadata['tier']:'gold'",   ["Cleo"]),
    ("created>0",                                             ["Ann", "Bob", "Cleo", "Dora"]),
    ("created<=0",                                            []),
    (" name : 'Ann' ",                                        ["Ann"]),
]
# fmt: on


@pytest.mark.parametrize(("query", "names"), QUERIES)
async def test_a_query_finds_what_it_describes(query: str, names: list[str]) -> None:
    async with shop() as it:
        await customers(it)
        assert await found(it, "customers", query) == names


# fmt: off
REFUSED = [
    "",
    "Ann",
    "name:Ann",
    "name='Ann'",
    "colour:'red'",
    "metadata:'gold'",
    "email['x']:'y'",
    "email~'an'",
    "metadata['tier']~'gold'",
    "email>'a'",
    "created:'soon'",
    "created>1.5",
    "name:'Ann' AND email:'x' OR phone:'y'",
    "(name:'Ann')",
    "name:'Ann' AND",
    "name:'Ann",
    " ".join(f"created>{number}" for number in range(11)),
]
# fmt: on


@pytest.mark.parametrize("query", REFUSED)
async def test_a_query_that_is_none_is_refused(query: str) -> None:
    async with shop() as it:
        error = await it.refused("GET", "/v1/customers/search", query=query)
        assert (error["http"], error["type"], error["param"]) == (400, "invalid_request_error", "query")


async def test_a_search_is_read_page_by_page() -> None:
    async with shop() as it:
        for number in range(5):
            await it.post("/v1/customers", name=f"c{number}", metadata={"odd": str(number % 2)})
        seen, page = [], ""
        for _ in range(9):
            more = {"page": page} if page else {}
            shown = await it.get("/v1/customers/search", query="metadata['odd']:'0'", limit=2, **more)
            seen += [each["name"] for each in shown["data"]]
            page = shown["next_page"]
            assert shown["has_more"] is (page is not None)
            if page is None:
                break
        assert seen == ["c4", "c2", "c0"]
        counted = await it.get("/v1/customers/search", query="metadata['odd']:'0'", limit=1, expand=["total_count"])
        assert (counted["total_count"], len(counted["data"])) == (3, 1)
        for wrong in ("nonsense", "Y3VzX25vYm9keQ", "é"):
            error = await it.refused("GET", "/v1/customers/search", query="created>0", page=wrong)
            assert (error["http"], error["param"]) == (400, "page")


async def test_payments_and_charges_are_searched_by_amount_state_and_card() -> None:
    async with shop() as it:
        await it.pay(amount=1_000, description="one")
        await it.pay(amount=2_000, description="two", card="pm_card_mastercard")
        await it.post("/v1/payment_intents", amount=3_000, currency="usd", description="three")
        await it.post("/v1/charges", amount=4_000, currency="usd", source="tok_visa", description="four")
        assert await found(it, "payment_intents", "amount>=2000") == ["three", "two"]
        assert await found(it, "payment_intents", "status:'succeeded' AND currency:'USD'") == ["one", "two"]
        card = "payment_method_details.card"
        assert await found(it, "charges", f"{card}.brand:'mastercard'") == ["two"]
        assert await found(it, "charges", f"{card}.last4:4242 AND refunded:'false'".replace("4242", "'4242'")) == [
            "four", "one"]
        expanded = await it.get("/v1/charges/search", query=f"{card}.brand:'mastercard'",
                                expand=["data.payment_intent"])
        assert expanded["data"][0]["payment_intent"]["description"] == "two"


async def test_what_is_sold_is_searched() -> None:
    async with shop() as it:
        tea = await it.post("/v1/products", name="Green tea", description="leaves", metadata={"a": "b"})
        await it.post("/v1/products", name="Coffee", active=False)
        price = await it.post("/v1/prices", product=tea["id"], unit_amount=500, currency="usd", lookup_key="tea")
        assert await found(it, "products", "active:'true' AND name~'TEA'") == ["leaves"]
        assert await found(it, "products", "active:'false'") == ["Coffee"]
        page = await it.get("/v1/prices/search", query=f"product:'{tea['id']}' AND lookup_key:'tea'")
        assert [each["id"] for each in page["data"]] == [price["id"]]
        for resource in ("invoices", "subscriptions"):
            assert (await it.get(f"/v1/{resource}/search", query="created>0"))["data"] == []


async def test_nothing_of_another_account_and_nothing_deleted_is_found() -> None:
    from tests.providers.stripe.connected import connected

    async with shop() as it:
        account = await connected(it)
        customer = await it.post("/v1/customers", name="Ann")
        await it.on(account).post("/v1/customers", name="Bob")
        assert await found(it, "customers", "created>0") == ["Ann"]
        assert await found(it.on(account), "customers", "created>0") == ["Bob"]
        await it.send("DELETE", f"/v1/customers/{customer['id']}")
        assert await found(it, "customers", "created>0") == []
