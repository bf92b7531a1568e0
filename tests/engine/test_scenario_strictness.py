"""What becomes of calls that are not signed well, or break their contract, where a scenario says so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from paydouble.core.http import HttpRequest
from paydouble.engine.admission import strictness
from paydouble.scenarios.loader import load_text
from tests.merchants import CARDS, Answered, World, world


def put(here: World, settings: str) -> None:
    here.sandbox.rules.activate(load_text(f"schema: 1\nname: s\nsettings: {{{settings}}}"))


async def badly_signed(here: World) -> Answered:
    merchant = here.merchant("wechatpay")
    body = {"appid": merchant.secrets["appid"], "mchid": merchant.id, "description": "A thing",
            "out_trade_no": "order-1", "notify_url": "http://127.0.0.1:9/h", "amount": {"total": 100}}  # fmt: skip
    signed: HttpRequest = here.signed("POST", "/v3/pay/transactions/native", json.dumps(body).encode())
    return await here.serve("wechatpay", replace(signed, body=signed.body.replace(b"A thing", b"another")))


async def test_a_bad_signature_is_refused_unless_a_scenario_says_otherwise() -> None:
    async with world() as here:
        assert (await badly_signed(here)).status == 401
        put(here, "signatures: enforce")
        assert (await badly_signed(here)).status == 401


@pytest.mark.parametrize(("how", "told"), [("report", ["signature"]), ("ignore", [])])
async def test_a_bad_signature_is_reported_or_ignored(how: str, told: list[str]) -> None:
    async with world() as here:
        put(here, f"signatures: {how}")
        assert (await badly_signed(here)).status == 200
        logged = here.sandbox.log.calls[-1]
        assert [violation.keyword for violation in logged.violations] == told
        assert not logged.verified


async def native(here: World, **more: object) -> Answered:
    merchant = here.merchant("wechatpay")
    return await here.wechatpay("POST", "/v3/pay/transactions/native", {
        "appid": merchant.secrets["appid"], "mchid": merchant.id, "description": "A thing",
        "out_trade_no": "order-1", "notify_url": "http://127.0.0.1:9/h", "amount": {"total": 100}, **more,
    })


async def test_contracts_are_the_providers_own_or_lenient() -> None:
    async with world() as here:
        refused = await native(here, goods_tag=7)
        assert refused.status == 400
        put(here, "contracts: lenient")
        let_in = await native(here, goods_tag=7)
        assert let_in.status == 200, let_in.json
        (violation,) = here.sandbox.log.calls[-1].violations
        assert (violation.pointer, violation.keyword) == ("/goods_tag", "type")


async def test_what_no_handler_can_go_on_with_is_refused_as_the_provider_does() -> None:
    async with world() as here:
        refused = await native(here, amount="much")
        put(here, "contracts: lenient")
        later = await native(here, amount="much")
        assert (later.status, later.json["code"]) == (refused.status, refused.json["code"]) == (400, "PARAM_ERROR")
        assert here.sandbox.log.internal_errors == []


async def test_what_shows_only_in_its_details_is_refused_as_the_provider_does_too() -> None:
    async with world() as here:
        here.sandbox.rules.activate(load_text(
            "schema: 1\nname: s\nsettings: {contracts: lenient}\n"
            "rules: [{when: {operation: payment.create, ref: another}, then: {outcome: declined}}]"
        ))
        refused = await native(here, attach={"not": "text"})
        assert (refused.status, refused.json["code"]) == (400, "PARAM_ERROR")
        logged = here.sandbox.log.calls[-1]
        assert (logged.facts, here.sandbox.log.internal_errors) == (None, [])


async def test_the_first_scenario_that_says_it_wins() -> None:
    async with world() as here:
        put(here, "signatures: ignore")
        put(here, "magic: false")
        assert (await badly_signed(here)).status == 200
        put(here, "signatures: enforce")
        assert (await badly_signed(here)).status == 401


async def test_fees_are_the_scenarios_where_it_has_a_price_for_the_currency() -> None:
    async with world() as here:
        put(here, "fees: [{rate: 0.029, fixed: 0.30, currency: EUR}, {rate: 0.01, fixed: 1, currency: USD}]")
        for currency, fee in (("usd", 200), ("eur", 320), ("gbp", 320)):
            made = await here.stripe(
                "POST", "/v1/payment_intents", amount=10_000, currency=currency, confirm=True,
                payment_method="pm_card_visa", automatic_payment_methods=CARDS, capture_method="automatic",
                expand=["latest_charge.balance_transaction"],
            )
            assert made.json["latest_charge"]["balance_transaction"]["fee"] == fee, currency


async def test_a_price_leaves_test_values_alone() -> None:
    async with world() as here:
        put(here, "fees: {rate: 0.5}")
        declined = await here.stripe(
            "POST", "/v1/payment_intents", amount=10_000, currency="usd", confirm=True,
            payment_method="pm_card_chargeDeclined", automatic_payment_methods=CARDS,
        )
        assert declined.status == 402


async def test_without_a_scenario_contracts_are_the_servers_affair() -> None:
    async with world() as here:
        rules = here.sandbox.rules
        assert [strictness(rules, "alipay", strict=each).contracts for each in (False, True)] == ["provider", "strict"]
        put(here, "contracts: provider")
        assert strictness(rules, "alipay", strict=True).contracts == "provider"
