"""Expressions: what they look up, when it is known, and filters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from paydouble.scenarios.composing import Loading
from paydouble.scenarios.expressions import Known, Unusable, evaluated
from paydouble.scenarios.loader import load_text
from paydouble.scenarios.messages import ScenarioProblems

KNOWN = Known(
    vars={"a": Decimal("13.01"), "b": {"c": "x"}, "none": None}, env={"HOME": "/home/me"}, matrix={"n": 3},
    provider="stripe", steps={"id": "o-1", "all": [{"n": 7}]}, payment={"id": "stripe:pi_1"},
)


@pytest.mark.parametrize(("text", "value"), [
    ("${{ vars.a }}",                          Decimal("13.01")),
    ("${{vars.b.c}}",                          "x"),
    ("= ${{ vars.a }}!",                       "= 13.01!"),
    ("${{ env.HOME }}",                        "/home/me"),
    ("${{ env.NONE|default(here) }}",          "here"),
    ("${{ matrix.n }}",                        3),
    ("${{ provider|upper }}",                  "STRIPE"),
    ("${{ steps.id }}-${{ provider }}",        "o-1-stripe"),
    ("${{ steps.all.0.n }}",                   7),
    ("${{ payment.id }}",                      "stripe:pi_1"),
    ("${{ vars.none|default(5) }}",            5),
    ("${{ vars.no|default('a|b') }}",          "a|b"),
    ("${{ vars.a|string }}",                   "13.01"),
    ("${{ 'Literal'|lower }}",                 "literal"),
    ("${{ 12 }}",                              12),
    ("no expression",                          "no expression"),
])  # fmt: skip
def test_what_an_expression_is(text: str, value: Any) -> None:
    assert evaluated({"at": [text]}, KNOWN) == {"at": [value]}


@pytest.mark.parametrize(("text", "code"), [
    ("${{ vars.no }}", "SC035"), ("${{ env.NO }}", "SC035"), ("${{ steps.no }}", "SC035"), ("${{ vars }}", "SC020"),
    ("${{ vars.a|round }}", "SC020"), ("${{ os.environ }}", "SC020"), ("${{ provider.name }}", "SC020"),
    ("${{ }}", "SC020"),
])  # fmt: skip
def test_what_is_none(text: str, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        evaluated(text, KNOWN)
    assert refused.value.code == code


STORY = """
schema: 1
name: x
vars: {app: http://localhost:9000}
rules:
  - when: {operation: "*", ref: "%s"}
    then: {outcome: approved}
steps:
  - request: {post: "${{ vars.app }}/orders/${{ steps.id }}", json: {who: "${{ provider }}"}}
expect:
  - payment: {count: {gte: "${{ steps.count }}"}}
"""


def test_steps_wait_for_what_is_known_later() -> None:
    scenario = load_text(STORY % "order-1")
    assert scenario.steps[0].data["request"] == {
        "post": "http://localhost:9000/orders/${{ steps.id }}", "json": {"who": "${{ provider }}"},
    }
    assert scenario.steps[0].line == 9


def test_rules_do_not_wait() -> None:
    with pytest.raises(ScenarioProblems) as refused:
        load_text(STORY % "${{ provider }}")
    assert [each.code for each in refused.value.problems] == ["SC020"]
    assert load_text(STORY % "${{ provider }}", loading=Loading(provider="paypal")).rules


def test_the_environment_is_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never that of the process by itself: a file that came over the network must not read it."""
    monkeypatch.setenv("SECRET", "s3cret")
    with pytest.raises(ScenarioProblems):
        load_text(STORY % "${{ env.SECRET }}")
