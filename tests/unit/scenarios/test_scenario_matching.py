"""Which arrivals satisfy a `when`, and by which condition the others miss it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from paydouble.core.http import Headers, HttpRequest
from paydouble.scenarios.loader import load_text
from paydouble.scenarios.matcher import Arrival, Condition
from tests.facts import facts_of

ORDER = Arrival(
    provider="stripe",
    facts=facts_of(
        ref="order-7", amount=Decimal("13.50"), currency="USD", method="card", metadata={"journey": "dispute"}
    ),
    request=HttpRequest(
        method="POST", target="/v1/x?dry=&mode=a%20b", headers=Headers((("X-Tenant", "blue"),))
    ),
    params={"items": [{"name": "book", "count": 2}], "paid": True, "deep": {"a.b": "c"}},
)


def condition(when: str) -> Condition:
    text = f"schema: 1\nname: x\nrules: [{{when: {{operation: '*', {when}}}, then: {{outcome: failed}}}}]"
    return load_text(text).rules[0].condition


@pytest.mark.parametrize(
    "when",
    [
        "provider: stripe", "provider: [paypal, stripe]", "currency: usd", "currency: [EUR, USD]",
        "amount: 13.5", "amount: 13.50", "amount: {gt: 13.49, lt: 13.51}", "amount: {gte: 13.5, lte: 13.5}",
        "amount: {between: [13, 14]}", 'amount: {ends_with: ".50"}', 'amount: {ends_with: "3.50"}',
        "amount: {one_of: [1, 13.50]}", "ref: order-7", "ref: {prefix: order-, suffix: '7', contains: der}",
        "ref: {regex: '^order-[0-9]+$'}", "ref: {one_of: [a, order-7]}", "ref: {absent: false}",
        "metadata: {journey: dispute}", "metadata: {other: {absent: true}}", "method: card",
        "headers: {x-tenant: blue}", "headers: {other: {absent: true}}", "query: {mode: a b}",
        "query: {dry: {absent: true}}",
        "body: {'$.items[0].name': book, '$.items[0].count': 2, $.paid: true}",
        "body: {\"$.deep['a.b']\": c}", "body: {'$.items[4].name': {absent: true}}",
        "any_of: [{ref: a}, {amount: 13.50}]", "none_of: [{ref: a}, {amount: 1}]",
    ],
)  # fmt: skip
def test_it_holds(when: str) -> None:
    assert condition(when).holds(ORDER)
    assert condition(when).miss(ORDER) is None


@pytest.mark.parametrize(
    ("when", "miss"),
    [
        ("provider: paypal", "provider: wanted paypal, got stripe"),
        ("currency: EUR", "currency: wanted EUR, got USD"),
        ("amount: 13.51", "amount: wanted 13.51, got 13.50"),
        ("amount: {gt: 13.50}", "amount: wanted gt 13.50, got 13.50"),
        ("amount: {gte: 14}", "amount: wanted gte 14, got 13.50"),
        ("amount: {lt: 13.50}", "amount: wanted lt 13.50, got 13.50"),
        ("amount: {lte: 13}", "amount: wanted lte 13, got 13.50"),
        ("amount: {between: [1, 2]}", "amount: wanted between 1 or 2, got 13.50"),
        ('amount: {ends_with: ".5"}', "amount: wanted ends_with .5, got 13.50"),
        ("ref: order-8", "ref: wanted order-8, got order-7"),
        ("ref: {prefix: x}", "ref: wanted prefix x, got order-7"),
        ("ref: {suffix: x}", "ref: wanted suffix x, got order-7"),
        ("ref: {contains: x}", "ref: wanted contains x, got order-7"),
        ("ref: {regex: '^x'}", "ref: wanted regex ^x, got order-7"),
        ("ref: {absent: true}", "ref: wanted absent true, got order-7"),
        ("metadata: {other: {absent: false}}", "metadata.other: wanted absent false, got nothing"),
        ("headers: {x-tenant: red}", "headers.x-tenant: wanted red, got blue"),
        ("query: {mode: c}", "query.mode: wanted c, got a b"),
        ("body: {$.paid: false}", "body $.paid: wanted false, got true"),
        ("none_of: [{ref: order-7}]", "none_of: wanted none to hold, got one that holds"),
        ("any_of: [{ref: a}]", "any_of: wanted one of 1, got ref: wanted a, got order-7"),
    ],
)
def test_it_does_not_hold_and_says_why(when: str, miss: str) -> None:
    assert not condition(when).holds(ORDER)
    assert str(condition(when).miss(ORDER)) == miss


def test_an_arrival_without_facts_or_request_satisfies_no_condition_on_them() -> None:
    empty = Arrival(provider="stripe", facts=facts_of())
    for when in (
        "amount: {gte: 0}",
        "ref: {prefix: a}",
        "headers: {a: b}",
        "query: {a: b}",
        "body: {$.a: b}",
    ):
        assert not condition(when).holds(empty)
