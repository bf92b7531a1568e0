"""Counters and dice: which arrivals `nth` and `chance` mean, in any order of arrival."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from paydouble.core.clock import seconds
from paydouble.core.effect import (
    Later,
    Never,
    Now,
)  # fmt: skip
from paydouble.core.operation import Operation
from paydouble.core.words import Facts
from paydouble.scenarios.dice import throw
from paydouble.scenarios.engine import Activation, Rulebook
from paydouble.scenarios.loader import load_text
from tests.facts import facts_of

Books = Callable[..., Rulebook]
Operations = dict[str, Operation]
KNOWN = {"ref": "order-7", "amount": Decimal("88.00"), "currency": "CNY", "payment": "p1", "idempotency_key": "k1"}
ORDER = facts_of(**KNOWN)


async def test_rules_that_differ_only_in_nth_form_a_ladder(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    rules = "rules:\n" + "".join(
        f"  - when: {{operation: payment.create, nth: {n}, per: ref}}\n"
        f"    then: {{respond: {{fault: reset, committed: {n}s}}}}\n"
        for n in range(1, 5)
    )
    book = rulebook(
        "rules: [{when: {operation: payment.create, nth: 2, per: ref}, then: {respond: {status: 418}}}]",
        rules,
    )
    for ref in ("a", "b"):
        plans = [
            await book.draw_call(operations["create"], facts=facts_of(**{**KNOWN, "ref": ref}), tally=tally)
            for _ in range(5)
        ]
        later = [Later(seconds(n)) for n in (1, 3, 4)]
        assert [plan.commit for plan in plans] == [later[0], Never(), later[1], later[2], Now()]


@pytest.mark.parametrize(
    ("nth", "taken"),
    [("1", [1]), ("[1, 3]", [1, 3]), ('"2-4"', [2, 3, 4]), ('">=3"', [3, 4, 5, 6]), ('"<=2"', [1, 2]),
     ('"every 2"', [2, 4, 6])],
)  # fmt: skip
async def test_call_numbers(
    nth: str, taken: list[int], rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(f"rules: [{{when: {{operation: payment.query, nth: {nth}}}, then: {{outcome: failed}}}}]")
    drawn = [await book.draw_call(operations["query"], facts=ORDER, tally=tally) for _ in range(6)]
    assert [number for number, plan in enumerate(drawn, 1) if plan.outcome] == taken


@pytest.mark.parametrize(
    ("per", "same"),
    [
        ("scenario", ()),
        ("ref", ("ref",)),
        ("payment", ("payment",)),
        ("idempotency_key", ("idempotency_key",)),
    ],
)
async def test_counters_are_kept_apart(
    per: str, same: tuple[str, ...], rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(
        f"rules: [{{when: {{operation: payment.query, nth: 1, per: {per}}}, then: {{outcome: failed}}}}]"
    )
    other = facts_of(ref="o", payment="p2", idempotency_key="k2")
    drawn = [
        await book.draw_call(operations["query"], facts=facts, tally=tally) for facts in (ORDER, other, ORDER)
    ]
    assert [plan.outcome is not None for plan in drawn] == [True, bool(same), False]


async def test_a_counter_counts_arrivals_that_satisfy_the_other_conditions_but_not_chance(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(
        "rules:\n"
        "  - {name: n, when: {operation: '*', amount: 88, nth: 2, chance: 0}, then: {outcome: failed}}\n"
        "  - {name: m, when: {operation: '*', amount: 88, nth: 2}, then: {outcome: failed}}\n"
    )
    small = facts_of(**{**KNOWN, "amount": Decimal(1)})
    drawn = [await book.draw_call(operations["query"], facts=f, tally=tally) for f in (ORDER, small, ORDER)]
    assert [plan.because.get("outcome") for plan in drawn] == [None, None, "s0, rule 'm'"]


def test_a_throw_is_the_hash_of_its_names() -> None:
    hashed = hashlib.blake2b(b"1|s|r|orders.pay|o-1|2", digest_size=8).hexdigest()
    assert throw(1, "s", "r", "orders.pay|o-1|2") == int(hashed, 16) / 2**64
    different = [
        throw(1, "s", "r", "k"),
        throw(2, "s", "r", "k"),
        throw(1, "t", "r", "k"),
        throw(1, "s", "q", "k"),
    ]
    assert len(set(different)) == 4


def test_throws_are_even() -> None:
    hits = sum(throw(7, "s", "r", f"orders.pay|{n}|1") < 0.08 for n in range(5_000))
    assert 330 < hits < 470


@pytest.mark.parametrize("by", ["attempt", "ref", "idempotency_key", "payment"])
async def test_the_same_seed_gives_the_same_fate_in_any_order(
    by: str, rulebook: Books, operations: Operations
) -> None:
    calls = [
        (op, facts_of(ref=f"o{n}", idempotency_key=f"k{n}", payment=f"p{n}"))
        for n in range(40) for op in ("create", "charge", "create")
    ]  # fmt: skip
    when = f"{{operation: '*', chance: {{p: 0.3, by: {by}}}}}"
    text = f"rules: [{{name: dice, when: {when}, then: {{outcome: failed}}}}]"

    async def fates(order: list[tuple[str, Facts]], seed: int) -> list[tuple[str, str, bool]]:
        counts: dict[str, int] = {}

        async def tally(key: str) -> int:
            counts[key] = counts.get(key, 0) + 1
            return counts[key]

        book = rulebook(text, seed=seed)
        drawn = [(op, f.ref, await book.draw_call(operations[op], facts=f, tally=tally)) for op, f in order]
        return sorted((op, ref, plan.outcome is not None) for op, ref, plan in drawn)

    shuffled = random.Random(3).sample(calls, len(calls))
    assert await fates(calls, 1) == await fates(shuffled, 1)
    assert await fates(calls, 1) != await fates(calls, 2)


async def test_attempts_are_counted_whatever_the_other_conditions_are(
    rulebook: Books, operations: Operations
) -> None:
    """Another amount in between is an attempt too, so that the next one meets the fate of its number."""
    text = 'rules:\n  - {name: d, when: {operation: "*", amount: 88, chance: 0.5}, then: {outcome: failed}}\n'
    small = facts_of(**{**KNOWN, "amount": Decimal(1)})

    async def fates(facts: list[Facts]) -> list[bool]:
        counts: dict[str, int] = {}

        async def tally(key: str) -> int:
            counts[key] = counts.get(key, 0) + 1
            return counts[key]

        book = rulebook(text, seed=5)
        return [
            (await book.draw_call(operations["charge"], facts=f, tally=tally)).outcome is not None
            for f in facts
        ]

    plain = await fates([ORDER] * 12)
    mixed = await fates([small, ORDER] * 6)
    assert mixed[1::2] == plain[1::2]
    assert {True, False} == set(plain[1::2])


async def test_rules_of_one_salt_share_their_fate(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    def rule(name: str, effect: str, salt: str) -> str:
        chance = f"{{p: 0.5, by: ref, salt: {salt}}}"
        return f"  - {{name: {name}, when: {{operation: '*', chance: {chance}}}, then: {{{effect}}}}}\n"

    book = rulebook(
        "rules:\n" + rule("a", "outcome: failed", "s") + rule("b", "gate: {at: after_commit}", "s")
        + rule("c", "respond: {latency: 1s}", "t")
    )  # fmt: skip
    drawn = [
        await book.draw_call(operations["create"], facts=facts_of(ref=f"o{n}"), tally=tally) for n in range(30)
    ]
    assert all((plan.outcome is None) == (plan.gates == ()) for plan in drawn)
    assert any((plan.outcome is None) != (plan.latency is None) for plan in drawn)


def test_a_seed_in_the_file_wins() -> None:
    text = "schema: 1\nname: s\nsettings: {seed: 9}\nrules: []\n"
    assert Activation("a", load_text(text), 1).seed == 9
