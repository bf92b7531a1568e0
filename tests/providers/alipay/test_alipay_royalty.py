"""Shares of a trade's money (分账): who may get them, how they go and come back, and what they never exceed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from paydouble.core.clock import MINUTE
from paydouble.providers.alipay.merchants import subscribe
from tests.providers.alipay.shop import Shop, opened

RECEIVERS = [{"type": "userId", "account": "2088102100004811", "name": "甲"},
             {"type": "loginName", "account": "b@example.com"}]


def share(account: str, amount: str) -> dict[str, str]:
    return {"trans_in": account, "trans_in_type": "userId", "amount": amount}


async def settle(shop: Shop, number: str, trade_no: str, *shares: dict[str, str], **more: Any) -> Any:
    return await shop.call("trade.order.settle", {
        "out_request_no": number, "trade_no": trade_no, "royalty_parameters": list(shares), **more,
    })


async def test_a_trade_is_split_between_two_receivers(shop: Shop) -> None:
    trade = await shop.paid("S1", "100.00")
    bound = await shop.call(
        "trade.royalty.relation.bind", {"out_request_no": "B1", "receiver_list": RECEIVERS}
    )
    assert bound["result_code"] == "SUCCESS"
    listed = await shop.call("trade.royalty.relation.batchquery", {"out_request_no": "B2"})
    assert [each["account"] for each in listed["receiver_list"]] == ["2088102100004811", "b@example.com"]
    done = await settle(
        shop, "X1", trade.id, share("2088102100004811", "30.00"), share("b@example.com", "20.00")
    )
    assert done.code == "10000"
    again = await settle(
        shop, "X1", trade.id, share("2088102100004811", "30.00"), share("b@example.com", "20.00")
    )
    assert again["settle_no"] == done["settle_no"]
    other = await settle(shop, "X1", trade.id, share("2088102100004811", "1.00"))
    assert other.sub_code == "ACQ.DISCORDANT_REPEAT_REQUEST"
    much = await settle(shop, "X2", trade.id, share("2088102100004811", "50.01"))
    assert much.sub_code == "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR"
    seen = await shop.call("trade.order.settle.query", {"settle_no": done["settle_no"]})
    assert [(each["amount"], each["state"]) for each in seen["royalty_detail_list"]] == [
        ("30.00", "SUCCESS"), ("20.00", "SUCCESS"),
    ]
    left = await shop.call("trade.order.onsettle.query", {"trade_no": trade.id})
    assert left["unsettled_amount"] == "50.00"
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert balances["payee:b@example.com:external"]["CNY"] == 2_000


async def test_a_share_needs_a_receiver_that_was_named_and_a_split_that_is_open(shop: Shop) -> None:
    trade = await shop.paid("S2", "100.00")
    assert (await settle(shop, "X1", trade.id, share("2088102100004811", "1.00"))).sub_code == (
        "ACQ.ROYALTY_RECEIVER_INVALID"
    )
    await shop.call("trade.royalty.relation.bind", {"out_request_no": "B1", "receiver_list": RECEIVERS})
    end = {"extend_params": {"royalty_finish": "true"}}
    assert (await settle(shop, "X2", trade.id, share("2088102100004811", "1.00"), **end)).code == "10000"
    assert (await settle(shop, "X3", trade.id, share("2088102100004811", "1.00"))).sub_code == (
        "ACQ.ALREADY_FINISH_ALLOC"
    )
    await shop.call("trade.royalty.relation.unbind", {"out_request_no": "B2", "receiver_list": RECEIVERS})
    assert (await shop.call("trade.royalty.relation.batchquery", {"out_request_no": "B3"}))["total_record_num"] == 0


async def test_a_split_may_take_its_time_and_is_told(shop: Shop) -> None:
    work = shop.sandbox.work()
    await subscribe(work, shop.merchant, "http://127.0.0.1:9/gateway", shop.sandbox.clock)
    await work.commit()
    trade = await shop.paid("S5", "100.00")
    shop.receiver.requests.clear()
    await shop.call("trade.royalty.relation.bind", {"out_request_no": "B1", "receiver_list": RECEIVERS})
    asked = await settle(shop, "X1", trade.id, share("2088102100004811", "30.00"), royalty_mode="async")
    query = {"settle_no": asked["settle_no"]}
    before = await shop.call("trade.order.settle.query", query)
    assert before["royalty_detail_list"][0]["state"] == "PROCESSING"
    await shop.advance(MINUTE)
    after = await shop.call("trade.order.settle.query", query)
    assert after["royalty_detail_list"][0]["state"] == "SUCCESS"
    [told] = shop.told()
    assert told["msg_method"] == "alipay.trade.order.settle.notify"
    assert json.loads(told["biz_content"])["settle_no"] == asked["settle_no"]
    seen = await shop.call("trade.query", {"trade_no": trade.id, "query_options": ["trade_settle_info"]})
    [detail] = seen["trade_settle_info"]["trade_settle_detail_list"]
    assert (detail["trans_in"], detail["amount"]) == ("2088102100004811", "30.00")
    assert seen["trade_settle_info"]["trade_unsettled_amount"] == "70.00"


async def test_a_share_may_be_taken_back_by_another_split(shop: Shop) -> None:
    trade = await shop.paid("S5", "100.00")
    await shop.call("trade.royalty.relation.bind", {"out_request_no": "B1", "receiver_list": RECEIVERS})
    one, other = (each["account"] for each in RECEIVERS)
    await settle(shop, "X1", trade.id, share(one, "30.00"), share(other, "20.00"))

    def back(account: str, amount: str) -> dict[str, str]:
        return {"royalty_type": "transfer_refund", "trans_out": account, "trans_in": trade.seller_id, "amount": amount}

    much = await settle(shop, "X2", trade.id, back(one, "20.00"), back(one, "10.01"))
    assert much.sub_code == "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR"
    done = await settle(shop, "X2", trade.id, back(one, "10.00"), share(other, "5.00"))
    assert done.code == "10000"
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert [balances[f"payee:{account}:external"]["CNY"] for account in (one, other)] == [2_000, 2_500]
    seen = await shop.call("trade.order.settle.query", {"settle_no": done["settle_no"]})
    assert [(each["operation_type"], each["trans_out"]) for each in seen["royalty_detail_list"]] == [
        ("transfer_refund", one), ("transfer", trade.seller_id),
    ]
    refund = {"trade_no": trade.id, "refund_amount": "30.00", "out_request_no": "R1"}
    for account, amount in ((one, "20.01"), ("2088102100004899", "1.00")):
        taken = [{"trans_out": account, "amount": amount}]
        refused = await shop.call("trade.refund", {**refund, "refund_royalty_parameters": taken})
        assert refused.sub_code == "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR"
    assert (await shop.trade("S5")).shared_minor == 4_500
    assert await shop.verdicts() == []


@pytest.mark.parametrize(("way", "sub_code"), [
    ("replenish", "ACQ.REPLENISH_ACCOUNT_INVALID"), ("replenish_refund", "ACQ.REPLENISH_ACCOUNT_INVALID"),
    ("give", "ACQ.INVALID_PARAMETER"),
])
async def test_nobody_pays_more_into_a_trade(shop: Shop, way: str, sub_code: str) -> None:
    trade = await shop.paid("S6", "100.00")
    row = {**share("2088102100004811", "1.00"), "royalty_type": way}
    assert (await settle(shop, "X1", trade.id, row)).sub_code == sub_code
    assert (await shop.trade("S6")).shared_minor == 0


async def test_shares_come_back_with_a_refund(shop: Shop) -> None:
    trade = await shop.paid("S3", "100.00")
    await shop.call("trade.royalty.relation.bind", {"out_request_no": "B1", "receiver_list": RECEIVERS})
    await settle(shop, "X1", trade.id, share("2088102100004811", "30.00"))
    back = await shop.call("trade.refund", {
        "trade_no": trade.id, "refund_amount": "50.00", "out_request_no": "R1",
        "refund_royalty_parameters": [{"trans_out": "2088102100004811", "amount": "30.00"}],
    })
    assert back["refund_fee"] == "50.00"
    balances = await shop.sandbox.store.balances(shop.sandbox.id)
    assert balances["payee:2088102100004811:external"]["CNY"] == 0
    one = await shop.call("trade.fastpay.refund.query", {"trade_no": trade.id, "out_request_no": "R1"})
    assert one["refund_royaltys"][0]["refund_amount"] == "30.00"


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_many_refunds_and_splits_at_once_never_exceed_the_payment(store: str, tmp_path: Path) -> None:
    async with opened(store=store if store == "memory" else f"sqlite:{tmp_path / 'books'}") as shop:
        await _many(shop)


async def _many(shop: Shop) -> None:
    trade = await shop.paid("S4", "100.00")
    await shop.call("trade.royalty.relation.bind", {"out_request_no": "B1", "receiver_list": RECEIVERS})
    calls = [
        shop.call("trade.refund", {"trade_no": trade.id, "refund_amount": "1.00", "out_request_no": f"R{n}"})
        if n % 2 else settle(shop, f"X{n}", trade.id, share("2088102100004811", "1.00")) for n in range(200)
    ]
    answers = await asyncio.gather(*calls)
    done = [each for each in answers if each.code == "10000"]
    refunds = sum("refund_fee" in each.value for each in done)
    after = await shop.trade("S4")
    assert after.refunded_minor == refunds * 100 <= 10_000
    assert after.shared_minor == (len(done) - refunds) * 100 <= 10_000
    assert {each.sub_code for each in answers} <= {
        "", "ACQ.ALLOC_AMOUNT_VALIDATE_ERROR", "ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_REFUND_FEE_ERR",
    }
    assert await shop.verdicts() == []
