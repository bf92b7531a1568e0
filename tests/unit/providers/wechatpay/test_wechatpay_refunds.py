"""Refunds by their handlers and acts, and what scenarios and the merchant's own site make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from paydouble.core.act import Declined
from paydouble.core.clock import DAY, MINUTE, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.http import Envelope, HttpRequest
from paydouble.core.ledger import EntryKind
from paydouble.core.machine import Phase
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.models import Transaction
from tests.unit.providers.wechatpay.steps import by_number, ordered, paid, refund, refused


class TestRefunding:
    async def test_a_refund_is_processed_and_then_succeeds(self, world: Any) -> None:
        order = await paid(world)
        body = (await world.call("refunds.create", refund(40, notify_url="http://127.0.0.1:9/refund"))).body
        assert (body["status"], body["amount"]["refund"]) == ("PROCESSING", 40)
        assert "success_time" not in body
        await world.run_timers(world.clock.now())
        shown = (await world.call("refunds.query", {"out_refund_no": "R1"})).body
        assert (shown["status"], shown["success_time"]) == ("SUCCESS", "2026-03-01T12:00:00+08:00")
        event = world.events[-1]
        assert (event.type, event.url, event.subject) == ("REFUND.SUCCESS", "http://127.0.0.1:9/refund", order.id)
        assert event.body["refund_status"] == "SUCCESS"
        state = (await world.call("transactions.query_by_out_trade_no", by_number(world))).body["trade_state"]
        assert state == "REFUND"

    async def test_the_same_number_refunds_once(self, world: Any) -> None:
        order = await paid(world)
        first = await world.call("refunds.create", refund(40))
        again = await world.call("refunds.create", refund(40))
        assert first.body["refund_id"] == again.body["refund_id"]
        assert again.subject.refunded_minor == 40
        assert [e.what for e in await world.entries(order.id)].count(EntryKind.REFUND) == 1
        assert await refused(world.call("refunds.create", refund(41))) is Errors.REFUND_DIFFERS

    # fmt: off
    @pytest.mark.parametrize(("params", "row"), [
        (refund(40, out_trade_no="ORDER-999999"),      Errors.REFUND_ORDER_UNKNOWN),
        (refund(40, transaction_id="4200"),            Errors.REFUND_ORDER_UNKNOWN),
        (refund(40, total=99),                         Errors.REFUND_ORDER_DIFFERS),
        (refund(101),                                  Errors.REFUND_TOO_MUCH),
    ])
    # fmt: on
    async def test_what_does_not_fit_the_order_is_refused(self, world: Any, params: Any, row: Errors) -> None:
        await paid(world)
        assert await refused(world.call("refunds.create", params)) is row

    async def test_unpaid_orders_are_unknown_to_refunds(self, world: Any) -> None:
        await ordered(world)
        assert await refused(world.call("refunds.create", refund(1))) is Errors.REFUND_ORDER_UNKNOWN

    async def test_the_two_numbers_must_agree(self, world: Any) -> None:
        order = await paid(world)
        await paid(world, out_trade_no="ORDER-000002")
        call = world.call("refunds.create", refund(1, out_trade_no="ORDER-000002", transaction_id=order.id))
        assert await refused(call) is Errors.REFUND_ORDER_DIFFERS

    async def test_a_refund_may_come_a_year_later_but_no_later(self, world: Any) -> None:
        order = await paid(world)
        world.clock.move_to(later(order.success_time, 365 * DAY))
        await world.call("refunds.create", refund(1))
        world.clock.move_to(later(order.success_time, 365 * DAY + 1))
        assert await refused(world.call("refunds.create", refund(1, "R2"))) is Errors.REFUND_TOO_LATE

    async def test_fifty_refunds_and_no_more(self, world: Any) -> None:
        await paid(world)
        for number in range(50):
            await world.call("refunds.create", refund(1, f"R{number}"))
        assert await refused(world.call("refunds.create", refund(1, "R51"))) is Errors.REFUND_TOO_MANY

    async def test_the_whole_amount_and_no_more(self, world: Any) -> None:
        order = await paid(world)
        await world.call("refunds.create", refund(60))
        await world.call("refunds.create", refund(40, "R2"))
        assert await refused(world.call("refunds.create", refund(1, "R3"))) is Errors.REFUND_ALL_DONE
        view = world.provider.words.view(await world.work().get(Transaction, order.id))
        assert (view.phase, view.refunded.minor, view.fee.minor) == (Phase.PAID, 100, 0)

    async def test_refunds_a_minute_apart_where_the_setting_says_so(self, make_world: Callable[..., Any]) -> None:
        world = make_world(refund_spacing="60s")
        await paid(world)
        await world.call("refunds.create", refund(1))
        assert await refused(world.call("refunds.create", refund(1, "R2"))) is Errors.FREQUENCY_LIMITED
        world.clock.move_to(later(world.clock.now(), MINUTE))
        await world.call("refunds.create", refund(1, "R2"))

    # fmt: off
    @pytest.mark.parametrize(("result", "status", "events"), [
        (Result.FAILED,   "ABNORMAL",   ["REFUND.ABNORMAL"]),
        (Result.CANCELED, "CLOSED",     ["REFUND.CLOSED"]),
        (Result.PENDING,  "PROCESSING", []),
    ])
    # fmt: on
    async def test_how_a_scenario_makes_it_end(
        self, world: Any, result: Result, status: str, events: list[str]
    ) -> None:
        order = await paid(world)
        await world.call("refunds.create", refund(40), outcome=Outcome(result))
        await world.run_timers(later(world.clock.now(), DAY))
        assert (await world.call("refunds.query", {"out_refund_no": "R1"})).body["status"] == status
        assert [event.type for event in world.events[1:]] == events
        left = (await world.work().get(Transaction, order.id)).refunded_minor
        assert left == (0 if status == "CLOSED" else 40)

    @pytest.mark.parametrize(("reason", "row"), [
        ("seller_balance_low", Errors.REFUND_NOT_ENOUGH), ("", Errors.REFUND_NOT_ENOUGH),
        ("account_frozen", Errors.USER_ACCOUNT_ABNORMAL), ("refund_window_over", Errors.REFUND_TOO_LATE),
    ])
    async def test_a_scenario_may_decline_it(self, world: Any, reason: str, row: Errors) -> None:
        order = await paid(world)
        call = world.call("refunds.create", refund(40), outcome=Outcome(Result.DECLINED, reason))
        assert await refused(call) is row
        assert (await world.work().get(Transaction, order.id)).refunded_minor == 0

    async def test_a_refund_without_callback_is_told_where_the_merchant_subscribed(self, world: Any) -> None:
        await paid(world)
        await world.call("refunds.create", refund(40))
        await world.run_timers(world.clock.now())
        assert await world.provider.endpoints(world.work(), world.events[-1]) == ()
        for url in ("http://127.0.0.1:9/first", "http://127.0.0.1:9/hook"):
            work = world.work()
            await world.provider.subscribe(work, world.merchant, url, world.clock)
            await work.commit()
        told = await world.provider.endpoints(world.work(), world.events[-1])
        assert [endpoint.url for endpoint in told] == ["http://127.0.0.1:9/hook"]

    async def test_the_merchant_refunds_by_hand(self, world: Any) -> None:
        order = await world.act(await paid(world), "refund", {"amount": "0.40"})
        assert (order.status, order.refunded_minor) == ("REFUND", 40)
        assert (await world.act(order, "refund")).refunded_minor == 100
        with pytest.raises(Declined):
            await world.act(order, "refund")

    async def test_an_unknown_refund(self, world: Any) -> None:
        assert await refused(world.call("refunds.query", {"out_refund_no": "R1"})) is Errors.REFUND_UNKNOWN


async def test_the_facts_of_a_refund_are_those_of_its_payment(world: Any) -> None:
    operation = next(each for each in world.provider.operations if each.id == "refunds.create")
    order = await paid(world, attach='{"order_id": "7", "n": 1}')
    request = HttpRequest(method="POST", target="/")
    envelope = Envelope(request=request, path="/", fields={"mchid": world.merchant.id})
    facts = await world.provider.words.facts(world.work(), operation, envelope, refund(40))
    assert (str(facts.amount), facts.currency, facts.ref) == ("0.40", "CNY", "ORDER-000001")
    assert (facts.payment, facts.phase, facts.idempotency_key) == (order.id, "paid", "R1")
    assert facts.metadata == {"order_id": "7", "n": "1"}


@pytest.mark.parametrize(("attach", "metadata"), [
    ("", {}), ("shop=1&till=2", {"shop": "1", "till": "2"}), ("just text", {"attach": "just text"}),
    ("{broken", {"attach": "{broken"}),
])
async def test_attach_is_metadata(world: Any, attach: str, metadata: dict[str, str]) -> None:
    view = world.provider.words.view(await ordered(world, attach=attach))
    assert view.metadata == metadata
