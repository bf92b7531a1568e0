"""Each verb of a story, and what it starts from, played with the sample shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import pytest

from paydouble.harness import stories
from paydouble.harness.verdicts import Kind, Verdict
from paydouble.testing.in_process import PaydoubleServer
from paydouble.testing.story_runs import Options, cases, play

Played = Callable[..., Verdict]

HEAD = "schema: 1\nname: steps\nproviders: [{provider}]\nvars: {{app: 'http://localhost:9000'}}\n"
ORDER = 'request: {post: "${{ vars.app }}/orders", json: {id: order-1, amount: 5.00}}'


@pytest.fixture
def played(tmp_path: Path, server: PaydoubleServer) -> Played:
    def one(text: str, provider: str = "wechatpay") -> Verdict:
        file = tmp_path / "steps.yaml"
        file.write_text(HEAD.format(provider=provider) + text, "utf-8")
        (case,) = cases(str(file), Options())
        return play(case, server.control)

    return one


def passed(verdict: Verdict) -> bool:
    assert verdict.kind is Kind.PASSED, [*verdict.findings, verdict.trouble]
    return True


def test_a_payer_who_fails_and_one_who_pays(played: Played) -> None:
    assert passed(played(f"""
steps:
  - {ORDER}
  - payer: {{ref: order-1, trigger: fail, details: {{reason: insufficient_funds}}}}
  - expect: [{{payment: {{ref: order-1, captured: 0}}}}]
  - payer: {{ref: order-1}}
expect: [{{payment: {{ref: order-1, phase: paid}}}}]
"""))


def test_what_a_request_saved_and_the_payment_are_known_later(played: Played) -> None:
    assert passed(played("""
steps:
  - request: {post: "${{ vars.app }}/orders", json: {id: order-1, amount: 5.00}, status: 201, save: {who: $.id}}
  - payer: {ref: "${{ steps.who }}"}
  - expect: [{payment: {id: "${{ payment.id }}", ref: "${{ steps.who|lower }}", provider: "${{ provider }}"}}]
"""))


def test_a_snapshot_is_gone_back_to(played: Played) -> None:
    assert passed(played(f"""
rules: [{{name: seen, when: {{operation: payment.query}}, then: {{respond: {{latency: 1ms}}}}}}]
steps:
  - {ORDER}
  - snapshot: unpaid
  - payer: {{ref: order-1}}
  - expect: [{{payment: {{ref: order-1, phase: paid}}}}]
  - restore: unpaid
  - expect: [{{payment: {{ref: order-1, phase: open}}}}]
  - request: {{post: "${{{{ vars.app }}}}/orders/order-1/check"}}
expect: [{{fired: {{seen: 1}}}}]
"""))


def test_a_machine_of_the_sandbox_is_moved(played: Played) -> None:
    assert passed(played(f"""
scope: sandbox
initial: healthy
states:
  healthy: {{rules: []}}
  outage:
    leave: [{{signal: repaired, to: healthy}}]
    rules: [{{name: down, when: {{operation: payment.create}}, then: {{respond: {{error: validation}}}}}}]
steps:
  - state: outage
  - {ORDER[:-1]}, status: 402}}
  - signal: repaired
  - {ORDER[:-1]}, status: 201}}
expect: [{{fired: {{down: 1}}}}]
"""))


@pytest.mark.parametrize("provider", ["stripe", "paypal", "alipay", "wechatpay"])
def test_payments_that_were_there_before(played: Played, provider: str) -> None:
    """The shop was told of them; their calls are not in the log, and time has passed since."""
    assert passed(played("""
settings: {clock: {mode: frozen, start: "2026-03-01T12:00:00Z"}}
given:
  balance: {USD: 20.00, CNY: 20.00}
  payments:
    - {ref: old-order-1, amount: 7.00, age: 3d}
    - {ref: old-order-2, amount: 8.00, age: 1h}
steps: [{advance: 1ms}]
expect:
  - payment: {ref: {prefix: old-order}, phase: paid, count: 2}
  - never: {operation: "*"}
  - probe: {get: "${{ vars.app }}/orders/old-order-1", matches: {$.status: paid, $.shipments: 1}}
  - invariants: [ledger_balances]
""", provider))


def test_one_that_nobody_has_paid(played: Played) -> None:
    assert passed(played("""
given: {payments: [{ref: open-1, amount: 7.00, phase: open}, {ref: shut-1, amount: 7.00, phase: closed}]}
steps: [{payer: {ref: open-1}}]
expect: [{payment: {ref: open-1, phase: paid}}, {payment: {ref: shut-1, phase: closed}}]
"""))


@pytest.mark.parametrize(("steps", "told"), [
    ("- payer: {ref: nobody}",                                       "there is no payment 'nobody'"),
    ("- request: {get: '${{ vars.app }}/orders/x', status: 200}",    "answered 404"),
    ("- request: {get: '${{ vars.app }}/orders/x', save: {a: $.b}}", "$.b is not in the answer"),
    ("- payer: {ref: '${{ steps.none }}'}",                          "no step has saved 'none'"),
    ("- restore: never",                                             "has no snapshot 'never'"),
    ("- state: never",                                               "no"),
    ("- wait_for: {payment: {ref: a}}\n    within: 10ms",            "not within 10ms"),
])  # fmt: skip
def test_a_step_that_does_not_work_ends_the_story(played: Played, steps: str, told: str) -> None:
    verdict = played(f"steps:\n  {steps}\n  - advance: 400d\n")
    assert verdict.kind is Kind.FAILED
    assert told in str(verdict.findings[0])


@pytest.mark.parametrize("given", ["{snapshot: none}", "{payments: [{ref: a-long-one, amount: 1, phase: authorized}]}"])
def test_what_cannot_be_given_is_no_finding(played: Played, given: str) -> None:
    assert played(f"given: {given}\nsteps: [{{advance: 1s}}]\n").kind is Kind.ERROR


def test_an_expectation_may_ask_for_what_nobody_saved(played: Played) -> None:
    verdict = played("steps: [{advance: 1s}]\nexpect: [{payment: {ref: '${{ steps.none }}'}}, {never: {operation: '*'}}]\n")
    assert [each.what.partition(" ")[0] for each in verdict.findings] == ["no"]


@pytest.mark.parametrize(("clock", "given"), [("real", ["5000ms", "3000ms", "0ms", "0ms"]), ("frozen", ["0ms"] * 4)])
def test_expectations_are_given_a_moment_together(
    played: Played, monkeypatch: pytest.MonkeyPatch, clock: str, given: list[str]
) -> None:
    seen: list[str] = []
    seconds = chain([100.0, 100.0, 102.0, 105.0], repeat(250.0))

    def unmet(play: stories.Play, data: Mapping[str, Any], within: str) -> str:
        seen.append(within)
        return "not so"

    monkeypatch.setattr(stories.Play, "_unmet", unmet)
    monkeypatch.setattr(stories, "monotonic", lambda: next(seconds))
    expect = ", ".join(["{payment: {ref: nothing}}"] * 4)
    verdict = played(f"settings: {{clock: {clock}}}\nsteps: [{{expect: [{expect}]}}]\n")
    assert (seen, len(verdict.findings)) == (given, 4)
