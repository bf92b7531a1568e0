"""Conditions on what an arrival comes amid: the payment's summary, rates, and windows of time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from paydouble.core.clock import Instant
from paydouble.core.operation import Operation
from paydouble.scenarios.drawing import Scene
from paydouble.scenarios.engine import Look, Rulebook
from tests.facts import facts_of

Books = Callable[..., Rulebook]
Operations = dict[str, Operation]
FACTS = facts_of(ref="order-7", payment="p1")
PAID = {"phase": "paid", "ref": "order-7", "amount": Decimal("30.00"), "captured": Decimal("30.00"),
        "refunded": Decimal("0.00"), "disputed": Decimal("0.00")}  # fmt: skip


def ruled(when: str) -> str:
    return f"rules: [{{name: r, when: {{operation: payment.query, {when}}}, then: {{respond: {{status: 418}}}}}}]"


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("payment: {phase: paid}", True), ("payment: {phase: open}", False),
        ("payment: {phase: {one_of: [open, paid]}}", True), ("payment: {captured: 30}", True),
        ("payment: {captured: {gt: 30}}", False), ("payment: {refunded: 0}", True),
        ("payment: {ref: {prefix: order-}, amount: {lt: 31}}", True),
        ("any_of: [{payment: {phase: open}}, {payment: {disputed: 0}}]", True),
        ("none_of: [{payment: {phase: paid}}]", False),
    ],
)  # fmt: skip
async def test_the_payments_summary_is_looked_at(
    rulebook: Books, operations: Operations, tally: Any, when: str, holds: bool
) -> None:
    scene = Scene(payment=PAID)
    plan = await rulebook(ruled(when)).draw_call(operations["query"], facts=FACTS, tally=tally, scene=scene)
    assert (plan.answer is not None) is holds


async def test_without_a_payment_no_condition_on_it_holds(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(ruled("payment: {captured: {gte: 0}}"))
    assert (await book.draw_call(operations["query"], facts=FACTS, tally=tally)).answer is None


@pytest.mark.parametrize(
    ("window", "inside"),
    [("{from: 5m, to: 10m}", [300_000, 599_999]), ("{to: 5m}", [0, 299_999]), ("{from: 5m}", [300_000, 9_000_000])],
)
async def test_a_window_counts_from_the_activation(
    rulebook: Books, operations: Operations, tally: Any, window: str, inside: list[int]
) -> None:
    book = rulebook(ruled(f"window: {window}"))
    book.activations[0].since = Instant(1_000)
    for passed in (0, 299_999, 300_000, 599_999, 600_000, 9_000_000):
        scene = Scene(now=Instant(1_000 + passed))
        looks: list[Look] = []
        plan = await book.draw_call(
            operations["query"], facts=FACTS, tally=tally, scene=scene, looks=looks
        )
        expected = inside[0] <= passed <= inside[1]
        assert (plan.answer is not None) is expected
        if not expected:
            assert "after the activation" in str(looks[0])


async def test_a_rate_lets_so_many_through_in_each_period(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(ruled("rate: {over: 2, per: 1s}, ref: order-7"))
    fates = []
    for ticks, ref in [(0, "other"), (0, "order-7"), (1, "order-7"), (999, "order-7"), (999, "order-7"),
                       (1_000, "order-7"), (1_001, "order-7"), (1_002, "order-7")]:  # fmt: skip
        plan = await book.draw_call(
            operations["query"], facts=facts_of(ref=ref), tally=tally, scene=Scene(ticks=ticks)
        )
        fates.append(plan.answer is not None)
    assert fates == [False, False, False, True, True, False, False, True]


async def test_a_rate_among_alternatives_counts_all_that_the_rule_looks_at(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(ruled("any_of: [{ref: vip}, {rate: {over: 1, per: 1h}}]"))
    fates = []
    for ref in ("vip", "a", "b"):
        plan = await book.draw_call(operations["query"], facts=facts_of(ref=ref), tally=tally)
        fates.append(plan.answer is not None)
    assert fates == [True, True, True]
    fresh = [await book.draw_call(operations["query"], facts=facts_of(ref="c"), tally=tally, scene=Scene(ticks=3_600_000))]
    assert fresh[0].answer is None


async def test_a_window_stands_before_what_is_counted(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(ruled("window: {from: 1m}, nth: 1"))
    early = await book.draw_call(operations["query"], facts=FACTS, tally=tally, scene=Scene())
    late = await book.draw_call(
        operations["query"], facts=FACTS, tally=tally, scene=Scene(now=Instant(60_000))
    )
    assert (early.answer, late.answer is not None) == (None, True)
