"""What a key remembers, for how long, and whom it refuses (https://docs.stripe.com/api/idempotent_requests)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.providers.stripe.checked import Shop, shop
from tests.providers.stripe.connected import connected

DAY_MS = 86_400_000
DECLINED = {"amount": 2_000, "currency": "usd", "confirm": True, "payment_method": "pm_card_chargeDeclined",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}


async def replayed(it: Shop, path: str, **params: Any) -> tuple[int, bool]:
    """The status, and whether the second of two calls with one key was a replay of the first."""
    first = await it.send("POST", path, key="k", **params)
    second = await it.send("POST", path, key="k", **params)
    again = second.response.header("Idempotent-Replayed") == "true"
    assert (first.json == second.json) or not again
    if again:
        assert second.response.header("Original-Request") == first.response.header("Request-Id")
        assert second.response.header("Request-Id") != first.response.header("Request-Id")
    return second.status, again


# fmt: off
REMEMBERED = [
    ("a success",                     "/v1/customers",                        {"email": "a@example.com"},  200, True),
    ("a declined card",               "/v1/payment_intents",                  DECLINED,                    402, True),
    ("an object that is not there",   "/v1/payment_intents/pi_x/confirm",     {},                          404, True),
    ("a state that forbids it",       "/v1/refunds",                          {"charge": "ch_x"},          400, True),
    ("a parameter that is unknown",   "/v1/customers",                        {"colour": "red"},           400, False),
    ("a parameter that is missing",   "/v1/payment_intents",                  {"amount": 5},               400, False),
    ("no such URL",                   "/v1/nothing",                          {},                          404, False),
]
# fmt: on


@pytest.mark.parametrize(("path", "params", "status", "kept"), [row[1:] for row in REMEMBERED],
                         ids=[row[0] for row in REMEMBERED])
async def test_only_what_was_executed_is_kept(path: str, params: dict[str, Any], status: int, kept: bool) -> None:
    async with shop() as it:
        assert await replayed(it, path, **params) == (status, kept)


async def test_a_replay_shows_the_first_answer_and_tells_nothing_again() -> None:
    async with shop() as it:
        first = await it.post("/v1/customers", key="k", name="Ann")
        await it.post(f"/v1/customers/{first['id']}", name="Bob")
        assert (await it.post("/v1/customers", key="k", name="Ann"))["name"] == "Ann"
        assert (await it.types()).count("customer.created") == 1


# fmt: off
OTHERS = [
    ("other parameters",  "/v1/customers",                {"name": "Bob"}),
    ("one more",          "/v1/customers",                {"name": "Ann", "email": "a@example.com"}),
    ("another path",      "/v1/customers/{id}",           {"name": "Ann"}),
    ("another resource",  "/v1/products",                 {"name": "Ann"}),
]
# fmt: on


@pytest.mark.parametrize(("path", "params"), [row[1:] for row in OTHERS], ids=[row[0] for row in OTHERS])
async def test_a_key_is_for_one_request(path: str, params: dict[str, Any]) -> None:
    async with shop() as it:
        first = await it.post("/v1/customers", key="k", name="Ann")
        error = await it.refused("POST", path.replace("{id}", first["id"]), key="k", **params)
        assert (error["http"], error["type"], "code" in error) == (400, "idempotency_error", False)
        assert "'k'" in error["message"]


async def test_a_key_is_an_accounts_own() -> None:
    async with shop() as it:
        account = await connected(it)
        mine = await it.post("/v1/customers", key="k", name="Ann")
        theirs = await it.on(account).post("/v1/customers", key="k", name="Bob")
        assert mine["id"] != theirs["id"]


async def test_a_key_is_new_again_after_a_day() -> None:
    async with shop() as it:
        first = await it.post("/v1/customers", key="k", name="Ann")
        await it.advance(DAY_MS - 1_000)
        assert (await it.post("/v1/customers", key="k", name="Ann"))["id"] == first["id"]
        await it.advance(2_000)
        assert (await it.post("/v1/customers", key="k", name="Bob"))["id"] != first["id"]


async def test_a_stranger_leaves_no_mark_on_a_key() -> None:
    async with shop() as it:
        stranger = it.on("acct_1nobody")
        assert (await stranger.refused("POST", "/v1/customers", key="k"))["code"] == "account_invalid"
        assert (await stranger.refused("POST", "/v1/customers", key="k", name="Ann"))["code"] == "account_invalid"


async def test_gets_and_deletes_take_no_notice_of_a_key() -> None:
    async with shop() as it:
        customer = await it.post("/v1/customers", name="Ann")
        path = f"/v1/customers/{customer['id']}"
        for method in ("GET", "DELETE"):
            first = await it.send(method, path, key="k")
            second = await it.send(method, path, key="k")
            assert "Idempotent-Replayed" not in dict(second.response.headers)
            assert first.status == 200
