"""Trades through the gateway: every way to order, pay, look, cancel, close and refund."""

from __future__ import annotations

from typing import Any

import pytest

from paydouble.core.act import Declined
from paydouble.core.clock import DAY, HOUR, MINUTE
from tests.providers.alipay.shop import NOTIFY, Shop, opened


def order(number: str, total: str = "88.88", **more: Any) -> dict[str, Any]:
    return {"out_trade_no": number, "total_amount": total, "subject": "测试商品", **more}


def barcode(number: str, total: str = "88.88", code: str = "", **more: Any) -> dict[str, Any]:
    code = code or "28" + f"{abs(hash(number)):016d}"[:16]
    return order(number, total, scene="bar_code", auth_code=code, **more)


async def test_a_barcode_is_charged_at_once(shop: Shop) -> None:
    paid = await shop.call("trade.pay", barcode("A1"), notify_url=NOTIFY)
    assert (paid.code, paid.signed, paid.name) == ("10000", True, "alipay_trade_pay_response")
    assert paid["fund_bill_list"] == [{"amount": "88.88", "fund_channel": "ALIPAYACCOUNT"}]
    assert paid["buyer_pay_amount"] == paid["receipt_amount"] == "88.88"
    seen = await shop.call("trade.query", {"out_trade_no": "A1"})
    assert (seen["trade_status"], seen["trade_no"]) == ("TRADE_SUCCESS", paid["trade_no"])
    await shop.sandbox.timers.settle()
    [notice] = shop.told()
    assert (notice["trade_status"], notice["out_trade_no"]) == ("TRADE_SUCCESS", "A1")
    assert notice["fund_bill_list"] == '[{"amount":"88.88","fundChannel":"ALIPAYACCOUNT"}]'


async def test_a_large_amount_asks_for_the_password(shop: Shop) -> None:
    asked = await shop.call("trade.pay", barcode("A2", "1000.01"))
    assert (asked.code, asked["msg"], asked.sub_code) == ("10003", " order success pay inprocess", "")
    assert asked["buyer_pay_amount"] == "0.00"
    assert (await shop.call("trade.query", {"out_trade_no": "A2"}))["trade_status"] == "WAIT_BUYER_PAY"
    await shop.act("A2", "pay")
    assert (await shop.call("trade.query", {"out_trade_no": "A2"}))["trade_status"] == "TRADE_SUCCESS"


async def test_what_is_waiting_can_be_cancelled_and_then_not_paid(shop: Shop) -> None:
    await shop.call("trade.pay", barcode("A3", "44.10"))
    for _ in range(2):
        gone = await shop.call("trade.cancel", {"out_trade_no": "A3"})
        assert (gone.code, gone["action"], gone["retry_flag"]) == ("10000", "close", "N")
    with pytest.raises(Declined):
        await shop.act("A3", "pay")
    assert (await shop.call("trade.pay", barcode("A3", "44.10"))).sub_code == "ACQ.TRADE_HAS_CLOSE"


async def test_cancelling_what_is_paid_refunds_it(shop: Shop) -> None:
    await shop.call("trade.pay", barcode("A4"))
    gone = await shop.call("trade.cancel", {"out_trade_no": "A4"})
    assert gone["action"] == "refund"
    assert (await shop.call("trade.query", {"out_trade_no": "A4"}))["trade_status"] == "TRADE_CLOSED"


async def test_cancel_comes_too_late_after_a_day(shop: Shop) -> None:
    await shop.call("trade.pay", barcode("A5"))
    await shop.advance(DAY + MINUTE)
    assert (await shop.call("trade.cancel", {"out_trade_no": "A5"})).sub_code == "ACQ.TRADE_CANCEL_TIME_OUT"


async def test_cancelling_nothing_is_a_success_without_action(shop: Shop) -> None:
    gone = await shop.call("trade.cancel", {"out_trade_no": "nobody"})
    assert (gone.code, "action" in gone.value, "trade_no" in gone.value) == ("10000", False, False)


# fmt: off
@pytest.mark.parametrize(("total", "code", "sub_code"), [
    ("44.01", "40004", "ACQ.BUYER_BALANCE_NOT_ENOUGH"),
    ("44.02", "40004", "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR"),
    ("44.03", "40004", "ACQ.PAYMENT_REQUEST_HAS_RISK"),
    ("44.04", "40004", "ACQ.BUYER_ENABLE_STATUS_FORBID"),
    ("44.05", "40004", "ACQ.PAYMENT_FAIL"),
    ("44.06", "40004", "ACQ.SELLER_BEEN_BLOCKED"),
    ("44.20", "20000", "aop.ACQ.SYSTEM_ERROR"),
])
# fmt: on
async def test_magic_amounts_are_refused(shop: Shop, total: str, code: str, sub_code: str) -> None:
    refused = await shop.call("trade.pay", barcode("M1", total))
    assert (refused.code, refused.sub_code, refused.signed) == (code, sub_code, True)
    assert (await shop.call("trade.query", {"out_trade_no": "M1"}))["trade_status"] == "WAIT_BUYER_PAY"


async def test_a_magic_code_is_refused_whatever_the_amount(shop: Shop) -> None:
    refused = await shop.call("trade.pay", barcode("M2", code="284401000000000000"))
    assert refused.sub_code == "ACQ.BUYER_BALANCE_NOT_ENOUGH"
    assert refused["receipt_amount"] == "0.00"


async def test_a_code_pays_once(shop: Shop) -> None:
    code = "281234567890123456"
    assert (await shop.call("trade.pay", barcode("C1", code=code))).code == "10000"
    assert (await shop.call("trade.pay", barcode("C2", code=code))).sub_code == "ACQ.PAYMENT_AUTH_CODE_INVALID"
    assert (await shop.call("trade.query", {"out_trade_no": "C2"})).sub_code == "ACQ.TRADE_NOT_EXIST"


async def test_a_code_that_is_none_is_refused(shop: Shop) -> None:
    refused = await shop.call("trade.pay", barcode("C3", code="123456"))
    assert refused.sub_code == "ACQ.PAYMENT_AUTH_CODE_INVALID"


async def test_paying_again_is_refused_or_shows_the_first_answer(shop: Shop) -> None:
    first = await shop.call("trade.pay", barcode("R1"))
    assert (await shop.call("trade.pay", barcode("R1"))).sub_code == "ACQ.TRADE_HAS_SUCCESS"
    assert (await shop.call("trade.pay", barcode("R1", "99.00"))).sub_code == "ACQ.CONTEXT_INCONSISTENT"
    async with opened({"repeated_pay": "first_answer"}) as other:
        first = await other.call("trade.pay", barcode("R1"))
        assert (await other.call("trade.pay", barcode("R1"))).value == first.value


async def test_a_code_to_scan_is_no_trade_before_it_is_scanned(shop: Shop) -> None:
    made = await shop.call("trade.precreate", order("Q1"), notify_url=NOTIFY)
    assert made["qr_code"].startswith("https://qr.alipay.com/bax")
    assert (await shop.call("trade.query", {"out_trade_no": "Q1"})).sub_code == "ACQ.TRADE_NOT_EXIST"
    assert (await shop.call("trade.close", {"out_trade_no": "Q1"})).sub_code == "ACQ.TRADE_NOT_EXIST"
    changed = await shop.call("trade.precreate", order("Q1", "99.00"))
    assert (changed.code, changed["qr_code"] == made["qr_code"]) == ("10000", False)
    await shop.act("Q1", "scan")
    seen = await shop.call("trade.query", {"out_trade_no": "Q1"})
    assert (seen["trade_status"], seen["total_amount"]) == ("WAIT_BUYER_PAY", "99.00")
    again = await shop.call("trade.precreate", order("Q1", "99.00"))
    assert again["qr_code"] == changed["qr_code"]
    assert (await shop.call("trade.precreate", order("Q1"))).sub_code == "ACQ.CONTEXT_INCONSISTENT"


async def test_a_code_dies_after_two_hours_and_may_be_made_anew(shop: Shop) -> None:
    await shop.call("trade.precreate", order("Q2"))
    await shop.advance(2 * HOUR)
    with pytest.raises(Declined):
        await shop.act("Q2", "pay")
    await shop.call("trade.precreate", order("Q2", "5.00"))
    await shop.advance(HOUR + MINUTE)                      # when the first order would have timed out
    await shop.act("Q2", "pay")
    assert (await shop.call("trade.query", {"out_trade_no": "Q2"}))["total_amount"] == "5.00"


@pytest.mark.parametrize(("timeout", "minutes"), [("5m", 5), ("2h", 120), ("90m", 90)])
async def test_an_order_times_out(shop: Shop, timeout: str, minutes: int) -> None:
    await shop.call(
        "trade.create", order("T1", timeout_express=timeout, buyer_id="2088102100004801"), notify_url=NOTIFY
    )
    await shop.advance(minutes * MINUTE - 1)
    assert (await shop.call("trade.query", {"out_trade_no": "T1"}))["trade_status"] == "WAIT_BUYER_PAY"
    await shop.advance(1)
    assert (await shop.call("trade.query", {"out_trade_no": "T1"}))["trade_status"] == "TRADE_CLOSED"
    [notice] = shop.told()
    assert (notice["trade_status"], "gmt_payment" in notice) == ("TRADE_CLOSED", False)


@pytest.mark.parametrize("timeout", ["1.5h", "0m", "16d", "90", "", "m", "-5m", "９m"])
async def test_a_timeout_that_is_none_is_refused(shop: Shop, timeout: str) -> None:
    made = await shop.call("trade.precreate", order("T2", timeout_express=timeout))
    assert made.sub_code == ("" if timeout == "" else "ACQ.INVALID_PARAMETER")


async def test_an_order_that_is_over_before_it_begins_is_refused(shop: Shop) -> None:
    made = await shop.call("trade.precreate", order("T3", time_expire="2001-01-01 00:00:00"))
    assert made.sub_code == "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR"


@pytest.mark.parametrize(
    "total", ["0.001", "-1", "1e3", "１.00", "", "0.00", "1,000.00", "100000000.01", "abc"]
)
async def test_an_amount_that_is_none_is_refused_and_nothing_written(shop: Shop, total: str) -> None:
    made = await shop.call("trade.precreate", order("X1", total))
    assert made.code == "40004"
    assert made.sub_code in ("ACQ.INVALID_PARAMETER", "ACQ.TOTAL_FEE_EXCEED")
    assert await shop.sandbox.work().find(type(await _any_trade(shop)), "ref", "X1") is None


async def _any_trade(shop: Shop) -> Any:
    return await shop.paid("any")


async def test_three_partial_refunds_and_one_too_many(shop: Shop) -> None:
    await shop.paid("F1", "10.00")
    for number, (amount, sum_) in enumerate([("3.00", "3.00"), ("3.00", "6.00"), ("3.50", "9.50")]):
        back = await shop.call(
            "trade.refund", {"out_trade_no": "F1", "refund_amount": amount, "out_request_no": f"R{number}"}
        )
        assert (back["fund_change"], back["refund_fee"]) == ("Y", sum_)
    much = await shop.call(
        "trade.refund", {"out_trade_no": "F1", "refund_amount": "0.51", "out_request_no": "R9"}
    )
    assert (much.sub_code, much["refund_fee"]) == ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "0.00")
    again = await shop.call(
        "trade.refund", {"out_trade_no": "F1", "refund_amount": "3.00", "out_request_no": "R0"}
    )
    assert (again["fund_change"], again["refund_fee"]) == ("N", "9.50")
    other = await shop.call(
        "trade.refund", {"out_trade_no": "F1", "refund_amount": "2.00", "out_request_no": "R0"}
    )
    assert other.sub_code == "ACQ.DISCORDANT_REPEAT_REQUEST"
    one = await shop.call("trade.fastpay.refund.query", {"out_trade_no": "F1", "out_request_no": "R2"})
    assert (one["refund_amount"], one["refund_status"], one["total_amount"]) == (
        "3.50", "REFUND_SUCCESS", "10.00"
    )
    none = await shop.call("trade.fastpay.refund.query", {"out_trade_no": "F1", "out_request_no": "R9"})
    assert (none.code, "refund_status" in none.value) == ("10000", False)
    await shop.sandbox.timers.settle()
    refunds = [each for each in shop.told() if "refund_fee" in each]
    assert [(each["refund_fee"], each["trade_status"], each["out_biz_no"]) for each in refunds] == [
        ("3.00", "TRADE_SUCCESS", "R0"), ("6.00", "TRADE_SUCCESS", "R1"), ("9.50", "TRADE_SUCCESS", "R2"),
    ]


async def test_a_full_refund_closes_the_trade(shop: Shop) -> None:
    await shop.paid("F2")
    assert (await shop.call("trade.refund", {"out_trade_no": "F2", "refund_amount": "10.00"})).sub_code == (
        "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    )
    assert (await shop.call("trade.refund", {"out_trade_no": "F2", "refund_amount": "88.88"}))["fund_change"] == "Y"
    assert (await shop.call("trade.refund", {"out_trade_no": "F2", "refund_amount": "88.88"}))["fund_change"] == "N"
    assert (await shop.call("trade.query", {"out_trade_no": "F2"}))["trade_status"] == "TRADE_CLOSED"
    await shop.sandbox.timers.settle()
    assert [each["trade_status"] for each in shop.told()] == ["TRADE_SUCCESS", "TRADE_CLOSED"]


async def test_the_merchant_refunds_on_alipays_own_site(shop: Shop) -> None:
    await shop.paid("F5")
    await shop.act("F5", "refund", amount="8.88")
    with pytest.raises(Declined):
        await shop.act("F5", "refund", amount="80.01")
    await shop.act("F5", "empty")
    assert (await shop.call("trade.query", {"out_trade_no": "F5"}))["trade_status"] == "TRADE_CLOSED"
    with pytest.raises(Declined):
        await shop.act("F5", "refund")


async def test_after_the_refund_window_a_trade_is_finished(shop: Shop) -> None:
    await shop.paid("F3")
    await shop.advance(365 * DAY)
    assert (await shop.call("trade.query", {"out_trade_no": "F3"}))["trade_status"] == "TRADE_FINISHED"
    late = await shop.call("trade.refund", {"out_trade_no": "F3", "refund_amount": "88.88"})
    assert late.sub_code == "ACQ.TRADE_HAS_FINISHED"


async def test_what_is_unpaid_is_not_refunded(shop: Shop) -> None:
    await shop.call("trade.create", order("F4", buyer_id="2088102100004801"))
    unpaid = await shop.call("trade.refund", {"out_trade_no": "F4", "refund_amount": "88.88"})
    assert unpaid.sub_code == "ACQ.TRADE_STATUS_ERROR"
    await shop.call("trade.close", {"out_trade_no": "F4"})
    closed = await shop.call("trade.refund", {"out_trade_no": "F4", "refund_amount": "88.88"})
    assert closed.sub_code == "ACQ.TRADE_HAS_CLOSE"


@pytest.mark.parametrize(
    ("setting", "sub_code"), [("error", "ACQ.REASON_TRADE_STATUS_INVALID"), ("success", "")]
)
async def test_closing_twice(setting: str, sub_code: str) -> None:
    async with opened({"closed_twice": setting}) as shop:
        await shop.call("trade.create", order("L1", buyer_id="2088102100004801"))
        assert (await shop.call("trade.close", {"out_trade_no": "L1"})).code == "10000"
        assert (await shop.call("trade.close", {"out_trade_no": "L1"})).sub_code == sub_code


async def test_what_is_paid_is_not_closed(shop: Shop) -> None:
    await shop.paid("L2")
    assert (await shop.call("trade.close", {"out_trade_no": "L2"})).sub_code == "ACQ.REASON_TRADE_STATUS_INVALID"


async def test_queries_want_a_number_and_trade_no_wins(shop: Shop) -> None:
    trade = await shop.paid("N1")
    assert (await shop.call("trade.query", {})).sub_code == "ACQ.INVALID_PARAMETER"
    seen = await shop.call("trade.query", {"trade_no": trade.id, "out_trade_no": "another"})
    assert seen["out_trade_no"] == "N1"


async def test_another_sellers_trade_does_not_exist(shop: Shop) -> None:
    trade = await shop.paid("N2")
    other = await shop.simulator.sandboxes.create(clock="frozen")
    stranger = Shop(shop.simulator, other, shop.receiver)
    assert (await stranger.call("trade.query", {"trade_no": trade.id})).sub_code == "ACQ.TRADE_NOT_EXIST"


async def test_missing_fields_are_named(shop: Shop) -> None:
    made = await shop.call("trade.precreate", {"out_trade_no": "X2", "subject": "x"})
    assert (made.code, made.sub_code) == ("40001", "isv.missing-parameter")
    assert "total_amount" in made["sub_msg"]
