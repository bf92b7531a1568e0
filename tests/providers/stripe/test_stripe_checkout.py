"""Checkout Sessions and payment links: what is sold, who pays, and what comes of it."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.act import Declined
from paydouble.core.http import Headers, HttpRequest
from paydouble.core.page import Go, Show
from tests.providers.stripe.checked import Shop, shop

DAY_MS = 86_400_000
DONE = "https://shop.example/done?id={CHECKOUT_SESSION_ID}"
VISA = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123", "email": "j@shop.example"}


async def price(it: Shop, amount: int = 2_000, **params: Any) -> Any:
    return await it.post(
        "/v1/prices", currency="usd", unit_amount=amount, product_data={"name": "T-shirt"}, **params
    )


async def opened(it: Shop, **params: Any) -> Any:
    given: dict[str, Any] = {"mode": "payment", "success_url": DONE}
    if "line_items" not in params and params.get("mode") != "setup":
        given["line_items"] = [{"price": (await price(it))["id"], "quantity": 2}]
    return await it.post("/v1/checkout/sessions", **{**given, **params})


async def act(it: Shop, session: Any, trigger: str = "pay", **details: Any) -> None:
    here = it.here
    await here.simulator.acts.act(here.sandbox, "stripe.checkout_session", session["id"], trigger, details)
    await here.settle()


async def visit(it: Shop, url: str, body: str = "") -> Any:
    target = "/" + url.split("/", 3)[3]
    request = HttpRequest(
        method="POST" if body else "GET", target=target, headers=Headers(), body=body.encode(),
        id=it.here.simulator.new_call_id(), base_url="http://127.0.0.1:4800",
    )
    found = it.here.simulator.visits.find("stripe", request.path)
    assert found is not None
    answer = await it.here.simulator.visits.serve("stripe", found[0], found[1], request)
    await it.here.settle()
    return answer


async def test_a_payer_pays_at_the_checkout() -> None:
    async with shop() as it:
        session = await opened(
            it, client_reference_id="order-1", metadata={"a": "b"},
            payment_intent_data={"metadata": {"order_id": "1"}, "description": "Shirts"}, expand=["line_items"],
        )
        assert (session["status"], session["payment_status"], session["payment_intent"]) == ("open", "unpaid", None)
        assert (session["amount_total"], session["line_items"]["data"][0]["quantity"]) == (4_000, 2)
        await act(it, session, **VISA)
        done = await it.get(f"/v1/checkout/sessions/{session['id']}", expand=["payment_intent"])
        assert (done["status"], done["payment_status"], done["url"]) == ("complete", "paid", None)
        assert (done["payment_intent"]["metadata"], done["payment_intent"]["description"]) == (
            {"order_id": "1"}, "Shirts")
        assert done["customer_details"]["email"] == "j@shop.example"
        told = await it.types()
        assert [type for type in told if not type.startswith("pr")][:4] == [
            "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]
        found = await it.get("/v1/checkout/sessions", payment_intent=done["payment_intent"]["id"], status="complete")
        assert [each["id"] for each in found["data"]] == [session["id"]]
        items = await it.get(f"/v1/checkout/sessions/{session['id']}/line_items", limit=3)
        assert items["data"][0]["description"] == "T-shirt"
        changed = await it.post(f"/v1/checkout/sessions/{session['id']}", metadata={"c": "d"})
        assert changed["metadata"] == {"a": "b", "c": "d"}
        error = await it.refused("POST", f"/v1/checkout/sessions/{session['id']}/expire")
        assert error["http"] == 400


async def test_the_page_takes_a_card_and_leads_back_to_the_shop() -> None:
    async with shop() as it:
        session = await opened(it)
        shown = await visit(it, session["url"])
        assert isinstance(shown, Show)
        assert (shown.fields["total"], shown.fields["button"]) == ("$40.00", "Pay")
        form = "type=card&number={}&expiry=12/34&cvc=123&email=j@shop.example&step=pay"
        refused = await visit(it, session["url"], form.format("4000000000009995"))
        assert refused.fields["said"] == "Your card has insufficient funds."
        assert (await visit(it, session["url"], form.format("1234"))).fields["said"] == (
            "Your card number is incorrect.")
        paid = await visit(it, session["url"], form.format("4242 4242 4242 4242"))
        assert paid == Go(f"https://shop.example/done?id={session['id']}")
        assert await visit(it, session["url"]) == paid


async def test_an_authentication_leads_through_the_banks_page() -> None:
    async with shop() as it:
        session = await opened(it)
        form = "type=card&number=4000002760003184&expiry=12/34&cvc=123&step=pay"
        away = await visit(it, session["url"], form)
        assert isinstance(away, Go)
        assert "/3d_secure/pi_" in away.url
        back = await visit(it, away.url, "step=complete&code=123456")
        assert isinstance(back, Go)
        assert back.url.startswith(session["url"])
        assert (await visit(it, back.url)).url == f"https://shop.example/done?id={session['id']}"
        assert (await it.get(f"/v1/checkout/sessions/{session['id']}"))["payment_status"] == "paid"


@pytest.mark.parametrize(("account", "last"), [
    ("000123456789", "checkout.session.async_payment_succeeded"),
    ("000222222227", "checkout.session.async_payment_failed"),
])
async def test_a_bank_debit_completes_it_before_it_is_paid(account: str, last: str) -> None:
    async with shop() as it:
        session = await opened(it, payment_method_types=["card", "us_bank_account"])
        await act(it, session, type="us_bank_account", account=account)
        done = await it.get(f"/v1/checkout/sessions/{session['id']}")
        assert (done["status"], done["payment_status"]) == ("complete", "unpaid")
        await it.advance(DAY_MS)
        types = await it.types()
        assert [type for type in types if type.startswith("checkout")] == ["checkout.session.completed", last]
        paid = "paid" if last.endswith("succeeded") else "unpaid"
        assert (await it.get(f"/v1/checkout/sessions/{session['id']}"))["payment_status"] == paid


async def test_a_method_is_saved() -> None:
    async with shop() as it:
        customer = await it.post("/v1/customers")
        session = await opened(it, mode="setup", customer=customer["id"], currency="usd")
        await act(it, session, **VISA)
        done = await it.get(f"/v1/checkout/sessions/{session['id']}", expand=["setup_intent.payment_method"])
        assert (done["status"], done["payment_status"], done["amount_total"]) == (
            "complete", "no_payment_required", None)
        assert done["setup_intent"]["payment_method"]["customer"] == customer["id"]


async def test_a_payer_subscribes() -> None:
    async with shop() as it:
        monthly = await price(it, recurring={"interval": "month"})
        once = await price(it, 500)
        session = await opened(
            it, mode="subscription", subscription_data={"metadata": {"plan": "a"}},
            line_items=[{"price": monthly["id"], "quantity": 1}, {"price": once["id"], "quantity": 1}],
        )
        assert (session["amount_total"], session["customer_creation"]) == (2_500, "always")
        with pytest.raises(Declined):
            await act(it, session, **{**VISA, "number": "4000000000000341"})
        assert (await it.get("/v1/subscriptions", status="all"))["data"] == []
        await act(it, session, **VISA)
        done = await it.get(f"/v1/checkout/sessions/{session['id']}", expand=["subscription", "invoice", "customer"])
        assert (done["payment_status"], done["subscription"]["status"], done["invoice"]["amount_paid"]) == (
            "paid", "active", 2_500)
        assert (done["customer"]["email"], done["subscription"]["metadata"]) == ("j@shop.example", {"plan": "a"})
        assert done["subscription"]["default_payment_method"].startswith("pm_")
        trial = await opened(it, mode="subscription", line_items=[{"price": monthly["id"], "quantity": 1}],
                             subscription_data={"trial_period_days": 7})
        assert trial["amount_total"] == 0
        await act(it, trial, **VISA)
        shown = await it.get(f"/v1/checkout/sessions/{trial['id']}", expand=["subscription"])
        assert (shown["payment_status"], shown["subscription"]["status"]) == ("no_payment_required", "trialing")


async def test_it_expires_by_itself_or_by_its_merchant() -> None:
    async with shop() as it:
        first, second = await opened(it), await opened(it)
        gone = await it.post(f"/v1/checkout/sessions/{first['id']}/expire")
        assert (gone["status"], gone["url"]) == ("expired", None)
        await it.advance(DAY_MS)
        assert (await it.get(f"/v1/checkout/sessions/{second['id']}"))["status"] == "expired"
        assert (await it.types()).count("checkout.session.expired") == 2
        assert (await visit(it, first.get("url") or second["url"])).fields["text"] == "This checkout has expired."


async def test_coupons_codes_and_taxes() -> None:
    async with shop() as it:
        await it.post("/v1/coupons", id="TEN", percent_off=10)
        await it.post("/v1/promotion_codes", promotion={"type": "coupon", "coupon": "TEN"}, code="SAVE")
        rate = await it.post("/v1/tax_rates", display_name="VAT", percentage=20, inclusive=False)
        items = [{"price": (await price(it))["id"], "quantity": 1, "tax_rates": [rate["id"]]}]
        session = await opened(it, line_items=items, discounts=[{"coupon": "TEN"}])
        assert (session["amount_subtotal"], session["amount_total"]) == (2_000, 2_160)
        assert session["total_details"] == {"amount_discount": 200, "amount_shipping": 0, "amount_tax": 360}
        typed = await opened(it, line_items=items, allow_promotion_codes=True)
        shown = await visit(it, typed["url"], "step=redeem&code=nope")
        assert shown.fields["said"] == "This code is invalid."
        assert (await visit(it, typed["url"], "step=redeem&code=save")).fields["total"] == "$21.60"
        free = await opened(it, line_items=[{"price": (await price(it, 0))["id"], "quantity": 1}])
        await act(it, free, **VISA)
        assert (await it.get(f"/v1/checkout/sessions/{free['id']}"))["payment_status"] == "no_payment_required"


@pytest.mark.parametrize(("params", "param"), [
    ({"success_url": ""}, "success_url"), ({"line_items": []}, "line_items"),
    ({"mode": "subscription"}, "line_items[0][price]"),
    ({"customer": "cus_none"}, "customer"), ({"expires_at": 5}, "expires_at"),
    ({"ui_mode": "embedded_page", "success_url": DONE}, "return_url"),
    ({"subscription_data": {"description": "x"}}, "subscription_data"),
    ({"discounts": [{"coupon": "NONE"}]}, "discounts[0][coupon]"),
    ({"payment_method_types": ["cash"]}, "payment_method_types"),
])
async def test_what_no_checkout_can_be(params: dict[str, Any], param: str) -> None:
    async with shop() as it:
        line = {"price": (await price(it))["id"], "quantity": 1}
        given = {"mode": "payment", "success_url": DONE, "line_items": [line]} | params
        error = await it.refused("POST", "/v1/checkout/sessions", **given)
        assert (error["http"], error.get("param")) == (400, param)


async def test_a_payment_link_makes_a_checkout_for_every_visitor() -> None:
    async with shop() as it:
        item = {"price": (await price(it))["id"], "quantity": 1}
        link = await it.post(
            "/v1/payment_links", line_items=[item], restrictions={"completed_sessions": {"limit": 1}},
            after_completion={"type": "redirect", "redirect": {"url": DONE}}, expand=["line_items"],
        )
        assert (link["active"], link["line_items"]["data"][0]["amount_total"]) == (True, 2_000)
        went = await visit(it, link["url"] + "&prefilled_email=a@shop.example&client_reference_id=o-1")
        sessions = await it.get("/v1/checkout/sessions", payment_link=link["id"])
        session = sessions["data"][0]
        assert (went.url, session["customer_email"], session["client_reference_id"]) == (
            session["url"], "a@shop.example", "o-1")
        await act(it, session, **VISA)
        spent = await it.get(f"/v1/payment_links/{link['id']}")
        assert (spent["active"], spent["restrictions"]["completed_sessions"]) == (False, {"count": 1, "limit": 1})
        changed = await it.post(f"/v1/payment_links/{link['id']}", inactive_message="Sold out", metadata={"a": "b"})
        assert changed["inactive_message"] == "Sold out"
        assert (await visit(it, link["url"])).fields["text"] == "Sold out"
        assert (await it.get("/v1/payment_links", active=False))["data"][0]["id"] == link["id"]
        assert len((await it.get(f"/v1/payment_links/{link['id']}/line_items"))["data"]) == 1
        assert [type for type in await it.types() if type.startswith("payment_link")] == [
            "payment_link.created", "payment_link.updated", "payment_link.updated"]
