"""Functions beside a scenario's file: what they see, what they may return, and who may not run them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from paydouble.core.effect import Never, Refuse, Result
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.scenarios.composing import Loading
from paydouble.scenarios.engine import Activation, Look, Rulebook
from paydouble.scenarios.loader import load_file, load_rules, load_text
from paydouble.scenarios.messages import ScenarioProblems
from paydouble.scenarios.rule import Scenario
from tests.facts import facts_of

Operations = dict[str, Operation]
FILE = """\
schema: 1
name: hooked
vars: {limit: 10}
rules:
  - {name: r, when: {operation: payment.charge}, then: {python: "hooks.py:decide"}}
  - {name: s, when: {notification: payment.succeeded}, then: {python: "hooks.py:notify"}}
"""
HOOKS = """\
def decide(seen):
    assert seen.provider == "stripe"
    if seen.params.get("spoil"):
        seen.params["spoil"].append("more")
    if seen.facts.amount > seen.vars["limit"]:
        return {"outcome": {"result": "declined", "reason": "limit_exceeded"}}
    if seen.facts.ref == "busy":
        return {"respond": {"error": "rate_limited"}}
    if seen.facts.ref == "wrong":
        return {"respond": {"fault": "timeout"}}
    return None


def notify(seen):
    return {"notify": {"drop": seen.attempt == 2}} if seen.attempt else {"notify": {"duplicate": {"copies": 3}}}


broken = 3
"""
ALLOWED = Loading(python=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "hooks.py").write_text(HOOKS, encoding="utf-8")
    path = tmp_path / "hooked.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def book(scenario: Scenario, provider: Provider) -> Rulebook:
    return Rulebook(provider, [Activation("a", scenario, 1)])


async def drawn(rules: Rulebook, operation: Operation, tally: Any, **facts: Any) -> Any:
    return await rules.draw_call(operation, facts=facts_of(**{"amount": Decimal(1), **facts}), tally=tally)


async def test_what_a_hook_returns_is_what_its_rule_does(
    file: Path, provider: Provider, operations: Operations, tally: Any
) -> None:
    rules = book(load_file(file, loading=ALLOWED), provider)
    charge = operations["charge"]
    declined = await drawn(rules, charge, tally, amount=Decimal("10.01"))
    assert declined.outcome.result is Result.DECLINED
    assert "hooked, rule 'r'" in declined.because.values()
    refused = await drawn(rules, charge, tally, ref="busy")
    assert isinstance(refused.answer, Refuse)
    assert refused.commit == Never()
    assert (await drawn(rules, charge, tally)).outcome is None


async def test_a_hook_decides_about_notifications(file: Path, provider: Provider, tally: Any) -> None:
    rules = book(load_file(file, loading=ALLOWED), provider)
    shape = await rules.draw_shape("order.paid", facts=facts_of(), tally=tally)
    drops = [
        (await rules.draw_attempt("order.paid", facts=facts_of(), attempt=n, tally=tally)).drop for n in (1, 2, 3)
    ]
    assert (shape.copies, drops) == (3, [False, True, False])


async def test_a_hook_changes_nothing_that_it_sees(
    file: Path, provider: Provider, operations: Operations, tally: Any
) -> None:
    rules, params = book(load_file(file, loading=ALLOWED), provider), {"spoil": ["a"]}
    await rules.draw_call(operations["charge"], facts=facts_of(amount=Decimal(1)), tally=tally, params=params)
    assert params == {"spoil": ["a"]}


async def test_what_is_no_then_is_told_as_a_mistake_of_its_file_would_be(
    file: Path, provider: Provider, operations: Operations, tally: Any
) -> None:
    rules, looks = book(load_file(file, loading=ALLOWED), provider), list[Look]()
    with pytest.raises(ScenarioProblems, match="say whether the provider did the work"):
        await rules.draw_call(
            operations["charge"], facts=facts_of(amount=Decimal(1), ref="wrong"), tally=tally, looks=looks
        )


def test_nobody_runs_code_who_was_not_allowed_to(file: Path) -> None:
    hook: dict[str, Any] = {"when": {"operation": "*"}, "then": {"python": "hooks.py:decide"}}
    attempts: list[Callable[[], object]] = [
        lambda: load_file(file),
        lambda: load_text(FILE, file=str(file), loading=ALLOWED),
        lambda: load_rules([hook]),
    ]
    for attempt in attempts:
        with pytest.raises(ScenarioProblems) as refused:
            attempt()
        assert {problem.code for problem in refused.value.problems} == {"SC041"}


@pytest.mark.parametrize(
    ("written", "why"),
    [("hooks.py:nothing", "has no function 'nothing'"), ("other.py:decide", "there is no file"),
     ("hooks.py:broken", "has no function 'broken'"), ("sick.py:decide", "cannot be loaded: NameError")],
)  # fmt: skip
def test_a_hook_that_is_not_there_is_told_at_its_place(file: Path, written: str, why: str) -> None:
    (file.parent / "sick.py").write_text("nonsense", encoding="utf-8")
    file.write_text(FILE.replace("hooks.py:decide", written), encoding="utf-8")
    with pytest.raises(ScenarioProblems) as refused:
        load_file(file, loading=ALLOWED)
    (problem,) = refused.value.problems
    assert (problem.code, problem.line) == ("SC041", 5)
    assert why in problem.message
