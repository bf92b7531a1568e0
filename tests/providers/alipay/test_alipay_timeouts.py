"""How long an order may be paid, by each way to pay; and which endings are told."""

from __future__ import annotations

import pytest

from paydouble.core.clock import DAY, HOUR, MINUTE, Instant
from paydouble.providers.alipay.times import china, midnight_after
from paydouble.scenarios.loader import load_text
from tests.providers.alipay.shop import NOTIFY, Shop, opened

METHODS = {
    "pay": "trade.pay", "precreate": "trade.precreate", "create": "trade.create", "page": "trade.page.pay",
    "wap": "trade.wap.pay", "app": "trade.app.pay",
}
BUYER = "2088102100004801"
WAITING = load_text(
    "schema: 1\nname: test\nrules:\n- {when: {native: trade.app.pay}, then: {outcome: pending}}\n"
)


async def ordered(shop: Shop, channel: str, **more: str) -> None:
    """By this way to pay, with a buyer who has seen it and not paid."""
    order = {"out_trade_no": "T1", "total_amount": "2000.00", "subject": "x", "buyer_id": BUYER, **more}
    if channel == "pay":
        order |= {"auth_code": "281234567890123456"}
    if channel == "app":
        shop.sandbox.rules.activate(WAITING)
    values = shop.signed(shop.values(f"alipay.{METHODS[channel]}", order, notify_url=NOTIFY))
    await shop.raw(shop.request(values))
    if channel in ("precreate", "page", "wap"):
        await shop.act("T1", "scan", buyer_id=BUYER)


async def status_at(shop: Shop, instant: int) -> str:
    await shop.sandbox.timers.run_until(Instant(instant))
    await shop.sandbox.timers.settle()
    return (await shop.trade("T1")).status


@pytest.mark.parametrize(("channel", "open_ms"), [
    ("pay", 3 * HOUR), ("precreate", 3 * HOUR), ("create", 15 * DAY), ("page", 15 * DAY), ("wap", 15 * DAY),
    ("app", 15 * DAY),
])
async def test_an_order_is_open_as_long_as_its_product_says(shop: Shop, channel: str, open_ms: int) -> None:
    start = shop.sandbox.clock.now()
    await ordered(shop, channel)
    assert await status_at(shop, start + open_ms - 1) == "WAIT_BUYER_PAY"
    assert await status_at(shop, start + open_ms) == "TRADE_CLOSED"
    await shop.sandbox.timers.settle()
    told = [each["trade_status"] for each in shop.told()]
    assert told == (["TRADE_CLOSED"] if channel == "create" else [])


@pytest.mark.parametrize("channel", METHODS)
async def test_any_product_may_tell_that_it_was_closed(channel: str) -> None:
    async with opened({"notify_closed": "pay,precreate,create,page,wap,app"}) as shop:
        await ordered(shop, channel)
        await shop.advance(15 * DAY)
        [told] = shop.told()
        assert (told["trade_status"], "gmt_close" in told, "gmt_payment" in told) == ("TRADE_CLOSED", True, False)


async def test_the_absolute_time_wins(shop: Shop) -> None:
    start = shop.sandbox.clock.now()
    until = start // 1_000 * 1_000 + 40 * MINUTE
    await ordered(shop, "create", timeout_express="5m", time_expire=china(Instant(until)))
    assert await status_at(shop, until - 1) == "WAIT_BUYER_PAY"
    assert await status_at(shop, until) == "TRADE_CLOSED"


async def test_a_day_ends_at_midnight_in_china(shop: Shop) -> None:
    midnight = midnight_after(shop.sandbox.clock.now())
    await ordered(shop, "create", timeout_express="1c")
    assert await status_at(shop, midnight - 1) == "WAIT_BUYER_PAY"
    assert await status_at(shop, midnight) == "TRADE_CLOSED"


@pytest.mark.parametrize(("channel", "taken"), [("app", False), ("wap", False), ("page", True), ("precreate", True)])
async def test_apps_and_phones_need_five_minutes(shop: Shop, channel: str, taken: bool) -> None:
    order = {"out_trade_no": "T1", "total_amount": "1.00", "subject": "x", "timeout_express": "4m"}
    values = shop.signed(shop.values(f"alipay.{METHODS[channel]}", order))
    body = (await shop.raw(shop.request(values))).body
    assert (b"INVALID_PARAMETER" not in body) is taken


async def test_the_clock_of_a_page_runs_since_it_was_first_opened(shop: Shop) -> None:
    start = shop.sandbox.clock.now()
    order = {"out_trade_no": "T1", "total_amount": "1.00", "subject": "x", "timeout_express": "10m"}
    values = shop.signed(shop.values("alipay.trade.page.pay", order))
    await shop.raw(shop.request(values, "GET"))
    await shop.advance(9 * MINUTE)
    await shop.raw(shop.request(values, "GET"))
    await shop.act("T1", "scan")
    assert await status_at(shop, start + 10 * MINUTE) == "TRADE_CLOSED"


@pytest.mark.parametrize(("setting", "told"), [("none", []), ("precreate", ["TRADE_FINISHED"])])
async def test_the_end_of_the_refund_window_is_told_where_it_is_wanted(setting: str, told: list[str]) -> None:
    async with opened({"notify_finished": setting, "refund_window": "90d"}) as shop:
        await shop.paid("T1")
        shop.receiver.requests.clear()
        await shop.advance(90 * DAY)
        assert (await shop.trade("T1")).status == "TRADE_FINISHED"
        assert [each["trade_status"] for each in shop.told()] == told
        refused = await shop.call("trade.refund", {"out_trade_no": "T1", "refund_amount": "1.00", "out_request_no": "R"})
        assert refused.sub_code == "ACQ.TRADE_HAS_FINISHED"


async def test_a_product_without_refunds_is_finished_at_once() -> None:
    async with opened({"refund_window": "0s"}) as shop:
        assert (await shop.paid("T1")).status == "TRADE_FINISHED"
        assert [each["trade_status"] for each in shop.told()] == ["TRADE_FINISHED"]
        assert await shop.verdicts() == []
