"""Orders by their handlers and acts: the rules of ordering again, of paying and of closing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from paydouble.core.act import Declined
from paydouble.core.clock import DAY, HOUR, MINUTE, later
from paydouble.core.effect import Outcome, Result
from paydouble.core.errors import ProviderError
from paydouble.core.ledger import EntryKind
from paydouble.providers.wechatpay.errors import Errors
from paydouble.providers.wechatpay.models import Transaction
from tests.unit.providers.wechatpay.steps import by_number, ordered, paid, refused

PUBLIC_KEY_MODE = (("Wechatpay-Serial", "PUB_KEY_ID_0119000048002025010100000000004800"),)


class TestOrdering:
    async def test_identifiers_have_their_documented_shapes(self, world: Any) -> None:
        order = await ordered(world)
        assert (len(order.id), order.id[:4], order.id.isdigit()) == (28, "4200", True)
        assert (len(order.prepay_id), order.prepay_id[:2]) == (36, "wx")
        assert order.code_url.startswith("weixin://wxpay/bizpayurl?pr=")

    async def test_ordering_again_gives_a_new_code_for_the_same_order(self, world: Any) -> None:
        first, second = await ordered(world), await ordered(world)
        assert first.id == second.id
        assert first.code_url != second.code_url
        with pytest.raises(Declined, match="支付请求已失效"):
            await world.act(second, "pay", {"code_url": first.code_url})

    async def test_the_default_currency_is_no_difference(self, world: Any) -> None:
        first = await ordered(world)
        assert (await ordered(world, amount={"total": 100})).id == first.id

    @pytest.mark.parametrize("change", [{"amount": {"total": 101}}, {"description": "x"}, {"attach": "x"}])
    async def test_ordering_again_with_other_parameters_is_refused(self, world: Any, change: Any) -> None:
        await ordered(world)
        again = world.call("transactions.native", world.order(**change))
        assert await refused(again) is Errors.PARAMETERS_DIFFER

    async def test_switching_the_product_is_refused(self, world: Any) -> None:
        await ordered(world)
        again = world.call("transactions.jsapi", world.order(payer={"openid": "o"}))
        assert await refused(again) is Errors.PARAMETERS_DIFFER

    async def test_ordering_what_is_paid_is_refused(self, world: Any) -> None:
        await paid(world)
        assert await refused(world.call("transactions.native", world.order())) is Errors.ORDERPAID

    async def test_ordering_what_is_closed_is_refused(self, world: Any) -> None:
        await ordered(world)
        await world.call("transactions.close", by_number(world))
        assert await refused(world.call("transactions.native", world.order())) is Errors.ORDER_CLOSED

    async def test_another_appid_is_refused(self, world: Any) -> None:
        call = world.call("transactions.native", world.order(appid="wx0000000000000000"))
        assert await refused(call) is Errors.APPID_MCHID_NOT_MATCH

    async def test_attach_is_measured_in_bytes(self, world: Any) -> None:
        await ordered(world, attach="中" * 42)
        with pytest.raises(ProviderError) as caught:
            await ordered(world, out_trade_no="ORDER-000002", attach="中" * 43)
        assert caught.value.message.endswith("字节数 129，大于最大值 128")

    async def test_two_merchants_may_use_one_number(self, world: Any) -> None:
        other = world.provider.merchant("elsewhere", world.merchant.keys)
        await ordered(world)
        params = world.order(appid=other.secrets["appid"], mchid=other.id)
        reply = await world.call("transactions.native", params, whose=other)
        assert reply.subject.mchid == other.id

    @pytest.mark.parametrize(("reason", "row"), [
        ("duplicate_ref", Errors.OUT_TRADE_NO_USED), ("account_frozen", Errors.ACCOUNT_ERROR),
        ("not_permitted", Errors.NO_AUTH), ("something else", Errors.TRADE_ERROR),
    ])
    async def test_a_scenario_may_decline_it(self, world: Any, reason: str, row: Errors) -> None:
        outcome = Outcome(Result.DECLINED, reason)
        assert await refused(world.call("transactions.native", world.order(), outcome=outcome)) is row


class TestExpiry:
    async def test_an_order_expires_after_seven_days(self, world: Any) -> None:
        order = await ordered(world)
        await world.run_timers(later(order.created, 7 * DAY - 1))
        assert (await world.work().get(Transaction, order.id)).status == "NOTPAY"
        await world.run_timers(later(order.created, 7 * DAY))
        assert (await world.work().get(Transaction, order.id)).status == "CLOSED"

    async def test_less_than_a_minute_is_raised_to_one(self, world: Any) -> None:
        order = await ordered(world, time_expire="2026-03-01T12:00:10+08:00")
        assert order.expires == later(order.created, MINUTE)

    async def test_beyond_the_cap_is_refused(self, world: Any, make_world: Callable[..., Any]) -> None:
        params = {"time_expire": "2026-03-09T12:00:00+08:00"}
        assert await refused(world.call("transactions.native", world.order(**params))) is Errors.PARAM_ERROR
        await ordered(make_world(time_expire_days_native="15"), **params)

    async def test_an_expired_order_cannot_be_paid(self, world: Any) -> None:
        order = await ordered(world, time_expire="2026-03-01T12:30:00+08:00")
        world.clock.move_to(order.expires)
        with pytest.raises(Declined, match="最晚支付成功时间"):
            await world.act(order, "pay")

    async def test_a_code_lives_two_hours(self, world: Any) -> None:
        order = await ordered(world)
        world.clock.move_to(later(order.created, 2 * HOUR + 1))
        with pytest.raises(Declined, match="支付请求已失效"):
            await world.act(order, "pay")


class TestPaying:
    async def test_a_paid_order_is_shown_with_all_that_belongs_to_it(self, world: Any) -> None:
        order = await world.act(await ordered(world, attach="a"), "pay", {"openid": "o1", "bank_type": "CMB_DEBIT"})
        shown = (await world.call("transactions.query_by_out_trade_no", by_number(world))).body
        assert shown == {
            "appid": world.merchant.secrets["appid"], "mchid": world.merchant.id, "out_trade_no": "ORDER-000001",
            "transaction_id": order.id, "trade_type": "NATIVE", "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功", "bank_type": "CMB_DEBIT", "attach": "a",
            "success_time": "2026-03-01T12:00:00+08:00", "payer": {"openid": "o1"}, "promotion_detail": [],
            "amount": {"total": 100, "payer_total": 100, "currency": "CNY", "payer_currency": "CNY"},
        }
        by_id = {"transaction_id": order.id, "mchid": world.merchant.id}
        assert (await world.call("transactions.query_by_id", by_id)).body == shown

    async def test_an_unpaid_order_shows_little_and_has_no_number_yet(self, world: Any) -> None:
        order = await ordered(world, scene_info={"payer_client_ip": "127.0.0.1", "device_id": "pos"})
        shown = (await world.call("transactions.query_by_out_trade_no", by_number(world))).body
        assert shown["amount"] == {"payer_currency": "CNY", "total": 100}
        assert shown["scene_info"] == {"device_id": "pos"}
        assert "transaction_id" not in shown
        by_id = {"transaction_id": order.id, "mchid": world.merchant.id}
        assert await refused(world.call("transactions.query_by_id", by_id)) is Errors.ORDER_NOT_EXIST

    async def test_another_merchant_sees_nothing(self, world: Any) -> None:
        order = await paid(world)
        other = world.provider.merchant("elsewhere", world.merchant.keys)
        for operation, params in (
            ("transactions.query_by_out_trade_no", by_number(world)),
            ("transactions.query_by_id", {"transaction_id": order.id, "mchid": other.id}),
        ):
            assert await refused(world.call(operation, params, whose=other)) is Errors.ORDER_NOT_EXIST

    async def test_the_event_tells_the_order_at_its_own_callback(self, world: Any) -> None:
        order = await paid(world)
        event = world.events[0]
        assert (event.type, event.url, event.subject, event.ref) == (
            "TRANSACTION.SUCCESS", "http://127.0.0.1:9/notify", order.id, "ORDER-000001"
        )
        assert event.body["trade_state"] == "SUCCESS"

    @pytest.mark.parametrize(("headers", "version"), [((), ""), (PUBLIC_KEY_MODE, "public-key")])
    async def test_notifications_are_signed_as_the_order_was_placed(
        self, world: Any, headers: Any, version: str
    ) -> None:
        reply = await world.call("transactions.native", world.order(), headers=headers)
        await world.act(reply.subject, "pay")
        told = await world.provider.endpoints(world.work(), world.events[0])
        assert [(endpoint.url, endpoint.version) for endpoint in told] == [("http://127.0.0.1:9/notify", version)]

    async def test_the_fee_is_rounded_half_up(self, world: Any) -> None:
        order = await paid(world, amount={"total": 250})
        assert order.fee_minor == 2
        kinds = [(entry.what, entry.postings[1].money.minor) for entry in await world.entries(order.id)]
        assert kinds == [(EntryKind.CAPTURE, 250), (EntryKind.FEE, 2)]

    async def test_paying_twice_is_declined(self, world: Any) -> None:
        with pytest.raises(Declined, match="该订单已支付"):
            await world.act(await paid(world), "pay")

    async def test_a_jsapi_order_is_for_its_payer_alone(self, world: Any) -> None:
        reply = await world.call("transactions.jsapi", world.order(payer={"openid": "o1"}))
        with pytest.raises(Declined, match="下单账号与支付账号不一致"):
            await world.act(reply.subject, "pay", {"openid": "o2"})
        assert (await world.act(reply.subject, "pay")).openid == "o1"

    async def test_whoever_opened_a_native_order_first_keeps_it(self, world: Any) -> None:
        order = await world.act(await ordered(world), "cancel", {"openid": "o1"})
        assert order.status == "NOTPAY"
        with pytest.raises(Declined, match="商家订单信息有误"):
            await world.act(order, "pay", {"openid": "o2"})
        assert (await world.act(order, "pay", {"openid": "o1"})).status == "SUCCESS"

    async def test_a_decline_leaves_the_order_unpaid_and_untold(self, world: Any) -> None:
        order = await ordered(world)
        with pytest.raises(Declined, match="余额不足") as caught:
            await world.act(order, "pay", outcome=Outcome(Result.DECLINED, "insufficient_funds"))
        assert caught.value.reason == "insufficient_funds"
        assert (await world.work().get(Transaction, order.id)).status == "NOTPAY"
        assert world.events == []

    async def test_a_pending_payment_is_no_payment_yet(self, world: Any) -> None:
        order = await world.act(await ordered(world), "pay", outcome=Outcome(Result.PENDING))
        assert order.status == "NOTPAY"


class TestClosing:
    async def test_closing_is_idempotent(self, world: Any) -> None:
        await ordered(world)
        for _ in range(2):
            reply = await world.call("transactions.close", by_number(world))
            assert (reply.status, reply.body) == (204, b"")

    async def test_what_is_paid_cannot_be_closed(self, world: Any) -> None:
        await paid(world)
        assert await refused(world.call("transactions.close", by_number(world))) is Errors.ORDERPAID

    async def test_closing_an_unknown_number_spends_it(self, world: Any) -> None:
        for _ in range(2):
            assert (await world.call("transactions.close", by_number(world))).status == 204
        assert await refused(world.call("transactions.native", world.order())) is Errors.PARAMETERS_DIFFER

    async def test_closing_an_unknown_number_may_be_refused(self, make_world: Callable[..., Any]) -> None:
        world = make_world(close_unknown="404")
        assert await refused(world.call("transactions.close", by_number(world))) is Errors.ORDER_NOT_EXIST
