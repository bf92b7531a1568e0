"""Whether the money moved behind a lost answer: every hiding fault, every provider, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from paydouble.core.clock import SECOND
from paydouble.core.effect import Break
from paydouble.core.http import HttpResponse
from paydouble.engine.audit import audit
from tests.engine.test_timelines import advance
from tests.merchants import World, world
from tests.shops import ALIPAY, PAYPAL, SHOPS, STRIPE, WECHATPAY, Shop

FAULTS = tuple(
    f"fault: {name}"
    for name in ("timeout", "slow_headers", "drop_connection", "empty_reply", "reset", "truncate", "garbage")
)
ERRORS = tuple(f"error: {name}" for name in ("internal", "unavailable", "busy"))
MALFORMED = tuple(
    f"malformed: {name}"
    for name in ("truncated_json", "html_page", "empty_body", "wrong_content_type", "wrong_charset", "wrong_types",
                 "not_json")
)
HIDING = (*FAULTS, *ERRORS, *MALFORMED, "status: 502, malformed: html_page", "status: 503")

HONEST_TYPES = (
    "application/json", "application/json; charset=utf-8", "application/json;charset=utf-8",
    "text/html;charset=utf-8",
)

# What a retry under the same key, or order number, meets once the work is done.
DONE_ALREADY: Mapping[Shop, tuple[int, str]] = {
    STRIPE: (200, '"succeeded"'), PAYPAL: (200, '"COMPLETED"'), ALIPAY: (200, "ACQ.TRADE_HAS_SUCCESS"),
    WECHATPAY: (400, "ORDERPAID"),
}
# While it is still to be done. Order numbers have no such answer: the retry does the work.
IN_PROGRESS: Mapping[Shop, tuple[int, str]] = {
    STRIPE: (409, "idempotency_key_in_use"), PAYPAL: (409, "PREVIOUS_REQUEST_IN_PROGRESS"),
    ALIPAY: (200, '"10000"'), WECHATPAY: (200, '"SUCCESS"'),
}


def is_told(response: HttpResponse, wanted: tuple[int, str]) -> bool:
    return response.fault is None and response.status == wanted[0] and wanted[1] in response.body.decode()


def looks_fine(shop: Shop, response: HttpResponse) -> bool:
    """What a client takes for the provider's own word that the payment is made."""
    if isinstance(response.fault, Break) or response.status >= 300:
        return False
    try:
        text = json.dumps(json.loads(response.body))
    except ValueError:
        return False
    fine = {"stripe": '"status": "succeeded"', "paypal": '"status": "COMPLETED"', "alipay": '"code": "10000"',
            "wechatpay": '"trade_state": "SUCCESS"'}[shop.name]
    kinds = response.header("Content-Type", "application/json")
    return fine in text and kinds.lower() in HONEST_TYPES


async def lost(here: World, shop: Shop, spoils: str, ref: str) -> None:
    """A charge whose first answer is lost."""
    await shop.prepare(here, ref)
    answer = await shop.charge(here, ref, key=f"key-{ref}")
    assert not looks_fine(shop, answer), f"{spoils} hides nothing"


async def told(here: World, shop: Shop, ref: str) -> int:
    """How often the success of this order is, or was, owed."""
    events = here.simulator.providers[shop.name].words.events
    await here.settle()
    return sum(
        each.ref == ref and events.get(each.event_type) == "payment.succeeded"
        for each in await here.notifications()
    )


def rule(spoils: str, committed: str) -> str:
    return (
        "- when: {operation: payment.charge, nth: 1, per: ref}\n"
        f"  then: {{respond: {{{spoils}, committed: {committed}}}}}"
    )


async def in_order(here: World) -> None:
    assert [law.detail for law in await audit(here.sandbox, here.simulator.providers) if not law.ok] == []


@pytest.mark.parametrize("spoils", HIDING)
@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_the_money_moved(shop: Shop, spoils: str) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(rule(spoils, "true"))
        for ref in ("order-asks", "order-same", "order-new"):
            await lost(here, shop, spoils, ref)
            assert await told(here, shop, ref) == (0 if shop is WECHATPAY else 1)
            assert len(await shop.captures(here, ref)) == 1

        assert await shop.query(here, "order-asks") == "paid"
        assert is_told(await shop.charge(here, "order-same", key="key-order-same"), DONE_ALREADY[shop])
        await again_under_a_new_key(here, shop)
        assert [len(await shop.captures(here, ref)) for ref in ("order-asks", "order-same")] == [1, 1]
        await in_order(here)


async def again_under_a_new_key(here: World, shop: Shop) -> None:
    """The classic mistake: at Stripe it charges twice; where the order number is the key, a new one does."""
    answer = await shop.charge(here, "order-new", key="another")
    if shop is STRIPE:
        assert looks_fine(shop, answer)
        assert len(await shop.captures(here, "order-new")) == 2
    else:
        assert not looks_fine(shop, answer)
        assert len(await shop.captures(here, "order-new")) == 1


@pytest.mark.parametrize("spoils", HIDING)
@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_the_money_did_not_move(shop: Shop, spoils: str) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(rule(spoils, "false"))
        for ref in ("order-asks", "order-same", "order-new"):
            await lost(here, shop, spoils, ref)
            assert await told(here, shop, ref) == 0
            assert await shop.captures(here, ref) == []

        assert await shop.query(here, "order-asks") == "none"
        assert looks_fine(shop, await shop.charge(here, "order-same", key="key-order-same"))
        assert looks_fine(shop, await shop.charge(here, "order-new", key="another"))
        assert [len(await shop.captures(here, ref)) for ref in ("order-asks", "order-same", "order-new")] == [0, 1, 1]
        await in_order(here)


@pytest.mark.parametrize("spoils", HIDING)
@pytest.mark.parametrize("shop", SHOPS, ids=str)
async def test_the_money_moves_two_seconds_later(shop: Shop, spoils: str) -> None:
    async with world(clock="frozen") as here:
        await shop.open(here)
        here.rules(rule(spoils, "2s"))
        for ref in ("order-asks", "order-same"):
            await lost(here, shop, spoils, ref)
            assert await told(here, shop, ref) == 0
            assert await shop.query(here, ref) == "none"
        assert is_told(await shop.charge(here, "order-same", key="key-order-same"), IN_PROGRESS[shop])

        await advance(here, 2 * SECOND)
        assert [await shop.query(here, ref) for ref in ("order-asks", "order-same")] == ["paid", "paid"]
        assert [len(await shop.captures(here, ref)) for ref in ("order-asks", "order-same")] == [1, 1]
        assert await told(here, shop, "order-asks") == (0 if shop is WECHATPAY else 1)
        assert is_told(await shop.charge(here, "order-asks", key="key-order-asks"), DONE_ALREADY[shop])
        await in_order(here)


@pytest.mark.parametrize("shop", [STRIPE, PAYPAL], ids=str)
async def test_a_new_key_meets_work_that_is_still_to_be_done(shop: Shop) -> None:
    async with world(clock="frozen") as here:
        here.rules(rule("fault: timeout", "2s"))
        await lost(here, shop, "fault: timeout", "order-new")
        assert looks_fine(shop, await shop.charge(here, "order-new", key="another"))
        await advance(here, 2 * SECOND)
        assert len(await shop.captures(here, "order-new")) == (2 if shop is STRIPE else 1)
        await in_order(here)
