"""Neutral and native words against what a provider declares."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.scenarios.engine import Rulebook
from paydouble.scenarios.loader import load_text
from tests.facts import facts_of

Books = Callable[..., Rulebook]
Operations = dict[str, Operation]
ORDER = facts_of(ref="order-7", amount=Decimal("88.00"), currency="CNY", payment="p1", idempotency_key="k1")


async def test_an_error_is_the_operations_own_row_then_the_providers(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(
        'rules: [{when: {operation: "*"}, then: {respond: {error: rate_limited, retry_after: 2s}}}]'
    )
    own = await book.draw_call(operations["create"], facts=ORDER, tally=tally)
    other = await book.draw_call(operations["refund"], facts=ORDER, tally=tally)
    assert [plan.answer.row.name for plan in (own, other)] == ["RATE", "SLOW_DOWN"]  # type: ignore[union-attr]
    assert own.answer.retry_after == 2_000  # type: ignore[union-attr]


async def test_an_error_that_a_provider_does_not_have_is_not_its_answer(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(
        'rules: [{when: {operation: "*"}, then: {respond: {error: busy, committed: true, latency: 1s}}}]'
    )
    plan = await book.draw_call(operations["create"], facts=ORDER, tally=tally)
    assert plan.answer is None
    assert plan.latency is not None


@pytest.mark.parametrize(
    "native",
    ["orders.pay", "orders.*", "POST /v1/orders/{order}/pay", "POST /v1/orders/*/pay", "POST *", "*"],
)
def test_native_names(native: str, rulebook: Books, operations: Operations) -> None:
    book = rulebook(f"rules: [{{when: {{native: '{native}'}}, then: {{outcome: failed}}}}]")
    assert book.concerns_call(operations["charge"])


def test_a_gateways_method_name_is_a_native_name(rulebook: Books, operations: Operations) -> None:
    book = rulebook("rules: [{when: {native: shop.order.*}, then: {outcome: failed}}]")
    assert book.concerns_call(operations["query"])
    assert not book.concerns_call(operations["create"])


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (
            "when: {operation: payout.create}, then: {outcome: failed}",
            "no operation is called 'payout.create'",
        ),
        ("when: {native: GET /v2/x}, then: {respond: {latency: 1s}}", "no operation is called 'GET /v2/x'"),
        (
            "when: {notification: dispute.*}, then: {notify: {drop: true}}",
            "no such notification as 'dispute.*' is sent",
        ),
        ("when: {operation: payment.query}, then: {respond: {error: busy}}", "there is no error for 'busy'"),
    ],
)
def test_a_rule_that_can_never_fire_is_a_warning_at_its_trigger(
    rule: str, reason: str, provider: Provider
) -> None:
    (warning,) = load_text(f"schema: 1\nname: x\nrules: [{{{rule}}}]", providers=[provider]).warnings
    trigger = rule.split(": ")[2].partition("}")[0]
    assert (warning.code, warning.line) == ("SC033", 3)
    assert warning.line_text[warning.column - 1 :].startswith(trigger)
    assert warning.message.endswith(reason)


def test_an_answer_is_of_no_use_where_only_the_payer_moves_the_money(
    providers: Callable[..., Provider], operations: Operations
) -> None:
    only_payer = providers("wechatpay", operations["create"], operations["query"])
    text = "schema: 1\nname: x\nrules: [{when: {operation: payment.charge}, then: {%s}}]"
    answer = load_text(text % "respond: {fault: reset, committed: true}", providers=[only_payer])
    assert "the payer moves the money" in answer.warnings[0].message
    assert load_text(text % "outcome: declined", providers=[only_payer]).warnings == ()


def test_known_providers_say_which_native_operations_only_read(provider: Provider) -> None:
    text = "schema: 1\nname: x\nrules: [{when: {native: shop.order.query}, then: {respond: {fault: reset}}}]"
    assert load_text(text, providers=[provider]).warnings == ()
