"""Methods that are saved for later, tokens, mandates, and payments that are no card's."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from paydouble.core.http import HttpRequest
from paydouble.core.page import Go, Show
from paydouble.providers.stripe.test_banks import BANK_ACCOUNTS, PREFIXES, Clears
from paydouble.server.pages import visited
from tests.providers.stripe.checked import CARDS_ONLY, Shop, shop

AGREED = {"customer_acceptance": {"type": "online", "online": {"ip_address": "127.0.0.1", "user_agent": "a browser"}}}
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "314"}


async def saved(it: Shop, method: str, **params: Any) -> Any:
    return await it.post(
        "/v1/setup_intents", payment_method=method, confirm=True, automatic_payment_methods=CARDS_ONLY, **params)


async def test_a_card_is_saved_and_charged_later_without_its_holder() -> None:
    async with shop() as it:
        customer = (await it.post("/v1/customers", email="jenny@example.com"))["id"]
        done = await saved(it, "pm_card_visa", customer=customer, usage="off_session", metadata={"order_id": "7"})
        assert (done["status"], done["usage"]) == ("succeeded", "off_session")
        shown = await it.get(f"/v1/setup_intents/{done['id']}", expand=["payment_method", "latest_attempt"])
        assert shown["payment_method"]["customer"] == customer
        assert shown["latest_attempt"]["status"] == "succeeded"
        listed = await it.get(f"/v1/customers/{customer}/payment_methods", type="card", limit=3)
        assert [each["id"] for each in listed["data"]] == [done["payment_method"]]
        one = await it.get(f"/v1/customers/{customer}/payment_methods/{done['payment_method']}")
        assert one["card"]["last4"] == "4242"
        paid = await it.pay(card=done["payment_method"], customer=customer, off_session=True)
        assert paid["status"] == "succeeded"
        assert (await it.types())[:4] == [
            "customer.created", "setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]


async def test_a_setup_is_chosen_step_by_step() -> None:
    async with shop() as it:
        setup = await it.post("/v1/setup_intents", description="a wallet", allowed_payment_method_types=["card"])
        assert setup["status"] == "requires_payment_method"
        refused = await it.refused("POST", f"/v1/setup_intents/{setup['id']}/confirm")
        assert (refused["http"], refused["code"]) == (400, "setup_intent_unexpected_state")
        setup = await it.post(f"/v1/setup_intents/{setup['id']}", payment_method="pm_card_visa", metadata={"a": "b"})
        assert setup["status"] == "requires_confirmation"
        setup = await it.post(f"/v1/setup_intents/{setup['id']}/confirm", return_url="https://shop.example/back")
        assert setup["status"] == "succeeded"
        again = await it.refused("POST", f"/v1/setup_intents/{setup['id']}/cancel", cancellation_reason="abandoned")
        assert again["setup_intent"]["id"] == setup["id"]
        other = await it.post("/v1/setup_intents", usage="on_session")
        other = await it.post(f"/v1/setup_intents/{other['id']}/cancel", cancellation_reason="duplicate")
        assert (other["status"], other["cancellation_reason"]) == ("canceled", "duplicate")
        listed = await it.get("/v1/setup_intents", limit=2)
        assert [each["id"] for each in listed["data"]] == [other["id"], setup["id"]]
        found = await it.get("/v1/setup_intents", payment_method=setup["payment_method"])
        assert len(found["data"]) == 1


async def test_a_card_that_is_refused_leaves_an_attempt() -> None:
    async with shop() as it:
        setup = await it.post("/v1/setup_intents", automatic_payment_methods=CARDS_ONLY)
        error = await it.refused(
            "POST", f"/v1/setup_intents/{setup['id']}/confirm",
            payment_method="pm_card_chargeDeclinedInsufficientFunds")
        assert (error["http"], error["type"], error["decline_code"]) == (402, "card_error", "insufficient_funds")
        assert error["setup_intent"]["status"] == "requires_payment_method"
        attempts = await it.get("/v1/setup_attempts", setup_intent=setup["id"], limit=5)
        assert [each["status"] for each in attempts["data"]] == ["failed"]
        assert attempts["data"][0]["setup_error"]["code"] == "card_declined"
        assert "setup_intent.setup_failed" in await it.types()
        none = await it.refused("GET", "/v1/setup_attempts", setup_intent="seti_none")
        assert (none["http"], none["param"]) == (400, "setup_intent")


@pytest.mark.parametrize(("trigger", "status"), [("authenticate", "succeeded"), ("fail", "requires_payment_method")])
async def test_a_holder_authenticates_a_card_that_is_saved(trigger: str, status: str) -> None:
    async with shop() as it:
        setup = await saved(it, "pm_card_authenticationRequiredOnSetup")
        assert (setup["status"], setup["next_action"]["type"]) == ("requires_action", "use_stripe_sdk")
        here = it.here
        await here.simulator.acts.act(here.sandbox, "stripe.setup_intent", setup["id"], trigger, {})
        setup = await it.get(f"/v1/setup_intents/{setup['id']}")
        assert setup["status"] == status
        if trigger == "fail":
            assert setup["last_setup_error"]["code"] == "setup_intent_authentication_failure"
        await it.events()


async def test_an_authentication_that_nobody_finishes_lapses() -> None:
    async with shop() as it:
        setup = await saved(it, "pm_card_authenticationRequired")
        await it.advance(86_400_000)
        assert (await it.get(f"/v1/setup_intents/{setup['id']}"))["status"] == "requires_payment_method"


async def visit(it: Shop, url: str, **form: str) -> Any:
    """What the page at this address comes to: a template, or where it leads."""
    parts = urlsplit(url)
    visits = it.here.simulator.visits
    found = visits.find("stripe", parts.path)
    assert found is not None
    request = HttpRequest(
        method="POST" if form else "GET", target=f"{parts.path}?{parts.query}", id="0" * 32,
        body=urlencode(form).encode())
    return await visits.serve("stripe", *found, request)


@pytest.mark.parametrize(("step", "result"), [("complete", "succeeded"), ("fail", "failed")])
async def test_the_page_takes_the_payer_back_to_the_shop(step: str, result: str) -> None:
    async with shop() as it:
        intent = await it.pay(card="pm_card_authenticationRequired", return_url="https://shop.example/back?a=b")
        url = intent["next_action"]["redirect_to_url"]["url"]
        page = await visit(it, url)
        assert isinstance(page, Show)
        assert page.fields["about"] == "$10.99 USD"
        gone = await visit(it, url, step=step, code="123456")
        assert isinstance(gone, Go)
        query = dict(parse_qsl(urlsplit(gone.url).query))
        assert query == {
            "a": "b", "payment_intent": intent["id"], "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": result}
        after = await it.get(f"/v1/payment_intents/{intent['id']}")
        assert after["status"] == ("succeeded" if step == "complete" else "requires_payment_method")
        over = await visit(it, url)
        assert isinstance(over, Show)
        assert over.template == "over.html"


async def test_the_page_asks_for_a_code() -> None:
    async with shop() as it:
        intent = await it.pay(card="pm_card_authenticationRequired", return_url="https://shop.example/back")
        parts = urlsplit(intent["next_action"]["redirect_to_url"]["url"])
        request = HttpRequest(method="GET", target=f"{parts.path}?{parts.query}", id="0" * 32)
        answer = await visited(it.here.simulator.visits, "stripe", request)
        assert answer is not None
        assert answer.status == 200
        assert b'name="code"' in answer.body


async def test_the_page_saves_a_card() -> None:
    async with shop() as it:
        setup = await saved(it, "pm_card_authenticationRequiredOnSetup", return_url="https://shop.example/back")
        gone = await visit(it, setup["next_action"]["redirect_to_url"]["url"], step="complete")
        assert isinstance(gone, Go)
        assert f"setup_intent={setup['id']}" in gone.url
        assert (await it.get(f"/v1/setup_intents/{setup['id']}"))["status"] == "succeeded"


async def test_a_mandate_may_be_for_one_payment_only() -> None:
    async with shop() as it:
        setup = await it.post(
            "/v1/setup_intents", confirm=True, payment_method="pm_usBankAccount_success", mandate_data=AGREED,
            allowed_payment_method_types=["us_bank_account"], single_use={"amount": 500, "currency": "usd"})
        mandate = await it.get(f"/v1/mandates/{setup['mandate']}")
        assert (mandate["type"], mandate["single_use"]) == ("single_use", {"amount": 500, "currency": "usd"})


async def test_a_page_without_the_secret_knows_nothing() -> None:
    async with shop() as it:
        intent = await it.pay(card="pm_card_authenticationRequired", return_url="https://shop.example/back")
        url = intent["next_action"]["redirect_to_url"]["url"].replace(intent["client_secret"], "guessed")
        page = await visit(it, url)
        assert isinstance(page, Show)
        assert page.status == 404


async def test_a_token_is_used_once() -> None:
    async with shop() as it:
        token = await it.post("/v1/tokens", card={**CARD, "name": "Jenny", "address_zip": "94102"})
        assert (token["type"], token["card"]["brand"], token["used"]) == ("card", "Visa", False)
        method = await it.post("/v1/payment_methods", type="card", card={"token": token["id"]})
        assert method["card"]["last4"] == "4242"
        assert (await it.get(f"/v1/tokens/{token['id']}", expand=[]))["used"]
        again = await it.refused("POST", "/v1/payment_methods", type="card", card={"token": token["id"]})
        assert again["code"] == "token_already_used"
        assert (await it.get("/v1/tokens/tok_visa"))["card"]["last4"] == "4242"
        bank = {"country": "US", "currency": "usd", "account_number": "000123456789", "routing_number": "110000000"}
        assert (await it.post("/v1/tokens", bank_account=bank))["bank_account"]["last4"] == "6789"
        neither = await it.refused("POST", "/v1/tokens")
        assert neither["code"] == "parameter_missing"
        wrong = await it.refused("POST", "/v1/tokens", card={**CARD, "number": "4242424242424241"})
        assert (wrong["http"], wrong["code"], wrong["param"]) == (402, "incorrect_number", "number")


async def test_a_confirmation_token_carries_the_payers_choice() -> None:
    async with shop() as it:
        token = await it.post(
            "/v1/test_helpers/confirmation_tokens", payment_method="pm_card_mastercard",
            return_url="https://shop.example/back", setup_future_usage="off_session",
            shipping={"name": "Jenny", "address": {"city": "Oslo"}})
        assert token["payment_method_preview"]["card"]["brand"] == "mastercard"
        customer = (await it.post("/v1/customers"))["id"]
        paid = await it.post("/v1/payment_intents", amount=500, currency="usd", confirm=True, customer=customer,
                             confirmation_token=token["id"], automatic_payment_methods={"enabled": True})
        assert paid["status"] == "succeeded"
        shown = await it.get(f"/v1/confirmation_tokens/{token['id']}", expand=[])
        assert (shown["payment_intent"], shown["expires_at"]) == (paid["id"], None)
        again = await it.refused("POST", "/v1/payment_intents", amount=500, currency="usd", confirm=True,
                                 confirmation_token=token["id"], automatic_payment_methods=CARDS_ONLY)
        assert again["param"] == "confirmation_token"
        data = {"type": "card", "card": CARD}
        await it.post("/v1/test_helpers/confirmation_tokens", payment_method_data=data)
        both = await it.refused("POST", "/v1/test_helpers/confirmation_tokens", payment_method_data=data,
                                payment_method="pm_card_visa")
        assert both["code"] == "parameters_exclusive"


def id_of(account: Any) -> str:
    return f"{PREFIXES[account.type]}{account.name}"


@pytest.mark.parametrize("account", BANK_ACCOUNTS, ids=id_of)
async def test_a_debit_ends_as_its_test_account_says(account: Any) -> None:
    async with shop() as it:
        currency = "usd" if account.country == "US" else "eur"
        given: dict[str, Any] = {"amount": 2000, "currency": currency, "confirm": True, "payment_method": id_of(account),
                 "allowed_payment_method_types": [account.type], "mandate_data": AGREED}
        answered = (await it.send("POST", "/v1/payment_intents", **given)).json
        if account.blocked:
            assert answered["error"]["payment_intent"]["status"] == "requires_payment_method"
            return
        assert answered["status"] == "processing"
        await it.advance(200_000)
        shown = await it.get(f"/v1/payment_intents/{answered['id']}", expand=["latest_charge"])
        if account.clears is Clears.STAYS:
            assert shown["status"] == "processing"
        elif account.fails:
            assert shown["status"] == "requires_payment_method"
            assert shown["latest_charge"]["failure_code"] == account.failure
        else:
            assert shown["status"] == "succeeded"
            mandate = shown["latest_charge"]["payment_method_details"][account.type]["mandate"]
            assert (await it.get(f"/v1/mandates/{mandate}", expand=["payment_method"]))["status"] == "active"
        await it.events()


async def test_a_debit_that_nobody_allowed_is_refused() -> None:
    async with shop() as it:
        error = await it.refused(
            "POST", "/v1/payment_intents", amount=2000, currency="usd", confirm=True,
            payment_method="pm_usBankAccount_success", allowed_payment_method_types=["us_bank_account"])
        assert (error["code"], error["param"]) == ("parameter_missing", "mandate_data")


@pytest.mark.parametrize(("type", "action"), [
    ("alipay", "alipay_handle_redirect"), ("wechat_pay", "wechat_pay_display_qr_code"), ("ideal", "redirect_to_url")])
async def test_a_wallet_sends_the_payer_to_its_page(type: str, action: str) -> None:
    async with shop() as it:
        intent = await it.post(
            "/v1/payment_intents", amount=2000, currency="eur", confirm=True, payment_method_data={"type": type},
            allowed_payment_method_types=[type], return_url="https://shop.example/back")
        assert intent["next_action"]["type"] == action
        await it.act(intent, "authenticate")
        shown = await it.get(f"/v1/payment_intents/{intent['id']}", expand=["latest_charge"])
        assert shown["status"] == "succeeded"
        assert shown["latest_charge"]["id"].startswith("py_")
        assert shown["latest_charge"]["payment_method_details"]["type"] == type
        refund = await it.post("/v1/refunds", payment_intent=intent["id"])
        assert refund["destination_details"]["type"] == type
        wrong = await it.refused(
            "POST", "/v1/payment_intents", amount=2000, currency="jpy", confirm=True,
            payment_method_data={"type": "ideal"}, allowed_payment_method_types=["ideal"],
            return_url="https://shop.example/back")
        assert wrong["param"] == "currency"
        for event in await it.events():
            assert event["data"]["object"]


async def test_without_magic_a_test_card_is_like_any_other() -> None:
    async with shop(magic=False) as it:
        for card in ("pm_card_chargeDeclined", "pm_card_authenticationRequired", "pm_card_refundFail"):
            paid = await it.pay(card=card)
            assert paid["status"] == "succeeded"
            await it.post("/v1/refunds", payment_intent=paid["id"])
        assert (await saved(it, "pm_card_authenticationRequired"))["status"] == "succeeded"
        customer = (await it.post("/v1/customers"))["id"]
        await it.post("/v1/payment_methods/pm_card_chargeDeclined/attach", customer=customer)
        await it.advance(60_000)
        assert not {"refund.failed", "charge.failed"} & set(await it.types())
