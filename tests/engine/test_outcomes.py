"""What each provider can decide, now or later, is what it declares; the rest is warned of when a file is loaded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from paydouble.core.effect import Result
from paydouble.providers import load
from paydouble.scenarios.capabilities import LATER, can
from paydouble.scenarios.loader import load_text
from tests.merchants import CARDS, World, world
from tests.shops import PAYPAL, SHOPS, STRIPE, Shop

RESULTS = [result.value for result in Result if result is not Result.APPROVED]
PROVIDERS = {provider.name: provider for provider in load()}


def written(result: str) -> str:
    return "{result: partial, amount: 10.00}" if result == "partial" else result


async def books(here: World, shop: Shop) -> tuple[Any, ...]:
    view = await shop.view(here, "order-1")
    return () if view is None else (view.status, view.phase, view.captured.minor, view.refunded.minor)


async def charged(shop: Shop, rule: str) -> tuple[Any, ...]:
    async with world(clock="frozen") as here:
        if rule:
            here.rules(rule)
        answer = await shop.pay(here, "order-1")
        return (answer.status, *await books(here, shop))


async def refunded(shop: Shop, rule: str) -> tuple[Any, ...]:
    async with world(clock="frozen") as here:
        await shop.pay(here, "order-1")
        if rule:
            here.rules(rule)
        answer = await shop.refund(here, "order-1", amount=Decimal(20))
        await here.settle()
        stands = "" if answer.status >= 300 else await shop.query_refund(here, "order-1")
        return (answer.status, stands, *await books(here, shop))


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_charge_comes_out_as_it_is_declared_to(shop: Shop, result: str) -> None:
    rule = f"- {{when: {{operation: payment.charge}}, then: {{outcome: {written(result)}}}}}"
    declared = result in PROVIDERS[shop.name].words.outcomes["payment.charge"]
    assert (await charged(shop, rule) != await charged(shop, "")) is declared


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_a_refund_comes_out_as_it_is_declared_to(shop: Shop, result: str) -> None:
    rule = f"- {{when: {{operation: refund.create}}, then: {{outcome: {written(result)}}}}}"
    declared = result in PROVIDERS[shop.name].words.outcomes["refund.create"]
    assert (await refunded(shop, rule) != await refunded(shop, "")) is declared


@pytest.mark.parametrize("shop", SHOPS, ids=str)
@pytest.mark.parametrize("operation", ["payment.charge", "refund.create"])
@pytest.mark.parametrize("result", RESULTS)
def test_what_never_comes_is_a_warning(shop: Shop, operation: str, result: str) -> None:
    text = f"schema: 1\nname: a\nproviders: [{shop.name}]\nrules:\n- when: {{operation: {operation}}}\n  then: {{outcome: {written(result)}}}"
    warnings = load_text(text, providers=list(PROVIDERS.values())).warnings
    declared = result in PROVIDERS[shop.name].words.outcomes[operation]
    assert [warning.code for warning in warnings] == ([] if declared else ["SC033"])


STEPS = {
    "settle": "{settle: {fee: 1.00}}", "refund": "{refund: {}}", "dispute.opened": "{dispute: {}}",
    "dispute.won": "{dispute: {result: won}}", "dispute.lost": "{dispute: {result: lost}}",
    "emit": "{emit: {native: x}}",
}


@pytest.mark.parametrize("wanted", LATER)
@pytest.mark.parametrize("shop", SHOPS, ids=str)
def test_what_cannot_happen_later_is_a_warning(shop: Shop, wanted: str) -> None:
    step = STEPS.get(wanted, f"{{outcome: {wanted}}}")
    able = can(PROVIDERS[shop.name], wanted)
    for place in (
        f"rules:\n- when: {{operation: payment.charge}}\n  then: {{timeline: [{step}]}}",
        f"states:\n  a: {{enter: [{step}]}}",
    ):
        text = f"schema: 1\nname: a\nproviders: [{shop.name}]\n{place}"
        warnings = load_text(text, providers=list(PROVIDERS.values())).warnings
        assert [(warning.code, warning.line) for warning in warnings] == ([] if able else [("SC033", 5)])


@pytest.mark.parametrize(
    "text",
    [
        "rules:\n- when: {notification: payment.succeeded}\n  then: {notify: {hold: {until: dispute.opened}}}",
        "rules:\n- when: {operation: payment.charge}\n  then: {timeline: [{wait: {acknowledged: dispute.opened}}]}",
    ],
)
def test_to_wait_for_what_is_never_sent_is_a_warning(text: str) -> None:
    def codes(provider: str) -> list[str]:
        whole = f"schema: 1\nname: a\nproviders: [{provider}]\n{text}"
        return [each.code for each in load_text(whole, providers=list(PROVIDERS.values())).warnings]

    assert (codes("alipay"), codes("stripe")) == (["SC033"], [])


async def test_paypal_captures_a_part_of_what_was_approved() -> None:
    async with world(clock="frozen") as here:
        here.rules("- {when: {operation: payment.capture}, then: {outcome: {result: partial, amount: 10.00}}}")
        await PAYPAL.pay(here, "order-1")
        assert (await books(here, PAYPAL))[2] == 1_000
        assert [each.postings[-1].money.minor for each in await PAYPAL.captures(here, "order-1")] == [1_000]


async def test_stripe_captures_a_part_of_what_it_holds_and_releases_the_rest() -> None:
    async with world(clock="frozen") as here:
        made = await here.stripe(
            "POST", "/v1/payment_intents", amount=3_000, currency="usd", confirm=True, capture_method="manual",
            payment_method="pm_card_visa", automatic_payment_methods=CARDS, metadata={"order_id": "order-1"},
        )
        here.rules("- {when: {operation: payment.capture}, then: {outcome: {result: partial, amount: 10.00}}}")
        taken = await here.stripe("POST", f"/v1/payment_intents/{made.json['id']}/capture")
        assert (taken.json["status"], taken.json["amount_received"]) == ("succeeded", 1_000)
        assert (await books(here, STRIPE))[2] == 1_000
        balances = await here.sandbox.store.balances(here.sandbox.id)
        assert all(not held.get("USD") for account, held in balances.items() if account.endswith("reserved"))


async def test_an_action_is_the_one_that_was_asked_for() -> None:
    async with world(clock="frozen") as here:
        here.rules("- {when: {operation: payment.charge}, then: {outcome: {result: requires_action, action: 3ds}}}")
        await STRIPE.pay(here, "order-1")
        assert await STRIPE.phase(here, "order-1") == "pending"
        await here.pay("stripe", "order-1", "fail")
        assert await STRIPE.phase(here, "order-1") == "open"
