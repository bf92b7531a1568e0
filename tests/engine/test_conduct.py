"""Expectations of calls and rules, and the invariants: what a merchant's conduct looks like from the provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from paydouble.core.http import HttpResponse
from paydouble.engine.expectations import BadExpectation, Expectation
from tests.merchants import CARDS, World, world


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        yield made


async def unmet(here: World, **wanted: Any) -> str:
    return await Expectation.parse(wanted).unmet(here.sandbox, here.simulator.providers)


async def charge(here: World, ref: str = "o-1", key: str = "k-1", amount: int = 1_000) -> None:
    await here.stripe(
        "POST", "/v1/payment_intents", key=key, amount=amount, currency="usd", confirm=True,
        payment_method="pm_card_visa", automatic_payment_methods=CARDS, metadata={"order_id": ref},
    )


RESET = "- {name: lost, when: {operation: payment.charge, nth: 1, per: ref}, then: {respond: {fault: reset, committed: true}}}"


async def test_calls_are_counted_by_what_they_mean(here: World) -> None:
    await charge(here, "o-1")
    await charge(here, "o-2", "k-2")
    assert not await unmet(here, calls={"operation": "payment.create", "count": 2})
    assert not await unmet(here, calls={"operation": "payment.*", "ref": {"prefix": "o-"}, "count": 2})
    assert not await unmet(here, calls={"native": "POST /v1/payment_intents", "ref": "o-2"})
    assert "the nearest has ref" in await unmet(here, calls={"operation": "payment.create", "ref": "o-3"})
    assert await unmet(here, never={"operation": "payment.create"})
    assert not await unmet(here, never={"operation": "refund.create"})


async def test_keys_are_the_same_for_each_order(here: World) -> None:
    await charge(here, "o-1", "k-1")
    await charge(here, "o-1", "k-1")
    await charge(here, "o-2", "k-2")
    wanted = {"operation": "payment.create", "same_idempotency_key": True}
    assert not await unmet(here, calls=wanted)
    await charge(here, "o-2", "k-3")
    assert await unmet(here, calls=wanted) == "2 calls for o-2 carried k-2, k-3"
    assert await unmet(here, calls={"operation": "payment.create", "spacing": {"gte": "1h"}})
    assert not await unmet(here, calls={"operation": "payment.create", "spacing": {"lt": "1h"}})


async def test_whose_signature_is_wrong_is_told(here: World) -> None:
    request = here.signed("GET", "/v3/certificates", b"")
    forged = [(name, value.replace('signature="', 'signature="AAAA')) for name, value in request.headers.pairs]
    from dataclasses import replace

    from paydouble.core.http import Headers

    await here.serve("wechatpay", replace(request, headers=Headers(tuple(forged))))
    assert not await unmet(here, calls={"signature": "invalid", "count": 1})
    await charge(here)
    assert not await unmet(here, calls={"signature": "valid", "count": 1})


async def test_a_sequence_may_have_others_in_between(here: World) -> None:
    await charge(here, "o-1")
    await charge(here, "o-2", "k-2")
    await here.stripe("GET", "/v1/payment_intents")
    assert not await unmet(here, sequence=["payment.create", "payment.create"])
    assert not await unmet(here, sequence=["payment.charge"], ref={"suffix": "-2"})
    assert "did not come in its turn" in await unmet(here, sequence=["payment.create", "refund.create"])
    assert await unmet(here, sequence=["payment.create", "payment.create"], ref="o-1")


async def test_rules_that_fired(here: World) -> None:
    here.rules(RESET)
    await charge(here)
    assert not await unmet(here, fired={"lost": 1})
    assert await unmet(here, fired={"lost": {"gte": 2}}) == "rule 'lost' fired 1 times"


@pytest.mark.parametrize(("keys", "broken"), [
    (("k-1", "k-1"), False), (("k-1", "k-2"), True), (("k-1", ""), True), (("", ""), True),
])  # fmt: skip
async def test_whoever_tries_again_keeps_the_key(
    keys: tuple[str, str], broken: bool, here: World
) -> None:
    here.rules(RESET)
    for key in keys:
        await charge(here, key=key)
    for name in ("retries_reuse_idempotency_key", "query_before_retry"):
        assert bool(await unmet(here, invariants=name)) is broken
    assert bool(await unmet(here, invariants=["no_double_charge", "ledger_balances"])) is broken


async def test_a_query_comes_before_another_try(here: World) -> None:
    here.rules(RESET)
    await charge(here, key="k-1")
    found = await here.stripe("GET", "/v1/payment_intents")
    await here.stripe("GET", f"/v1/payment_intents/{found.json['data'][0]['id']}")
    await charge(here, key="k-2")
    assert not await unmet(here, invariants=["query_before_retry"])
    assert await unmet(here, invariants=["retries_reuse_idempotency_key"])


async def test_an_answer_that_hid_nothing_leaves_one_free(here: World) -> None:
    here.rules("- {when: {operation: payment.charge, nth: 1, per: ref}, then: {respond: {error: rate_limited}}}")
    await charge(here, key="k-1")
    await charge(here, key="k-2")
    assert not await unmet(here, invariants=["query_before_retry", "retries_reuse_idempotency_key"])


SPOILED = ("wrong_key", "missing", "corrupt", "unknown_key", "tampered_body", "wrong_algorithm")


@pytest.mark.parametrize(("spoil", "forged"), [
    *((f"signature: {name}", True) for name in SPOILED), ("timestamp: -10m", True), ("timestamp: -1m", False),
    ("signature: valid", False), ("corrupt: truncated", True), ("corrupt: wrong_content_type", False),
    ("patch: {livemode: true}", False), ("drop: true", False),
])  # fmt: skip
async def test_what_nobody_may_acknowledge(spoil: str, forged: bool, here: World) -> None:
    await here.simulator.sandboxes.webhook(here.sandbox.id, "stripe", "http://127.0.0.1:9/")
    here.rules(f"- {{when: {{notification: payment.succeeded}}, then: {{notify: {{{spoil}, retry: none}}}}}}")
    await charge(here)
    await here.settle()
    assert bool(await unmet(here, invariants=["no_unsigned_accept"])) is forged


async def test_each_success_is_acknowledged_by_any_copy(here: World) -> None:
    await here.simulator.sandboxes.webhook(here.sandbox.id, "stripe", "http://127.0.0.1:9/")
    here.rules("- {when: {notification: payment.succeeded}, then: {notify: {duplicate: {copies: 2}, retry: none}}}")
    answers = iter([500, 200])
    here.receiver.answer = lambda request: HttpResponse(
        next(answers) if b"payment_intent.succeeded" in request.body else 200, (), b""
    )
    await charge(here)
    await here.settle()
    assert not await unmet(here, invariants=["every_success_acknowledged"])
    here.receiver.answer = lambda request: HttpResponse(500, (), b"")
    await charge(here, "o-2", "k-2")
    await here.settle()
    assert "of o-2 was not acknowledged (rejected" in await unmet(here, invariants=["every_success_acknowledged"])


@pytest.mark.parametrize("wrong", [
    {}, {"pay": {}}, {"payment": {"fase": "paid"}}, {"payment": {"count": "many"}}, {"calls": {"spacing": "soon"}},
    {"payment": {}, "calls": {}}, {"calls": {"ref": {"starts": "o"}}}, {"sequence": []}, {"sequence": "a"},
    {"fired": [1]}, {"invariants": ["no_fun"]}, {"never": {"count": 1}}, {"calls": {"ref": {"regex": "(a)\\1"}}},
    {"notifications": {"attempts": {"about": 1}}}, {"payment": "o-1"},
])  # fmt: skip
def test_what_is_no_expectation(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(BadExpectation):
        Expectation.parse(wrong)
