"""The approval page, visited as a browser would: log in, review, approve, cancel, and come back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from paydouble.core.http import Headers, HttpRequest, HttpResponse
from paydouble.providers.paypal.pages import returned
from paydouble.server.pages import visited
from tests.providers.paypal.checked import BASE, Shop, asked, card, shop

CONTEXT = {"return_url": "https://shop.example/back?cart=7#top", "cancel_url": "https://shop.example/no"}


async def visit(here: Shop, href: str, **form: str) -> HttpResponse:
    request = HttpRequest(
        method="POST" if form else "GET", target=href.removeprefix(BASE), body=urlencode(form).encode(),
        headers=Headers((("Content-Type", "application/x-www-form-urlencoded"),)),
        id=here.simulator.new_call_id(), base_url=BASE,
    )
    answered = await visited(here.simulator.visits, "paypal", request)
    assert answered is not None
    return answered


async def wallet(here: Shop) -> tuple[str, str]:
    """(id, address of the page) of an order that waits for its payer."""
    body = asked(payment_source={"paypal": {"experience_context": CONTEXT | {"user_action": "PAY_NOW"}}})
    made = await here.post("/v2/checkout/orders", body, status=200)
    return made["id"], made["links"][1]["href"]


async def test_a_payer_logs_in_reviews_and_is_sent_back() -> None:
    async with shop() as here:
        id, href = await wallet(here)
        assert b'type="password"' in (await visit(here, href)).body
        review = await visit(here, href, step="login", email="ann@example.com")
        assert b"ann@example.com" in review.body
        assert b"Pay now" in review.body
        back = await visit(here, href, step="approve", email="ann@example.com")
        payer = (await here.get(f"/v2/checkout/orders/{id}"))["payer"]
        assert payer["email_address"] == "ann@example.com"
        assert back.status == 303
        assert back.header("Location") == (
            f"https://shop.example/back?cart=7&token={id}&PayerID={payer['payer_id']}#top"
        )
        again = await visit(here, href, step="approve", email="ann@example.com")
        assert again.header("Location") == back.header("Location")


async def test_a_payer_who_cancels_is_sent_away_and_may_come_back() -> None:
    async with shop() as here:
        id, href = await wallet(here)
        away = await visit(here, href, step="cancel")
        assert away.header("Location") == f"https://shop.example/no?token={id}"
        assert (await here.get(f"/v2/checkout/orders/{id}"))["status"] == "PAYER_ACTION_REQUIRED"
        assert (await visit(here, href, step="approve")).status == 303


async def test_without_a_return_url_the_page_says_what_happened() -> None:
    async with shop() as here:
        made = await here.order()
        shown = await visit(here, made["links"][1]["href"], step="approve")
        assert (shown.status, b"Approved" in shown.body) == (200, True)


async def test_a_cards_holder_is_asked_for_a_code() -> None:
    async with shop() as here:
        source = card("4868719166101368", experience_context=CONTEXT)
        made = await here.post("/v2/checkout/orders", asked(payment_source=source), key="k")
        href = made["links"][1]["href"]
        assert b'name="code"' in (await visit(here, href)).body
        assert b"The code is wrong" in (await visit(here, href, step="approve", code="000000")).body
        assert (await visit(here, href, step="approve", code="123456")).status == 303
        assert (await here.get(f"/v2/checkout/orders/{made['id']}"))["status"] == "APPROVED"


async def test_an_unknown_order_has_no_page() -> None:
    async with shop() as here:
        id, href = await wallet(here)
        other = ("0" if id[1] != "0" else "1").join((id[:1], id[2:]))
        assert b"not known" in (await visit(here, href.replace(id, other))).body
        assert (await visit(here, "/checkoutnow?token=NOPE")).status == 404


ADDRESSES: list[tuple[str, dict[str, Any], str]] = [
    ("https://a.example", {"token": "T"}, "https://a.example?token=T"),
    ("https://a.example/x?a=b#c", {"token": "T", "PayerID": "P"}, "https://a.example/x?a=b&token=T&PayerID=P#c"),
    ("app://back", {"token": "T 1"}, "app://back?token=T%201"),
]


@pytest.mark.parametrize(("url", "fields", "whole"), ADDRESSES)
def test_parameters_are_added_to_the_shops_own(url: str, fields: dict[str, Any], whole: str) -> None:
    assert returned(url, **fields) == whole
