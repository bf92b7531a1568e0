"""Bills that a scenario makes disagree with the books, and fees of a scenario's own."""

from __future__ import annotations

import hashlib

from paydouble.core.clock import HOUR
from paydouble.scenarios.loader import load_text
from tests.providers.wechatpay.checked import Shop, shop
from tests.providers.wechatpay.test_wechatpay_bills import (
    DAY,
    NOON,
    a_day,
    downloaded,
    file_at,
    rows,
    summary,
)

TRADES = f"/v3/bill/tradebill?bill_date={DAY}"
FUNDS = f"/v3/bill/fundflowbill?bill_date={DAY}"


def ruled(here: Shop, statement: str, when: str = "operation: statement.download") -> None:
    here.here.rules(f"- {{when: {{{when}}}, then: {{statement: {statement}}}}}")


async def test_rows_are_missing_added_changed_and_doubled() -> None:
    async with shop(start=NOON) as here:
        await a_day(here)
        await here.paid("ORDER-000009", 100)
        ruled(here, "{omit: [{ref: ORDER-000002}], add: [{ref: GHOST, amount: 0.01, fee: 0.02}],"
                    " alter: [{ref: ORDER-000001, amount: 10.01, fee: 0.27}], duplicate: [{ref: ORDER-000001, kind: refund}]}")
        link, text = await downloaded(here, TRADES)
        assert link["hash_value"] == hashlib.sha1(text).hexdigest()
        told = [(row["商户订单号"], row["交易状态"], row["订单金额"], row["退款金额"], row["手续费"]) for row in rows(text)]
        assert told == [
            ("ORDER-000001", "SUCCESS", "10.01", "0.00", "0.27000"),
            ("ORDER-000001", "REFUND", "0.00", "4.00", "-0.02000"),
            ("ORDER-000001", "REFUND", "0.00", "4.00", "-0.02000"),
            ("GHOST", "SUCCESS", "0.01", "0.00", "0.02000"),
        ]
        assert summary(text)["总交易单数"] == "4"


async def test_a_link_gives_the_file_that_it_promised() -> None:
    async with shop(start=NOON) as here:
        await a_day(here)
        ruled(here, "{omit: [{ref: ORDER-000002}]}", when="operation: statement.download, nth: 1")
        link = await here.get(TRADES)
        text = await file_at(here, link["download_url"])
        assert link["hash_value"] == hashlib.sha1(text).hexdigest()
        assert "ORDER-000002" not in text.decode()
        again, honest = await downloaded(here, TRADES)
        assert "ORDER-000002" in honest.decode()
        assert again["hash_value"] != link["hash_value"]


async def test_a_bill_may_come_late_in_another_encoding_and_without_its_sums() -> None:
    async with shop(start=NOON) as here:
        await a_day(here)
        ruled(here, "{late_by: 2d, encoding: gbk, missing_total_row: true}")
        assert (await here.send("GET", TRADES)).json["code"] == "STATEMENT_CREATING"
        await here.advance(48 * HOUR)
        _, text = await downloaded(here, TRADES)
        assert "交易时间" in text.decode("gbk")
        assert "总交易单数" not in text.decode("gbk")


async def test_the_bill_of_funds_is_altered_too() -> None:
    async with shop(start=NOON) as here:
        await a_day(here)
        ruled(here, "{omit: [{ref: ORDER-000002}], alter: [{ref: ORDER-000001, amount: 10.01, fee: 0.27}], add: [{ref: G, amount: 5}]}")
        _, text = await downloaded(here, FUNDS)
        told = [(row["业务名称"], row["收支金额(元)"]) for row in rows(text)]
        assert ("交易", "10.01") in told
        assert ("扣除交易手续费", "0.27") in told
        assert told[-1] == ("交易", "5.00")
        assert ("交易", "2.50") not in told


async def test_a_scenario_has_its_own_price() -> None:
    async with shop(start=NOON) as here:
        scenario = load_text("schema: 1\nname: dear\nsettings: {fees: [{rate: 0.01, fixed: 0.10, currency: CNY}]}")
        activation = here.here.sandbox.rules.activate(scenario)
        await here.paid("ORDER-000001", 1_000)
        assert (await here.transaction("ORDER-000001")).fee_minor == 20
        here.here.sandbox.rules.deactivate(activation.id)
        await here.paid("ORDER-000002", 1_000)
        assert (await here.transaction("ORDER-000002")).fee_minor == 6
