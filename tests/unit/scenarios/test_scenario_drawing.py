"""Which rule decides which effect, and what is void when nothing was done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paydouble.core.clock import Duration, seconds
from paydouble.core.effect import (
    EMPTY_PLAN,
    HONEST_ATTEMPT,
    HONEST_SHAPE,
    Break,
    Corruption,
    Damage,
    KeyChoice,
    Latency,
    Later,
    Malform,
    Malformation,
    NetworkFault,
    Never,
    Now,
    Refuse,
    Result,
    Retry,
    Say,
    Timing,
)  # fmt: skip
from paydouble.core.money import Money
from paydouble.core.operation import Operation
from paydouble.core.provider import Provider
from paydouble.core.words import Details, Facts
from paydouble.scenarios.drawing import Drawing, Glance
from paydouble.scenarios.engine import Activation, Look, Rulebook
from paydouble.scenarios.loader import load_text
from paydouble.scenarios.shaping import told_of
from tests.facts import facts_of

Books = Callable[..., Rulebook]
Operations = dict[str, Operation]
ORDER = facts_of(ref="order-7", amount=Decimal("88.00"), currency="CNY", payment="p1", idempotency_key="k1")


async def test_without_rules_a_call_is_no_concern(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook("rules: [{when: {operation: refund.create}, then: {outcome: failed}}]")
    assert not book.concerns_call(operations["create"])
    assert await book.draw_call(operations["create"], facts=ORDER, tally=tally) is EMPTY_PLAN
    assert book.concerns_call(operations["refund"])


async def test_first_match_wins_for_each_effect(rulebook: Books, operations: Operations, tally: Any) -> None:
    book = rulebook(
        """
rules:
  - name: storm
    when: {operation: payment.charge, amount: 88.00}
    then: {notify: [{duplicate: {copies: 5}}, {drop: true}]}
""",
        """
rules:
  - name: gateway says 503
    when: {operation: "*", ref: nobody}
    then: {respond: {error: internal, committed: false}}
  - name: long tail
    when: {operation: "*"}
    then: {respond: {latency: {lognormal: {median: 90ms, sigma: 0.6, max: 8s}}}}
  - name: declined
    when: {operation: payment.*}
    then:
      outcome: {result: partial, reason: do_not_honor, amount: 1.005}
      notify: {delay: 1s, duplicate: {copies: 2}}
  - name: never looked at twice
    when: {native: POST /v1/orders/*/pay}
    then: {outcome: approved, respond: {latency: 1s}, gate: {at: after_commit, signal: go}}
""",
    )
    plan = await book.draw_call(operations["charge"], facts=ORDER, tally=tally)
    assert plan.answer is None
    assert plan.commit == Now()
    assert plan.latency == Latency(Duration(90), seconds(8), 0.6)
    assert plan.outcome is not None
    assert (plan.outcome.result, plan.outcome.reason) == (Result.PARTIAL, "do_not_honor")
    assert plan.outcome.amount == Money(101, "CNY")
    assert plan.gates[0].signal == "go"
    shape = told_of(plan.shapes, "payment.succeeded")
    assert shape is not None
    assert (shape.copies, shape.delay) == (5, Latency(seconds(1), seconds(1)))
    assert shape.attempt is not None
    assert shape.attempt.drop
    assert plan.because == {
        "latency": "s1, rule 'long tail'", "outcome": "s1, rule 'declined'", "delay": "s1, rule 'declined'",
        "duplicate": "s0, rule 'storm'", "drop": "s0, rule 'storm'",
        "gate": "s1, rule 'never looked at twice'",
    }  # fmt: skip
    assert [rule.label for rule in book.activations[1].unused()] == ["rule 'gateway says 503'"]


async def test_what_hangs_on_the_work_is_void_when_nothing_was_done(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(
        """
rules:
  - {name: work, times: 1, when: {operation: payment.charge}, then: {outcome: declined, notify: {drop: true}}}
  - name: refused
    when: {operation: payment.charge, nth: 1}
    then: {respond: {error: token_expired, latency: 1s}}
"""
    )
    first = await book.draw_call(operations["charge"], facts=ORDER, tally=tally)
    assert (first.outcome, first.shapes, first.commit) == (None, (), Never())
    assert isinstance(first.answer, Refuse)
    assert first.latency is not None
    assert book.activations[0].fired == {"rule 'refused'": 1}
    second = await book.draw_call(operations["charge"], facts=ORDER, tally=tally)
    assert second.outcome is not None
    third = await book.draw_call(operations["charge"], facts=ORDER, tally=tally)
    assert third is EMPTY_PLAN
    assert book.activations[0].fired == {"rule 'refused'": 1, "rule 'work'": 1}


@pytest.mark.parametrize(
    ("respond", "answer", "commit"),
    [
        ("fault: timeout, committed: true, hold: 3s", Break(NetworkFault.TIMEOUT, hold=seconds(3)), Now()),
        (
            "fault: truncate, cut_after: 40, committed: 2s",
            Break(NetworkFault.TRUNCATE, cut_after=40),
            Later(seconds(2)),
        ),
        ("fault: dribble, chunk: 7, over: 4s", Break(NetworkFault.DRIBBLE, chunk=7, over=seconds(4)), Now()),
        ("status: 404, retry_after: 1500ms", Say(404, (("Retry-After", "2"),)), Never()),
        (
            "status: 200, body: {a: 1.10}",
            Say(200, (("Content-Type", "application/json"),), b'{"a": 1.1}'),
            Now(),
        ),
        (
            "status: 200, body: hi, headers: {content-type: a/b}",
            Say(200, (("content-type", "a/b"),), b"hi"),
            Now(),
        ),
        (
            "status: 502, malformed: html_page, committed: false",
            Malform(Malformation.HTML_PAGE, 502),
            Never(),
        ),
    ],
)
async def test_answers(
    respond: str, answer: Any, commit: Any, rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(f"rules: [{{when: {{operation: payment.create}}, then: {{respond: {{{respond}}}}}}}]")
    plan = await book.draw_call(operations["create"], facts=ORDER, tally=tally)
    assert (plan.answer, plan.commit) == (answer, commit)


async def test_an_act_draws_outcome_and_notifications_and_no_answer(rulebook: Books, tally: Any) -> None:
    book = rulebook(
        "rules:\n"
        "  - when: {operation: payment.charge, nth: 1}\n"
        "    then: {outcome: declined, respond: {fault: reset, committed: false}, notify: {delay: 1s}}\n"
    )
    assert book.concerns_act(["payment.charge"])
    assert not book.concerns_act(["refund.create"])
    plan = await book.draw_act(["payment.charge"], facts=ORDER, tally=tally)
    assert (plan.answer, plan.commit) == (None, Now())
    assert plan.outcome is not None
    assert await book.draw_act(["payment.charge"], facts=ORDER, tally=tally) is EMPTY_PLAN


async def test_a_call_may_mean_less_than_its_operation_declares(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook("rules: [{when: {operation: payment.charge}, then: {outcome: declined}}]")
    plan = await book.draw_call(operations["charge"], facts=ORDER, tally=tally, means=("payment.confirm",))
    assert plan is EMPTY_PLAN


async def test_shape_is_decided_once_and_attempts_each_by_their_number(rulebook: Books, tally: Any) -> None:
    book = rulebook(
        """
rules:
  - when: {notification: payment.succeeded, nth: "1-2"}
    then: {notify: {drop: true, timing: before_response}}
  - {when: {notification: "payment.*", nth: 3}, then: {notify: {signature: wrong_key, corrupt: not_json}}}
  - when: {notification: payment.succeeded}
    then: {notify: {timestamp: -10m, patch: {a: null}, retry: {schedule: [15s, 1m, 1h], give_up_after: 2m}}}
  - {when: {notification: refund.succeeded}, then: {notify: {drop: true}}}
"""
    )
    shape = await book.draw_shape("order.paid", facts=ORDER, tally=tally)
    assert (shape.timing, shape.copies) == (Timing.BEFORE_RESPONSE, 1)
    assert shape.retry == Retry((seconds(15), seconds(60)))
    attempts = [
        await book.draw_attempt("order.paid", facts=ORDER, attempt=n, tally=tally) for n in range(1, 5)
    ]
    assert [attempt.drop for attempt in attempts] == [True, True, False, False]
    assert attempts[2].corrupt is Corruption.NOT_JSON
    assert attempts[2].seal is not None
    assert (attempts[2].seal.key, attempts[2].seal.damage, attempts[2].seal.skew) == (
        KeyChoice.FOREIGN,
        Damage.NONE,
        -600_000,
    )
    assert attempts[3].patch == {"a": None}
    assert await book.draw_attempt("charge.unknown", facts=ORDER, attempt=1, tally=tally) is HONEST_ATTEMPT
    assert await book.draw_shape("charge.unknown", facts=ORDER, tally=tally) is HONEST_SHAPE


async def test_what_sticks_to_a_payment_was_decided_earlier(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(
        """
rules:
  - {when: {operation: payment.create}, then: {notify: {delay: 5s, signature: missing}}}
  - when: {notification: payment.succeeded}
    then: {notify: {delay: 9s, to: "http://127.0.0.1:1/x", signature: corrupt, timestamp: 1m}}
"""
    )
    plan = await book.draw_call(operations["create"], facts=ORDER, tally=tally)
    shape = await book.draw_shape("order.paid", facts=ORDER, tally=tally, sticky=plan.shapes[0])
    assert (shape.delay, shape.to) == (Latency(seconds(5), seconds(5)), "http://127.0.0.1:1/x")
    assert shape.because == {"delay": "s0, rule 1", "to": "s0, rule 2"}
    attempt = await book.draw_attempt("order.paid", facts=ORDER, attempt=1, tally=tally, sticky=shape.attempt)
    assert attempt.seal is not None
    assert (attempt.seal.damage, attempt.seal.skew) == (Damage.MISSING, 60_000)


async def test_each_rule_that_was_looked_at_says_what_became_of_it(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    book = rulebook(
        "rules:\n"
        "  - {name: first, when: {operation: payment.create, amount: 13.01}, then: {outcome: declined}}\n"
        "  - {name: second, when: {operation: payment.create, nth: 2, per: ref}, then: {outcome: declined}}\n"
        "  - {name: third, when: {operation: payment.create}, then: {outcome: declined}}\n"
        "  - {name: fourth, when: {operation: payment.create}, then: {outcome: approved}}\n"
    )
    looks: list[Look] = []
    await book.draw_call(operations["create"], facts=ORDER, tally=tally, looks=looks)
    assert [str(look) for look in looks] == [
        "not taken: rule 'first' of s0   amount: wanted 13.01, got 88.00",
        "not taken: rule 'second' of s0   nth: wanted 2, got 1 per ref",
        "taken: rule 'third' of s0   decides outcome",
        "taken: rule 'fourth' of s0   decides nothing that was still open",
    ]


async def test_of_many_rules_on_other_orders_none_is_asked_and_each_can_be_told(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    rule = "  - {{when: {{operation: payment.create, ref: order-{}}}, then: {{outcome: declined}}}}\n"
    book = rulebook("rules:\n" + "".join(map(rule.format, range(100, 200))))

    def never() -> Details:
        raise AssertionError("no rule asks for more than the order number")

    facts, trail = Facts(ref="order-7", details=never), list[Drawing | Glance]()
    assert await book.draw_call(operations["create"], facts=facts, tally=tally, trail=trail) is EMPTY_PLAN
    looks = [str(look) for one in trail for look in one.looks()]
    assert (looks[0], len(looks)) == ("not taken: rule 1 of s0   ref: wanted order-100, got order-7", 100)
    taken = await book.draw_call(operations["create"], facts=facts_of(ref="order-142"), tally=tally, trail=trail)
    assert (taken.because, len(trail)) == ({"outcome": "s0, rule 43"}, 2)


async def test_details_are_gathered_once_when_a_rule_asks(
    rulebook: Books, operations: Operations, tally: Any
) -> None:
    text = "  - {when: {operation: payment.create, amount: 1, currency: USD}, then: {outcome: declined}}\n"
    book, asked = rulebook("rules:\n" + text), list[int]()

    def details() -> Details:
        asked.append(1)
        return Details(amount=Decimal(1), currency="USD")

    plan = await book.draw_call(operations["create"], facts=Facts(details=details), tally=tally)
    assert (plan.outcome is not None, asked) == (True, [1])


async def test_disabled_rules_and_other_providers_rules_are_not_looked_at(
    rulebook: Books, operations: Operations
) -> None:
    book = rulebook(
        'rules:\n  - {enabled: false, when: {operation: "*"}, then: {outcome: failed}}\n'
        '  - {when: {operation: "*", provider: paypal}, then: {outcome: failed}}\n'
    )
    assert not book.concerns_call(operations["create"])


_EFFECTS = {
    "outcome": "outcome: declined", "latency": "respond: {latency: 1s}", "gate": "gate: {at: after_commit}",
    "delay": "notify: {delay: 1s}",
}  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rules=st.lists(
        st.tuples(st.booleans(), st.sets(st.sampled_from(sorted(_EFFECTS)), min_size=1)), max_size=6
    )
)
def test_the_effects_are_those_of_a_naive_reading(
    rules: list[tuple[bool, set[str]]], providers: Callable[..., Provider]
) -> None:
    naive_provider = providers()
    written = [
        f"  - {{when: {{operation: payment.create, ref: {'order-7' if holds else 'x'}}}, "
        f"then: {{{', '.join(_EFFECTS[name] for name in sorted(names))}}}}}\n"
        for holds, names in rules
    ]
    expected: dict[str, str] = {}
    for number, (holds, names) in enumerate(rules, 1):
        for name in names if holds else ():
            expected.setdefault(name, f"s, rule {number}")
    text = "schema: 1\nname: s\nrules:" + ("\n" + "".join(written) if written else " []")
    book = Rulebook(naive_provider, [Activation("a", load_text(text), 1)])

    async def tally(key: str) -> int:
        raise AssertionError("nothing here counts")

    plan = asyncio.run(book.draw_call(naive_provider.operations[0], facts=ORDER, tally=tally))
    assert plan.because == expected
