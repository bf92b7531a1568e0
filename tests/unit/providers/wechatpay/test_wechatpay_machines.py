"""Whatever is done to an order and its refunds, in whatever order: money stays money."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from paydouble.core.act import Declined
from paydouble.core.clock import DAY, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import ProviderError
from paydouble.core.ledger import EntryKind, fees, pending
from paydouble.core.machine import IllegalTrigger, Phase
from paydouble.core.work import Walk
from paydouble.engine import keyring
from paydouble.providers.wechatpay import build
from paydouble.providers.wechatpay.machines import REFUND, TRANSACTION
from paydouble.providers.wechatpay.models import Refund, Transaction
from tests.unit.providers.wechatpay.conftest import World

TOTAL = 1_000
RESULTS = st.sampled_from([None, Result.FAILED, Result.CANCELED, Result.PENDING, Result.DECLINED])


class OneOrder(RuleBasedStateMachine):
    """Handlers, acts and timers on one order; the books are checked after each step."""

    def __init__(self) -> None:
        super().__init__()
        provider = build()
        self.world = World(provider, provider.merchant("default", keyring.well_known()))
        self.loop = asyncio.new_event_loop()
        self.number = 0
        reply = self.run(self.world.call("transactions.native", self.world.order(amount={"total": TOTAL})))
        self.id = reply.subject.id

    def teardown(self) -> None:
        self.loop.close()

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(doing)

    def order(self) -> Transaction:
        found = self.run(self.world.work().get(Transaction, self.id))
        assert isinstance(found, Transaction)
        return found

    def refunds(self) -> list[Refund]:
        return list(self.run(self.world.work().scan(Refund, Walk(newest_first=False))))

    def entries(self) -> list[Any]:
        return list(self.run(self.world.entries(self.id)))

    @rule(trigger=st.sampled_from(["pay", "fail", "cancel", "expire", "refund"]))
    def act(self, trigger: str) -> None:
        before = self.order()
        try:
            self.run(self.world.act(before, trigger))
        except (Declined, IllegalTrigger):
            assert self.order() == before

    @rule()
    def close(self) -> None:
        params = {"out_trade_no": "ORDER-000001", "mchid": self.world.merchant.id}
        try:
            self.run(self.world.call("transactions.close", params))
        except ProviderError:
            assert self.order().is_paid

    @rule(amount=st.integers(1, TOTAL), result=RESULTS)
    def refund(self, amount: int, result: Result | None) -> None:
        self.number += 1
        params = {
            "out_trade_no": "ORDER-000001", "out_refund_no": f"R{self.number}",
            "amount": {"refund": amount, "total": TOTAL, "currency": "CNY"},
        }
        outcome = Outcome(result) if result else None
        before = self.order()
        try:
            self.run(self.world.call("refunds.create", params, outcome=outcome))
        except ProviderError:
            refusable = result is Result.DECLINED or before.refund_count >= 50
            assert refusable or not before.is_paid or amount > before.refundable_minor
            assert self.order() == before

    @precondition(lambda self: self.refunds())
    @rule(trigger=st.sampled_from(["succeed", "fail", "close"]), which=st.integers(0, 20))
    def end_a_refund(self, trigger: str, which: int) -> None:
        refunds = self.refunds()
        refund = refunds[which % len(refunds)]
        try:
            self.run(self.world.act(refund, trigger))
        except IllegalTrigger:
            assert refund.status != "PROCESSING"

    @rule(days=st.integers(0, 2))
    def time_passes(self, days: int) -> None:
        self.run(self.world.run_timers(later(self.world.clock.now(), days * DAY)))

    @invariant()
    def the_order_is_captured_once_if_it_is_paid(self) -> None:
        captures = [each for each in self.entries() if each.what is EntryKind.CAPTURE]
        assert len(captures) == (TRANSACTION.phases[self.order().status] is Phase.PAID)

    @invariant()
    def the_books_agree_with_the_records(self) -> None:
        order = self.order()
        kept = sum(each.amount_minor for each in self.refunds() if each.status != "CLOSED")
        assert order.refunded_minor == kept <= TOTAL
        balances: dict[str, int] = {}
        for entry in self.entries():
            for posting in entry.postings:
                balances[posting.account] = balances.get(posting.account, 0) + posting.money.minor
        captured = TOTAL if order.is_paid else 0
        assert balances.get(fees("wechatpay"), 0) == order.fee_minor >= 0
        assert balances.get(pending(order.mchid), 0) == captured - kept - order.fee_minor

    @invariant()
    def every_end_was_told_once(self) -> None:
        told = [event.body["refund_id"] for event in self.world.events if event.type.startswith("REFUND.")]
        ended = [each.id for each in self.refunds() if each.status != REFUND.initial]
        assert sorted(told) == sorted(str(each) for each in ended)


TestOneOrder = OneOrder.TestCase
TestOneOrder.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
