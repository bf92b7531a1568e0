"""Random lists of rules against a reference that is too simple to be wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from paydouble.core.effect import Plan
from paydouble.scenarios.engine import Activation, Rulebook
from paydouble.scenarios.loader import load_rules
from tests.facts import facts_of
from tests.unit.scenarios.conftest import CHARGE, CREATE, make_provider

AMOUNTS, REFS, CURRENCIES = (Decimal("1.00"), Decimal("2.51"), Decimal(3)), ("a-1", "a-2", "b-1"), ("USD", "CNY")
OPERATIONS = {"payment.create": CREATE, "payment.charge": CHARGE}
# What each effect of the language decides, by the name of its group.
# fmt: off
EFFECTS: dict[str, dict[str, Any]] = {
    "outcome":            {"outcome": "declined"},
    "answer":             {"respond": {"error": "rate_limited"}},
    "latency":            {"respond": {"latency": "5ms"}},
    "patch":              {"respond": {"patch": {"a": 1}}},
    "response signature": {"respond": {"signature": "missing"}},
    "gate":               {"gate": {"at": "before_commit"}},
    "delay":              {"notify": {"delay": "1s"}},
    "drop":               {"notify": {"drop": True}},
}
# fmt: on
WORK = {"outcome", "delay", "drop"}
"""Void where the answer says that nothing was done."""

conditions = st.fixed_dictionaries({}, optional={
    "amount": st.one_of(
        st.sampled_from(AMOUNTS).map(float), st.just({"gte": 2}), st.just({"ends_with": ".51"}),
        st.just({"one_of": [1, 3]}),
    ),
    "ref": st.one_of(st.sampled_from(REFS), st.sampled_from([{"prefix": "a-"}, {"suffix": "-1"}, {"prefix": "b"}])),
    "currency": st.sampled_from(CURRENCIES),
    "nth": st.sampled_from([1, 2, "2-3", ">=2"]),
    "per": st.just("ref"),
})


@st.composite
def rule(draw: st.DrawFn) -> dict[str, Any]:
    when = draw(conditions)
    if "nth" not in when:
        when.pop("per", None)
    then: dict[str, Any] = {}
    for effect in draw(st.lists(st.sampled_from(sorted(EFFECTS)), min_size=1, max_size=3, unique=True)):
        for key, value in EFFECTS[effect].items():
            then[key] = {**then.get(key, {}), **value} if isinstance(value, dict) else value
    made = {"when": {"operation": draw(st.sampled_from([*OPERATIONS, "*"])), **when}, "then": then}
    times = draw(st.sampled_from([None, None, 1, 2]))
    return made if times is None else {**made, "times": times}


rules = st.lists(rule(), min_size=1, max_size=14).map(
    lambda made: [{"name": f"r{number}", **each} for number, each in enumerate(made)]
)
arrivals = st.lists(
    st.tuples(
        st.sampled_from(sorted(OPERATIONS)), st.sampled_from(AMOUNTS), st.sampled_from(REFS),
        st.sampled_from(CURRENCIES),
    ),
    min_size=1, max_size=8,
)

Arrived = tuple[str, Decimal, str, str]


class Reference:
    """Rules read one after the other, as the language's text says it."""

    def __init__(self, rules: list[dict[str, Any]]) -> None:
        self.rules = rules
        self.seen: Counter[tuple[str, str]] = Counter()
        self.acted: Counter[str] = Counter()

    def decide(self, arrived: Arrived) -> dict[str, str]:
        matched = [rule for rule in self.rules if self._holds(rule, arrived)]
        open_, decided, asked = set(EFFECTS), dict[str, str](), dict[str, bool]()
        self._take(matched, {"answer"}, decided, asked)
        if "answer" in decided:
            open_ -= WORK
        self._take(matched, open_ - {"answer"}, decided, asked)
        return decided

    def _take(
        self, matched: list[dict[str, Any]], groups: set[str], decided: dict[str, str], asked: dict[str, bool]
    ) -> None:
        for rule in matched:
            wanted = {group for group in _groups(rule) if group in groups and group not in decided}
            if wanted and self._may_act(rule, asked):
                decided.update(dict.fromkeys(wanted, rule["name"]))

    def _may_act(self, rule: dict[str, Any], asked: dict[str, bool]) -> bool:
        name = rule["name"]
        if "times" not in rule:
            return True
        if name not in asked:
            self.acted[name] += 1
            asked[name] = self.acted[name] <= rule["times"]
        return asked[name]

    def _holds(self, rule: dict[str, Any], arrived: Arrived) -> bool:
        operation, amount, ref, currency = arrived
        when = rule["when"]
        if when["operation"] not in ("*", operation):
            return False
        if not _amount(when.get("amount"), amount) or when.get("currency", currency) != currency:
            return False
        if not _text(when.get("ref"), ref):
            return False
        if "nth" not in when:
            return True
        within = ref if when.get("per") == "ref" else ""
        self.seen[rule["name"], within] += 1
        number = self.seen[rule["name"], within]
        return {1: number == 1, 2: number == 2, "2-3": number in (2, 3), ">=2": number >= 2}[when["nth"]]


def _amount(wanted: Any, got: Decimal) -> bool:
    match wanted:
        case None:
            return True
        case {"gte": least}:
            return got >= least
        case {"ends_with": ending}:
            return str(got).endswith(ending)
        case {"one_of": some}:
            return got in some
    return got == Decimal(str(wanted))


def _text(wanted: Any, got: str) -> bool:
    match wanted:
        case {"prefix": start}:
            return got.startswith(start)
        case {"suffix": end}:
            return got.endswith(end)
    return wanted in (None, got)


def _groups(rule: dict[str, Any]) -> set[str]:
    then = rule["then"]
    return {
        group for group, effect in EFFECTS.items()
        if all(
            key in then and (not isinstance(value, dict) or value.keys() <= then[key].keys())
            for key, value in effect.items()
        )
    }


async def drawn(rules: list[dict[str, Any]], all_arrived: list[Arrived]) -> list[dict[str, str]]:
    counts: Counter[str] = Counter()

    async def tally(key: str) -> int:
        counts[key] += 1
        return counts[key]

    book = Rulebook(make_provider(), [Activation("a", load_rules(rules), 1)])
    fates = []
    for operation, amount, ref, currency in all_arrived:
        facts = facts_of(ref=ref, amount=amount, currency=currency, payment=ref)
        plan: Plan = await book.draw_call(OPERATIONS[operation], facts=facts, tally=tally)
        fates.append({group: owner.partition("rule '")[2][:-1] for group, owner in plan.because.items()})
    return fates


@settings(max_examples=150, deadline=None)
@given(rules=rules, all_arrived=arrivals)
def test_every_effect_is_decided_as_the_reference_decides_it(
    rules: list[dict[str, Any]], all_arrived: list[Arrived]
) -> None:
    reference = Reference(rules)
    assert asyncio.run(drawn(rules, all_arrived)) == [reference.decide(each) for each in all_arrived]


@settings(max_examples=60, deadline=None)
@given(rules=rules, all_arrived=arrivals, place=st.integers(0, 14))
def test_a_rule_that_sets_something_else_changes_no_effect_that_was_decided(
    rules: list[dict[str, Any]], all_arrived: list[Arrived], place: int
) -> None:
    without = [
        {**each, "then": {key: value for key, value in each["then"].items() if key != "gate"}} for each in rules
    ]
    without = [each for each in without if each["then"]]
    another = {"name": "another", "when": {"operation": "*"}, "then": EFFECTS["gate"]}
    with_it = [*without[:place], another, *without[place:]]
    before = asyncio.run(drawn(without, all_arrived)) if without else [{} for _ in all_arrived]
    after = asyncio.run(drawn(with_it, all_arrived))
    assert [{group: owner for group, owner in each.items() if group != "gate"} for each in after] == before
